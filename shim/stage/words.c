// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where the stage's words go: to a UART that is none of the memory that is known, and the
 * last ones into memory, too.
 */
#include "memory.h"
#include "stage.h"

enum { WORDS_BYTES = 1 << 10 }; /* what entry.S leaves for them */

/* Into memory first: the UART may be what does not work. */
static void put_last(void *self, const char *text)
{
    struct stage *stage = self;

    shim_text_string(&stage->words, text);
    cpu_clean((struct shim_range){ (uintptr_t)stage_words, WORDS_BYTES });
    console_put(&stage->console, text);
}

void stage_prepare_words(struct stage *stage)
{
    stage->sink = console_sink(&stage->console);
    stage->last = (struct shim_sink){ put_last, stage };
    stage->words = shim_text(stage_words, WORDS_BYTES);
}

/*
 * What lies where these registers should be; NULL: no memory that is known yet. Of a tree
 * that native rewrote the memory nodes say guest addresses, and the record the machine's.
 */
static const char *memory_at(const struct stage *stage, struct shim_range at)
{
    struct shim_range tree = { (uintptr_t)stage->blob, stage->job.tree.total };

    if (!at.size)
        return NULL;
    if (shim_range_overlaps(stage->own, at))
        return "the stage's own memory";
    if (!stage_has_tree(stage))
        return NULL;
    if (shim_range_overlaps(tree, at))
        return "the tree";
    if (memory_node_meets(&stage->job.tree, at) || shim_record_holds(&stage->job.record, at))
        return "RAM";
    return NULL;
}

/* Nothing is written to memory that is taken for a UART. */
static void take_console(struct stage *stage, const struct console *console)
{
    if (console->steps && !memory_at(stage, console_registers(console)))
        stage->console = *console;
}

static void refuse_memory(struct stage *stage, struct console *console, const char *whose,
                          const char *remedy)
{
    struct shim_range at = console_registers(console);
    const char *memory = memory_at(stage, at);

    if (!memory)
        return;
    console->steps = NULL;
    shim_print(&stage->last, "dtshim: %s: the UART at 0x%llx would lie in %s: nothing is printed "
               "there\n  what to do: %s\n", whose, SHIM_X(at.base), memory, remedy);
}

/* Both, on the console that is left, or in memory alone. */
static void refuse_consoles(struct stage *stage, struct console *named)
{
    refuse_memory(stage, &stage->fallback, "CONFIG_STAGE_FALLBACK_BASE",
                  "give the UART's address in make menuconfig");
    refuse_memory(stage, named, "/chosen: stdout-path", "mend the reg of the node that it names");
}

void stage_map_console(struct stage *stage)
{
    struct shim_range at = console_registers(&stage->console);

    if (at.size)
        map_add(&stage->map, at, MAP_DEVICE);
}

void stage_find_fallback(struct stage *stage)
{
    struct console none = { 0 };

    console_at(&stage->fallback, CONFIG_STAGE_FALLBACK_UART, CONFIG_STAGE_FALLBACK_BASE,
               CONFIG_STAGE_FALLBACK_SHIFT, CONFIG_STAGE_FALLBACK_WIDTH);
    take_console(stage, &stage->fallback);
    refuse_consoles(stage, &none);
}

void stage_find_console(struct stage *stage)
{
    struct console named = { 0 };

    console_find(&named, &stage->job.tree);
    stage->console.steps = NULL;
    take_console(stage, &stage->fallback);
    take_console(stage, &named);
    if (stage->level == HYPERVISOR_LEVEL) {
        stage_map_console(stage);
        cpu_map_changed();
    }
    refuse_consoles(stage, &named);
}
