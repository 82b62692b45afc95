// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Memory from the firmware: what is not started goes back. */
#include "firmware.h"
#include "shim/base/span.h"

struct shim_range firmware_pages(struct firmware *firmware, uint64_t bytes, const char *what)
{
    struct shim_range pages = { 0, shim_align_up(bytes, EFI_PAGE) };

    if (firmware->page_count < FIRMWARE_PAGES_MAX && pages.size >= bytes &&
        !services_of(firmware)->allocate_pages(EFI_ANY_PAGES, EFI_LOADER_DATA, pages.size / EFI_PAGE,
                                               &pages.base)) {
        firmware->pages[firmware->page_count++] = pages;
        return pages;
    }
    firmware_refuse(firmware, EFI_OUT_OF_RESOURCES, what, "the firmware has no memory for it",
                    "give the machine more memory");
}

void firmware_give_back(struct firmware *firmware)
{
    if (firmware->file)
        firmware->file->close(firmware->file);
    while (firmware->page_count) {
        struct shim_range pages = firmware->pages[--firmware->page_count];

        services_of(firmware)->free_pages(pages.base, pages.size / EFI_PAGE);
    }
}
