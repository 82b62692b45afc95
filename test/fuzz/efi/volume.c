// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Volumes as FAT has them: names in any case, backslashes between. */
#include <ctype.h>
#include <string.h>

#include "../fuzz.h"
#include "host.h"

struct open_file {
    struct efi_file protocol;
    const struct host_volume *volume;
    const struct host_file *file; /* NULL: the root */
    uint64_t at;
    bool used;
};

struct system {
    struct efi_file_system protocol;
    struct host_volume *volume;
};

static struct host *host;
static struct open_file open_files[HOST_OPEN];
static struct system systems[HOST_VOLUMES];

/* Letter by letter; between two backslashes is a name that no file has. */
static bool is_named(const struct host_file *file, const uint16_t *name)
{
    const char *at = file->name;

    for (name += *name == '\\'; *name; name++, at++)
        if (tolower(*name == '\\' ? '/' : *name > 0xff ? 1 : *name) != tolower((uint8_t)*at))
            return false;
    return !*at;
}

static const struct host_file *find(const struct host_volume *volume, const uint16_t *name)
{
    for (unsigned i = 0; i < volume->count; i++)
        if (is_named(&volume->files[i], name))
            return &volume->files[i];
    return NULL;
}

static efi_status hand_out(const struct host_volume *volume, const struct host_file *file,
                           struct efi_file **to);

static efi_status open_file(struct efi_file *self, struct efi_file **file, const uint16_t *name,
                            uint64_t mode, uint64_t attributes)
{
    const struct open_file *root = (const struct open_file *)self;
    const struct host_file *found;

    fuzz_require(root->used && !root->file, "a file that is opened below no folder");
    fuzz_require(!host->exits_tried, "a file is opened after boot services began to end");
    fuzz_require(mode == EFI_FILE_READ && !attributes, "a file is opened to write");
    found = find(root->volume, name);
    if (!found)
        return EFI_NOT_FOUND;
    host->files_opened++;
    host_grow(host, host->grows_by_file);
    return hand_out(root->volume, found, file);
}

static efi_status close_file(struct efi_file *self)
{
    struct open_file *file = (struct open_file *)self;

    fuzz_require(file->used, "a file is closed twice");
    file->used = false;
    host->files_open--;
    return EFI_SUCCESS;
}

static efi_status read_file(struct efi_file *self, uint64_t *len, void *to)
{
    struct open_file *open = (struct open_file *)self;
    const struct host_file *file = open->file;
    uint64_t left;

    fuzz_require(open->used && file, "no file is read");
    if (open->at > file->len)
        return EFI_LOAD_ERROR;
    left = file->len - open->at;
    if (host->read_most && *len > host->read_most)
        *len = host->read_most;
    if (*len > left)
        *len = left;
    if (*len)
        memcpy(to, file->bytes + open->at, *len);
    open->at += *len;
    return EFI_SUCCESS;
}

static efi_status get_position(struct efi_file *self, uint64_t *at)
{
    struct open_file *open = (struct open_file *)self;

    fuzz_require(open->used, "no file is asked where it is");
    *at = open->at;
    return open->file->folder ? EFI_UNSUPPORTED : EFI_SUCCESS;
}

static efi_status set_position(struct efi_file *self, uint64_t at)
{
    struct open_file *open = (struct open_file *)self;

    fuzz_require(open->used && open->file, "no file is told where to be");
    if (open->file->folder)
        return EFI_UNSUPPORTED;
    open->at = at == EFI_FILE_END ? open->file->whole : at;
    return EFI_SUCCESS;
}

static efi_status hand_out(const struct host_volume *volume, const struct host_file *file,
                           struct efi_file **to)
{
    for (unsigned i = 0; i < HOST_OPEN; i++) {
        if (open_files[i].used)
            continue;
        open_files[i] = (struct open_file){ .volume = volume, .file = file, .used = true };
        open_files[i].protocol = (struct efi_file){
            .open = open_file, .close = close_file, .read = read_file,
            .get_position = get_position, .set_position = set_position };
        host->files_open++;
        *to = &open_files[i].protocol;
        return EFI_SUCCESS;
    }
    return EFI_OUT_OF_RESOURCES;
}

static efi_status open_volume(struct efi_file_system *self, struct efi_file **root)
{
    return hand_out(((struct system *)self)->volume, NULL, root);
}

struct efi_file_system *host_file_system(unsigned volume)
{
    return &systems[volume].protocol;
}

void host_volumes_start(struct host *of)
{
    host = of;
    memset(open_files, 0, sizeof(open_files));
    for (unsigned i = 0; i < HOST_VOLUMES; i++) {
        systems[i].protocol.open_volume = open_volume;
        systems[i].volume = &of->volumes[i];
    }
}
