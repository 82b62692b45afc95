// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is to be started: in the image, in the tree, or in files that somebody names. */
#include "../fit.h"
#include "firmware.h"
#include "shim/base/mem.h"
#include "shim/xen/module_nodes.h"
#include "shim/xen/modules.h"

static const char configuration[] = "xen.cfg";

/* ---- what is wanted ----------------------------------------------------------------------- */

/* Two bytes a letter, with a NUL or without. */
static void read_options(struct firmware *firmware)
{
    const uint8_t *letters = firmware->loaded->options;
    uint32_t count = letters ? firmware->loaded->options_size / 2 : 0;
    char *line = firmware->options;

    for (; count && line < firmware->options + FIRMWARE_OPTIONS_MAX - 1; letters += 2, count--) {
        *line = letters[1] ? '?' : (char)letters[0];
        if (!*line++)
            break;
    }
    firmware->has_options = *firmware->options;
    wishes_of_options(&firmware->wishes, firmware->options);
}

/* False: there is no such file. */
static bool read_configuration(struct firmware *firmware, const char *name)
{
    struct shim_range file = firmware_read_file(firmware, name, 1);
    char *text = (char *)(uintptr_t)file.base;
    const char *flaw;

    if (!file.size)
        return false;
    text[file.size] = '\0';
    flaw = wishes_of_configuration(&firmware->wishes, text, file.size);
    if (flaw)
        firmware_refuse(firmware, EFI_LOAD_ERROR, name, flaw,
                        "write it as for Xen: [global] default=xen, [xen] options=LINE, "
                        "kernel=NAME LINE");
    return true;
}

static bool tree_names_kernel(const struct firmware *firmware)
{
    struct shim_arena rest = firmware->stage->job.arena;
    struct shim_error ignored;
    struct shim_tree tree;

    return firmware->tree_size &&
           !shim_tree_check(&tree, firmware->tree, firmware->tree_size, &rest, &ignored) &&
           shim_names_kernel(&tree);
}

void firmware_find_wishes(struct firmware *firmware)
{
    const char *told;

    read_options(firmware);
    told = firmware->wishes.of[WISH_CONFIGURATION];
    if (firmware->stage->payload.size || firmware->secure)
        return;
    if (told && !read_configuration(firmware, told))
        firmware_refuse(firmware, EFI_NOT_FOUND, told, "cfg= gives a file that does not exist",
                        "copy it there, or remove cfg=");
    if (!told && !firmware->wishes.of[WISH_KERNEL] && !tree_names_kernel(firmware))
        read_configuration(firmware, configuration);
}

/* ---- what there is ------------------------------------------------------------------------ */

static void add(struct firmware *firmware, enum shim_module_kind kind, struct shim_range at)
{
    if (prepare_add(&firmware->preparation, kind, at, &firmware->stage->error))
        firmware_give_up(firmware->stage);
}

static void read_module(struct firmware *firmware, enum shim_module_kind kind, enum wish wish)
{
    const char *name = firmware->wishes.of[wish];
    struct shim_range at;

    if (!name)
        return;
    at = firmware_read_file(firmware, name, 0);
    if (!at.size)
        firmware_refuse(firmware, EFI_NOT_FOUND, name, "no such file on the volume",
                        "copy it there; NAME is beside dtshim, \\NAME at the top");
    add(firmware, kind, at);
}

static void read_xen(struct firmware *firmware)
{
    static const char names[] = "xen.efi\0xen\0\\xen.efi\0\\xen\0";
    struct shim_range at = { 0 };

    read_module(firmware, SHIM_MODULE_XEN, WISH_XEN);
    if (firmware->wishes.of[WISH_XEN])
        return;
    for (unsigned i = 0; *shim_word(names, i) && !at.size; i++)
        at = firmware_read_file(firmware, shim_word(names, i), 0);
    if (!at.size)
        firmware_refuse(firmware, EFI_NOT_FOUND, "",
                        "no Xen: it is not among the modules, and neither xen.efi nor xen is "
                        "beside dtshim",
                        "copy it there, or give xen=NAME; GRUB: xen_module --nounzip XEN");
    add(firmware, SHIM_MODULE_XEN, at);
}

static void read_files(struct firmware *firmware)
{
    if (!firmware->wishes.of[WISH_KERNEL])
        firmware_refuse(firmware, EFI_NOT_FOUND, "",
                        "nothing to start: no modules, no kernel=NAME, no xen.cfg beside dtshim",
                        "give one of them (doc/guide/uefi.rst)");
    read_module(firmware, SHIM_MODULE_KERNEL, WISH_KERNEL);
    read_module(firmware, SHIM_MODULE_RAMDISK, WISH_RAMDISK);
    read_module(firmware, SHIM_MODULE_OTHER, WISH_XSM);
    firmware->preparation.xen_line = "";
    firmware->preparation.line_is_taken = true;
}

/* The line that GRUB gives the program is Xen's but for dtshim's own words. */
static void take_lines(struct firmware *firmware, bool of_boot_loader)
{
    struct preparation *preparation = &firmware->preparation;
    const char *const *wishes = firmware->wishes.of;

    if (of_boot_loader && (firmware->has_options || !preparation->xen_line))
        preparation->xen_line = "";
    preparation->line_is_taken |= of_boot_loader;
    if (wishes[WISH_XEN_LINE])
        preparation->xen_line = wishes[WISH_XEN_LINE];
    if (wishes[WISH_DOM0_LINE])
        preparation->dom0_line = wishes[WISH_DOM0_LINE];
}

/* A payload in the image is all that there may be. */
static void take_carried(struct firmware *firmware)
{
    const char *const *wishes = firmware->wishes.of;
    struct stage *stage = firmware->stage;

    if (wishes[WISH_XEN] || wishes[WISH_KERNEL] || wishes[WISH_RAMDISK] ||
        wishes[WISH_CONFIGURATION])
        firmware_refuse(firmware, EFI_INVALID_PARAMETER, "",
                        "load options give files, but the image has a payload",
                        "remove them from the options");
    if (fit_lines((const uint8_t *)(uintptr_t)stage->payload.base, stage->payload.size,
                  &stage->job.arena, &firmware->preparation.xen_line,
                  &firmware->preparation.dom0_line, &stage->error))
        firmware_give_up(stage);
    if (!firmware->secure)
        take_lines(firmware, false);
}

/* What nobody has signed: a module of any kind, or a ramdisk; wherever the property is. */
static bool tree_names_bytes(const struct shim_tree *tree)
{
    return tree->string_of[SHIM_INITRD_START] != SHIM_NONE ||
           shim_next_module_node(tree, SHIM_NONE) != SHIM_NONE;
}

void firmware_find_payload(struct firmware *firmware, const struct shim_tree *tree)
{
    struct preparation *preparation = &firmware->preparation;
    bool of_boot_loader;

    if (firmware->secure && (!firmware->stage->payload.size || tree_names_bytes(tree)))
        firmware_refuse(firmware, EFI_SECURITY_VIOLATION, "",
                        "Secure Boot is on, and files and modules are not signed",
                        "start a signed image that has its payload in it (doc/guide/uefi.rst)");
    if (firmware->stage->payload.size) {
        take_carried(firmware);
        return;
    }
    if (prepare_take_modules(preparation, tree, &firmware->stage->error))
        firmware_give_up(firmware->stage);
    of_boot_loader = preparation->module_count;
    if (!prepare_has(preparation, tree, SHIM_MODULE_KERNEL))
        read_files(firmware);
    if (!prepare_has(preparation, tree, SHIM_MODULE_XEN))
        read_xen(firmware);
    take_lines(firmware, of_boot_loader);
}
