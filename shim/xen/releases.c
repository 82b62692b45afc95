// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/releases.h"

#include "shim/base/number.h"
#include "shim/base/text.h"
#include "shim/xen/image.h"

enum { DEBIAN_12 = 17, DEBIAN_13 = 20 };

struct shim_releases shim_releases_assumed(void)
{
    return (struct shim_releases){ shim_release_row(DEBIAN_12), shim_release_row(DEBIAN_13),
                                   SHIM_RELEASE_ASSUMED, 0 };
}

static struct shim_releases the_one(unsigned told, enum shim_release_source source)
{
    const struct shim_release *row = shim_release_named(told);

    return (struct shim_releases){ row, row, source, told };
}

struct shim_releases shim_releases_recorded(const char *record)
{
    struct shim_releases releases;
    unsigned first = 0, last = 0;
    const char *at = record ? shim_scan_release(record, &first) : NULL;

    if (at && *at == ' ')
        at = shim_scan_release(at + 1, &last);
    if (!at || *at || first < SHIM_XEN_FIRST_RELEASE || (last && last <= first))
        return shim_releases_assumed();
    releases = the_one(first, SHIM_RELEASE_RECORD);
    if (last) {
        releases.last = shim_release_named(last);
        releases.told = 0;
    }
    return releases;
}

static enum shim_code disagree(unsigned asked, const struct shim_facts *facts,
                               struct shim_error *error)
{
    return shim_fail(error, SHIM_E_POLICY, "policy", "xen-version",
                     "remove xen-version, or start the Xen that it names",
                     "the policy asks for %s, but this Xen is %s%s", SHIM_RELEASE(asked),
                     SHIM_RELEASE(facts->xen_release), facts->xen_extra);
}

static enum shim_code too_old(const struct shim_facts *facts, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", NULL, "start Xen 4.17 or later",
                     "this Xen is %s%s, older than 4.17, the first that dtshim knows",
                     SHIM_RELEASE(facts->xen_release), facts->xen_extra);
}

enum shim_code shim_find_releases(struct shim_releases *releases, const struct shim_policy *policy,
                                  const struct shim_facts *facts, const char *record,
                                  struct shim_error *error)
{
    unsigned asked = (unsigned)policy->value[SHIM_POLICY_XEN_VERSION];

    *releases = shim_releases_assumed();
    if (asked && facts->xen_release && asked != facts->xen_release && !shim_is_fork(facts))
        return disagree(asked, facts, error);
    if (asked)
        *releases = the_one(asked, SHIM_RELEASE_POLICY);
    else if (facts->xen_release && facts->xen_release < SHIM_XEN_FIRST_RELEASE)
        return too_old(facts, error);
    else if (facts->xen_release)
        *releases = the_one(facts->xen_release, SHIM_RELEASE_IMAGE);
    else
        *releases = shim_releases_recorded(record);
    return SHIM_OK;
}

struct shim_releases_words shim_releases_words(const struct shim_releases *releases,
                                               const char *between, unsigned since,
                                               unsigned until)
{
    const struct shim_release *first = releases->first, *last = releases->last;
    struct shim_releases_words words = { "" };
    struct shim_text text = shim_text(words.s, sizeof(words.s));
    bool early = first->minor >= since && first->minor <= until;
    bool late = last != first && last->minor >= since && last->minor <= until;

    if (early)
        shim_text_string(&text, first->name);
    if (early && late)
        shim_text_string(&text, between);
    if (late)
        shim_text_string(&text, last->name);
    return words;
}

static uint64_t highest_of(const struct shim_release *release)
{
    return release->highest ? release->highest : UINT64_MAX;
}

struct shim_range shim_releases_places(const struct shim_releases *releases)
{
    uint64_t base = releases->first->lowest, end = highest_of(releases->first);

    if (releases->last->lowest > base)
        base = releases->last->lowest;
    if (highest_of(releases->last) < end)
        end = highest_of(releases->last);
    return (struct shim_range){ base, end - base };
}
