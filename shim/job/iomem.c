// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * "40000000-bfffffff : System RAM": a line a resource (r_show(), kernel/resource.c of Linux 6.1),
 * what lies in another one behind spaces. To arm64 (request_standard_resources()) RAM is
 * "System RAM", or "reserved" where it is not mapped; arm leaves the latter out. Without
 * CAP_SYS_ADMIN all addresses are zero.
 */
#include "shim/job/iomem.h"

#include "shim/base/mem.h"
#include "shim/base/number.h"

enum { DIGITS_MAX = 16 };

/* Text that does not end in a NUL. */
struct line {
    const char *at;
    const char *end;
};

static bool take_char(struct line *line, char c)
{
    if (line->at == line->end || *line->at != c)
        return false;
    line->at++;
    return true;
}

static bool take_hex(struct line *line, uint64_t *value)
{
    const char *first = line->at;

    *value = 0;
    for (; line->at < line->end && shim_digit(*line->at) < 16; line->at++)
        *value = *value << 4 | shim_digit(*line->at);
    return line->at > first && line->at - first <= DIGITS_MAX;
}

/* A resource of the first level; what is left of the line is its name. */
static bool take_range(struct line *line, struct shim_range *range)
{
    uint64_t last;

    if (!take_hex(line, &range->base) || !take_char(line, '-') || !take_hex(line, &last) ||
        !take_char(line, ' ') || !take_char(line, ':') || !take_char(line, ' ') ||
        !last || last < range->base || last - range->base == UINT64_MAX)
        return false;
    range->size = last - range->base + 1;
    return !shim_range_wraps(*range);
}

static bool is_called(const struct line *line, const char *name)
{
    size_t len = strlen(name);

    return (size_t)(line->end - line->at) == len && !memcmp(line->at, name, len);
}

static struct line next_line(struct line *rest)
{
    struct line line = *rest;

    while (rest->at < rest->end && *rest->at != '\n')
        rest->at++;
    line.end = rest->at;
    take_char(rest, '\n');
    return line;
}

static uint32_t count_lines(struct line rest)
{
    uint32_t count = 0;

    for (; rest.at < rest.end; count++)
        next_line(&rest);
    return count;
}

enum shim_code shim_iomem_read(struct shim_iomem *iomem, const char *text, size_t len,
                               struct shim_arena *arena, struct shim_error *error)
{
    struct line rest = { text, text + len };
    uint32_t most = count_lines(rest);
    struct shim_range range;

    if (!shim_ranges_init(&iomem->ram, arena, most) || !shim_ranges_init(&iomem->kept, arena, most))
        return shim_no_room(error, "for the ranges of /proc/iomem");
    while (rest.at < rest.end) {
        struct line line = next_line(&rest);

        if (!take_range(&line, &range))
            continue;
        if (is_called(&line, "System RAM"))
            shim_ranges_collect(&iomem->ram, range);
        else if (is_called(&line, "reserved"))
            shim_ranges_collect(&iomem->kept, range);
    }
    shim_ranges_settle(&iomem->ram);
    shim_ranges_settle(&iomem->kept);
    if (iomem->ram.count)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_NO_RAM, "/proc/iomem", NULL,
                     "read it as root: other users see zero for all addresses",
                     "has no System RAM");
}
