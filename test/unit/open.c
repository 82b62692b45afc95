// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What is known of a tree once its job is open, its record among it, and what plan and
 * survey then say. What is told between open and plan: address bits, and that there is a
 * kernel. usage: open TREE [IPA-BITS [payload]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "shim/job/job.h"

static uint64_t blob[1 << 14], memory[1 << 18];

static const char *word(enum shim_code code, const struct shim_error *error)
{
    return code == error->code ? shim_code_name(code) : "two codes";
}

static void print_range(struct shim_range range)
{
    printf(" 0x%llx+0x%llx", SHIM_X(range.base), SHIM_X(range.size));
}

static void print_record(const struct shim_record *record)
{
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t count = shim_record_blocks(record, blocks);

    if (record->node == SHIM_NONE)
        return;
    printf("version %s\ndom0", record->version ? record->version : "none");
    print_range(record->dom0);
    printf("\nblocks");
    for (uint32_t i = 0; i < count; i++)
        print_range(blocks[i]);
    printf("\nram %u\noffset 0x%llx\nhypervisor", (unsigned)record->ram.len / 16,
           SHIM_X(record->offset));
    print_range(record->hypervisor);
    printf("\nholds %u\nmeets %u\n",
           shim_record_holds(record, (struct shim_range){ 0x80000000, 0x10001000 }),
           shim_record_meets(record, (struct shim_range){ 0x80000000, 0x10001000 }));
}

/* Another job for each, as nothing is taken back. */
static bool opened(struct shim_job *job, size_t len)
{
    struct shim_error error = { .code = SHIM_OK };
    enum shim_code code = shim_job_open(job, blob, len, NULL, NULL,
                                        shim_arena(memory, sizeof(memory)), &error);

    if (code)
        printf("open %s, tree %s\n", word(code, &error), job->tree.nodes ? "left" : "gone");
    return !code;
}

static void tell(struct shim_facts *facts, int argc, char **argv)
{
    if (argc > 2)
        facts->ipa_bits = (uint32_t)strtoul(argv[2], NULL, 0);
    facts->payload_source = "a test has it";
    facts->payload[0] = (struct shim_payload_part){ .kind = SHIM_MODULE_KERNEL,
                                                    .at = { 0xa0000000, 0x100000 } };
    facts->payload_count = argc > 3;
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    struct shim_error planned = { .code = SHIM_OK }, surveyed = { .code = SHIM_OK };
    struct shim_job job;
    size_t len;

    if (!file)
        return 2;
    len = fread(blob, 1, sizeof(blob), file);
    fclose(file);
    if (!opened(&job, len))
        return 1;
    print_record(&job.record);
    printf("unsound %s\nno-ram %s\nbanks %u\n", shim_code_name(job.unsound.code),
           shim_code_name(job.no_ram.code), job.board.ram.count);
    tell(&job.facts, argc, argv);
    printf("plan %s\n", word(shim_job_plan(&job, &planned), &planned));
    printf("unchanged %u\nlimit 0x%llx\nreserved %u\n", job.unchanged,
           SHIM_X(job.plan.guest_limit), job.board.reserved.count);
    if (!opened(&job, len))
        return 1;
    printf("survey %s\n", word(shim_job_survey(&job, &surveyed), &surveyed));
    return 0;
}
