/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The forecast: what one release of Xen does with a tree as it is. */
#ifndef DTSHIM_MODEL_FORECAST_H
#define DTSHIM_MODEL_FORECAST_H

#include "shim/model/dom0_tree.h"

struct shim_forecast {
    struct shim_xen_boot boot;
    struct shim_sight sight;
    struct shim_dom0_memory memory; /* of size 0 where there is no dom0 (shim_sight_dom0less()) */
    struct shim_dom0_tree dom0;  /* blob NULL, too, when it was not asked for */
    struct shim_stop board;      /* Xen cannot run there at all: comes before all others */
    struct shim_stop stub;       /* what starts Xen returns before */
    const struct shim_stop *stop; /* the first one on the way; NULL: dom0 starts */
};

/* Of dom0's tree: making it is where Xen may stop. */
enum shim_forecast_tree {
    SHIM_TREE_NONE,
    SHIM_TREE_FITS,    /* dom0.blob is NULL, see shim_xen_dom0_tree_fits() */
    SHIM_TREE_WRITTEN,
};

/*
 * `tree` must outlive the forecast, which lives in `arena`. If only assumed sizes are too much for
 * dom0's first bank, less is copied there, out of the places that are kept. Errors: SHIM_E_MEMORY.
 */
enum shim_code shim_xen_forecast(struct shim_forecast *forecast, const struct shim_tree *tree,
                                 const struct shim_xen_boot *boot,
                                 const struct shim_kernel_image *kernel,
                                 enum shim_forecast_tree with, struct shim_arena *arena,
                                 struct shim_error *error);

#endif
