// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/forecast.h"

#include "shim/base/mem.h"
#include "shim/model/can_run.h"
#include "shim/model/stub.h"

static void take_stop(struct shim_forecast *forecast, const struct shim_stop *stop)
{
    if (!forecast->stop && shim_stops(stop))
        forecast->stop = stop;
}

static enum shim_code build(struct shim_forecast *forecast, const struct shim_kernel_image *kernel,
                            enum shim_forecast_tree with, struct shim_error *error)
{
    enum shim_code code = shim_xen_dom0_memory(&forecast->sight, kernel, &forecast->memory, error);

    take_stop(forecast, &forecast->memory.stop);
    if (code || forecast->stop || with == SHIM_TREE_NONE)
        return code;
    code = (with == SHIM_TREE_WRITTEN ? shim_xen_dom0_tree : shim_xen_dom0_tree_fits)(
        &forecast->sight, &forecast->memory, &forecast->dom0, error);
    take_stop(forecast, &forecast->dom0.stop);
    return code;
}

enum shim_code shim_xen_forecast(struct shim_forecast *forecast, const struct shim_tree *tree,
                                 const struct shim_xen_boot *boot,
                                 const struct shim_kernel_image *kernel,
                                 enum shim_forecast_tree with, struct shim_arena *arena,
                                 struct shim_error *error)
{
    enum shim_code code;

    *forecast = (struct shim_forecast){ .boot = *boot };
    forecast->sight = (struct shim_sight){ .tree = tree, .boot = &forecast->boot, .arena = arena };
    code = shim_xen_see(&forecast->sight, error);
    if (code)
        return code;
    shim_xen_can_run(&forecast->sight, &forecast->board);
    take_stop(forecast, &forecast->board);
    shim_xen_stub(&forecast->sight, &forecast->stub);
    take_stop(forecast, &forecast->stub);
    take_stop(forecast, &forecast->sight.stop);
    if (!forecast->stop && !shim_sight_dom0less(&forecast->sight))
        code = build(forecast, kernel, with, error);
    take_stop(forecast, &forecast->sight.late);
    return code;
}
