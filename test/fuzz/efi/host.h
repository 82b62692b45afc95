/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A UEFI for the stage in this process, on the machine of ../stage/machine.h: its memory map rules
 * what may be touched, and it keeps book of what it was asked for.
 */
#ifndef DTSHIM_FUZZ_HOST_H
#define DTSHIM_FUZZ_HOST_H

#include <stddef.h>

#include "../stage/machine.h"
#include "shim/stage/efi/efi.h"

enum { HOST_ENTRIES = 512, HOST_ODD = 16, HOST_FILES = 32, HOST_VOLUMES = 4, HOST_NAME = 256,
       HOST_OPTIONS = 8192, HOST_VARIABLES = 4, HOST_PATH = 2048, HOST_TABLES = 2,
       HOST_WORDS = 8192, HOST_OPEN = 8, HOST_ALLOCATIONS = 64 };

/* No handle of a volume. */
enum { HOST_NOWHERE = HOST_VOLUMES };

struct host_file {
    char name[HOST_NAME];   /* "EFI/dtshim/xen" */
    const uint8_t *bytes;
    uint64_t len;
    uint64_t whole;         /* what it says that it has, of which `len` can be read */
    bool folder;
};

struct host_volume {
    struct host_file files[HOST_FILES];
    unsigned count;
};

struct host_variable {
    const char *name;
    uint8_t value;
};

struct host {
    struct machine machine;

    /* ---- memory: entries in order that do not meet, and others that are only told ---- */
    struct efi_memory entries[HOST_ENTRIES];
    unsigned count;
    struct efi_memory odd[HOST_ODD];
    unsigned odd_count;
    uint64_t entry_size;
    uint64_t map_key;
    bool from_below;             /* where pages come from */
    uint64_t pages_most;         /* so many allocations succeed; 0: all */
    struct shim_range allocations[HOST_ALLOCATIONS];
    unsigned allocation_count, allocated;

    /* ---- what there is ---- */
    struct host_volume volumes[HOST_VOLUMES];
    unsigned volume_count;
    unsigned device, parent_device; /* of the image, and of who has loaded it */
    bool has_parent;
    uint8_t path[HOST_PATH];
    bool has_path;
    uint16_t options[HOST_OPTIONS];
    uint32_t options_size;
    struct host_variable variables[HOST_VARIABLES];
    unsigned variable_count;
    uint64_t tree, tree_size;    /* the configuration table; 0: there is none */
    bool acpi;
    bool no_console;
    bool has_fixup;
    efi_status fixup_status;
    uint64_t read_most;          /* bytes at once; 0: all */

    /* ---- how it behaves ---- */
    uint64_t exit_failures;      /* so often boot services do not end */
    uint64_t grows;              /* by so many entries each time, */
    uint64_t grows_by_file;      /* and where a file is opened */
    efi_status load_status, start_status;
    bool start_fails;

    /* ---- what has come of it ---- */
    char words[HOST_WORDS];
    bool words_shown;
    unsigned exits_tried;
    bool services_ended;
    unsigned files_open, files_opened;
    efi_status status;           /* returned */
    uint64_t loaded_at, loaded_size; /* by LoadImage() */
    struct efi_loaded_image image, parent_image, started_image;
    bool image_left;             /* loaded, and not gone */
};

/* ---- memory.c ---- */

/* False: it meets one that is there. With `padding` set there is no RAM behind it. */
bool host_add_memory(struct host *host, uint32_t type, struct shim_range range, uint64_t attribute);

/* A part of what is there becomes that. */
void host_carve(struct host *host, struct shim_range range, uint32_t type);

bool host_is_ram(const struct efi_memory *entry);
void host_banks(struct host *host);

/* Of the last run: is a page that the firmware keeps mapped as memory? */
bool host_kept_is_mapped(const struct host *host);

/* From now on only what an application may touch can be. */
void host_guard(struct host *host);

/* One page of what is free is somebody's. */
void host_grow(struct host *host, uint64_t entries);

efi_status host_allocate(struct host *host, uint64_t pages, uint64_t *at);
efi_status host_free(struct host *host, uint64_t at, uint64_t pages);
efi_status host_map(struct host *host, uint64_t *size, void *map, uint64_t *key,
                    uint64_t *entry_size, uint32_t *version);

/* ---- volume.c ---- */

void host_volumes_start(struct host *host);
struct efi_file_system *host_file_system(unsigned volume);

/* ---- services.c ---- */

efi_handle host_volume_handle(unsigned volume);

/* One application at a time. */
enum machine_end host_run(struct host *host);

#endif
