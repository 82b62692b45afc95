// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/explain/facts.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"

/* ---- facts ------------------------------------------------------------------------------- */

/* "a-b" of a bank ends behind its last byte, "a - b" of RAM with it: as Xen prints them. */
static struct shim_range range_of(const struct shim_taken *taken, uint64_t more)
{
    uint64_t base = taken->address[0], end = taken->address[1] + more;

    return (struct shim_range){ base, end > base ? end - base : 0 };
}

static void add_bank(struct shim_log_banks *banks, struct shim_range bank)
{
    if (banks->count < SHIM_LOG_BANKS)
        banks->at[banks->count] = bank;
    if (banks->count < UINT32_MAX)
        banks->count++;
}

struct place {
    struct shim_range *at;
    bool *known;
};

/* Of a fact about a place; `at` NULL: it is about none. */
static struct place place_of(struct shim_log *log, enum shim_log_fact fact)
{
    switch (fact) {
    case SHIM_FACT_XEN:
    case SHIM_FACT_XEN_AT:
        return (struct place){ &log->image, &log->has_image };
    case SHIM_FACT_TREE:
        return (struct place){ &log->tree, &log->has_tree };
    case SHIM_FACT_KERNEL:
        return (struct place){ &log->kernel, &log->has_kernel };
    case SHIM_FACT_RAMDISK:
        return (struct place){ &log->ramdisk, &log->has_ramdisk };
    default:
        return (struct place){ NULL, NULL };
    }
}

/* One that is moved is where it is moved to; one without an end has no size. */
static void take_place(struct place place, bool moved, const struct shim_taken *taken)
{
    if (!place.at)
        return;
    *place.at = moved || taken->addresses < 2
        ? (struct shim_range){ taken->address[moved], 0 } : range_of(taken, 1);
    *place.known = true;
}

static void take_release(struct shim_log *log, const struct shim_log_piece *piece,
                         unsigned release)
{
    log->release = release;
    if (!log->version || piece->xens)
        log->version = piece->words;
}

static void take_places(struct shim_log *log, const struct shim_taken *taken)
{
    log->image = (struct shim_range){ taken->address[0], 0 };
    log->tree = (struct shim_range){ taken->address[1], 0 };
    log->has_image = log->has_tree = true;
}

void shim_log_take_fact(struct shim_log *log, enum shim_log_fact fact,
                        const struct shim_log_piece *piece, const struct shim_taken *taken)
{
    take_place(place_of(log, fact), fact == SHIM_FACT_XEN, taken);
    log->stub = log->stub || fact == SHIM_FACT_STUB;
    if (fact == SHIM_FACT_RELEASE || fact == SHIM_FACT_STUB)
        take_release(log, piece, taken->release);
    if (fact == SHIM_FACT_LINE)
        log->line = taken->rest;
    if (fact == SHIM_FACT_BANK)
        add_bank(&log->dom0, range_of(taken, 0));
    if (fact == SHIM_FACT_RAM)
        add_bank(&log->ram, range_of(taken, 1));
    if (fact == SHIM_FACT_PLACES || fact == SHIM_FACT_OTHER)
        take_places(log, taken);
    log->other = log->other || fact == SHIM_FACT_OTHER;
    if (fact == SHIM_FACT_PROMISE)
        log->promise = range_of(taken, 1);
    if (fact == SHIM_FACT_PANIC) {
        log->xens_panic = true;
        log->panic_is_xens = piece->xens;
    }
}

/* ---- dtshim's own errors -------------------------------------------------------------------- */

static const char prefix[] = "dtshim: ";
static const char remedy[] = "what to do: ";

/* The code in brackets at the end; false: there is none. */
static bool take_code(const char *words, char *code, size_t room)
{
    size_t len = strlen(words), start = len;

    if (!len || words[len - 1] != ']')
        return false;
    while (start && words[start - 1] != '[')
        start--;
    if (!start || len - start > room)
        return false;
    memcpy(code, words + start, len - 1 - start);
    code[len - 1 - start] = '\0';
    for (const char *at = code; *at; at++)
        if (*at != '-' && (*at < 'a' || *at > 'z'))
            return false;
    return *code;
}

static void take_remedy(struct shim_log *log, const struct shim_log_piece *piece)
{
    struct shim_log_found *last = log->found_count ? &log->found[log->found_count - 1] : NULL;

    if (last && !last->message && !last->remedy && piece->line <= last->line + 1 &&
        !strncmp(piece->words, remedy, sizeof(remedy) - 1))
        last->remedy = piece->words + sizeof(remedy) - 1;
}

/* The path in front, if there is one. */
static void take_where(struct shim_log_found *found)
{
    const char *at = found->words;

    while (*at && *at != ':')
        at++;
    if (found->words[0] != '/' || *at != ':')
        return;
    found->taken.node = found->words;
    found->taken.node_len = (uint32_t)(at - found->words);
}

void shim_log_take_error(struct shim_log *log, const struct shim_log_piece *piece)
{
    struct shim_log_found found = { .line = piece->line };

    take_remedy(log, piece);
    if (piece->xens || strncmp(piece->words, prefix, sizeof(prefix) - 1) != 0 ||
        !take_code(piece->words, found.id, sizeof(found.id) - 1))
        return;
    found.words = piece->words + sizeof(prefix) - 1;
    take_where(&found);
    if (log->found_count == SHIM_LOG_FOUND) {
        memmove(log->found, log->found + 1, (SHIM_LOG_FOUND - 1) * sizeof(found));
        log->found_count--;
    }
    log->found[log->found_count++] = found;
}
