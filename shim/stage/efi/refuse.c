// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The end, where the bare stage does not begin: words, pass-through, the way back. */
#include "firmware.h"
#include "pass.h"

/* The first row that has it counts. */
static const struct {
    enum shim_code code;
    efi_status status;
} rows[] = {
    { SHIM_E_MEMORY, EFI_OUT_OF_RESOURCES }, { SHIM_E_PAYLOAD, EFI_LOAD_ERROR },
    { SHIM_E_MAGIC, EFI_UNSUPPORTED },       { SHIM_E_UNSUPPORTED, EFI_UNSUPPORTED },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static efi_status status_of(enum shim_code code)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].code == code)
            return rows[i].status;
    return EFI_INVALID_PARAMETER;
}

static enum shim_code code_of(efi_status status)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].status == status)
            return rows[i].code;
    return SHIM_E_PAYLOAD;
}

static _Noreturn void leave(struct firmware *firmware, efi_status status)
{
    struct stage *stage = firmware->stage;

    if (firmware->services_end)
        cpu_stop(); /* the firmware has no words any more, and nothing to go back to */
    shim_report_error(&stage->sink, "dtshim: ", &stage->error);
    firmware_pass_through(firmware);
    shim_print(&stage->sink, "dtshim: back to the firmware\n");
    firmware_give_back(firmware);
    firmware_return(firmware->frame, status);
}

void firmware_refuse(struct firmware *firmware, efi_status status, const char *where,
                     const char *what, const char *remedy)
{
    shim_fail(&firmware->stage->error, code_of(status), where, NULL, remedy, "%s", what);
    leave(firmware, status);
}

void firmware_give_up(struct stage *stage)
{
    leave(stage->firmware, status_of(stage->error.code));
}
