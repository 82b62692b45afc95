// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/header.h"

#include "shim/fdt/fdt.h"

static const char damaged[] =
    "the tree is damaged: load it again, or rebuild it with dtc and compare";

static bool block_fits(const struct shim_tree *tree, uint32_t offset, uint32_t len)
{
    return offset >= SHIM_FDT_HEADER && offset <= tree->total && len <= tree->total - offset;
}

static enum shim_code check_size(struct shim_tree *tree, size_t avail, struct shim_error *error)
{
    if (tree->total < SHIM_FDT_HEADER)
        return shim_fail(error, SHIM_E_TRUNCATED, "header", NULL, damaged,
                         "totalsize is %u bytes, less than a header", tree->total);
    if (tree->total > avail)
        return shim_fail(error, SHIM_E_TRUNCATED, "header", NULL,
                         "the file or load was cut short: copy or load all of it",
                         "totalsize is %u bytes, but only %llu are there", tree->total,
                         (unsigned long long)avail);
    if (tree->total > SHIM_BLOB_MAX)
        return shim_fail(error, SHIM_E_TOO_LARGE, "header", NULL,
                         "remove from it what the board does not have",
                         "totalsize is %u bytes", tree->total);
    return SHIM_OK;
}

static enum shim_code check_version(const uint8_t *blob, struct shim_error *error)
{
    uint32_t version = shim_be32(blob + FDT_OFF_VERSION);
    uint32_t oldest = shim_be32(blob + FDT_OFF_COMPATIBLE_VERSION);

    if (version >= FDT_VERSION && oldest <= FDT_VERSION)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_VERSION, "header", NULL,
                     "convert it: dtc -I dtb -O dtb -V 17",
                     "version %u (compatible with %u); only version 17 states the size of its "
                     "structure block", version, oldest);
}

static enum shim_code check_reserve(struct shim_tree *tree, struct shim_error *error)
{
    uint32_t offset = shim_be32(tree->blob + FDT_OFF_RESERVE);

    if (offset % 8)
        return shim_fail(error, SHIM_E_ALIGNMENT, "header", NULL, damaged,
                         "memory reservation block at offset %u, not 8-byte aligned", offset);
    tree->reserve = tree->blob + offset;
    while (block_fits(tree, offset, FDT_RESERVE_ENTRY)) {
        const uint8_t *entry = tree->blob + offset;

        if (!shim_be64(entry) && !shim_be64(entry + 8))
            return SHIM_OK;
        tree->reserve_count++;
        offset += FDT_RESERVE_ENTRY;
    }
    return shim_fail(error, SHIM_E_LAYOUT, "header", NULL, damaged,
                     "the memory reservation block does not end inside the tree");
}

static enum shim_code check_blocks(struct shim_tree *tree, struct shim_error *error)
{
    uint32_t structs = shim_be32(tree->blob + FDT_OFF_STRUCTS);
    uint32_t strings = shim_be32(tree->blob + FDT_OFF_STRINGS);

    tree->structs_len = shim_be32(tree->blob + FDT_OFF_STRUCTS_SIZE);
    tree->strings_len = shim_be32(tree->blob + FDT_OFF_STRINGS_SIZE);
    if (!block_fits(tree, structs, tree->structs_len))
        return shim_fail(error, SHIM_E_LAYOUT, "header", NULL, damaged,
                         "the structure block is outside the tree");
    if (!block_fits(tree, strings, tree->strings_len))
        return shim_fail(error, SHIM_E_LAYOUT, "header", NULL, damaged,
                         "the strings block is outside the tree");
    if (structs % 4 || tree->structs_len % 4)
        return shim_fail(error, SHIM_E_ALIGNMENT, "header", NULL, damaged,
                         "structure block at offset %u, length %u: not 4-byte aligned",
                         structs, tree->structs_len);
    tree->structs = tree->blob + structs;
    tree->strings = (const char *)tree->blob + strings;
    /* Up to the last NUL every offset is the start of a string that ends. */
    while (tree->strings_len && tree->strings[tree->strings_len - 1])
        tree->strings_len--;
    return SHIM_OK;
}

enum shim_code shim_check_header(struct shim_tree *tree, size_t avail, struct shim_error *error)
{
    enum shim_code code;

    if ((uintptr_t)tree->blob % 8)
        return shim_fail(error, SHIM_E_ALIGNMENT, "header", NULL,
                         "load the tree at an address that is a multiple of 8",
                         "the tree is at 0x%llx", SHIM_X((uintptr_t)tree->blob));
    if (avail < SHIM_FDT_HEADER)
        return shim_fail(error, SHIM_E_TRUNCATED, "header", NULL,
                         "the file or load was cut short: copy or load all of it",
                         "%llu bytes, less than a header", (unsigned long long)avail);
    if (shim_be32(tree->blob) != FDT_MAGIC)
        return shim_fail(error, SHIM_E_MAGIC, "header", NULL,
                         "give a .dtb (dtc makes one from a .dts)",
                         "starts with 0x%llx; a device tree starts with 0xd00dfeed",
                         SHIM_X(shim_be32(tree->blob)));
    tree->total = shim_be32(tree->blob + FDT_OFF_TOTALSIZE);
    code = check_size(tree, avail, error);
    if (!code)
        code = check_version(tree->blob, error);
    if (!code)
        code = check_reserve(tree, error);
    if (!code)
        code = check_blocks(tree, error);
    return code;
}
