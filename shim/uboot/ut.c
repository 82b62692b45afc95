// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Unit tests of the glue, for U-Boot's own command ut. */
#include <common.h>
#include <env.h>
#include <test/lib.h>
#include <test/test.h>
#include <test/ut.h>

#include "uboot.h"

static int lib_test_dtshim_number(struct unit_test_state *uts)
{
    unsigned long number;

    ut_assert(uboot_number("0x1f", &number));
    ut_asserteq(0x1f, number);
    ut_assert(!uboot_number("1f#c", &number));
    ut_assert(!uboot_number("", &number));
    return 0;
}
LIB_TEST(lib_test_dtshim_number, 0);
