/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a signature of a configuration is made over: U-Boot's verified boot
 * (doc/uImage.FIT/signature.txt, "Details"; the list of nodes as of CVE-2026-46728).
 *
 * The root, the configuration, each image that it names with all of its hashes: these nodes
 * are covered with their names and properties, but for those that say where data is, for which
 * the hashes vouch. Children of theirs are covered by name. So are the names of properties: the
 * strings block, as long as it was when it was signed.
 */
#ifndef DTSHIM_STAGE_SIGNED_MESSAGE_H
#define DTSHIM_STAGE_SIGNED_MESSAGE_H

#include "shim/fdt/tree.h"

enum { FIT_NODES_MAX = 128 };

/* How far the signature covers each node. */
struct cover {
    uint8_t how[FIT_NODES_MAX];
};

/*
 * Which nodes a signature of the configuration has to cover: made from what the configuration
 * says, never from what the signature says of itself. Refuses a payload in which one name
 * could mean two nodes.
 *
 * Errors: SHIM_E_PAYLOAD.
 */
enum shim_code signed_cover(struct cover *cover, const struct shim_tree *fit,
                            uint32_t configuration, struct shim_error *error);

/*
 * What is covered, in one piece in what is free of `work`: structure, and `strings` bytes of
 * the strings block. `at` is NULL when it does not fit.
 */
struct shim_span signed_message(const struct cover *cover, const struct shim_tree *fit,
                                uint32_t strings, const struct shim_arena *work);

#endif
