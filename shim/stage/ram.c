// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The machine's memory, as far as it is certain that it is some. */
#include "registers.h"
#include "stage.h"

static _Noreturn void no_memory(struct stage *stage)
{
    shim_fail(&stage->error, SHIM_E_MEMORY, "", NULL,
              "raise CONFIG_STAGE_MEMORY_KIB in make menuconfig",
              "no room for the page tables of this memory map");
    stage_fail(stage);
}

static void check_end(struct stage *stage, const struct shim_range *last)
{
    if (shim_range_end(*last) <= (uint64_t)1 << arch.ram_bits)
        return;
    shim_fail(&stage->error, SHIM_E_VALUE,
              SHIM_PATH(&stage->job.tree, shim_memory_node(&stage->job.board)), "reg",
              "correct the address of RAM", "RAM at 0x%llx is above %u bits", SHIM_X(last->base),
              (unsigned)arch.ram_bits);
    stage_fail(stage);
}

/*
 * What native rewrote says guest addresses: neither its memory nor its reserved
 * memory is the machine's. Only the hypervisor is mapped, to be looked at.
 */
static void take_recorded(struct stage *stage, struct shim_ranges *ram)
{
    struct shim_range hypervisor = stage->job.record.hypervisor;

    if (!hypervisor.size || !shim_record_holds(&stage->job.record, hypervisor))
        stage_refuse_record(stage);
    check_end(stage, &hypervisor);
    if (!shim_ranges_init(ram, &stage->job.arena, 1) || !shim_ranges_add(ram, hypervisor))
        no_memory(stage);
}

/*
 * All RAM that can be reached, but what firmware forbids: a no-map region must not even be
 * speculated on.
 */
static void take_all(struct stage *stage, struct shim_ranges *ram)
{
    const struct shim_board *board = &stage->job.board;
    uint64_t end = arch_address_end();

    if (stage->job.no_ram.code) {
        stage->error = stage->job.no_ram;
        stage_fail(stage);
    }
    check_end(stage, &board->ram.at[board->ram.count - 1]);
    if (!shim_ranges_copy(ram, &board->ram, &stage->job.arena, board->unmapped.count + 2))
        no_memory(stage);
    shim_ranges_remove(ram, (struct shim_range){ end, UINT64_MAX - end });
    for (uint32_t i = 0; i < board->unmapped.count; i++)
        shim_ranges_remove(ram, shim_whole_pages(board->unmapped.at[i]));
}

void stage_take_ram(struct stage *stage)
{
    struct shim_ranges ram;

    if (stage_is_native(stage) && stage->job.record.node != SHIM_NONE)
        take_recorded(stage, &ram);
    else
        take_all(stage, &ram);
    stage->ram = ram;
}

void stage_map_ram(struct stage *stage)
{
    stage_take_ram(stage);
    for (uint32_t i = 0; i < stage->ram.count; i++)
        map_add(&stage->map, stage->ram.at[i], MAP_NORMAL);
    cpu_map_changed();
    if (stage->map.full)
        no_memory(stage);
}

bool stage_is_memory(void *self, struct shim_range range)
{
    return stage_memory_at(self, range);
}

bool stage_read_register(void *self, uint64_t address, uint32_t *value)
{
    struct stage *stage = self;
    struct shim_range at = { address, sizeof(*value) };

    if (address % sizeof(*value) || address >= arch_address_end() || stage_memory_at(stage, at))
        return false;
    map_add(&stage->map, at, MAP_DEVICE);
    cpu_map_changed();
    if (stage->map.full)
        return false;
    *value = register_read(address, WORDS);
    return true;
}
