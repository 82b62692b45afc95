// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A console log: any bytes are read in the memory that is said to be enough, and explained; and
 * read for a firmware's memory map.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "shim/job/efi_map.h"
#include "shim/job/explain.h"

const bool fuzz_two_trees = false;

enum { ROOM = 1 << 16 }; /* beside twice the log, as the host tool has it */

struct run {
    struct shim_log log;
    size_t printed;
};

/* Nothing in a log speaks to the terminal of who reads the page. */
static void put(void *self, const char *text)
{
    struct run *run = self;

    for (; *text; text++, run->printed++)
        fuzz_require(*text == '\n' || (*text >= ' ' && *text <= '~'), "a page that is no text");
}

static void require_found(const struct shim_log *log, const struct shim_log_found *found)
{
    struct shim_log_reason reason = shim_log_reason(found, NULL);

    fuzz_require(*shim_log_ids(found), "a message without a name");
    fuzz_require(!found->message || (reason.why && reason.remedy), "a message without words");
    fuzz_require(found->line >= log->first && found->line <= log->lines, "a line outside the boot");
    fuzz_require(found->taken.node_len <= strlen(found->words), "a node outside the words");
}

static void require_log(const struct shim_log *log)
{
    const struct shim_log_found *why = shim_log_why(log);

    fuzz_require(log->boot && log->boot <= log->boots, "a boot that is none of those");
    fuzz_require(log->found_count <= SHIM_LOG_FOUND, "more messages than room");
    fuzz_require((shim_log_verdict(log) == SHIM_LOG_STOPPED) == (why != NULL),
                 "a stop without a message, or the other way round");
    for (uint32_t i = 0; i < log->found_count; i++)
        require_found(log, &log->found[i]);
}

/* Each of its ranges is whole pages of the set, and what is in use is RAM. */
static void require_map(const struct shim_efi_map *map)
{
    enum { PAGE = 4096 };

    for (uint32_t i = 0; i < map->count; i++) {
        struct shim_range at = map->banks[i];

        fuzz_require(at.size && !shim_range_wraps(at) && !(at.base % PAGE) && !(at.size % PAGE),
                     "a range of a map that is no pages");
        fuzz_require(shim_ranges_holding(&map->ram, at) != NULL, "a range of a map that is lost");
    }
    for (uint32_t i = 0; i < map->in_use.count; i++)
        fuzz_require(shim_ranges_holding(&map->ram, map->in_use.at[i]) != NULL,
                     "memory in use that is no RAM");
}

/* In as much as the host tool gives it. */
static void read_map(const uint8_t *bytes, size_t len)
{
    size_t size = 64 * len + 4096;
    void *memory = malloc(size);
    struct shim_arena arena = shim_arena(memory, size);
    struct shim_error error = { .code = SHIM_OK };
    struct shim_efi_map map;
    enum shim_code code = shim_efi_map_read(&map, (const char *)bytes, len, &arena, &error);

    fuzz_require(memory && code != SHIM_E_MEMORY, "the memory bound does not hold for a map");
    if (code)
        fuzz_require_words(&error);
    else
        require_map(&map);
    free(memory);
}

void fuzz_one(const uint8_t *choices, const uint8_t *bytes, size_t len)
{
    size_t size = 2 * len + ROOM;
    uint8_t *memory = malloc(size);
    struct shim_arena arena = shim_arena(memory, size);
    struct run run = { .printed = 0 };
    struct shim_sink sink = { put, &run };

    (void)choices;
    read_map(bytes, len);
    fuzz_require(memory && shim_log_read(&run.log, (const char *)bytes, len, &arena),
                 "the memory bound does not hold");
    require_log(&run.log);
    shim_report_log_verdict(&sink, &run.log);
    shim_report_log(&sink, &run.log, NULL, NULL, &arena);
    shim_report_log_facts(&sink, &run.log);
    fuzz_require(run.printed, "no page");
    free(memory);
}
