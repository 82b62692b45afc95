// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* dtshim boot: bootm, booti or bootz, and everything as it was when they fail. */
#include "boot_command.h"

#include "bootm.h"
#include "machine.h"
#include "shim/base/mem.h"
#include "shim/xen/image.h"
#include "trees.h"
#include "trouble.h"
#include "uboot.h"

enum { IMAGE_HEADER = 64 };

/* U-Boot has no command that boots it. Of what is in a FIT or uImage it says so itself. */
static bool check_bits(const char *os, unsigned bits)
{
    return !bits || !uboot_machine.bits || bits == uboot_machine.bits ||
           !refuse_about(os, "payload", uboot_machine.other_image, uboot_machine.other_remedy);
}

/* Is there RAM where the OS is said to lie, and something there that U-Boot can boot? */
static bool check_os(const char *os)
{
    unsigned long address;

    if (!uboot_os_address(os, &address))
        return !refuse_about(os, "address", "is not an address",
                             "give it in hexadecimal, as for bootm");
    if (uboot_room(address) < IMAGE_HEADER)
        return !refuse_about(os, "address", "there is no RAM at this address",
                             "load it into RAM; bdinfo shows where RAM is");
    return check_bits(os, shim_image_at(uboot_at(address), IMAGE_HEADER).bits);
}

/* The tree of the line while U-Boot boots, and what was the working tree before. */
struct saved {
    const char *typed;
    char given[24];        /* where U-Boot's own copy is; empty: U-Boot gets what was typed */
    unsigned long address; /* of the tree, */
    void *copy;            /* and a copy that U-Boot knows nothing of; NULL: there is none */
    size_t len;
    unsigned long working;
    bool had_working;
};

/*
 * bootm of a FIT loads what is in it before it looks at the tree, which may lie in the
 * way; and with fdt_high it changes the tree where it lies. So U-Boot gets a copy.
 */
static bool save_tree(struct saved *saved)
{
    struct shim_text given = shim_text(saved->given, sizeof(saved->given));
    struct blob file;
    void *room;

    if (!uboot_number(saved->typed, &saved->address) || uboot_is_fit(saved->typed))
        return true; /* U-Boot knows how to read it */
    if (!tree_read(saved->typed, &file))
        return false;
    /* Anything else is no tree that a plan could be made for. */
    if (!is_tree(&file))
        return !refuse_about(saved->typed, "magic", "there is no device tree at this address",
                             "load one, as a file or in a FIT");
    room = uboot_heap(file.len + UBOOT_TREE_SLACK);
    saved->copy = uboot_heap(file.len);
    if (!room || !saved->copy)
        return out_of_memory(saved->typed) == EXIT_SAME;
    saved->len = file.len;
    memcpy(room, file.bytes, file.len);
    memcpy(saved->copy, file.bytes, file.len);
    uboot_keep_tree(saved->copy, room);
    shim_textf(&given, "%llx", SHIM_X(uboot_address(room)));
    return true;
}

/* U-Boot has made its own copies the working tree; what was it before is whole. */
static void restore_working(const struct saved *saved)
{
    if (!saved->had_working) {
        uboot_work_on_none();
    } else if (saved->copy && saved->working == saved->address &&
               memcmp(uboot_at(saved->address), saved->copy, saved->len) != 0) {
        uboot_put("dtshim: the working tree was overwritten: using a copy\n");
        uboot_work_on(uboot_address(saved->copy));
    } else {
        uboot_work_on(saved->working);
    }
}

static int end_of_boot(enum uboot_outcome outcome, const struct saved *saved)
{
    if (outcome == UBOOT_BOOTED)
        return EXIT_SAME;
    restore_working(saved);
    if (outcome == UBOOT_FAILED)
        refuse_about("boot", "boot", "U-Boot's own command failed", "see its message above");
    if (outcome == UBOOT_TOO_LONG)
        refuse_about("boot", "address", "the command is too long", "use shorter names");
    return EXIT_TROUBLE;
}

int run_boot(int argc, char *const argv[])
{
    struct saved saved = { .typed = argc > 2 ? argv[2] : NULL };
    const char *os = argc ? argv[0] : uboot_default_os();
    const char *working = uboot_env("fdtaddr");
    const char *tree;

    if (!check_os(os))
        return EXIT_TROUBLE;
    if (!saved.typed && !uboot_os_has_tree(os)) {
        saved.typed = default_tree();
        if (!saved.typed)
            return EXIT_TROUBLE;
    }
    saved.had_working = working && uboot_number(working, &saved.working);
    uboot_end();
    uboot_begin_boot();
    if (saved.typed && !save_tree(&saved))
        return EXIT_TROUBLE;
    uboot_end(); /* the boot begins a job of its own */
    tree = saved.given[0] ? saved.given : saved.typed;
    return end_of_boot(uboot_boot_os(os, argc > 1 ? argv[1] : NULL, tree), &saved);
}
