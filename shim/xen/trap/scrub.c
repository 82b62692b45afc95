// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Free memory is scrubbed by CPUs that have nothing to do, while dom0 is being built
 * (scrub_free_pages(), 4.17 to 4.22), and get_free_buddy() takes what is scrubbed first. With
 * more than one CPU dom0's pieces then differ from boot to boot. With bootscrub=1 none does
 * until it is built (heap_init_late()).
 */
#include "shim/model/heap_cpus.h"
#include "shim/xen/modules.h"
#include "shim/xen/plan.h"
#include "shim/xen/trap/rows.h"

void shim_decide_scrub(struct shim_plan *plan)
{
    static const char words[] = "bootscrub\0bootscrub=*\0no-bootscrub\0";

    if (shim_heap_cpu_count(plan->tree) < 2 || shim_line_says(plan->tree, words))
        return;
    plan->xen->scrubs_at_once = true;
    shim_note(plan, SHIM_DECISION, SHIM_PASS_CONTRACT, SHIM_NONE,
              "Xen scrubs free memory once dom0 is built (bootscrub=1)",
              "if CPUs did so earlier, Xen would take different pieces from boot to boot");
}
