/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the devices of a xen,domain refer to goes in with them, where it can. */
#ifndef DTSHIM_XEN_DOMAIN_NEEDS_H
#define DTSHIM_XEN_DOMAIN_NEEDS_H

#include "shim/xen/domain/comers.h"

/*
 * Adds what those after `first` need to work. Neighbours have neighbours: the queue grows until
 * nothing new is added. Errors: SHIM_E_UNSUPPORTED, if one of them, or all of them together,
 * cannot go into a domain.
 */
enum shim_code shim_bring_needed(struct shim_gathering *gathering, uint32_t first,
                                 struct shim_error *error);

/*
 * Adds everything else that they refer to. Not all of it is needed: what cannot go in is left
 * out, without an error.
 */
void shim_bring_loose(struct shim_gathering *gathering);

#endif
