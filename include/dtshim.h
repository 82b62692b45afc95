/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * dtshim as a library: makes a board's device tree ready for Xen, or reports why it cannot.
 *
 *     open -> plan -> apply        open -> check        open -> forecast        diff
 *
 * It is freestanding C11: no heap, no globals, no file and no console. The caller
 * provides memory, and a sink for text; from the C library it needs only mem*() and str*(). It
 * reads device trees of version 17 on little-endian machines.
 *
 * Addresses and sizes are in bytes. A job lives in the memory that it was opened in; as long as
 * it is used it reads the blob that it was opened with, and it never writes to it. The caller
 * owns both, and frees them when the job is no longer used. Different jobs share nothing.
 *
 * Every function that can fail returns SHIM_OK, which is 0, or an error code; `error` then has
 * where it failed, what is wrong and what to do about it (dtshim/error.h).
 */
#ifndef DTSHIM_H
#define DTSHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dtshim/arena.h>
#include <dtshim/error.h>
#include <dtshim/facts.h>
#include <dtshim/foreseen.h>
#include <dtshim/policy.h>
#include <dtshim/range.h>
#include <dtshim/sink.h>
#include <dtshim/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The work on one tree; its contents are private to the library. */
struct shim_job;

/*
 * Bytes of memory that are enough to open, plan, check and apply any tree of `blob_size`
 * bytes. Less may do, too; if it does not, the result is SHIM_E_MEMORY.
 */
size_t dtshim_memory_for(size_t blob_size);

/*
 * Opens a tree: checks every byte of it, reads its policy (/chosen/dtshim) and RAM.
 *
 * `memory`, `len`: where the job will live, of any alignment.
 * `blob`, `avail`: the tree, 8-byte aligned, and how many bytes may be read; the tree may
 *     be shorter than that.
 * `over`: overrides the policy in the tree itself; NULL: none. Lists in it must outlive the
 *     job.
 * `facts`: what is known of the machine apart from its tree (dtshim/facts.h); NULL: nothing.
 *
 * On success `*job` is the job. A wrong policy or memory map is not an error yet: it may
 * not matter, and where it does, dtshim_plan() or dtshim_check() reports it.
 * Errors: SHIM_E_MEMORY; SHIM_E_ALIGNMENT, SHIM_E_MAGIC, SHIM_E_VERSION, SHIM_E_TRUNCATED,
 * SHIM_E_TOO_LARGE, SHIM_E_LAYOUT, SHIM_E_STRUCTURE and SHIM_E_DUPLICATE for a blob that is
 * not a valid device tree; SHIM_E_OVERLAY for one that is only a part of a tree.
 */
enum shim_code dtshim_open(struct shim_job **job, void *memory, size_t len, const void *blob,
                           size_t avail, const struct shim_policy *over,
                           const struct shim_facts *facts, struct shim_error *error);

/*
 * Decides everything for an open job, once. Nothing is written: the plan can be reported,
 * measured, applied or thrown away.
 *
 * Errors: SHIM_E_MEMORY; SHIM_E_POLICY for a policy that is not understood or asks for
 * something impossible; SHIM_E_NO_RAM, SHIM_E_DOM0_SIZE, SHIM_E_BASE, SHIM_E_PLACEMENT and
 * SHIM_E_PAYLOAD where dom0, Xen or a module has no place (error->works then lists options
 * with which there is one, if any); SHIM_E_VALUE for a property that cannot be
 * read; SHIM_E_TOO_LARGE; SHIM_E_RECORD for a tree that was rewritten before under another
 * policy or by another version; SHIM_E_UNSUPPORTED.
 */
enum shim_code dtshim_plan(struct shim_job *job, struct shim_error *error);

/* The exact size in bytes of the tree that dtshim_apply() writes, for a planned job. */
size_t dtshim_size(const struct shim_job *job);

/*
 * Writes the planned tree to `out`, 8-byte aligned and `room` bytes long, which must not overlap
 * the blob, and checks it like the input. On success `*len` is its length. On failure `*len` is
 * unchanged, and the contents of `out` must not be used.
 * Errors: SHIM_E_BUFFER where `room` is less than dtshim_size(); SHIM_E_ALIGNMENT;
 * SHIM_E_INTERNAL, a bug in dtshim itself.
 */
enum shim_code dtshim_apply(struct shim_job *job, void *out, size_t room, size_t *len,
                            struct shim_error *error);

/*
 * The same for the second tree that a plan with layout offset has under Xen, the devices of
 * its xen,domain. The size is 0 if there is none; then there is nothing to apply.
 */
size_t dtshim_domain_size(const struct shim_job *job);
enum shim_code dtshim_apply_domain(struct shim_job *job, void *out, size_t room, size_t *len,
                                   struct shim_error *error);

/*
 * Where a planned job puts dom0: the memory that dom0 sees, and in `*machine` (may be NULL) the
 * machine address of its start. The two are the same if dom0 is 1:1.
 */
struct shim_range dtshim_dom0(const struct shim_job *job, uint64_t *machine);

/*
 * A planned job in words: a summary; warnings, decisions and findings, each with its reason; and
 * in the last line the verdict: what dom0 gets. Many devices that are alike share one line; the
 * second function prints them all.
 */
void dtshim_report(const struct shim_job *job, const struct shim_sink *sink);
void dtshim_report_all(const struct shim_job *job, const struct shim_sink *sink);

/* Only that last line. */
void dtshim_report_verdict(const struct shim_job *job, const struct shim_sink *sink);

/* An error in words: where, what, and what to do. `prefix` is put before it; "" for none. */
void dtshim_report_error(const struct shim_error *error, const char *prefix,
                         const struct shim_sink *sink);

/* One rule that a tree breaks. The strings live as long as the call in which they are given. */
struct shim_broken {
    const char *rule;   /* its name, for programs */
    const char *node;   /* path of the node; "": no single node */
    const char *what;   /* what is wrong there, */
    const char *why;    /* what that causes, */
    const char *remedy; /* and what to do */
};

/*
 * Lists what would go wrong with the tree of an open job as it is; the job must not have been
 * planned. `tell` is called with `self` for each breach of a rule. `*count` is the number of
 * breaches; 0: the tree is clean.
 * Errors: SHIM_E_MEMORY, SHIM_E_POLICY, SHIM_E_VALUE.
 */
enum shim_code dtshim_check(struct shim_job *job,
                            void (*tell)(void *self, const struct shim_broken *broken),
                            void *self, unsigned *count, struct shim_error *error);

/*
 * Forecasts what a release of Xen ("4.17" to "4.22") does with the tree of an open job as it is;
 * the job must not have been planned. With `with_tree` it also makes the tree that dom0 will see.
 * From the facts that the job was opened with it uses places and sizes of Xen, the tree, and the
 * parts of the payload that the tree does not name (where nothing is named, some are assumed),
 * and the way into Xen, with the firmware's map if that is UEFI. It may be called again for
 * another release: each call uses some of the job's memory.
 * Errors: SHIM_E_POLICY for a release that is not known or a policy that cannot be read,
 * SHIM_E_MEMORY.
 */
enum shim_code dtshim_forecast(struct shim_job *job, const char *release, bool with_tree,
                               struct shim_foreseen *foreseen, struct shim_error *error);

/* The forecast in words: the first line states how the boot ends. */
void dtshim_report_forecast(const struct shim_foreseen *foreseen, const struct shim_sink *sink);

/*
 * Prints what differs between two trees, node by node, by path, in whatever order they are.
 * `memory` is scratch, dtshim_memory_for() the sum of both sizes. `*different` is set if
 * anything differs.
 * Errors: those of dtshim_open() for either of them.
 */
enum shim_code dtshim_diff(void *memory, size_t len, const void *before, size_t before_len,
                           const void *after, size_t after_len, const struct shim_sink *sink,
                           bool *different, struct shim_error *error);

#ifdef __cplusplus
}
#endif

#endif
