/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Errors: a code for programs, and for people the place, what is wrong there
 * and what to do about it. Every function that can fail returns the code and
 * fills in the rest; SHIM_OK leaves the context untouched.
 */
#ifndef DTSHIM_ERROR_H
#define DTSHIM_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum shim_code {
    SHIM_OK = 0,
    SHIM_E_MEMORY,      /* the caller's arena is too small */
    SHIM_E_BUFFER,      /* the caller's output buffer is too small */
    SHIM_E_MAGIC,       /* not a flattened device tree */
    SHIM_E_VERSION,     /* a tree version that cannot be trusted (not 17) */
    SHIM_E_TRUNCATED,   /* the tree says it is longer than the bytes given */
    SHIM_E_TOO_LARGE,   /* larger than the consumer accepts */
    SHIM_E_ALIGNMENT,   /* blob or a block of it not aligned as the format demands */
    SHIM_E_LAYOUT,      /* header offsets point outside the blob */
    SHIM_E_STRUCTURE,   /* tokens, names or nesting of the structure block */
    SHIM_E_DUPLICATE,   /* a property or phandle that must be unique is not */
    SHIM_E_VALUE,       /* a property whose value does not fit its binding */
    SHIM_E_NO_RAM,      /* no memory node says where RAM is */
    SHIM_E_POLICY,      /* unknown policy property or value */
    SHIM_E_DOM0_SIZE,   /* dom0's memory does not fit RAM */
    SHIM_E_BASE,        /* a base outside RAM or on a reserved region */
    SHIM_E_PAYLOAD,     /* Xen, kernel or ramdisk missing or unusable */
    SHIM_E_PLACEMENT,   /* no arrangement puts dom0 at its base */
    SHIM_E_RECORD,      /* already rewritten under another policy or version */
    SHIM_E_UNSUPPORTED, /* valid, but not possible here */
    SHIM_E_OVERLAY,     /* an overlay, which is a part of a tree */
    SHIM_E_INTERNAL,    /* a bug in dtshim itself */
};

struct shim_error {
    enum shim_code code;
    char where[224];      /* node path, "header", "policy", or empty */
    const char *property; /* property name, or NULL */
    char what[224];       /* what is wrong, in words */
    const char *remedy;   /* what to do about it; never NULL after a failure */
    char works[64];       /* options that were tried and work; empty: none is known */
};

/* The short stable name of a code, for programs ("truncated", "no-ram", ...). */
const char *shim_code_name(enum shim_code code);

/*
 * Records a failure and returns `code`, so that a caller can write
 * `return shim_fail(...)`. `where` and `property` may be NULL. `what` is a
 * format of text.h; the remedy must be a constant string.
 */
__attribute__((format(printf, 6, 7)))
enum shim_code shim_fail(struct shim_error *error, enum shim_code code,
                         const char *where, const char *property,
                         const char *remedy, const char *what, ...);

/* The same for too little memory: no room "for ..." something, or "to ..." do something. */
enum shim_code shim_no_room(struct shim_error *error, const char *what_for);

#ifdef __cplusplus
}
#endif

#endif
