// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The same edits of a tree by dtshim and by libfdt, each in the ways that it offers.
 *
 * usage: edits WAY TREE LIST OUT [ROUNDS]; LIST has a line "node path name value" for each
 * property to set, in document order, the value in hexadecimal, "-" for none. Prints the
 * shortest of the rounds in ns.
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "shim/fdt/edits.h"

struct edit {
    uint32_t node; /* its number in document order */
    char *path;
    char *name;
    uint8_t *value;
    size_t len;
};

struct task {
    struct bytes tree;
    struct edit *edits;
    size_t count;
    uint8_t *out;
    size_t room;
    uint8_t *arena;
    size_t arena_room;
    int *offsets; /* of the nodes, for libfdt */
};

/* ---- dtshim ------------------------------------------------------------------------ */

enum by { BY_NUMBER, BY_NUMBER_LAST_FIRST, BY_PATH };

static void put_all(const struct task *task, struct shim_edits *edits, enum by by)
{
    for (size_t i = 0; i < task->count; i++) {
        size_t at = by == BY_NUMBER_LAST_FIRST ? task->count - 1 - i : i;
        const struct edit *edit = &task->edits[at];
        uint32_t node = by == BY_PATH ? shim_node_at(edits->tree, edit->path) : edit->node;

        shim_put(edits, shim_cursor(node), edit->name, edit->value, edit->len);
    }
}

/* Checks what comes in, and what goes out as well if `twice`. */
static size_t with_dtshim(const struct task *task, enum by by, bool twice)
{
    struct shim_arena arena = shim_arena(task->arena, task->arena_room), scratch;
    struct shim_tree tree, written;
    struct shim_edits edits;
    struct shim_error error = { .what = "" };
    size_t len = 0;

    require(!shim_tree_check(&tree, task->tree.at, task->tree.len, &arena, &error), error.what);
    shim_edits_init(&edits, &tree, &arena);
    put_all(task, &edits, by);
    scratch = arena;
    require(!shim_splice(&edits, 0, task->out, task->room, &len, &error), error.what);
    if (twice)
        require(!shim_tree_check(&written, task->out, len, &scratch, &error), error.what);
    return len;
}

static size_t dtshim_numbers(const struct task *task)
{
    return with_dtshim(task, BY_NUMBER, true);
}

static size_t dtshim_once(const struct task *task)
{
    return with_dtshim(task, BY_NUMBER, false);
}

static size_t dtshim_reverse(const struct task *task)
{
    return with_dtshim(task, BY_NUMBER_LAST_FIRST, true);
}

static size_t dtshim_paths(const struct task *task)
{
    return with_dtshim(task, BY_PATH, true);
}

/* ---- libfdt, which checks neither -------------------------------------------------- */

static void open_out(const struct task *task)
{
    require(!fdt_open_into(task->tree.at, task->out, (int)task->room), "fdt_open_into");
}

static void set(const struct task *task, const struct edit *edit, int offset)
{
    require(!fdt_setprop(task->out, offset, edit->name, edit->value, (int)edit->len), edit->path);
}

static size_t packed(const struct task *task)
{
    require(!fdt_pack(task->out), "fdt_pack");
    return fdt_totalsize(task->out);
}

static size_t libfdt_paths(const struct task *task)
{
    open_out(task);
    for (size_t i = 0; i < task->count; i++)
        set(task, &task->edits[i], fdt_path_offset(task->out, task->edits[i].path));
    return packed(task);
}

/* From node number `*number` at `offset` to a later one. */
static int walk_to(const struct task *task, uint32_t *number, int offset, uint32_t to)
{
    while (*number < to) {
        offset = fdt_next_node(task->out, offset, NULL);
        ++*number;
    }
    return offset;
}

static size_t libfdt_walk(const struct task *task)
{
    uint32_t number = 0;
    int offset = 0;

    open_out(task);
    for (size_t i = 0; i < task->count; i++) {
        offset = walk_to(task, &number, offset, task->edits[i].node);
        set(task, &task->edits[i], offset);
    }
    return packed(task);
}

/* The offsets first; from the last node on, none of them changes before it is used. */
static size_t libfdt_reverse(const struct task *task)
{
    uint32_t number = 0;
    int offset = 0;

    open_out(task);
    for (size_t i = 0; i < task->count; i++) {
        offset = walk_to(task, &number, offset, task->edits[i].node);
        task->offsets[i] = offset;
    }
    for (size_t i = task->count; i-- > 0;)
        set(task, &task->edits[i], task->offsets[i]);
    return packed(task);
}

static size_t dtshim_check(const struct task *task)
{
    struct shim_arena arena = shim_arena(task->arena, task->arena_room);
    struct shim_error error = { .what = "" };
    struct shim_tree tree;

    require(!shim_tree_check(&tree, task->tree.at, task->tree.len, &arena, &error), error.what);
    return 0;
}

static size_t libfdt_check(const struct task *task)
{
    require(!fdt_check_full(task->tree.at, task->tree.len), "fdt_check_full");
    return 0;
}

static size_t copy(const struct task *task)
{
    memcpy(task->out, task->tree.at, task->tree.len);
    return task->tree.len;
}

/* ---- the list ---------------------------------------------------------------------- */

static void read_value(struct edit *edit, const char *hex)
{
    edit->len = strspn(hex, "0123456789abcdef") / 2;
    edit->value = memory(edit->len);
    for (size_t i = 0; i < edit->len; i++) {
        const char digits[3] = { hex[2 * i], hex[2 * i + 1], 0 };

        edit->value[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void read_edit(struct edit *edit, char *line)
{
    edit->node = (uint32_t)strtoul(strtok(line, " "), NULL, 10);
    edit->path = strtok(NULL, " ");
    edit->name = strtok(NULL, " ");
    require(edit->name != NULL, "a line of the list is too short");
    read_value(edit, strtok(NULL, " "));
}

static size_t lines_in(struct bytes text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += ((char *)text.at)[i] == '\n';
    return count;
}

static void read_list(struct task *task, const char *path)
{
    struct bytes text = read_file(path);
    char *line = text.at, *end;

    task->edits = memory(lines_in(text) * sizeof(*task->edits));
    for (; line < (char *)text.at + text.len; line = end + 1) {
        end = memchr(line, '\n', text.len - (size_t)(line - (char *)text.at));
        require(end != NULL, "the list ends within a line");
        *end = 0;
        read_edit(&task->edits[task->count++], line);
    }
    task->offsets = memory(task->count * sizeof(*task->offsets));
}

/* ---- the run ----------------------------------------------------------------------- */

static const struct way {
    const char *name;
    size_t (*run)(const struct task *task);
} ways[] = {
    { "dtshim", dtshim_numbers },
    { "dtshim-once", dtshim_once },
    { "dtshim-paths", dtshim_paths },
    { "dtshim-reverse", dtshim_reverse },
    { "libfdt-paths", libfdt_paths },
    { "libfdt-walk", libfdt_walk },
    { "libfdt-reverse", libfdt_reverse },
    { "shim_tree_check", dtshim_check },
    { "fdt_check_full", libfdt_check },
    { "memcpy", copy },
};

static const struct way *way_named(const char *name)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (!strcmp(ways[i].name, name))
            return &ways[i];
    require(0, "no such way");
    return NULL;
}

static uint64_t now(void)
{
    struct timespec time;

    timespec_get(&time, TIME_UTC);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t shortest(const struct task *task, const struct way *way, unsigned long rounds,
                         size_t *len)
{
    uint64_t best = UINT64_MAX;

    while (rounds-- > 0) {
        uint64_t start = now(), took;

        count_from_here();
        *len = way->run(task);
        count_to_here(way->name);
        took = now() - start;
        best = took < best ? took : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    struct task task = { .count = 0 };
    size_t len = 0;

    require(argc > 4, "usage: edits WAY TREE LIST OUT [ROUNDS]");
    task.tree = read_file(argv[2]);
    read_list(&task, argv[3]);
    task.room = 2 * task.tree.len + (1 << 20);
    task.out = memory(task.room);
    task.arena_room = shim_memory_for(task.room);
    task.arena = memory(task.arena_room);
    printf("%llu\n", (unsigned long long)shortest(&task, way_named(argv[1]),
                                                  argc > 5 ? strtoul(argv[5], NULL, 10) : 1, &len));
    write_file(argv[4], task.out, len);
    return 0;
}
