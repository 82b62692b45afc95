// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* U-Boot as the environment. Besides this file only bootm.c, entry.c and machine/ see U-Boot's headers. */
#include "release.h"

#include <env.h>
#include <env_internal.h>
#include <fdt_support.h>
#include <malloc.h>
#include <mapmem.h>
#include <search.h>
#include <asm/global_data.h>
#include <linux/ctype.h>
#include <linux/libfdt.h>

#include "uboot.h"

DECLARE_GLOBAL_DATA_PTR;

enum { ALIGNMENT = 8, RESULTS = 2, SPARED = 3, BLOCKS = 16, TAKEN = 4 };

struct extent {
    ulong base, size;
};

/* What belongs to the command that is running. */
static struct {
    struct extent spared[SPARED]; /* the trees at hand, and the file loaded last */
    unsigned int spared_count;
    void *block[BLOCKS]; /* of the heap */
    unsigned int blocks;
    struct extent taken[TAKEN]; /* of LMB */
    unsigned int taken_count;
    struct release_lmb lmb;
    bool lmb_ready;
    bool boot;
} own;

void uboot_put(const char *text)
{
    puts(text);
}

/* ---- the environment ---------------------------------------------------------------- */

const char *uboot_env(const char *name)
{
    return env_get(name);
}

bool uboot_env_set(const char *name, const char *value)
{
    return !env_set(name, value);
}

bool uboot_env_set_hex(const char *name, unsigned long long value)
{
    char text[20];

    snprintf(text, sizeof(text), "%llx", value);
    return uboot_env_set(name, text);
}

/* One "name=value" of an export. */
static bool each_line(char *line, const char *prefix,
                      bool (*each)(void *self, const char *name, const char *value), void *self)
{
    char *equals = strchr(line, '=');

    if (!equals || strncmp(line, prefix, strlen(prefix)))
        return true;
    *equals = '\0';
    return each(self, line, equals + 1);
}

bool uboot_env_each(const char *prefix, bool (*each)(void *self, const char *name,
                                                     const char *value), void *self)
{
    char *lines = NULL, *line;
    bool on = true;

    if (hexport_r(&env_htab, '\0', 0, &lines, 0, 0, NULL) < 0)
        return false;
    for (line = lines; on && *line;) {
        char *next = line + strlen(line) + 1; /* each_line() cuts the line in two */

        on = each_line(line, prefix, each, self);
        line = next;
    }
    free(lines);
    return on;
}

bool uboot_number(const char *text, unsigned long *number)
{
    char *end;

    *number = hextoul(text, &end);
    return isxdigit(*text) && !*end;
}

/* ---- trees -------------------------------------------------------------------------- */

static void spare(ulong base, ulong size)
{
    if (size && own.spared_count < SPARED)
        own.spared[own.spared_count++] = (struct extent){ base, size };
}

/* The last byte that can be addressed of the RAM that holds `address`, or 0: there is none. */
static ulong ram_last(ulong address)
{
    int i;

    for (i = 0; i < CONFIG_NR_DRAM_BANKS; i++) {
        /* A bank may end above what a 32-bit U-Boot can address. */
        u64 start = gd->bd->bi_dram[i].start, last = start + (gd->bd->bi_dram[i].size - 1);

        if (gd->bd->bi_dram[i].size && address >= start && address <= last)
            return min(last, (u64)ULONG_MAX);
    }
    return 0;
}

size_t uboot_room(unsigned long long address)
{
    ulong last = address > ULONG_MAX ? 0 : ram_last(address);

    return last ? last - address + 1 : 0;
}

const void *uboot_at(unsigned long address)
{
    return map_sysmem(address, 0);
}

static size_t room_at(ulong address)
{
    size_t room = uboot_room(address);

    if (room)
        return room;
    /* It may lie in flash, or in the sandbox anywhere. */
    return address == map_to_sysmem(gd->fdt_blob) ? fdt_totalsize(gd->fdt_blob) : 0;
}

const void *uboot_map(unsigned long address, size_t *room)
{
    const void *tree;

    *room = room_at(address);
    if (*room < sizeof(struct fdt_header))
        return *room ? map_sysmem(address, *room) : NULL;
    tree = map_sysmem(address, *room);
    spare(address, min((size_t)fdt_totalsize(tree), *room));
    return tree;
}

/* ---- memory ------------------------------------------------------------------------- */

void uboot_begin(void)
{
    memset(&own, 0, sizeof(own));
    spare(env_get_hex("fileaddr", 0), env_get_hex("filesize", 0));
}

void uboot_begin_boot(void)
{
    uboot_begin();
    own.boot = true;
}

void uboot_end(void)
{
    unsigned int i;

    for (i = 0; i < own.blocks; i++)
        free(own.block[i]);
    own.blocks = 0;
    for (i = 0; i < own.taken_count; i++)
        release_lmb_free(&own.lmb, own.taken[i].base, own.taken[i].size);
    own.taken_count = 0;
}

static void start_lmb(void)
{
    release_lmb_start(&own.lmb, gd->bd, gd->fdt_blob);
    own.lmb_ready = true;
}

static const struct extent *spared_in(ulong base, ulong size)
{
    unsigned int i;

    for (i = 0; i < own.spared_count; i++)
        if (base - own.spared[i].base < own.spared[i].size || own.spared[i].base - base < size)
            return &own.spared[i];
    return NULL;
}

/*
 * The highest free memory that has none of what was loaded, which LMB knows nothing of.
 * It is not told, either: it refuses ranges that overlap, as a tree and its file may.
 */
static ulong lmb_place(size_t size)
{
    const struct extent *spared;
    ulong address, below = 0; /* anywhere */

    do {
        address = release_lmb_take(&own.lmb, size, ALIGNMENT, below);
        spared = address ? spared_in(address, size) : NULL;
        if (!spared)
            return address;
        release_lmb_free(&own.lmb, address, size);
        below = spared->base;
    } while (below);
    return 0;
}

static void *lmb_memory(size_t size)
{
    ulong address;

    if (!own.lmb_ready)
        start_lmb();
    address = own.taken_count < TAKEN ? lmb_place(size) : 0;
    if (!address)
        return NULL;
    own.taken[own.taken_count++] = (struct extent){ address, size };
    return map_sysmem(address, size);
}

void *uboot_heap(size_t size)
{
    void *memory = own.blocks < BLOCKS ? memalign(ALIGNMENT, size) : NULL;

    if (memory)
        own.block[own.blocks++] = memory;
    return memory;
}

void *uboot_memory(size_t size)
{
    void *memory = uboot_heap(size);

    return memory || own.boot ? memory : lmb_memory(size);
}

unsigned long uboot_address(const void *memory)
{
    return map_to_sysmem(memory);
}

/* Takes it out of what uboot_end() gives back. */
static void *keep(void *memory)
{
    unsigned int i;

    for (i = 0; i < own.blocks; i++)
        if (own.block[i] == memory)
            own.block[i] = NULL;
    return memory;
}

void uboot_work_on(unsigned long address)
{
    if (IS_ENABLED(CONFIG_CMD_FDT))
        set_working_fdt_addr(address);
    else
        env_set_hex("fdtaddr", address);
}

void uboot_work_on_none(void)
{
    env_set("fdtaddr", NULL);
}

void uboot_keep_tree(void *tree, void *beside)
{
    /* The last tree's, then those of the one before. */
    static void *of_commands[2 * RESULTS], *of_boots[2 * RESULTS];
    void **kept = own.boot ? of_boots : of_commands;

    free(kept[2]);
    free(kept[3]);
    kept[2] = kept[0];
    kept[3] = kept[1];
    kept[0] = keep(tree);
    kept[1] = keep(beside);
}
