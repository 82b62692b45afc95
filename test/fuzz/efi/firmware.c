// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The stage as an EFI application, from its entry to the bare stage's end, under a UEFI whose
 * memory map, files, options and whims are chosen by the input (host.h). Behind the tree is text:
 * the load options up to the first newline, and xen.cfg; or a payload.
 *
 * What is required: nothing is touched but what UEFI gave, and nothing is asked for when boot
 * services begin to end but the map; who comes back has words with a remedy, and has given all back;
 * under Secure Boot no file is opened, and nothing starts; the tree for the bare stage is one, in which
 * no two reserved ranges meet; the bare stage takes it, and maps nothing that UEFI keeps.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "../../../shim/stage/stage.h"
#include "../fuzz.h"
#include "host.h"

const bool fuzz_two_trees = true;

enum { AT_WHIMS = 2, AT_EXITS, AT_GROWS, AT_GROWS_BY_FILE, AT_PAGES, AT_DEVICE, AT_PARENT, AT_ENTRY,
       AT_LEVEL, AT_READ, AT_FILES, AT_CONTENT, AT_TEXT, AT_REGISTERS, AT_MAP = 16 };

enum { SETUP_MODE = 1, SECURE_BOOT = 2, ACPI = 4, FIXUP = 8, BELOW = 16, SILENT = 32, FAILS = 64,
       REFUSES = 128 };

enum { BASE = 0x40000000, FIRST = 256 << 20, STAGE_AT = BASE + (16 << 20), TREE_AT = BASE + (8 << 20),
       XEN_AT = BASE + (32 << 20), MODULE = 1 << 20, MODULES = 4, HEAD = 4096, MAP_ENTRIES = 16 };

/* ---- memory ---------------------------------------------------------------------------------- */

static uint64_t attribute_of(uint8_t choice)
{
    static const uint64_t attributes[] = { EFI_MEMORY_WB, EFI_MEMORY_WB | 7, 0,
                                           EFI_MEMORY_WB | EFI_MEMORY_RUNTIME };

    return attributes[choice / 20 % 4];
}

/* Two bytes an entry: what it is, and how long, with a gap before it or what is only told. */
static void choose_map(struct host *host, const uint8_t *choices)
{
    uint64_t at = BASE + FIRST;

    host_add_memory(host, EFI_CONVENTIONAL, (struct shim_range){ BASE, FIRST }, EFI_MEMORY_WB);
    for (unsigned i = 0; i < MAP_ENTRIES; i++) {
        uint8_t kind = choices[AT_MAP + 2 * i], size = choices[AT_MAP + 2 * i + 1];
        struct shim_range range = { at, (uint64_t)EFI_PAGE << size % 12 };
        struct efi_memory odd = { .type = kind % 20, .physical = ~(uint64_t)0 << size % 64,
                                  .pages = ~(uint64_t)0 >> kind % 64, .attribute = EFI_MEMORY_WB };

        if (size > 0xf0 && (odd.pages > UINT64_MAX / EFI_PAGE || odd.physical + odd.pages * EFI_PAGE < odd.physical))
            host->odd[host->odd_count++ % HOST_ODD] = odd;
        range.base += size & 0x40 ? range.size : 0;
        range.base += size == 0x80 ? (uint64_t)1 << 36 : 0;
        if (size && size <= 0xf0 && host_add_memory(host, kind % 20, range, attribute_of(kind)))
            at = shim_range_end(range);
    }
}

/* ---- files ------------------------------------------------------------------------------------ */

static uint8_t images[MODULES][HEAD];

static void make_images(uint8_t content)
{
    static const char names[MODULES][16] = { "xen,xen-4.17", "Linux", "ramdisk", "\x8c\xff\x7c\xf9" };
    static const uint64_t room = MODULE;

    memset(images, 0, sizeof(images));
    for (unsigned i = 0; i < MODULES; i++) {
        memcpy(images[i] + (i < 2 ? 80 : 0), names[i], sizeof(names[i]));
        if (i < 2 && !(content & 1 << i)) {
            memcpy(images[i] + 16, &room, sizeof(room));
            memcpy(images[i] + 56, "ARM\x64", 4);
        }
    }
}

static void add_file(struct host_volume *volume, const char *name, const uint8_t *bytes, uint64_t len,
                     bool cut)
{
    struct host_file *file = &volume->files[volume->count++];

    strcpy(file->name, name);
    file->bytes = bytes;
    file->len = cut ? len / 2 : len;
    file->whole = len;
}

static void choose_files(struct host *host, const uint8_t *choices, const uint8_t *text, size_t len)
{
    struct host_volume *volume = &host->volumes[choices[AT_FILES] >> 7];
    uint8_t there = (uint8_t)~choices[AT_FILES], cut = choices[AT_CONTENT] & 4;

    host->volume_count = 2;
    if (there & 1)
        add_file(volume, there & 2 ? "EFI/xen" : "xen.efi", images[0], HEAD, cut);
    if (there & 4)
        add_file(volume, "EFI/Image", images[1], HEAD, false);
    if (there & 8)
        add_file(volume, "EFI/initrd", images[2], HEAD, choices[AT_CONTENT] & 8);
    if (there & 16)
        add_file(volume, "EFI/policy", images[3], HEAD, false);
    if (there & 32)
        add_file(volume, "EFI/xen.cfg", text, len, choices[AT_CONTENT] & 16);
    if (there & 64)
        add_file(volume, "board.dtb", (const uint8_t *)(uintptr_t)TREE_AT, host->tree_size, false);
}

/* ---- the image ---------------------------------------------------------------------------------- */

static void set_path(struct host *host)
{
    static const char nodes[2][16] = { "\\EFI", "dtshim.efi" };
    uint8_t *at = host->path;

    for (unsigned i = 0; i < 2; i++, at += 4 + 2 * sizeof(nodes[i])) {
        memcpy(at, (uint8_t[]){ EFI_PATH_MEDIA, EFI_PATH_FILE, 4 + 2 * sizeof(nodes[i]), 0 }, 4);
        for (unsigned letter = 0; letter < sizeof(nodes[i]); letter++)
            at[4 + 2 * letter] = (uint8_t)nodes[i][letter];
    }
    memcpy(at, (uint8_t[]){ EFI_PATH_END, 0xff, 4, 0 }, 4);
    host->has_path = true;
}

/* Up to the newline; returns what is behind it. */
static size_t set_options(struct host *host, const uint8_t *text, size_t len)
{
    size_t count = 0;

    for (; count < len && count < HOST_OPTIONS && text[count] != '\n'; count++)
        host->options[count] = text[count] == 0xff ? 0x100 : text[count];
    host->options_size = (uint32_t)(2 * count);
    return count < len ? count + 1 : count;
}

static void choose_whims(struct host *host, const uint8_t *choices)
{
    uint8_t whims = choices[AT_WHIMS];

    if (whims & SECURE_BOOT)
        host->variables[host->variable_count++] = (struct host_variable){ "SecureBoot", 1 };
    if (whims & SETUP_MODE)
        host->variables[host->variable_count++] = (struct host_variable){ "SetupMode", 1 };
    host->acpi = whims & ACPI;
    host->has_fixup = whims & FIXUP;
    host->from_below = whims & BELOW;
    host->no_console = whims & SILENT;
    host->start_fails = whims & FAILS;
    host->load_status = whims & REFUSES ? EFI_SECURITY_VIOLATION : EFI_SUCCESS;
    host->exit_failures = choices[AT_EXITS] % 10;
    host->grows = choices[AT_GROWS] % 40;
    host->grows_by_file = choices[AT_GROWS_BY_FILE] % 16;
    host->pages_most = choices[AT_PAGES] % 10;
    host->device = choices[AT_DEVICE] % 3 ? choices[AT_DEVICE] % 3 - 1 : (unsigned)HOST_NOWHERE;
    host->has_parent = choices[AT_PARENT] & 4;
    host->parent_device = choices[AT_PARENT] % 3 ? choices[AT_PARENT] % 3 - 1 : (unsigned)HOST_NOWHERE;
    host->entry_size = choices[AT_ENTRY] > 0xf8 ? choices[AT_ENTRY] & 7 : 40 + choices[AT_ENTRY] % 64;
    host->read_most = choices[AT_READ] > 0x80 ? choices[AT_READ] : 0;
    host->words_shown = getenv("DTSHIM_SAY");
}

/* ---- the machine ---------------------------------------------------------------------------------- */

static void load_modules(struct host *host)
{
    for (unsigned i = 0; i < MODULES; i++) {
        struct shim_range at = { XEN_AT + (uint64_t)i * MODULE, MODULE };

        memcpy((void *)(uintptr_t)at.base, images[i], HEAD);
        host_carve(host, at, EFI_LOADER_DATA);
    }
}

static bool make_machine(struct host *host, const uint8_t *choices, const uint8_t *tree, size_t len,
                         size_t payload)
{
    struct machine *machine = &host->machine;

    *machine = (struct machine){ .stage = STAGE_AT, .own = machine_own(payload), .tables = 4096,
                                 .level = choices[AT_LEVEL] == 1 || choices[AT_LEVEL] == 3 ? choices[AT_LEVEL] : 2,
                                 .registers = choices[AT_REGISTERS], .mmu_was_on = true };
    choose_map(host, choices);
    host_banks(host);
    if (!machine_make(machine))
        return false;
    host->tree = len ? TREE_AT : 0;
    host->tree_size = len;
    if (len) {
        memcpy((void *)(uintptr_t)TREE_AT, tree, len);
        host_carve(host, (struct shim_range){ TREE_AT, len }, EFI_ACPI_RECLAIM);
    }
    host_carve(host, (struct shim_range){ STAGE_AT, machine->own }, EFI_LOADER_CODE);
    return true;
}

/* ---- what is required ------------------------------------------------------------------------------ */

static bool is_secure(const uint8_t *choices)
{
    return (choices[AT_WHIMS] & (SECURE_BOOT | SETUP_MODE)) == SECURE_BOOT;
}

static void require_return(const struct host *host)
{
    fuzz_require(!host->exits_tried, "back to a firmware that is gone");
    fuzz_require(!host->allocated && !host->files_open && !host->image_left, "something is not given back");
    fuzz_require(host->status, "back without a status");
    fuzz_require(host->no_console || strstr(host->words, "what to do: "), "back without a remedy");
}

static struct shim_range region_of(const void *tree, int node)
{
    int len;
    const fdt32_t *reg = fdt_getprop(tree, node, "reg", &len);

    return !reg || len != 16 ? (struct shim_range){ 0, 0 }
                             : (struct shim_range){ (uint64_t)fdt32_ld(reg) << 32 | fdt32_ld(reg + 1),
                                                    (uint64_t)fdt32_ld(reg + 2) << 32 | fdt32_ld(reg + 3) };
}

/* Of two cells each: other ones are another test's matter. */
static void require_apart(const void *tree)
{
    int all = fdt_path_offset(tree, "/reserved-memory"), node, other;

    if (all < 0 || fdt_address_cells(tree, all) != 2 || fdt_size_cells(tree, all) != 2)
        return;
    fdt_for_each_subnode(node, tree, all) {
        struct shim_range one = region_of(tree, node);

        if (strncmp(fdt_get_name(tree, node, NULL), "firmware@", 9) || !one.size)
            continue;
        fdt_for_each_subnode(other, tree, all)
            fuzz_require(other == node || !region_of(tree, other).size || shim_range_wraps(region_of(tree, other)) ||
                         !shim_range_overlaps(one, region_of(tree, other)), "two reserved ranges meet");
    }
}

static bool reserves_itself(const void *tree)
{
    return fdt_num_mem_rsv(tree) || fdt_path_offset(tree, "/reserved-memory") >= 0;
}

static void require_left(const struct host *host)
{
    const void *tree = (const void *)(uintptr_t)host->machine.tree;
    struct shim_range range = { host->machine.tree, fdt_totalsize(tree) };

    fuzz_require(host->services_ended && host->machine.entry == STAGE_AT, "another start");
    fuzz_require(machine_has(&host->machine, range) && fuzz_libfdt_takes(tree, range.size),
                 "a tree that libfdt refuses");
    fuzz_require(machine_cleaned(range) && machine_cleaned((struct shim_range){ STAGE_AT, host->machine.own }),
                 "a tree or the stage is left in the caches");
    require_apart(tree);
}

static void go_on(struct host *host, bool reserves)
{
    struct machine *machine = &host->machine;
    enum machine_end end;

    machine->mmu_was_on = false;
    end = machine_run(machine, machine->tree, machine->level);
    fuzz_require(end == MACHINE_STARTED, "the bare stage does not go on");
    fuzz_require(reserves || !host_kept_is_mapped(host), "what UEFI keeps was mapped");
}

static void run(struct host *host, const uint8_t *choices, bool carried)
{
    bool reserves = host->tree_size && fuzz_libfdt_takes((void *)(uintptr_t)TREE_AT, host->tree_size) &&
                    reserves_itself((void *)(uintptr_t)TREE_AT);
    enum machine_end end = host_run(host);

    fuzz_require(end != MACHINE_NO_RAM, "what is no RAM was read");
    fuzz_require(end != MACHINE_STOPPED || host->exits_tried, "a stop where there is a way back");
    if (is_secure(choices))
        fuzz_require(!host->files_opened && (carried || end == MACHINE_RETURNED), "Secure Boot is passed by");
    if (end == MACHINE_RETURNED)
        require_return(host);
    if (end != MACHINE_STARTED)
        return;
    require_left(host);
    go_on(host, reserves);
}

void fuzz_one(const uint8_t *choices, const uint8_t *bytes, size_t len)
{
    static struct host host;
    size_t first = fuzz_first_len(choices, len), options;
    const uint8_t *text = bytes + first;
    bool carried = choices[AT_TEXT] & 1 && len > first;

    memset(&host, 0, sizeof(host));
    make_images(choices[AT_CONTENT]);
    choose_whims(&host, choices);
    if (!make_machine(&host, choices, bytes, first, carried ? len - first : 0))
        return;
    set_path(&host);
    load_modules(&host);
    options = carried ? 0 : set_options(&host, text, len - first);
    choose_files(&host, choices, text + options, len - first - options);
    machine_load(&host.machine, text, carried ? len - first : 0);
    run(&host, choices, carried);
    machine_unmake(&host.machine);
}
