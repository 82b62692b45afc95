// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The library as the stage has it, over a bundle of trees: for each tree a line
 * says what came of it, to be compared with what the host tool writes.
 *
 * Linked and laid out like the stage, so its main function bears the stage's
 * name: behind the image CONFIG_STAGE_MEMORY_KIB with page tables and the library's
 * arena. The new tree goes elsewhere into RAM. The lines:
 *
 *     0 ok <bytes> <sha256>                    the tree, rewritten
 *     1 ok <bytes> <sha256> <bytes> <sha256>   and the tree of its domain
 *     2 no-ram                                 refused, and the name of the error
 *     end
 */
#include "../../shim/stage/console.h"
#include "../../shim/stage/cpu.h"
#include "../../shim/stage/hash.h"
#include "config.h"
#include "shim/base/mem.h"
#include "shim/job/job.h"
#include "shim/job/report.h"

/* As in shim/stage/main.c. */
enum {
    MEMORY_BYTES = CONFIG_STAGE_MEMORY_KIB << 10,
    TABLES_BYTES = 256 << 10,
    TREE_BYTES = 2 << 20,
};
#define PSCI_SYSTEM_OFF 0x84000008u

/* QEMU's virt: its PL011, and where test_bytes.py has the bundle loaded. */
static struct console console;
#define PL011_AT 0x09000000
#define BUNDLE_AT ((uintptr_t)0x50000000)
#define OUT_AT ((uintptr_t)0x4f000000)

struct entry {
    uint64_t at; /* bytes from the start of the bundle, a multiple of 8 */
    uint64_t len;
};

/* What test_bytes.py makes; numbers are little-endian. */
struct bundle {
    char magic[8];
    uint64_t size;   /* of all of it */
    uint64_t policy; /* where name, value, name, value, ... and an empty string stand */
    uint64_t count;
    struct entry trees[];
};

struct run {
    const struct bundle *bundle;
    struct shim_sink sink;
    struct map map;
    uint8_t *out;
    struct shim_arena arena; /* what is left for each tree */
    struct shim_policy policy;
};

struct result {
    size_t len;
    size_t domain_len; /* of the domain's tree behind the other; 0: there is none */
};

/* From the linker script and entry.S. */
extern uint8_t stage_head[], stage_stack_end[];
_Noreturn void stage_main(uint64_t tree, uint64_t level);
_Noreturn void stage_exception(uint64_t syndrome, uint64_t offset, uint64_t address);

#ifdef __arm__
static void call_monitor(uint32_t function)
{
    register uint32_t r0 __asm__("r0") = function;

    __asm__ volatile(".arch_extension sec\n\tsmc #0" : "+r"(r0) : : "r1", "r2", "r3", "memory");
}
#else
static void call_monitor(uint32_t function)
{
    register uint64_t x0 __asm__("x0") = function;

    __asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
}
#endif

static _Noreturn void machine_off(void)
{
    call_monitor(PSCI_SYSTEM_OFF);
    cpu_stop();
}

_Noreturn void stage_exception(uint64_t syndrome, uint64_t offset, uint64_t address)
{
    struct shim_sink sink = console_sink(&console);

    shim_print(&sink, "\nexception: syndrome 0x%llx, image offset 0x%llx, address 0x%llx\n",
               SHIM_X(syndrome), SHIM_X(offset), SHIM_X(address));
    machine_off();
}

static _Noreturn void refuse(const struct run *run, const char *what)
{
    shim_print(&run->sink, "bundle: %s\n", what);
    machine_off();
}

static void lay_out(struct run *run)
{
    uint8_t *memory = stage_stack_end;

    run->out = (uint8_t *)OUT_AT;
    console_at(&console, "arm,pl011", PL011_AT, -1, -1);
    run->sink = console_sink(&console);
    map_init(&run->map, memory, TABLES_BYTES);
    run->arena = shim_arena(memory + TABLES_BYTES, MEMORY_BYTES - TABLES_BYTES);
}

static void caches_on(struct run *run)
{
    struct shim_range image = { (uintptr_t)stage_head, 0 };

    image.size = (uintptr_t)stage_stack_end - image.base;
    image_map(&run->map);
    map_add(&run->map, (struct shim_range){ shim_range_end(image), MEMORY_BYTES }, MAP_NORMAL);
    map_add(&run->map, (struct shim_range){ BUNDLE_AT, run->bundle->size }, MAP_CONSTANT);
    map_add(&run->map, (struct shim_range){ OUT_AT, TREE_BYTES }, MAP_NORMAL);
    map_add(&run->map, (struct shim_range){ console.base, 4096 }, MAP_DEVICE);
    if (run->map.full)
        refuse(run, "too large for the page tables");
    cpu_invalidate(image);
    cpu_caches_on(&run->map);
}

/* ---- the policy ------------------------------------------------------------------ */

static enum shim_policy_field field_named(const char *name)
{
    unsigned field = 0;

    while (field < SHIM_POLICY_FIELDS && strcmp(shim_policy_table[field].name, name) != 0)
        field++;
    return (enum shim_policy_field)field;
}

static void read_policy(struct run *run)
{
    const char *at = (const char *)run->bundle + run->bundle->policy;

    for (; *at; at = shim_word(at, 2)) {
        enum shim_policy_field field = field_named(at);
        struct shim_error error;

        if (field == SHIM_POLICY_FIELDS ||
            shim_policy_set(&run->policy, field, shim_word(at, 1), &run->arena, &error))
            refuse(run, at);
    }
}

/* ---- the trees ------------------------------------------------------------------- */

static enum shim_code apply(struct run *run, const struct entry *tree, struct result *result)
{
    struct shim_job job;
    struct shim_error error;
    size_t at;
    enum shim_code code = shim_job_open(&job, (const uint8_t *)run->bundle + tree->at, tree->len,
                                        &run->policy, NULL, run->arena, &error);

    if (!code)
        code = shim_job_plan(&job, &error);
    if (!code)
        code = shim_job_apply(&job, run->out, TREE_BYTES, &result->len, &error);
    if (code || !job.plan.given->tree_size)
        return code;
    at = shim_align_up(result->len, 8);
    return shim_job_apply_domain(&job, run->out + at, TREE_BYTES - at, &result->domain_len, &error);
}

static void print_digest(const struct run *run, const uint8_t *bytes, size_t len)
{
    uint8_t digest[SHA256_SIZE];
    char words[2 * SHA256_SIZE + 1];
    struct shim_text text = shim_text(words, sizeof(words));

    hash_sha256(bytes, len, digest);
    for (unsigned i = 0; i < SHA256_SIZE; i++)
        shim_textf(&text, "%llx%llx", SHIM_X(digest[i] >> 4), SHIM_X(digest[i] & 0xf));
    shim_print(&run->sink, " %llu %s", SHIM_X(len), words);
}

static void print_result(struct run *run, uint64_t number)
{
    struct result result = { 0, 0 };
    enum shim_code code = apply(run, &run->bundle->trees[number], &result);

    shim_print(&run->sink, "%llu %s", SHIM_X(number), code ? shim_code_name(code) : "ok");
    if (!code)
        print_digest(run, run->out, result.len);
    if (!code && result.domain_len)
        print_digest(run, run->out + shim_align_up(result.len, 8), result.domain_len);
    shim_print(&run->sink, "\n");
}

_Noreturn void stage_main(uint64_t tree, uint64_t level)
{
    struct run run = { .bundle = (const struct bundle *)BUNDLE_AT };

    (void)tree; /* QEMU's own */
    (void)level;
    lay_out(&run);
    if (memcmp(run.bundle->magic, "dtbundle", sizeof(run.bundle->magic)) != 0)
        refuse(&run, "there is none");
    caches_on(&run);
    read_policy(&run);
    for (uint64_t number = 0; number < run.bundle->count; number++)
        print_result(&run, number);
    shim_print(&run.sink, "end\n");
    machine_off();
}
