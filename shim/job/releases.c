// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/job.h"

#include "shim/xen/trap/iommu.h"

/* Under other contracts it need not be Xen, and nobody asks. */
enum shim_code shim_job_find_releases(struct shim_job *job, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    job->releases = shim_releases_assumed();
    job->guard = *job->contract->guard;
    if (shim_policy_for(&job->policy, SHIM_CONTRACT_XEN)) {
        code = shim_find_releases(&job->releases, &job->policy, &job->facts,
                                  job->record.releases, error);
        job->guard = shim_xen_guard_for(&job->releases, &job->tree);
    }
    job->xen.releases = job->releases;
    return code;
}
