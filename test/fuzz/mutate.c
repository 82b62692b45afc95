// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Changes to trees that leave trees: whole nodes, properties, cells and phandles, on a
 * copy, with libfdt. Now and then, and for what is no tree any more, plain bytes.
 */
#include <libfdt.h>
#include <string.h>

#include "fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_len, const uint8_t *other,
                                 size_t other_len, uint8_t *out, size_t max, unsigned seed);

enum { WORK = 4 * FUZZ_MAX, VALUE_MAX = 256 };

/* The tree that is being changed, and the one that nodes are taken from. */
struct work {
    uint32_t random;
    const void *donor;
    void *fdt;
};

static uint64_t work_memory[WORK / 8], donor_memory[FUZZ_MAX / 8];

/* ---- chance (xorshift32) ----------------------------------------------------------- */

static uint32_t below(struct work *work, uint32_t count)
{
    work->random ^= work->random << 13;
    work->random ^= work->random >> 17;
    work->random ^= work->random << 5;
    return work->random % count;
}

static const char *any_word(struct work *work, const char *packed)
{
    uint32_t count = 0;

    while (*shim_word(packed, count))
        count++;
    return shim_word(packed, below(work, count));
}

static int any_node(struct work *work, const void *fdt)
{
    uint32_t count = 0;
    int node;

    for (node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL))
        count++;
    count = below(work, count);
    for (node = 0; count; count--)
        node = fdt_next_node(fdt, node, NULL);
    return node;
}

/* Negative: the node has none. */
static int any_prop(struct work *work, const void *fdt, int node)
{
    uint32_t count = 0;
    int prop;

    fdt_for_each_property_offset(prop, fdt, node)
        count++;
    if (!count)
        return -1;
    count = below(work, count);
    for (prop = fdt_first_property_offset(fdt, node); count; count--)
        prop = fdt_next_property_offset(fdt, prop);
    return prop;
}

/* ---- values --------------------------------------------------------------------------- */

static uint32_t any_phandle(struct work *work)
{
    for (unsigned tries = 0; tries < 8; tries++) {
        uint32_t phandle = fdt_get_phandle(work->fdt, any_node(work, work->fdt));

        if (phandle)
            return phandle;
    }
    return 1;
}

static uint32_t any_cell(struct work *work)
{
    static const uint32_t cells[] = {
        0, 1, 2, 3, 4, 5, 8, 16, 0xfff, 0x1000, 0xffff, 0x10000, 0x100000, 0x200000, 0x8000000,
        0x10000000, 0x20000000, 0x40000000, 0x7fffffff, 0x80000000, 0x80001000, 0xa0000000,
        0xc0000000, 0xfffff000, 0xfffffffe, 0xffffffff, 0x02000000, 0x42000000, 0x09000000,
    };

    if (!below(work, 3))
        return any_phandle(work);
    if (!below(work, 6))
        return work->random;
    return cells[below(work, sizeof(cells) / sizeof(cells[0]))];
}

static int cells_value(struct work *work, uint8_t *value)
{
    static const uint8_t counts[] = { 1, 1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 12, 16 };
    uint32_t count = counts[below(work, sizeof(counts))];

    for (uint32_t i = 0; i < count; i++)
        fdt32_st(value + 4 * i, any_cell(work));
    return (int)(4 * count);
}

static int strings_value(struct work *work, const char *words, uint8_t *value)
{
    uint32_t count = 1 + !below(work, 3);
    size_t len = 0;

    for (uint32_t i = 0; i < count; i++) {
        const char *word = any_word(work, words);

        memcpy(value + len, word, strlen(word) + 1);
        len += strlen(word) + 1;
    }
    return (int)len;
}

/* Properties that dtshim reads, with the words that they may hold; else cells. */
static const struct {
    const char *name, *words;
} known[] = {
    { "reg", NULL }, { "ranges", NULL }, { "dma-ranges", NULL }, { "iommus", NULL },
    { "iommu-map", NULL }, { "iommu-map-mask", NULL }, { "mmu-masters", NULL },
    { "#iommu-cells", NULL }, { "#stream-id-cells", NULL }, { "#address-cells", NULL },
    { "#size-cells", NULL }, { "#interconnect-cells", NULL }, { "interconnects", NULL },
    { "#interrupt-cells", NULL }, { "interrupt-parent", NULL }, { "interrupts", NULL },
    { "interrupts-extended", NULL }, { "interrupt-map", NULL }, { "interrupt-map-mask", NULL },
    { "memory-region", NULL }, { "alloc-ranges", NULL }, { "size", NULL }, { "alignment", NULL },
    { "linux,usable-memory", NULL }, { "linux,usable-memory-range", NULL }, { "phandle", NULL },
    { "linux,initrd-start", NULL }, { "linux,initrd-end", NULL }, { "dma-offset", NULL },
    { "xen,static-heap", NULL }, { "clocks", NULL }, { "dom0-mem", NULL }, { "dom0-base", NULL },
    { "machine-base", NULL }, { "ipa-bits", NULL }, { "dom0-memory", NULL },
    { "machine-block", NULL }, { "data-size", NULL }, { "data-offset", NULL },
    { "data-position", NULL }, { "value", NULL },
    { "dma-coherent", "\0" }, { "dma-noncoherent", "\0" }, { "no-map", "\0" },
    { "xen-dma-safe", "\0" }, { "xen,passthrough", "\0" }, { "interrupt-controller", "\0" },
    { "no-memory-wc", "\0" }, { "protect-exec", "\0" },
    { "status", "okay\0ok\0disabled\0fail\0" }, { "device_type", "memory\0pci\0cpu\0" },
    { "interconnect-names", "dma-mem\0other\0" },
    { "compatible", "arm,mmu-500\0arm,smmu-v3\0arm,smmu-v2\0rockchip,iommu\0mmio-sram\0"
                    "arm,scmi-shmem\0simple-bus\0test,dev\0multiboot,kernel\0multiboot,module\0"
                    "multiboot,ramdisk\0dtshim,hypervisor\0shared-dma-pool\0arm,pl011\0"
                    "nvidia,tegra186-sysram\0qcom,rpm-msg-ram\0arm,gic-v3\0xen,xen\0xen,domain\0"
                    "arm,cortex-a53\0arm,cortex-a7\0dtshim,policy-v1\0" },
    { "bootargs", "console=hvc0 root=/dev/ram\0dom0_mem=256M\0iommu=off\0mem=1G\0" },
    { "xen,xen-bootargs", "dom0_mem=256M,max:512M\0iommu=no\0dom0_mem=min:1G ext_regions=0\0" },
    { "stdout-path", "serial0:115200\0/serial@9000000\0" },
    { "version", "0.2.0\0" "0.0.9\0" }, { "contract", "xen\0native\0none\0" },
    { "layout", "auto\0direct\0offset\0" }, { "default", "boot\0" }, { "kernel", "linux\0xen\0" },
    { "algo", "crc32\0sha256\0md5\0" }, { "compression", "none\0gzip\0" },
};

static void set_known(struct work *work)
{
    uint8_t value[VALUE_MAX];
    uint32_t which = below(work, sizeof(known) / sizeof(known[0]));
    const char *words = known[which].words;
    int len = 0;

    if (!words)
        len = cells_value(work, value);
    else if (*words)
        len = strings_value(work, words, value);
    fdt_setprop(work->fdt, any_node(work, work->fdt), known[which].name, value, len);
}

/* ---- properties ------------------------------------------------------------------------- */

static void change_cell(struct work *work)
{
    int node = any_node(work, work->fdt), prop = any_prop(work, work->fdt, node), len;
    const char *name;
    const void *value = prop < 0 ? NULL : fdt_getprop_by_offset(work->fdt, prop, &name, &len);

    if (value && len >= 4)
        fdt32_st((uint8_t *)value + 4 * below(work, (uint32_t)len / 4), any_cell(work));
}

static void delete_prop(struct work *work)
{
    int node = any_node(work, work->fdt), prop = any_prop(work, work->fdt, node);
    const char *name;

    if (prop >= 0 && fdt_getprop_by_offset(work->fdt, prop, &name, NULL))
        fdt_delprop(work->fdt, node, name);
}

/* One shorter or longer by a byte, a cell or two. */
static void resize_prop(struct work *work)
{
    static const int steps[] = { -8, -4, -1, 1, 4, 8 };
    int node = any_node(work, work->fdt), prop = any_prop(work, work->fdt, node), len;
    uint8_t value[VALUE_MAX + 8] = { 0 };
    const char *name;
    const void *old = prop < 0 ? NULL : fdt_getprop_by_offset(work->fdt, prop, &name, &len);
    int step = steps[below(work, sizeof(steps) / sizeof(steps[0]))];

    if (!old || len > VALUE_MAX || len + step < 0)
        return;
    memcpy(value, old, (size_t)len);
    fdt_setprop(work->fdt, node, name, value, len + step);
}

static void copy_prop(struct work *work)
{
    int from = any_node(work, work->donor), prop = any_prop(work, work->donor, from), len;
    const char *name;
    const void *value = prop < 0 ? NULL : fdt_getprop_by_offset(work->donor, prop, &name, &len);

    if (value)
        fdt_setprop(work->fdt, any_node(work, work->fdt), name, value, len);
}

/* ---- nodes -------------------------------------------------------------------------------- */

static void delete_node(struct work *work)
{
    int node = any_node(work, work->fdt);

    if (node)
        fdt_del_node(work->fdt, node);
}

/* A phandle stays with its node, most of the time. */
static void copy_props(struct work *work, int to, int from)
{
    int prop;

    fdt_for_each_property_offset(prop, work->donor, from) {
        const char *name;
        int len;
        const void *value = fdt_getprop_by_offset(work->donor, prop, &name, &len);

        if (value && (!strstr(name, "phandle") || !below(work, 16)))
            fdt_setprop(work->fdt, to, name, value, len);
    }
}

/* With its name, or another one where that is taken. */
static int add_twin(struct work *work, int parent, int from)
{
    char name[64];
    int len, node;
    const char *old = fdt_get_name(work->donor, from, &len);

    if (!old || len >= (int)sizeof(name) - 4)
        return -1;
    memcpy(name, len ? old : "root", (size_t)(len ? len + 1 : 5));
    node = fdt_add_subnode(work->fdt, parent, name);
    if (node != -FDT_ERR_EXISTS)
        return node;
    name[strlen(name) + 1] = '\0';
    name[strlen(name)] = (char)('0' + below(work, 10));
    return fdt_add_subnode(work->fdt, parent, name);
}

/* The node of the donor with all below it; what stands above a place keeps its offset. */
static void graft(struct work *work, int parent, int from)
{
    int at[SHIM_DEPTH_MAX + 2] = { parent }, depth = 0;

    for (int node = from; node >= 0 && depth >= 0 && depth <= SHIM_DEPTH_MAX;
         node = fdt_next_node(work->donor, node, &depth)) {
        if (node != from && depth == 0)
            break;
        at[depth + 1] = add_twin(work, at[depth], node);
        if (at[depth + 1] < 0)
            break;
        copy_props(work, at[depth + 1], node);
    }
}

static void copy_node(struct work *work)
{
    int from = any_node(work, work->donor);

    if (from || !below(work, 8))
        graft(work, any_node(work, work->fdt), from);
}

static void move_node(struct work *work)
{
    int from = any_node(work, work->donor);
    char path[256];

    if (!from || fdt_get_path(work->donor, from, path, sizeof(path)))
        return;
    if (fdt_path_offset(work->fdt, path) > 0)
        fdt_del_node(work->fdt, fdt_path_offset(work->fdt, path));
    graft(work, any_node(work, work->fdt), from);
}

static void add_known_node(struct work *work)
{
    static const char names[] =
        "chosen\0aliases\0cpus\0cpu@0\0reserved-memory\0memory\0memory@40000000\0hypervisor\0"
        "memory@80000000\0dtshim\0record\0pcie@30000000\0iommu@1000\0sram@20000000\0sram-map\0"
        "dtshim-claims\0dtshim-pages\0dtshim-dma-1\0soc\0dev\0dev@2000\0module@92000000\0"
        "hypervisor@90000000\0__symbols__\0passthrough\0hash-1\0domain\0";

    fdt_add_subnode(work->fdt, below(work, 2) ? 0 : any_node(work, work->fdt),
                    any_word(work, names));
}

static void give_phandle(struct work *work)
{
    fdt_setprop_u32(work->fdt, any_node(work, work->fdt), "phandle", 1 + below(work, 64));
}

static void change_reserves(struct work *work)
{
    int count = fdt_num_mem_rsv(work->fdt);

    if (count > 0 && below(work, 2))
        fdt_del_mem_rsv(work->fdt, (int)below(work, (uint32_t)count));
    else
        fdt_add_mem_rsv(work->fdt, (uint64_t)(below(work, 4) ? 0 : any_cell(work)) << 32 |
                        any_cell(work), any_cell(work));
}

/* ---- trees ---------------------------------------------------------------------------------- */

static void change(struct work *work)
{
    static void (*const changes[])(struct work *) = {
        set_known, set_known, set_known, set_known, change_cell, change_cell, change_cell,
        copy_prop, copy_prop, copy_node, copy_node, move_node, delete_node, delete_prop,
        resize_prop, add_known_node, give_phandle, change_reserves,
    };

    changes[below(work, sizeof(changes) / sizeof(changes[0]))](work);
}

/* Packed, or with some free bytes behind it; its length. */
static size_t finish(struct work *work)
{
    size_t len;

    fdt_pack(work->fdt);
    len = fdt_totalsize(work->fdt);
    if (!below(work, 4) && len < WORK - 4096) {
        uint32_t slack = below(work, 4096);

        memset((uint8_t *)work->fdt + len, 0, slack);
        len += slack;
        fdt_set_totalsize(work->fdt, (uint32_t)len);
    }
    return len;
}

/* Changes the tree of `len` bytes that stands in `room`; its new length, 0: too long. */
static size_t change_tree(struct work *work, uint8_t *tree, size_t len, size_t room)
{
    uint32_t total = fdt_totalsize(tree), changes = 1 + below(work, 4);
    size_t behind = len - total, longer;

    if (fdt_open_into(tree, work->fdt, WORK))
        return 0;
    while (changes--)
        change(work);
    longer = finish(work);
    if (longer + behind > room)
        return 0;
    memmove(tree + longer, tree + total, behind);
    memcpy(tree, work->fdt, longer);
    return longer + behind;
}

/* A tree at `at`, alone in its memory; false when libfdt would not have it. */
static bool take_donor(struct work *work, const uint8_t *at, size_t len)
{
    memcpy(donor_memory, at, len);
    work->donor = donor_memory;
    return fuzz_libfdt_takes(donor_memory, len);
}

/* The part of an input that a change is for: one of the trees. */
struct part {
    size_t at, len;
};

static struct part part_of(struct work *work, const uint8_t *data, size_t size)
{
    struct part part = { FUZZ_CHOICES, size - FUZZ_CHOICES };
    size_t first = fuzz_two_trees ? fuzz_first_len(data, part.len) : part.len;

    if (first == part.len || below(work, 2))
        return (struct part){ part.at, first };
    return (struct part){ part.at + first, part.len - first };
}

static size_t change_part(struct work *work, uint8_t *data, size_t size, size_t max,
                          struct part part)
{
    static uint64_t aligned[FUZZ_MAX / 8];
    size_t behind = size - part.at - part.len, longer, first;

    memcpy(aligned, data + part.at, part.len);
    longer = change_tree(work, (uint8_t *)aligned, part.len, max - part.at - behind);
    if (!longer)
        return 0;
    memmove(data + part.at + longer, data + part.at + part.len, behind);
    memcpy(data + part.at, aligned, longer);
    first = part.at == FUZZ_CHOICES ? longer : part.at - FUZZ_CHOICES;
    if (fuzz_two_trees) {
        data[0] = (uint8_t)first;
        data[1] = (uint8_t)(first >> 8);
    }
    return part.at + longer + behind;
}

static size_t change_choice(struct work *work, uint8_t *data, size_t size)
{
    for (uint32_t left = 1 + below(work, 3); left; left--)
        data[2 + below(work, FUZZ_CHOICES - 2)] = (uint8_t)(below(work, 3) ? below(work, 16)
                                                                           : below(work, 256));
    return size;
}

static struct work work_from(unsigned seed)
{
    return (struct work){ .random = seed * 2654435761u | 1, .fdt = work_memory };
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    struct work work = work_from(seed);
    struct part part;
    size_t longer = 0;

    if (max > FUZZ_MAX)
        max = FUZZ_MAX;
    if (size < FUZZ_CHOICES || size > max || !below(&work, 8))
        return LLVMFuzzerMutate(data, size, max);
    if (!below(&work, 4))
        return change_choice(&work, data, size);
    part = part_of(&work, data, size);
    if (take_donor(&work, data + part.at, part.len))
        longer = change_part(&work, data, size, max, part);
    return longer ? longer : LLVMFuzzerMutate(data, size, max);
}

/* The first input with a node of the second one in its tree. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_len, const uint8_t *other,
                                 size_t other_len, uint8_t *out, size_t max, unsigned seed)
{
    struct work work = work_from(seed);
    struct part part, theirs;

    if (one_len < FUZZ_CHOICES || other_len < FUZZ_CHOICES || one_len > max || max > FUZZ_MAX)
        return 0;
    part = part_of(&work, one, one_len);
    theirs = part_of(&work, other, other_len);
    if (!take_donor(&work, one + part.at, part.len) ||
        !take_donor(&work, other + theirs.at, theirs.len))
        return 0;
    memcpy(out, one, one_len);
    return change_part(&work, out, one_len, max, part);
}
