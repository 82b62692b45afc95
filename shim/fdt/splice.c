// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The single splice: copies the input once, with all edits on the way.
 */
#include "shim/base/mem.h"
#include "shim/fdt/edit.h"
#include "shim/fdt/fdt.h"

struct output {
    uint8_t *at;
    uint8_t *limit;
    bool overrun; /* more bytes than the prediction: a defect, never written */
};

struct sizes {
    uint64_t reserve; /* offsets of the blocks and their ends */
    uint64_t structs;
    uint64_t strings;
    uint64_t end;
    uint64_t total;
};

/* Behind the root; NOPs between that and FDT_END are left out, as libfdt takes none there. */
static uint32_t end_of_nodes(const struct shim_tree *tree)
{
    return tree->nodes[SHIM_ROOT].end + FDT_TOKEN;
}

static struct sizes sizes_of(const struct shim_edits *edits, uint32_t slack)
{
    struct sizes sizes = { .reserve = SHIM_FDT_HEADER };

    sizes.structs = sizes.reserve + FDT_RESERVE_ENTRY * ((uint64_t)edits->reserve_count + 1);
    sizes.strings = sizes.structs + (uint64_t)(end_of_nodes(edits->tree) + edits->growth) +
                    FDT_TOKEN;
    sizes.end = sizes.strings + edits->strings_len;
    sizes.total = shim_align_up(sizes.end + slack, 8);
    return sizes;
}

size_t shim_splice_size(const struct shim_edits *edits, uint32_t slack)
{
    return (size_t)sizes_of(edits, slack).total;
}

/* ---- structure block ------------------------------------------------------ */

static void write(struct output *out, const void *bytes, size_t len)
{
    if (len > (size_t)(out->limit - out->at)) {
        out->overrun = true;
        return;
    }
    if (len)
        memcpy(out->at, bytes, len);
    out->at += len;
}

static void write_padded(struct output *out, const void *bytes, uint32_t len)
{
    static const uint8_t zeros[4];

    write(out, bytes, len);
    write(out, zeros, FDT_PAD(len) - len);
}

static void write_word(struct output *out, uint32_t value)
{
    uint32_t word;

    shim_put_be32(&word, value);
    write(out, &word, sizeof(word));
}

static void write_name(struct output *out, const char *name)
{
    write_padded(out, name, (uint32_t)strlen(name) + 1);
}

static void write_edit(struct output *out, const struct shim_tree *tree,
                       const struct shim_edit *edit)
{
    switch ((enum shim_edit_kind)edit->kind) {
    case EDIT_REMOVE:
        break;
    case EDIT_COPY:
        write(out, tree->structs + edit->from, edit->len);
        break;
    case EDIT_BEGIN:
        write_word(out, FDT_BEGIN_NODE);
        write_name(out, edit->bytes);
        break;
    case EDIT_NAME:
        write_name(out, edit->bytes);
        break;
    case EDIT_PROP:
        write_word(out, FDT_PROP);
        write_word(out, edit->len);
        write_word(out, edit->from);
        write_padded(out, edit->bytes, edit->len);
        break;
    case EDIT_END:
        write_word(out, FDT_END_NODE);
        break;
    }
}

/*
 * False when two edits contradict each other: one is inside what another
 * removed. At the very place of a removal others may insert.
 */
static bool write_structs(struct output *out, const struct shim_edits *edits)
{
    const struct shim_tree *tree = edits->tree;
    uint32_t done = 0, removed_from = 0;

    for (const struct shim_edit *edit = edits->first; edit; edit = edit->next) {
        if (edit->at < done && edit->at != removed_from)
            return false;
        if (edit->at > done) {
            write(out, tree->structs + done, edit->at - done);
            done = edit->at;
        }
        if (edit->kind == EDIT_REMOVE) {
            if (edit->at != done)
                return false;
            removed_from = edit->at;
            done = edit->at + edit->len;
        }
        write_edit(out, tree, edit);
    }
    write(out, tree->structs + done, end_of_nodes(tree) - done);
    write_word(out, FDT_END);
    return true;
}

/* ---- the other blocks -------------------------------------------------------- */

static void write_header(uint8_t *out, const struct shim_edits *edits, const struct sizes *sizes)
{
    shim_put_be32(out + FDT_OFF_MAGIC, FDT_MAGIC);
    shim_put_be32(out + FDT_OFF_TOTALSIZE, (uint32_t)sizes->total);
    shim_put_be32(out + FDT_OFF_STRUCTS, (uint32_t)sizes->structs);
    shim_put_be32(out + FDT_OFF_STRINGS, (uint32_t)sizes->strings);
    shim_put_be32(out + FDT_OFF_RESERVE, (uint32_t)sizes->reserve);
    shim_put_be32(out + FDT_OFF_VERSION, FDT_VERSION);
    shim_put_be32(out + FDT_OFF_COMPATIBLE_VERSION, FDT_COMPATIBLE_VERSION);
    shim_put_be32(out + FDT_OFF_BOOT_CPU, shim_be32(edits->tree->blob + FDT_OFF_BOOT_CPU));
    shim_put_be32(out + FDT_OFF_STRINGS_SIZE, edits->strings_len);
    shim_put_be32(out + FDT_OFF_STRUCTS_SIZE, (uint32_t)(sizes->strings - sizes->structs));
}

static void write_reserve(struct output *out, const struct shim_edits *edits)
{
    static const uint8_t terminator[FDT_RESERVE_ENTRY];

    if (!edits->drop_reserves)
        write(out, edits->tree->reserve, FDT_RESERVE_ENTRY * (size_t)edits->tree->reserve_count);
    for (const struct shim_new_reserve *new = edits->reserves; new; new = new->next) {
        write_word(out, (uint32_t)(new->range.base >> 32));
        write_word(out, (uint32_t)new->range.base);
        write_word(out, (uint32_t)(new->range.size >> 32));
        write_word(out, (uint32_t)new->range.size);
    }
    write(out, terminator, sizeof(terminator));
}

static void write_strings(struct output *out, const struct shim_edits *edits)
{
    write(out, edits->tree->strings, edits->tree->strings_len);
    for (const struct shim_new_name *name = edits->names; name; name = name->next)
        write(out, name->name, name->len);
}

static enum shim_code check_room(const struct shim_edits *edits, const struct sizes *sizes,
                                 size_t room, struct shim_error *error)
{
    if (edits->full)
        return shim_no_room(error, "left to plan the edits of this tree");
    if (sizes->total > SHIM_BLOB_MAX)
        return shim_fail(error, SHIM_E_TOO_LARGE, "", NULL,
                         "remove from the tree what the board does not have",
                         "the output would have %llu bytes", SHIM_X(sizes->total));
    if (sizes->total > room)
        return shim_fail(error, SHIM_E_BUFFER, "", NULL, "give a larger output buffer",
                         "the output needs %llu bytes, the buffer has %llu",
                         SHIM_X(sizes->total), SHIM_X(room));
    return SHIM_OK;
}

enum shim_code shim_splice(const struct shim_edits *edits, uint32_t slack, void *to,
                           size_t room, size_t *len, struct shim_error *error)
{
    struct sizes sizes = sizes_of(edits, slack);
    struct output out = { .at = (uint8_t *)to + SHIM_FDT_HEADER };
    enum shim_code code = check_room(edits, &sizes, room, error);
    bool consistent;

    if (code)
        return code;
    out.limit = (uint8_t *)to + sizes.total;
    write_header(to, edits, &sizes);
    write_reserve(&out, edits);
    consistent = write_structs(&out, edits);
    write_strings(&out, edits);
    if (!consistent || out.overrun || out.at != (uint8_t *)to + sizes.end)
        return shim_fail(error, SHIM_E_INTERNAL, "", NULL, "please report this tree",
                         "two edits of this tree contradict each other");
    memset(out.at, 0, (size_t)(out.limit - out.at));
    *len = (size_t)sizes.total;
    return SHIM_OK;
}
