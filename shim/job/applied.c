// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/applied.h"

#include "shim/base/mem.h"

enum promise { RECORD, PROPERTY, SRAM, BOOTARGS };

static const struct shim_trap rows[] = {
    [RECORD] = { .id = "promise-record", .why = "dom0 was booted with a different plan",
                 .remedy = "give check --live the tree that Xen was started with" },
    [PROPERTY] = { .id = "promise-property", .why = "drivers use it, and the plan had a "
                                                    "different value",
                   .remedy = "make sure that Xen was given this tree; if it was, report it" },
    [SRAM] = { .id = "promise-sram", .why = "the plan had different on-chip memory",
               .remedy = "make sure that Xen was given this tree; if it was, report it" },
    [BOOTARGS] = { .id = "promise-bootargs", .why = "dom0 was not started as requested",
                   .remedy = "a boot loader has set its own: check bootargs in its environment" },
};

/* Two trees, and for each node of the first the one at the same path of the second. */
struct pair {
    const struct shim_tree *applied, *live;
    uint32_t *at; /* SHIM_NONE: dom0 does not see it */
};

static bool pair_up(struct pair *pair, struct shim_arena *arena)
{
    uint32_t parent;

    pair->at = shim_alloc(arena, pair->applied->node_count, sizeof(*pair->at));
    if (!pair->at)
        return false;
    pair->at[SHIM_ROOT] = SHIM_ROOT;
    for (uint32_t node = 1; node < pair->applied->node_count; node++) {
        parent = pair->at[pair->applied->nodes[node].parent];
        pair->at[node] = parent == SHIM_NONE ? SHIM_NONE
                             : shim_child(pair->live, parent, shim_node_name(pair->applied, node));
    }
    return true;
}

/* Both without it is the same, too. */
static bool same(const struct pair *pair, uint32_t node, const char *name)
{
    struct shim_span was = shim_prop_named(pair->applied, node, name);
    struct shim_span is = shim_prop_named(pair->live, pair->at[node], name);

    if (!was.at || !is.at)
        return was.at == is.at;
    return was.len == is.len && !memcmp(was.at, is.at, was.len);
}

static void check_property(struct shim_check *check, const struct shim_trap *trap,
                           const struct pair *pair, uint32_t node, const char *name)
{
    if (!same(pair, node, name))
        shim_breach(check, trap, pair->at[node],
                    "its %s differs from the tree that Xen was given", name);
}

static void check_record(struct shim_check *check, const struct pair *pair)
{
    uint32_t node = shim_node_at(pair->applied, "/chosen/dtshim/record");

    if (node == SHIM_NONE || pair->at[node] == SHIM_NONE) {
        shim_breach(check, &rows[RECORD], SHIM_NONE, "the tree that Xen was given has no record");
        return;
    }
    for (uint32_t prop = pair->applied->nodes[node].first_prop;
         prop < pair->applied->nodes[node].props_end; prop++)
        check_property(check, &rows[RECORD], pair, node, shim_prop_name(pair->applied, prop));
}

/* Xen leaves these to dom0 as they are, wherever dom0 sees the node. */
static void check_devices(struct shim_check *check, const struct pair *pair)
{
    static const char names[] = "xen-dma-safe\0dma-ranges\0dma-coherent\0";

    for (uint32_t node = 1; node < pair->applied->node_count; node++)
        for (unsigned i = 0; pair->at[node] != SHIM_NONE && *shim_word(names, i); i++)
            check_property(check, &rows[PROPERTY], pair, node, shim_word(names, i));
}

static void check_sram(struct shim_check *check, const struct pair *pair)
{
    static const char names[] = "reg\0ranges\0dtshim,memory-type\0";
    uint32_t map = shim_child(pair->applied, SHIM_ROOT, "sram-map");

    for (uint32_t node = map; map != SHIM_NONE && node < pair->applied->nodes[map].past; node++) {
        if (pair->at[node] == SHIM_NONE)
            shim_breach(check, &rows[SRAM], SHIM_NONE, "dom0 does not see %s",
                        SHIM_PATH(pair->applied, node));
        for (unsigned i = 0; pair->at[node] != SHIM_NONE && *shim_word(names, i); i++)
            check_property(check, &rows[SRAM], pair, node, shim_word(names, i));
    }
}

/* As the tree alone says it; a module's own is in a node that dom0 does not see. */
static void check_bootargs(struct shim_check *check, const struct pair *pair)
{
    uint32_t before = shim_child(pair->applied, SHIM_ROOT, "chosen");
    uint32_t after = shim_child(pair->live, SHIM_ROOT, "chosen");
    struct shim_span was = { 0 }, is = { 0 };

    if (before != SHIM_NONE)
        was = shim_prop_named(pair->applied, before, "xen,dom0-bootargs");
    if (after != SHIM_NONE)
        is = shim_prop(pair->live, after, SHIM_BOOTARGS);
    if (was.at && (was.len != is.len || memcmp(was.at, is.at, was.len) != 0))
        shim_breach(check, &rows[BOOTARGS], after, "its bootargs are not the xen,dom0-bootargs of the "
                    "tree that Xen was given");
}

enum shim_code shim_check_applied(struct shim_job *job, const struct shim_tree *applied,
                                  struct shim_check *check, struct shim_error *error)
{
    struct pair pair = { .applied = applied, .live = &job->tree };

    if (!pair_up(&pair, &job->arena))
        return shim_no_room(error, "to compare dom0's tree with the one that Xen was given");
    check_record(check, &pair);
    check_devices(check, &pair);
    check_sram(check, &pair);
    check_bootargs(check, &pair);
    return SHIM_OK;
}
