// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <dtshim/error.h>
#include <dtshim/text.h>

const char *shim_code_name(enum shim_code code)
{
    static const char *const names[] = {
        [SHIM_OK] = "ok",
        [SHIM_E_MEMORY] = "memory",
        [SHIM_E_BUFFER] = "buffer",
        [SHIM_E_MAGIC] = "magic",
        [SHIM_E_VERSION] = "version",
        [SHIM_E_TRUNCATED] = "truncated",
        [SHIM_E_TOO_LARGE] = "too-large",
        [SHIM_E_ALIGNMENT] = "alignment",
        [SHIM_E_LAYOUT] = "layout",
        [SHIM_E_STRUCTURE] = "structure",
        [SHIM_E_DUPLICATE] = "duplicate",
        [SHIM_E_VALUE] = "value",
        [SHIM_E_NO_RAM] = "no-ram",
        [SHIM_E_POLICY] = "policy",
        [SHIM_E_DOM0_SIZE] = "dom0-size",
        [SHIM_E_BASE] = "base",
        [SHIM_E_PAYLOAD] = "payload",
        [SHIM_E_PLACEMENT] = "placement",
        [SHIM_E_RECORD] = "record",
        [SHIM_E_UNSUPPORTED] = "unsupported",
        [SHIM_E_INTERNAL] = "internal",
    };

    return (unsigned)code < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown";
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
    shim_text_string(&place, where ? where : "");
    va_start(args, what);
    shim_text_format(&words, what, args);
    va_end(args);
    return code;
}
