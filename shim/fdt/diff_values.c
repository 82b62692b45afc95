// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Values for people: strings as strings, addresses and sizes as the numbers that
 * the cells in force make of them, the ranges in words behind them. What does
 * not fit its cells is shown cell by cell.
 */
#include "shim/fdt/diff_values.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/fdt/diff_refs.h"

struct entry {
    uint32_t flags;
    uint64_t address, up, size;
};

/* ---- numbers ----------------------------------------------------------------------- */

static bool read_entry(const struct shim_entry_cells *cells, const uint8_t *at, struct entry *entry)
{
    const uint8_t *address = at + 4 * (size_t)cells->flags;
    const uint8_t *up = address + 4 * (size_t)cells->address;

    entry->flags = cells->flags ? shim_be32(at) : 0;
    return shim_read_cells(address, cells->address, &entry->address) &&
           shim_read_cells(up, cells->up, &entry->up) &&
           shim_read_cells(up + 4 * (size_t)cells->up, cells->size, &entry->size);
}

static bool fits(const struct shim_entry_cells *cells, struct shim_span value)
{
    struct entry entry;

    if (!cells->len || value.len % cells->len)
        return false;
    for (size_t at = 0; at < value.len; at += cells->len)
        if (!read_entry(cells, value.at + at, &entry))
            return false;
    return true;
}

static void print_number(const struct shim_sink *sink, const char **space, uint32_t cells,
                         uint64_t number)
{
    if (!cells)
        return;
    shim_print(sink, "%s0x%llx", *space, SHIM_X(number));
    *space = " ";
}

static void print_entry(const struct shim_sink *sink, const struct shim_entry_cells *cells,
                        const struct entry *entry)
{
    const char *space = "<";

    print_number(sink, &space, cells->flags, entry->flags);
    print_number(sink, &space, cells->address, entry->address);
    print_number(sink, &space, cells->up, entry->up);
    print_number(sink, &space, cells->size, entry->size);
    shim_print_string(sink, ">");
}

/* Has it an end to speak of? A size of 0 and one that leaves 64 bits have not. */
static bool has_words(const struct entry *entry)
{
    return entry->size && entry->address + (entry->size - 1) >= entry->address;
}

static void print_words(const struct shim_sink *sink, const struct shim_entry_cells *cells,
                        const struct entry *entry)
{
    unsigned long long first = SHIM_X(entry->address);

    if (cells->up)
        shim_print(sink, "0x%llx -> 0x%llx, ", first, SHIM_X(entry->up));
    else if (cells->address)
        shim_print(sink, "0x%llx-0x%llx, ", first, first + SHIM_X(entry->size - 1));
    shim_print_string(sink, SHIM_SIZE(entry->size));
}

static void print_numbers(const struct shim_sink *sink, const struct shim_entry_cells *cells,
                          struct shim_span value)
{
    const char *before = "  (";
    struct entry entry;

    for (size_t at = 0; at < value.len; at += cells->len) {
        read_entry(cells, value.at + at, &entry);
        shim_print_string(sink, at ? ", " : "");
        print_entry(sink, cells, &entry);
    }
    for (size_t at = 0; at < value.len; at += cells->len) {
        read_entry(cells, value.at + at, &entry);
        if (!has_words(&entry))
            continue;
        shim_print_string(sink, before);
        print_words(sink, cells, &entry);
        before = "; ";
    }
    shim_print_string(sink, *before == ';' ? ")" : "");
}

/* ---- strings and cells --------------------------------------------------------------- */

static bool is_printable(uint8_t byte)
{
    return byte >= ' ' && byte <= '~';
}

/* Strings: printable, none empty, and the last one ends. */
static bool looks_like_strings(struct shim_span value)
{
    if (!value.len || value.at[value.len - 1])
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] ? !is_printable(value.at[i]) : i == 0 || !value.at[i - 1])
            return false;
    return true;
}

static void print_strings(const struct shim_sink *sink, struct shim_span value)
{
    const char *before = "\"";

    for (const char *at = shim_list_next(value, NULL); at; at = shim_list_next(value, at)) {
        shim_print_string(sink, before);
        shim_print_string(sink, at);
        before = "\", \"";
    }
    shim_print_string(sink, "\"");
}

static void print_cells(const struct shim_sink *sink, struct shim_span value)
{
    for (size_t i = 0; i < value.len; i += 4)
        shim_print(sink, i ? " 0x%llx" : "<0x%llx", SHIM_X(shim_be32(value.at + i)));
    shim_print_string(sink, ">");
}

static void print_bytes(const struct shim_sink *sink, struct shim_span value)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < value.len; i++) {
        char byte[] = { i ? ' ' : '[', digits[value.at[i] >> 4], digits[value.at[i] & 15], '\0' };

        shim_print_string(sink, byte);
    }
    shim_print_string(sink, "]");
}

/* Nobody reads them; what differs in one shows in the sum. */
static void print_hashes(const struct shim_sink *sink, struct shim_span value)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < value.len; i += 4)
        sum += shim_be32(value.at + i);
    shim_print(sink, "%u hashes, sum 0x%llx", (unsigned)(value.len / 4), SHIM_X(sum));
}

static bool is_hashes(const struct shim_side *side, uint32_t node, const char *name,
                      struct shim_span value)
{
    return value.len % 4 == 0 && shim_matches_one(side->words->hashes, name) &&
           shim_is_wide(side->tree, side->words, node);
}

static struct shim_entry_cells cells_for(const struct shim_side *side, uint32_t node,
                                         const char *name, struct shim_span value)
{
    struct shim_entry_cells cells =
        shim_is_wide(side->tree, side->words, node) && !looks_like_strings(value)
            ? shim_wide_cells(side->words, name, value.len)
            : shim_entry_cells(side->tree, side->words, node, name);

    if (!fits(&cells, value))
        cells.len = 0;
    return cells;
}

/* "  (&/soc/iommu@1000)" for a property that is known to refer to nodes. */
static void print_references(const struct shim_sink *sink, const struct shim_side *side,
                             uint32_t node, const char *name, struct shim_span value)
{
    struct shim_references refs;
    const char *before = "  (";

    if (!shim_side_references(&refs, side, node, name, value))
        return;
    while (shim_has_reference(&refs)) {
        uint32_t target = shim_next_reference(&refs);

        if (target == SHIM_NONE)
            continue;
        shim_print(sink, "%s&%s", before, SHIM_PATH(side->tree, target));
        before = ", ";
    }
    shim_print_string(sink, *before == ',' ? ")" : "");
}

void shim_print_value(const struct shim_sink *sink, const struct shim_side *side, uint32_t node,
                      const char *name, struct shim_span value)
{
    struct shim_entry_cells cells = cells_for(side, node, name, value);

    if (!value.len)
        return;
    shim_print_string(sink, " = ");
    if (is_hashes(side, node, name, value))
        print_hashes(sink, value);
    else if (cells.len)
        print_numbers(sink, &cells, value);
    else if (looks_like_strings(value))
        print_strings(sink, value);
    else if (value.len % 4)
        print_bytes(sink, value);
    else
        print_cells(sink, value);
    print_references(sink, side, node, name, value);
}
