/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * From the tree that UEFI has to the one that the bare stage takes: RAM as in the firmware's map,
 * what the firmware keeps in /reserved-memory, modules by their kind, and each command line where
 * Xen looks for it. No UEFI is needed here.
 */
#ifndef DTSHIM_STAGE_EFI_PREPARE_H
#define DTSHIM_STAGE_EFI_PREPARE_H

#include <dtshim/error.h>
#include <dtshim/facts.h>

#include "shim/base/range.h"
#include "shim/fdt/tree.h"

enum { PREPARED_MODULES_MAX = 8 };

struct prepared_module {
    enum shim_module_kind kind;
    struct shim_range at;
};

struct preparation {
    struct shim_ranges ram;
    struct shim_ranges kept;  /* runtime services, ACPI tables and the like */
    struct prepared_module modules[PREPARED_MODULES_MAX]; /* each gets a node of its kind */
    uint32_t module_count;
    const char *xen_line;     /* NULL: stays as it is */
    const char *dom0_line;    /* likewise */
    bool line_is_taken;       /* /chosen: bootargs was Xen's, and is nobody's any more */
};

/* Is there a module by this kind, in the preparation or (only what says so) in the tree? */
bool prepare_has(const struct preparation *preparation, const struct shim_tree *tree,
                 enum shim_module_kind kind);

/* Errors: SHIM_E_PAYLOAD: there are too many. */
enum shim_code prepare_add(struct preparation *preparation, enum shim_module_kind kind,
                           struct shim_range at, struct shim_error *error);

/*
 * The tree's modules that say nothing of themselves, as GRUB writes them: the one whose bytes are
 * Xen's is Xen, of the others the first is the kernel and the second the ramdisk, as Xen would
 * have it; with the lines that stand there. A line is cut where it ends: GRUB's has a byte more.
 * Their bytes are looked at only in the preparation's RAM. Errors: SHIM_E_PAYLOAD, SHIM_E_MEMORY.
 */
enum shim_code prepare_take_modules(struct preparation *preparation, const struct shim_tree *tree,
                                    struct shim_error *error);

/* Writes the new tree. Errors: those of shim_splice(), SHIM_E_VALUE. */
enum shim_code prepare_tree(const struct preparation *preparation, const struct shim_tree *tree,
                            struct shim_arena arena, void *out, size_t room, size_t *len,
                            struct shim_error *error);

#endif
