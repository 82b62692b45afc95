// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/load.h"

#include "shim/base/mem.h"
#include "shim/base/span.h"
#include "shim/fdt/address.h"
#include "shim/xen/payload.h"

#define PAGE ((uint64_t)4096)
enum { ROUNDS = 4 }; /* what is loaded may bring another place for dom0 */
#define STAGE_ALIGNMENT ((uint64_t)2 << 20) /* U-Boot's booti moves an Image that lies elsewhere */

/* ---- stage and tree ------------------------------------------------------------------ */

/* RAM that neither firmware nor what Xen is started with needs. */
static bool free_ram(struct shim_ranges *set, struct shim_plan *plan)
{
    bool fits = shim_ranges_copy(set, &plan->board->ram, plan->arena,
                                 plan->board->reserved.count + plan->devices.count +
                                 SHIM_MODULES_MAX + 3) &&
                shim_ranges_remove(set, (struct shim_range){ 0, PAGE }) &&
                shim_ranges_remove_all(set, &plan->devices);

    for (uint32_t i = 0; fits && i < plan->board->reserved.count; i++)
        fits = shim_ranges_remove(set, shim_whole_pages(plan->board->reserved.at[i]));
    for (uint32_t i = 0; fits && i < plan->module_count; i++)
        fits = shim_ranges_remove(set, (struct shim_range){ plan->modules[i].to,
                                                            plan->modules[i].room });
    return fits;
}

static bool put_in(struct shim_ranges *free, uint64_t from, struct shim_range *part)
{
    uint64_t room = shim_align_up(part->size, PAGE);

    return (shim_ranges_fit(free, from, room, STAGE_ALIGNMENT, &part->base) ||
            shim_ranges_fit(free, 0, room, STAGE_ALIGNMENT, &part->base)) &&
           shim_ranges_remove(free, (struct shim_range){ part->base, room });
}

/*
 * Into the middle of dom0's machine block if they can: they are gone before that is used,
 * and it is no place for anything that is not. Firmware is more likely at an end of RAM.
 */
static enum shim_code place_stage(struct shim_plan *plan, struct shim_facts *facts,
                                  struct shim_error *error)
{
    uint64_t guest, needed = facts->stage.size + facts->tree.size;
    struct shim_range block = shim_plan_block(plan, 0, &guest);
    uint64_t middle = block.base + (block.size > needed ? (block.size - needed) / 2 : 0);
    struct shim_ranges free;

    if (!free_ram(&free, plan))
        return shim_no_room(error, "to look for places to load at");
    if (put_in(&free, middle, &facts->stage) && put_in(&free, middle, &facts->tree))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_PLACEMENT, "policy", "dom0-mem", "make dom0-mem smaller",
                     "less than %s of RAM is left for the stage and its tree",
                     SHIM_SIZE(needed));
}

/* ---- the payload --------------------------------------------------------------------------- */

/* In the caller's copy of the tree: its reg says the new place. */
static void load_node(const struct shim_plan *plan, uint8_t *blob,
                      const struct shim_module *module)
{
    const struct shim_tree *tree = plan->tree;
    uint8_t *reg = blob + (shim_prop(tree, module->node, SHIM_REG).at - tree->blob);

    if (shim_inherited_cells(tree, tree->nodes[module->node].parent).address == 2)
        shim_put_be64(reg, module->to);
    else
        shim_put_be32(reg, (uint32_t)module->to);
}

static void load_part(struct shim_facts *facts, const struct shim_module *module)
{
    facts->payload[facts->payload_count++] = (struct shim_payload_part){
        .kind = module->kind, .at = { module->to, module->from.size },
        .assumed = module->assumed };
}

/* Everything that somebody loads; the trees that dtshim writes are not of it. */
static void load_payload(const struct shim_plan *plan, uint8_t *blob, struct shim_facts *facts)
{
    facts->payload_count = 0;
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (module->node != SHIM_NONE)
            load_node(plan, blob, module);
        else if (module->kind != SHIM_MODULE_TREE && module->kind != SHIM_MODULE_DOMAIN_TREE)
            load_part(facts, module);
    }
}

/* ---- both plans ------------------------------------------------------------------------------- */

static enum shim_code check_job(const struct shim_job *job, struct shim_error *error)
{
    if (job->recognised)
        return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim/record", NULL,
                         "start from the original tree",
                         "the tree was already rewritten, and has the addresses of its payload");
    if (job->unchanged)
        return shim_fail(error, SHIM_E_UNSUPPORTED, "policy", "contract",
                         "use contract xen or native",
                         "with contract none dtshim starts nothing, wherever it is loaded");
    return SHIM_OK;
}

static enum shim_code no_places(struct shim_error *error)
{
    return shim_fail(error, SHIM_E_PLACEMENT, "policy", "dom0-mem",
                     "use another dom0-mem, or load anywhere: the stage moves what has to move",
                     "wherever the modules are loaded, some of them would have to move");
}

static enum shim_code plan_with(struct shim_job *job, const void *blob, size_t avail,
                                const struct shim_policy *over, const struct shim_facts *facts,
                                struct shim_arena arena, struct shim_error *error)
{
    enum shim_code code = shim_job_open(job, blob, avail, over, facts, arena, error);

    return code ? code : shim_job_plan(job, error);
}

/* Loads everything where the plan wants it, and plans anew. */
static enum shim_code load_there(struct shim_job *job, void *blob, size_t avail,
                                 const struct shim_policy *over, struct shim_facts *facts,
                                 struct shim_arena arena, struct shim_error *error)
{
    enum shim_code code;

    load_payload(&job->plan, blob, facts);
    code = place_stage(&job->plan, facts, error);
    return code ? code : plan_with(job, blob, avail, over, facts, arena, error);
}

enum shim_code shim_load_places(struct shim_job *job, void *blob, size_t avail,
                                const struct shim_policy *over, struct shim_facts *facts,
                                struct shim_arena arena, struct shim_error *error)
{
    struct shim_facts sizes = *facts;
    enum shim_code code;

    sizes.unloaded = true;
    sizes.stage = sizes.tree = (struct shim_range){ 0, 0 }; /* they are nowhere yet */
    code = plan_with(job, blob, avail, over, &sizes, arena, error);
    if (!code)
        code = check_job(job, error);
    if (code)
        return code;
    for (unsigned i = 0; !code && i < ROUNDS && !(i && shim_payload_stays(&job->plan)); i++)
        code = load_there(job, blob, avail, over, facts, arena, error);
    if (code)
        return code;
    return shim_payload_stays(&job->plan) ? shim_job_promise(job, error) : no_places(error);
}
