// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * RAM as the firmware has it. What Xen would take for RAM under UEFI (xen/arch/arm/efi/efi-boot.h,
 * efi_process_memory_map_bootinfo(), 4.17 to 4.20) is RAM here; what lies in the midst of it, and
 * is neither that nor a device's, must be left alone.
 */
#include "firmware.h"
#include "shim/base/mem.h"

enum { MAP_SPARE = 16 }; /* entries that may come up from one call to the next */

/*
 * TABLES is for general use once they have been read (UEFI 2.10, 7.2): where there are no ACPI tables
 * it is the device tree's (EBBR 2.1, 2.3), which is copied. U-Boot's lies 127 MiB behind the base.
 */
enum use { RAM, KEPT, TABLES, ELSE };

static enum use use_of(const struct firmware *firmware, const struct efi_memory *entry)
{
    static const uint8_t uses[] = {
        [EFI_RESERVED] = KEPT,      [EFI_LOADER_CODE] = RAM,   [EFI_LOADER_DATA] = RAM,
        [EFI_BOOT_CODE] = RAM,      [EFI_BOOT_DATA] = RAM,     [EFI_RUNTIME_CODE] = KEPT,
        [EFI_RUNTIME_DATA] = KEPT,  [EFI_CONVENTIONAL] = RAM,  [EFI_UNUSABLE] = KEPT,
        [EFI_ACPI_RECLAIM] = TABLES, [EFI_ACPI_NVS] = KEPT,     [EFI_MAPPED_IO] = ELSE,
        [EFI_MAPPED_PORTS] = ELSE,  [EFI_PAL_CODE] = KEPT,     [EFI_PERSISTENT] = KEPT,
        [EFI_UNACCEPTED] = KEPT,
    };
    enum use use = entry->type < sizeof(uses) ? (enum use)uses[entry->type] : KEPT;
    uint64_t plain = entry->attribute & (EFI_MEMORY_WB | EFI_MEMORY_RUNTIME);

    if (use == TABLES)
        use = firmware->has_acpi ? KEPT : RAM;
    return use == RAM && plain != EFI_MEMORY_WB ? KEPT : use;
}

static _Noreturn void refuse(struct firmware *firmware, const char *what)
{
    firmware_refuse(firmware, EFI_OUT_OF_RESOURCES, "the firmware's memory map", what,
                    "report this machine and its memory map");
}

/* Its pages are one more entry of the next map. */
static void make_room(struct firmware *firmware)
{
    uint64_t size = 0, key, entry = sizeof(struct efi_memory);
    uint32_t version;

    if (services_of(firmware)->get_memory_map(&size, NULL, &key, &entry, &version) !=
            EFI_BUFFER_TOO_SMALL || entry < sizeof(struct efi_memory))
        refuse(firmware, "its size is not given");
    firmware->map = firmware_pages(firmware, size + MAP_SPARE * entry, "its memory map");
}

/* False: it has grown. */
static bool get(struct firmware *firmware)
{
    uint32_t version;

    firmware->map_size = firmware->map.size;
    return !services_of(firmware)->get_memory_map(
        &firmware->map_size, (void *)(uintptr_t)firmware->map.base, &firmware->map_key,
        &firmware->map_entry, &version);
}

static void get_with_room(struct firmware *firmware)
{
    if (firmware->map.size && get(firmware))
        return;
    make_room(firmware);
    if (!get(firmware))
        refuse(firmware, "it grows");
}

static bool collect(struct firmware *firmware, uint64_t at)
{
    struct preparation *preparation = &firmware->preparation;
    struct efi_memory entry;
    struct shim_range range;
    enum use use;

    memcpy(&entry, (const uint8_t *)(uintptr_t)firmware->map.base + at, sizeof(entry));
    range = (struct shim_range){ entry.physical, entry.pages * EFI_PAGE };
    use = use_of(firmware, &entry);
    if (use == ELSE || !range.size || entry.pages > UINT64_MAX / EFI_PAGE ||
        shim_range_wraps(range))
        return true;
    return shim_ranges_collect(use == RAM ? &preparation->ram : &preparation->kept,
                               range);
}

/* The last one's places are taken again: nothing else is in that part of the arena. */
void firmware_read_map(struct firmware *firmware)
{
    struct preparation *preparation = &firmware->preparation;
    uint32_t most;
    bool fits;

    get_with_room(firmware);
    most = (uint32_t)(firmware->map.size / firmware->map_entry);
    fits = preparation->ram.capacity >= most ||
           (shim_ranges_init(&preparation->ram, &firmware->stage->job.arena, most) &&
            shim_ranges_init(&preparation->kept, &firmware->stage->job.arena, most));
    preparation->ram.count = preparation->kept.count = 0;
    for (uint64_t at = 0; fits && at + firmware->map_entry <= firmware->map_size;
         at += firmware->map_entry)
        fits = collect(firmware, at);
    if (!fits)
        refuse(firmware, "no room for its entries");
    shim_ranges_settle(&preparation->ram);
    shim_ranges_settle(&preparation->kept);
}
