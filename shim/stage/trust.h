/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Whether a payload may start. With CONFIG_STAGE_SIGNED only what the keys built into the
 * stage have signed may, else any whose hashes agree (doc/guide/trust.rst).
 */
#ifndef DTSHIM_STAGE_TRUST_H
#define DTSHIM_STAGE_TRUST_H

#include "shim/base/sink.h"
#include "shim/fdt/tree.h"

#ifdef STAGE_SIGNED

enum { TRUST_IS_REQUIRED = true };

/*
 * Is this configuration of a payload signed with the keys that the stage requires? `signers`
 * gets one bit for each key whose signature was found good. The rest of `work` is written
 * to, and is free again afterwards.
 *
 * Errors: SHIM_E_PAYLOAD, SHIM_E_MEMORY.
 */
enum shim_code trust_configuration(const struct shim_tree *fit, uint32_t configuration,
                                   struct shim_arena work, uint32_t *signers,
                                   struct shim_error *error);

/*
 * Nobody has signed the board's tree: it must leave what is started to the payload, which
 * has to be there.
 *
 * Errors: SHIM_E_PAYLOAD, SHIM_E_RECORD, SHIM_E_POLICY.
 */
enum shim_code trust_tree(const struct shim_tree *tree, bool payload, struct shim_error *error);

/* One line about the keys in `signers`. */
void trust_print(const struct shim_sink *sink, uint32_t signers);

#else

enum { TRUST_IS_REQUIRED = false };

static inline enum shim_code trust_configuration(const struct shim_tree *fit,
                                                 uint32_t configuration, struct shim_arena work,
                                                 uint32_t *signers, struct shim_error *error)
{
    (void)fit, (void)configuration, (void)work, (void)signers, (void)error;
    return SHIM_OK;
}

static inline enum shim_code trust_tree(const struct shim_tree *tree, bool payload,
                                        struct shim_error *error)
{
    (void)tree, (void)payload, (void)error;
    return SHIM_OK;
}

static inline void trust_print(const struct shim_sink *sink, uint32_t signers)
{
    (void)sink, (void)signers;
}

#endif

#endif
