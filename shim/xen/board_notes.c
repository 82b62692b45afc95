// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/board_notes.h"

#include "shim/model/platform.h"
#include "shim/plan/write.h"
#include "shim/xen/boot.h"
#include "shim/xen/plan.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

/* ---- what Xen knows of the platform -------------------------------------------------------- */

static const char *by_platform(const struct shim_plan *plan, const struct shim_platform *platform)
{
    return shim_say(plan->arena, "Xen knows the platform %s", platform->name);
}

static void note_kept(struct shim_plan *plan, const struct shim_platform *platform)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (shim_platform_keeps(platform, plan->tree, node) && shim_reachable(plan->tree, node))
            shim_note(plan, SHIM_FINDING, pass, node, "is not given to dom0",
                      by_platform(plan, platform));
}

/* ---- calls of firmware ----------------------------------------------------------------------- */

/* Whose drivers call firmware by SMC (Linux: qcom_scm-smc.c, meson_sm.c, stratix10-svc.c ...). */
static const struct shim_row callers[] = {
    SHIM_ROW("amlogic,meson-gxbb-sm"), SHIM_ROW("arm,scmi-smc"), SHIM_ROW("arm,scmi-smc-param"),
    SHIM_ROW("intel,agilex-svc"), SHIM_ROW("intel,stratix10-svc"), SHIM_ROW("linaro,optee-tz"),
    SHIM_ROW("qcom,scm"), SHIM_ROW("qcom,scm-*"), SHIM_ROW("xlnx,versal-firmware"),
    SHIM_ROW("xlnx,zynqmp-firmware"),
};

/* vsmccc_handle_call(): PSCI and its own aside, Xen asks the platform. */
static bool hands_calls_on(const struct shim_plan *plan, const struct shim_platform *platform)
{
    return platform->calls_since &&
           plan->xen->releases.first->minor >= platform->calls_since;
}

static void note_calls(struct shim_plan *plan)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (SHIM_COMPATIBLE_ROW(plan->tree, node, callers) && shim_reachable(plan->tree, node))
            shim_note_detail(plan, SHIM_FINDING, pass, node, "its driver's calls do not reach "
                             "firmware",
                      "Xen forwards dom0's calls for ZynqMP, from 4.19 on for i.MX 8QM and 8QXP, "
                      "and otherwise only if it was built for that firmware (SCMI, OP-TEE)");
}

/* ---- a tree for EL2 --------------------------------------------------------------------------- */

static void note_el2(struct shim_plan *plan)
{
    if (plan->facts->el2_tree)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  "there is a tree for EL2 next to this one, named *-el2.dtb",
                  "with this one, firmware starts Linux at EL1, where Xen cannot run: plan that "
                  "one");
}

enum shim_code shim_xen_note_board(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_xen_arch arch = shim_plan_boot(plan)->arch;
    const struct shim_platform *platform = shim_platform_of(plan->tree, arch);

    (void)error;
    note_el2(plan);
    if (plan->domain)
        return SHIM_OK;
    note_kept(plan, platform);
    if (!hands_calls_on(plan, platform))
        note_calls(plan);
    if (platform->low_bits)
        shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
                  shim_say(plan->arena, "Xen looks for dom0's first memory below %s",
                           SHIM_SIZE((uint64_t)1 << platform->low_bits)),
                  by_platform(plan, platform));
    return SHIM_OK;
}
