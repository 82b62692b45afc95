// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/dom0_tree.h"

#include "shim/base/mem.h"
#include "shim/model/device.h"
#include "shim/model/made.h"
#include "shim/model/match.h"
#include "shim/model/smmu.h"
#include "shim/model/walked.h"

/* A walk over the host's nodes, as handle_node() goes. */
struct walk {
    struct shim_xen_host host;
    struct shim_writer out;
    const struct shim_dom0_memory *memory;
    struct shim_stop late; /* what stops Xen when it copies to dom0's memory */
    const struct shim_tree *tree;
    uint32_t open;         /* the parent of the nodes that are being written */
    struct shim_wires_below below;
    struct shim_xen_walked *walked; /* NULL: nothing is kept for another release */
    uint32_t own;          /* bytes that are made for this release alone */
};

/* ---- properties (write_properties()) --------------------------------------------------- */

/* Is it behind an IOMMU that this Xen has a driver for? Then its words about it go. */
static bool behind_iommu(const struct walk *walk, uint32_t node)
{
    const struct shim_sight *sight = walk->host.sight;
    const struct shim_tree *tree = walk->tree;
    uint64_t known = tree->nodes[node].known;
    struct shim_span args;
    uint32_t iommu = SHIM_NONE;

    if (!(known >> SHIM_IOMMUS & 1) && !(known >> SHIM_IOMMU_MAP & 1))
        return false;
    if (known >> SHIM_IOMMU_MAP & 1)
        shim_walk_depends(&walk->host);
    if (!shim_xen_reference(tree, node, "iommus", NULL, 0, &iommu, &args) &&
        (!sight->boot->release->removes_iommu_map ||
         !shim_xen_reference(tree, node, "iommu-map", NULL, 1, &iommu, &args)))
        return false;
    return shim_xen_knows_iommu(sight, iommu);
}

static bool is_iommu_word(enum shim_name name)
{
    return name == SHIM_IOMMUS || name == SHIM_IOMMU_MAP || name == SHIM_IOMMU_MAP_MASK;
}

/* Properties of /chosen that dom0 does not see, apart from bootargs. */
static bool is_hidden(const struct walk *walk, const char *name)
{
    static const char hidden[] =
        "xen,xen-bootargs\0linux,initrd-start\0linux,initrd-end\0stdout-path\0"
        "linux,uefi-system-table\0linux,uefi-mmap-start\0linux,uefi-mmap-size\0"
        "linux,uefi-mmap-desc-size\0linux,uefi-mmap-desc-ver\0";

    for (unsigned i = 0; *shim_word(hidden, i); i++)
        if (!strcmp(shim_word(hidden, i), name))
            return true;
    return walk->host.sight->boot->release->hides_chosen && !strcmp(name, "xen,static-heap");
}

/* dom0's command line: the kernel module's, or those of /chosen in their order. */
struct line {
    const char *words;
    bool dom0s;
};

static bool take_line(struct line *line, const char *name, struct shim_span value)
{
    if (!strcmp(name, "xen,dom0-bootargs")) {
        line->words = shim_first_string(value);
        line->dom0s = true;
        return true;
    }
    if (strcmp(name, "bootargs") != 0)
        return false;
    if (!line->words && !line->dom0s)
        line->words = shim_first_string(value);
    return true;
}

/* Behind all else, and another one for a node that is marked for another domain. */
static void write_status(struct walk *walk, bool passed, uint32_t status)
{
    if (passed)
        shim_write_string(&walk->out, "status", "disabled");
    else if (status != SHIM_NONE)
        shim_write_copy(&walk->out, status);
}

static void write_initrd(struct walk *walk)
{
    const struct shim_xen_module *ramdisk = shim_sight_module(walk->host.sight, SHIM_MODULE_RAMDISK);
    struct shim_range at = walk->memory->ramdisk;
    uint8_t *start, *end;

    if (!ramdisk || !ramdisk->at.size)
        return;
    start = shim_write_place(&walk->out, "linux,initrd-start", 8);
    end = shim_write_place(&walk->out, "linux,initrd-end", 8);
    if (!start || !end)
        return;
    shim_put_be64(start, at.base);
    shim_put_be64(end, shim_range_end(at));
}

static void write_chosen(struct walk *walk, uint32_t node)
{
    const struct shim_xen_module *kernel = shim_sight_module(walk->host.sight,
                                                             SHIM_MODULE_KERNEL);
    const struct shim_node *own = &walk->tree->nodes[node];
    struct line line = { 0 };
    uint32_t status = SHIM_NONE;

    if (kernel && kernel->line && *kernel->line)
        line.words = kernel->line;
    for (uint32_t prop = own->first_prop; prop < own->props_end; prop++) {
        const char *name = shim_prop_name(walk->tree, prop);

        if (shim_prop_id(walk->tree, prop) == SHIM_STATUS)
            status = prop;
        else if (!is_hidden(walk, name) && strcmp(name, "xen,passthrough") != 0 &&
                 !take_line(&line, name, shim_prop_value(walk->tree, prop)))
            shim_write_copy(&walk->out, prop);
    }
    write_status(walk, shim_passed_through(walk->tree, node), status);
    if (line.words)
        shim_write_string(&walk->out, "bootargs", line.words);
    write_initrd(walk);
}

static void write_plain(struct walk *walk, uint32_t node)
{
    const struct shim_node *own = &walk->tree->nodes[node];
    bool iommu = behind_iommu(walk, node), passed = shim_passed_through(walk->tree, node);
    uint32_t status = SHIM_NONE;

    for (uint32_t prop = own->first_prop; prop < own->props_end; prop++) {
        enum shim_name name = shim_prop_id(walk->tree, prop);

        if (name == SHIM_STATUS)
            status = prop;
        else if ((!iommu || !is_iommu_word(name)) &&
                 (!passed || strcmp(shim_prop_name(walk->tree, prop), "xen,passthrough") != 0))
            shim_write_copy(&walk->out, prop);
    }
    write_status(walk, passed, status);
}

/* ---- nodes ------------------------------------------------------------------------------ */

/* Ends the nodes between the open one and `parent`, which is one above it. */
static void close_up_to(struct walk *walk, uint32_t parent)
{
    while (walk->open != parent) {
        shim_write_end(&walk->out);
        walk->open = walk->tree->nodes[walk->open].parent;
    }
}

static uint32_t bytes_of(const struct walk *walk)
{
    return walk->out.top + walk->out.strings;
}

/* What depends on the release by its very nature. */
static void write_own(struct walk *walk, enum shim_fate fate)
{
    uint32_t before = bytes_of(walk);

    if (fate == SHIM_FATE_GIC)
        shim_make_gic(&walk->out, &walk->host);
    else if (fate == SHIM_FATE_TIMER)
        shim_make_timer(&walk->out, &walk->host);
    walk->own += bytes_of(walk) - before;
    if (walk->walked) {
        walk->walked->gics += fate == SHIM_FATE_GIC;
        walk->walked->timers += fate == SHIM_FATE_TIMER;
    }
}

static void write_own_chosen(struct walk *walk, uint32_t node)
{
    uint32_t before = bytes_of(walk);

    shim_write_begin(&walk->out, shim_node_name(walk->tree, node));
    write_chosen(walk, node);
    walk->own += bytes_of(walk) - before;
    if (walk->walked)
        walk->walked->chosen = node;
}

static void write_node(struct walk *walk, uint32_t node)
{
    if (shim_xen_at_root(walk->tree, node, "chosen")) {
        write_own_chosen(walk, node);
        return;
    }
    if (shim_write_counts(&walk->out) && !shim_passed_through(walk->tree, node)) {
        shim_write_count_node(&walk->out, node);
        return;
    }
    shim_write_begin(&walk->out, shim_node_name(walk->tree, node));
    write_plain(walk, node);
}

/* The node, and where to go on: after it if dom0 does not see what is below it. */
static uint32_t handle(struct walk *walk, uint32_t node)
{
    struct shim_xen_host *host = &walk->host;
    enum shim_fate fate = shim_xen_fate(host, node);
    struct shim_wires wires;

    close_up_to(walk, walk->tree->nodes[node].parent);
    if (fate != SHIM_FATE_GIVEN) {
        write_own(walk, fate);
        return walk->tree->nodes[node].past;
    }
    wires = shim_xen_wires_next(walk->tree, node, &walk->below);
    if (shim_xen_has_own(host, wires))
        return walk->tree->nodes[node].past;
    shim_xen_give_device(host, wires, walk->memory, &walk->late);
    if (shim_stops(host->stop))
        return node;
    write_node(walk, node);
    walk->open = node;
    return node + 1;
}

static void no_room(struct walk *walk, uint32_t node)
{
    shim_stop(walk->host.stop, "tree-room", node,
              "dom0's tree does not fit in the size of this one",
              "dtshim apply leaves 16 KiB free; booti uses what dtc -p leaves",
              "Device tree generation failed (-3).");
}

static void walk_nodes(struct walk *walk)
{
    struct shim_stop *stop = walk->host.stop;
    uint32_t node = SHIM_ROOT;

    write_plain(walk, SHIM_ROOT);
    walk->open = SHIM_ROOT;
    for (node = 1; node < walk->tree->node_count && !shim_stops(stop);) {
        uint32_t next = handle(walk, node);

        if (walk->out.full)
            no_room(walk, node);
        node = next;
    }
    close_up_to(walk, SHIM_ROOT);
}

/* Where the walk was done for another release, and holds for this one. */
static void walk_again(struct walk *walk, const struct shim_xen_walked *walked)
{
    if (walk->host.dma)
        memcpy(walk->host.dma, walked->dma, walk->tree->node_count);
    shim_write_count_bytes(&walk->out, walked->bytes);
    for (uint32_t i = 0; i < walked->gics; i++)
        shim_make_gic(&walk->out, &walk->host);
    for (uint32_t i = 0; i < walked->timers; i++)
        shim_make_timer(&walk->out, &walk->host);
    if (walked->chosen != SHIM_NONE)
        write_own_chosen(walk, walked->chosen);
}

static void walk_and_keep(struct walk *walk)
{
    struct shim_xen_walked *walked = walk->walked;
    uint32_t before = bytes_of(walk);

    shim_walked_begin(walked, &walk->host);
    walk_nodes(walk);
    walked->bytes = bytes_of(walk) - before - walk->own;
    walked->known = !walked->depends && !walk->out.full && !shim_stops(walk->host.stop) &&
                    !shim_stops(&walk->late);
    if (walked->known && walk->host.dma)
        memcpy(walked->dma, walk->host.dma, walk->tree->node_count);
}

static void write_all(struct walk *walk)
{
    struct shim_xen_walked *kept = walk->host.sight->boot->walked;

    shim_write_begin(&walk->out, "");
    if (!kept || !shim_write_counts(&walk->out)) {
        walk_nodes(walk);
    } else if (shim_walked_holds(kept, &walk->host, walk->memory)) {
        walk_again(walk, kept);
    } else {
        walk->walked = kept;
        walk_and_keep(walk);
    }
    if (!shim_stops(walk->host.stop))
        shim_make_last(&walk->out, &walk->host, walk->memory);
    shim_write_end(&walk->out);
}

bool shim_dom0_protects(const struct shim_dom0_tree *dom0, const struct shim_tree *tree,
                        uint32_t node)
{
    return dom0->dma && dom0->dma[node] == SHIM_XEN_TRANSLATED && shim_reachable(tree, node);
}

/* `counted`: it is not written; true: that was enough. */
static enum shim_code make(const struct shim_sight *sight, const struct shim_dom0_memory *memory,
                           struct shim_dom0_tree *dom0, bool *counted, struct shim_error *error)
{
    struct walk walk = { .memory = memory, .tree = sight->tree };
    uint32_t room = sight->tree->total + sight->boot->release->dom0_tree_more;
    enum shim_code code;

    *dom0 = (struct shim_dom0_tree){ .blob = NULL };
    code = shim_xen_take_host(&walk.host, sight, &dom0->stop, error);
    if (code || shim_stops(&dom0->stop))
        return code;
    if (*counted)
        shim_write_count(&walk.out, room, sight->tree);
    if (!shim_xen_take_smmus(&walk.host) ||
        (!*counted && !shim_write_start(&walk.out, sight->arena, room, sight->tree)))
        return shim_no_room(error, "for dom0's tree");
    write_all(&walk);
    if (sight->arena->full)
        return shim_no_room(error, "for the streams of devices");
    dom0->dma = walk.host.dma;
    dom0->len = shim_stops(&dom0->stop) ? 0 : shim_write_finish(&walk.out);
    *counted = *counted && !walk.out.full;
    if (!dom0->len)
        no_room(&walk, SHIM_ROOT);
    else if (shim_stops(&walk.late))
        dom0->stop = walk.late;
    else
        dom0->blob = walk.out.at;
    return SHIM_OK;
}

enum shim_code shim_xen_dom0_tree(const struct shim_sight *sight,
                                  const struct shim_dom0_memory *memory,
                                  struct shim_dom0_tree *dom0, struct shim_error *error)
{
    bool counted = false;

    return make(sight, memory, dom0, &counted, error);
}

enum shim_code shim_xen_dom0_tree_fits(const struct shim_sight *sight,
                                       const struct shim_dom0_memory *memory,
                                       struct shim_dom0_tree *dom0, struct shim_error *error)
{
    struct shim_arena before = *sight->arena;
    bool counted = true;
    enum shim_code code = make(sight, memory, dom0, &counted, error);

    if (code || counted)
        return code;
    *sight->arena = before;
    return make(sight, memory, dom0, &counted, error);
}

bool shim_sight_keeps(const struct shim_sight *sight, uint32_t node)
{
    struct shim_stop stop = { 0 };
    struct shim_error error;
    struct shim_xen_host host;

    return !shim_xen_take_host(&host, sight, &stop, &error) &&
           (shim_xen_fate(&host, node) != SHIM_FATE_GIVEN || shim_xen_uses_own(&host, node));
}
