// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One interrupt that nodes say with several types. Neither xen,passthrough nor status would help:
 * Xen asks for the type of every node's interrupts. With one type for all of them nothing is
 * lost: Linux, too, gives the interrupt to the first alone, with its type.
 */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/plan.h"
#include "shim/xen/told.h"
#include "shim/xen/trap/irq_value.h"
#include "shim/xen/trap/rows.h"

static const char *value_name(const struct shim_retype *retype)
{
    return retype->extended ? "interrupts-extended" : "interrupts";
}

static const char *type_word(uint32_t type)
{
    static const char words[] = "no type\0rising edges\0falling edges\0both edges\0high level\0";

    return type == 8 ? "low level" : type <= 4 ? shim_word(words, type) : "an unknown type";
}

static uint32_t type_said(const struct shim_tree *tree, const struct shim_retype *retype)
{
    return shim_be32(shim_prop_named(tree, retype->node, value_name(retype)).at + retype->at) & 0xf;
}

/* Not inlined: its path need not be on the stack below the search. */
__attribute__((noinline))
static const char *other_path(const struct shim_plan *plan, const struct shim_retype *retype)
{
    return retype->other == SHIM_NONE
               ? "Xen" : shim_say(plan->arena, "%s", SHIM_PATH(plan->tree, retype->other));
}

void shim_find_irq_type(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_retype *retypes;
    uint32_t count;

    if (!shim_policy_for(check->policy, SHIM_CONTRACT_XEN) || shim_has_no_dom0(check))
        return;
    retypes = shim_xen_find_retypes(check->plan, &count);
    for (uint32_t i = 0; i < count; i++)
        shim_breach(check, trap, retypes[i].node, "has %s for interrupt %u, and %s has %s",
                    type_word(type_said(check->tree, &retypes[i])), retypes[i].number,
                    other_path(check->plan, &retypes[i]), type_word(retypes[i].type));
}

void shim_decide_irq_type(struct shim_plan *plan)
{
    plan->xen->retypes = shim_xen_find_retypes(plan, &plan->xen->retype_count);
    for (uint32_t i = 0; i < plan->xen->retype_count; i++) {
        const struct shim_retype *retype = &plan->xen->retypes[i];

        shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, retype->node,
                  shim_say(plan->arena, "now has %s for interrupt %u, as %s does",
                           type_word(retype->type), retype->number,
                           other_path(plan, retype)),
                  shim_say(plan->arena, "it had %s, and Xen stops if an interrupt has two types",
                           type_word(type_said(plan->tree, retype))));
    }
}

void shim_mend_irq_type(const struct shim_plan *plan, struct shim_edits *edits)
{
    for (uint32_t i = 0; i < plan->xen->retype_count; i++) {
        const struct shim_retype *retype = &plan->xen->retypes[i];

        if (shim_first_retype(plan, retype->node, retype->extended) == i)
            shim_put_interrupts(plan, edits, retype->node, retype->extended);
    }
}
