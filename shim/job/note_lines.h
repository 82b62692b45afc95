/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The notes of a plan as lines for people. */
#ifndef DTSHIM_JOB_NOTE_LINES_H
#define DTSHIM_JOB_NOTE_LINES_H

#include "shim/base/sink.h"
#include "shim/plan/plan.h"

/*
 * What hurts first, then what is done, then what was found; those alike on one line with
 * their number. `all`: also which ones they are, and what the summary says already.
 */
void shim_report_notes(const struct shim_sink *sink, const struct shim_plan *plan, bool all);

#endif
