// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/made.h"

#include "shim/model/cpus.h"
#include "shim/model/match.h"

enum {
    PPI_FIRST = 16,
    ALL_CPUS_LEVEL_LOW = 0xf08, /* of the interrupts that Xen makes */
    INTERRUPT_CELLS = 3,
    INTERRUPT_BYTES = 4 * INTERRUPT_CELLS,
    PSCI_CPU_OFF = 1,
    PSCI_CPU_ON = 2,
    NAME_ROOM = 40,
};

static void put_words(struct shim_writer *out, const char *name, const char *words, size_t len)
{
    shim_write_prop(out, name, (struct shim_span){ .at = (const uint8_t *)words, .len = len });
}

static uint8_t *put_number(uint8_t *at, uint32_t cells, uint64_t value)
{
    if (cells == 2)
        shim_put_be64(at, value);
    else if (cells)
        shim_put_be32(at, (uint32_t)value);
    return at + 4 * (size_t)cells;
}

/* dt_child_set_range(): what does not fit the cells is cut. */
static uint8_t *put_range(uint8_t *at, struct shim_cells cells, struct shim_range range)
{
    at = put_number(at, cells.address, range.base);
    return put_number(at, cells.size, range.size);
}

static size_t range_len(struct shim_cells cells)
{
    return 4 * (size_t)(cells.address + cells.size);
}

/* ---- GIC and timer --------------------------------------------------------------------- */

static void copy_if(struct shim_writer *out, const struct shim_tree *tree, uint32_t node,
                    const char *name)
{
    struct shim_span value = shim_prop_named(tree, node, name);

    if (value.at)
        shim_write_prop(out, name, value);
}

static void put_phandle(struct shim_writer *out, const struct shim_tree *tree, uint32_t node)
{
    if (tree->nodes[node].phandle)
        shim_write_cell(out, "phandle", tree->nodes[node].phandle);
}

/* gicv2m_make_dt_node() */
static void make_frame(struct shim_writer *out, const struct shim_xen_host *host, uint32_t frame)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t base, count;
    char name[NAME_ROOM];
    struct shim_text text = shim_text(name, sizeof(name));

    for (const char *at = shim_node_name(tree, frame); *at && *at != '@'; at++)
        shim_textf(&text, "%s", (char[]){ *at, 0 });
    shim_xen_frame(host->sight, frame, &base, &count);
    shim_write_begin(out, name);
    shim_write_string(out, "compatible", "arm,gic-v2m-frame");
    shim_write_prop(out, "msi-controller", (struct shim_span){ 0 });
    put_phandle(out, tree, frame);
    shim_write_prop(out, "reg", shim_prop(tree, frame, SHIM_REG));
    shim_write_cell(out, "arm,msi-base-spi", base);
    shim_write_cell(out, "arm,msi-num-spis", count);
    shim_write_end(out);
}

static void make_frames(struct shim_writer *out, const struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;
    bool first = true;

    for (uint32_t child = shim_first_child(tree, host->gic); child != SHIM_NONE;
         child = shim_next_child(tree, child)) {
        if (!shim_xen_compatible(tree, child, "arm,gic-v2m-frame\0"))
            continue;
        if (first)
            shim_write_prop(out, "ranges", shim_prop(tree, host->gic, SHIM_RANGES));
        first = false;
        make_frame(out, host, child);
    }
}

void shim_make_gic(struct shim_writer *out, const struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;
    bool own = host->sight->boot->release->keeps_gic_name;
    struct shim_cells cells = shim_inherited_cells(tree, tree->nodes[host->gic].parent);
    struct shim_span reg = shim_prop(tree, host->gic, SHIM_REG);
    size_t len = range_len(cells) * (1 + (host->gic_v3 ? host->dom0_regions : 1));

    shim_write_begin(out, own ? shim_node_name(tree, host->gic) : "interrupt-controller");
    put_phandle(out, tree, host->gic);
    copy_if(out, tree, host->gic, "#address-cells");
    copy_if(out, tree, host->gic, "#size-cells");
    shim_write_cell(out, "#interrupt-cells", INTERRUPT_CELLS);
    shim_write_prop(out, "interrupt-controller", (struct shim_span){ 0 });
    shim_write_prop(out, "compatible", shim_prop(tree, host->gic, SHIM_COMPATIBLE));
    if (host->gic_v3)
        shim_write_cell(out, "#redistributor-regions", host->dom0_regions);
    if (reg.len > len)
        reg.len = len;
    shim_write_prop(out, "reg", reg);
    if (!host->gic_v3)
        make_frames(out, host);
    shim_write_end(out);
}

/* set_interrupt() and fdt_property_interrupts(), of a CPU's own ones. */
static void put_interrupts(struct shim_writer *out, const struct shim_xen_host *host,
                           const uint32_t *numbers, uint32_t count)
{
    uint8_t *at = shim_write_place(out, "interrupts", INTERRUPT_BYTES * count);

    for (uint32_t i = 0; at && i < count; i++) {
        bool own = numbers[i] < SHIM_SHARED_FROM;

        shim_put_be32(at, own);
        shim_put_be32(at + 4, numbers[i] - (own ? PPI_FIRST : SHIM_SHARED_FROM));
        shim_put_be32(at + 8, ALL_CPUS_LEVEL_LOW);
        at += INTERRUPT_BYTES;
    }
    shim_write_cell(out, "interrupt-parent", host->sight->tree->nodes[host->gic].phandle);
}

/* The clock is that of the first timer, whichever node that is. */
void shim_make_timer(struct shim_writer *out, const struct shim_xen_host *host)
{
    bool wide = host->sight->boot->arch == SHIM_XEN_ARM64;
    uint32_t clock;

    shim_write_begin(out, "timer");
    shim_write_string(out, "compatible", wide ? "arm,armv8-timer" : "arm,armv7-timer");
    put_interrupts(out, host, host->timers, SHIM_TIMERS);
    if (shim_first_cell(shim_prop_named(host->sight->tree, host->timer, "clock-frequency"),
                        &clock))
        shim_write_cell(out, "clock-frequency", clock);
    shim_write_end(out);
}

/* ---- at the end of the root ------------------------------------------------------------- */

/* evtchn_allocate(): the lowest interrupt of a CPU's own that no timer has. */
static uint32_t event_interrupt(const struct shim_xen_host *host)
{
    uint32_t number = PPI_FIRST;

    for (uint32_t i = 0; i < SHIM_TIMERS; i++)
        if (host->timers[i] == number) {
            number++;
            i = UINT32_MAX;
        }
    return number;
}

static void make_hypervisor(struct shim_writer *out, const struct shim_xen_host *host,
                            const struct shim_dom0_memory *memory, struct shim_cells cells)
{
    const struct shim_release *release = host->sight->boot->release;
    uint32_t count = 1 + memory->regions.count, interrupt = event_interrupt(host);
    char compatible[NAME_ROOM];
    struct shim_text text = shim_text(compatible, sizeof(compatible));
    uint8_t *at;

    shim_textf(&text, "xen,xen-%s", release->name);
    text.at++;
    shim_text_string(&text, "xen,xen");
    shim_write_begin(out, "hypervisor");
    put_words(out, "compatible", compatible, (size_t)(text.at - compatible) + 1);
    at = shim_write_place(out, "reg", (uint32_t)range_len(cells) * count);
    if (at)
        at = put_range(at, cells, memory->grants);
    for (uint32_t i = 0; at && i < memory->regions.count; i++)
        at = put_range(at, cells, memory->regions.at[i]);
    put_interrupts(out, host, &interrupt, 1);
    shim_write_end(out);
}

static void make_psci(struct shim_writer *out)
{
    static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2\0arm,psci";

    shim_write_begin(out, "psci");
    put_words(out, "compatible", compatible, sizeof(compatible));
    shim_write_string(out, "method", "hvc");
    shim_write_cell(out, "cpu_off", PSCI_CPU_OFF);
    shim_write_cell(out, "cpu_on", PSCI_CPU_ON);
    shim_write_end(out);
}

static void make_cpu(struct shim_writer *out, const struct shim_xen_host *host, uint32_t like,
                     uint32_t number)
{
    const struct shim_tree *tree = host->sight->tree;
    char name[NAME_ROOM];
    struct shim_text text = shim_text(name, sizeof(name));
    uint32_t clock;

    shim_textf(&text, "cpu@%llx", SHIM_X(shim_dom0_affinity(number)));
    shim_write_begin(out, name);
    shim_write_prop(out, "compatible", shim_prop(tree, like, SHIM_COMPATIBLE));
    shim_write_string(out, "device_type", "cpu");
    shim_write_cell(out, "reg", shim_dom0_affinity(number));
    if (shim_first_cell(shim_prop_named(tree, like, "clock-frequency"), &clock))
        shim_write_cell(out, "clock-frequency", clock);
    if (host->sight->boot->arch == SHIM_XEN_ARM64)
        shim_write_string(out, "enable-method", "psci");
    shim_write_end(out);
}

/* make_cpus_node(): all are like the first of the host's. */
static void make_cpus(struct shim_writer *out, const struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t cpus = shim_xen_root_child(tree, "cpus"), like = SHIM_NONE;

    if (cpus != SHIM_NONE)
        like = shim_first_child(tree, cpus);
    while (like != SHIM_NONE && !shim_xen_type(tree, like, "cpu"))
        like = shim_next_child(tree, like);
    if (like == SHIM_NONE || !shim_has_known(tree, like, SHIM_COMPATIBLE)) {
        shim_stop(host->stop, "cpus", cpus, "the tree has no CPU that Xen can show to dom0",
                  "give /cpus a child with device_type and compatible",
                  "Device tree generation failed (-2)");
        return;
    }
    shim_write_begin(out, "cpus");
    shim_write_cell(out, "#address-cells", 1);
    shim_write_cell(out, "#size-cells", 0);
    for (uint32_t cpu = 0; cpu < host->cpus; cpu++)
        make_cpu(out, host, like, cpu);
    shim_write_end(out);
}

static uint8_t *begin_memory(struct shim_writer *out, struct shim_cells cells, uint64_t base,
                             uint32_t count)
{
    char name[NAME_ROOM];
    struct shim_text text = shim_text(name, sizeof(name));

    shim_textf(&text, "memory@%llx", SHIM_X(base));
    shim_write_begin(out, name);
    shim_write_string(out, "device_type", "memory");
    return shim_write_place(out, "reg", (uint32_t)range_len(cells) * count);
}

static void make_memory(struct shim_writer *out, const struct shim_dom0_memory *memory,
                        struct shim_cells cells)
{
    uint8_t *at;

    if (!memory->count)
        return;
    at = begin_memory(out, cells, memory->banks[0].base, memory->count);
    for (uint32_t i = 0; at && i < memory->count; i++)
        at = put_range(at, cells, memory->banks[i]);
    shim_write_end(out);
}

/* Xen leaves out what is a domain's or of /memreserve/, but not its own static heap. */
static bool told(const struct shim_xen_bank *bank)
{
    return bank->kind == SHIM_BANK_REGION || bank->kind == SHIM_BANK_HEAP;
}

/* The second memory node, from the first region on. */
static void make_reserved(struct shim_writer *out, const struct shim_sight *sight,
                          struct shim_cells cells)
{
    const struct shim_xen_banks *banks = &sight->reserved;
    uint32_t first = 0, count = 0;
    uint8_t *at;

    while (first < banks->count && banks->at[first].kind != SHIM_BANK_REGION)
        first++;
    for (uint32_t i = first; i < banks->count; i++)
        count += told(&banks->at[i]);
    if (!count)
        return;
    at = begin_memory(out, cells, banks->at[first].at.base, count);
    for (uint32_t i = first; at && i < banks->count; i++)
        if (told(&banks->at[i]))
            at = put_range(at, cells, banks->at[i].at);
    shim_write_end(out);
}

void shim_make_last(struct shim_writer *out, const struct shim_xen_host *host,
                    const struct shim_dom0_memory *memory)
{
    struct shim_cells cells = shim_inherited_cells(host->sight->tree, SHIM_ROOT);

    if (cells.address - 1 > 1 || cells.size - 1 > 1) {
        shim_stop(host->stop, "root-cells", SHIM_ROOT,
                  "Xen cannot write addresses with the root's cells",
                  "give the root #address-cells and #size-cells of 1 or 2",
                  "Cannot cope with this size");
        return;
    }
    make_hypervisor(out, host, memory, cells);
    make_psci(out);
    make_cpus(out, host);
    if (shim_stops(host->stop))
        return;
    make_memory(out, memory, cells);
    make_reserved(out, host->sight, cells);
}
