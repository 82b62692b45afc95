// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* plan --map: the machine's memory by the plan, as a picture for a terminal. */
#include "map.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "shim/base/sink.h"
#include "shim/base/text.h"
#include "trouble.h"

enum { LINE = 81, WIDTH = 14, /* of a line with its end, and of the box */
       WINDOWS_MAX = 3, /* beside it: the tightest */
       PATH_SHOWN = 34 };

/* ---- the facts ------------------------------------------------------------------------ */

struct map {
    const struct shim_plan *plan;
    struct shim_range dom0[SHIM_BLOCKS_MAX]; /* in the machine */
    uint32_t dom0_count;
    const struct shim_window *windows[WINDOWS_MAX];
    const struct shim_master *first[WINDOWS_MAX]; /* of those that have it */
    unsigned others[WINDOWS_MAX];
    unsigned window_count;
    uint64_t *edges; /* ascending */
    size_t edge_count;
};

/* What is at an address: the same of both is one piece. */
struct piece {
    enum { NOTHING, RAM, RESERVED, DOM0, MODULE } kind;
    struct shim_range whole;
    const struct shim_module *module;
    unsigned windows; /* a bit for each that reaches it */
};

/* By size; one that is there has one user more. */
static void add_window(struct map *map, const struct shim_master *master)
{
    const struct shim_window *window = &map->plan->board->windows[master->window];
    unsigned i = 0;

    for (unsigned j = 0; j < map->window_count; j++)
        if (map->windows[j]->like == window->like) {
            map->others[j]++;
            return;
        }
    while (i < map->window_count && shim_window_total(map->windows[i]) <= shim_window_total(window))
        i++;
    if (i == WINDOWS_MAX)
        return;
    if (map->window_count < WINDOWS_MAX)
        map->window_count++;
    for (unsigned j = map->window_count - 1; j > i; j--) {
        map->windows[j] = map->windows[j - 1];
        map->first[j] = map->first[j - 1];
        map->others[j] = map->others[j - 1];
    }
    map->windows[i] = window;
    map->first[i] = master;
    map->others[i] = 0;
}

static void find_windows(struct map *map)
{
    const struct shim_board *board = map->plan->board;

    for (uint32_t i = 0; i < board->master_count; i++)
        if (board->masters[i].decides && board->windows[board->masters[i].window].count)
            add_window(map, &board->masters[i]);
}

/* ---- where one piece ends and the next begins -------------------------------------------- */

static void add_edges(struct map *map, const struct shim_range *ranges, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        map->edges[map->edge_count++] = ranges[i].base;
        map->edges[map->edge_count++] = shim_range_end(ranges[i]);
    }
}

static struct shim_range place_of(const struct shim_module *module)
{
    return (struct shim_range){ module->to, module->placed ? module->room : 0 };
}

static size_t count_edges(const struct map *map)
{
    const struct shim_board *board = map->plan->board;
    size_t count = board->ram.count + board->reserved.count + map->dom0_count +
                   map->plan->module_count;

    for (unsigned i = 0; i < map->window_count; i++)
        count += map->windows[i]->reached.count;
    return 2 * count;
}

static int by_address(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return one < other ? -1 : one > other;
}

static bool find_edges(struct map *map)
{
    const struct shim_plan *plan = map->plan;

    map->edges = keep(malloc(count_edges(map) * sizeof(*map->edges)));
    if (!map->edges)
        return false;
    add_edges(map, plan->board->ram.at, plan->board->ram.count);
    add_edges(map, plan->board->reserved.at, plan->board->reserved.count);
    add_edges(map, map->dom0, map->dom0_count);
    for (unsigned i = 0; i < map->window_count; i++)
        add_edges(map, map->windows[i]->reached.at, map->windows[i]->reached.count);
    for (uint32_t i = 0; i < plan->module_count; i++) {
        struct shim_range place = place_of(&plan->modules[i]);

        add_edges(map, &place, 1);
    }
    qsort(map->edges, map->edge_count, sizeof(*map->edges), by_address);
    return true;
}

/* ---- what is in between ------------------------------------------------------------------- */

static const struct shim_range *holding(const struct shim_range *ranges, uint32_t count,
                                        uint64_t address)
{
    for (uint32_t i = 0; i < count; i++)
        if (ranges[i].size && ranges[i].base <= address && address < shim_range_end(ranges[i]))
            return &ranges[i];
    return NULL;
}

static unsigned windows_at(const struct map *map, uint64_t address)
{
    unsigned found = 0;

    for (unsigned i = 0; i < map->window_count; i++)
        if (holding(map->windows[i]->reached.at, map->windows[i]->reached.count, address))
            found |= 1u << i;
    return found;
}

static const struct shim_module *module_at(const struct shim_plan *plan, uint64_t address)
{
    for (uint32_t i = 0; i < plan->module_count; i++) {
        struct shim_range place = place_of(&plan->modules[i]);

        if (holding(&place, 1, address))
            return &plan->modules[i];
    }
    return NULL;
}

static struct piece piece_at(const struct map *map, uint64_t address)
{
    const struct shim_board *board = map->plan->board;
    struct piece piece = { .kind = NOTHING, .module = module_at(map->plan, address) };

    if (piece.module)
        piece.kind = MODULE;
    else if (holding(map->dom0, map->dom0_count, address))
        piece.kind = DOM0;
    else if (holding(board->reserved.at, board->reserved.count, address))
        piece.kind = RESERVED;
    else if (holding(board->ram.at, board->ram.count, address))
        piece.kind = RAM;
    if (piece.kind != NOTHING)
        piece.windows = windows_at(map, address);
    return piece;
}

static bool is_same(const struct piece *a, const struct piece *b)
{
    return a->kind == b->kind && a->module == b->module && a->windows == b->windows;
}

/* ---- the picture ---------------------------------------------------------------------------- */

static unsigned height_of(uint64_t size)
{
    return size < 128u << 20 ? 1 : size < 1u << 30 ? 2 : 3;
}

static char fill_of(const struct map *map, const struct piece *piece)
{
    static const char fills[] = { [NOTHING] = ' ', [RAM] = ' ', [RESERVED] = '/', [DOM0] = '#' };

    if (piece->kind == MODULE)
        return *shim_plan_module_word(map->plan, piece->module->kind);
    return fills[piece->kind];
}

/* What does not fit is left out: 80 columns hold all that has names of a known length. */
struct line {
    char words[LINE];
    size_t len;
};

__attribute__((format(printf, 2, 3)))
static void put(struct line *line, const char *format, ...)
{
    va_list args;
    int more;

    va_start(args, format);
    more = vsnprintf(line->words + line->len, LINE - line->len, format, args);
    va_end(args);
    if (more > 0)
        line->len = line->len + (size_t)more < LINE ? line->len + (size_t)more : LINE - 1;
}

/* " 1  ": of each window its number, or a space. */
static void put_windows(struct line *line, const struct map *map, unsigned windows)
{
    for (unsigned i = 0; i < map->window_count; i++)
        put(line, " %c", windows >> i & 1 ? '1' + (char)i : ' ');
}

/* The line as far as the names: where it begins, and the box. */
static void put_box(struct line *line, const char *address, char edge, char fill)
{
    char box[WIDTH + 1];

    memset(box, fill, WIDTH);
    box[WIDTH] = '\0';
    put(line, "%15s  %c%s%c ", address, edge, box, edge);
}

/* Without spaces at its end. */
static void print_line(struct line *line)
{
    while (line->len && line->words[line->len - 1] == ' ')
        line->len--;
    printf("%.*s\n", (int)line->len, line->words);
}

static unsigned kept_in(const struct map *map, struct shim_range range)
{
    const struct shim_steering *steering = &map->plan->xen->steering;
    unsigned count = 0;

    for (uint32_t i = 0; i < steering->plug_count; i++)
        count += shim_range_contains(range, steering->plugs[i]);
    return count;
}

static void put_name(struct line *line, const struct map *map, const struct piece *piece)
{
    static const char *const names[] = { [NOTHING] = "no RAM", [RAM] = "RAM",
                                         [RESERVED] = "reserved", [DOM0] = "dom0" };
    unsigned kept = piece->kind == RAM ? kept_in(map, piece->whole) : 0;

    const char *name = piece->kind == MODULE ? shim_plan_module_word(map->plan, piece->module->kind)
                                             : names[piece->kind];

    put(line, "  %s, %s", name, SHIM_SIZE(piece->whole.size));
    if (kept)
        put(line, ", %u page%s kept from Xen", kept, kept == 1 ? "" : "s");
}

static void print_edge(void)
{
    struct line line = { .len = 0 };

    put_box(&line, "", '+', '-');
    print_line(&line);
}

static void print_piece(const struct map *map, const struct piece *piece)
{
    unsigned count = piece->kind == NOTHING ? 1 : height_of(piece->whole.size);
    char address[24];

    snprintf(address, sizeof(address), "0x%llx", SHIM_X(piece->whole.base));
    for (unsigned i = 0; i < count; i++) {
        struct line line = { .len = 0 };

        put_box(&line, i ? "" : address, piece->kind == NOTHING ? ' ' : '|', fill_of(map, piece));
        put_windows(&line, map, piece->windows);
        if (!i)
            put_name(&line, map, piece);
        print_line(&line);
    }
}

/* The next piece from an edge on, which moves to where it ends; false: there is none. */
static bool next_piece(const struct map *map, size_t *edge, struct piece *piece)
{
    uint64_t base = map->edges[*edge];

    *piece = piece_at(map, base);
    while (++*edge < map->edge_count) {
        struct piece next = piece_at(map, map->edges[*edge]);

        piece->whole = (struct shim_range){ base, map->edges[*edge] - base };
        if (!is_same(piece, &next))
            return true;
    }
    return false; /* behind the last piece there is nothing, up to where a window ends */
}

static void print_pieces(const struct map *map)
{
    bool within = false; /* RAM, or what is in it */
    struct piece piece;

    for (size_t edge = 0; next_piece(map, &edge, &piece);) {
        bool is_first = piece.whole.base == map->edges[0];

        if (piece.kind == NOTHING && is_first)
            continue;
        if ((piece.kind != NOTHING) != within)
            print_edge();
        within = piece.kind != NOTHING;
        print_piece(map, &piece);
    }
    print_edge();
}

/* ---- below it ------------------------------------------------------------------------------- */

/* Of a long path the end, which tells more. */
static void print_path(const struct map *map, uint32_t node)
{
    struct shim_path path = shim_path(map->plan->tree, node);
    size_t len = strlen(path.s);

    shim_print(&to_stdout, len > PATH_SHOWN ? "..." : "");
    shim_print_string(&to_stdout, path.s + (len > PATH_SHOWN ? len - PATH_SHOWN + 3 : 0));
}

static void print_legend(const struct map *map)
{
    for (unsigned i = 0; i < map->window_count; i++) {
        printf("  %u  a DMA window of %s: ", i + 1, SHIM_SIZE(shim_window_total(map->windows[i])));
        print_path(map, map->first[i]->node);
        printf(map->others[i] ? " and %u more\n" : "\n", map->others[i]);
    }
    if (map->plan->layout == SHIM_LAYOUT_OFFSET)
        printf("  dom0 calls its memory 0x%llx\n", SHIM_X(map->plan->dom0.base));
    if (map->plan->payload_assumed)
        puts("  load addresses are advice: the tree has no kernel");
    putchar('\n');
}

bool map_print(const struct shim_job *job)
{
    struct map map = { .plan = &job->plan };

    map.dom0_count = shim_plan_blocks(map.plan, map.dom0);
    find_windows(&map);
    if (!find_edges(&map))
        return false;
    print_pieces(&map);
    print_legend(&map);
    return true;
}
