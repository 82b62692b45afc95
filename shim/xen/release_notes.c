// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/release_notes.h"

#include "shim/xen/attempt.h"
#include "shim/xen/image.h"
#include "shim/xen/plan.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

static const char *source_of(const struct shim_releases *releases)
{
    switch (releases->source) {
    case SHIM_RELEASE_POLICY:
        return "the policy's xen-version says so";
    case SHIM_RELEASE_IMAGE:
        return "the bytes of the Xen at hand say so";
    case SHIM_RELEASE_RECORD:
        return "the record says so";
    case SHIM_RELEASE_ASSUMED:
        break;
    }
    return "Debian 12's and 13's, for nobody has said which: give xen-version, or Xen itself";
}

/* Of 32 bits only where somebody has said which: one of those that are assumed was run. */
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
                  shim_say(plan->arena, "Xen %s is newer than all that dtshim knows",
                           SHIM_RELEASE(releases->told)),
                  shim_say(plan->arena, "it is taken for %s; what it does otherwise is not seen",
                           name));
    else if (!were_run(plan, releases))
        shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
                  shim_say(plan->arena, "Xen %s%s is known from its source alone", name,
                           SHIM_EACH_XEN(releases, run) ? " of 32 bits" : ""),
                  "it was not run with what dtshim makes");
}

/* It was the only way to say that Xen is no 4.17. */
static void note_old_word(struct shim_plan *plan)
{
    if (shim_policy_feature(plan->policy, "large-tree"))
        shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
                  "large-tree of xen-features is taken for a Xen 4.18 or later",
                  "xen-version says that, and more: name that");
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
                  shim_say(plan->arena, "Xen %s%s is a fork: what was changed is not known",
                           SHIM_RELEASE(facts->xen_release), facts->xen_extra),
                  shim_say(plan->arena, "it is taken for %s", releases->last->name));
    return SHIM_OK;
}
