// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* In place of the list of boards' RAM, where a stage or U-Boot was built without it: no hints. */
#include "shim/board/ram_bases.h"

const char shim_ram_bases[] = "";
