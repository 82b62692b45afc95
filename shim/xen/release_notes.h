/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The pass that notes which releases of Xen the plan is for, and how far that can be trusted. */
#ifndef DTSHIM_XEN_RELEASE_NOTES_H
#define DTSHIM_XEN_RELEASE_NOTES_H

#include "shim/plan/plan.h"

shim_pass shim_xen_note_releases;

#endif
