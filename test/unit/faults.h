/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Between faults.c and the wrappers that test_unit.py writes from the headers. */
#ifndef DTSHIM_TEST_FAULTS_H
#define DTSHIM_TEST_FAULTS_H

#include <stdbool.h>

#include <dtshim/error.h>

/* An error when it is this function's turn to fail, or SHIM_OK. */
enum shim_code fault_at(const char *who, struct shim_error *error);

#endif
