// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/domain.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/args.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/domain/guest.h"
#include "shim/xen/domain/passable.h"
#include "shim/xen/modules.h"
#include "shim/xen/payload.h"
#include "shim/xen/place.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

enum { NAME_MAX = 31 }; /* a node's (Devicetree Specification 2.2.1) */

static const char *domain_name(const struct shim_plan *plan)
{
    return shim_list_next(plan->policy->list[SHIM_POLICY_DOMAIN_NAME], NULL);
}

/* ---- decide ---------------------------------------------------------------------- */

static bool is_one_of(char c, const char *set)
{
    while (*set && *set != c)
        set++;
    return *set != '\0';
}

static bool is_name(const char *name)
{
    size_t len = 0;

    for (; name[len]; len++) {
        char c = name[len];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';

        if (!letter && !(c >= '0' && c <= '9') && !is_one_of(c, ",._+-@"))
            return false;
    }
    return len && len <= NAME_MAX;
}

static enum shim_code check_name(const struct shim_plan *plan, struct shim_error *error)
{
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");
    struct shim_span list = plan->policy->list[SHIM_POLICY_DOMAIN_NAME];
    const char *name = domain_name(plan);

    if (!name || shim_list_next(list, name) || !is_name(name))
        return shim_fail(error, SHIM_E_POLICY, "policy", "domain-name",
                         "use one name of at most 31 letters, digits and ,._+-@",
                         "is not a valid node name");
    if (!strcmp(name, "dtshim") ||
        (chosen != SHIM_NONE && shim_child(plan->tree, chosen, name) != SHIM_NONE))
        return shim_fail(error, SHIM_E_POLICY, "policy", "domain-name", "use another name",
                         "/chosen already has a node '%s'", name);
    return SHIM_OK;
}

/* Xen builds all domains from one heap, and Xenstore is dom0's. */
static enum shim_code check_other(const struct shim_plan *plan, uint32_t node,
                                  struct shim_error *error)
{
    struct shim_span enhanced = shim_prop_named(plan->tree, node, "xen,enhanced");

    if (!shim_policy_feature(plan->policy, "static-mem"))
        return shim_fail(error, SHIM_E_UNSUPPORTED, SHIM_PATH(plan->tree, node), "memory",
                         "remove it, or name static-mem in xen-features if Xen has it",
                         shim_prop_named(plan->tree, node, "xen,static-mem").at
                             ? "asks for static memory (xen,static-mem), but this Xen is built "
                               "without it (CONFIG_STATIC_MEMORY)"
                             : "would take its memory from a heap that is made for one domain");
    if (enhanced.at && !shim_list_has(enhanced, "no-xenstore") &&
        !shim_list_has(enhanced, "disabled"))
        return shim_fail(error, SHIM_E_UNSUPPORTED, SHIM_PATH(plan->tree, node), "xen,enhanced",
                         "set it to \"no-xenstore\" or \"disabled\"",
                         "asks for Xenstore, which needs a dom0: Xen panics");
    return SHIM_OK;
}

static enum shim_code check_others(const struct shim_plan *plan, struct shim_error *error)
{
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");
    uint32_t node = chosen == SHIM_NONE ? SHIM_NONE : shim_first_child(plan->tree, chosen);
    enum shim_code code = SHIM_OK;

    for (; !code && node != SHIM_NONE; node = shim_next_child(plan->tree, node))
        if (shim_compatible(plan->tree, node, "xen,domain"))
            code = check_other(plan, node, error);
    return code;
}

/* Its bytes are dtshim's own; only their place is to be found. */
static enum shim_code add_tree(struct shim_plan *plan, struct shim_error *error)
{
    return shim_add_module(plan, (struct shim_module){
            .kind = SHIM_MODULE_DOMAIN_TREE, .node = SHIM_NONE,
            .from = { 0, plan->given->tree_size } }, error);
}

static void note_domain(struct shim_plan *plan)
{
    shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
              shim_say(plan->arena, "a xen,domain '%s' takes dom0's place, with %u CPUs",
                       domain_name(plan), shim_xen_guest_cpus(plan)),
              "Xen maps dom0 1:1, but can put a domain's memory elsewhere");
    if (plan->payload_assumed)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE, "the domain has no kernel yet",
                  "name it in /chosen first, or add the modules to the domain's node");
}

enum shim_code shim_xen_decide_domain(struct shim_plan *plan, struct shim_error *error)
{
    const char *bootargs = shim_domain_bootargs(plan);
    enum shim_code code = check_name(plan, error);

    if (!code)
        code = check_others(plan, error);
    if (!code)
        code = shim_refuse_long_line(bootargs, "xen,dom0-bootargs",
                                     "shorten the kernel's command line", error);
    if (!code)
        code = shim_xen_compose_guest(plan, bootargs, error);
    if (!code)
        code = add_tree(plan, error);
    if (!code)
        code = shim_xen_place_domain(plan, error);
    if (!code)
        note_domain(plan);
    return code;
}

/* ---- write ------------------------------------------------------------------------ */

bool shim_xen_goes_into_domain(const struct shim_module *module)
{
    return module->kind == SHIM_MODULE_KERNEL || module->kind == SHIM_MODULE_RAMDISK ||
           module->kind == SHIM_MODULE_DOMAIN_TREE;
}

void shim_xen_write_given(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (plan->given->comes[node] & SHIM_COMES && shim_on_bus(plan->tree, node) &&
            shim_reg_entries(plan->tree, node).rest.len)
            shim_put(edits, shim_cursor(node), "xen,passthrough", "", 0);
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].node != SHIM_NONE && shim_xen_goes_into_domain(&plan->modules[i]))
            shim_delete_node(edits, plan->modules[i].node);
}

static void write_module(const struct shim_plan *plan, struct shim_edits *edits,
                         struct shim_cursor domain, const struct shim_module *module)
{
    struct shim_range place = { module->to, module->from.size };
    struct shim_cursor node =
        shim_open_new(edits, domain, shim_say(plan->arena, "module@%llx", SHIM_X(module->to)));

    shim_put_module_kind(edits, node, module->kind);
    shim_put_reg(edits, node, "reg", (struct shim_cells){ 2, 2 }, &place, 1);
    if (module->kind == SHIM_MODULE_KERNEL)
        shim_put_string(edits, node, "bootargs", shim_domain_bootargs(plan));
    shim_close(edits, node);
}

static void put_static_memory(const struct shim_plan *plan, struct shim_edits *edits,
                              struct shim_cursor domain, struct shim_cells cells)
{
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t count = shim_plan_blocks(plan, blocks);

    shim_put_reg(edits, domain, "xen,static-mem", cells, blocks, count);
}

void shim_xen_write_domain(const struct shim_plan *plan, struct shim_edits *edits,
                           struct shim_cursor chosen, struct shim_cells cells)
{
    /* The first to get memory: Xen builds domains in the order of the tree. */
    struct shim_cursor domain = shim_open_first(edits, chosen, domain_name(plan));

    shim_put_string(edits, domain, "compatible", "xen,domain");
    shim_put_cells(edits, domain, (struct shim_cells){ 2, 2 });
    shim_put_u64(edits, domain, "memory", plan->dom0.size >> 10); /* KiB */
    shim_put_u32(edits, domain, "cpus", shim_xen_guest_cpus(plan));
    shim_put(edits, domain, "vpl011", "", 0);
    if (plan->given->enhanced)
        shim_put_string(edits, domain, "xen,enhanced", "no-xenstore");
    if (shim_policy_feature(plan->policy, "static-mem"))
        put_static_memory(plan, edits, domain, cells);
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (shim_xen_goes_into_domain(&plan->modules[i]) &&
            (plan->modules[i].kind == SHIM_MODULE_DOMAIN_TREE || !plan->payload_assumed))
            write_module(plan, edits, domain, &plan->modules[i]);
    shim_close(edits, domain);
}
