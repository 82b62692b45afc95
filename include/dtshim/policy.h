/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the user wants: the properties of /chosen/dtshim, and the options of
 * the host tool with the same names. Addresses and sizes are in bytes.
 */
#ifndef DTSHIM_POLICY_H
#define DTSHIM_POLICY_H

#include <stdbool.h>

#include <dtshim/arena.h>
#include <dtshim/error.h>
#include <dtshim/span.h>

#ifdef __cplusplus
extern "C" {
#endif


#define SHIM_POLICY_COMPATIBLE "dtshim,policy-v1"

struct shim_tree;

enum shim_contract_id { SHIM_CONTRACT_XEN, SHIM_CONTRACT_NATIVE, SHIM_CONTRACT_NONE };
enum shim_layout { SHIM_LAYOUT_AUTO, SHIM_LAYOUT_DIRECT, SHIM_LAYOUT_OFFSET };
enum shim_offset_in { SHIM_OFFSET_IN_PROPERTY, SHIM_OFFSET_IN_DMA_RANGES, SHIM_OFFSET_IN_BOTH };
enum shim_regions_choice { SHIM_REGIONS_AUTO, SHIM_REGIONS_NONE };
enum shim_on_error { SHIM_ON_ERROR_HALT, SHIM_ON_ERROR_PASS_THROUGH };

/* One bit of `given` for each policy property, in the order of the table. */
enum shim_policy_field {
    SHIM_POLICY_CONTRACT,
    SHIM_POLICY_LAYOUT,
    SHIM_POLICY_DOM0_MEM,
    SHIM_POLICY_DOM0_BASE,
    SHIM_POLICY_MACHINE_BASE,
    SHIM_POLICY_IPA_BITS,
    SHIM_POLICY_OFFSET_IN,
    SHIM_POLICY_HYPERVISOR,
    SHIM_POLICY_IOMMU_DRIVERS,
    SHIM_POLICY_ON_ERROR,
    SHIM_POLICY_RAM,
    SHIM_POLICY_KERNEL_BITS,
    SHIM_POLICY_IOMMU_NO_STAGE2,
    SHIM_POLICY_MEMORY_TYPES,
    SHIM_POLICY_REGIONS,
    SHIM_POLICY_MACHINE_BLOCKS,
    SHIM_POLICY_PASSTHROUGH,
    SHIM_POLICY_DOMAIN_NAME,
    SHIM_POLICY_XEN_FEATURES,
    SHIM_POLICY_XEN_VERSION,
    SHIM_POLICY_FIELDS,
};

struct shim_policy {
    uint32_t given; /* which fields the user set; the others hold defaults */
    /* Numbers; for choices the enum above; release 4.20 is 420, and 0 if none is given. */
    uint64_t value[SHIM_POLICY_FIELDS];
    /* String lists (NUL-terminated strings), and ranges (pairs of big-endian u64). */
    struct shim_span list[SHIM_POLICY_FIELDS];
};

enum shim_policy_kind { SHIM_KIND_CHOICE, SHIM_KIND_BYTES, SHIM_KIND_COUNT, SHIM_KIND_STRINGS,
                        SHIM_KIND_RANGES, SHIM_KIND_RELEASE };

/* The table for the tree, the host tool and the record. */
struct shim_policy_entry {
    char name[20]; /* in place: a pointer would need a relocation */
    enum shim_policy_kind kind;
    const char *choices; /* see shim_word(); for a list: what it may contain; NULL: anything */
};
extern const struct shim_policy_entry shim_policy_table[SHIM_POLICY_FIELDS];

/* Everything at its default, nothing given. */
struct shim_policy shim_policy_default(void);

static inline bool shim_policy_has(const struct shim_policy *policy, enum shim_policy_field field)
{
    return policy->given >> field & 1;
}

/* Is this policy for the contract? */
static inline bool shim_policy_for(const struct shim_policy *policy, enum shim_contract_id contract)
{
    return policy->value[SHIM_POLICY_CONTRACT] == contract;
}

/* Does the Xen that is being booted have this feature ("static-mem", "static-shm")? */
bool shim_policy_feature(const struct shim_policy *policy, const char *feature);

/* The current word of a choice field ("xen", "direct", ...). */
const char *shim_policy_word(const struct shim_policy *policy, enum shim_policy_field field);

/*
 * Sets a field from text, as options and environments write it: a choice's
 * word, a number with an optional K, M, G or T, strings separated by spaces (a
 * compatible has commas), ranges as base:size with the same numbers, separated
 * by spaces, a release of Xen as 4.20. Lists are kept in `arena`; setting a list again adds to it.
 * Errors: SHIM_E_POLICY, SHIM_E_MEMORY.
 */
enum shim_code shim_policy_set(struct shim_policy *policy, enum shim_policy_field field,
                               const char *text, struct shim_arena *arena,
                               struct shim_error *error);

/*
 * Sets what /chosen/dtshim has, over the defaults. No such node: nothing is
 * set. `policy` must have nothing given yet. Errors: SHIM_E_POLICY for an
 * unknown property, one that appears twice, a value of the wrong
 * shape, or a compatible other than "dtshim,policy-v1".
 */
enum shim_code shim_policy_from_tree(struct shim_policy *policy, const struct shim_tree *tree,
                                     struct shim_error *error);

/* Sets in `policy` everything that is given in `over`. */
void shim_policy_merge(struct shim_policy *policy, const struct shim_policy *over);

/* The name of the first field whose effective values differ, or NULL. */
const char *shim_policy_difference(const struct shim_policy *a, const struct shim_policy *b);

#ifdef __cplusplus
}
#endif

#endif
