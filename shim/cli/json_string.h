/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_JSON_STRING_H
#define DTSHIM_CLI_JSON_STRING_H

/* A JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void json_string(const char *string);

#endif
