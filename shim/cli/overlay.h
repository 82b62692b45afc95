/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* --overlay: what is merged into a tree before anything else is done with it. */
#ifndef DTSHIM_CLI_OVERLAY_H
#define DTSHIM_CLI_OVERLAY_H

#include "cli.h"
#include "file.h"

/* As file_read(), and then with all overlays of the command line in it, in their order. */
bool tree_read(const struct options *options, const char *path, struct file *file);

/*
 * Puts these overlays into a tree that was read: libfdt does it, as in U-Boot's fdt apply, on
 * copies. Complains and returns false.
 */
bool overlays_merge(const struct options *options, struct file *file);

#endif
