// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The explanation for programs, format 1: doc/reference/explain.schema.json. */
#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "forecast.h"
#include "json_write.h"
#include "shim/plan/plan.h"
#include "shim/xen/traps.h"

static void put_count(const char *name, uint32_t number)
{
    if (number)
        json_number(name, number);
    else
        json_null(name);
}

static void put_rules(const char *ids, unsigned release)
{
    const struct shim_trap *trap;
    unsigned i = 0;

    json_open("rules", '[');
    while ((trap = shim_log_rule(ids, release > 400 ? release - 400 : 0, &i)) != NULL)
        json_words(NULL, trap->id);
    json_close(']');
}

static void put_ids(const char *ids)
{
    json_open("ids", '[');
    for (const char *id = ids; *id; id += strlen(id) + 1)
        json_words(NULL, id);
    json_close(']');
}

static void put_nodes(struct explained *explained, const struct shim_log_found *found,
                      const struct shim_outlook *outlook)
{
    uint32_t nodes[SHIM_LOG_NODES];
    uint32_t count = outlook ? shim_log_nodes(found, outlook->forecast.sight.tree, nodes,
                                              &explained->arena) : 0;

    json_open("nodes", '[');
    for (uint32_t i = 0; i < count && i < SHIM_LOG_NODES; i++)
        json_words(NULL, SHIM_PATH(outlook->forecast.sight.tree, nodes[i]));
    json_close(']');
}

static void put_message(const char *name, struct explained *explained,
                        const struct shim_log_found *found, const struct shim_outlook *outlook)
{
    struct shim_log_reason reason = shim_log_reason(found, NULL);

    json_open(name, '{');
    json_number("line", found->line);
    json_words("words", found->words);
    put_ids(shim_log_ids(found));
    put_rules(shim_log_ids(found), explained->log.release);
    json_bool("passed", found->passed);
    json_words("why", reason.why);
    json_words("remedy", reason.remedy);
    json_words("source", found->message ? found->message->source : NULL);
    put_nodes(explained, found, outlook);
    if (found->taken.has_interrupt)
        json_number("interrupt", found->taken.interrupt);
    else
        json_null("interrupt");
    json_close('}');
}

static void put_banks(const char *name, const struct shim_log_banks *banks)
{
    json_open(name, '[');
    for (uint32_t i = 0; i < banks->count && i < SHIM_LOG_BANKS; i++)
        json_range(NULL, banks->at[i]);
    json_close(']');
}

static void put_place(const char *name, bool known, uint64_t base)
{
    if (known)
        json_hex(name, base);
    else
        json_null(name);
}

static void put_boot(const struct shim_log *log)
{
    unsigned first, last;

    shim_log_releases(log, &first, &last);
    json_number("lines", log->lines);
    json_number("boots", log->boots);
    json_number("boot", log->boot);
    json_number("first-line", log->first);
    json_words("part", shim_log_part_name(log->part));
    json_words("release", log->release ? SHIM_RELEASE(log->release) : NULL);
    put_count("release-from", log->release || first > last ? 0 : first);
    put_count("release-to", log->release || first > last ? 0 : last);
    json_words("version", log->version);
    json_words("xen-line", log->line);
    put_place("xen-at", log->has_image, log->image.base);
    put_place("tree-at", log->has_tree, log->tree.base);
    put_banks("ram", &log->ram);
    put_banks("banks", &log->dom0);
    json_range("promise", log->promise);
    json_words("panic", log->panic);
}

static void put_last(const struct shim_log *log)
{
    json_open("last", '[');
    for (unsigned i = SHIM_LOG_LAST; i-- > 0;)
        if (log->last[i].words)
            json_words(NULL, log->last[i].words);
    json_close(']');
}

static void put_forecasts(const struct explained *explained)
{
    json_words("tree", explained->tree_file.name);
    json_words("trouble", explained->tree_file.name && !explained->outlook_count
                              ? explained->error.what : NULL);
    json_open("matches", '[');
    for (unsigned i = 0; i < explained->outlook_count; i++) {
        struct shim_log_match_of found =
            shim_log_compare(&explained->log, &explained->outlooks[i]);

        json_open(NULL, '{');
        json_words("release", explained->outlooks[i].forecast.boot.release->name);
        json_words("match", shim_log_match_name(found.match));
        json_words("stop", found.stop ? found.stop->id : NULL);
        json_close('}');
    }
    json_close(']');
    json_open("forecasts", '[');
    for (unsigned i = 0; i < explained->outlook_count; i++)
        json_forecast(&explained->outlooks[i]);
    json_close(']');
}

void json_explained(struct explained *explained)
{
    const struct shim_outlook *outlook = explained->outlook;
    const struct shim_log_found *why = shim_log_why(&explained->log);

    json_open(NULL, '{');
    json_number("format", 1);
    json_words("version", SHIM_VERSION);
    json_words("file", explained->log_file.name);
    json_words("verdict", shim_log_verdict_name(shim_log_verdict(&explained->log)));
    if (why)
        put_message("reason", explained, why, outlook);
    else
        json_null("reason");
    json_open("messages", '[');
    for (uint32_t i = 0; i < explained->log.found_count; i++)
        put_message(NULL, explained, &explained->log.found[i], outlook);
    json_close(']');
    json_open("boot", '{');
    put_boot(&explained->log);
    json_close('}');
    put_last(&explained->log);
    put_forecasts(explained);
    json_close('}');
    putchar('\n');
}
