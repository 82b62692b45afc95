/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The pass that notes what Xen does only on this platform, and firmware's part in it. */
#ifndef DTSHIM_XEN_BOARD_NOTES_H
#define DTSHIM_XEN_BOARD_NOTES_H

#include "shim/plan/plan.h"

shim_pass shim_xen_note_board;

#endif
