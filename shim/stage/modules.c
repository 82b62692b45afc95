// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is started: where it is found, and how it comes to where the plan wants it. */
#include "fit.h"
#include "shim/xen/image.h"
#include "shim/xen/modules.h"
#include "stage.h"
#include "trust.h"

/* ---- what there is ----------------------------------------------------------------- */

static const void *bytes_at(struct shim_range at)
{
    return (const void *)(uintptr_t)at.base;
}

/* Where the payload's part of this kind lies, in RAM; false: the modules pass says what is wrong. */
static bool find_part(const struct stage *stage, enum shim_module_kind kind,
                      const char *compatible, struct shim_range *at)
{
    for (uint32_t i = 0; i < stage->job.facts.payload_count; i++)
        if (stage->job.facts.payload[i].kind == kind) {
            *at = stage->job.facts.payload[i].at;
            return true;
        }
    return shim_find_module(&stage->job.tree, compatible, at) &&
           shim_ranges_holding(&stage->ram, *at);
}

/* How much memory they need stands in their headers; the tree only knows the files. */
static void look_at_headers(struct stage *stage)
{
    struct shim_facts *facts = &stage->job.facts;
    struct shim_range at;

    if (find_part(stage, SHIM_MODULE_XEN, "dtshim,hypervisor", &at))
        stage_require(stage, shim_look_at_hypervisor(facts, bytes_at(at), at.size, arch.bits, at.base,
                                                     stage_hypervisor_word(stage),
                                                     &stage->error));
    if (find_part(stage, SHIM_MODULE_KERNEL, "multiboot,kernel", &at))
        shim_look_at_kernel(facts, bytes_at(at), at.size);
}

static void read_payload(struct stage *stage)
{
    uint32_t signers = 0;

    shim_print(&stage->sink, "dtshim: verifying the appended payload\n");
    stage_require(stage, fit_read(&stage->job.facts, bytes_at(stage->payload),
                                  stage->payload.size, &stage->job.arena, &signers,
                                  &stage->error));
    trust_print(&stage->sink, signers);
}

void stage_look_at_payload(struct stage *stage)
{
    stage->job.facts.payload_source = "the stage carries it";
    stage_require(stage, trust_tree(&stage->job.tree, stage->payload.size, &stage->error));
    if (stage->payload.size)
        read_payload(stage);
    look_at_headers(stage);
}

/* trust_tree() has looked at the tree; this is what comes of it. */
static void require_signed(struct stage *stage, const struct shim_module *module)
{
    bool made = module->kind == SHIM_MODULE_TREE || module->kind == SHIM_MODULE_DOMAIN_TREE;

    if (!TRUST_IS_REQUIRED || made || shim_range_contains(stage->payload, module->from))
        return;
    shim_fail(&stage->error, SHIM_E_PAYLOAD, "", NULL,
              "put what is started into the signed payload (doc/guide/trust.rst)",
              "0x%llx-0x%llx would start, and is not signed", SHIM_X(module->from.base),
              SHIM_X(shim_range_end(module->from) - 1));
    stage_fail(stage);
}

/* ---- what is lost ------------------------------------------------------------------ */

static const char own_memory[] = "the stage's own memory";

bool stage_find_lost(const struct stage *stage, struct shim_lost *lost)
{
    if (!shim_find_lost(&stage->job.tree, &stage->job.facts, stage->own, lost))
        return false;
    if (!lost->what)
        lost->what = own_memory;
    return true;
}

static void refuse_lost(struct stage *stage, const struct shim_lost *lost)
{
    shim_fail(&stage->error, SHIM_E_PAYLOAD,
              lost->node == SHIM_NONE ? "/chosen" : SHIM_PATH(&stage->job.tree, lost->node),
              lost->node == SHIM_NONE ? "linux,initrd-start" : "reg",
              arch.remedy[REMEDY_OWN],
              "overlaps %s 0x%llx-0x%llx", lost->what, SHIM_X(lost->with.base),
              SHIM_X(shim_range_end(lost->with) - 1));
    stage_fail(stage);
}

/* What U-Boot put into the stage's own memory is gone already, but for what came in it. */
static void require_outside(struct stage *stage, const struct shim_module *module)
{
    struct shim_lost lost = { module->node, stage->own, own_memory };
    bool carried = module->node == SHIM_NONE &&
                   shim_range_contains(stage->payload, module->from);

    if (shim_range_overlaps(module->from, stage->own) && !carried)
        refuse_lost(stage, &lost);
}

void stage_check_sources(struct stage *stage)
{
    for (uint32_t i = 0; i < stage->job.plan.module_count; i++) {
        require_outside(stage, &stage->job.plan.modules[i]);
        require_signed(stage, &stage->job.plan.modules[i]);
    }
}

void stage_check_named(struct stage *stage)
{
    struct shim_lost lost;

    if (stage_find_lost(stage, &lost))
        refuse_lost(stage, &lost);
}

/* ---- where it goes ----------------------------------------------------------------- */

/*
 * What goes where is nobody's memory yet: if this fails, all is as it was. Not inlined: make bench
 * stops where it begins and where it ends.
 */
__attribute__((noinline))
void stage_write_trees(struct stage *stage)
{
    const struct shim_module *tree = shim_module_of(&stage->job.plan, SHIM_MODULE_TREE);
    const struct shim_module *domain = shim_module_of(&stage->job.plan, SHIM_MODULE_DOMAIN_TREE);
    size_t len;

    stage_require(stage, shim_job_apply(&stage->job, (void *)(uintptr_t)tree->to, tree->room,
                                        &len, &stage->error));
    cpu_clean((struct shim_range){ tree->to, len });
    if (!domain)
        return;
    stage_require(stage, shim_job_apply_domain(&stage->job, (void *)(uintptr_t)domain->to,
                                               domain->room, &len, &stage->error));
    cpu_clean((struct shim_range){ domain->to, domain->room });
}

/*
 * Destinations overlap no source and not the stage: the order does not matter.
 * Who writes to its own memory with caches off before it turns them on may have no line of all
 * its room in a cache, moved or not.
 */
static void move(const struct shim_module *module, bool writes_uncached)
{
    bool moves = module->from.base != module->to;

    if (moves)
        cpu_copy((void *)(uintptr_t)module->to, bytes_at(module->from), module->from.size);
    if (moves || writes_uncached)
        cpu_clean((struct shim_range){ module->to,
                                       writes_uncached ? module->room : module->from.size });
}

/* The hypervisor is one, and a kernel that runs where it is put. */
void stage_move_modules(const struct shim_plan *plan)
{
    bool native = shim_policy_for(plan->policy, SHIM_CONTRACT_NATIVE);

    for (uint32_t i = 0; i < plan->module_count; i++) {
        enum shim_module_kind kind = plan->modules[i].kind;

        if (kind != SHIM_MODULE_TREE && kind != SHIM_MODULE_DOMAIN_TREE)
            move(&plan->modules[i],
                 kind == SHIM_MODULE_XEN || (native && kind == SHIM_MODULE_KERNEL));
    }
}
