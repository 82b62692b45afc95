/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * dtshim as a library: makes a board's device tree ready for Xen, or says why that cannot be.
 *
 *     open -> plan -> apply        open -> check        open -> forecast        diff
 *
 * It is freestanding C11: no heap, no globals, no file and no console. The caller gives
 * memory and takes text through a sink; of the C library it needs mem*() and str*(). It
 * reads device trees of version 17 on little-endian machines.
 *
 * Addresses and sizes are bytes. A job lives in the memory that it was opened in, reads the
 * blob that it was opened with until it is forgotten, and never writes it: both are the
 * caller's, who frees them when the job is no longer used. Different jobs share nothing.
 *
 * Every function that can fail returns SHIM_OK, which is 0, or the code of what went wrong,
 * and then says in `error` where, what and what to do about it (dtshim/error.h).
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

/* One tree on its way; what is in it is the library's business. */
struct shim_job;

/*
 * Bytes of memory that are enough to open, plan, check and apply any tree of `blob_size`
 * bytes. With less it may work, too: SHIM_E_MEMORY says when it does not.
 */
size_t dtshim_memory_for(size_t blob_size);

/*
 * Opens a tree: checks every byte of it, reads its policy (/chosen/dtshim) and RAM.
 *
 * `memory`, `len`: where the job will live, of any alignment.
 * `blob`, `avail`: the tree, 8-byte aligned, and how many bytes may be read; the tree may
 *     be shorter than that.
 * `over`: laid over the policy that the tree itself carries; NULL: nothing is. Lists in it
 *     must outlive the job.
 * `facts`: what is known of the machine beside its tree (dtshim/facts.h); NULL: nothing is.
 *
 * On success `*job` is the job. A policy or memory map that is wrong is no error yet: it may
 * not matter, and dtshim_plan() or dtshim_check() says so where it does.
 * Errors: SHIM_E_MEMORY; SHIM_E_ALIGNMENT, SHIM_E_MAGIC, SHIM_E_VERSION, SHIM_E_TRUNCATED,
 * SHIM_E_TOO_LARGE, SHIM_E_LAYOUT, SHIM_E_STRUCTURE and SHIM_E_DUPLICATE for a blob that is
 * no sound device tree; SHIM_E_OVERLAY for one that is only a part of a tree.
 */
enum shim_code dtshim_open(struct shim_job **job, void *memory, size_t len, const void *blob,
                           size_t avail, const struct shim_policy *over,
                           const struct shim_facts *facts, struct shim_error *error);

/*
 * Decides everything for an open job, once. Nothing is written: the plan can be reported,
 * measured, applied or thrown away.
 *
 * Errors: SHIM_E_MEMORY; SHIM_E_POLICY for a policy that is not understood or asks for what
 * cannot be; SHIM_E_NO_RAM, SHIM_E_DOM0_SIZE, SHIM_E_BASE, SHIM_E_PLACEMENT and
 * SHIM_E_PAYLOAD where dom0, Xen or a module has no place (error->works then names options
 * with which there is one, if there are any); SHIM_E_VALUE for a property that cannot be
 * read; SHIM_E_TOO_LARGE; SHIM_E_RECORD for a tree that was rewritten before under another
 * policy or by another version; SHIM_E_UNSUPPORTED.
 */
enum shim_code dtshim_plan(struct shim_job *job, struct shim_error *error);

/* Bytes of the tree that dtshim_apply() writes: exact, of a job that is planned. */
size_t dtshim_size(const struct shim_job *job);

/*
 * Writes the planned tree to `out`, 8-byte aligned and `room` bytes long, which must not meet
 * the blob, and checks it as the input was checked. On success `*len` is its length. On
 * failure `*len` is untouched, and what is in `out` must not be used.
 * Errors: SHIM_E_BUFFER where `room` is less than dtshim_size(); SHIM_E_ALIGNMENT;
 * SHIM_E_INTERNAL, a defect of dtshim itself.
 */
enum shim_code dtshim_apply(struct shim_job *job, void *out, size_t room, size_t *len,
                            struct shim_error *error);

/*
 * The same for the second tree that a plan with layout offset has under Xen, the devices of
 * its xen,domain. The size is 0 where there is none; then there is nothing to apply.
 */
size_t dtshim_domain_size(const struct shim_job *job);
enum shim_code dtshim_apply_domain(struct shim_job *job, void *out, size_t room, size_t *len,
                                   struct shim_error *error);

/*
 * Where a planned job puts dom0: the memory that it sees, and in `*machine` (may be NULL) the
 * address of the machine memory behind its start. The two are the same where dom0 is 1:1.
 */
struct shim_range dtshim_dom0(const struct shim_job *job, uint64_t *machine);

/*
 * A planned job in words: a summary; what hurts, what is done and what was found, each with its
 * reason; and in the last line the verdict: what dom0 gets. Where many devices are alike they
 * are one line; the second function tells all of them.
 */
void dtshim_report(const struct shim_job *job, const struct shim_sink *sink);
void dtshim_report_all(const struct shim_job *job, const struct shim_sink *sink);

/* That last line alone. */
void dtshim_report_verdict(const struct shim_job *job, const struct shim_sink *sink);

/* An error in words: where, what, and what to do. `prefix` is put before it; "" for none. */
void dtshim_report_error(const struct shim_error *error, const char *prefix,
                         const struct shim_sink *sink);

/* One rule that a tree breaks. The strings live as long as the call in which they are given. */
struct shim_broken {
    const char *rule;   /* its name, for programs */
    const char *node;   /* path of the node; "" where it is about no single one */
    const char *what;   /* what is wrong there, */
    const char *why;    /* what goes wrong because of it, */
    const char *remedy; /* and what to do */
};

/*
 * Lists what would go wrong with the tree of an open job, which must not have been planned,
 * as it stands: `tell` is called for each breach of a rule with `self`. `*count` is how many
 * there were; 0: the tree is clean.
 * Errors: SHIM_E_MEMORY, SHIM_E_POLICY, SHIM_E_VALUE.
 */
enum shim_code dtshim_check(struct shim_job *job,
                            void (*tell)(void *self, const struct shim_broken *broken),
                            void *self, unsigned *count, struct shim_error *error);

/*
 * Foretells what Xen of a release ("4.17" to "4.22") does with the tree of an open job, which
 * must not have been planned, as it stands; `with_tree`: and the tree that dom0 will see. Of
 * the facts that the job was opened with it goes by places and sizes of Xen, the tree, and
 * what the tree does not name of the payload; where nothing is named, some are assumed; and by the
 * way into Xen, with the firmware's map where that is UEFI. May be
 * asked again, for another release: each time it takes memory of the job's.
 * Errors: SHIM_E_POLICY for a release that is not known or a policy that cannot be read,
 * SHIM_E_MEMORY.
 */
enum shim_code dtshim_forecast(struct shim_job *job, const char *release, bool with_tree,
                               struct shim_foreseen *foreseen, struct shim_error *error);

/* It in words: the first line says what becomes of the boot. */
void dtshim_report_forecast(const struct shim_foreseen *foreseen, const struct shim_sink *sink);

/*
 * Says what differs between two trees, node by node, by path, whatever their order. `memory`
 * is scratch, as much as dtshim_memory_for() the sum of both. `*different` tells if anything
 * does.
 * Errors: those of dtshim_open() for either of them.
 */
enum shim_code dtshim_diff(void *memory, size_t len, const void *before, size_t before_len,
                           const void *after, size_t after_len, const struct shim_sink *sink,
                           bool *different, struct shim_error *error);

#ifdef __cplusplus
}
#endif

#endif
