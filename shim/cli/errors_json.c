// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What each error code means; The name is in brackets after an error, "[record]". */
#include <dtshim/error.h>

#include "help.h"
#include "json_write.h"

static const char *const meanings[] = {
    [SHIM_E_MEMORY] = "the memory that dtshim was given is too small",
    [SHIM_E_BUFFER] = "the buffer for the output is too small",
    [SHIM_E_MAGIC] = "the input is not a flattened device tree",
    [SHIM_E_VERSION] = "the tree has a version other than 17",
    [SHIM_E_TRUNCATED] = "the tree's header gives a size that is larger than the file",
    [SHIM_E_TOO_LARGE] = "the tree is larger than its user accepts",
    [SHIM_E_ALIGNMENT] = "the tree, or a block in it, is not aligned as the format requires",
    [SHIM_E_LAYOUT] = "an offset in the tree's header points outside the tree",
    [SHIM_E_STRUCTURE] = "the tokens, names or nesting of the tree's structure block are wrong",
    [SHIM_E_DUPLICATE] = "a property or phandle that must be unique is there twice",
    [SHIM_E_VALUE] = "the value of a property does not fit its binding",
    [SHIM_E_NO_RAM] = "no memory node gives the board's RAM",
    [SHIM_E_POLICY] = "the policy has an unknown property or value",
    [SHIM_E_DOM0_SIZE] = "dom0's memory does not fit into RAM",
    [SHIM_E_BASE] = "a base address is outside RAM, or in a reserved region",
    [SHIM_E_PAYLOAD] = "Xen, the kernel or the ramdisk is missing or cannot be used",
    [SHIM_E_PLACEMENT] = "there is no arrangement that puts dom0 at its base",
    [SHIM_E_RECORD] = "the tree was rewritten before, with another policy or version",
    [SHIM_E_UNSUPPORTED] = "dtshim understands the request, but it is not possible here",
    [SHIM_E_OVERLAY] = "the input is an overlay, which is only a part of a tree",
    [SHIM_E_INTERNAL] = "a bug in dtshim itself",
};
enum { CODES = sizeof(meanings) / sizeof(meanings[0]) };
_Static_assert(CODES == SHIM_E_INTERNAL + 1, "one for each code");

/* Codes of this tool alone, in its JSON. */
static const struct { const char *code, *meaning; } own[] = {
    { "file", "a file cannot be read or written, or two outputs have the same name" },
    { "output", "there are two trees to write, and no place for the second" },
    { "log", "the file is not the console log of a boot" },
    { "worker", "a process that worked on the file ended early" },
};

static void json_error(const char *code, const char *meaning)
{
    json_open(NULL, '{');
    json_words("code", code);
    json_words("meaning", meaning);
    json_close('}');
}

void json_errors(void)
{
    json_open("errors", '[');
    for (unsigned code = SHIM_OK + 1; code < CODES; code++)
        json_error(shim_code_name((enum shim_code)code), meanings[code]);
    for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        json_error(own[i].code, own[i].meaning);
    json_close(']');
}
