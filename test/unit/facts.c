// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the machine adds to a tree, without a machine: RAM of the boot loader,
 * address bits, a kernel's width, registers that all read the same.
 * usage: facts TREE REGISTER RAM-BASE RAM-SIZE IPA-BITS KERNEL-BITS
 */
#include <stdio.h>
#include <stdlib.h>

#include "shim/job/job.h"

static bool read_register(void *self, uint64_t address, uint32_t *value)
{
    printf("read 0x%llx\n", (unsigned long long)address);
    *value = *(uint32_t *)self;
    return true;
}

int main(int argc, char **argv)
{
    static uint64_t blob[1 << 14];
    static uint64_t memory[1 << 18];
    uint32_t value = argc > 6 ? (uint32_t)strtoul(argv[2], NULL, 0) : 0;
    struct shim_range ram = { 0, 0 };
    struct shim_facts facts = { .read32 = read_register, .self = &value, .ram = &ram };
    struct shim_policy policy = shim_policy_default();
    FILE *file = argc > 6 ? fopen(argv[1], "rb") : NULL;
    struct shim_error error;
    struct shim_job job;
    size_t len;

    if (!file)
        return 2;
    len = fread(blob, 1, sizeof(blob), file);
    fclose(file);
    ram = (struct shim_range){ strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0) };
    facts.ram_count = ram.size != 0;
    facts.ipa_bits = (uint32_t)strtoul(argv[5], NULL, 0);
    facts.kernel_bits = (uint32_t)strtoul(argv[6], NULL, 0);
    policy.value[SHIM_POLICY_CONTRACT] = SHIM_CONTRACT_NATIVE;
    policy.given = 1u << SHIM_POLICY_CONTRACT;
    if (shim_job_open(&job, blob, len, &policy, &facts, shim_arena(memory, sizeof(memory)),
                      &error) || shim_job_plan(&job, &error)) {
        puts(shim_code_name(error.code));
        return 1;
    }
    printf("coverage %s\nlimit 0x%llx\nram 0x%llx 0x%llx\n", shim_coverage_word(shim_coverage(job.plan.board)),
           (unsigned long long)job.plan.guest_limit, (unsigned long long)job.plan.board->ram.at[0].base,
           (unsigned long long)job.plan.board->ram.at[0].size);
    return 0;
}
