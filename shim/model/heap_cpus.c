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

struct shim_heap_cpus shim_heap_cpus_of(const struct shim_sight *sight)
{
    const struct shim_tree *tree = sight->tree;
    uint32_t node = shim_child(tree, SHIM_ROOT, "cpus");
    struct shim_heap_cpus cpus = { .known = true, .roots = 1 };
    unsigned bits = 64;

    node = node == SHIM_NONE ? SHIM_NONE : shim_first_child(tree, node);
    for (; node != SHIM_NONE; node = shim_next_child(tree, node)) {
        const struct kind *kind = kind_of(tree, node);

        if (!is_cpu(tree, node))
            continue;
        cpus.count++;
        cpus.known = cpus.known && kind;
        if (!kind)
            continue;
        if (kind->bits < bits)
            bits = kind->bits;
        if (kind->erratum == ALWAYS ||
            (kind->erratum == FROM_4_20 && sight->boot->release->mends_cortex_a53))
            cpus.roots = 2;
    }
    cpus.known = cpus.known && cpus.count;
    cpus.bits = bits;
    cpus.root_order = sight->boot->arch == SHIM_XEN_ARM32 ? 1 : root_order(bits);
    return cpus;
}
