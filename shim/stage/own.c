// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The stage's own memory, from stage_head upwards: the image with its stack, the payload
 * FIT if one was appended, then CONFIG_STAGE_MEMORY_KIB of memory: what the stage knows
 * (struct stage), page tables, and the library's arena. The image header's image_size
 * covers all of it, so that U-Boot keeps it free. The new tree is written where it is
 * handed over.
 */
#include "shim/base/mem.h"
#include "shim/xen/image.h"
#include "stage.h"

enum {
    MEMORY_BYTES = CONFIG_STAGE_MEMORY_KIB << 10,
    STATE_BYTES = 16 << 10,
    TABLES_BYTES = 256 << 10,
    PAGE = 4096,
};

/* From the linker script and entry.S. */
extern uint8_t stage_head[], stage_stack_end[];

static uint64_t image_bytes(void)
{
    return (uintptr_t)stage_stack_end - (uintptr_t)stage_head;
}

/* What the header says: the image, a payload, and the stage's memory. */
static uint64_t own_bytes(void)
{
    return shim_image_at(stage_head, image_bytes()).room;
}

struct stage *stage_lay_out(void)
{
    uint64_t base = (uintptr_t)stage_head, image = image_bytes(), own = own_bytes();
    uint8_t *memory = stage_head + own - MEMORY_BYTES, *tables = memory + STATE_BYTES;
    struct stage *stage = memset(memory, 0, sizeof(*stage));

    _Static_assert(sizeof(*stage) <= STATE_BYTES, "raise STATE_BYTES");
    stage->own = (struct shim_range){ base, own };
    stage->payload = (struct shim_range){ base + image, own - MEMORY_BYTES - image };
    map_init(&stage->map, tables, TABLES_BYTES);
    stage->job.arena = shim_arena(tables + TABLES_BYTES,
                                  MEMORY_BYTES - STATE_BYTES - TABLES_BYTES);
    return stage;
}

/* What is behind image and payload. */
static struct shim_range memory_of(const struct stage *stage)
{
    return (struct shim_range){ (uintptr_t)stage, shim_range_end(stage->own) - (uintptr_t)stage };
}

/* It is only read; but what else is in its first and last page may be somebody's to write. */
static void map_tree(struct map *map, struct shim_range tree)
{
    uint64_t base = shim_align_up(tree.base, PAGE);
    uint64_t end = shim_align_down(shim_range_end(tree), PAGE);

    if (base < end)
        map_add(map, (struct shim_range){ base, end - base }, MAP_CONSTANT);
    map_add(map, tree, MAP_NORMAL);
}

/* Only what is certain to be RAM: the stage and the tree. */
void stage_caches_on(struct stage *stage)
{
    image_map(&stage->map);
    map_add(&stage->map, stage->payload, MAP_CONSTANT);
    map_add(&stage->map, memory_of(stage), MAP_NORMAL);
    map_tree(&stage->map, stage->tree);
    stage_map_console(stage);
    cpu_invalidate((struct shim_range){ stage->own.base, image_bytes() });
    cpu_invalidate((struct shim_range){ (uintptr_t)stage, sizeof(*stage) });
    cpu_caches_on(&stage->map);
}

/* The image's stack last of all: nothing is written there after that. */
void stage_clean_own(const struct stage *stage)
{
    cpu_clean(stage->payload);
    cpu_clean(memory_of(stage));
    image_clean();
}
