// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* How Xen's early parser reads a value, which is not how Linux does. */
#include "shim/model/scan.h"

#include "shim/base/mem.h"

const char shim_no_static_memory[] = "it has xen,static-mem, but this Xen is built without static "
                                     "memory (CONFIG_STATIC_MEMORY)";
const char shim_less_static_memory[] = "remove xen,static-mem and direct-map, or boot a Xen that "
                                       "is built with it";

enum shim_scan_code shim_misread(struct shim_scan *scan, enum shim_scan_code code,
                                 const char *id, uint32_t node, const char *why,
                                 const char *remedy)
{
    shim_stop(&scan->sight->misread, id, node, why, remedy, "%s", "");
    return code;
}

const char *shim_scan_text(struct shim_scan *scan, struct shim_span value)
{
    char *copy;

    if (!value.len)
        return "";
    if (memchr(value.at, '\0', value.len))
        return (const char *)value.at;
    copy = shim_alloc(scan->sight->arena, value.len + 1, 1);
    if (!copy)
        return "";
    memcpy(copy, value.at, value.len);
    copy[value.len] = '\0';
    return copy;
}

/* device_tree_get_u32(): whatever its length, unless it has none. */
static bool own_cells(const struct shim_tree *tree, uint32_t node, enum shim_name name,
                      uint32_t *cells)
{
    struct shim_span value = shim_prop(tree, node, name);

    if (!value.len)
        return false;
    *cells = shim_be32(value.at); /* values are padded to whole cells */
    return true;
}

static uint32_t inherited(const struct shim_tree *tree, uint32_t node, uint32_t top,
                          enum shim_name name, uint32_t cells)
{
    while (!own_cells(tree, node, name, &cells) && node != top)
        node = tree->nodes[node].parent;
    return cells;
}

struct shim_cells shim_scan_cells(const struct shim_tree *tree, uint32_t node, uint32_t top)
{
    return (struct shim_cells){ .address = inherited(tree, node, top, SHIM_ADDRESS_CELLS, 2),
                                .size = inherited(tree, node, top, SHIM_SIZE_CELLS, 1) };
}

uint64_t shim_scan_value(const uint8_t **at, uint32_t cells)
{
    const uint8_t *end = *at + 4 * (size_t)cells;

    *at = end;
    if (cells > 1)
        return shim_be64(end - 8);
    return cells ? shim_be32(end - 4) : 0;
}

static char lower(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return (char)(letter | 0x20);
    return letter;
}

/* Is the string at the start of the list, up to its NUL or the list's end, this one? */
static bool starts_with(struct shim_span list, const char *string)
{
    size_t i = 0;

    while (i < list.len && string[i] && lower((char)list.at[i]) == string[i])
        i++;
    return !string[i] && (i == list.len || !list.at[i]);
}

bool shim_scan_compatible(const struct shim_tree *tree, uint32_t node, const char *compatible)
{
    struct shim_span list = shim_prop(tree, node, SHIM_COMPATIBLE);

    while (list.len) {
        const uint8_t *nul = memchr(list.at, '\0', list.len);
        size_t used = nul ? (size_t)(nul - list.at) + 1 : list.len;

        if (starts_with(list, compatible))
            return true;
        list.at += used;
        list.len -= used;
    }
    return false;
}
