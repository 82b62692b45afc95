// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is to be started: in the image, in the tree, or in files that somebody names. */
#include "../fit.h"
#include "firmware.h"
#include "shim/base/mem.h"
#include "shim/xen/module_nodes.h"

enum { OPTIONS_MAX = 4096 };

static const char configuration[] = "xen.cfg";

static _Noreturn void refuse(struct firmware *firmware, const char *where, const char *what,
                             const char *remedy, efi_status status)
{
    shim_fail(&firmware->stage->error, SHIM_E_PAYLOAD, where, NULL, remedy, "%s", what);
    firmware_refuse(firmware, status);
}

/* ---- what is wanted ----------------------------------------------------------------------- */

/* Two bytes a letter, with a NUL or without. */
void firmware_read_options(struct firmware *firmware)
{
    const uint8_t *letters = firmware->loaded->options;
    uint32_t count = letters ? firmware->loaded->options_size / 2 : 0, len = 0;
    char *line = shim_alloc(&firmware->stage->job.arena, OPTIONS_MAX, 1);

    for (; line && len < count && len < OPTIONS_MAX - 1; len++) {
        line[len] = letters[2 * len + 1] ? '?' : (char)letters[2 * len];
        if (!line[len])
            break;
    }
    if (!line || !len)
        return;
    line[len] = '\0';
    firmware->has_options = true;
    wishes_of_options(&firmware->wishes, line);
}

/* False: there is no such file. */
static bool read_configuration(struct firmware *firmware, const char *name)
{
    struct shim_range file = firmware_read_file(firmware, name, 1);
    char *text = (char *)(uintptr_t)file.base;
    const char *flaw;

    if (!file.size)
        return false;
    firmware->is_configured = true;
    text[file.size] = '\0';
    flaw = wishes_of_configuration(&firmware->wishes, text, file.size);
    if (flaw)
        refuse(firmware, name, flaw, "write it as for Xen: [global] default=xen, [xen] "
               "options=LINE, kernel=NAME LINE", EFI_LOAD_ERROR);
    return true;
}

bool firmware_read_configuration(struct firmware *firmware, const struct shim_tree *tree)
{
    const struct wishes *wishes = &firmware->wishes;

    if (firmware->stage->payload.size || firmware->secure || wishes->tree ||
        (tree && prepare_names_modules(&firmware->preparation, tree)))
        return false;
    if (wishes->configuration || !wishes->kernel)
        read_configuration(firmware, wishes->configuration ? wishes->configuration : configuration);
    return wishes->tree;
}

static void find_names(struct firmware *firmware)
{
    const char *told = firmware->wishes.configuration;

    if (firmware->is_configured)
        return;
    if (told && !read_configuration(firmware, told))
        refuse(firmware, told, "cfg= names a file that is not there",
               "copy it there, or leave cfg= out", EFI_NOT_FOUND);
    if (told || firmware->wishes.kernel || read_configuration(firmware, configuration))
        return;
    refuse(firmware, "", "nothing to start: no modules, no kernel=NAME, no xen.cfg beside dtshim",
           "give one of them (doc/uefi.rst)", EFI_NOT_FOUND);
}

/* ---- what there is ------------------------------------------------------------------------ */

static void add(struct firmware *firmware, enum shim_module_kind kind, struct shim_range at)
{
    if (prepare_add(&firmware->preparation, kind, at, &firmware->stage->error))
        firmware_refuse(firmware, EFI_LOAD_ERROR);
}

static void read_module(struct firmware *firmware, enum shim_module_kind kind, const char *name)
{
    struct shim_range at;

    if (!name)
        return;
    at = firmware_read_file(firmware, name, 0);
    if (!at.size)
        refuse(firmware, name, "no such file on the volume", "copy it there; NAME is beside dtshim, "
               "\\NAME at the top", EFI_NOT_FOUND);
    add(firmware, kind, at);
}

static void read_xen(struct firmware *firmware)
{
    static const char names[] = "xen.efi\0xen\0\\xen.efi\0\\xen\0";
    struct shim_range at = { 0 };

    read_module(firmware, SHIM_MODULE_XEN, firmware->wishes.xen);
    if (firmware->wishes.xen)
        return;
    for (unsigned i = 0; *shim_word(names, i) && !at.size; i++)
        at = firmware_read_file(firmware, shim_word(names, i), 0);
    if (!at.size)
        refuse(firmware, "", "no Xen: no module is one, and neither xen.efi nor xen is beside dtshim",
               "copy it there, or give xen=NAME; GRUB: xen_module --nounzip XEN",
               EFI_NOT_FOUND);
    add(firmware, SHIM_MODULE_XEN, at);
}

static void read_files(struct firmware *firmware)
{
    const struct wishes *wishes = &firmware->wishes;

    find_names(firmware);
    read_module(firmware, SHIM_MODULE_KERNEL, wishes->kernel);
    read_module(firmware, SHIM_MODULE_RAMDISK, wishes->ramdisk);
    read_module(firmware, SHIM_MODULE_OTHER, wishes->xsm);
    firmware->preparation.xen_line = "";
    firmware->preparation.line_is_taken = true;
}

/* The line that GRUB gives the program is Xen's but for dtshim's own words. */
static void take_lines(struct firmware *firmware, bool of_boot_loader)
{
    struct preparation *preparation = &firmware->preparation;
    const struct wishes *wishes = &firmware->wishes;

    if (of_boot_loader && (firmware->has_options || !preparation->xen_line))
        preparation->xen_line = "";
    preparation->line_is_taken |= of_boot_loader;
    if (wishes->xen_line)
        preparation->xen_line = wishes->xen_line;
    if (wishes->dom0_line)
        preparation->dom0_line = wishes->dom0_line;
}

/* A payload in the image is all that there may be. */
static void take_carried(struct firmware *firmware)
{
    const struct wishes *wishes = &firmware->wishes;
    struct stage *stage = firmware->stage;

    if (wishes->xen || wishes->kernel || wishes->ramdisk || wishes->configuration)
        refuse(firmware, "", "load options name files, and the image carries a payload",
               "take the names out", EFI_INVALID_PARAMETER);
    if (fit_lines((const uint8_t *)(uintptr_t)stage->payload.base, stage->payload.size,
                  &stage->job.arena, &firmware->preparation.xen_line,
                  &firmware->preparation.dom0_line, &stage->error))
        firmware_give_up(stage);
    if (!firmware->secure)
        take_lines(firmware, false);
}

void firmware_find_payload(struct firmware *firmware, const struct shim_tree *tree)
{
    struct preparation *preparation = &firmware->preparation;
    bool of_boot_loader;

    if (firmware->stage->payload.size) {
        take_carried(firmware);
        return;
    }
    if (firmware->secure)
        refuse(firmware, "", "Secure Boot is on, and files and modules are signed by nobody",
               "start a signed image that carries its payload (doc/uefi.rst)",
               EFI_SECURITY_VIOLATION);
    if (prepare_take_modules(preparation, tree, &firmware->stage->error))
        firmware_refuse(firmware, EFI_LOAD_ERROR);
    of_boot_loader = preparation->module_count;
    if (!prepare_has(preparation, tree, SHIM_MODULE_KERNEL))
        read_files(firmware);
    if (!prepare_has(preparation, tree, SHIM_MODULE_XEN))
        read_xen(firmware);
    take_lines(firmware, of_boot_loader);
}
