/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Memory of the domains that a tree describes: xen,static-mem, and what they share. */
#ifndef DTSHIM_XEN_CLAIMS_H
#define DTSHIM_XEN_CLAIMS_H

#include "shim/board/board.h"

/* For shim_guard, see board.h. A domain from an earlier run is dom0, and no other. */
bool shim_xen_next_claim(const struct shim_board *board, struct shim_claim *claim);

#endif
