// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * iommu: whose DMA does an IOMMU translate that the hypervisor being booted
 * drives?
 *
 * A device is protected when *every* entry of its `iommus` names an available
 * IOMMU whose compatible is in the policy's iommu-drivers. Whatever cannot be
 * proven is unprotected: a wrong tag is silent memory corruption. Any device
 * may master DMA unless it is known not to.
 *
 * Bindings: Documentation/devicetree/bindings/iommu/iommu.txt (generic
 * `iommus`), pci/pci-iommu.yaml (`iommu-map`).
 */
#include <dtshim/pass.h>

#include "../lib/mem.h"

static const char pass[] = "iommu";

/*
 * Devices that are known not to master DMA, each with how it is known; a '*'
 * stands for any characters. One string list, so that the boot stage carries
 * no pointers for it.
 */
static const char no_masters[] =
    "simple-bus\0"                 /* Devicetree Specification 4.5: a transparent bus */
    "simple-pm-bus\0"              /* bindings/bus/simple-pm-bus.yaml: a transparent bus */
    "qemu,platform\0"              /* QEMU hw/arm/sysbus-fdt.c: a transparent bus */
    "arm,armv7-timer\0"            /* bindings/timer/arm,arch_timer.yaml: a timer in the CPU */
    "arm,armv8-timer\0"            /* bindings/timer/arm,arch_timer.yaml: a timer in the CPU */
    "arm,armv7-timer-mem\0"        /* bindings/timer/arm,arch_timer_mmio.yaml: a counter */
    "arm,sp804\0"                  /* ARM DDI 0271: an APB timer, slave port only */
    "arm,sp805\0"                  /* ARM DDI 0270: an APB watchdog, slave port only */
    "arm,pl011\0"                  /* ARM DDI 0183: a UART, its DMA is another device's */
    "arm,sbsa-uart\0"              /* ARM SBSA: a UART, slave port only */
    "ns16550*\0"                   /* bindings/serial/8250.yaml: a UART, slave port only */
    "arm,pl031\0"                  /* ARM DDI 0224: an APB clock, slave port only */
    "arm,pl061\0"                  /* ARM DDI 0190: APB GPIO lines, slave port only */
    "arm,gic-400\0"                /* bindings/interrupt-controller/arm,gic.yaml: GICv2 keeps no tables */
    "arm,cortex-a15-gic\0"         /* bindings/interrupt-controller/arm,gic.yaml: GICv2 */
    "arm,cortex-a9-gic\0"          /* bindings/interrupt-controller/arm,gic.yaml: GICv1 */
    "arm,gic-v2m-frame\0"          /* ARM GICv2m: turns writes into interrupts */
    "arm,psci*\0"                  /* bindings/arm/psci.yaml: calls to firmware by value */
    "arm,cortex-*-pmu\0"           /* bindings/arm/pmu.yaml: counters in the CPU */
    "arm,armv8-pmuv3\0"            /* bindings/arm/pmu.yaml: counters in the CPU */
    "fixed-clock\0"                /* bindings/clock/fixed-clock.yaml: a number */
    "fixed-factor-clock\0"         /* bindings/clock/fixed-factor-clock.yaml: a number */
    "regulator-fixed\0"            /* bindings/regulator/fixed-regulator.yaml: a switch */
    "regulator-gpio\0"             /* bindings/regulator/gpio-regulator.yaml: a switch */
    "gpio-keys\0"                  /* bindings/input/gpio-keys.yaml: lines of a GPIO controller */
    "gpio-leds\0"                  /* bindings/leds/leds-gpio.yaml: lines of a GPIO controller */
    "operating-points-v2*\0"       /* bindings/opp/opp-v2.yaml: a table */
    "cfi-flash\0"                  /* bindings/mtd/mtd-physmap.yaml: memory, slave port only */
    "mmio-sram\0"                  /* bindings/sram/sram.yaml: memory, slave port only */;

/* Does `name` match `pattern`, in which one '*' stands for any characters? */
static bool matches(const char *pattern, const char *name)
{
    size_t head = 0, tail, len = strlen(name);

    while (pattern[head] && pattern[head] != '*')
        head++;
    if (!pattern[head])
        return !strcmp(pattern, name);
    tail = strlen(pattern + head + 1);
    return len >= head + tail && !strncmp(pattern, name, head) &&
           !strcmp(pattern + head + 1, name + len - tail);
}

static bool known_no_master(const char *compatible)
{
    for (const char *at = no_masters; *at; at = shim_word(at, 1))
        if (matches(at, compatible))
            return true;
    return false;
}

/* Only what the *first*, most specific compatible says is known of a device. */
static bool is_no_master(const struct shim_tree *tree, uint32_t node)
{
    const char *first = shim_list_next(shim_prop(tree, node, SHIM_COMPATIBLE), NULL);

    return first && known_no_master(first);
}

/* ---- who is a device ---------------------------------------------------------- */

static bool is_description(const struct shim_tree *tree, uint32_t node)
{
    static const char names[] =
        "chosen\0aliases\0cpus\0reserved-memory\0hypervisor\0memory\0__symbols__\0";

    if (tree->nodes[node].parent != SHIM_ROOT)
        return false;
    for (const char *name = names; *name; name = shim_word(name, 1))
        if (shim_node_named(tree, node, name))
            return true;
    return false;
}

/* Children with an address but no size sit on I2C, SPI, MDIO...: no memory bus. */
static bool on_memory_bus(const struct shim_tree *tree, uint32_t node)
{
    return !shim_prop(tree, node, SHIM_REG).at ||
           shim_cells(tree, tree->nodes[node].parent).size != 0;
}

/* With xen,passthrough a device is disabled in dom0's tree (write_properties(), 4.17). */
static bool may_master(const struct shim_tree *tree, uint32_t node)
{
    if (!shim_prop(tree, node, SHIM_COMPATIBLE).at || !shim_available(tree, node) ||
        shim_prop(tree, node, SHIM_XEN_PASSTHROUGH).at)
        return false;
    if (shim_prop(tree, node, SHIM_IOMMUS).at || shim_prop(tree, node, SHIM_IOMMU_MAP).at)
        return true;
    return on_memory_bus(tree, node) && !is_no_master(tree, node) &&
           !shim_prop(tree, node, SHIM_IOMMU_CELLS).at;
}

/* ---- who protects it ------------------------------------------------------------ */

static bool is_no(const char *word, size_t len)
{
    static const char no[] = "off\0no\0false\0disable\0" "0\0";

    for (const char *at = no; *at; at = shim_word(at, 1))
        if (strlen(at) == len && !strncmp(at, word, len))
            return true;
    return false;
}

/* One word of a command line: no-iommu, or iommu= with a "no" among its values. */
static bool switches_off(const char *word, size_t len)
{
    static const char option[] = "iommu=";
    size_t start = sizeof(option) - 1;

    if (len == 8 && !strncmp(word, "no-iommu", 8))
        return true;
    if (len < start || strncmp(word, option, start) != 0)
        return false;
    for (size_t at = start; at <= len; at++) {
        if (at < len && word[at] != ',')
            continue;
        if (is_no(word + start, at - start))
            return true;
        start = at + 1;
    }
    return false;
}

static bool line_switches_off(const char *line)
{
    struct shim_span word = shim_first_word(line);

    while (word.at && !switches_off((const char *)word.at, word.len))
        word = shim_first_word((const char *)word.at + word.len);
    return word.at != NULL;
}

/*
 * Xen with iommu=off hides its IOMMUs from dom0 and programs none of them
 * (passthrough/iommu.c, 4.17). Either line may be the one that Xen takes.
 */
static bool switched_off(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE)
        return false;
    return line_switches_off(shim_string(shim_prop(tree, chosen, SHIM_XEN_BOOTARGS))) ||
           line_switches_off(shim_string(shim_prop(tree, chosen, SHIM_BOOTARGS)));
}

static bool driven(const struct shim_plan *plan, uint32_t iommu)
{
    struct shim_span list = shim_prop(plan->tree, iommu, SHIM_COMPATIBLE);
    struct shim_span drivers = plan->policy->list[SHIM_POLICY_IOMMU_DRIVERS];

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        if (shim_list_has(drivers, at))
            return true;
    return false;
}

static bool available_with_parents(const struct shim_tree *tree, uint32_t node)
{
    for (; node != SHIM_NONE; node = tree->nodes[node].parent)
        if (!shim_available(tree, node))
            return false;
    return true;
}

/* Why one entry does not protect, or NULL when it does; `*cells` is its length. */
static const char *entry_flaw(const struct shim_plan *plan, struct shim_span rest,
                              uint32_t *iommu, uint32_t *cells)
{
    const struct shim_tree *tree = plan->tree;

    *cells = 0;
    *iommu = shim_node_of_phandle(tree, shim_be32(rest.at));
    if (*iommu == SHIM_NONE)
        return "names a phandle that nobody has";
    if (!shim_cell(shim_prop(tree, *iommu, SHIM_IOMMU_CELLS), cells))
        return "names a node without #iommu-cells";
    if (*cells > rest.len / 4 - 1)
        return "is shorter than the IOMMU's #iommu-cells";
    if (!available_with_parents(tree, *iommu))
        return "names an IOMMU that is disabled";
    if (shim_prop(tree, *iommu, SHIM_XEN_PASSTHROUGH).at)
        return "names an IOMMU that is marked xen,passthrough";
    if (!driven(plan, *iommu))
        return "names an IOMMU that this hypervisor does not drive";
    return NULL;
}

/* NULL when every stream of the device is translated, else why not. */
static const char *flaw_of(const struct shim_plan *plan, uint32_t node, uint32_t *iommu)
{
    struct shim_span rest = shim_prop(plan->tree, node, SHIM_IOMMUS);
    uint32_t first = rest.len < 4 ? SHIM_NONE
                                  : shim_node_of_phandle(plan->tree, shim_be32(rest.at));

    *iommu = SHIM_NONE;
    if (plan->iommus_off)
        return "Xen's command line switches IOMMUs off";
    if (shim_prop(plan->tree, node, SHIM_IOMMU_MAP).at)
        return "iommu-map covers requester IDs that may come and go";
    if (!rest.at)
        return "no iommus property";
    if (!rest.len || rest.len % 4)
        return "its iommus property is not a list of cells";
    while (rest.len) {
        uint32_t cells;
        const char *flaw = entry_flaw(plan, rest, iommu, &cells);

        if (flaw)
            return shim_say(plan->arena, "an entry of its iommus %s", flaw);
        if (*iommu != first)
            return "its iommus name more than one IOMMU, and Xen 4.17 takes one";
        rest.at += 4 * ((size_t)cells + 1);
        rest.len -= 4 * ((size_t)cells + 1);
    }
    return NULL;
}

/* The IOMMU that the first entry of a node's `iommus` names. */
static uint32_t upstream(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span list = shim_prop(tree, node, SHIM_IOMMUS);

    return list.len < 4 ? SHIM_NONE : shim_node_of_phandle(tree, shim_be32(list.at));
}

/* IOMMUs may sit behind one another, but never behind themselves. */
static enum shim_code check_cycle(const struct shim_tree *tree, uint32_t node,
                                  struct shim_error *error)
{
    uint32_t next = upstream(tree, node);

    for (unsigned hops = 0; next != SHIM_NONE && hops < SHIM_DEPTH_MAX; hops++) {
        if (next == node)
            return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(tree, node), "iommus",
                             "let iommus name the IOMMU that its own accesses go through",
                             "its streams come back to itself");
        next = upstream(tree, next);
    }
    return SHIM_OK;
}

static void judge(struct shim_plan *plan, uint32_t node)
{
    const struct shim_tree *tree = plan->tree;
    bool tagged = shim_prop(tree, node, SHIM_XEN_DMA_SAFE).at;
    bool claims = shim_prop(tree, node, SHIM_IOMMUS).at || shim_prop(tree, node, SHIM_IOMMU_MAP).at;
    uint32_t iommu;
    const char *flaw = flaw_of(plan, node, &iommu);

    plan->masters++;
    plan->dma[node] = flaw ? SHIM_DMA_UNPROTECTED : SHIM_DMA_PROTECTED;
    if (!flaw) {
        plan->protected_masters++;
        shim_note_device(plan, SHIM_DECISION, pass, node, "xen-dma-safe",
                         shim_say(plan->arena, "all its streams go through %s",
                                  SHIM_PATH(tree, iommu)));
    } else if (claims) {
        shim_note_device(plan, SHIM_FINDING, pass, node, "not protected", flaw);
    }
    if (flaw && tagged)
        shim_note(plan, SHIM_DECISION, pass, node, "take xen-dma-safe away",
                  shim_say(plan->arena, "the tag was there, but %s", flaw));
}

static void untag(struct shim_plan *plan, uint32_t node)
{
    if (shim_prop(plan->tree, node, SHIM_XEN_DMA_SAFE).at)
        shim_note(plan, SHIM_DECISION, pass, node, "take xen-dma-safe away",
                  "the tag was there, but it is no available device behind an IOMMU");
}

static enum shim_coverage coverage_of(const struct shim_plan *plan)
{
    if (!plan->protected_masters)
        return SHIM_COVERAGE_NONE;
    return plan->protected_masters == plan->masters ? SHIM_COVERAGE_ALL : SHIM_COVERAGE_SOME;
}

static void note_coverage(struct shim_plan *plan)
{
    shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
              shim_say(plan->arena, "coverage %s: %u of %u possible DMA masters protected",
                       shim_coverage_word(plan->coverage), plan->protected_masters,
                       plan->masters),
              "any available device may master DMA unless it is known not to");
}

enum shim_code shim_pass_iommu(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t quiet = 0; /* nodes below this number are known to master nothing */

    plan->dma = shim_alloc(plan->arena, tree->node_count, 1);
    if (!plan->dma)
        return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                         "no room for the DMA facts of %u nodes", tree->node_count);
    memset(plan->dma, SHIM_DMA_NONE, tree->node_count);
    plan->iommus_off = switched_off(tree);
    if (plan->iommus_off)
        shim_note(plan, SHIM_WARNING, pass, shim_child(tree, SHIM_ROOT, "chosen"),
                  "no IOMMU protects anything", "Xen's command line switches them off");
    for (uint32_t node = SHIM_ROOT + 1; node < tree->node_count; node++) {
        if (shim_prop(tree, node, SHIM_IOMMU_CELLS).at && check_cycle(tree, node, error))
            return error->code;
        if (node >= quiet && (is_description(tree, node) || !shim_available(tree, node)))
            quiet = tree->nodes[node].past;
        if (node >= quiet && may_master(tree, node))
            judge(plan, node);
        else
            untag(plan, node);
    }
    plan->coverage = coverage_of(plan);
    note_coverage(plan);
    return SHIM_OK;
}
