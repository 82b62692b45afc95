// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the board's tree, which nobody has signed, must not say. */
#include "shim/base/mem.h"
#include "shim/stage/trust.h"

static const char remedy_payload[] =
    "append the signed FIT: scripts/append-fit build/dtshim.img payload.itb boot.img (doc/guide/trust.rst)";
static const char remedy_module[] =
    "remove it from the tree; only the signed payload starts here (doc/guide/trust.rst)";

/* ---- modules -------------------------------------------------------------------- */

static bool starts_with(const uint8_t *at, const char *word)
{
    while (*word && (*at | 0x20) == (*word | 0x20))
        at++, word++;
    return !*word;
}

/* Somewhere in these bytes, in letters of any case, and whether a string ends there or not. */
static bool holds(struct shim_span value, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= value.len; i++)
        if (starts_with(value.at + i, word))
            return true;
    return false;
}

/*
 * Xen takes modules from every node whose path starts with "/chosen", "/chosen-2" among them,
 * by compatibles in any case and to the first NUL, which may be the next token's
 * (process_multiboot_node(), device_tree_node_compatible()): here no node may look like one.
 */
static enum shim_code refuse_module(const struct shim_tree *tree, uint32_t node,
                                    struct shim_error *error)
{
    struct shim_span compatible = shim_prop(tree, node, SHIM_COMPATIBLE);

    if (!holds(compatible, "multiboot") && !holds(compatible, "dtshim,hypervisor"))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(tree, node), "compatible", remedy_module,
                     "the tree has a module, which is not signed");
}

/* Xen looks for it in more than one node, too. */
static enum shim_code refuse_ramdisk(const struct shim_tree *tree, uint32_t node,
                                     struct shim_error *error)
{
    if (!shim_has_known(tree, node, SHIM_INITRD_START) && !shim_has_known(tree, node, SHIM_INITRD_END))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(tree, node), "linux,initrd-start", remedy_module,
                     "the tree has a ramdisk, which is not signed");
}

static enum shim_code refuse_modules(const struct shim_tree *tree, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t node = 0; !code && node < tree->node_count; node++) {
        code = refuse_module(tree, node, error);
        if (!code)
            code = refuse_ramdisk(tree, node, error);
    }
    return code;
}

/* ---- policy and record ------------------------------------------------------------- */

static enum shim_code refuse_policy(const struct shim_tree *tree, uint32_t policy,
                                    struct shim_error *error)
{
    const char *word = shim_string(shim_prop_named(tree, policy, "on-error"));

    if (!word || strcmp(word, "pass-through") != 0)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_POLICY, "/chosen/dtshim", "on-error",
                     "remove it from the policy; it is allowed without CONFIG_STAGE_SIGNED",
                     "pass-through would start unsigned files");
}

/* It says that all was done before, and where the hypervisor is. */
static enum shim_code refuse_record(const struct shim_tree *tree, uint32_t policy,
                                    struct shim_error *error)
{
    if (shim_child(tree, policy, "record") == SHIM_NONE)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim/record", NULL,
                     "give the stage the board's original tree",
                     "a rewritten tree starts files in memory, which are not signed");
}

/* ---- the tree ---------------------------------------------------------------------- */

__attribute__((noinline)) /* its words need not lie below a plan on the stack */
enum shim_code trust_tree(const struct shim_tree *tree, bool payload, struct shim_error *error)
{
    uint32_t policy = shim_node_at(tree, "/chosen/dtshim");
    enum shim_code code;

    if (!payload)
        return shim_fail(error, SHIM_E_PAYLOAD, "", NULL, remedy_payload,
                         "this stage starts only signed files, and has no payload");
    code = refuse_modules(tree, error);
    if (!code && policy != SHIM_NONE)
        code = refuse_policy(tree, policy, error);
    if (!code && policy != SHIM_NONE)
        code = refuse_record(tree, policy, error);
    return code;
}
