// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The board's tree: a file's, where one is given, or the firmware's. */
#include "firmware.h"
#include "shim/base/mem.h"

enum { FIXUP_SPARE = 64 << 10 };

static const struct efi_guid tree_table = { /* EFI_DTB_TABLE_GUID: UEFI 2.10, 4.6.1.3 */
    0xb1b621d5, 0xf19c, 0x41a5, { 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 } };
static const struct efi_guid acpi_table = {
    0x8868e871, 0xe4f1, 0x11d3, { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 } };
static const struct efi_guid fixup_protocol = {
    0xe617d64c, 0xfe08, 0x46da, { 0xf4, 0xdc, 0xbb, 0xd5, 0x87, 0x0c, 0x73, 0x00 } };

static const void *table_of(const struct firmware *firmware, const struct efi_guid *kind)
{
    const struct efi_system_table *system = firmware->system;

    for (uint64_t i = 0; i < system->table_count; i++)
        if (!memcmp(&system->tables[i].kind, kind, sizeof(*kind)))
            return system->tables[i].table;
    return NULL;
}

/* What the board knows goes into a file's tree, where the firmware does that. */
static void fix_up(struct firmware *firmware, struct shim_range file)
{
    struct efi_fixup *fixup = NULL;
    uint64_t room = file.size + FIXUP_SPARE;

    if (services_of(firmware)->locate_protocol(&fixup_protocol, NULL, &fixup))
        return;
    if (!fixup->fixup(fixup, (void *)(uintptr_t)file.base, &room,
                      EFI_FIXUP_APPLY | EFI_FIXUP_RESERVE))
        firmware->tree_size = file.size + FIXUP_SPARE;
    else
        shim_print(&firmware->stage->sink, "dtshim: the firmware could not fix up the tree: it "
                   "is used as in the file\n");
}

static void read_tree(struct firmware *firmware, const char *name)
{
    struct shim_range file = firmware_read_file(firmware, name, FIXUP_SPARE);

    if (!file.size)
        firmware_refuse(firmware, EFI_NOT_FOUND, name, "dtb= gives a file that does not exist",
                        "copy it there, or remove dtb=");
    firmware->tree = (const uint8_t *)(uintptr_t)file.base;
    firmware->tree_size = file.size;
    if (stage_claimed_size(firmware->tree) <= file.size)
        fix_up(firmware, file);
}

void firmware_look_for_tree(struct firmware *firmware)
{
    firmware->has_acpi = table_of(firmware, &acpi_table);
    firmware->tree = table_of(firmware, &tree_table);
    firmware->tree_size = stage_claimed_size(firmware->tree);
}

void firmware_find_tree(struct firmware *firmware)
{
    const char *file = firmware->wishes.of[WISH_TREE];

    if (file && !firmware->secure)
        read_tree(firmware, file);
    else if (!firmware->tree)
        firmware_refuse(firmware, EFI_UNSUPPORTED, "",
                        firmware->has_acpi ? "no device tree: this firmware offers ACPI"
                                           : "no device tree, and no ACPI",
                        "set the firmware's setup to device tree (QEMU: acpi=off), or give a "
                        "file: dtb=NAME, GRUB: devicetree");
}
