// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A line a descriptor, in one of these forms:
 *
 *     Available  0000000040000000-0000000043FFFFFF 0000000000004000 0000000000000008
 *     conv-mem  0000000040000000-0000000043ffffff 00004000     64MiB WB
 *     CONVENTIONAL     0000000040000000-0000000047ef1000 WB
 *     efi:   0x000040000000-0x000043ffffff [Conventional|   |  |  |  |  |  |  |  |   |WB|  |  |  ]
 *
 * of EDK2 (MemMap.c of UefiShellDebug1CommandsLib), of GRUB (lsefimmap.c), of U-Boot
 * (cmd/efidebug.c), whose range ends behind its last byte, and of Linux
 * (efi_md_typeattr_format()). A console may put escape sequences around them, and Linux its time
 * before.
 */
#include "shim/job/efi_map.h"

#include "shim/base/mem.h"
#include "shim/base/number.h"
#include "shim/base/text.h"

#define PAGE ((uint64_t)4096)

/* EFI_MEMORY_WB and EFI_MEMORY_RUNTIME of the UEFI specification, where they are a number. */
#define WRITE_BACK ((uint64_t)1 << 3)
#define RUNTIME ((uint64_t)1 << 63)

enum { NAME_MAX = 24, DIGITS_LEAST = 8, DIGITS_MOST = 16 };

/* Text that does not end in a NUL. */
struct line {
    const char *at;
    const char *end;
};

struct descriptor {
    struct shim_range at;
    char type[NAME_MAX]; /* its letters alone, all small */
    bool write_back, runtime;
};

/* ---- which are RAM ------------------------------------------------------------------------ */

/*
 * Those that efi_process_memory_map_bootinfo() of Xen takes, 4.17 to 4.22, if they are WB and not
 * RUNTIME (f324300c83), and boot services' without /mapbs: by what those call them. All other types are no RAM.
 */
static const struct type {
    char names[40];
    bool free;
} types[] = {
    { "available\0conventional\0convmem\0", true },
    { "loadercode\0ldrcode\0", false },
    { "loaderdata\0ldrdata\0", false },
    { "bscode\0bootcode\0", false },
    { "bsdata\0bootdata\0", false },
};

static const struct type *type_of(const struct descriptor *descriptor)
{
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (shim_matches_one(types[i].names, descriptor->type))
            return &types[i];
    return NULL;
}

/* ---- a line ---------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
    return shim_digit(c) < 16;
}

/* So many hexadecimal digits, with or without 0x before them; false: the line is as it was. */
static bool take_hex(struct line *line, uint64_t *value)
{
    const char *at = line->at, *first;

    if (line->end - at > 2 && at[0] == '0' && at[1] == 'x')
        at += 2;
    *value = 0;
    for (first = at; at < line->end && is_digit(*at); at++)
        *value = *value << 4 | shim_digit(*at);
    if (at - first < DIGITS_LEAST || at - first > DIGITS_MOST ||
        (at < line->end && is_letter(*at)))
        return false;
    line->at = at;
    return true;
}

/* "first-last", and nothing of a word before it. */
static bool take_range(struct line *line, uint64_t *first, uint64_t *last)
{
    struct line rest = *line;

    if (!take_hex(&rest, first) || rest.at == rest.end || *rest.at++ != '-' ||
        !take_hex(&rest, last))
        return false;
    *line = rest;
    return true;
}

/* The first range in it, with what is before it and behind; false: there is none. */
static bool split(struct line line, struct line *before, struct line *behind, uint64_t *first,
                  uint64_t *last)
{
    *before = *behind = line;
    for (; behind->at < line.end; behind->at++) {
        bool inside = behind->at > line.at && (is_letter(behind->at[-1]) || is_digit(behind->at[-1]));

        before->end = behind->at;
        if (!inside && take_range(behind, first, last))
            return true;
    }
    return false;
}

/* The escape sequence of a console that begins there; 0: none does. */
static size_t escape_length(const struct line *line)
{
    const char *at = line->at;

    if (line->end - at < 2 || at[0] != '\x1b' || at[1] != '[')
        return 0;
    for (at += 2; at < line->end && !is_letter(*at); at++)
        ;
    return (size_t)(at - line->at) + (at < line->end);
}

/* All letters up to `stop` or the end, small ones. */
static void take_type(char *type, struct line line, char stop)
{
    size_t len = 0;

    while (line.at < line.end && *line.at != stop) {
        size_t escape = escape_length(&line);

        if (!escape && is_letter(*line.at) && len < NAME_MAX - 1)
            type[len++] = (char)(*line.at | 0x20);
        line.at += escape ? escape : 1;
    }
    type[len] = '\0';
}

static bool is_word(const char *at, size_t len, const char *word)
{
    return len == strlen(word) && !memcmp(at, word, len);
}

static void take_word(struct descriptor *descriptor, const char *at, size_t len)
{
    descriptor->write_back |= is_word(at, len, "WB");
    descriptor->runtime |= is_word(at, len, "RUN") || is_word(at, len, "RT");
}

/* Words, or a number behind that of the pages. */
static void take_attributes(struct descriptor *descriptor, struct line line)
{
    uint64_t pages, bits;

    while (line.at < line.end && *line.at == ' ')
        line.at++;
    if (take_hex(&line, &pages) && line.at < line.end && *line.at++ == ' ' &&
        take_hex(&line, &bits)) {
        descriptor->write_back = bits & WRITE_BACK;
        descriptor->runtime = (bits & RUNTIME) != 0;
        return;
    }
    while (line.at < line.end) {
        const char *word = line.at;

        while (line.at < line.end && is_letter(*line.at))
            line.at++;
        take_word(descriptor, word, (size_t)(line.at - word));
        line.at += line.at < line.end;
    }
}

static struct line behind_first(struct line line, char c)
{
    while (line.at < line.end && *line.at != c)
        line.at++;
    line.at += line.at < line.end;
    return line;
}

/* Whole pages, so that the last digits tell whether its end is one of its bytes. */
static bool take_pages(struct shim_range *at, uint64_t first, uint64_t last)
{
    uint64_t end = last % PAGE == PAGE - 1 ? last + 1 : last;

    *at = (struct shim_range){ first, end - first };
    return first % PAGE == 0 && end % PAGE == 0 && end > first;
}

enum kind { NO_RANGE, WRONG_RANGE, A_RANGE };

static enum kind read_line(struct descriptor *descriptor, struct line line)
{
    struct line before, behind, inner;
    uint64_t first, last;

    *descriptor = (struct descriptor){ .write_back = false };
    if (!split(line, &before, &behind, &first, &last))
        return NO_RANGE;
    inner = behind_first(behind, '[');
    take_type(descriptor->type, inner.at < inner.end ? inner : before, '|');
    take_attributes(descriptor, behind);
    if (!type_of(descriptor))
        return NO_RANGE;
    return take_pages(&descriptor->at, first, last) ? A_RANGE : WRONG_RANGE;
}

/* ---- all lines ---------------------------------------------------------------------------------- */

static struct line next_line(struct line *rest)
{
    struct line line = *rest;

    while (rest->at < rest->end && *rest->at != '\n')
        rest->at++;
    line.end = rest->at;
    rest->at += rest->at < rest->end;
    return line;
}

static uint32_t count_lines(struct line rest)
{
    uint32_t count = 0;

    for (; rest.at < rest.end; count++)
        next_line(&rest);
    return count;
}

static void add(struct shim_efi_map *map, const struct descriptor *descriptor)
{
    if (!descriptor->write_back || descriptor->runtime)
        return;
    map->banks[map->count++] = descriptor->at;
    shim_ranges_collect(&map->ram, descriptor->at);
    if (!type_of(descriptor)->free)
        shim_ranges_collect(&map->in_use, descriptor->at);
}

enum shim_code shim_efi_map_read(struct shim_efi_map *map, const char *text, size_t len,
                                 struct shim_arena *arena, struct shim_error *error)
{
    struct line rest = { text, text + len };
    uint32_t most = count_lines(rest), number = 0;
    struct descriptor descriptor;

    map->count = 0;
    map->banks = shim_alloc(arena, most, sizeof(*map->banks));
    if (!map->banks || !shim_ranges_init(&map->ram, arena, most) ||
        !shim_ranges_init(&map->in_use, arena, most))
        return shim_no_room(error, "for the firmware's memory map");
    while (rest.at < rest.end) {
        enum kind kind = read_line(&descriptor, next_line(&rest));

        number++;
        if (kind == WRONG_RANGE)
            return shim_fail(error, SHIM_E_VALUE, NULL, NULL, "capture it again, with whole lines",
                             "the range in line %u is not in whole pages", number);
        if (kind == A_RANGE)
            add(map, &descriptor);
    }
    shim_ranges_settle(&map->ram);
    shim_ranges_settle(&map->in_use);
    if (map->ram.count)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_NO_RAM, NULL, NULL,
                     "give the output of the UEFI shell's memmap, GRUB's lsefimmap or U-Boot's "
                     "efidebug memmap",
                     "no line has RAM that Xen would use");
}

void shim_efi_map_tell(const struct shim_efi_map *map, struct shim_facts *facts)
{
    facts->firmware = map->banks;
    facts->firmware_count = map->count;
    facts->in_use = map->in_use.at;
    facts->in_use_count = map->in_use.count;
    facts->ram = map->ram.at;
    facts->ram_count = map->ram.count;
    facts->ram_wins = true;
    facts->ram_source = "from the firmware's memory map";
}
