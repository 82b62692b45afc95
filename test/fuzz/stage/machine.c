// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "machine.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../../shim/stage/cpu.h"
#include "../../../shim/stage/registers.h"
#include "shim/xen/image.h"
#include "config.h"
#include "../fuzz.h"

enum { PAGE = 4096, RANGES = 8192, STACK = 2 * PAGE };

_Noreturn void stage_main(uint64_t tree, uint64_t level);

/* What symbols.h makes of the linker's symbols. */
uint8_t (*machine_stage_head)[MACHINE_IMAGE];
uint8_t (*machine_stage_stack_end)[1];
char (*machine_stage_words)[MACHINE_WORDS];

struct ranges {
    struct shim_range at[RANGES];
    enum map_as as[RANGES];
    unsigned count;
};

/* Of the run: what is mapped as what, what of it counts already, and what was cleaned. */
static struct ranges memory, devices, cleaned, kept_empty;
static unsigned memory_in_force, devices_in_force;
static bool caches_are_on;

static struct machine *running;
static sigjmp_buf end_of_run;

static void append(struct ranges *ranges, struct shim_range range, enum map_as as)
{
    fuzz_require(ranges->count < RANGES, "more ranges than a machine of this kind keeps");
    ranges->as[ranges->count] = as;
    ranges->at[ranges->count++] = range;
}

/* Is all of it in ranges that follow each other, in any order? */
static bool holds(const struct shim_range *at, unsigned count, struct shim_range range)
{
    uint64_t next = range.base, end = shim_range_end(range);

    while (next < end) {
        uint64_t before = next;

        for (unsigned i = 0; i < count; i++)
            if (at[i].base <= next && shim_range_end(at[i]) > next)
                next = shim_range_end(at[i]);
        if (next == before)
            return false;
    }
    return true;
}

static bool meets(const struct shim_range *at, unsigned count, struct shim_range range)
{
    for (unsigned i = 0; i < count; i++)
        if (shim_range_overlaps(at[i], range))
            return true;
    return false;
}

/* ---- RAM ------------------------------------------------------------------------------- */

void machine_bank(struct machine *machine, struct shim_range bank)
{
    if (bank.base % PAGE || bank.size % PAGE || !bank.size || shim_range_wraps(bank) || machine->bank_count == 32 ||
        meets(machine->banks, machine->bank_count, bank))
        return;
    machine->banks[machine->bank_count++] = bank;
}

static void *address(uint64_t at)
{
    return (void *)(uintptr_t)at;
}

bool machine_make(struct machine *machine)
{
    for (unsigned i = 0; i < machine->bank_count; i++) {
        struct shim_range bank = machine->banks[i];
        void *got = mmap(address(bank.base), bank.size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

        if (got == address(bank.base))
            continue;
        if (got != MAP_FAILED)
            munmap(got, bank.size);
        machine->bank_count = i;
        machine_unmake(machine);
        return false;
    }
    return machine->bank_count;
}

void machine_unmake(struct machine *machine)
{
    for (unsigned i = 0; i < machine->bank_count; i++)
        munmap(address(machine->banks[i].base), machine->banks[i].size);
    machine->bank_count = 0;
}

bool machine_has(const struct machine *machine, struct shim_range range)
{
    return !shim_range_wraps(range) &&
           holds(machine->banks, machine->bank_count, range);
}

uint64_t machine_own(size_t payload)
{
    return MACHINE_IMAGE + shim_align_up(payload, PAGE) + ((uint64_t)CONFIG_STAGE_MEMORY_KIB << 10);
}

void machine_load(const struct machine *machine, const uint8_t *payload, size_t len)
{
    uint8_t *image = address(machine->stage);

    memset(image, 0, 64);
    memcpy(image + 16, &machine->own, sizeof(machine->own));
    memcpy(image + 56, "ARM\x64", 4);
    if (len)
        memcpy(image + MACHINE_IMAGE, payload, len);
}

/* Of all RAM, or of what meets the range. */
static void protect(struct shim_range range, int as)
{
    for (unsigned i = 0; i < running->bank_count; i++) {
        struct shim_range part = shim_range_common(running->banks[i], range);

        if (part.size)
            fuzz_require(!mprotect(address(part.base), part.size, as), "mprotect");
    }
}

static const struct shim_range everything = { 0, UINT64_MAX };

/* ---- cpu.h ------------------------------------------------------------------------------- */

void map_init(struct map *map, uint8_t *pool, uint64_t size)
{
    *map = (struct map){ .root = (uint64_t *)pool, .next = pool, .limit = pool + size };
    memset(pool, 0, PAGE);
}

void map_add(struct map *map, struct shim_range range, enum map_as as)
{
    struct shim_range pages = { shim_align_down(range.base, PAGE), 0 };

    pages.size = shim_align_up(shim_range_end(range), PAGE) - pages.base;
    if (!range.size || shim_range_wraps(range) || shim_range_end(pages) > arch_address_end())
        return;
    if (memory.count + devices.count >= running->tables) {
        map->full = true;
        return;
    }
    append(as == MAP_DEVICE ? &devices : as == MAP_NOTHING ? &kept_empty : &memory, pages, as);
}

void cpu_order_writes(void)
{
}

/* What was mapped first stays, so it is done last. */
void cpu_map_changed(void)
{
    if (!caches_are_on)
        return;
    for (unsigned i = memory.count; memory_in_force < memory.count && i--;)
        protect(memory.at[i], memory.as[i] == MAP_NORMAL ? PROT_READ | PROT_WRITE : PROT_READ);
    for (unsigned i = 0; i < kept_empty.count; i++)
        protect(kept_empty.at[i], PROT_NONE);
    memory_in_force = memory.count;
    devices_in_force = devices.count;
}

void cpu_caches_on(const struct map *map)
{
    (void)map;
    caches_are_on = true;
    protect(everything, PROT_NONE);
    cpu_map_changed();
}

bool cpu_mmu_is_on(void)
{
    return running->mmu_was_on;
}

void cpu_invalidate(struct shim_range range)
{
    (void)range;
}

/* By address: one that is not mapped is a fault as a read is. */
void cpu_clean(struct shim_range range)
{
    fuzz_require(!caches_are_on || (holds(memory.at, memory_in_force, range) &&
                                    !meets(kept_empty.at, kept_empty.count, range)),
                 "what is not mapped is cleaned");
    append(&cleaned, range, MAP_NORMAL);
}

void cpu_copy(void *to, const void *from, size_t len)
{
    memcpy(to, from, len);
}

const uint8_t *cpu_next_name(const uint8_t *at, const uint8_t *past)
{
    return shim_next_name(at, past);
}

/* ---- the image: header, last words, all the rest, and the stack behind its guard ---------- */

static struct shim_range guard(void)
{
    return (struct shim_range){ running->stage + MACHINE_IMAGE - STACK - PAGE, PAGE };
}

void image_map(struct map *map)
{
    uint64_t text = running->stage + MACHINE_WORDS_AT + PAGE;

    map_add(map, (struct shim_range){ running->stage, MACHINE_WORDS_AT }, MAP_CODE);
    map_add(map, (struct shim_range){ running->stage + MACHINE_WORDS_AT, PAGE }, MAP_NORMAL);
    map_add(map, (struct shim_range){ text, guard().base - text }, MAP_CONSTANT);
    map_add(map, guard(), MAP_NOTHING);
    map_add(map, (struct shim_range){ shim_range_end(guard()), STACK }, MAP_NORMAL);
}

void image_clean(void)
{
    cpu_clean((struct shim_range){ running->stage, guard().base - running->stage });
    cpu_clean((struct shim_range){ shim_range_end(guard()), STACK });
}

bool image_is_guard(uint64_t address)
{
    return address - guard().base < PAGE;
}

uint32_t cpu_address_bits(void)
{
    return 40;
}

uint64_t cpu_level(void)
{
    return running->level;
}

void cpu_mask_interrupts(void)
{
}

_Noreturn void machine_end_run(enum machine_end end)
{
    siglongjmp(end_of_run, 1 + (int)end);
}

_Noreturn void cpu_stop(void)
{
    machine_end_run(MACHINE_STOPPED);
}

_Noreturn void stage_leave(uint64_t entry, uint64_t tree)
{
    running->entry = entry;
    running->tree = tree;
    machine_end_run(MACHINE_STARTED);
}

/* ---- registers.h ------------------------------------------------------------------------- */

static void require_device(uintptr_t at)
{
    struct shim_range word = { at, 1 };

    fuzz_require(running->invented || !meets(running->banks, running->bank_count, word),
                 "RAM is taken for a device");
    fuzz_require(!caches_are_on || holds(devices.at, devices_in_force, word),
                 "a device that is not mapped");
}

uint32_t register_read(uintptr_t at, enum register_access access)
{
    static uint32_t turns;

    (void)access;
    require_device(at);
    switch (running->registers % 4) {
    case 0:
        return turns++ % 2 ? UINT32_MAX : 0; /* whatever is waited for comes */
    case 1:
        return UINT32_MAX;
    case 2:
        return (uint32_t)(at >> 2) * 2654435761u;
    default:
        return 0;
    }
}

/* DTSHIM_SAY=1 shows what the stage says, of an input that is looked at. */
void register_write(uintptr_t at, enum register_access access, uint32_t value)
{
    (void)access;
    require_device(at);
    if (getenv("DTSHIM_SAY"))
        fputc((int)value & 0x7f, stderr);
}

/* ---- a run ------------------------------------------------------------------------------ */

/* Mapped where no bank is: a real machine takes an exception, as it was told of RAM. */
static void faulted(int number, siginfo_t *info, void *context)
{
    struct shim_range byte = { (uintptr_t)info->si_addr, 1 };

    (void)number;
    (void)context;
    if (running && !meets(running->banks, running->bank_count, byte) &&
        (!caches_are_on || holds(memory.at, memory_in_force, byte)))
        machine_end_run(MACHINE_NO_RAM);
    fprintf(stderr, "fuzz: memory at 0x%llx is touched that is not mapped, or written that is "
                    "only read\n",
            (unsigned long long)byte.base);
    abort();
}

static void catch_faults(void)
{
    struct sigaction action = { .sa_sigaction = faulted, .sa_flags = SA_SIGINFO | SA_NODEFER };

    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

static void start_run(struct machine *machine)
{
    machine_stage_head = address(machine->stage);
    machine_stage_stack_end = address(machine->stage + MACHINE_IMAGE);
    machine_stage_words = address(machine->stage + MACHINE_WORDS_AT);
    memset(*machine_stage_words, 0, MACHINE_WORDS);
    memory.count = devices.count = cleaned.count = kept_empty.count = 0;
    memory_in_force = devices_in_force = 0;
    caches_are_on = false;
    running = machine;
}

enum machine_end machine_enter(struct machine *machine, void (*enter)(void *), void *self)
{
    int ended;

    start_run(machine);
    catch_faults();
    ended = sigsetjmp(end_of_run, 1);
    if (!ended)
        enter(self);
    protect(everything, PROT_READ | PROT_WRITE);
    running = NULL;
    return (enum machine_end)(ended - 1);
}

static void enter_stage(void *self)
{
    stage_main(*(uint64_t *)self, running->level);
}

enum machine_end machine_run(struct machine *machine, uint64_t tree, uint64_t level)
{
    machine->level = level;
    return machine_enter(machine, enter_stage, &tree);
}

void machine_allow(struct shim_range range, bool read, bool write)
{
    struct shim_range pages = { shim_align_down(range.base, PAGE), 0 };

    pages.size = shim_align_up(shim_range_end(range), PAGE) - pages.base;
    protect(pages, (read ? PROT_READ : PROT_NONE) | (write ? PROT_WRITE : PROT_NONE));
}

bool machine_mapped(struct shim_range range)
{
    return holds(memory.at, memory_in_force, range);
}

bool machine_cleaned(struct shim_range range)
{
    return holds(cleaned.at, cleaned.count, range);
}
