/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* CPUs: how many of the host's Xen starts, and so how many dom0 has. */
#ifndef DTSHIM_MODEL_CPUS_H
#define DTSHIM_MODEL_CPUS_H

#include "shim/model/sight.h"

/* dom0's virtual CPUs: dom0_max_vcpus=, or as many as Xen starts. */
uint32_t shim_dom0_cpus(const struct shim_sight *sight);

/* The affinity that Xen gives the one with this number (vcpuid_to_vaffinity()). */
uint32_t shim_dom0_affinity(uint32_t cpu);

#endif
