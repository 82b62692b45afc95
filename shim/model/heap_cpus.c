// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/heap_cpus.h"

/*
 * PARange by the CPUs' technical reference manuals, in bits; the erratum that speculative AT
 * instructions have (cpuerrata.c: ARM64_WORKAROUND_AT_SPECULATE).
 */
enum erratum { NEVER, ALWAYS, FROM_4_20 };

static const struct kind {
    char compatible[24];
    uint8_t bits;
    uint8_t erratum;
} kinds[] = {
    { "arm,cortex-a35", 40, NEVER }, { "arm,cortex-a53", 40, FROM_4_20 },
    { "arm,cortex-a55", 40, ALWAYS }, { "arm,cortex-a57", 44, ALWAYS },
    { "arm,cortex-a72", 44, ALWAYS }, { "arm,cortex-a73", 40, NEVER },
};

static const struct kind *kind_of(const struct shim_tree *tree, uint32_t cpu)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (shim_compatible(tree, cpu, kinds[i].compatible))
            return &kinds[i];
    return NULL;
}

/* pa_range_info: roots of 40 bits have two pages, of 42 bits eight; of 44 one more level. */
static unsigned root_order(unsigned bits)
{
    return bits == 40 ? 1 : bits == 42 ? 3 : 0;
}

static bool is_cpu(const struct shim_tree *tree, uint32_t node)
{
    return shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "cpu");
}

uint32_t shim_heap_cpu_count(const struct shim_tree *tree)
{
    uint32_t cpus = shim_child(tree, SHIM_ROOT, "cpus"), count = 0;
    uint32_t node = cpus == SHIM_NONE ? SHIM_NONE : shim_first_child(tree, cpus);

    for (; node != SHIM_NONE; node = shim_next_child(tree, node))
        count += is_cpu(tree, node);
    return count;
}

static void consider(struct shim_heap_cpus *cpus, const struct kind *kind,
                     const struct shim_release *release)
{
    cpus->known = cpus->known && kind;
    if (!kind)
        return;
    if (kind->bits < cpus->bits)
        cpus->bits = kind->bits;
    if (kind->erratum == ALWAYS || (kind->erratum == FROM_4_20 && release->mends_cortex_a53))
        cpus->roots = 2;
}

/* 32 bits do not ask the cores: "P2M: 40-bit IPA", one root, no such erratum (setup_virt_paging()). */
static struct shim_heap_cpus cpus_of_32(uint32_t count)
{
    return (struct shim_heap_cpus){
        .known = count, .bits = 40, .root_order = root_order(40), .roots = 1, .count = count,
    };
}

struct shim_heap_cpus shim_heap_cpus_of(const struct shim_sight *sight)
{
    const struct shim_tree *tree = sight->tree;
    uint32_t node = shim_child(tree, SHIM_ROOT, "cpus");
    struct shim_heap_cpus cpus = { .known = true, .roots = 1, .bits = 64 };

    if (sight->boot->arch == SHIM_XEN_ARM32)
        return cpus_of_32(shim_heap_cpu_count(tree));
    node = node == SHIM_NONE ? SHIM_NONE : shim_first_child(tree, node);
    for (; node != SHIM_NONE; node = shim_next_child(tree, node)) {
        if (!is_cpu(tree, node))
            continue;
        cpus.count++;
        consider(&cpus, kind_of(tree, node), sight->boot->release);
    }
    cpus.known = cpus.known && cpus.count;
    cpus.root_order = root_order(cpus.bits);
    return cpus;
}
