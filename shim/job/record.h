/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the tree says of what was done to it. */
#ifndef DTSHIM_JOB_RECORD_H
#define DTSHIM_JOB_RECORD_H

#include "shim/plan/contract.h"

/*
 * /chosen/dtshim: the policy as it was given, and record/ with what was done (plan/record.h
 * reads it).
 */
shim_chosen_writer shim_write_record;

/* A string a device that buses limit or keep coherent, as the record has them. */
struct shim_span shim_recorded_dma(const struct shim_plan *plan);

#endif
