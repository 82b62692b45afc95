// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/breaches.h"

#include "shim/base/mem.h"

static bool is_new(const struct shim_breaches *breaches, const struct shim_trap *trap)
{
    return !breaches->rule || strcmp(breaches->rule, trap->id) != 0 ||
           breaches->why != trap->why || breaches->remedy != trap->remedy;
}

void shim_end_breaches(struct shim_breaches *breaches)
{
    if (breaches->sink && breaches->more)
        shim_print(breaches->sink, "  and %u more like this (-v)\n", breaches->more);
    if (breaches->sink && breaches->why) {
        shim_print(breaches->sink, "  why: ");
        shim_print_string(breaches->sink, breaches->why);
        shim_print(breaches->sink, "\n  what to do: ");
        shim_print_string(breaches->sink, breaches->remedy);
        shim_print(breaches->sink, "\n");
    }
    breaches->more = 0;
    breaches->why = NULL;
}

static void begin(struct shim_breaches *breaches, const struct shim_trap *trap)
{
    bool other = !breaches->rule || strcmp(breaches->rule, trap->id) != 0;

    shim_end_breaches(breaches);
    breaches->rule = trap->id;
    breaches->why = trap->why;
    breaches->remedy = trap->remedy;
    if (other && breaches->rule_count < SHIM_RULES_NAMED)
        breaches->rules[breaches->rule_count] = trap->id;
    breaches->rule_count += other;
}

static void tell(const struct shim_breaches *breaches, const struct shim_trap *trap,
                 uint32_t node, const char *words)
{
    const struct shim_sink *sink = breaches->sink;

    if (*breaches->prefix)
        shim_print(sink, "%s: ", breaches->prefix);
    shim_print(sink, "%s: ", trap->id);
    if (node != SHIM_NONE)
        shim_print(sink, "%s: ", SHIM_PATH(breaches->tree, node));
    shim_print_string(sink, words);
    shim_print(sink, "\n");
}

void shim_tell_breach(void *self, const struct shim_trap *trap, uint32_t node, const char *words)
{
    struct shim_breaches *breaches = self;
    bool first = is_new(breaches, trap);

    if (first)
        begin(breaches, trap);
    breaches->count++;
    if (breaches->sink && (first || breaches->all))
        tell(breaches, trap, node, words);
    else
        breaches->more++;
}

void shim_report_breaches(const struct shim_sink *sink, const struct shim_breaches *breaches)
{
    if (!breaches->count) {
        shim_print(sink, "clean: no rule is broken\n");
        return;
    }
    shim_print(sink, "%u rule%s broken, %u time%s:", breaches->rule_count,
               breaches->rule_count == 1 ? " is" : "s are", breaches->count,
               breaches->count == 1 ? "" : "s");
    for (unsigned i = 0; i < breaches->rule_count && i < SHIM_RULES_NAMED; i++)
        shim_print(sink, "%s %s", i ? "," : "", breaches->rules[i]);
    shim_print(sink, breaches->rule_count > SHIM_RULES_NAMED ? " and others\n" : "\n");
}
