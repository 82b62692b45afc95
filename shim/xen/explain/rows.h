/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the rows of the tables of messages are written with. */
#ifndef DTSHIM_XEN_EXPLAIN_ROWS_H
#define DTSHIM_XEN_EXPLAIN_ROWS_H

#include "shim/xen/explain/messages.h"

#define ALL SHIM_LOG_ANY
#define SINCE(minor) (minor), SHIM_XEN_NEWEST
#define UNTIL(minor) SHIM_XEN_OLDEST, (minor)
#define FROM(first, last) (first), (last)

#define CAUSE SHIM_MESSAGE_CAUSE
#define END SHIM_MESSAGE_END
#define NOTE SHIM_MESSAGE_NOTE

/* Reason and remedy are in the rule that names the stop. */
#define BY_RULE NULL, NULL

#define TABLE(rows) { (rows), sizeof(rows) / sizeof((rows)[0]) }

#endif
