/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which devices go into a xen,domain: a pass. */
#ifndef DTSHIM_XEN_DOMAIN_PASSTHROUGH_H
#define DTSHIM_XEN_DOMAIN_PASSTHROUGH_H

#include "shim/plan/plan.h"

/* Errors: those of gather.h. */
shim_pass shim_xen_passthrough;

#endif
