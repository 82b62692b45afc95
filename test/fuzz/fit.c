// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The reader of a FIT: what it accepts lies in the bytes, and both hashes were made of it. */
#include "../../shim/stage/fit.h"
#include "fuzz.h"

const bool fuzz_two_trees = false;

static void require_parts(const struct shim_facts *facts, const uint8_t *fit, size_t len)
{
    struct shim_range all = { (uintptr_t)fit, len };

    fuzz_require(facts->payload_count >= 2 && facts->payload_count <= 3, "a count of parts");
    for (uint32_t i = 0; i < facts->payload_count; i++)
        fuzz_require(shim_range_contains(all, facts->payload[i].at) && facts->payload[i].at.size,
                     "a part outside the payload");
}

void fuzz_one(const uint8_t *choices, const uint8_t *fit, size_t len)
{
    struct shim_arena arena = fuzz_arena(0, len, 0, choices[2]);
    struct shim_error error = { .code = SHIM_OK };
    struct shim_facts facts = { .payload_count = 0 };
    uint32_t signers = 0;

    if (!fit_read(&facts, fit, len, &arena, &signers, &error)) {
        require_parts(&facts, fit, len);
        return;
    }
    fuzz_require_words(&error);
    fuzz_require(error.code != SHIM_E_MEMORY, "the memory bound does not hold");
}
