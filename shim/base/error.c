// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <dtshim/error.h>

#include "shim/base/text.h"

/* In the order of enum shim_code. */
static const char names[] =
    "ok\0memory\0buffer\0magic\0version\0truncated\0too-large\0alignment\0layout\0"
    "structure\0duplicate\0value\0no-ram\0policy\0dom0-size\0base\0payload\0placement\0"
    "record\0unsupported\0overlay\0internal\0";

const char *shim_code_name(enum shim_code code)
{
    const char *name = shim_word(names, code);

    return *name ? name : "unknown";
}

enum shim_code shim_fail(struct shim_error *error, enum shim_code code,
                         const char *where, const char *property,
                         const char *remedy, const char *what, ...)
{
    struct shim_text place = shim_text(error->where, sizeof(error->where));
    struct shim_text words = shim_text(error->what, sizeof(error->what));
    va_list args;

    error->code = code;
    error->property = property;
    error->remedy = remedy;
    error->works[0] = '\0';
    shim_text_string(&place, where ? where : "");
    va_start(args, what);
    shim_text_format(&words, what, args);
    va_end(args);
    return code;
}

enum shim_code shim_no_room(struct shim_error *error, const char *what_for)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory", "no room %s",
                     what_for);
}
