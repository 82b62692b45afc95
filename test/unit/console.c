// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The stage's console on registers that are not there: instead of shim/stage/registers.c
 * each access is printed. usage:
 *   console find TREE...                    where each tree's UART is, or "none"
 *   console put TEXT TREE [OFFSET=VALUE...] what is read and written to print a text; a
 *                                           register reads as VALUE, or 0
 *   console at COMPATIBLE BASE SHIFT WIDTH  where a UART is that no tree names, and its access
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/stage/stage.h"

struct access {
    uintptr_t at;
    enum register_access access;
};

/* A UART that never drains is asked a million times: what is said of polls is said once. */
static struct {
    uintptr_t base;
    struct { uintptr_t at; uint32_t value; } registers[16];
    unsigned count;
    struct access last;
} device;

static const char *access_name(enum register_access access)
{
    return access == WORDS_BIG_ENDIAN ? "4be" : access == WORDS ? "4" : access == HALVES ? "2" : "1";
}

uint32_t register_read(uintptr_t at, enum register_access access)
{
    unsigned bits = access == WORDS_BIG_ENDIAN ? 32 : 8 * access;
    uint32_t value = 0;

    for (unsigned i = 0; i < device.count; i++)
        if (device.registers[i].at == at)
            value = device.registers[i].value;
    if (device.last.at != at || device.last.access != access)
        printf("r%s 0x%lx\n", access_name(access), (unsigned long)(at - device.base));
    device.last = (struct access){ at, access };
    return (uint32_t)(value & ((UINT64_C(1) << bits) - 1));
}

void register_write(uintptr_t at, enum register_access access, uint32_t value)
{
    device.last.at = 0;
    printf("w%s 0x%lx 0x%x\n", access_name(access), (unsigned long)(at - device.base), value);
}

static bool read_tree(struct shim_tree *tree, const char *name)
{
    static uint64_t blob[1 << 17], memory[1 << 18];
    struct shim_arena arena = shim_arena(memory, sizeof(memory));
    FILE *file = fopen(name, "rb");
    struct shim_error error;
    size_t len = file ? fread(blob, 1, sizeof(blob), file) : 0;

    if (file)
        fclose(file);
    return !shim_tree_check(tree, blob, len, &arena, &error);
}

/* As the stage is when it looks for its console: of memory it knows no more than the tree. */
static bool is_in_memory(const struct shim_tree *tree, struct shim_range at)
{
    struct stage stage = { .job = { .tree = *tree, .no_ram.code = SHIM_E_MEMORY } };

    return stage_memory_at(&stage, at);
}

static void say_where(const struct console *console, const struct shim_tree *tree)
{
    struct shim_range at = console_registers(console);

    if (!at.size)
        printf("none\n");
    else
        printf("0x%lx-0x%lx%s\n", (unsigned long)at.base, (unsigned long)shim_range_end(at) - 1,
               tree && is_in_memory(tree, at) ? " memory" : "");
}

static int find(char **names)
{
    for (; *names; names++) {
        struct console console = { 0 };
        struct shim_tree tree;

        if (!read_tree(&tree, *names))
            return 2;
        if (console_find(&console, &tree) != (console.steps != NULL))
            return 3;
        say_where(&console, &tree);
    }
    return 0;
}

/* "0x18=0x20": offset and value. */
static bool has_registers(char **words)
{
    for (; *words && device.count < 16; words++) {
        device.registers[device.count].at = device.base + strtoul(*words, NULL, 0);
        device.registers[device.count++].value =
            (uint32_t)strtoul(strchr(*words, '=') + 1, NULL, 0);
    }
    return !*words;
}

static int put(const char *text, const char *name, char **values)
{
    struct console console = { 0 };
    struct shim_tree tree;

    if (!read_tree(&tree, name) || !console_find(&console, &tree))
        return 2;
    device.base = console.base;
    if (!has_registers(values))
        return 2;
    console_put(&console, text);
    puts(console.steps ? "done" : "given up");
    return 0;
}

static int at(char **what)
{
    struct console console = { 0 };

    if (console_at(&console, what[0], strtoull(what[1], NULL, 0), atoi(what[2]), atoi(what[3])))
        printf("%s ", access_name(console.access));
    say_where(&console, NULL);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "find"))
        return find(argv + 2);
    if (argc > 3 && !strcmp(argv[1], "put"))
        return put(argv[2], argv[3], argv + 4);
    if (argc == 6 && !strcmp(argv[1], "at"))
        return at(argv + 2);
    return 2;
}
