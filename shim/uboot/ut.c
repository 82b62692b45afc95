// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Unit tests of the glue between dtshim and U-Boot, for U-Boot's own command: ut lib. */
#include "release.h"

#include <env.h>
#include <image.h>
#include <mapmem.h>
#include <asm/global_data.h>
#include <linux/libfdt.h>
#include <linux/sizes.h>
#include <test/lib.h>
#include <test/ut.h>

#include "boot.h"
#include "bootm.h"
#include "uboot.h"

DECLARE_GLOBAL_DATA_PTR;

static int lib_test_dtshim_number(struct unit_test_state *uts)
{
    unsigned long number;

    ut_assert(uboot_number("0x1f", &number));
    ut_asserteq(0x1f, number);
    ut_assert(uboot_number("ff", &number));
    ut_asserteq(0xff, number);
    ut_assert(!uboot_number("1f#c", &number));
    ut_assert(!uboot_number("-1", &number));
    ut_assert(!uboot_number("", &number));
    return 0;
}
LIB_TEST(lib_test_dtshim_number, 0);

/* ---- the environment ------------------------------------------------------------------ */

struct seen {
    int count, most;
    char values[8];
};

static bool see(void *self, const char *name, const char *value)
{
    struct seen *seen = self;

    seen->values[seen->count++] = *value;
    return seen->count < seen->most;
}

static int lib_test_dtshim_environment(struct unit_test_state *uts)
{
    struct seen all = { .most = 8 }, first = { .most = 1 };

    ut_assert(uboot_env_set("utshim_a", "1"));
    ut_assert(uboot_env_set("utshim_b", "2=3"));
    ut_assert(uboot_env_set("autshim_", "4"));
    ut_assert(uboot_env_each("utshim_", see, &all));
    ut_asserteq_str("12", all.values);
    ut_assert(!uboot_env_each("utshim_", see, &first));
    ut_asserteq(1, first.count);
    ut_asserteq_str("2=3", uboot_env("utshim_b"));
    ut_assert(uboot_env_set_hex("utshim_a", 0x123456789aULL));
    ut_asserteq_str("123456789a", uboot_env("utshim_a"));
    ut_assert(uboot_env_set("utshim_a", NULL) && uboot_env_set("utshim_b", NULL) &&
              uboot_env_set("autshim_", NULL));
    ut_assertnull(uboot_env("utshim_a"));
    return 0;
}
LIB_TEST(lib_test_dtshim_environment, 0);

/* ---- memory ------------------------------------------------------------------------------ */

static int lib_test_dtshim_room(struct unit_test_state *uts)
{
    ulong end = gd->bd->bi_dram[0].start + gd->bd->bi_dram[0].size;
    size_t room;

    ut_asserteq(0x80, uboot_room(end - 0x80));
    ut_asserteq(0, uboot_room(end));
    ut_assertnull(uboot_map(end, &room));
    ut_assertnonnull(uboot_map(end - 8, &room));
    ut_asserteq(8, room);
    ut_asserteq_ptr(gd->fdt_blob, uboot_map(map_to_sysmem(gd->fdt_blob), &room));
    ut_assert(room >= fdt_totalsize(gd->fdt_blob));
    return 0;
}
LIB_TEST(lib_test_dtshim_room, 0);

static int lib_test_dtshim_heap(struct unit_test_state *uts)
{
    int taken;

    uboot_begin();
    ut_assertnonnull(uboot_heap(SZ_1K));
    ut_asserteq(0, uboot_address(uboot_heap(100)) % 8);
    ut_assertnull(uboot_heap(gd->ram_size));
    for (taken = 2; uboot_heap(8); taken++)
        ;
    ut_asserteq(16, taken); /* of one job */
    uboot_end();
    uboot_begin();
    ut_assertnonnull(uboot_heap(8));
    uboot_end();
    uboot_end(); /* frees nothing twice */
    return 0;
}
LIB_TEST(lib_test_dtshim_heap, 0);

static bool apart(ulong a, ulong a_size, ulong b, ulong b_size)
{
    return a + a_size <= b || b + b_size <= a;
}

/* Of LMB, beside the file loaded last and what lies in U-Boot itself. */
static int lib_test_dtshim_lmb(struct unit_test_state *uts)
{
    const ulong size = CONFIG_SYS_MALLOC_LEN + SZ_1M;
    ulong first, second;

    uboot_begin();
    first = uboot_address(uboot_memory(size));
    uboot_end();
    ut_assert(uboot_room(first) >= size);
    env_set_hex("fileaddr", first + SZ_1M);
    env_set_hex("filesize", SZ_4K);
    uboot_begin();
    second = uboot_address(uboot_memory(size));
    uboot_end();
    ut_assert(uboot_room(second) >= size);
    ut_assert(apart(second, size, first + SZ_1M, SZ_4K));
    env_set("fileaddr", NULL);
    env_set("filesize", NULL);
    uboot_begin();
    ut_assertnull(uboot_memory(gd->ram_size));
    uboot_end();
    uboot_begin_boot(); /* what LMB has free may be full of what was loaded */
    ut_assertnull(uboot_memory(size));
    uboot_end();
    return 0;
}
LIB_TEST(lib_test_dtshim_lmb, 0);

/* ---- an OS boot ---------------------------------------------------------------------------- */

static int make_tree(struct unit_test_state *uts, void *tree, int size)
{
    int chosen, policy;

    ut_assertok(fdt_create_empty_tree(tree, size));
    chosen = fdt_add_subnode(tree, 0, "chosen");
    policy = fdt_add_subnode(tree, chosen, "dtshim");
    ut_assertok(fdt_setprop_string(tree, policy, "on-error", "pass-through"));
    ut_assertok(fdt_setprop(tree, policy, "open", "xyz", 3));
    return 0;
}

static int lib_test_dtshim_tree(struct unit_test_state *uts)
{
    static char tree[SZ_1K] __aligned(8);

    ut_assertok(make_tree(uts, tree, sizeof(tree)));
    ut_asserteq_str("pass-through", uboot_tree_string(tree, "/chosen/dtshim", "on-error"));
    ut_assertnull(uboot_tree_string(tree, "/chosen/dtshim", "open"));
    ut_assertnull(uboot_tree_string(tree, "/chosen/dtshim", "none"));
    ut_assertnull(uboot_tree_string(tree, "/none", "on-error"));
    ut_asserteq(sizeof(tree), uboot_tree_size(tree));
    return 0;
}
LIB_TEST(lib_test_dtshim_tree, 0);

/* As bootefi has one: nobody knows how much room there is behind it. */
static int lib_test_dtshim_other_tree(struct unit_test_state *uts)
{
    static char tree[SZ_1K] __aligned(8);
    struct uboot_boot boot;

    ut_assertok(make_tree(uts, tree, sizeof(tree)));
    ut_assert(!uboot_boot_now(tree, &boot));
    ut_assert(uboot_env_set("dtshim_contract", "none"));
    ut_assert(dtshim_final_tree(tree));
    ut_assert(uboot_env_set("dtshim_contract", NULL));
    ut_assert(uboot_env_set("dtshim_on_error", "halt"));
    ut_assert(!dtshim_final_tree(tree));
    ut_assert(uboot_env_set("dtshim_on_error", NULL));
    ut_assert(dtshim_final_tree(tree)); /* the tree's own word */
    return 0;
}
LIB_TEST(lib_test_dtshim_other_tree, 0);

/* Code of a board's that has a word to add to the tree: it must be said once. */
int dtshim_spy(void *ctx, struct event *event)
{
    ofnode chosen = oftree_path(event->data.ft_fixup.tree, "/chosen");
    const char *said = ofnode_read_string(chosen, "utshim,spy");

    return uboot_env("utshim_spy") ? ofnode_write_string(chosen, "utshim,spy", said ? "twice" : "once")
                                   : 0;
}
EVENT_SPY_FULL(EVT_FT_FIXUP, dtshim_spy);

static int lib_test_dtshim_boot_now(struct unit_test_state *uts)
{
    static char tree[SZ_1K] __aligned(8);
    struct bootm_headers before = images;
    struct uboot_boot boot;

    ut_assertok(make_tree(uts, tree, sizeof(tree)));
    memset(&images, 0, sizeof(images));
    images.ft_addr = tree;
    images.ep = 0x1000;
    images.os.image_len = 0x2000;
    ut_assert(uboot_boot_now(tree, &boot));
    ut_asserteq(0x1000, boot.os);
    ut_asserteq(0x2000, boot.os_size);
    ut_asserteq(0, boot.loadable_count);
    ut_assert(boot.own < gd->start_addr_sp && boot.own + boot.own_size == gd->ram_top);
    uboot_boot_set_os(0x3000);
    uboot_boot_set_tree(0x4000, 0x100);
    ut_asserteq(0x3000, images.ep);
    ut_asserteq(IH_ARCH_DEFAULT, images.os.arch);
    ut_asserteq_ptr(map_sysmem(0x4000, 0), images.ft_addr);
    ut_asserteq(0x100, images.ft_len);
    images = before;
    return 0;
}
LIB_TEST(lib_test_dtshim_boot_now, 0);

static int lib_test_dtshim_place(struct unit_test_state *uts)
{
    static const char words[] = "a moved module";
    ulong at;

    uboot_begin();
    at = uboot_address(uboot_heap(SZ_8K));
    uboot_place(at, words, sizeof(words), SZ_4K);
    ut_asserteq_str(words, (const char *)uboot_at(at));
    uboot_place(at, uboot_at(at), sizeof(words), SZ_4K); /* it stays */
    ut_asserteq_str(words, (const char *)uboot_at(at));
    uboot_end();
    return 0;
}
LIB_TEST(lib_test_dtshim_place, 0);
