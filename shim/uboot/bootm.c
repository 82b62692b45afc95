// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The OS boot of bootm, booti and bootz: what it boots, and what it goes on with. */
#include "release.h"

#include <command.h>
#include <cpu_func.h>
#include <image.h>
#include <malloc.h>
#include <mapmem.h>
#include <asm/cache.h>
#include <asm/global_data.h>
#include <asm/setjmp.h>
#include <linux/ctype.h>
#include <linux/libfdt.h>
#include <linux/sizes.h>

#include "bootm.h"
#include "machine.h"
#include "uboot.h"

DECLARE_GLOBAL_DATA_PTR;

enum { STACK = SZ_1M, /* below what U-Boot reserved for itself */
       LINE = 256 };

static struct {
    bool armed; /* by `dtshim boot`, */
    jmp_buf refused; /* which a boot that is refused returns to */
    size_t room; /* of the tree at hand, with what is free behind it */
} own;

/* ---- what is booted ------------------------------------------------------------------ */

/* What is compressed was unpacked; its size is not known any more. */
static size_t size_of(const void *fit, int node, size_t packed)
{
    uint8_t comp;

    return !fit_image_get_comp(fit, node, &comp) && comp != IH_COMP_NONE ? 0 : packed;
}

static void add_loadable(struct uboot_boot *boot, const void *fit, int node)
{
    struct uboot_file *file = &boot->loadables[boot->loadable_count];
    const void *data;
    uint8_t type;
    size_t size;

    if (fit_image_get_type(fit, node, &type) || (type != IH_TYPE_KERNEL && type != IH_TYPE_RAMDISK) ||
        fit_image_get_data_and_size(fit, node, &data, &size))
        return;
    if (boot->loadable_count == UBOOT_LOADABLES) {
        boot->too_many = true;
        return;
    }
    file->ramdisk = type == IH_TYPE_RAMDISK;
    file->size = size_of(fit, node, size);
    /* bootm takes a `load` of 0 for none, too. */
    if (fit_image_get_load(fit, node, &file->address) || !file->address)
        file->address = map_to_sysmem(data);
    boot->loadable_count++;
}

/*
 * bootm ends where a hash is wrong. Of its subcommands the hook sees the last ones alone, and
 * the name of the configuration was a word of the first one, which is gone. One bootm makes
 * `state` anew, after it has put all of its own steps there.
 */
static bool in_steps(void)
{
    return images.state & BOOTM_STATE_OS_PREP;
}

/* In any configuration. */
static bool fit_has_loadables(void)
{
    const void *fit = images.fit_hdr_os;
    int node;

    if (!IS_ENABLED(CONFIG_FIT) || !fit)
        return false;
    fdt_for_each_subnode(node, fit, fdt_path_offset(fit, FIT_CONFS_PATH))
        if (fdt_getprop(fit, node, FIT_LOADABLE_PROP, NULL))
            return true;
    return false;
}

/* bootm has put them where their `load` says. Of a malformed list it takes what it can read. */
static void find_loadables(struct uboot_boot *boot)
{
    const void *fit = images.fit_hdr_os;
    const char *name;
    int configuration, i, count;

    if (!IS_ENABLED(CONFIG_FIT) || !images.fit_uname_cfg || !fit)
        return;
    configuration = fit_conf_get_node(fit, images.fit_uname_cfg);
    count = fdt_stringlist_count(fit, configuration, FIT_LOADABLE_PROP);
    boot->no_list = count <= 0 && count != -FDT_ERR_NOTFOUND;
    for (i = 0; (name = fdt_stringlist_get(fit, configuration, FIT_LOADABLE_PROP, i, NULL)); i++)
        add_loadable(boot, fit, fit_image_get_node(fit, name));
}

bool uboot_boot_now(const void *tree, struct uboot_boot *boot)
{
    if (tree != images.ft_addr)
        return false;
    memset(boot, 0, sizeof(*boot));
    boot->os = images.ep;
    boot->os_size = images.os.image_len; /* as unpacked */
    boot->own = gd->start_addr_sp - min((ulong)STACK, (ulong)gd->start_addr_sp);
    boot->own_size = gd->ram_top - boot->own;
    boot->tree = map_to_sysmem(tree);
    boot->tree_size = max(own.room, (size_t)fdt_totalsize(tree));
    if (in_steps())
        boot->in_steps = fit_has_loadables();
    else
        find_loadables(boot);
    return true;
}

const char *uboot_tree_string(const void *tree, const char *path, const char *property)
{
    int len, node = fdt_path_offset(tree, path);
    const char *value = node < 0 ? NULL : fdt_getprop(tree, node, property, &len);

    return value && len && !value[len - 1] ? value : NULL;
}

size_t uboot_tree_size(const void *tree)
{
    return fdt_totalsize(tree);
}

/* ---- what it goes on with ---------------------------------------------------------------- */

void uboot_boot_set_os(unsigned long entry)
{
    images.ep = entry;
    images.os.arch = IH_ARCH_DEFAULT; /* bootm has that of the image loaded last */
}

void uboot_boot_set_tree(unsigned long address, size_t size)
{
    images.ft_addr = map_sysmem(address, size);
    images.ft_len = size;
}

void uboot_place(unsigned long to, const void *from, size_t size, size_t room)
{
    void *at = map_sysmem(to, room);

    if (at != from)
        memcpy(at, from, size);
    flush_dcache_range((ulong)at, ALIGN((ulong)at + room, ARCH_DMA_MINALIGN));
}

/* ---- the boot, as a command ---------------------------------------------------------------- */

bool uboot_os_address(const char *os, unsigned long *address)
{
    char *end;

    *address = *os == '#' ? image_load_addr : hextoul(os, &end);
    return *os == '#' || (isxdigit(*os) && (!*end || *end == '#' || *end == ':'));
}

static const void *bytes_of(const char *os)
{
    ulong address;

    uboot_os_address(os, &address);
    return map_sysmem(address, 0);
}

static const char *command_for(const void *os)
{
    static const char zimage[] = { 0x18, 0x28, 0x6f, 0x01 };

    switch (genimg_get_format(os)) {
    case IMAGE_FORMAT_FIT:
    case IMAGE_FORMAT_LEGACY:
    case IMAGE_FORMAT_ANDROID:
        return "bootm";
    }
    return memcmp((const char *)os + 0x24, zimage, sizeof(zimage)) ? uboot_machine.image_command
                                                                   : "bootz";
}

static bool is_fit(const void *bytes)
{
    return IS_ENABLED(CONFIG_FIT) && genimg_get_format(bytes) == IMAGE_FORMAT_FIT &&
           fdt_path_offset(bytes, FIT_IMAGES_PATH) >= 0;
}

bool uboot_is_fit(const char *address)
{
    ulong number = hextoul(address, NULL);

    return uboot_room(number) >= sizeof(struct fdt_header) && is_fit(map_sysmem(number, 0));
}

/* The configuration that bootm takes. */
static int configuration_of(const void *fit, const char *name)
{
    if (IS_ENABLED(CONFIG_FIT_BEST_MATCH) && !name)
        return fit_conf_find_compat(fit, gd->fdt_blob);
    return fit_conf_get_node(fit, name ? name + 1 : NULL);
}

/* Has the configuration this property? Of an image by name there is no configuration. */
static bool fit_has(const char *os, const char *property)
{
    const void *fit = bytes_of(os);
    int node;

    if (!is_fit(fit) || strchr(os, ':'))
        return false;
    node = configuration_of(fit, strchr(os, '#'));
    return node >= 0 && fdt_getprop(fit, node, property, NULL);
}

const char *uboot_default_os(void)
{
    static char address[20];

    snprintf(address, sizeof(address), "%lx", image_load_addr);
    return address;
}

bool uboot_os_has_tree(const char *os)
{
    return fit_has(os, FIT_FDT_PROP);
}

/* U-Boot takes the ramdisk of a FIT only where its place on the line is free or names it. */
static const char *ramdisk_word(const char *os, const char *ramdisk, const char *tree)
{
    if (ramdisk)
        return ramdisk;
    if (!tree)
        return "";
    return fit_has(os, FIT_RAMDISK_PROP) ? os : "-";
}

enum uboot_outcome uboot_boot_os(const char *os, const char *ramdisk, const char *tree)
{
    char line[LINE];
    int result;

    if (strlen(os) + strlen(ramdisk_word(os, ramdisk, tree)) + (tree ? strlen(tree) : 0) + 10 > LINE)
        return UBOOT_TOO_LONG;
    snprintf(line, sizeof(line), "%s %s %s %s", command_for(bytes_of(os)), os,
             ramdisk_word(os, ramdisk, tree), tree ? tree : "");
    if (setjmp(own.refused))
        return UBOOT_REFUSED;
    own.armed = true;
    result = run_command(line, 0);
    own.armed = false;
    return result ? UBOOT_FAILED : UBOOT_BOOTED;
}

/* ---- for the hook in it --------------------------------------------------------------------- */

bool uboot_boot_is_own(void)
{
    bool armed = own.armed;

    own.armed = false;
    return armed;
}

void uboot_boot_set_room(size_t room)
{
    own.room = room;
}

/*
 * A boot that ends here cannot go on by bootm's subcommands: U-Boot asks only if they come
 * in order. And it leaves nothing taken of LMB, or each one would take more.
 */
void uboot_boot_forget(const void *tree)
{
    if (tree != images.ft_addr)
        return; /* EFI's */
    images.state = INT_MAX;
    release_lmb_forget(map_to_sysmem(tree), fdt_totalsize(tree));
    if (images.initrd_start && images.initrd_start != images.rd_start)
        release_lmb_forget(images.initrd_start, images.initrd_end - images.initrd_start);
}

void uboot_boot_return(void)
{
    longjmp(own.refused, 1);
}
