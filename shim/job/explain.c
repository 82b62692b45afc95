// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/explain.h"

#include "shim/base/mem.h"
#include "shim/model/entry.h"
#include "shim/model/wire.h"
#include "shim/xen/modules.h"
#include "shim/xen/traps.h"

/* ---- what the log knows of the boot ------------------------------------------------------ */

static bool has_part(const struct shim_facts *facts, enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < facts->payload_count; i++)
        if (facts->payload[i].kind == kind)
            return true;
    return false;
}

static void fill_part(struct shim_facts *facts, enum shim_module_kind kind, bool known,
                      struct shim_range at)
{
    struct shim_payload_part part = { .kind = kind, .at = at };

    if (!known || has_part(facts, kind) || facts->payload_count == SHIM_PAYLOAD_MAX)
        return;
    if (!at.size) {
        part.at.size = shim_assumed_size(kind);
        part.assumed = true;
    }
    facts->payload[facts->payload_count++] = part;
}

void shim_log_fill_facts(const struct shim_log *log, struct shim_facts *facts)
{
    fill_part(facts, SHIM_MODULE_XEN, log->has_image, log->image);
    fill_part(facts, SHIM_MODULE_KERNEL, log->has_kernel, log->kernel);
    fill_part(facts, SHIM_MODULE_RAMDISK, log->has_ramdisk, log->ramdisk);
    if (log->has_tree && !facts->tree.size)
        facts->tree = (struct shim_range){ log->tree.base, SHIM_XEN_TREE_MAX };
    if (log->ram.count && log->ram.count <= SHIM_LOG_BANKS && !facts->ram_count) {
        facts->ram = log->ram.at;
        facts->ram_count = log->ram.count;
    }
    if (!shim_entry_row(facts->entry)->reads_memory && !facts->firmware_count && facts->ram == log->ram.at) {
        facts->firmware = log->ram.at; /* as Xen took it from the firmware's map */
        facts->firmware_count = log->ram.count;
    }
}

/* ---- the forecast beside it ----------------------------------------------------------------- */

/* Do the words of the model stand in what was said? Blanks count as one. */
static bool said(const char *words, const char *line)
{
    struct shim_taken taken;

    return line && *words && !memchr(words, '%', strlen(words)) && *words != '^' &&
           shim_message_in(words, line, &taken);
}

/* By its words; of a stop that has none by the message that may be it. */
static bool shows(const struct shim_stop *stop, const struct shim_log_found *found)
{
    return *stop->words ? said(stop->words, found->words)
                        : found->message && shim_matches_one(found->message->ids, stop->id);
}

static bool has_said(const struct shim_log *log, const struct shim_stop *stop)
{
    bool found = said(stop->words, log->panic);

    for (uint32_t i = 0; i < log->found_count; i++)
        found = found || shows(stop, &log->found[i]);
    for (unsigned i = 0; i < SHIM_LOG_LAST; i++)
        found = found || said(stop->words, log->last[i].words);
    return found;
}

static bool is_same_bank(struct shim_range a, struct shim_range b)
{
    return a.base == b.base && a.size == b.size;
}

static bool has_banks(const struct shim_log *log, const struct shim_dom0_memory *memory)
{
    if (log->dom0.count != memory->count)
        return false;
    for (uint32_t i = 0; i < memory->count && i < SHIM_LOG_BANKS; i++)
        if (!is_same_bank(log->dom0.at[i], memory->banks[i]))
            return false;
    return true;
}

/* Xen prints them when it has sorted them, as it has read them. */
static bool has_ram(const struct shim_log *log, const struct shim_xen_banks *ram)
{
    if (!log->ram.count)
        return true;
    if (log->ram.count != ram->count)
        return false;
    for (uint32_t i = 0; i < ram->count && i < SHIM_LOG_BANKS; i++)
        if (!is_same_bank(log->ram.at[i], ram->at[i].at))
            return false;
    return true;
}

static enum shim_log_match compare_start(const struct shim_log *log,
                                         const struct shim_forecast *forecast)
{
    if (forecast->stop)
        return SHIM_MATCH_START;
    if (log->dom0.count && !has_banks(log, &forecast->memory))
        return SHIM_MATCH_BANKS;
    return SHIM_MATCH_AGREES;
}

/* A log that ends in the middle, or in U-Boot, is no stop of Xen's. */
static bool shows_end(const struct shim_log *log)
{
    const struct shim_log_found *why = shim_log_why(log);

    if (log->part < SHIM_LOG_XEN && !(why && why->message && why->message->part >= SHIM_LOG_XEN))
        return shim_log_verdict(log) == SHIM_LOG_SILENT;
    return log->panic || why;
}

/* Xen has found no kernel, and the forecast has assumed one. */
static bool lacks_kernel(const struct shim_log *log, const struct shim_outlook *outlook)
{
    const struct shim_log_found *why = shim_log_why(log);
    const struct shim_xen_module *kernel =
        shim_sight_module(&outlook->forecast.sight, SHIM_MODULE_KERNEL);

    return (!kernel || kernel->node == SHIM_NONE) && why &&
           shim_matches_one(shim_log_ids(why), "no-kernel");
}

struct shim_log_match_of shim_log_compare(const struct shim_log *log,
                                          const struct shim_outlook *outlook)
{
    const struct shim_forecast *forecast = &outlook->forecast;
    const struct shim_stop *stop = forecast->stop;
    struct shim_log_match_of result = { .match = SHIM_MATCH_UNKNOWN };

    if (log->part >= SHIM_LOG_STARTED)
        result.match = compare_start(log, forecast);
    else if (shows_end(log))
        result.match = stop && (has_said(log, stop) ||
                                (stop->silent && shim_log_verdict(log) == SHIM_LOG_SILENT))
            ? SHIM_MATCH_AGREES : SHIM_MATCH_STOP;
    if (result.match == SHIM_MATCH_AGREES)
        result.stop = stop;
    if (result.match == SHIM_MATCH_STOP && lacks_kernel(log, outlook))
        result.match = SHIM_MATCH_PAYLOAD;
    else if (result.match != SHIM_MATCH_AGREES && !has_ram(log, &forecast->sight.ram))
        result.match = SHIM_MATCH_RAM;
    return result;
}

/* ---- the nodes of a message ------------------------------------------------------------------ */

static void add(uint32_t nodes[SHIM_LOG_NODES], uint32_t *count, uint32_t node)
{
    if (*count < SHIM_LOG_NODES)
        nodes[*count] = node;
    (*count)++;
}

/* By its path, or all of its name. */
static void find_named(const char *name, const struct shim_tree *tree,
                       uint32_t nodes[SHIM_LOG_NODES], uint32_t *count)
{
    uint32_t node = *name == '/' ? shim_node_at(tree, name) : SHIM_NONE;

    if (node != SHIM_NONE)
        add(nodes, count, node);
    for (node = 0; *name != '/' && node < tree->node_count; node++)
        if (!strcmp(shim_node_name(tree, node), name))
            add(nodes, count, node);
}

/* Those that a distributor of a GIC can be; the model asks for the one that Xen takes. */
#define GICS "arm,gic*\0arm,cortex-a*-gic\0qcom,*qgic*\0"

static bool has_interrupt(const struct shim_tree *tree, uint32_t node, uint32_t number)
{
    struct shim_wires wires = shim_xen_wires(tree, node);
    struct shim_wire wire;
    uint32_t found, type;

    while (shim_xen_has_wire(&wires))
        if (shim_xen_read_wire(&wires, &wire) &&
            shim_compatible_one(tree, wire.controller, GICS) &&
            shim_gic_interrupt(&wire, &found, &type) && found == number)
            return true;
    return false;
}

uint32_t shim_log_nodes(const struct shim_log_found *found, const struct shim_tree *tree,
                        uint32_t nodes[SHIM_LOG_NODES], struct shim_arena *arena)
{
    const struct shim_taken *taken = &found->taken;
    uint32_t count = 0;
    char *name = taken->node ? shim_alloc(arena, taken->node_len + 1, 1) : NULL;

    if (name) {
        memcpy(name, taken->node, taken->node_len);
        name[taken->node_len] = '\0';
        find_named(name, tree, nodes, &count);
    } else if (taken->has_interrupt) {
        for (uint32_t node = 0; node < tree->node_count; node++)
            if (has_interrupt(tree, node, taken->interrupt))
                add(nodes, &count, node);
    }
    return count;
}

/* ---- rules and reasons ------------------------------------------------------------------------ */

static bool names_one(const struct shim_trap *trap, const char *ids)
{
    for (const char *id = ids; *id; id += strlen(id) + 1)
        if ((trap->stops && shim_matches_one(trap->stops, id)) || !strcmp(trap->id, id))
            return true;
    return false;
}

const struct shim_trap *shim_log_rule(const char *ids, unsigned minor, unsigned *i)
{
    while (*i < shim_trap_count) {
        const struct shim_trap *trap = &shim_traps[(*i)++];

        if (names_one(trap, ids) && (!minor || (minor >= trap->since && minor <= trap->until)))
            return trap;
    }
    return NULL;
}

struct shim_log_reason shim_log_reason(const struct shim_log_found *found,
                                       const struct shim_stop *stop)
{
    const struct shim_message *message = found ? found->message : NULL;
    const struct shim_trap *trap;
    unsigned i = 0;

    if (stop)
        return (struct shim_log_reason){ stop->why, stop->remedy };
    if (!found)
        return (struct shim_log_reason){ NULL, NULL };
    if (!message)
        return (struct shim_log_reason){ NULL, found->remedy };
    if (message->why)
        return (struct shim_log_reason){ message->why, message->remedy };
    trap = shim_log_rule(message->ids, 0, &i);
    return trap ? (struct shim_log_reason){ trap->why, trap->remedy }
                : (struct shim_log_reason){ NULL, NULL };
}
