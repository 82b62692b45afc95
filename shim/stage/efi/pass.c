// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "pass.h"

#include "shim/base/mem.h"

enum { OPTIONS_MAX = 128 };

/* Of Xen; size 0: it has not come so far. */
static struct shim_range xen_of(const struct firmware *firmware)
{
    for (uint32_t i = 0; i < firmware->preparation.module_count; i++)
        if (firmware->preparation.modules[i].kind == SHIM_MODULE_XEN)
            return firmware->preparation.modules[i].at;
    return (struct shim_range){ 0, 0 };
}

static uint32_t widen(uint16_t to[OPTIONS_MAX], const char *words)
{
    uint32_t count = 0;

    for (; count < OPTIONS_MAX - 1 && words[count]; count++)
        to[count] = (uint8_t)words[count];
    to[count++] = 0;
    return count * (uint32_t)sizeof(*to);
}

/* It looks for its files where dtshim's are, and takes a path of files alone. */
static void show_place(struct firmware *firmware, efi_handle image, uint16_t options[OPTIONS_MAX],
                       const uint8_t *top)
{
    const char *told = firmware->wishes.of[WISH_CONFIGURATION];
    struct efi_loaded_image *loaded = NULL;

    if (services_of(firmware)->handle_protocol(image, &efi_loaded_image_protocol, &loaded))
        return;
    loaded->device = firmware_volume(firmware);
    loaded->path = firmware->loaded->device ? firmware->loaded->path : top;
    loaded->options = options;
    loaded->options_size = widen(options, shim_say(&firmware->stage->job.arena, "xen.efi -cfg=%s",
                                                   told ? told : "xen.cfg"));
}

static void start(struct firmware *firmware, struct shim_range xen)
{
    const uint8_t top[] = { EFI_PATH_END, 0xff, EFI_PATH_HEADER, 0 };
    uint16_t options[OPTIONS_MAX];
    efi_handle image = NULL;
    efi_status status = services_of(firmware)->load_image(
        0, firmware->image, NULL, (const void *)(uintptr_t)xen.base, xen.size, &image);

    if (!status) {
        show_place(firmware, image, options, top);
        shim_print(&firmware->stage->sink, "dtshim: on-error is pass-through: Xen's own EFI "
                   "loader is given everything unchanged\n");
        status = services_of(firmware)->start_image(image, NULL, NULL);
    } else if (image) {
        services_of(firmware)->unload_image(image); /* one that is not trusted is there */
    }
    shim_print(&firmware->stage->sink, "dtshim: Xen's own EFI image did not start: status 0x%llx\n",
               SHIM_X(status));
}

void firmware_pass_through(struct firmware *firmware)
{
    struct shim_range xen = xen_of(firmware);

    if (!firmware->source || !stage_wants_pass_through(firmware->source))
        return;
    if (firmware->stage->payload.size)
        shim_print(&firmware->stage->sink, "dtshim: on-error is pass-through, but only the payload in "
                   "the image may start here, and it cannot\n");
    else if (!xen.size)
        shim_print(&firmware->stage->sink, "dtshim: on-error is pass-through, but there is no "
                   "Xen to start\n");
    else
        start(firmware, xen);
}
