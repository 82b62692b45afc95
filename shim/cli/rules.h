/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_RULES_H
#define DTSHIM_CLI_RULES_H

/* check --list-rules --json */
int json_rules(void);

#endif
