/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The pass that says what Xen does on this platform alone, and what firmware has to do with it. */
#ifndef DTSHIM_XEN_BOARD_NOTES_H
#define DTSHIM_XEN_BOARD_NOTES_H

#include "shim/plan/plan.h"

shim_pass shim_xen_note_board;

#endif
