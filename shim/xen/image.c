// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/image.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"

enum { OFFSET_AT = 8,          /* text_offset in the header of an arm64 Image */
       SIZE_AT = 16,           /* image_size */
       MAGIC_AT = 56,
       HEADER_LEN = 64,
       ZIMAGE_MAGIC_AT = 0x24,
       BLOCK = 2 << 20,        /* what an arm64 Image's place is counted in */
       HYPERVISOR_MAX = 64 << 20 }; /* none is larger: its header is damaged */

#define ROOM_MAX ((uint64_t)1 << 48) /* a damaged header may claim anything */

static uint64_t little_endian(const uint8_t *at)
{
    uint64_t word = 0;

    for (unsigned i = 8; i-- > 0;)
        word = word << 8 | at[i];
    return word;
}

struct shim_image shim_image_at(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    struct shim_image image = { 0 };

    if (len < HEADER_LEN)
        return image;
    if (!memcmp(at + MAGIC_AT, "ARM\x64", 4)) {
        image.bits = 64;
        image.room = little_endian(at + SIZE_AT);
        if (image.room > ROOM_MAX)
            image.room = ROOM_MAX;
        image.offset = little_endian(at + OFFSET_AT) % BLOCK;
    } else if (!memcmp(at + ZIMAGE_MAGIC_AT, "\x18\x28\x6f\x01", 4)) {
        image.bits = 32;
    }
    return image;
}

void shim_look_at_kernel(struct shim_facts *facts, const void *bytes, size_t len)
{
    struct shim_image image = shim_image_at(bytes, len);

    facts->kernel_bits = image.bits;
    facts->kernel_room = image.room;
    facts->kernel_offset = image.offset;
}

enum shim_code shim_look_at_hypervisor(struct shim_facts *facts, const void *bytes, size_t len,
                                       uint64_t at, const char *what, struct shim_error *error)
{
    struct shim_image image = shim_image_at(bytes, len);

    if (image.bits != 64 || image.room > HYPERVISOR_MAX)
        return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", NULL,
                         "load its arm64 Image (Debian's Xen: /boot/xen-4.17-arm64), unpacked, "
                         "at a multiple of 8",
                         "no arm64 Image at 0x%llx, where %s should be", SHIM_X(at), what);
    facts->hypervisor_bits = image.bits;
    facts->hypervisor_room = image.room;
    return SHIM_OK;
}
