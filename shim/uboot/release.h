/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What differs between U-Boot's releases: all of it is here, and the rest knows none.
 *
 *   2023.01   common.h; LMB is a map that each user makes for himself; EVENT_SPY
 *   2025.01   no common.h; one LMB for all of U-Boot, which outlives commands and boots:
 *             what was taken has to be given back; EVENT_SPY_FULL; spies of EVT_FT_FIXUP
 *             come after ft_verify_fdt(), not before
 *
 * Included first, in the place of common.h.
 */
#ifndef DTSHIM_UBOOT_RELEASE_H
#define DTSHIM_UBOOT_RELEASE_H

#if __has_include(<common.h>)
#include <common.h>
#endif
#include <event.h>
#include <image.h>
#include <lmb.h>
#include <vsprintf.h>
#include <version.h>
#include <linux/string.h>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare" /* of phy_interface.h, in 2025.01 */
#include <dm/ofnode.h>
#pragma GCC diagnostic pop

/* Records of what listens to events are made with macros that leave out a field, in 2025.01. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define UBOOT_RELEASE (U_BOOT_VERSION_NUM * 100 + U_BOOT_VERSION_NUM_PATCH)

#if UBOOT_RELEASE < 202501

#ifndef EVENT_SPY_FULL
#define EVENT_SPY_FULL EVENT_SPY
#endif

struct release_lmb {
    struct lmb lmb;
};

/* LMB leaves out U-Boot itself and what U-Boot's own tree reserves. */
static inline void release_lmb_start(struct release_lmb *map, struct bd_info *board, const void *tree)
{
    lmb_init_and_reserve(&map->lmb, board, (void *)tree);
}

static inline phys_addr_t release_lmb_take(struct release_lmb *map, phys_size_t size, ulong align,
                                           phys_addr_t below)
{
    return lmb_alloc_base(&map->lmb, size, align, below);
}

static inline void release_lmb_free(struct release_lmb *map, phys_addr_t base, phys_size_t size)
{
    lmb_free(&map->lmb, base, size);
}

/* Of a boot that did not come off: bootm starts LMB anew. */
static inline void release_lmb_forget(phys_addr_t base, phys_size_t size)
{
}

static inline int release_tell_spies(struct bootm_headers *images, void *tree)
{
    return 0;
}

#else

struct release_lmb {
    bool none;
};

static inline void release_lmb_start(struct release_lmb *map, struct bd_info *board, const void *tree)
{
}

/* It is given back within the command; EFI, which counts in pages, is told of neither. */
static inline phys_addr_t release_lmb_take(struct release_lmb *map, phys_size_t size, ulong align,
                                           phys_addr_t below)
{
    return lmb_alloc_base_flags(size, align, below, LMB_NONOTIFY);
}

static inline void release_lmb_free(struct release_lmb *map, phys_addr_t base, phys_size_t size)
{
    lmb_free_flags(base, size, LMB_NONOTIFY);
}

static inline void release_lmb_forget(phys_addr_t base, phys_size_t size)
{
    lmb_free(base, size);
}

/* As U-Boot does itself. */
static inline int release_tell_spies(struct bootm_headers *images, void *tree)
{
    struct event_ft_fixup fixup = { .images = images };

    if (of_live_active() || !CONFIG_IS_ENABLED(EVENT))
        return 0;
    fixup.tree = oftree_from_fdt(tree);
    return oftree_valid(fixup.tree) ? event_notify(EVT_FT_FIXUP, &fixup, sizeof(fixup)) : 0;
}

#endif

#endif
