// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The system table, and a run of the application on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz.h"
#include "host.h"

_Noreturn void firmware_main(efi_handle image, struct efi_system_table *system, const void *frame);
_Noreturn void firmware_return(const void *frame, efi_status status);

static const struct efi_guid image_guid = {
    0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct efi_guid file_guid = {
    0x964e5b22, 0x6459, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct efi_guid variable_guid = {
    0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };
static const struct efi_guid tree_guid = {
    0xb1b621d5, 0xf19c, 0x41a5, { 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 } };
static const struct efi_guid acpi_guid = {
    0x8868e871, 0xe4f1, 0x11d3, { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 } };
static const struct efi_guid fixup_guid = {
    0xe617d64c, 0xfe08, 0x46da, { 0xf4, 0xdc, 0xbb, 0xd5, 0x87, 0x0c, 0x73, 0x00 } };

static struct host *host;

/* Handles are addresses of these. */
static char own_image, parent_image, other_image, volume_handles[HOST_VOLUMES], frame;

static bool is(const struct efi_guid *one, const struct efi_guid *other)
{
    return !memcmp(one, other, sizeof(*one));
}

/* Memory services alone stay when boot services begin to end (UEFI 2.10, 7.4.6). */
static void require_services(const char *which)
{
    if (!host->exits_tried)
        return;
    fprintf(stderr, "efi: %s\n", which);
    fuzz_require(false, "a service is called after boot services began to end");
}

/* ---- words ---------------------------------------------------------------------------------- */

static efi_status output_string(struct efi_text_output *self, const uint16_t *string)
{
    size_t len = strlen(host->words);

    (void)self;
    require_services("OutputString");
    for (; *string; string++) {
        fuzz_require(*string == '\r' || *string == '\n' || (*string >= ' ' && *string != 0x7f),
                     "a letter that speaks to the terminal");
        if (host->words_shown && *string != '\r')
            fputc(*string < 0x7f ? *string : '?', stderr);
        if (len < HOST_WORDS - 1 && *string != '\r')
            host->words[len++] = *string < 0x7f ? (char)*string : '?';
    }
    host->words[len] = '\0';
    return EFI_SUCCESS;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void require_map(void)
{
    fuzz_require(!host->services_ended, "a service is called after boot services ended");
}

static efi_status allocate_pages(uint32_t how, uint32_t type, uint64_t pages, uint64_t *at)
{
    require_map();
    fuzz_require(how == EFI_ANY_PAGES && type == EFI_LOADER_DATA, "pages of another kind");
    return host_allocate(host, pages, at);
}

static efi_status free_pages(uint64_t at, uint64_t pages)
{
    require_map();
    return host_free(host, at, pages);
}

static efi_status get_memory_map(uint64_t *size, void *map, uint64_t *key, uint64_t *entry_size,
                                 uint32_t *version)
{
    require_map();
    return host_map(host, size, map, key, entry_size, version);
}

static efi_status exit_boot_services(efi_handle image, uint64_t key)
{
    require_map();
    fuzz_require(image == &own_image, "boot services end for somebody else");
    fuzz_require(key == host->map_key, "boot services end by an old memory map");
    if (host->exits_tried++ < host->exit_failures) {
        host->map_key++;
        host_grow(host, host->grows);
        return EFI_INVALID_PARAMETER;
    }
    host->services_ended = true;
    return EFI_SUCCESS;
}

/* ---- protocols -------------------------------------------------------------------------------- */

static efi_status give(void *found, void *protocol)
{
    memcpy(found, &protocol, sizeof(protocol));
    return EFI_SUCCESS;
}

static efi_status handle_protocol(efi_handle handle, const struct efi_guid *protocol, void *found)
{
    require_services("HandleProtocol");
    fuzz_require(handle != NULL, "no handle is asked");
    if (is(protocol, &image_guid) && handle == &own_image)
        return give(found, &host->image);
    if (is(protocol, &image_guid) && handle == &parent_image)
        return give(found, &host->parent_image);
    if (is(protocol, &image_guid) && handle == &other_image)
        return give(found, &host->started_image);
    for (unsigned i = 0; is(protocol, &file_guid) && i < host->volume_count; i++)
        if (handle == &volume_handles[i])
            return give(found, host_file_system(i));
    return EFI_UNSUPPORTED;
}

static efi_status locate_handles(uint32_t how, const struct efi_guid *protocol, void *key,
                                 uint64_t *count, efi_handle **handles)
{
    require_services("LocateHandleBuffer");
    fuzz_require(how == EFI_BY_PROTOCOL && !key && is(protocol, &file_guid), "handles of another kind");
    if (!host->volume_count)
        return EFI_NOT_FOUND;
    *handles = calloc(host->volume_count, sizeof(**handles));
    *count = host->volume_count;
    host->allocated++;
    for (unsigned i = 0; i < host->volume_count; i++)
        (*handles)[i] = &volume_handles[i];
    return EFI_SUCCESS;
}

static efi_status free_pool(void *at)
{
    require_services("FreePool");
    host->allocated--;
    free(at);
    return EFI_SUCCESS;
}

enum { CPU_AT = 28 + 3 }; /* boot_cpuid_phys, of which a fix-up can be told */

/* In place: as much as a board has to say. */
static efi_status fixup(struct efi_fixup *self, void *tree, uint64_t *room, uint32_t flags)
{
    uint8_t *at = tree;
    uint64_t size = (uint64_t)at[4] << 24 | at[5] << 16 | at[6] << 8 | at[7];

    (void)self;
    require_services("Fixup");
    fuzz_require(flags == (EFI_FIXUP_APPLY | EFI_FIXUP_RESERVE), "another fix-up");
    if (*room < size + 4096) {
        *room = size + 4096;
        return EFI_BUFFER_TOO_SMALL;
    }
    if (host->fixup_status)
        return host->fixup_status;
    memset(at + size, 0, *room - size);
    for (unsigned i = 0; i < 4; i++)
        at[4 + i] = (uint8_t)(*room >> (24 - 8 * i)); /* U-Boot's ends where the room does */
    at[CPU_AT] = 1;
    return EFI_SUCCESS;
}

static efi_status locate_protocol(const struct efi_guid *protocol, void *registration, void *found)
{
    static struct efi_fixup service = { .fixup = fixup };

    require_services("LocateProtocol");
    fuzz_require(!registration, "a registration");
    if (!is(protocol, &fixup_guid) || !host->has_fixup)
        return EFI_NOT_FOUND;
    return give(found, &service);
}

static efi_status get_variable(const uint16_t *name, const struct efi_guid *vendor,
                               uint32_t *attributes, uint64_t *size, void *value)
{
    (void)attributes;
    require_services("GetVariable");
    for (unsigned i = 0; i < host->variable_count; i++) {
        const char *own = host->variables[i].name;
        unsigned at = 0;

        while (own[at] && (uint8_t)own[at] == name[at])
            at++;
        if (own[at] || name[at] || !is(vendor, &variable_guid))
            continue;
        fuzz_require(*size >= 1, "a variable without room");
        *size = 1;
        memcpy(value, &host->variables[i].value, 1);
        return EFI_SUCCESS;
    }
    return EFI_NOT_FOUND;
}

/* ---- other images --------------------------------------------------------------------------- */

static efi_status load_image(uint8_t by_policy, efi_handle parent, const void *path,
                             const void *bytes, uint64_t len, efi_handle *image)
{
    require_services("LoadImage");
    fuzz_require(!by_policy && parent == &own_image && !path && bytes, "another way to load");
    if (host->load_status && host->load_status != EFI_SECURITY_VIOLATION)
        return host->load_status;
    host->loaded_at = (uintptr_t)bytes;
    host->loaded_size = len;
    host->image_left = true;
    *image = &other_image;
    return host->load_status;
}

static efi_status start_image(efi_handle image, uint64_t *exit_size, uint16_t **exit_words)
{
    require_services("StartImage");
    fuzz_require(image == &other_image && !exit_size && !exit_words, "another image is started");
    if (!host->start_fails)
        machine_end_run(MACHINE_PASSED);
    host->image_left = false; /* an application that comes back is gone */
    return host->start_status;
}

static efi_status unload_image(efi_handle image)
{
    require_services("UnloadImage");
    fuzz_require(image == &other_image && host->image_left, "no image is unloaded");
    host->image_left = false;
    return EFI_SUCCESS;
}

/* ---- a run ----------------------------------------------------------------------------------- */

static struct efi_boot_services boot_services = {
    .allocate_pages = allocate_pages, .free_pages = free_pages, .get_memory_map = get_memory_map,
    .free_pool = free_pool, .handle_protocol = handle_protocol, .load_image = load_image,
    .start_image = start_image, .unload_image = unload_image,
    .exit_boot_services = exit_boot_services, .locate_handles = locate_handles,
    .locate_protocol = locate_protocol };
static struct efi_runtime_services runtime_services = { .get_variable = get_variable };
static struct efi_text_output console = { .output_string = output_string };
static struct efi_table tables[HOST_TABLES];
static struct efi_system_table system_table = {
    .out = &console, .runtime = &runtime_services, .boot = &boot_services, .tables = tables };

static void list_tables(void)
{
    system_table.table_count = 0;
    if (host->acpi)
        tables[system_table.table_count++] = (struct efi_table){ acpi_guid, &frame };
    if (host->tree)
        tables[system_table.table_count++] =
            (struct efi_table){ tree_guid, (const void *)(uintptr_t)host->tree };
}

efi_handle host_volume_handle(unsigned volume)
{
    return volume < HOST_NOWHERE ? &volume_handles[volume] : NULL;
}

static void describe_image(void)
{
    host->image = (struct efi_loaded_image){
        .system = &system_table, .parent = host->has_parent ? &parent_image : NULL,
        .device = host_volume_handle(host->device), .path = host->has_path ? host->path : NULL,
        .options = host->options_size ? host->options : NULL,
        .options_size = host->options_size };
    host->parent_image = (struct efi_loaded_image){ .device = host_volume_handle(host->parent_device) };
}

_Noreturn void firmware_return(const void *at, efi_status status)
{
    fuzz_require(at == &frame, "another way back");
    host->status = status;
    machine_end_run(MACHINE_RETURNED);
}

static void enter(void *self)
{
    (void)self;
    host_guard(host);
    firmware_main(&own_image, &system_table, &frame);
}

enum machine_end host_run(struct host *of)
{
    host = of;
    system_table.out = of->no_console ? NULL : &console;
    host_volumes_start(of);
    list_tables();
    describe_image();
    return machine_enter(&of->machine, enter, NULL);
}
