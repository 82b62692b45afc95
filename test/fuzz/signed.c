// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The reader of a payload that has to be signed. The keys are made with the target, and have
 * signed a few FITs of the same three files (sign_seeds.py): whatever is accepted, of any
 * bytes, has to start these, each as what it is.
 */
#include <string.h>

#include "../../shim/stage/fit.h"
#include "../../shim/stage/signed/keys.h"
#include "fuzz.h"

const bool fuzz_two_trees = false;

static const struct {
    const char *word;
    size_t times;
} files[] = {
    [SHIM_MODULE_XEN] = { "xen", 30 },
    [SHIM_MODULE_KERNEL] = { "Image", 40 },
    [SHIM_MODULE_RAMDISK] = { "initrd", 20 },
};

static bool is_the_file(const struct shim_payload_part *part)
{
    const char *word = files[part->kind].word;
    size_t len = strlen(word);
    const char *at = (const char *)(uintptr_t)part->at.base;

    if (part->at.size != len * files[part->kind].times)
        return false;
    for (size_t i = 0; i < part->at.size; i++)
        if (at[i] != word[i % len])
            return false;
    return true;
}

static void require_signed(const struct shim_facts *facts, uint32_t signers)
{
    fuzz_require(signers && signers < 1u << trust_keys.count, "a payload that nobody signed");
    fuzz_require(facts->payload_count >= 2 && facts->payload_count <= 3, "a count of parts");
    for (uint32_t i = 0; i < facts->payload_count; i++)
        fuzz_require(is_the_file(&facts->payload[i]), "a part that nobody signed");
}

void fuzz_one(const uint8_t *choices, const uint8_t *fit, size_t len)
{
    struct shim_arena arena = fuzz_arena(0, len, 0, choices[2]);
    struct shim_error error = { .code = SHIM_OK };
    struct shim_facts facts = { .payload_count = 0 };
    uint32_t signers = 0;

    if (!fit_read(&facts, fit, len, &arena, &signers, &error)) {
        require_signed(&facts, signers);
        return;
    }
    fuzz_require_words(&error);
    fuzz_require(error.code != SHIM_E_MEMORY, "the memory bound does not hold");
}
