/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the devices of a xen,domain refer to comes with them, where it can. */
#ifndef DTSHIM_XEN_DOMAIN_NEEDS_H
#define DTSHIM_XEN_DOMAIN_NEEDS_H

#include "shim/xen/domain/comers.h"

/*
 * Brings what those behind `first` do not work without. Neighbours have neighbours: the queue
 * grows until nobody new comes. Errors: SHIM_E_UNSUPPORTED, where they or all that are together
 * now cannot go into a domain.
 */
enum shim_code shim_bring_needed(struct shim_gathering *gathering, uint32_t first,
                                 struct shim_error *error);

/*
 * Brings what those that come refer to besides. Not all of it is needed: what cannot come stays
 * where it is, and is in nobody's way.
 */
void shim_bring_loose(struct shim_gathering *gathering);

#endif
