// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/decide.h"
#include "shim/job/recognise.h"

enum shim_code shim_job_promise(struct shim_job *job, struct shim_error *error)
{
    enum shim_code code;

    if (job->unchanged)
        return job->contract->promise ? shim_check_recorded_boot(job, error) : SHIM_OK;
    code = shim_job_prove(job, error);
    if (code)
        shim_find_way_out(job, &job->surveyed, error);
    return code;
}
