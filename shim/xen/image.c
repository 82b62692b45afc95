// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/image.h"

#include "shim/base/mem.h"
#include "shim/base/number.h"
#include "shim/base/text.h"

enum { OFFSET_AT = 8,          /* text_offset in the header of an arm64 Image */
       SIZE_AT = 16,           /* image_size */
       MAGIC_AT = 56,
       HEADER_LEN = 64,
       GZIP_LEAST = 18,        /* header and trailer */
       ZIMAGE_MAGIC_AT = 0x24,
       ZIMAGE_START_AT = 0x28, /* and its end behind that */
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
        uint64_t ends = little_endian(at + ZIMAGE_START_AT);

        image.bits = 32;
        image.room = (uint32_t)((ends >> 32) - ends);
    }
    return image;
}

/* What a gzip file unpacks to, by its last four bytes; 0: it is none. */
static uint64_t unpacked_size(const uint8_t *at, size_t len)
{
    if (len < GZIP_LEAST || memcmp(at, "\x1f\x8b", 2) != 0)
        return 0;
    return little_endian(at + len - 8) >> 32;
}

/* A uImage: Xen uses its header (kernel_uimage_probe()). */
static bool is_legacy(const uint8_t *at, size_t len)
{
    return len >= HEADER_LEN && !memcmp(at, "\x27\x05\x19\x56", 4);
}

void shim_look_at_kernel(struct shim_facts *facts, const void *bytes, size_t len)
{
    struct shim_image image = shim_image_at(bytes, len);

    facts->kernel_bits = image.bits;
    facts->kernel_room = image.bits == 64 ? image.room : 0; /* a zImage does not say how much */
    facts->kernel_offset = image.offset;
    facts->kernel_unpacked = unpacked_size(bytes, len);
    facts->kernel_strange = !image.bits && !facts->kernel_unpacked && !is_legacy(bytes, len);
}

/* ---- the release of Xen --------------------------------------------------------- */

/* "xen,xen-4.20" with its NUL, at the end of `len` bytes or before; 0: it is not that. */
static unsigned named_release(const uint8_t *at, size_t len)
{
    static const char name[] = "xen,xen-";
    char words[8] = "";
    unsigned release;
    const char *end;

    if (len < sizeof(name) - 1 + sizeof(words) || memcmp(at, name, sizeof(name) - 1) != 0)
        return 0;
    memcpy(words, at + sizeof(name) - 1, sizeof(words) - 1);
    end = shim_scan_release(words, &release);
    return end && !*end && end < words + sizeof(words) - 1 ? release : 0;
}

/* "Xen 4.20.4 (c/s", two bytes a letter: what is between the release and that. */
static void read_greeting(struct shim_facts *facts, const uint8_t *at, size_t len)
{
    static const char name[] = "Xen ", past[] = " (c/s";
    char words[64];
    size_t count = 0;
    unsigned release;
    const char *extra, *end;

    for (; count < sizeof(words) - 1 && 2 * count + 1 < len && !at[2 * count + 1]; count++)
        words[count] = (char)at[2 * count];
    words[count] = '\0';
    if (strncmp(words, name, sizeof(name) - 1) != 0)
        return;
    extra = shim_scan_release(words + sizeof(name) - 1, &release);
    for (end = extra; end && *end && strncmp(end, past, sizeof(past) - 1) != 0;)
        end++;
    if (!extra || !*end || (size_t)(end - extra) >= sizeof(facts->xen_extra))
        return;
    memcpy(facts->xen_extra, extra, (size_t)(end - extra));
    facts->xen_extra[end - extra] = '\0';
}

enum { WORD = sizeof(uintptr_t), PAIR = 2 * WORD };

/* Is one of two words of bytes, aligned as such, an 'x' or 'X'? */
static bool has_x(const uint8_t *at)
{
    const uintptr_t ones = ~(uintptr_t)0 / 0xff;
    uintptr_t a, b;

    __builtin_memcpy(&a, __builtin_assume_aligned(at, WORD), WORD);
    __builtin_memcpy(&b, __builtin_assume_aligned(at + WORD, WORD), WORD);
    a = (a | 0x20 * ones) ^ 'x' * ones; /* 0, then, is that letter */
    b = (b | 0x20 * ones) ^ 'x' * ones;
    return (((a - ones) & ~a) | ((b - ones) & ~b)) & 0x80 * ones;
}

/* The next of them, or the end; a megabyte is gone through. */
static const uint8_t *next_x(const uint8_t *at, const uint8_t *past)
{
    while (at < past && (*at | 0x20) != 'x')
        if ((uintptr_t)++at % WORD == 0)
            while (past - at >= PAIR && !has_x(at))
                at += PAIR;
    return at;
}

/* Does a word of either kind begin so? */
static bool begins(const uint8_t *at)
{
    return *at == 'x' ? at[1] == 'e' : *at == 'X' && !at[1];
}

const uint8_t *shim_next_name(const uint8_t *at, const uint8_t *past)
{
    for (at = next_x(at, past); past - at > 1; at = next_x(at + 1, past))
        if (begins(at))
            return at;
    return past;
}

void shim_look_for_release(struct shim_facts *facts, const void *bytes, size_t len)
{
    const uint8_t *(*next)(const uint8_t *, const uint8_t *) = facts->next_name ? facts->next_name
                                                                                : shim_next_name;
    const uint8_t *at = bytes, *past = at + len;
    unsigned first = 0, other = 0;

    facts->xen_extra[0] = '\0';
    for (at = next(at, past); at < past; at = next(at + 1, past)) {
        unsigned release = *at == 'x' ? named_release(at, (size_t)(past - at)) : 0;

        if (*at == 'X')
            read_greeting(facts, at, (size_t)(past - at));
        if (release && !first)
            first = release;
        else if (release && release != first)
            other = release;
    }
    facts->xen_release = other ? 0 : first;
}

static const char *skip_digits(const char *at)
{
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

bool shim_is_fork(const struct shim_facts *facts)
{
    static const char candidate[] = "-rc";
    const char *at = facts->xen_extra;

    if (*at == '.')
        at = skip_digits(at + 1);
    if (!strncmp(at, candidate, sizeof(candidate) - 1))
        at = skip_digits(at + sizeof(candidate) - 1);
    return *at && strcmp(at, "-pre") != 0;
}

/* ---- the hypervisor -------------------------------------------------------------- */

/* A tree may give a size beyond the image, up to all of RAM: the rest is not the image. */
static size_t image_bytes(struct shim_image image, size_t len)
{
    uint64_t most = image.room ? image.room : HYPERVISOR_MAX;

    return len < most ? len : (size_t)most;
}

/* What is there instead, if it is an image of the other kind. */
static const char *instead(struct shim_image image, uint32_t bits)
{
    if (image.bits == bits || !image.bits)
        return "";
    return image.bits == 32 ? ", but an arm32 zImage" : ", but an arm64 Image";
}

static enum shim_code refuse_hypervisor(struct shim_image image, uint32_t bits, uint64_t at,
                                        const char *what, struct shim_error *error)
{
    static const char remedy64[] = "load its arm64 Image (Debian's Xen: /boot/xen-4.17-arm64), "
                                   "unpacked, at a multiple of 8",
                      remedy32[] = "load its zImage (Debian 12's Xen: /boot/xen-4.17-armhf), "
                                   "at a multiple of 4096";

    return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", NULL, bits == 32 ? remedy32 : remedy64,
                     "no %s at 0x%llx, where %s should be%s",
                     bits == 32 ? "arm32 zImage" : "arm64 Image", SHIM_X(at), what,
                     instead(image, bits ? bits : image.bits));
}

enum shim_code shim_look_at_hypervisor(struct shim_facts *facts, const void *bytes, size_t len,
                                       uint32_t bits, uint64_t at, const char *what,
                                       struct shim_error *error)
{
    struct shim_image image = shim_image_at(bytes, len);

    if (!image.bits || (bits && image.bits != bits) || image.room > HYPERVISOR_MAX)
        return refuse_hypervisor(image, bits, at, what, error);
    facts->hypervisor_bits = image.bits;
    facts->hypervisor_room = image.room;
    shim_look_for_release(facts, bytes, image_bytes(image, len));
    return SHIM_OK;
}
