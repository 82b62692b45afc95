// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/id_map.h"

/* A row is <first phandle cells... count>; Linux has room for this many (MAX_PHANDLE_ARGS). */
enum { AROUND = 3, CELLS_MOST = 16, FOUR = 4 };

static uint32_t cell_of(struct shim_span value, size_t cell)
{
    return shim_be32(value.at + 4 * cell);
}

bool shim_next_id_row(struct shim_id_map *map, struct shim_id_row *row)
{
    size_t left = map->rest.len / 4, cells;

    if (left < 2)
        return false;
    row->target = shim_node_of_phandle(map->tree, cell_of(map->rest, 1));
    if (row->target == SHIM_NONE)
        return false;
    row->cells = 1;
    shim_cell(shim_prop_named(map->tree, row->target, map->cells), &row->cells);
    if (row->cells > CELLS_MOST)
        return false;
    cells = map->four ? FOUR : AROUND + row->cells;
    if (left < cells)
        return false;
    row->first = cell_of(map->rest, 0);
    row->count = cell_of(map->rest, cells - 1);
    row->bytes = (struct shim_span){ map->rest.at, 4 * cells };
    map->rest.at += 4 * cells;
    map->rest.len -= 4 * cells;
    return true;
}

static bool is_whole(struct shim_id_map map)
{
    struct shim_id_row row;
    bool more;

    do
        more = shim_next_id_row(&map, &row);
    while (more);
    return !map.rest.len;
}

/* of_check_bad_map(): all rows name one node, which asks for two cells, and one ID each. */
static bool is_known_misfit(const struct shim_id_map *map)
{
    struct shim_id_map start = *map;
    struct shim_id_row row;

    if (map->rest.len % ((size_t)4 * FOUR))
        return false;
    for (size_t at = 0; at < map->rest.len / 4; at += FOUR)
        if (cell_of(map->rest, at + 1) != cell_of(map->rest, 1) ||
            cell_of(map->rest, at + FOUR - 1) != 1)
            return false;
    start.four = true;
    return shim_next_id_row(&start, &row) && row.cells == 2;
}

bool shim_read_id_map(struct shim_id_map *map, const struct shim_tree *tree, const char *cells,
                      struct shim_span value)
{
    *map = (struct shim_id_map){ .tree = tree, .cells = cells, .rest = value };
    map->four = is_known_misfit(map);
    if (is_whole(*map))
        return true;
    map->four = true;
    if (is_whole(*map))
        return true;
    map->four = false;
    return false;
}
