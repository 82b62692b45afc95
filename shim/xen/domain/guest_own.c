// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/guest_own.h"

#include "shim/base/mem.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/plan.h"

enum { CELL = 4, TWO_CELLS = 8,
       REGION = 16, /* an address and a size */
       TWO_REGIONS = 32,
       INTERRUPT = 12,
       HYPERVISOR_REG = 48, /* grants, and what RAM leaves of two windows (find_domU_holes()) */
       ZEROS = 64 };

static const uint8_t zeros[ZEROS];

static void put(struct shim_edits *edits, struct shim_cursor to, const char *name, size_t len)
{
    shim_put(edits, to, name, zeros, len < ZEROS ? len : ZEROS);
}

static void put_interrupts(struct shim_edits *edits, struct shim_cursor to, size_t count)
{
    put(edits, to, "interrupts", count * INTERRUPT);
    put(edits, to, "interrupt-parent", CELL);
}

static struct shim_cursor open(struct shim_edits *edits, const char *name)
{
    return shim_open_new(edits, shim_cursor(SHIM_ROOT), name);
}

static void write_chosen(struct shim_edits *edits, const char *bootargs)
{
    struct shim_cursor node = open(edits, "chosen");

    if (bootargs)
        shim_put_string(edits, node, "bootargs", bootargs);
    put(edits, node, "linux,initrd-start", TWO_CELLS);
    put(edits, node, "linux,initrd-end", TWO_CELLS);
    shim_close(edits, node);
}

static void write_psci(struct shim_edits *edits)
{
    static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2\0arm,psci";
    struct shim_cursor node = open(edits, "psci");

    shim_put(edits, node, "compatible", compatible, sizeof(compatible));
    shim_put_string(edits, node, "method", "hvc");
    put(edits, node, "cpu_off", CELL);
    put(edits, node, "cpu_on", CELL);
    shim_close(edits, node);
}

/* All of the domain's CPUs look like the board's first. */
static uint32_t first_cpu(const struct shim_tree *tree)
{
    uint32_t cpus = shim_child(tree, SHIM_ROOT, "cpus");
    uint32_t cpu = cpus == SHIM_NONE ? SHIM_NONE : shim_first_child(tree, cpus);

    while (cpu != SHIM_NONE && !shim_list_has(shim_prop(tree, cpu, SHIM_DEVICE_TYPE), "cpu"))
        cpu = shim_next_child(tree, cpu);
    return cpu;
}

static void write_cpu(const struct shim_plan *plan, struct shim_edits *edits,
                      struct shim_cursor cpus, uint32_t number, uint32_t like)
{
    struct shim_cursor node =
        shim_open_new(edits, cpus, shim_say(plan->arena, "cpu@%x", number));
    struct shim_span compatible = { zeros, 0 };

    if (like != SHIM_NONE)
        compatible = shim_prop(plan->tree, like, SHIM_COMPATIBLE);
    shim_put(edits, node, "compatible", compatible.at, compatible.len);
    shim_put_string(edits, node, "device_type", "cpu");
    put(edits, node, "reg", CELL);
    if (like != SHIM_NONE && shim_prop_named(plan->tree, like, "clock-frequency").at)
        put(edits, node, "clock-frequency", CELL);
    shim_put_string(edits, node, "enable-method", "psci");
    shim_close(edits, node);
}

static void write_cpus(const struct shim_plan *plan, struct shim_edits *edits, uint32_t count)
{
    struct shim_cursor node = open(edits, "cpus");
    uint32_t like = first_cpu(plan->tree);

    shim_put_cells(edits, node, (struct shim_cells){ 0 });
    for (uint32_t cpu = 0; cpu < count; cpu++)
        write_cpu(plan, edits, node, cpu, like);
    shim_close(edits, node);
}

static void write_memory(struct shim_edits *edits)
{
    struct shim_cursor node = open(edits, "memory@40000000");

    shim_put_string(edits, node, "device_type", "memory");
    put(edits, node, "reg", REGION);
    shim_close(edits, node);
}

/* GICv3, the longest. */
static void write_gic(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor node = open(edits, "interrupt-controller@3001000");

    put(edits, node, "#address-cells", CELL);
    put(edits, node, "#interrupt-cells", CELL);
    put(edits, node, "interrupt-controller", 0);
    shim_put_string(edits, node, "compatible", "arm,gic-v3");
    if (SHIM_SOME_XEN(&plan->xen->releases, gic_regions))
        put(edits, node, "#redistributor-regions", CELL);
    put(edits, node, "reg", TWO_REGIONS);
    put(edits, node, "linux,phandle", CELL);
    put(edits, node, "phandle", CELL);
    shim_close(edits, node);
}

/* make_timer_node() takes the frequency of the board's first timer, if it says one. */
static bool has_timer_frequency(const struct shim_tree *tree)
{
    static const char timers[] = "arm,armv7-timer\0arm,armv8-timer\0";

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_compatible_one(tree, node, timers))
            return shim_prop_named(tree, node, "clock-frequency").at;
    return false;
}

static void write_timer(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor node = open(edits, "timer");

    shim_put_string(edits, node, "compatible", "arm,armv8-timer");
    put_interrupts(edits, node, 3);
    if (has_timer_frequency(plan->tree))
        put(edits, node, "clock-frequency", CELL);
    shim_close(edits, node);
}

static void write_uart(struct shim_edits *edits)
{
    struct shim_cursor node = open(edits, "sbsa-uart@22000000");

    shim_put_string(edits, node, "compatible", "arm,sbsa-uart");
    put(edits, node, "reg", REGION);
    put_interrupts(edits, node, 1);
    put(edits, node, "current-speed", CELL);
    shim_close(edits, node);
}

static void write_hypervisor(const struct shim_plan *plan, struct shim_edits *edits)
{
    static const char compatible[] = "xen,xen-4.17\0xen,xen";
    struct shim_cursor node = open(edits, "hypervisor");

    shim_put(edits, node, "compatible", compatible, sizeof(compatible));
    put(edits, node, "reg", plan->xen->no_ext_regions ? REGION : HYPERVISOR_REG);
    put_interrupts(edits, node, 1);
    shim_close(edits, node);
}

void shim_xen_write_own_part(const struct shim_plan *plan, struct shim_edits *edits,
                             const char *bootargs, uint32_t cpus)
{
    shim_put_cells(edits, shim_cursor(SHIM_ROOT), (struct shim_cells){ 0 });
    write_chosen(edits, bootargs);
    write_psci(edits);
    write_cpus(plan, edits, cpus);
    write_memory(edits);
    write_gic(plan, edits);
    write_timer(plan, edits);
    write_uart(edits);
    if (plan->given->enhanced)
        write_hypervisor(plan, edits);
}
