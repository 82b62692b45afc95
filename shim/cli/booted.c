// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "booted.h"

#include <stdio.h>
#include <string.h>

#include "file.h"
#include "memory.h"
#include "shim/base/number.h"
#include "shim/job/efi_map.h"
#include "shim/model/entry.h"
#include "shim/xen/image.h"
#include "shim/xen/modules.h"
#include "trouble.h"

static int take_place(const char *option, uint64_t *at)
{
    return shim_read_number(option, at)
        ? EXIT_SAME : complain_about("command line", "policy", "is not an address",
                                     "write it like 0x48000000");
}

static int take_xen(const struct file *file, struct shim_facts *facts)
{
    struct shim_image image = shim_image_at(file->bytes, file->len);

    if (!image.bits)
        return complain_about(file->name, "payload", "is neither an arm64 Image nor an arm32 "
                                                     "zImage",
                              "give the unpacked Xen that is loaded, such as Debian's "
                              "/boot/xen-4.17-arm64");
    facts->hypervisor_bits = image.bits;
    facts->hypervisor_room = image.room;
    shim_look_for_release(facts, file->bytes, file->len);
    return EXIT_SAME;
}

/* What the file says of the memory that it needs, and its size. */
static int take_file(enum loaded which, const char *path, struct shim_facts *facts, uint64_t *size)
{
    struct file file;

    if (!file_look(path, &file))
        return EXIT_TROUBLE;
    if (!file.len)
        return complain_about(path, "payload", "is empty", "give the file that is loaded");
    *size = file.len;
    if (which == LOADED_KERNEL)
        shim_look_at_kernel(facts, file.bytes, file.len);
    return which == LOADED_XEN ? take_xen(&file, facts) : EXIT_SAME;
}

/* By file, by address or by both. */
static int take_part(const struct options *options, enum loaded which, struct shim_facts *facts)
{
    static const enum shim_module_kind kinds[LOADED_FILES] = {
        [LOADED_XEN] = SHIM_MODULE_XEN, [LOADED_KERNEL] = SHIM_MODULE_KERNEL,
        [LOADED_RAMDISK] = SHIM_MODULE_RAMDISK,
    };
    const char *path = options->loaded[which], *place = options->at[which];
    struct shim_payload_part part = { .kind = kinds[which], .assumed = !path || !place,
                                      .at = { 0, shim_assumed_size(kinds[which]) } };

    if (path && take_file(which, path, facts, &part.at.size))
        return EXIT_TROUBLE;
    if (place && take_place(place, &part.at.base))
        return EXIT_TROUBLE;
    if (path || place)
        facts->payload[facts->payload_count++] = part;
    return EXIT_SAME;
}

static int take_entry(const char *word, struct shim_facts *facts)
{
    for (enum shim_xen_entry entry = SHIM_ENTRY_IMAGE; entry < SHIM_ENTRIES; entry++) {
        facts->entry = entry;
        if (!strcmp(word, shim_entry_row(entry)->name))
            return EXIT_SAME;
    }
    return complain_about("command line", "policy", "this way to start Xen does not exist",
                          "use --entry image (started by U-Boot's booti or dtshim) or --entry "
                          "uefi (by Xen's own UEFI stub)");
}

static int take_map(const char *path, struct shim_facts *facts)
{
    struct shim_efi_map map;
    struct shim_arena arena;
    struct shim_error error;
    struct file file;

    if (!file_read(path, &file))
        return EXIT_TROUBLE;
    /* three ranges for a line, which has a byte at least */
    arena = arena_of(64 * file.len + 4096);
    if (shim_efi_map_read(&map, file.bytes, file.len, &arena, &error))
        return complain(path, &error);
    shim_efi_map_tell(&map, facts);
    return EXIT_SAME;
}

int take_boot(const struct options *options, struct shim_facts *facts)
{
    int trouble = EXIT_SAME;

    for (enum loaded which = LOADED_XEN; !trouble && which < LOADED_FILES; which++)
        trouble = take_part(options, which, facts);
    if (!trouble && options->entry)
        trouble = take_entry(options->entry, facts);
    if (!trouble && options->efi_map)
        trouble = take_map(options->efi_map, facts);
    if (!trouble && options->tree_at) {
        facts->tree.size = SHIM_XEN_TREE_MAX;
        trouble = take_place(options->tree_at, &facts->tree.base);
    }
    return trouble;
}

static bool names_twice(const struct options *options, const struct file *file,
                        const struct shim_job *job)
{
    return (options->at[LOADED_KERNEL] || options->at[LOADED_RAMDISK]) &&
           shim_names_kernel(&job->tree) &&
           complain_about(file->name, "payload", "the tree already gives its kernel's address",
                          "remove --kernel-at and --ramdisk-at");
}

/* By UEFI RAM is what the firmware's map says. Of Xen itself the forecast says that it stops. */
static bool is_off_ram(const struct shim_job *job, const char *place)
{
    struct shim_range first = { .size = 1 };

    return place && !job->no_ram.code && shim_entry_row(job->facts.entry)->reads_memory &&
           shim_read_number(place, &first.base) && !shim_ranges_meeting(&job->board.ram, first);
}

static bool names_no_ram(const struct options *options, const struct file *file,
                         const struct shim_job *job)
{
    const struct { const char *option, *place; } all[] = {
        { "--tree-at", options->tree_at }, { "--kernel-at", options->at[LOADED_KERNEL] },
        { "--ramdisk-at", options->at[LOADED_RAMDISK] },
    };
    char what[100];

    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (!is_off_ram(job, all[i].place))
            continue;
        snprintf(what, sizeof(what), "%s %.40s: the tree has no RAM there", all[i].option, all[i].place);
        return complain_about(file->name, "payload", what,
                              "give the address in RAM to which the boot loader loads it; or all RAM "
                              "that the board has, with --ram");
    }
    return false;
}

bool contradicts_tree(const struct options *options, const struct file *file,
                      const struct shim_job *job)
{
    return names_twice(options, file, job) || names_no_ram(options, file, job);
}
