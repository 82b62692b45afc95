/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The memory map of a UEFI firmware, as text that people can get at. */
#ifndef DTSHIM_JOB_EFI_MAP_H
#define DTSHIM_JOB_EFI_MAP_H

#include <dtshim/error.h>
#include <dtshim/facts.h>

#include "shim/base/range.h"

/* RAM that Xen's UEFI stub takes: in the map's order, as a set, and what of it is in use. */
struct shim_efi_map {
    struct shim_range *banks;
    uint32_t count;
    struct shim_ranges ram, in_use;
};

/*
 * Reads what the UEFI shell's memmap prints, GRUB's lsefimmap, U-Boot's efidebug memmap, or Linux
 * with efi=debug.
 * Other lines are passed over. Errors: SHIM_E_NO_RAM where no line is RAM; SHIM_E_VALUE where a
 * line's range is none; SHIM_E_MEMORY.
 */
enum shim_code shim_efi_map_read(struct shim_efi_map *map, const char *text, size_t len,
                                 struct shim_arena *arena, struct shim_error *error);

/* Puts it into the facts: RAM is what it says, whatever the tree has. */
void shim_efi_map_tell(const struct shim_efi_map *map, struct shim_facts *facts);

#endif
