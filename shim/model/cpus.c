// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/cpus.h"

#include "shim/base/mem.h"
#include "shim/model/match.h"

enum {
    CPUS_MAX = 128,          /* MAX_VIRT_CPUS, and NR_CPUS of Debian's Xen */
    CLUSTER = 16,            /* CPUs that differ in the lowest affinity alone */
};
#define AFFINITIES UINT64_C(0xff00ffffff) /* MPIDR_HWID_MASK */

/* The hardware's number of a CPU; false: Xen does not count it (dt_smp_init_cpus()). */
static bool hardware_id(const struct shim_tree *tree, uint32_t node, uint32_t cells, uint64_t *id)
{
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);

    return shim_xen_type(tree, node, "cpu") && reg.at && reg.len / 4 >= cells &&
           shim_read_cells(reg.at, cells, id) && !(*id & ~AFFINITIES);
}

/* arch_cpu_init(): by PSCI or a spin table; a CPU of 32 bits is the platform's to start. */
static bool can_start(const struct shim_sight *sight, uint32_t node)
{
    const char *method = shim_first_string(shim_prop_named(sight->tree, node, "enable-method"));

    return sight->boot->arch == SHIM_XEN_ARM32 ||
           (method && (!strcmp(method, "psci") || !strcmp(method, "spin-table")));
}

static bool takes_any_kind(const struct shim_sight *sight)
{
    struct shim_span value = shim_sight_word(sight, "hmp-unsafe");
    bool any = value.at != NULL;

    if (value.len)
        shim_xen_yes_no(value, &any);
    return any;
}

/* Cores of another kind than the first stay off: start_secondary() compares their MIDR. */
static bool same_kind(const struct shim_sight *sight, uint32_t first, uint32_t node)
{
    struct shim_span a = shim_prop(sight->tree, first, SHIM_COMPATIBLE);
    struct shim_span b = shim_prop(sight->tree, node, SHIM_COMPATIBLE);

    return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

static uint32_t host_cpus(const struct shim_sight *sight)
{
    const struct shim_tree *tree = sight->tree;
    uint32_t cpus = shim_xen_root_child(tree, "cpus"), first = SHIM_NONE, count = 0;
    uint32_t cells = cpus == SHIM_NONE ? 0 : shim_inherited_cells(tree, cpus).address;
    bool any = takes_any_kind(sight);
    uint64_t id;

    if (cpus == SHIM_NONE)
        return 1;
    for (uint32_t node = shim_first_child(tree, cpus); node != SHIM_NONE;
         node = shim_next_child(tree, node)) {
        if (!hardware_id(tree, node, cells, &id))
            continue;
        if (first == SHIM_NONE)
            first = node;
        if (node == first || (can_start(sight, node) && (any || same_kind(sight, first, node))))
            count++;
    }
    return count ? count : 1;
}

static unsigned digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10u : UINT8_MAX;
}

/* simple_strtoull() with base 0 */
static uint64_t number_option(const struct shim_sight *sight, const char *word, uint64_t otherwise)
{
    struct shim_span value = shim_sight_word(sight, word);
    uint64_t number = 0, base = 10;

    if (!value.len)
        return otherwise;
    if (value.len > 1 && value.at[0] == '0') {
        base = value.at[1] == 'x' || value.at[1] == 'X' ? 16 : 8;
        value.at += base == 16 ? 2 : 1;
        value.len -= base == 16 ? 2 : 1;
    }
    for (size_t i = 0; i < value.len; i++) {
        uint64_t one = digit(value.at[i]);

        if (one >= base)
            break;
        number = number * base + one;
    }
    return number;
}

uint32_t shim_dom0_cpus(const struct shim_sight *sight)
{
    uint64_t started = host_cpus(sight);
    uint64_t most = number_option(sight, "maxcpus", started);
    uint64_t wanted = number_option(sight, "dom0_max_vcpus", 0);

    if (most && most < started)
        started = most;
    if (!wanted)
        wanted = started;
    return (uint32_t)(wanted < CPUS_MAX ? wanted : CPUS_MAX);
}

uint32_t shim_dom0_affinity(uint32_t cpu)
{
    return cpu / CLUSTER << 8 | cpu % CLUSTER;
}
