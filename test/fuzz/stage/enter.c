// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One entry into the stage, on the machine that fuzzing has (machine.h). usage:
 *   enter [--level N] [--mmu-on] [--stage ADDRESS] [--payload FIT] [--tables N] [--tree ADDRESS]
 *         BASE:SIZE... [ADDRESS=FILE...]
 * BASE:SIZE is a bank of RAM, ADDRESS=FILE what lies there before the stage comes. Without
 * --tree x0 is the first file's address. On stderr are the stage's letters; the last line of stdout
 * is one of
 *   started ENTRY TREE
 *   stopped
 *   no RAM              (memory was touched that the tree calls RAM, and that is none)
 * with the last words from memory above it.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz.h"
#include "machine.h"

enum { FILE_MAX = 64 << 20, TROUBLE = 2, BROKEN = 3 };

struct entry {
    struct machine machine;
    uint64_t level, tree;
    bool has_tree;
    const uint8_t *payload;
    size_t payload_len;
};

void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "enter: %s\n", what);
    exit(BROKEN);
}

static _Noreturn void give_up(const char *what, const char *name)
{
    fprintf(stderr, "enter: %s: %s\n", what, name);
    exit(TROUBLE);
}

static size_t read_file(const char *name, uint8_t *to, size_t room)
{
    FILE *file = fopen(name, "rb");
    size_t len = file ? fread(to, 1, room, file) : 0;

    if (!file || !feof(file))
        give_up("cannot be read, or is too large", name);
    fclose(file);
    return len;
}

static void take_payload(struct entry *entry, const char *name)
{
    static uint8_t bytes[FILE_MAX];

    entry->payload = bytes;
    entry->payload_len = read_file(name, bytes, sizeof(bytes));
}

/* How many words were taken; 0: it is no option. */
static int take_option(struct entry *entry, char **words)
{
    uint64_t value = words[1] ? strtoull(words[1], NULL, 0) : 0;

    if (!strcmp(words[0], "--mmu-on")) {
        entry->machine.mmu_was_on = true;
        return 1;
    }
    if (!strcmp(words[0], "--level"))
        entry->level = value;
    else if (!strcmp(words[0], "--stage"))
        entry->machine.stage = value;
    else if (!strcmp(words[0], "--tables"))
        entry->machine.tables = (unsigned)value;
    else if (!strcmp(words[0], "--tree"))
        entry->has_tree = true, entry->tree = value;
    else if (!strcmp(words[0], "--payload") && words[1])
        take_payload(entry, words[1]);
    else
        return 0;
    return 2;
}

static void take_bank(struct entry *entry, const char *word)
{
    char *colon;
    uint64_t base = strtoull(word, &colon, 0);

    if (*colon != ':')
        give_up("not BASE:SIZE", word);
    machine_bank(&entry->machine, (struct shim_range){ base, strtoull(colon + 1, NULL, 0) });
}

/* What reaches past the end of its bank is not told from what was cut there. */
static void load_file(struct entry *entry, const char *word)
{
    char *name;
    uint64_t at = strtoull(word, &name, 0);

    if (*name != '=')
        give_up("not ADDRESS=FILE", word);
    for (unsigned i = 0; i < entry->machine.bank_count; i++) {
        struct shim_range bank = entry->machine.banks[i];

        if (at < bank.base || at >= shim_range_end(bank))
            continue;
        read_file(name + 1, (uint8_t *)(uintptr_t)at, shim_range_end(bank) - at);
        if (!entry->has_tree)
            entry->has_tree = true, entry->tree = at;
        return;
    }
    give_up("not in RAM", word);
}

static void say_end(const struct machine *machine, enum machine_end end)
{
    if (end == MACHINE_STARTED)
        printf("started 0x%llx 0x%llx\n", (unsigned long long)machine->entry,
               (unsigned long long)machine->tree);
    else if (end == MACHINE_NO_RAM)
        printf("no RAM\n");
    else
        printf("%.*s\nstopped\n", MACHINE_WORDS,
               (const char *)(uintptr_t)(machine->stage + MACHINE_WORDS_AT));
}

int main(int argc, char **argv)
{
    static struct entry entry = { .level = 2, .machine.tables = 4096 };
    int at = 1, taken;

    (void)argc;
    setenv("DTSHIM_SAY", "1", 1);
    while (argv[at] && (taken = take_option(&entry, argv + at)))
        at += taken;
    for (; argv[at] && strchr(argv[at], ':') && !strchr(argv[at], '='); at++)
        take_bank(&entry, argv[at]);
    entry.machine.own = machine_own(entry.payload_len);
    if (!machine_make(&entry.machine))
        give_up("no RAM can be had there", "BASE:SIZE");
    for (; argv[at]; at++)
        load_file(&entry, argv[at]);
    if (!machine_has(&entry.machine, (struct shim_range){ entry.machine.stage, entry.machine.own }))
        give_up("the stage's memory is not in RAM", "--stage");
    machine_load(&entry.machine, entry.payload, entry.payload_len);
    say_end(&entry.machine, machine_run(&entry.machine, entry.tree, entry.level));
    return 0;
}
