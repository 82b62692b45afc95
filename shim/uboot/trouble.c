// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "trouble.h"

#include "results.h"
#include "shim/job/report.h"
#include "uboot.h"

static void put_console(void *self, const char *text)
{
    (void)self;
    uboot_put(text);
}

const struct shim_sink to_console = { .put = put_console };

/* At this prompt it is another command that merges an overlay. */
static const char *remedy_here(const struct shim_error *error)
{
    return error->code == SHIM_E_OVERLAY ? "merge it into the board's tree first: fdt addr BOARD, "
                                           "fdt resize 10000, fdt apply OVERLAY"
                                         : error->remedy;
}

int refuse(const char *file, const struct shim_error *error)
{
    struct shim_error here = *error;

    here.remedy = remedy_here(error);
    shim_print(&to_console, "dtshim: %s: ", file);
    shim_report_error(&to_console, "", &here);
    uboot_env_set(RESULT_ERROR, shim_code_name(error->code));
    return EXIT_TROUBLE;
}

int refuse_about(const char *file, const char *code, const char *what, const char *remedy)
{
    shim_print(&to_console, "dtshim: %s: %s [%s]\n  what to do: %s\n", file, what, code, remedy);
    uboot_env_set(RESULT_ERROR, code);
    return EXIT_TROUBLE;
}

int out_of_memory(const char *name)
{
    return refuse_about(name, "memory", "U-Boot does not have enough free memory for this",
                        "raise CONFIG_SYS_MALLOC_LEN, or use a smaller tree");
}
