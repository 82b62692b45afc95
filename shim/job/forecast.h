/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What Xen does with the tree of a job as it stands, by what the job knows of the boot. */
#ifndef DTSHIM_JOB_FORECAST_H
#define DTSHIM_JOB_FORECAST_H

#include "shim/base/sink.h"
#include "shim/job/job.h"
#include "shim/model/forecast.h"

/* What a forecast has to do without: bits 1 << of these. */
enum shim_unknown {
    SHIM_UNKNOWN_XEN,      /* where Xen is started */
    SHIM_UNKNOWN_TREE,     /* where the tree lies when it is */
    SHIM_UNKNOWN_PAYLOAD,  /* nothing names it: sizes and places are assumed */
    SHIM_UNKNOWN_KERNEL,   /* the room that its header asks for */
    SHIM_UNKNOWN_FIRMWARE, /* what the boot loader still changes in the tree */
    SHIM_UNKNOWN_MAP,      /* the firmware's memory map, where RAM is what that says, */
    SHIM_UNKNOWN_LOADER,   /* and what is still changed in the tree there */
    SHIM_UNKNOWN_BANKS,    /* dom0's banks, in other builds of this Xen */
    SHIM_UNKNOWN_RELEASE,  /* what a fork, or a release newer than all, does otherwise */
    SHIM_UNKNOWN_LINE,     /* words of Xen's command line: shim_sight_untold() */
    SHIM_UNKNOWN_KINDS,
};

/* What Xen is started with; the same for all releases that it may be. */
struct shim_booted {
    struct shim_tree tree;       /* the job's, with RAM, where the policy or a boot loader tells that */
    struct shim_xen_kinds kinds; /* of its nodes */
    struct shim_xen_walked *walked; /* what one release makes of them, for another one */
};

/* Points into itself: it stays where it was made. */
struct shim_outlook {
    struct shim_forecast forecast;
    const struct shim_booted *booted;
    struct shim_xen_module more[SHIM_PAYLOAD_MAX]; /* modules that no node names yet */
    uint32_t unknown;
    struct shim_range planned[SHIM_BLOCKS_MAX]; /* where the tree's record has dom0's memory, */
    uint32_t planned_count;                     /* if Xen puts it elsewhere; 0: it does not */
};

/*
 * The tree of an open job as Xen gets it; nothing of the job is planned or changed but its arena,
 * in which it lives.
 * Errors: SHIM_E_POLICY when the policy cannot be read, those of splicing, SHIM_E_MEMORY.
 */
enum shim_code shim_job_boot(struct shim_job *job, struct shim_booted *booted,
                             struct shim_error *error);

/*
 * What a release does with that. Xen's place is that of its part of job->facts.payload, or else
 * of its node in /chosen ("dtshim,hypervisor"); the tree's is job->facts.tree; kernel and ramdisk
 * are those of the tree, or parts of the payload where it names none. Where they say nothing it
 * is not known.
 * What is found lives in the job's arena, too. Errors: SHIM_E_MEMORY.
 */
enum shim_code shim_job_forecast(struct shim_job *job, const struct shim_booted *booted,
                                 const struct shim_release *release, bool with_tree,
                                 struct shim_outlook *outlook, struct shim_error *error);

/*
 * For a tree that names no kernel: a payload at the upper end of RAM, below 4 GiB if it can
 * be, and the tree there, too, as far as job->facts do not say. There an assumed part at
 * address 0 has a size, and no place yet; what else is missing has a usual size. Of another
 * tree such parts are taken out: where they lie is not known.
 */
void shim_job_assume(struct shim_job *job);

/*
 * What the record of an applied tree promises of dom0's memory, 1:1, into SHIM_BLOCKS_MAX places;
 * their number. 0: nothing: there is no record, or it is of a domain, or for no Xen.
 */
uint32_t shim_planned_banks(const struct shim_job *job, struct shim_range *banks);

/* The name of it for programs, and the matter in words. */
const char *shim_unknown_name(enum shim_unknown what);
const char *shim_unknown_words(enum shim_unknown what);

/*
 * A page in two parts: its first line, which says what becomes of the boot, and all the rest.
 * `hints`, packed, are what would tell each enum shim_unknown; NULL: no hints.
 */
void shim_report_verdict(const struct shim_sink *sink, const struct shim_outlook *outlook);
void shim_report_details(const struct shim_sink *sink, const struct shim_outlook *outlook,
                         const char *hints);

#endif
