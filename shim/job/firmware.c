// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* RAM for a Xen that goes by its firmware's map, which is not known in most cases. */
#include "shim/job/firmware.h"

#include "shim/plan/memory.h"

bool shim_knows_firmware(const struct shim_job *job)
{
    return job->facts.firmware_count || shim_policy_has(&job->policy, SHIM_POLICY_RAM);
}

static enum shim_code no_ram(const struct shim_job *job, struct shim_error *error)
{
    *error = job->no_ram;
    error->remedy = "give the firmware's map with --efi-map, or RAM with --ram";
    return error->code;
}

enum shim_code shim_take_firmware(const struct shim_job *job, struct shim_xen_boot *boot,
                                  struct shim_error *error)
{
    bool known = job->facts.firmware_count != 0;

    if (shim_entry_row(boot->entry)->reads_memory)
        return SHIM_OK;
    if (!known && job->no_ram.code)
        return no_ram(job, error);
    boot->firmware = known ? job->facts.firmware : job->board.ram.at;
    boot->firmware_count = known ? job->facts.firmware_count : job->board.ram.count;
    return SHIM_OK;
}
