// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a boot says on its way when all is well. */
#include "shim/xen/explain/messages.h"

enum { TPL = 1, SPL, UBOOT, HANDED, EFI, STAGE, EARLY, XEN };

const struct shim_log_mark shim_log_marks[] = {
    /* U-Boot 2023.01 and 2025.01: common/spl/spl.c, display_options(), announce_and_cleanup(),
       booti_setup(), boot_relocate_fdt(), do_bootefi() */
    { "U-Boot SPL %u.", SHIM_LOG_LOADER, SPL, SHIM_FACT_NONE },
    { "U-Boot TPL %u.", SHIM_LOG_LOADER, TPL, SHIM_FACT_NONE },
    { "^U-Boot %u.", SHIM_LOG_LOADER, UBOOT, SHIM_FACT_NONE },
    { "Hit any key to stop autoboot", SHIM_LOG_LOADER, 0, SHIM_FACT_NONE },
    { "Moving Image from %a to %a", SHIM_LOG_LOADER, 0, SHIM_FACT_XEN },
    { "Loading Device Tree to %a", SHIM_LOG_LOADER, 0, SHIM_FACT_TREE },
    { "Using Device Tree in place at %a", SHIM_LOG_LOADER, 0, SHIM_FACT_TREE },
    { "## Flattened Device Tree blob at %a", SHIM_LOG_LOADER, 0, SHIM_FACT_NONE },
    { "Starting kernel ...", SHIM_LOG_HANDED, HANDED, SHIM_FACT_NONE },
    { "## Starting EFI application", SHIM_LOG_HANDED, HANDED, SHIM_FACT_NONE },
    { "^Booting /", SHIM_LOG_HANDED, HANDED, SHIM_FACT_NONE },
    /* dtshim: shim/stage/main.c, shim/uboot/boot.c */
    { "dtshim %s at %a, EL%u, tree at", SHIM_LOG_STAGE, STAGE, SHIM_FACT_NONE },
    { "will give dom0 %a-%a", SHIM_LOG_NOTHING, 0, SHIM_FACT_PROMISE },
    { "dtshim: starting Xen at %a, tree at %a", SHIM_LOG_HANDED_XEN, 0, SHIM_FACT_PLACES },
    { "dtshim: starting the hypervisor at %a, tree at %a", SHIM_LOG_HANDED_XEN, 0,
      SHIM_FACT_OTHER },
    /* Xen: efi_start(), head.S, start_xen(), setup_mm() and others, 4.17 to 4.22 */
    { "Xen %v (c/s", SHIM_LOG_STAGE, EFI, SHIM_FACT_STUB },
    { "- UART enabled -", SHIM_LOG_XEN, EARLY, SHIM_FACT_NONE },
    { "- Boot CPU booting -", SHIM_LOG_XEN, 0, SHIM_FACT_NONE },
    { "Xen version %v", SHIM_LOG_XEN, XEN, SHIM_FACT_RELEASE },
    { "----[ Xen-%v", SHIM_LOG_XEN, 0, SHIM_FACT_RELEASE },
    { "^RAM: %a - %a", SHIM_LOG_XEN, 0, SHIM_FACT_RAM },
    { "^MODULE[%u]: %a - %a Xen", SHIM_LOG_XEN, 0, SHIM_FACT_XEN_AT },
    { "^MODULE[%u]: %a - %a Device Tree", SHIM_LOG_XEN, 0, SHIM_FACT_TREE },
    { "^MODULE[%u]: %a - %a Kernel", SHIM_LOG_XEN, 0, SHIM_FACT_KERNEL },
    { "^MODULE[%u]: %a - %a Ramdisk", SHIM_LOG_XEN, 0, SHIM_FACT_RAMDISK },
    { "^Command line: %r", SHIM_LOG_XEN, 0, SHIM_FACT_LINE },
    { "*** LOADING DOMAIN 0 ***", SHIM_LOG_BUILDING, 0, SHIM_FACT_NONE },
    { "Loading d0 kernel from boot module @ %a", SHIM_LOG_BUILDING, 0, SHIM_FACT_KERNEL },
    { "^BANK[%u] %a-%a", SHIM_LOG_BUILDING, 0, SHIM_FACT_BANK },
    { "^Panic on CPU %u:", SHIM_LOG_XEN, 0, SHIM_FACT_PANIC },
    { "*** Serial input to DOM0", SHIM_LOG_STARTED, 0, SHIM_FACT_NONE },
    { "Freed %ukB init memory", SHIM_LOG_STARTED, 0, SHIM_FACT_NONE },
    /* Linux: setup_arch(), xen_early_init(), run_init_process() */
    { "Booting Linux on physical CPU", SHIM_LOG_LINUX, 0, SHIM_FACT_NONE },
    { "Linux version %v", SHIM_LOG_LINUX, 0, SHIM_FACT_NONE },
    { "Xen %v support found", SHIM_LOG_LINUX, 0, SHIM_FACT_RELEASE },
    { "Run /init as init process", SHIM_LOG_USER, 0, SHIM_FACT_NONE },
    { "Run /sbin/init as init process", SHIM_LOG_USER, 0, SHIM_FACT_NONE },
    { " login:", SHIM_LOG_USER, 0, SHIM_FACT_NONE },
};
const unsigned shim_log_mark_count = sizeof(shim_log_marks) / sizeof(shim_log_marks[0]);
