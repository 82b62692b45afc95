// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The image's own pages, and what each of them is for. */
#include "cpu.h"

/* From the linker script; all of them are page aligned if the stage is. */
extern const uint8_t stage_head[], stage_words[], stage_text[], stage_constants[], stage_data[],
    stage_guard[], stage_stack[], stage_stack_end[];

static const struct part {
    const uint8_t *start, *end;
    enum map_as as;
} parts[] = {
    { stage_head, stage_words, MAP_CODE },           /* the header, which leads to start */
    { stage_words, stage_text, MAP_NORMAL },         /* the last words */
    { stage_text, stage_constants, MAP_CODE },
    { stage_constants, stage_data, MAP_CONSTANT },   /* with what start has relocated */
    { stage_data, stage_guard, MAP_NORMAL },
    { stage_guard, stage_stack, MAP_NOTHING },
    { stage_stack, stage_stack_end, MAP_NORMAL },
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static struct shim_range range_of(const struct part *part)
{
    return (struct shim_range){ (uintptr_t)part->start, (uint64_t)(part->end - part->start) };
}

void image_map(struct map *map)
{
    for (unsigned i = 0; i < PARTS; i++)
        map_add(map, range_of(&parts[i]), parts[i].as);
}

void image_clean(void)
{
    for (unsigned i = 0; i < PARTS; i++)
        if (parts[i].as != MAP_NOTHING)
            cpu_clean(range_of(&parts[i]));
}

bool image_is_guard(uint64_t address)
{
    return address >= (uintptr_t)stage_guard && address < (uintptr_t)stage_stack;
}
