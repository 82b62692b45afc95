// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where the stage's words go: to a UART that is none of the memory that is known, and the
 * last ones into memory, too.
 */
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

/* Why nothing may be written there ("RAM"); NULL: it is a console, or none at all. */
static const char *flaw_of(const struct stage *stage, const struct console *console)
{
    struct shim_range at = console_registers(console);

    if (!at.size)
        return NULL;
    if (shim_range_end(at) > arch_address_end())
        return arch.beyond;
    return stage_memory_at(stage, at);
}

/* Nothing is written to memory that is taken for a UART. */
static void take_console(struct stage *stage, const struct console *console)
{
    if (console->steps && !flaw_of(stage, console))
        stage->console = *console;
}

static void refuse_console(struct stage *stage, struct console *console, const char *whose,
                          const char *remedy)
{
    const char *flaw = flaw_of(stage, console);

    if (!flaw)
        return;
    console->steps = NULL;
    shim_print(&stage->last, "dtshim: %s: the UART at 0x%llx would be in %s: nothing is printed "
               "there\n"
               "  what to do: %s\n", whose, SHIM_X(console->base), flaw, remedy);
}

/* Both, on the console that is left, or in memory alone. */
static void refuse_consoles(struct stage *stage, struct console *named)
{
    refuse_console(stage, &stage->fallback, "CONFIG_STAGE_FALLBACK_BASE",
                  "give the UART's address in make menuconfig");
    refuse_console(stage, named, "/chosen: stdout-path", "correct the reg of that node");
}

/* What more is known of memory by now may be against it. */
void stage_map_console(struct stage *stage)
{
    if (flaw_of(stage, &stage->console))
        stage->console.steps = NULL;
    map_add(&stage->map, console_registers(&stage->console), MAP_DEVICE);
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
