// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Files of the volume that the image came from, or else of any that has them. */
#include "firmware.h"
#include "shim/base/mem.h"

enum { NAME_MAX = 256 };
#define FILE_MOST ((uint64_t)1 << 32) /* none that is started is larger */

static const struct efi_guid file_system = {
    0x964e5b22, 0x6459, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };

/* ---- names ------------------------------------------------------------------------------- */

/* To a name that begins with a backslash; of two that meet one counts. */
static void add_letter(struct shim_text *name, char letter)
{
    const char string[2] = { letter, '\0' };

    if (letter != '\\' || name->at[-1] != '\\')
        shim_text_string(name, string);
}

/* The letters of one node of a device path. Between two of them GRUB writes no backslash. */
static void add_node(struct shim_text *name, const uint8_t *letters, uint32_t bytes)
{
    add_letter(name, '\\');
    for (uint32_t i = 0; i + 1 < bytes && (letters[i] | letters[i + 1]); i += 2)
        add_letter(name, letters[i + 1] ? '?' : (char)letters[i]);
}

static void read_path(struct shim_text *name, const uint8_t *node)
{
    while (node && node[0] != EFI_PATH_END) {
        uint32_t len = node[2] | (uint32_t)node[3] << 8;

        if (len < EFI_PATH_HEADER)
            return;
        if (node[0] == EFI_PATH_MEDIA && node[1] == EFI_PATH_FILE)
            add_node(name, node + EFI_PATH_HEADER, len - EFI_PATH_HEADER);
        node += len;
    }
}

void firmware_find_folder(struct firmware *firmware)
{
    char path[NAME_MAX];
    struct shim_text name = shim_text(path, sizeof(path));
    char *end;

    shim_text_string(&name, "\\");
    read_path(&name, firmware->loaded->path);
    for (end = path + strlen(path); end[-1] != '\\'; end--)
        ;
    *end = '\0';
    firmware->folder = shim_say(&firmware->stage->job.arena, "%s", path);
}

/* "/Image" is from the top, "Image" beside the image. False: it is too long. */
static bool spell(const struct firmware *firmware, const char *name, uint16_t to[NAME_MAX])
{
    const char *folder = *name == '/' || *name == '\\' ? "" : firmware->folder;
    size_t count = 0, in_folder = strlen(folder), len = in_folder + strlen(name);

    if (len >= NAME_MAX)
        return false;
    for (; count < len; count++) {
        char letter = count < in_folder ? folder[count] : name[count - in_folder];

        to[count] = letter == '/' ? '\\' : (uint8_t)letter;
    }
    to[count] = 0;
    return true;
}

/* ---- where ------------------------------------------------------------------------------- */

static struct efi_file *open_on(const struct firmware *firmware, efi_handle volume,
                                const uint16_t *name)
{
    struct efi_file_system *files = NULL;
    struct efi_file *root = NULL, *file = NULL;

    if (services_of(firmware)->handle_protocol(volume, &file_system, &files) ||
        files->open_volume(files, &root))
        return NULL;
    if (root->open(root, &file, name, EFI_FILE_READ, 0))
        file = NULL;
    root->close(root);
    return file;
}

efi_handle firmware_volume(const struct firmware *firmware)
{
    struct efi_loaded_image *parent = NULL;

    if (firmware->loaded->device || !firmware->loaded->parent ||
        services_of(firmware)->handle_protocol(firmware->loaded->parent, &efi_loaded_image_protocol,
                                               &parent))
        return firmware->loaded->device;
    return parent->device;
}

static struct efi_file *open_anywhere(const struct firmware *firmware, const uint16_t *name)
{
    efi_handle own = firmware_volume(firmware), *volumes = NULL;
    struct efi_file *file = own ? open_on(firmware, own, name) : NULL;
    uint64_t count = 0;

    if (file || firmware->loaded->device)
        return file;
    if (services_of(firmware)->locate_handles(EFI_BY_PROTOCOL, &file_system, NULL, &count, &volumes))
        return NULL;
    for (uint64_t i = 0; !file && i < count; i++)
        file = open_on(firmware, volumes[i], name);
    services_of(firmware)->free_pool(volumes);
    return file;
}

/* ---- what is in it ------------------------------------------------------------------------- */

static _Noreturn void refuse(struct firmware *firmware, const char *name, const char *what)
{
    firmware_refuse(firmware, EFI_LOAD_ERROR, name, what, "copy the whole file to the volume "
                                                          "again");
}

static uint64_t size_of(struct efi_file *file)
{
    uint64_t size = 0;

    if (file->set_position(file, EFI_FILE_END) || file->get_position(file, &size) ||
        file->set_position(file, 0))
        return 0;
    return size;
}

/* Some firmware reads no more than so much at once. */
static bool read_all(struct efi_file *file, struct shim_range to)
{
    uint64_t done = 0;

    while (done < to.size) {
        uint64_t len = to.size - done;

        if (file->read(file, &len, (void *)(uintptr_t)(to.base + done)) || !len)
            return false;
        done += len;
    }
    return true;
}

struct shim_range firmware_read_file(struct firmware *firmware, const char *name, uint64_t spare)
{
    struct shim_range at = { 0, 0 };
    uint16_t spelled[NAME_MAX];
    struct efi_file *file;
    uint64_t size;

    if (!spell(firmware, name, spelled))
        refuse(firmware, name, "its name is too long");
    firmware->file = file = open_anywhere(firmware, spelled);
    if (!file)
        return at;
    size = size_of(file);
    if (!size || size > FILE_MOST)
        refuse(firmware, name, "is empty, or not a file");
    at = firmware_pages(firmware, size + spare, name);
    at.size = size;
    if (!read_all(file, at))
        refuse(firmware, name, "cannot be read to the end");
    file->close(file);
    firmware->file = NULL;
    return at;
}
