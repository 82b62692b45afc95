// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where U-Boot comes in: the command as it is typed, and the hook in every OS boot. */
#include "release.h"

#include <command.h>
#include <image.h>
#include <malloc.h>
#include <linux/libfdt.h>

#include "boot.h"
#include "bootm.h"
#include "command.h"

/* ---- the hook ------------------------------------------------------------------------- */

/* Of spies that come after the hook dtshim would see nothing: they are told here, too. */
static bool spied(void *fdt)
{
    int trouble = release_tell_spies(&images, fdt);

    if (trouble)
        printf("dtshim: the last changes to the tree failed (%d): the boot is refused\n", trouble);
    return !trouble;
}

/*
 * The tree is planned without what is free behind it, as memory for the plan follows from
 * its size. Where the boot keeps it U-Boot gets it back as it was, for what it does next.
 */
static bool final_tree(void *fdt)
{
    size_t used = fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt);
    const void *at = images.ft_addr;
    void *before = malloc(used); /* NULL: there is none for a plan, which will say so */
    size_t room = fdt_totalsize(fdt);
    bool goes_on = true;

    uboot_boot_set_room(room);
    if (before) {
        memcpy(before, fdt, used);
        goes_on = spied(fdt);
    }
    fdt_set_totalsize(fdt, fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt));
    goes_on = goes_on && dtshim_final_tree(fdt);
    if (before && images.ft_addr == at)
        memcpy(fdt, before, used);
    if (images.ft_addr == at)
        fdt_set_totalsize(fdt, room);
    free(before);
    uboot_boot_set_room(0);
    return goes_on;
}

/*
 * U-Boot calls it when it has made all its own changes; 0: the boot is refused. bootm
 * would then panic on Arm, so for its own command dtshim returns by itself.
 */
int ft_verify_fdt(void *fdt)
{
    bool waiting = uboot_boot_is_own();

    if (!waiting && !IS_ENABLED(CONFIG_DTSHIM_AUTO))
        return 1;
    if (final_tree(fdt))
        return 1;
    uboot_boot_forget(fdt);
    if (waiting)
        uboot_boot_return();
    return 0;
}

/* ---- the command ---------------------------------------------------------------------- */

static int do_dtshim(struct cmd_tbl *cmdtp, int flag, int argc, char *const argv[])
{
    return dtshim_command(argc - 1, argv + 1);
}

U_BOOT_CMD(
    dtshim, 5, 0, do_dtshim,
    "make a device tree ready for Xen",
    "plan [-v] [addr]     - show changes to the tree, and why; -v: in full\n"
    "dtshim apply [addr]         - rewrite it, and make it the working tree\n"
    "dtshim diff [addr [addr2]]  - list differences; default: of the last apply\n"
    "dtshim forecast [addr]      - show what Xen does with the tree as it is\n"
    "dtshim check [-v] [addr]    - list broken rules; -v: at every node\n"
    "dtshim boot [os [ramdisk[:size] [fdt]]]\n"
    "                            - as bootm, booti or bootz, with a tree for Xen\n"
    "dtshim help                 - list policy variables, and which are set\n"
    "Without addr or fdt: fdtaddr, fdt_addr or fdtcontroladdr, the first that is set."
);
