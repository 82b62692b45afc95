// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Free memory is scrubbed by CPUs that have nothing to do, while dom0 is being built
 * (scrub_free_pages(), 4.17 to 4.22), and get_free_buddy() takes what is scrubbed first. With
 * more than one CPU dom0's pieces then differ from boot to boot. With bootscrub=1 nobody does
 * until it is built (heap_init_late()).
 */
#include "shim/base/mem.h"
#include "shim/model/heap_cpus.h"
#include "shim/xen/modules.h"
#include "shim/xen/plan.h"
#include "shim/xen/trap/rows.h"

/* What is said there already is the user's own choice. */
static bool is_told(const char *line)
{
    static const char words[] = "bootscrub\0bootscrub=*\0no-bootscrub\0";

    for (struct shim_span word = shim_first_word(line); word.at;
         word = shim_first_word((const char *)word.at + word.len)) {
        char name[16] = "";

        memcpy(name, word.at, word.len < sizeof(name) - 1 ? word.len : sizeof(name) - 1);
        if (shim_matches_one(words, name))
            return true;
    }
    return false;
}

void shim_decide_scrub(struct shim_plan *plan)
{
    if (shim_heap_cpu_count(plan->tree) < 2 || is_told(shim_xen_command_line(plan->tree)))
        return;
    plan->xen->scrubs_at_once = true;
    shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, SHIM_NONE,
              "Xen scrubs free memory once dom0 is built (bootscrub=1)",
              "CPUs that did so meanwhile would make it take other pieces, from boot to boot");
}
