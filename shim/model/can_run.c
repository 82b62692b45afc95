// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/can_run.h"

#include <stddef.h>

#include "shim/base/text.h"
#include "shim/model/controller.h"
#include "shim/model/match.h"

/* ---- cores ----------------------------------------------------------------------------- */

/*
 * Cores without the virtualization extensions, an option of ARMv7-A (DDI 0406C, B1.7): older
 * ones, other profiles, and those of ARMv7-A without Hyp mode in their manuals. The names are
 * those of Linux's bindings (arm/cpus.yaml). Cortex-A7, A12, A15 and A17 have them, as has
 * ARMv8-A. Vendors' own cores without a public manual are not here: Xen does not know their
 * interrupt controllers.
 */
static const struct core {
    char compatible[32], name[12]; /* the first is packed */
} cores[] = {
    { "arm,cortex-a9\0", "Cortex-A9" }, /* DDI 0388 */
    { "arm,cortex-a8\0", "Cortex-A8" }, /* DDI 0344 */
    { "arm,cortex-a5\0", "Cortex-A5" }, /* DDI 0433 */
    { "arm,arm11*\0", "ARM11" }, /* ARMv6: DDI 0211, 0301, 0360 */
    { "arm,arm9*\0", "ARM9" }, /* ARMv4T, ARMv5TE: DDI 0151, 0198 */
    { "arm,arm10*\0", "ARM10" }, /* ARMv5TE: DDI 0244 */
    { "arm,arm7*\0", "ARM7" }, /* ARMv4T: DDI 0210 */
    { "arm,cortex-m*\0", "Cortex-M" }, /* DDI 0403: another profile */
    { "arm,cortex-r4\0arm,cortex-r4f\0", "Cortex-R4" }, /* DDI 0363 */
    { "arm,cortex-r5\0arm,cortex-r5f\0", "Cortex-R5" }, /* DDI 0460 */
    { "arm,cortex-r7\0arm,cortex-r7f\0", "Cortex-R7" }, /* DDI 0458 */
    { "marvell,feroceon\0", "Feroceon" }, /* ARMv5TE: Linux's proc-feroceon.S */
    { "marvell,mohawk\0", "Mohawk" }, /* ARMv5TE: proc-mohawk.S */
    { "intel,sa11*\0", "StrongARM" }, /* ARMv4: proc-sa1100.S */
    { "faraday,fa526\0", "FA526" }, /* ARMv4: proc-fa526.S */
};

static const char *plain_core(const struct shim_tree *tree, uint32_t cpu)
{
    for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++)
        if (shim_compatible_one(tree, cpu, cores[i].compatible))
            return cores[i].name;
    return NULL;
}

/* The name of the board's cores if none has the extensions; NULL: some may have them. */
static const char *plain_cores(const struct shim_tree *tree)
{
    uint32_t cpus = shim_xen_root_child(tree, "cpus");
    uint32_t node = cpus == SHIM_NONE ? SHIM_NONE : shim_first_child(tree, cpus);
    const char *name = NULL;

    for (; node != SHIM_NONE; node = shim_next_child(tree, node)) {
        if (!shim_xen_type(tree, node, "cpu"))
            continue;
        name = plain_core(tree, node);
        if (!name)
            return NULL;
    }
    return name;
}

/* ---- interrupt controller ---------------------------------------------------------------- */

/* A GICv1 as the bindings name it (arm,gic.yaml): it has no virtual CPU interface. */
static const char first_gics[] = "arm,cortex-a9-gic\0arm,cortex-a5-gic\0arm,arm11mp-gic\0"
                                 "arm,tc11mp-gic\0arm,eb11mp-gic\0arm,pl390\0"
                                 "arm,arm1176jzf-devchip-gic\0";

static uint32_t own_parent(const struct shim_tree *tree, uint32_t node)
{
    uint32_t phandle;

    return shim_first_cell(shim_prop_named(tree, node, "interrupt-parent"), &phandle)
               ? shim_node_of_phandle(tree, phandle) : SHIM_NONE;
}

static uint32_t first_controller(const struct shim_tree *tree)
{
    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_has_known(tree, node, SHIM_INTERRUPT_CONTROLLER))
            return node;
    return SHIM_NONE;
}

/* The one that all interrupts go to in the end: up from the root's, or from the first. */
static uint32_t last_controller(const struct shim_tree *tree)
{
    enum { HOPS = 8 };
    uint32_t node = own_parent(tree, SHIM_ROOT), up;

    if (node == SHIM_NONE)
        node = first_controller(tree);
    for (unsigned i = 0; node != SHIM_NONE && i < HOPS; i++) {
        up = own_parent(tree, node);
        if (up == SHIM_NONE || up == node)
            break;
        node = up;
    }
    return node;
}

bool shim_xen_drives_gic_v3(const struct shim_xen_boot *boot)
{
    return boot->arch != SHIM_XEN_ARM32 || (boot->gic_v3 && boot->release->gic_v3_32);
}

/* GICV3 of arch/arm/Kconfig: no matter of the board, but of this Xen. */
static bool wants_other_xen(const struct shim_sight *sight)
{
    return shim_xen_find_gic(sight, true) != SHIM_NONE;
}

static const char *why_no_gic(const struct shim_sight *sight, uint32_t controller)
{
    const struct shim_tree *tree = sight->tree;
    const char *name = controller == SHIM_NONE
                           ? NULL : shim_first_string(shim_prop(tree, controller, SHIM_COMPATIBLE));

    if (!name)
        return "it has no interrupt controller that Xen knows";
    if (wants_other_xen(sight))
        return "its GIC is a GICv3, and 32-bit Xen is built without a driver for it";
    if (shim_xen_knows_gic(sight, controller))
        return shim_passed_through(tree, controller) ? "its GIC is marked for another domain"
                                                     : "its GIC is disabled";
    return shim_say(sight->arena,
                    shim_compatible_one(tree, controller, first_gics)
                        ? "its interrupt controller, %s, does not support virtual machines"
                        : "Xen has no driver for its interrupt controller, %s", name);
}

static void no_gic(const struct shim_sight *sight, struct shim_stop *stop)
{
    static const char any[] = "Xen needs arm,gic-400, arm,cortex-a15-gic, arm,cortex-a7-gic or "
                              "arm,gic-v3, and not disabled";
    static const char other[] = "use a board with a GICv2 (QEMU: gic-version=2), or a 64-bit Xen";
    static const char built[] = "use a board with a GICv2 (QEMU: gic-version=2), a 64-bit Xen, or "
                                "one with CONFIG_GICV3: set xen-features gicv3";
    bool may_have = sight->boot->release->gic_v3_32;
    uint32_t controller = last_controller(sight->tree);

    if (wants_other_xen(sight))
        controller = shim_xen_find_gic(sight, true);
    shim_stop(stop, "gic", controller, why_no_gic(sight, controller),
              !wants_other_xen(sight) ? any : may_have ? built : other, "%s", "");
}

/* ---- timer --------------------------------------------------------------------------------- */

uint32_t shim_xen_find_timer(const struct shim_sight *sight)
{
    for (uint32_t node = 0; node < sight->tree->node_count; node++)
        if (sight->kinds.of[node] & SHIM_KIND_TIMER)
            return node;
    return SHIM_NONE;
}

/* ---- the verdict ---------------------------------------------------------------------------- */

void shim_xen_can_run(const struct shim_sight *sight, struct shim_stop *stop)
{
    const struct shim_tree *tree = sight->tree;
    const char *cores_name = plain_cores(tree);

    if (shim_stops(stop))
        return;
    if (cores_name)
        shim_stop(stop, "cores", SHIM_NONE,
                  shim_say(sight->arena, "its cores, %s, have no virtualization extensions",
                           cores_name),
                  "use a board with other cores, such as Cortex-A7, A15 or any ARMv8-A", "%s", "");
    else if (shim_xen_find_gic(sight, shim_xen_drives_gic_v3(sight->boot)) == SHIM_NONE)
        no_gic(sight, stop);
    else if (shim_xen_find_timer(sight) == SHIM_NONE)
        shim_stop(stop, "timer", SHIM_NONE, "it has no timer that Xen knows",
                  "Xen needs a node arm,armv8-timer or arm,armv7-timer", "%s", "");
    stop->silent = shim_stops(stop);
}
