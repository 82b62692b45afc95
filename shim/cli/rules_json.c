// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The rules of check for programs, as `check --list-rules` lists them. */
#include "rules.h"

#include <stdio.h>

#include <dtshim/version.h>

#include "cli.h"
#include "json_write.h"
#include "shim/model/entry.h"
#include "shim/model/release.h"
#include "shim/xen/traps.h"

static void json_entries(unsigned entries)
{
    json_open("entries", '[');
    for (unsigned entry = 0; entry < SHIM_ENTRIES; entry++)
        if (!entries || entries >> entry & 1)
            json_words(NULL, shim_entry_row(entry)->name);
    json_close(']');
}

static void json_rule(const struct shim_trap *rule)
{
    json_open(NULL, '{');
    json_words("id", rule->id);
    json_words("why", rule->why);
    json_words("remedy", rule->remedy);
    json_words("since", shim_release_row(rule->since)->name);
    json_words("until", rule->until < SHIM_XEN_NEWEST ? shim_release_row(rule->until)->name : NULL);
    json_bool("apply_edits", rule->mend.decide || rule->mend.write);
    json_bool("apply_refuses", rule->mend.refuse);
    json_entries(rule->entries);
    json_close('}');
}

int json_rules(void)
{
    json_open(NULL, '{');
    json_words("version", SHIM_VERSION);
    json_open("rules", '[');
    for (unsigned i = 0; i < shim_trap_count; i++)
        if (shim_traps[i].find)
            json_rule(&shim_traps[i]);
    json_close(']');
    json_close('}');
    putchar('\n');
    return EXIT_SAME;
}
