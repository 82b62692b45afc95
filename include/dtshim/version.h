/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The version of dtshim; a tree's record states it, too. */
#ifndef DTSHIM_VERSION_H
#define DTSHIM_VERSION_H

#define SHIM_VERSION "0.2.0"

#endif
