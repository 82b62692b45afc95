// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The whole job and look-ups on a made-up tree of any size: devices on buses that have
 * `fan` of them each, every one with a phandle and a page of its own, every `tagged`th
 * behind an IOMMU. Their addresses are "sorted" or "scattered".
 *
 * usage: growth NODES FAN TAGGED ORDER [OUT]; prints "nodes bytes". There are four counts by these
 * names: check, job, phandles, paths; the last two for LOOKUPS of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "shim/job/job.h"

enum { LOOKUPS = 1000, NODE_BYTES = 256, STRINGS_BYTES = 256 };
enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, END = 9 };
enum { SMMU = 1, FIRST_PHANDLE = 2 };
enum { PLACES = 1 << 24 };
#define ODD 2654435761u /* times this, modulo a power of two: each number once, in no order */

struct writer {
    uint8_t *blob;
    uint8_t *at;
    char strings[STRINGS_BYTES];
    uint32_t strings_len;
};

struct shape {
    uint32_t nodes, fan, tagged;
    int scattered;
};

/* ---- the tree ---------------------------------------------------------------------- */

static void word(struct writer *to, uint32_t value)
{
    shim_put_be32(to->at, value);
    to->at += 4;
}

static void padded(struct writer *to, const void *bytes, size_t len)
{
    memcpy(to->at, bytes, len);
    to->at += (len + 3) & ~(size_t)3;
}

static void begin(struct writer *to, const char *name)
{
    word(to, BEGIN_NODE);
    padded(to, name, strlen(name) + 1);
}

static void end(struct writer *to)
{
    word(to, END_NODE);
}

/* A handful of names: they are found by walking over them. */
static uint32_t string(struct writer *to, const char *name)
{
    uint32_t at = 0;

    while (at < to->strings_len && strcmp(to->strings + at, name) != 0)
        at += (uint32_t)strlen(to->strings + at) + 1;
    if (at == to->strings_len) {
        require(at + strlen(name) < STRINGS_BYTES, "too many names");
        strcpy(to->strings + at, name);
        to->strings_len += (uint32_t)strlen(name) + 1;
    }
    return at;
}

static void put(struct writer *to, const char *name, const void *value, size_t len)
{
    word(to, PROP);
    word(to, (uint32_t)len);
    word(to, string(to, name));
    padded(to, value, len);
}

static void put_string(struct writer *to, const char *name, const char *value)
{
    put(to, name, value, strlen(value) + 1);
}

static void put_cells(struct writer *to, const char *name, const uint32_t *cells, size_t count)
{
    uint8_t bytes[32] = { 0 };

    for (size_t i = 0; i < count; i++)
        shim_put_be32(bytes + 4 * i, cells[i]);
    put(to, name, bytes, 4 * count);
}

static void put_cell(struct writer *to, const char *name, uint32_t cell)
{
    put_cells(to, name, &cell, 1);
}

/* A page above all RAM, and a gap behind it. */
static void put_page(struct writer *to, uint32_t place)
{
    uint64_t base = ((uint64_t)1 << 36) + ((uint64_t)place << 13);
    const uint32_t reg[] = { (uint32_t)(base >> 32), (uint32_t)base, 0, 0x1000 };

    put_cells(to, "reg", reg, 4);
}

static void put_two_cells(struct writer *to)
{
    put_cell(to, "#address-cells", 2);
    put_cell(to, "#size-cells", 2);
}

static void write_head(struct writer *to)
{
    static const uint32_t ram[] = { 0, 0x80000000, 0, 0x40000000 };

    begin(to, "");
    put_two_cells(to);
    put_string(to, "compatible", "test,bench");
    begin(to, "memory@80000000");
    put_string(to, "device_type", "memory");
    put_cells(to, "reg", ram, 4);
    end(to);
    begin(to, "iommu");
    put_string(to, "compatible", "arm,mmu-500");
    put_page(to, 0);
    put_cell(to, "#iommu-cells", 1);
    put_cell(to, "phandle", SMMU);
    end(to);
}

static void write_device(struct writer *to, const struct shape *shape, uint32_t number)
{
    char name[32];

    snprintf(name, sizeof(name), "device@%x", number);
    begin(to, name);
    put_string(to, "compatible", "test,device");
    put_page(to, (shape->scattered ? number * ODD : number) % PLACES + 1);
    put_string(to, "status", "okay");
    put_cell(to, "phandle", FIRST_PHANDLE + number);
    if (number % shape->tagged == 0)
        put_cells(to, "iommus", (const uint32_t[]){ SMMU, number & 0xffff }, 2);
    end(to);
}

static void write_bus(struct writer *to, const struct shape *shape, uint32_t first)
{
    char name[32];

    snprintf(name, sizeof(name), "bus@%x", first);
    begin(to, name);
    put_string(to, "compatible", "simple-bus");
    put_two_cells(to);
    put(to, "ranges", "", 0);
    for (uint32_t i = first; i < first + shape->fan && i < shape->nodes; i++)
        write_device(to, shape, i);
    end(to);
}

static void header(struct writer *to, uint32_t structs, uint32_t strings)
{
    uint32_t words[] = { 0xd00dfeed, strings + to->strings_len, structs, strings, 40, 17, 16, 0,
                         to->strings_len, strings - structs };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        shim_put_be32(to->blob + 4 * i, words[i]);
}

static struct bytes make_tree(const struct shape *shape)
{
    enum { STRUCTS = SHIM_FDT_HEADER + 16 };
    size_t room = (size_t)NODE_BYTES * shape->nodes + (1 << 16);
    struct writer to = { .blob = memory(room) };

    to.at = to.blob + STRUCTS;
    write_head(&to);
    for (uint32_t i = 0; i < shape->nodes; i += shape->fan)
        write_bus(&to, shape, i);
    end(&to);
    word(&to, END);
    header(&to, STRUCTS, (uint32_t)(to.at - to.blob));
    padded(&to, to.strings, to.strings_len);
    return (struct bytes){ to.blob, (size_t)(to.at - to.blob) };
}

/* ---- what is counted --------------------------------------------------------------- */

static struct shim_policy policy_native(void)
{
    struct shim_policy policy = shim_policy_default();

    policy.given = 1u << SHIM_POLICY_CONTRACT | 1u << SHIM_POLICY_DOM0_MEM;
    policy.value[SHIM_POLICY_CONTRACT] = SHIM_CONTRACT_NATIVE;
    policy.value[SHIM_POLICY_DOM0_MEM] = 128 << 20;
    return policy;
}

static size_t count_job(struct bytes tree, struct bytes arena, struct bytes out)
{
    struct shim_policy policy = policy_native();
    struct shim_error error = { .what = "" };
    struct shim_job job;
    size_t len = 0;

    count_from_here();
    require(!shim_job_open(&job, tree.at, tree.len, &policy, NULL,
                           shim_arena(arena.at, arena.len), &error), error.what);
    require(!shim_job_plan(&job, &error), error.what);
    require(!shim_job_apply(&job, out.at, out.len, &len, &error), error.what);
    count_to_here("job");
    return len;
}

static void count_check(struct shim_tree *tree, struct bytes blob, struct bytes arena)
{
    struct shim_arena words = shim_arena(arena.at, arena.len);
    struct shim_error error = { .what = "" };

    count_from_here();
    require(!shim_tree_check(tree, blob.at, blob.len, &words, &error), error.what);
    count_to_here("check");
}

/* Spread over all devices, in no order. */
static uint32_t picked(const struct shape *shape, uint32_t i)
{
    return (uint32_t)((uint64_t)i * ODD % shape->nodes);
}

static void count_phandles(const struct shim_tree *tree, const struct shape *shape)
{
    uint32_t found = 0;

    count_from_here();
    for (uint32_t i = 0; i < LOOKUPS; i++)
        found += shim_node_of_phandle(tree, FIRST_PHANDLE + picked(shape, i)) != SHIM_NONE;
    count_to_here("phandles");
    require(found == LOOKUPS, "a phandle was not found");
}

static void count_paths(const struct shim_tree *tree, const struct shape *shape)
{
    static char paths[LOOKUPS][64];
    uint32_t found = 0;

    for (uint32_t i = 0; i < LOOKUPS; i++)
        snprintf(paths[i], sizeof(paths[i]), "/bus@%x/device@%x",
                 picked(shape, i) / shape->fan * shape->fan, picked(shape, i));
    count_from_here();
    for (uint32_t i = 0; i < LOOKUPS; i++)
        found += shim_node_at(tree, paths[i]) != SHIM_NONE;
    count_to_here("paths");
    require(found == LOOKUPS, "a path was not found");
}

static uint32_t number(const char *text)
{
    unsigned long value = strtoul(text, NULL, 10);

    require(value && value < PLACES, "numbers from 1 to 16777215");
    return (uint32_t)value;
}

int main(int argc, char **argv)
{
    struct shape shape;
    struct bytes blob, arena, out;
    struct shim_tree tree;

    require(argc > 4, "usage: growth NODES FAN TAGGED sorted|scattered [OUT]");
    shape = (struct shape){ number(argv[1]), number(argv[2]), number(argv[3]),
                            !strcmp(argv[4], "scattered") };
    blob = make_tree(&shape);
    out = (struct bytes){ NULL, 2 * blob.len + (1 << 16) };
    out.at = memory(out.len);
    arena = (struct bytes){ NULL, shim_memory_for(out.len) };
    arena.at = memory(arena.len);
    out.len = count_job(blob, arena, out);
    count_check(&tree, blob, arena);
    count_phandles(&tree, &shape);
    count_paths(&tree, &shape);
    printf("%u %zu\n", tree.node_count, blob.len);
    if (argc > 5)
        write_file(argv[5], out.at, out.len);
    return 0;
}
