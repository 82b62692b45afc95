/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The variables of U-Boot's environment that the command sets. */
#ifndef DTSHIM_UBOOT_RESULTS_H
#define DTSHIM_UBOOT_RESULTS_H

#define RESULT_ADDRESS        "dtshim_addr"
#define RESULT_SIZE           "dtshim_size"
#define RESULT_FROM           "dtshim_from"
#define RESULT_OFFSET         "dtshim_offset"
#define RESULT_ERROR          "dtshim_error"
#define RESULT_DOMAIN_ADDRESS "dtshim_domain_addr"
#define RESULT_DOMAIN_SIZE    "dtshim_domain_size"
#define RESULT_DOMAIN_LOAD    "dtshim_domain_load"

#endif
