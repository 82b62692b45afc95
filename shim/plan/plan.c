// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/plan.h"

#include "shim/plan/contract.h"

/* ---- notes ------------------------------------------------------------------------- */

void shim_note(struct shim_plan *plan, enum shim_note_kind kind, enum shim_pass_id pass,
               uint32_t node, const char *what, const char *reason)
{
    shim_add_note(&plan->notes, plan->arena,
                  (struct shim_note){ .kind = kind, .pass = pass, .node = node, .what = what,
                                      .reason = reason });
}

void shim_note_device(struct shim_plan *plan, enum shim_note_kind kind, enum shim_pass_id pass,
                      uint32_t node, const char *what, const char *reason)
{
    shim_add_note(&plan->notes, plan->arena,
                  (struct shim_note){ .kind = kind, .pass = pass, .node = node, .device = true,
                                      .what = what, .reason = reason });
}

void shim_note_detail(struct shim_plan *plan, enum shim_note_kind kind, enum shim_pass_id pass,
                      uint32_t node, const char *what, const char *reason)
{
    shim_add_note(&plan->notes, plan->arena,
                  (struct shim_note){ .kind = kind, .pass = pass, .node = node, .detail = true,
                                      .what = what, .reason = reason });
}

void shim_note_in_full(struct shim_plan *plan, struct shim_note note)
{
    shim_add_note(&plan->notes, plan->arena, note);
}

/* The first of the lists from this one on; even numbers are the board's. */
static const struct shim_note *first_from(const struct shim_plan *plan, unsigned list)
{
    const struct shim_note *note = NULL;

    for (; !note && list < 2 * SHIM_NOTE_LISTS; list++)
        note = list % 2 ? plan->notes.first[list / 2] : plan->board->notes.first[list / 2];
    return note;
}

const struct shim_note *shim_first_note(const struct shim_plan *plan)
{
    return first_from(plan, 0);
}

const struct shim_note *shim_next_note(const struct shim_plan *plan, const struct shim_note *note)
{
    unsigned list = shim_note_list(note->pass);

    if (note->next)
        return note->next;
    return first_from(plan, 2 * list + (note == plan->board->notes.last[list] ? 1 : 2));
}

const char *shim_pass_name(const struct shim_plan *plan, enum shim_pass_id pass)
{
    static const char names[] = "memory\0modules\0iommu\0dma\0offset\0passthrough\0moves\0"
                                "sram\0regions\0contract\0placement\0";

    return pass == SHIM_PASS_CONTRACT ? plan->contract->name : shim_word(names, pass);
}

/* ---- where dom0's memory is --------------------------------------------------------- */

uint64_t shim_plan_offset(const struct shim_plan *plan)
{
    uint64_t offset = plan->machine_base - plan->dom0.base;

    return shim_cells(plan->tree, SHIM_ROOT).address == 1 ? (uint32_t)offset : offset;
}

bool shim_plan_has_offset(const struct shim_plan *plan)
{
    return shim_plan_offset(plan) != 0 && shim_coverage(plan->board) != SHIM_COVERAGE_ALL;
}

bool shim_plan_compose(const struct shim_plan *plan, const struct shim_window_entry *entry,
                       struct shim_window_entry *composed)
{
    struct shim_range common = shim_range_common((struct shim_range){ entry->cpu, entry->size },
                                                 shim_plan_machine_block(plan));

    *composed = (struct shim_window_entry){
        .flags = entry->flags,
        .bus = entry->bus + (common.base - entry->cpu),
        .cpu = plan->dom0.base + (common.base - plan->machine_base),
        .size = common.size,
    };
    return common.size != 0;
}

/* Protected ones go by guest addresses. */
uint64_t shim_plan_unreachable(const struct shim_plan *plan, const struct shim_master *master)
{
    const struct shim_window *window = &plan->board->windows[master->window];
    bool by_guest = plan->board->dma[master->node] == SHIM_DMA_PROTECTED;
    uint64_t missing = 0, guest;

    if (!window->count)
        return 0;
    for (uint32_t i = 0; by_guest && i < shim_plan_bank_count(plan); i++)
        missing += shim_window_misses(window, shim_plan_bank(plan, i));
    for (uint32_t i = 0; !by_guest && i < shim_plan_block_count(plan); i++)
        missing += shim_window_misses(window, shim_plan_block(plan, i, &guest));
    return missing;
}

const char *shim_plan_reach(const struct shim_plan *plan, const struct shim_master *master)
{
    uint64_t unreachable = shim_plan_unreachable(plan, master);

    if (!unreachable)
        return "all";
    return unreachable == plan->dom0.size ? "none" : "some";
}

enum shim_carrying shim_plan_carrying(const struct shim_plan *plan,
                                      const struct shim_master *master)
{
    return plan->carrying ? plan->carrying[master - plan->board->masters] : SHIM_CARRY_NOT;
}

/* ---- blocks and modules ------------------------------------------------------------------ */

struct shim_range shim_plan_machine_block(const struct shim_plan *plan)
{
    return plan->block_count ? plan->blocks[0]
                             : (struct shim_range){ plan->machine_base, plan->dom0.size };
}

uint32_t shim_plan_block_count(const struct shim_plan *plan)
{
    return plan->block_count ? plan->block_count : 1;
}

struct shim_range shim_plan_block(const struct shim_plan *plan, uint32_t i, uint64_t *guest)
{
    *guest = plan->dom0.base;
    if (!plan->block_count)
        return shim_plan_machine_block(plan);
    for (uint32_t before = 0; before < i; before++)
        *guest += plan->blocks[before].size;
    if (plan->banked)
        *guest = plan->blocks[i].base;
    return plan->blocks[i];
}

uint32_t shim_plan_bank_count(const struct shim_plan *plan)
{
    return plan->banked && plan->block_count ? plan->block_count : 1;
}

struct shim_range shim_plan_bank(const struct shim_plan *plan, uint32_t i)
{
    return plan->banked && plan->block_count ? plan->blocks[i] : plan->dom0;
}

uint32_t shim_plan_blocks(const struct shim_plan *plan, struct shim_range *blocks)
{
    uint32_t count = 0;
    uint64_t guest;

    do {
        blocks[count] = shim_plan_block(plan, count, &guest);
        count++;
    } while (count < shim_plan_block_count(plan));
    return count;
}

const struct shim_module *shim_module_of(const struct shim_plan *plan, enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].kind == kind)
            return &plan->modules[i];
    return NULL;
}

const char *shim_module_word(enum shim_module_kind kind)
{
    return shim_word("Xen\0tree\0kernel\0ramdisk\0module\0domain tree\0", kind);
}

const char *shim_plan_module_word(const struct shim_plan *plan, enum shim_module_kind kind)
{
    return kind == SHIM_MODULE_XEN ? plan->contract->hypervisor : shim_module_word(kind);
}
