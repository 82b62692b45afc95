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

static void take_place(struct shim_range *at, bool *has, const struct shim_taken *taken)
{
    *at = taken->addresses > 1 ? range_of(taken, 1) : (struct shim_range){ taken->address[0], 0 };
    *has = true;
}

/* Xen lists its modules when all is loaded: a place that was known before has no size. */
void shim_log_take_fact(struct shim_log *log, enum shim_log_fact fact,
                        const struct shim_log_piece *piece, const struct shim_taken *taken)
{
    switch (fact) {
    case SHIM_FACT_NONE:
        break;
    case SHIM_FACT_RELEASE:
        log->release = taken->release;
        log->version = log->version && !piece->xens ? log->version : piece->words;
        break;
    case SHIM_FACT_LINE:
        log->line = taken->rest;
        break;
    case SHIM_FACT_BANK:
        add_bank(&log->dom0, range_of(taken, 0));
        break;
    case SHIM_FACT_RAM:
        add_bank(&log->ram, range_of(taken, 1));
        break;
    case SHIM_FACT_PLACES:
        log->image = (struct shim_range){ taken->address[0], 0 };
        log->tree = (struct shim_range){ taken->address[1], 0 };
        log->has_image = log->has_tree = true;
        break;
    case SHIM_FACT_XEN:
        log->image = (struct shim_range){ taken->address[1], 0 };
        log->has_image = true;
        break;
    case SHIM_FACT_XEN_AT:
        take_place(&log->image, &log->has_image, taken);
        break;
    case SHIM_FACT_TREE:
        take_place(&log->tree, &log->has_tree, taken);
        break;
    case SHIM_FACT_KERNEL:
        take_place(&log->kernel, &log->has_kernel, taken);
        break;
    case SHIM_FACT_RAMDISK:
        take_place(&log->ramdisk, &log->has_ramdisk, taken);
        break;
    case SHIM_FACT_PROMISE:
        log->promise = range_of(taken, 1);
        break;
    case SHIM_FACT_PANIC:
        log->xens_panic = true;
        log->panic_is_xens = piece->xens;
        break;
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
    struct shim_log_found found = { .words = piece->words + sizeof(prefix) - 1, .line = piece->line };

    take_remedy(log, piece);
    if (piece->xens || strncmp(piece->words, prefix, sizeof(prefix) - 1) != 0 ||
        !take_code(piece->words, found.id, sizeof(found.id) - 1))
        return;
    take_where(&found);
    if (log->found_count == SHIM_LOG_FOUND) {
        memmove(log->found, log->found + 1, (SHIM_LOG_FOUND - 1) * sizeof(found));
        log->found_count--;
    }
    log->found[log->found_count++] = found;
}
