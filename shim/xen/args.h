/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The command lines in /chosen, as stock Xen reads them (boot_fdt_cmdline()). */
#ifndef DTSHIM_XEN_ARGS_H
#define DTSHIM_XEN_ARGS_H

#include "shim/plan/plan.h"

/*
 * Xen's command line with dom0_mem= for the plan's size (a domain has its size in
 * its node), and ext_regions=0 where the plan has it; every other word of the
 * line that Xen would have used is kept. Lives in the plan's arena; NULL: no room.
 */
const char *shim_xen_bootargs(const struct shim_plan *plan);

/*
 * dom0's command line if it has to be written, so that it stays what it was
 * now that xen,xen-bootargs exists; NULL if not.
 */
const char *shim_dom0_bootargs(const struct shim_plan *plan);

/*
 * The command line of a xen,domain's kernel: dom0's, with console=ttyAMA0 for the UART
 * that Xen emulates. In the plan's arena if it had to be joined.
 */
const char *shim_domain_bootargs(const struct shim_plan *plan);

/*
 * Checks that each command line in /chosen and in the modules is one string, or it would be
 * lost. Errors: SHIM_E_VALUE.
 */
enum shim_code shim_check_lines(const struct shim_plan *plan, struct shim_error *error);

/* Refuses a line that Xen panics on; `property` of /chosen has it. NULL is none. */
enum shim_code shim_refuse_long_line(const char *line, const char *property, const char *remedy,
                                     struct shim_error *error);

#endif
