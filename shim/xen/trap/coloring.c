// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Cache colours: Xen hands out memory page by page, so that nothing is 1:1 or one block. */
#include "shim/model/switch.h"
#include "shim/plan/write.h"
#include "shim/xen/args.h"
#include "shim/xen/boot.h"
#include "shim/xen/modules.h"
#include "shim/xen/trap/rows.h"

void shim_find_coloring(struct shim_check *check, const struct shim_trap *trap)
{
    if (shim_policy_for(check->policy, SHIM_CONTRACT_XEN) && shim_xen_may_color(check->policy) &&
        shim_line_colors(shim_xen_command_line(check->tree)))
        shim_breach(check, trap, shim_child(check->tree, SHIM_ROOT, "chosen"),
                    "Xen's command line asks for cache colouring");
}

enum shim_code shim_refuse_coloring(const struct shim_plan *plan, struct shim_error *error)
{
    if (!shim_xen_may_color(plan->policy) || !shim_line_colors(shim_xen_bootargs(plan)))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_UNSUPPORTED, "/chosen", "xen,xen-bootargs",
                     "remove llc-coloring, llc-size and llc-nr-ways from Xen's command line; or "
                     "set xen-version if it is before 4.20, or xen-features (or none of them) if "
                     "Xen was built without llc-coloring",
                     "with cache colouring %s", plan->domain
                         ? "the domain's memory is not one block: DMA without an IOMMU has no "
                           "offset"
                         : "dom0 is not 1:1, and DMA without an IOMMU goes to wrong addresses");
}

void shim_decide_coloring(struct shim_plan *plan)
{
    if (shim_line_colors(shim_xen_command_line(plan->tree)))
        shim_note(plan, SHIM_FINDING, SHIM_PASS_CONTRACT, SHIM_NONE,
                  "Xen ignores cache colouring on its command line",
                  "by xen-features it was built without llc-coloring");
}
