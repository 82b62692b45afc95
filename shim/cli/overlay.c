// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "shim/fdt/overlay.h"
#include "trouble.h"

bool tree_read(const struct options *options, const char *path, struct file *file)
{
    return file_read(path, file) && (!options->overlay_count || overlays_merge(options, file));
}

#ifndef DTSHIM_LIBFDT

bool overlays_merge(const struct options *options, struct file *file)
{
    (void)options;
    complain_about(file->name, "unsupported", "this dtshim was built without libfdt, which merges",
                   "merge them first: fdtoverlay -i board.dtb -o merged.dtb FILE; or install "
                   "libfdt-dev, then make clean and make");
    return false;
}

#else

#include <libfdt.h>

enum { ROOM = 4096 }; /* for nodes and names that an overlay brings, beside its own size */

/* A board's tree or an overlay, whose index lives until it is dropped. */
struct blob {
    const struct file *file;
    struct shim_tree tree;
    void *memory;
};

static bool no_memory(const struct file *file)
{
    return !complain_about(file->name, "memory", "not enough memory", "give dtshim more memory");
}

/* Both walks: the own one says what is wrong and where, libfdt's is the one that libfdt needs. */
static bool look_at(struct blob *blob, const struct file *file)
{
    struct shim_error error;
    struct shim_arena arena;
    int trouble;

    *blob = (struct blob){ .file = file, .memory = malloc(shim_memory_for(file->len)) };
    if (!blob->memory)
        return no_memory(file);
    arena = shim_arena(blob->memory, shim_memory_for(file->len));
    if (shim_tree_check(&blob->tree, file->bytes, file->len, &arena, &error))
        return !complain(file->name, &error);
    trouble = fdt_check_full(file->bytes, file->len);
    if (!trouble)
        return true;
    return !complain_about(file->name, "structure", fdt_strerror(trouble),
                           "build it again with dtc: libfdt cannot use it");
}

static bool is_overlay(const struct blob *blob)
{
    return shim_overlay_mark(&blob->tree) != SHIM_NONE ||
           !complain_about(blob->file->name, "overlay", "is not an overlay: it has neither "
                           "fragments nor __fixups__", "give a .dtbo with --overlay, and the board's tree "
                                         "without it");
}

/* ---- why it cannot be merged ---------------------------------------------------------- */

static bool complain_of_symbols(const struct file *board, const struct file *part)
{
    char what[300];

    snprintf(what, sizeof(what), "has no __symbols__, which %s needs to find nodes",
             file_base(part->name));
    return !complain_about(board->name, "overlay", what,
                           "build the board's tree with dtc -@ (Linux: make DTC_FLAGS=-@ dtbs)");
}

static bool complain_of(const struct file *part, const char *where, const char *what,
                        const char *which)
{
    char words[400];

    snprintf(words, sizeof(words), "%s: %s %s", where, what, which);
    return !complain_about(part->name, "overlay", words, "use the overlay for this board and for "
                           "this kernel's trees; give an overlay that it needs before it");
}

/* Each label that it refers to is one of the board's. */
static bool labels_are_known(const struct blob *board, const struct blob *part)
{
    uint32_t fixups = shim_child(&part->tree, SHIM_ROOT, "__fixups__");
    uint32_t symbols = shim_child(&board->tree, SHIM_ROOT, "__symbols__");

    if (fixups == SHIM_NONE)
        return true;
    if (symbols == SHIM_NONE)
        return complain_of_symbols(board->file, part->file);
    for (uint32_t prop = part->tree.nodes[fixups].first_prop;
         prop < part->tree.nodes[fixups].props_end; prop++) {
        const char *label = shim_prop_name(&part->tree, prop);

        if (!shim_prop_named(&board->tree, symbols, label).at)
            return complain_of(part->file, "/__fixups__", "the board's tree has no label", label);
    }
    return true;
}

/* So is each path; libfdt finds /soc for /soc@0, too. */
static bool paths_are_known(const struct blob *board, const struct blob *part)
{
    const struct shim_tree *tree = &part->tree;

    for (uint32_t node = shim_first_child(tree, SHIM_ROOT); node != SHIM_NONE;
         node = shim_next_child(tree, node)) {
        const char *path = shim_string(shim_prop_named(tree, node, "target-path"));

        if (path && shim_child(tree, node, "__overlay__") != SHIM_NONE &&
            fdt_path_offset(board->file->bytes, path) < 0)
            return complain_of(part->file, SHIM_PATH(tree, node), "the board's tree has no node",
                               path);
    }
    return true;
}

/* ---- merging ------------------------------------------------------------------------------ */

/* With `room` for both and more; libfdt spoils what it fails on. NULL: no memory, or `*trouble`. */
static void *merge_in(const struct file *board, const struct file *part, size_t room, int *trouble)
{
    void *merged = malloc(room), *copy = malloc(part->len);

    *trouble = 0;
    if (merged && copy) {
        memcpy(copy, part->bytes, part->len);
        *trouble = fdt_open_into(board->bytes, merged, (int)room);
        if (!*trouble)
            *trouble = fdt_overlay_apply(merged, copy);
    }
    free(copy);
    if (!copy || *trouble) {
        free(merged);
        return NULL;
    }
    return merged;
}

static void *merge(const struct file *board, const struct file *part, int *trouble)
{
    size_t room = board->len + part->len + ROOM;
    void *merged;

    do {
        merged = merge_in(board, part, room, trouble);
        room *= 2;
    } while (*trouble == -FDT_ERR_NOSPACE && room < SHIM_BLOB_MAX);
    return merged;
}

static bool complain_of_merge(const struct file *part, int trouble)
{
    return trouble ? complain_of(part, "/", "libfdt cannot merge it:", fdt_strerror(trouble))
                   : no_memory(part);
}

/* `merged` is put in the place of the board's bytes. */
static bool replace(struct file *board, void *merged)
{
    fdt_pack(merged);
    board->bytes = keep(merged);
    board->len = fdt_totalsize(merged);
    return true;
}

static bool may_merge(struct blob *board, struct blob *part, const struct file *file,
                      const struct file *overlay)
{
    struct shim_error error;

    if (!look_at(board, file) || !look_at(part, overlay))
        return false;
    if (shim_refuse_overlay(&board->tree, &error))
        return !complain(file->name, &error);
    return is_overlay(part) && labels_are_known(board, part) && paths_are_known(board, part);
}

static bool merge_one(struct file *file, const char *path)
{
    struct blob board = { .memory = NULL }, part = { .memory = NULL };
    struct file overlay;
    void *merged = NULL;
    int trouble = 0;
    bool may = file_read(path, &overlay) && may_merge(&board, &part, file, &overlay);

    free(board.memory);
    free(part.memory);
    if (may)
        merged = merge(file, &overlay, &trouble);
    if (!may)
        return false;
    return merged ? replace(file, merged) : complain_of_merge(&overlay, trouble);
}

bool overlays_merge(const struct options *options, struct file *file)
{
    for (unsigned i = 0; i < options->overlay_count; i++)
        if (!merge_one(file, options->overlays[i]))
            return false;
    return true;
}

#endif
