// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * none: nobody in particular. The tree is checked and handed over as it came,
 * byte for byte; the job never asks this contract to decide or to write.
 */
#include <dtshim/contract.h>

static enum shim_code decide(struct shim_plan *plan, struct shim_error *error)
{
    (void)plan;
    (void)error;
    return SHIM_OK;
}

static void write(const struct shim_plan *plan, struct shim_edits *edits)
{
    (void)plan;
    (void)edits;
}

const struct shim_contract shim_contract_none = {
    .name = "none",
    .who = "nobody in particular",
    .decide = decide,
    .write = write,
};
