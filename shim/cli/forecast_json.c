// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The forecast for programs, format 1: doc/reference/forecast.schema.json. */
#include "forecast.h"

#include "hints.h"
#include "json_write.h"
#include "shim/base/text.h"
#include "shim/model/console.h"
#include "shim/model/untold.h"

static void put_node(const char *name, const struct shim_tree *tree, uint32_t node)
{
    json_words(name, node == SHIM_NONE ? NULL : SHIM_PATH(tree, node));
}

static void put_ranges(const char *name, const struct shim_range *ranges, uint32_t count)
{
    json_open(name, '[');
    for (uint32_t i = 0; i < count; i++)
        json_range(NULL, ranges[i]);
    json_close(']');
}

static void put_stop(const struct shim_tree *tree, const struct shim_stop *stop)
{
    if (!stop) {
        json_null("stop");
        return;
    }
    json_open("stop", '{');
    json_words("id", stop->id);
    json_words("words", *stop->words ? stop->words : NULL);
    json_bool("silent", stop->silent);
    json_bool("sure", !stop->maybe);
    json_words("why", stop->why);
    json_words("remedy", stop->remedy);
    put_node("node", tree, stop->node);
    json_close('}');
}

static void put_protected(const struct shim_forecast *forecast)
{
    const struct shim_tree *tree = forecast->sight.tree;

    json_open("protected", '[');
    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_dom0_protects(&forecast->dom0, tree, node))
            put_node(NULL, tree, node);
    json_close(']');
}

static void put_dom0(const struct shim_outlook *outlook)
{
    const struct shim_forecast *forecast = &outlook->forecast;
    const struct shim_dom0_memory *memory = &forecast->memory;

    json_open("dom0", '{');
    json_hex("memory", memory->size);
    put_ranges("banks", memory->banks, memory->count);
    json_bool("sure", memory->sure);
    if (outlook->planned_count)
        put_ranges("planned", outlook->planned, outlook->planned_count);
    json_range("kernel", memory->kernel);
    json_range("ramdisk", memory->ramdisk);
    json_range("tree", memory->tree);
    json_range("grant-table", memory->grants);
    put_ranges("regions", memory->regions.at, memory->regions.count);
    put_protected(forecast);
    json_close('}');
}

static void put_banks(const char *name, const struct shim_tree *tree,
                      const struct shim_xen_banks *banks)
{
    static const char *const kinds[] = {
        [SHIM_BANK_RAM] = "ram", [SHIM_BANK_REGION] = "region",
        [SHIM_BANK_MEMRESERVE] = "memreserve", [SHIM_BANK_HEAP] = "heap",
        [SHIM_BANK_DOMAIN] = "domain", [SHIM_BANK_SHARED] = "shared",
    };

    json_open(name, '[');
    for (uint32_t i = 0; i < banks->count; i++) {
        json_open(NULL, '{');
        json_hex("base", banks->at[i].at.base);
        json_hex("size", banks->at[i].at.size);
        json_words("kind", kinds[banks->at[i].kind]);
        put_node("node", tree, banks->at[i].node);
        json_close('}');
    }
    json_close(']');
}

static void put_modules(const struct shim_sight *sight)
{
    static const char *const kinds[] = {
        [SHIM_MODULE_XEN] = "Xen", [SHIM_MODULE_TREE] = "tree", [SHIM_MODULE_KERNEL] = "kernel",
        [SHIM_MODULE_RAMDISK] = "ramdisk", [SHIM_MODULE_OTHER] = "module",
        [SHIM_MODULE_DOMAIN_TREE] = "domain tree",
    };

    json_open("modules", '[');
    for (uint32_t i = 0; i < sight->module_count; i++) {
        const struct shim_xen_module *module = &sight->modules[i];

        json_open(NULL, '{');
        json_words("kind", kinds[module->kind]);
        json_hex("base", module->at.base);
        json_hex("size", module->at.size);
        json_bool("guessed", module->guessed);
        put_node("node", sight->tree, module->node);
        put_node("domain", sight->tree, module->domain);
        json_words("line", module->line);
        json_close('}');
    }
    json_close(']');
}

static void put_sight(const struct shim_sight *sight)
{
    put_banks("ram", sight->tree, &sight->ram);
    put_banks("reserved", sight->tree, &sight->reserved);
    put_modules(sight);
    json_words("xen-line", sight->xen_line);
    json_words("dom0-line", sight->dom0_line);
    json_bool("static-heap", sight->static_heap);
    put_node("console", sight->tree, shim_xen_console(sight));
}

static void put_unknown(uint32_t unknown)
{
    json_open("unknown", '[');
    for (unsigned what = 0; what < SHIM_UNKNOWN_KINDS; what++)
        if (unknown >> what & 1)
            json_words(NULL, shim_unknown_name(what));
    json_close(']');
}

/* The same in words, with what would tell it. */
static void put_unknown_words(uint32_t unknown)
{
    json_open("unknown-words", '[');
    for (unsigned what = 0; what < SHIM_UNKNOWN_KINDS; what++) {
        char words[400];
        struct shim_text text = shim_text(words, sizeof(words));

        shim_textf(&text, "%s%s", shim_unknown_words(what), shim_word(forecast_hints, what));
        if (unknown >> what & 1)
            json_words(NULL, words);
    }
    json_close(']');
}

static void put_untold(const struct shim_sight *sight)
{
    const char *word;

    json_open("untold", '[');
    for (uint32_t i = 0; (word = shim_sight_untold(sight, i)) != NULL; i++)
        json_words(NULL, word);
    json_close(']');
}

void json_forecast(const struct shim_outlook *outlook)
{
    const struct shim_forecast *forecast = &outlook->forecast;
    const struct shim_release *release = forecast->boot.release;

    json_open(NULL, '{');
    json_words("release", release->name);
    json_bool("run", shim_was_run(&forecast->boot));
    json_words("arch", forecast->boot.arch == SHIM_XEN_ARM32 ? "arm32" : "arm64");
    if (forecast->boot.entry != SHIM_ENTRY_IMAGE)
        json_words("entry", shim_entry_row(forecast->boot.entry)->name);
    json_words("outcome", forecast->stop ? "stops" : "boots");
    put_stop(forecast->sight.tree, forecast->stop);
    if (forecast->stop)
        json_null("dom0");
    else
        put_dom0(outlook);
    json_range("xen", forecast->boot.image);
    json_range("tree", forecast->boot.tree);
    put_sight(&forecast->sight);
    put_unknown(outlook->unknown);
    put_unknown_words(outlook->unknown);
    put_untold(&forecast->sight);
    json_close('}');
}
