// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/entry.h"

#define GIB ((uint64_t)1 << 30)

/* Alike from 4.17 to 4.22, but for shim_release.joins_map. */
static const struct shim_entry_row entries[SHIM_ENTRIES] = {
    [SHIM_ENTRY_IMAGE] = {
        .name = "image",
        .reads_memory = true,
        .reads_memreserve = true,
        .keeps_places = true,
        .loads_below = 4 * GIB, /* U-Boot's board_get_usable_ram_top() */
    },
    [SHIM_ENTRY_UEFI] = {
        .name = "uefi",
        .only_64 = true, /* ARM_EFI of arch/arm/Kconfig */
        /* early_scan_node() passes over memory nodes where efi_enabled(EFI_BOOT): 53701ecb8f */
        .reads_memory = false,
        /* fdt_add_uefi_nodes() of arch/arm/efi/efi-boot.h deletes it: 6d70ea10d4 */
        .reads_memreserve = false,
        .checks_chosen = true, /* efi_check_dt_boot() */
        .writes_chosen = true, /* setup_chosen_node() */
        .gives_line = true,    /* efi_arch_handle_cmdline(), for xen.cfg */
        .tree_more = 4096,     /* fdt_increase_size(), from efi_arch_use_config_file() */
        .loads_below = 0,      /* read_file(): AllocateMaxAddress, and EDK2 begins at the top */
    },
};

const struct shim_entry_row *shim_entry_row(enum shim_xen_entry entry)
{
    return &entries[entry];
}
