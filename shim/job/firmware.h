/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a firmware's memory map says is RAM, for a way into Xen that goes by it. */
#ifndef DTSHIM_JOB_FIRMWARE_H
#define DTSHIM_JOB_FIRMWARE_H

#include "shim/job/job.h"
#include "shim/model/sight.h"

/* Did anyone tell it? Else a forecast takes what the tree says. */
bool shim_knows_firmware(const struct shim_job *job);

/*
 * Fills in boot->firmware where boot->entry goes by it. Errors: those of RAM where neither the
 * tree nor anyone says any.
 */
enum shim_code shim_take_firmware(const struct shim_job *job, struct shim_xen_boot *boot,
                                  struct shim_error *error);

#endif
