/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The releases of Xen that a tree is for: the one that is booted, or each that it may be. */
#ifndef DTSHIM_XEN_RELEASES_H
#define DTSHIM_XEN_RELEASES_H

#include <dtshim/facts.h>
#include <dtshim/policy.h>

#include "shim/model/release.h"

enum shim_release_source {
    SHIM_RELEASE_ASSUMED,  /* none was given: Debian 12's and 13's */
    SHIM_RELEASE_POLICY,
    SHIM_RELEASE_IMAGE,    /* the bytes of the Xen that is started */
    SHIM_RELEASE_RECORD,   /* what the tree was made for */
};

/* One, or two of which it may be either, but none between the two. */
struct shim_releases {
    const struct shim_release *first, *last; /* the same if it is one */
    enum shim_release_source source;
    unsigned told; /* as it was given, 100 * major + minor; 0: it was not */
};

/* Does one of them, or does each, have the column of release.h? */
#define SHIM_SOME_XEN(releases, column) ((releases)->first->column || (releases)->last->column)
#define SHIM_EACH_XEN(releases, column) ((releases)->first->column && (releases)->last->column)

/* Debian's two. */
struct shim_releases shim_releases_assumed(void);

/* What a record says: "4.20", or two, ascending, as "4.17 4.20". If it has none: Debian's. */
struct shim_releases shim_releases_recorded(const char *record);

/*
 * The one in the policy, or else in Xen's image, or else in the record.
 * Errors: SHIM_E_POLICY when the policy names another release than the image, which is not a
 * fork; SHIM_E_PAYLOAD when Xen is older than all known releases.
 */
enum shim_code shim_find_releases(struct shim_releases *releases, const struct shim_policy *policy,
                                  const struct shim_facts *facts, const char *record,
                                  struct shim_error *error);

/* Is one of them in this span? For a span of all known releases the test costs nothing. */
static inline bool shim_releases_meet(const struct shim_releases *releases, unsigned since,
                                      unsigned until)
{
    return (since <= SHIM_XEN_OLDEST && until >= SHIM_XEN_NEWEST) ||
           (releases->first->minor >= since && releases->first->minor <= until) ||
           (releases->last->minor >= since && releases->last->minor <= until);
}

/* Where Xen may be loaded, whichever of them it is. */
struct shim_range shim_releases_places(const struct shim_releases *releases);

/* Does a tree for these hold for that release, too? */
static inline bool shim_releases_have(const struct shim_releases *releases,
                                      const struct shim_release *release)
{
    return releases->first == release || releases->last == release;
}

/* "4.20"; "4.17 or 4.20", with that word; and of the span alone (none in it: ""). */
struct shim_releases_words {
    char s[24];
};
struct shim_releases_words shim_releases_words(const struct shim_releases *releases,
                                               const char *between, unsigned since,
                                               unsigned until);
#define SHIM_XEN_OF(releases) \
    (shim_releases_words(releases, " or ", SHIM_XEN_OLDEST, SHIM_XEN_NEWEST).s)
#define SHIM_XEN_WITHIN(releases, since, until) \
    (shim_releases_words(releases, " and ", since, until).s)

#endif
