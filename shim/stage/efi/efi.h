/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the stage uses of UEFI: layouts and numbers of the UEFI Specification 2.10, whose chapter
 * stands beside each. What is never called is a word of its size.
 */
#ifndef DTSHIM_STAGE_EFI_EFI_H
#define DTSHIM_STAGE_EFI_EFI_H

#include <stdint.h>

typedef uint64_t efi_status; /* 0: done; appendix D */
typedef void *efi_handle;
typedef void *efi_unused;

#define EFI_ERROR(number) ((uint64_t)1 << 63 | (number))
#define EFI_SUCCESS           ((efi_status)0)
#define EFI_LOAD_ERROR        EFI_ERROR(1)
#define EFI_INVALID_PARAMETER EFI_ERROR(2)
#define EFI_UNSUPPORTED       EFI_ERROR(3)
#define EFI_BUFFER_TOO_SMALL  EFI_ERROR(5)
#define EFI_OUT_OF_RESOURCES  EFI_ERROR(9)
#define EFI_NOT_FOUND         EFI_ERROR(14)
#define EFI_SECURITY_VIOLATION EFI_ERROR(26)

struct efi_guid {
    uint32_t a;
    uint16_t b, c;
    uint8_t d[8];
};

struct efi_header { /* 4.2 */
    uint64_t signature;
    uint32_t revision, size, crc32, reserved;
};

/* ---- memory: 7.2 ---- */

enum efi_memory_type {
    EFI_RESERVED, EFI_LOADER_CODE, EFI_LOADER_DATA, EFI_BOOT_CODE, EFI_BOOT_DATA, EFI_RUNTIME_CODE,
    EFI_RUNTIME_DATA, EFI_CONVENTIONAL, EFI_UNUSABLE, EFI_ACPI_RECLAIM, EFI_ACPI_NVS,
    EFI_MAPPED_IO, EFI_MAPPED_PORTS, EFI_PAL_CODE, EFI_PERSISTENT, EFI_UNACCEPTED,
};

#define EFI_MEMORY_WB      ((uint64_t)1 << 3)
#define EFI_MEMORY_RUNTIME ((uint64_t)1 << 63)

enum { EFI_PAGE = 4096, EFI_ANY_PAGES = 0 };

/* As large as GetMemoryMap() says, not as this is. */
struct efi_memory {
    uint32_t type;
    uint32_t padding;
    uint64_t physical, virtual, pages, attribute;
};

/* ---- console: 12.4 ---- */

struct efi_text_output {
    efi_unused reset;
    efi_status (*output_string)(struct efi_text_output *self, const uint16_t *string);
};

/* ---- services: 7 ---- */

struct efi_boot_services {
    struct efi_header header;
    efi_unused raise_tpl, restore_tpl;
    efi_status (*allocate_pages)(uint32_t how, uint32_t type, uint64_t pages, uint64_t *at);
    efi_status (*free_pages)(uint64_t at, uint64_t pages);
    efi_status (*get_memory_map)(uint64_t *size, void *map, uint64_t *key, uint64_t *entry_size,
                                 uint32_t *version);
    efi_unused allocate_pool;
    efi_status (*free_pool)(void *at);
    efi_unused events[6], install_protocols[3];
    efi_status (*handle_protocol)(efi_handle handle, const struct efi_guid *protocol, void *found);
    efi_unused reserved, register_notify, locate_handle, locate_device_path, install_table;
    efi_status (*load_image)(uint8_t by_policy, efi_handle parent, const void *path,
                             const void *bytes, uint64_t len, efi_handle *image);
    efi_status (*start_image)(efi_handle image, uint64_t *exit_size, uint16_t **exit_words);
    efi_unused exit;
    efi_status (*unload_image)(efi_handle image);
    efi_status (*exit_boot_services)(efi_handle image, uint64_t key);
    efi_unused count, stall, watchdog, connect, disconnect, protocols[4];
    efi_status (*locate_handles)(uint32_t how, const struct efi_guid *protocol, void *key,
                                 uint64_t *count, efi_handle **handles);
    efi_status (*locate_protocol)(const struct efi_guid *protocol, void *registration, void *found);
};

enum { EFI_BY_PROTOCOL = 2 };

struct efi_runtime_services { /* 8 */
    struct efi_header header;
    efi_unused time[4], addresses[2];
    efi_status (*get_variable)(const uint16_t *name, const struct efi_guid *vendor,
                               uint32_t *attributes, uint64_t *size, void *value);
};

struct efi_table {
    struct efi_guid kind;
    const void *table;
};

struct efi_system_table { /* 4.3 */
    struct efi_header header;
    efi_unused vendor;
    uint64_t revision;
    efi_unused in_handle, in, out_handle;
    struct efi_text_output *out;
    efi_unused error_handle, error;
    struct efi_runtime_services *runtime;
    struct efi_boot_services *boot;
    uint64_t table_count;
    const struct efi_table *tables;
};

/* ---- images and files: 9, 13 ---- */

struct efi_loaded_image {
    uint32_t revision, padding;
    efi_handle parent;
    struct efi_system_table *system;
    efi_handle device; /* NULL where a boot loader read the file itself */
    const uint8_t *path;
    efi_unused reserved;
    uint32_t options_size, padding_too;
    const void *options;
};

struct efi_file {
    uint64_t revision;
    efi_status (*open)(struct efi_file *self, struct efi_file **file, const uint16_t *name,
                       uint64_t mode, uint64_t attributes);
    efi_status (*close)(struct efi_file *self);
    efi_unused remove;
    efi_status (*read)(struct efi_file *self, uint64_t *len, void *to);
    efi_unused write;
    efi_status (*get_position)(struct efi_file *self, uint64_t *at);
    efi_status (*set_position)(struct efi_file *self, uint64_t at);
};

#define EFI_FILE_END UINT64_MAX /* for set_position */
enum { EFI_FILE_READ = 1 };

struct efi_file_system {
    uint64_t revision;
    efi_status (*open_volume)(struct efi_file_system *self, struct efi_file **root);
};

/* A node of a device path (10.3): a part of a file's name. */
enum { EFI_PATH_MEDIA = 4, EFI_PATH_FILE = 4, EFI_PATH_END = 0x7f, EFI_PATH_HEADER = 4 };

/* ---- what is not of the specification ---- */

/* EFI_DT_FIXUP_PROTOCOL of U-Boot (lib/efi_loader/efi_dt_fixup.c; EBBR 2.1, 2.6). */
struct efi_fixup {
    uint64_t revision;
    efi_status (*fixup)(struct efi_fixup *self, void *tree, uint64_t *room, uint32_t flags);
};

enum { EFI_FIXUP_APPLY = 1, EFI_FIXUP_RESERVE = 2 };

#endif
