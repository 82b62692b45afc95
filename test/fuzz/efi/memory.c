// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The memory map, and pages that come and go. */
#include <string.h>

#include "../fuzz.h"
#include "host.h"

static struct shim_range range_of(const struct efi_memory *entry)
{
    return (struct shim_range){ entry->physical, entry->pages * EFI_PAGE };
}

static uint64_t end_of(const struct efi_memory *entry)
{
    return shim_range_end(range_of(entry));
}

bool host_is_ram(const struct efi_memory *entry)
{
    return entry->type != EFI_MAPPED_IO && entry->type != EFI_MAPPED_PORTS && !entry->padding;
}

static void insert(struct host *host, unsigned at, struct efi_memory entry)
{
    fuzz_require(host->count < HOST_ENTRIES, "more entries than this memory map keeps");
    memmove(host->entries + at + 1, host->entries + at, (host->count++ - at) * sizeof(entry));
    host->entries[at] = entry;
    host->map_key++;
}

static void remove_at(struct host *host, unsigned at)
{
    memmove(host->entries + at, host->entries + at + 1,
            (--host->count - at) * sizeof(*host->entries));
    host->map_key++;
}

bool host_add_memory(struct host *host, uint32_t type, struct shim_range range, uint64_t attribute)
{
    struct efi_memory entry = { .type = type, .physical = range.base,
                                .pages = range.size / EFI_PAGE, .attribute = attribute };
    unsigned at = 0;

    if (range.base % EFI_PAGE || !entry.pages || shim_range_wraps(range) ||
        host->count == HOST_ENTRIES)
        return false;
    while (at < host->count && host->entries[at].physical < range.base)
        at++;
    if ((at && end_of(&host->entries[at - 1]) > range.base) ||
        (at < host->count && shim_range_end(range) > host->entries[at].physical))
        return false;
    insert(host, at, entry);
    return true;
}

/* An entry begins there, if one has it in its midst. */
static void split(struct host *host, uint64_t at)
{
    for (unsigned i = 0; i < host->count; i++) {
        struct efi_memory *entry = &host->entries[i], rest = *entry;

        if (at <= entry->physical || at >= end_of(entry))
            continue;
        entry->pages = (at - entry->physical) / EFI_PAGE;
        rest.pages -= entry->pages;
        rest.physical = at;
        insert(host, i + 1, rest);
        return;
    }
}

/* As firmware does. */
static void join(struct host *host)
{
    for (unsigned i = 1; i < host->count;) {
        struct efi_memory *one = &host->entries[i - 1], *next = one + 1;

        if (one->type == next->type && one->attribute == next->attribute &&
            one->padding == next->padding && end_of(one) == next->physical) {
            one->pages += next->pages;
            remove_at(host, i);
        } else {
            i++;
        }
    }
}

void host_carve(struct host *host, struct shim_range range, uint32_t type)
{
    struct shim_range pages = { shim_align_down(range.base, EFI_PAGE), 0 };

    pages.size = shim_align_up(shim_range_end(range), EFI_PAGE) - pages.base;
    split(host, pages.base);
    split(host, shim_range_end(pages));
    for (unsigned i = 0; i < host->count; i++)
        if (shim_range_contains(pages, range_of(&host->entries[i])))
            host->entries[i].type = type;
    host->map_key++;
}

/* ---- RAM ---------------------------------------------------------------------------------- */

void host_banks(struct host *host)
{
    struct shim_range bank = { 0, 0 };

    for (unsigned i = 0; i < host->count; i++) {
        struct shim_range next = range_of(&host->entries[i]);

        if (!host_is_ram(&host->entries[i]))
            continue;
        if (bank.size && shim_range_end(bank) == next.base) {
            bank.size += next.size;
            continue;
        }
        machine_bank(&host->machine, bank);
        bank = next;
    }
    machine_bank(&host->machine, bank);
}

/* Where there are no ACPI tables, what is for them is free. */
static bool is_kept(const struct host *host, uint32_t type)
{
    if (type == EFI_ACPI_RECLAIM)
        return host->acpi;
    return type == EFI_RESERVED || type == EFI_RUNTIME_CODE || type == EFI_RUNTIME_DATA ||
           (type > EFI_CONVENTIONAL && type != EFI_MAPPED_IO && type != EFI_MAPPED_PORTS);
}

bool host_kept_is_mapped(const struct host *host)
{
    for (unsigned i = 0; i < host->count; i++) {
        const struct efi_memory *entry = &host->entries[i];
        bool kept = is_kept(host, entry->type) || entry->attribute & EFI_MEMORY_RUNTIME ||
                    !(entry->attribute & EFI_MEMORY_WB);

        for (uint64_t page = 0; kept && host_is_ram(entry) && page < entry->pages; page++)
            if (machine_mapped((struct shim_range){ entry->physical + page * EFI_PAGE, 1 }))
                return true;
    }
    return false;
}

void host_guard(struct host *host)
{
    for (unsigned i = 0; i < host->count; i++)
        machine_allow(range_of(&host->entries[i]), !is_kept(host, host->entries[i].type), false);
    machine_allow((struct shim_range){ host->tree, host->tree_size }, true, false);
    machine_allow((struct shim_range){ host->machine.stage, host->machine.own }, true, true);
}

/* ---- pages ---------------------------------------------------------------------------------- */

static const struct efi_memory *room_for(const struct host *host, uint64_t pages)
{
    for (unsigned i = 0; i < host->count; i++) {
        const struct efi_memory *entry = &host->entries[host->from_below ? i : host->count - 1 - i];

        if (entry->type == EFI_CONVENTIONAL && entry->attribute & EFI_MEMORY_WB &&
            !(entry->attribute & EFI_MEMORY_RUNTIME) && entry->pages >= pages)
            return entry;
    }
    return NULL;
}

static bool take(struct host *host, uint64_t pages, uint32_t type, struct shim_range *taken)
{
    const struct efi_memory *entry = room_for(host, pages);

    if (!entry)
        return false;
    *taken = (struct shim_range){ entry->physical, pages * EFI_PAGE };
    if (!host->from_below)
        taken->base = end_of(entry) - taken->size;
    host_carve(host, *taken, type);
    join(host);
    return true;
}

/* Apart from one another, or they would be one entry. */
void host_grow(struct host *host, uint64_t entries)
{
    struct shim_range page;

    for (uint64_t i = 0; i < entries; i++)
        take(host, 1, i % 2 ? EFI_BOOT_CODE : EFI_BOOT_DATA, &page);
}

efi_status host_allocate(struct host *host, uint64_t pages, uint64_t *at)
{
    struct shim_range got;

    if (!pages || (host->pages_most && host->allocation_count >= host->pages_most) ||
        host->allocation_count == HOST_ALLOCATIONS || !take(host, pages, EFI_LOADER_DATA, &got))
        return EFI_OUT_OF_RESOURCES;
    machine_allow(got, true, true);
    memset((void *)(uintptr_t)got.base, 0xa5, got.size < 65536 ? got.size : 65536);
    host->allocations[host->allocation_count++] = got;
    host->allocated++;
    *at = got.base;
    return EFI_SUCCESS;
}

efi_status host_free(struct host *host, uint64_t at, uint64_t pages)
{
    for (unsigned i = 0; i < host->allocation_count; i++) {
        struct shim_range *one = &host->allocations[i];

        if (!one->size || one->base != at || one->size != pages * EFI_PAGE)
            continue;
        host_carve(host, *one, EFI_CONVENTIONAL);
        join(host);
        machine_allow(*one, true, false);
        one->size = 0;
        host->allocated--;
        return EFI_SUCCESS;
    }
    fuzz_require(false, "pages are given back that nobody has");
    return EFI_NOT_FOUND;
}

/* ---- the map -------------------------------------------------------------------------------- */

efi_status host_map(struct host *host, uint64_t *size, void *map, uint64_t *key,
                    uint64_t *entry_size, uint32_t *version)
{
    unsigned count = host->count + host->odd_count;
    uint64_t need = count * host->entry_size, given = *size;

    *entry_size = host->entry_size;
    *version = 1;
    *size = need;
    if (given < need)
        return EFI_BUFFER_TOO_SMALL;
    fuzz_require(map || !need, "a memory map that goes nowhere");
    for (unsigned i = 0; i < count; i++) {
        struct efi_memory entry = i < host->count ? host->entries[i] : host->odd[i - host->count];
        uint8_t *at = (uint8_t *)map + i * host->entry_size;

        entry.padding = 0xdeadbeef;
        memset(at, 0xee, host->entry_size);
        memcpy(at, &entry, sizeof(entry));
    }
    *key = host->map_key;
    return EFI_SUCCESS;
}
