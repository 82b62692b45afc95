// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/release_notes.h"

#include "shim/xen/attempt.h"
#include "shim/xen/boot.h"
#include "shim/xen/image.h"
#include "shim/xen/plan.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

static const char *source_of(const struct shim_releases *releases)
{
    switch (releases->source) {
    case SHIM_RELEASE_POLICY:
        return "from the policy's xen-version";
    case SHIM_RELEASE_IMAGE:
        return "read from the Xen image";
    case SHIM_RELEASE_RECORD:
        return "from the record";
    case SHIM_RELEASE_ASSUMED:
        break;
    }
    return "those of Debian 12 and 13, as none was given: set xen-version, or give Xen itself";
}

/* 32-bit only if a release was given: of the assumed ones, one was run. */
static bool were_run(const struct shim_plan *plan, const struct shim_releases *releases)
{
    if (!shim_xen_is_32(plan))
        return SHIM_EACH_XEN(releases, run);
    return releases->source == SHIM_RELEASE_ASSUMED || SHIM_EACH_XEN(releases, run_32);
}

static void note_trust(struct shim_plan *plan, const struct shim_releases *releases)
{
    const char *name = releases->last->name;

    if (releases->told > SHIM_XEN_LAST_RELEASE)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  shim_say(plan->arena, "Xen %s is newer than any that dtshim knows",
                           SHIM_RELEASE(releases->told)),
                  shim_say(plan->arena, "it is treated as %s; how it differs is not known",
                           name));
    else if (!were_run(plan, releases))
        shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
                  shim_say(plan->arena, "Xen %s%s is known from its source alone", name,
                           SHIM_EACH_XEN(releases, run) ? " for 32 bits" : ""),
                  "it was not run with dtshim's output");
}

/* It was the only way to state that Xen is not 4.17. */
static void note_old_word(struct shim_plan *plan)
{
    if (shim_policy_feature(plan->policy, "large-tree"))
        shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
                  "large-tree in xen-features is read as Xen 4.18 or later",
                  "xen-version states that and more: use it");
}

enum shim_code shim_xen_note_releases(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_releases *releases = &plan->xen->releases;
    const struct shim_facts *facts = plan->facts;

    (void)error;
    shim_note_detail(plan, SHIM_FINDING, pass, SHIM_NONE,
                     shim_say(plan->arena, "made for Xen %s", SHIM_XEN_OF(releases)),
                     source_of(releases));
    note_trust(plan, releases);
    note_old_word(plan);
    if (shim_is_fork(facts))
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  shim_say(plan->arena, "Xen %s%s is a fork: its changes are not known",
                           SHIM_RELEASE(facts->xen_release), facts->xen_extra),
                  shim_say(plan->arena, "it is treated as %s", releases->last->name));
    return SHIM_OK;
}
