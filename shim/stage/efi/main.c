// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The EFI application's main function: see firmware.h. */
#include "become.h"
#include "shim/base/mem.h"

/* From entry.S. */
_Noreturn void firmware_main(efi_handle image, struct efi_system_table *system, const void *frame);

const struct efi_guid efi_loaded_image_protocol = {
    0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct efi_guid global_variable = {
    0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };

static uint8_t variable(const struct firmware *firmware, const uint16_t *name)
{
    uint64_t size = 1;
    uint8_t value = 0;

    if (firmware->system->runtime->get_variable(name, &global_variable, NULL, &size, &value))
        return 0;
    return value;
}

/* UEFI 2.10, 3.3; in set-up mode nothing is verified. */
static bool is_secure(const struct firmware *firmware)
{
    static const uint16_t secure[] = { 'S', 'e', 'c', 'u', 'r', 'e', 'B', 'o', 'o', 't', 0 };
    static const uint16_t setup[] = { 'S', 'e', 't', 'u', 'p', 'M', 'o', 'd', 'e', 0 };

    return variable(firmware, secure) == 1 && !variable(firmware, setup);
}

static struct firmware *begin(efi_handle image, struct efi_system_table *system, const void *frame)
{
    struct stage *stage = stage_lay_out();
    struct firmware *firmware = shim_alloc(&stage->job.arena, 1, sizeof(*firmware));

    if (firmware)
        *firmware = (struct firmware){ .image = image, .system = system, .frame = frame,
                                       .stage = stage };
    else
        firmware_return(frame, EFI_OUT_OF_RESOURCES);
    stage->firmware = firmware;
    stage->give_up = firmware_give_up;
    stage->level = cpu_level();
    stage->sink = stage->last = firmware_sink(firmware);
    shim_print(&stage->sink, "\ndtshim " SHIM_VERSION " at 0x%llx, EL%u, started by UEFI\n",
               SHIM_X(stage->own.base), (unsigned)stage->level);
    return firmware;
}

static void ask_about_itself(struct firmware *firmware)
{
    if (services_of(firmware)->handle_protocol(firmware->image, &efi_loaded_image_protocol,
                                               &firmware->loaded))
        firmware_return(firmware->frame, EFI_UNSUPPORTED);
    firmware->secure = is_secure(firmware);
    firmware_find_folder(firmware);
    firmware_look_for_tree(firmware);
    firmware_find_wishes(firmware);
}

static void index_tree(struct firmware *firmware, struct shim_tree *tree)
{
    struct stage *stage = firmware->stage;

    stage_require(stage, shim_tree_check(tree, firmware->tree, firmware->tree_size, &stage->job.arena,
                                         &stage->error));
    firmware->source = tree;
}

void firmware_main(efi_handle image, struct efi_system_table *system, const void *frame)
{
    struct firmware *firmware = begin(image, system, frame);
    struct shim_tree tree;

    ask_about_itself(firmware);
    firmware_find_tree(firmware);
    stage_require_level(firmware->stage);
    index_tree(firmware, &tree);
    firmware_read_map(firmware);
    firmware_find_payload(firmware, &tree);
    firmware_become_bare(firmware, &tree);
}
