// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/kinds.h"

#include "shim/base/mem.h"
#include "shim/fdt/word_set.h"
#include "shim/model/match.h"
#include "shim/model/sight.h"

enum { WORD_TEXT = 28 };
#define WORD(word) SHIM_FIT_LEN(word, WORD_TEXT), word

/*
 * skip_matches[] and timer_matches[] of handle_node(), the IDs of GICs and of IOMMUs
 * (smmu.c, smmu-v3.c). See may_be_one().
 */
static const struct word {
    uint8_t kind, len;
    char word[WORD_TEXT];
} words[] = {
    { SHIM_KIND_SKIPPED, WORD("xen,xen") },
    { SHIM_KIND_SKIPPED, WORD("xen,multiboot-module") },
    { SHIM_KIND_SKIPPED, WORD("multiboot,module") },
    { SHIM_KIND_SKIPPED, WORD("arm,psci") },
    { SHIM_KIND_SKIPPED, WORD("arm,psci-0.2") },
    { SHIM_KIND_SKIPPED, WORD("arm,psci-1.0") },
    { SHIM_KIND_SKIPPED, WORD("arm,cortex-a7-pmu") },
    { SHIM_KIND_SKIPPED, WORD("arm,cortex-a15-pmu") },
    { SHIM_KIND_SKIPPED, WORD("arm,cortex-a53-edac") },
    { SHIM_KIND_SKIPPED, WORD("arm,armv8-pmuv3") },
    { SHIM_KIND_SKIPPED, WORD("arm,armv7-timer-mem") },
    { SHIM_KIND_HIDDEN, WORD("xen,domain") },
    { SHIM_KIND_HIDDEN, WORD("xen,domain-shared-memory-v1") },
    { SHIM_KIND_HIDDEN, WORD("xen,evtchn-v1") },
    { SHIM_KIND_GIC_2, WORD("arm,cortex-a15-gic") },
    { SHIM_KIND_GIC_2, WORD("arm,cortex-a7-gic") },
    { SHIM_KIND_GIC_2, WORD("arm,gic-400") },
    { SHIM_KIND_GIC_3, WORD("arm,gic-v3") },
    { SHIM_KIND_TIMER, WORD("arm,armv7-timer") },
    { SHIM_KIND_TIMER, WORD("arm,armv8-timer") },
    { SHIM_KIND_SMMU, WORD("arm,smmu-v1") },
    { SHIM_KIND_SMMU, WORD("arm,smmu-v2") },
    { SHIM_KIND_SMMU, WORD("arm,mmu-400") },
    { SHIM_KIND_SMMU, WORD("arm,mmu-401") },
    { SHIM_KIND_SMMU, WORD("arm,mmu-500") },
    { SHIM_KIND_SMMU_3, WORD("arm,smmu-v3") },
};

/* They start with ar, mu or xe. */
static bool may_be_one(const char *word)
{
    int first = *word | 0x20, second = first == 'a' ? 'r' : first == 'm' ? 'u' : 'e';

    return (first == 'a' || first == 'm' || first == 'x') && (word[1] | 0x20) == second;
}

static unsigned kinds_of_word(const char *word, size_t len)
{
    unsigned kinds = 0;

    if (!may_be_one(word))
        return 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].len == len && shim_same_word(words[i].word, word))
            kinds |= words[i].kind;
    return kinds;
}

static unsigned kinds_of(const struct shim_word_set *others, struct shim_span list)
{
    const char *word = (const char *)list.at, *nul;
    size_t left = list.len;
    unsigned kinds = 0;

    for (; left; left -= (size_t)(nul + 1 - word), word = nul + 1) {
        nul = memchr(word, 0, left);
        if (!nul)
            break;
        kinds |= kinds_of_word(word, (size_t)(nul - word));
        if (others->list.len && shim_word_set_has(others, word))
            kinds |= SHIM_KIND_OTHER;
    }
    return kinds;
}

static struct shim_xen_kinds find(const struct shim_tree *tree, const struct shim_word_set *others,
                                  struct shim_arena *arena)
{
    uint8_t *of = shim_alloc(arena, tree->node_count, 1);
    struct shim_xen_kinds kinds = { .of = of };

    for (uint32_t node = 0; of && node < tree->node_count; node++) {
        of[node] = (uint8_t)kinds_of(others, shim_prop(tree, node, SHIM_COMPATIBLE));
        kinds.some |= of[node];
    }
    return kinds;
}

struct shim_xen_kinds shim_xen_kinds(const struct shim_xen_boot *boot,
                                     const struct shim_tree *tree, struct shim_arena *arena)
{
    struct shim_word_set others = shim_word_set(boot->other_iommus, arena);

    return find(tree, &others, arena);
}

bool shim_xen_find_kinds(struct shim_sight *sight)
{
    struct shim_word_set others = { sight->boot->other_iommus, sight->others };

    sight->kinds = sight->boot->kinds.of ? sight->boot->kinds
                                         : find(sight->tree, &others, sight->arena);
    return sight->kinds.of != NULL;
}
