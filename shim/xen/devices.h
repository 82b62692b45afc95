/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which nodes of the host's tree Xen gives to dom0 (handle_node() of 4.17). */
#ifndef DTSHIM_XEN_DEVICES_H
#define DTSHIM_XEN_DEVICES_H

#include "shim/board/board.h"

/*
 * Is it hidden from dom0: does Xen skip it or a node above it? What dtshim makes, moves
 * or deletes as a whole is not one of dom0's devices, either.
 */
bool shim_xen_leaves_out(const struct shim_board *board, uint32_t node);

/* The first node that dom0 gets, from this one on; node_count: none. */
uint32_t shim_xen_given_from(const struct shim_board *board, uint32_t node);

/* What Xen itself keeps: dom0 must not get its pages through another node. */
bool shim_xen_keeps(const struct shim_board *board, uint32_t node);

#endif
