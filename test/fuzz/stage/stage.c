// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The stage's whole main, from the tree in x0 to the hypervisor's first instruction or the
 * last words, on a machine whose RAM is where the tree says (machine.h). The input chooses
 * where things lie, the words of the policy and what the modules hold; behind the tree may
 * be a payload FIT. What was started is entered once more with its own tree, in which a
 * property may have been tampered with.
 *
 * What is required: the stage touches what it has mapped, and maps no RAM as a device and no
 * no-map region at all; what starts is what the payload or else the tree names, whole and
 * clean in the caches, with a tree that libfdt takes; reserved memory is as it was; an end
 * without a start has words with a remedy.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "../../../shim/stage/stage.h"
#include "../choices.h"
#include "board.h"
#include "machine.h"

const bool fuzz_two_trees = true;

/* Of the choices, behind the policy's fields and the node that they name. */
enum { AT_DIRT = 2, AT_REGISTERS = 3, AT_NODE = 24, AT_LEVEL = 26, AT_STAGE = 27, AT_TREE = 28,
       AT_TABLES = 29, AT_MODULES = 30, AT_TAMPER = 40 };

enum { TREE_ROOM = 2 * FUZZ_MAX, IMAGE_HEADER = 64,
       FIRST_RANGES = 9 }; /* image, memory, tree and both consoles: for them there are tables */

/* ---- the tree ------------------------------------------------------------------------ */

/* As a tree has it: numbers are cells, lists are lists. */
static void write_field(void *tree, int node, const struct shim_policy *policy, unsigned field,
                        const char *text)
{
    const struct shim_policy_entry *entry = &shim_policy_table[field];

    switch (entry->kind) {
    case SHIM_KIND_COUNT:
        fdt_setprop_u32(tree, node, entry->name, (uint32_t)policy->value[field]);
        break;
    case SHIM_KIND_BYTES:
        fdt_setprop_u64(tree, node, entry->name, policy->value[field]);
        break;
    case SHIM_KIND_STRINGS:
    case SHIM_KIND_RANGES:
        fdt_setprop(tree, node, entry->name, policy->list[field].at, (int)policy->list[field].len);
        break;
    default:
        fdt_setprop_string(tree, node, entry->name, text);
    }
}

/* What the tool refuses goes into the tree as text: the stage has to refuse it, too. */
static void choose_field(void *tree, unsigned field, uint8_t choice, const char *path)
{
    uint64_t lists[512];
    struct shim_arena arena = shim_arena(lists, sizeof(lists));
    struct shim_policy policy = shim_policy_default();
    struct shim_error error;
    char text[FUZZ_WORD];
    int node = fdt_path_offset(tree, "/chosen/dtshim");

    if (node < 0 || !fuzz_choose_word(field, choice, path, text))
        return;
    policy.list[field] = (struct shim_span){ 0 };
    if (shim_policy_set(&policy, field, text, &arena, &error))
        fdt_setprop_string(tree, node, shim_policy_table[field].name, text);
    else
        write_field(tree, node, &policy, field, text);
}

static void write_policy(void *tree, const uint8_t *choices, const char *path)
{
    int node = fdt_path_offset(tree, "/chosen");

    if (node < 0)
        node = fdt_add_subnode(tree, 0, "chosen");
    if (fdt_subnode_offset(tree, node, "dtshim") < 0)
        fdt_add_subnode(tree, node, "dtshim");
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++)
        choose_field(tree, field, choices[FUZZ_FIELDS + field], path);
}

/* With the policy as words in it, where it is a tree at all; its length. */
static size_t make_tree(uint8_t *room, const uint8_t *choices, const uint8_t *bytes, size_t len)
{
    char path[FUZZ_PATH];

    memcpy(room, bytes, len);
    if (!fuzz_libfdt_takes(bytes, len))
        return len;
    fuzz_choose_path(path, (uint16_t)(choices[AT_NODE] | choices[AT_NODE + 1] << 8), bytes, len);
    if (fdt_open_into(bytes, room, TREE_ROOM))
        return len;
    write_policy(room, choices, path);
    fdt_pack(room);
    return fdt_totalsize(room);
}

/* ---- the machine ---------------------------------------------------------------------- */

/* Somewhere in a bank, where that much fits; else where it begins. */
static uint64_t place_in(const struct machine *machine, uint8_t choice, uint64_t step,
                         uint64_t size)
{
    struct shim_range bank = machine->banks[choice % machine->bank_count];
    uint64_t offset = (uint64_t)(choice / machine->bank_count) * step;

    return bank.base + (bank.size > size && offset <= bank.size - size ? offset : 0);
}

static bool make_machine(struct machine *machine, const uint8_t *choices, const uint8_t *tree,
                         size_t tree_len, size_t payload)
{
    *machine = (struct machine){ .registers = choices[AT_REGISTERS],
                                 .mmu_was_on = choices[AT_LEVEL] == 0xff,
                                 .own = machine_own(payload),
                                 .tables = choices[AT_TABLES] > 0xf0
                                               ? FIRST_RANGES + !!payload + (choices[AT_TABLES] & 0xf)
                                               : 4096 };
    board_banks(machine, tree, tree_len);
    if (!machine_make(machine))
        return false;
    machine->stage = place_in(machine, choices[AT_STAGE], 2 << 20, machine->own);
    if (machine_has(machine, (struct shim_range){ machine->stage, machine->own }))
        return true;
    machine_unmake(machine);
    return false;
}

static uint64_t level_of(uint8_t choice)
{
    return choice == 1 || choice == 3 ? choice : 2;
}

/* ---- what is required ------------------------------------------------------------------ */

/* Where own.c keeps what is known. */
static const struct stage *stage_of(const struct machine *machine)
{
    return (const struct stage *)(uintptr_t)(machine->stage + machine->own -
                                             ((uint64_t)CONFIG_STAGE_MEMORY_KIB << 10));
}

static void require_last_words(const struct machine *machine)
{
    const char *words = (const char *)(uintptr_t)(machine->stage + MACHINE_WORDS_AT);

    fuzz_require_words(&stage_of(machine)->error);
    fuzz_require(memchr(words, 0, MACHINE_WORDS), "last words that do not end");
    fuzz_require(strstr(words, "dtshim: "), "a halt without words in memory");
}

static void require_tree(const struct machine *machine, uint64_t at)
{
    const void *tree = (const void *)(uintptr_t)at;
    struct shim_range range = { at, SHIM_FDT_HEADER };

    fuzz_require(at % 8 == 0 && machine_has(machine, range), "a tree that is not in RAM");
    range.size = fdt_totalsize(tree);
    fuzz_require(machine_has(machine, range), "a tree that is not whole in RAM");
    fuzz_require(fuzz_libfdt_takes(tree, range.size), "a tree that libfdt refuses");
    fuzz_require(machine_mapped(range) && machine_cleaned(range), "a tree left in the caches");
}

/* The bytes that are started are those that were named for it: by the record, any Image. */
static void require_named(const struct machine *machine, const struct board *board)
{
    struct shim_range head = { machine->entry, board->untold ? IMAGE_HEADER : BOARD_HEAD };

    fuzz_require(machine->entry % 4096 == 0 && machine_has(machine, head),
                 "a start outside RAM");
    fuzz_require(machine_cleaned(head), "a hypervisor left in the caches");
    fuzz_require(!memcmp((const uint8_t *)(uintptr_t)machine->entry + 56, "ARM\x64", 4),
                 "a start of what is no Image");
    if (board->by_record || board->untold)
        return;
    fuzz_require(board_may_start(board, (const uint8_t *)(uintptr_t)machine->entry),
                 "a start of something else than what is named");
}

static void require_start(const struct machine *machine, const struct board *board, uint64_t given)
{
    const struct stage *stage = stage_of(machine);

    fuzz_require(stage->level == 2, "a start below EL2");
    require_named(machine, board);
    if (machine->tree != given)
        require_tree(machine, machine->tree);
    fuzz_require(board_reserved_is_whole(board), "reserved memory was written");
}

static void require_forbidden_unmapped(const struct board *board)
{
    for (unsigned i = 0; i < board->no_map_count; i++)
        fuzz_require(!machine_mapped(board->no_map[i]), "a no-map region was mapped");
}

/* ---- both runs ------------------------------------------------------------------------- */

static enum machine_end run(struct machine *machine, const struct board *board, uint64_t tree,
                            uint64_t level)
{
    enum machine_end end = machine_run(machine, tree, level);

    if (end == MACHINE_STOPPED)
        require_last_words(machine);
    else if (end == MACHINE_STARTED)
        require_start(machine, board, tree);
    if (end != MACHINE_NO_RAM && level == 2)
        require_forbidden_unmapped(board);
    return end;
}

/* Its own tree, after somebody had a hand in it. */
static void run_again(struct machine *machine, const uint8_t *choices, struct board *board)
{
    uint8_t *tree = (uint8_t *)(uintptr_t)machine->tree;
    size_t len = fdt_totalsize(tree);

    board_tamper(tree, choices + AT_TAMPER);
    if (!board_take(board, machine, tree, len, NULL, 0, NULL))
        return;
    board->by_record = !board->hypervisor_count;
    run(machine, board, machine->tree, 2);
}

static void run_both(struct machine *machine, const uint8_t *choices, const uint8_t *tree,
                     size_t len, const uint8_t *payload, size_t payload_len)
{
    static struct board board;
    uint64_t at = place_in(machine, choices[AT_TREE], 1 << 20, len) + 64 * (choices[AT_TREE] & 1);

    machine_load(machine, payload, payload_len);
    if (!machine_has(machine, (struct shim_range){ at, len }))
        return;
    if (!board_take(&board, machine, tree, len, payload, payload_len, choices + AT_MODULES))
        return;
    memcpy((void *)(uintptr_t)at, tree, len);
    if (run(machine, &board, at, level_of(choices[AT_LEVEL])) == MACHINE_STARTED)
        run_again(machine, choices, &board);
}

void fuzz_one(const uint8_t *choices, const uint8_t *bytes, size_t len)
{
    static uint64_t room[TREE_ROOM / 8];
    size_t first = fuzz_first_len(choices, len);
    uint8_t *tree = fuzz_exact(bytes, first), *payload = fuzz_exact(bytes + first, len - first);
    struct machine machine;

    first = len - first ? first : len;
    len -= first;
    first = make_tree((uint8_t *)room, choices, tree, first);
    if (make_machine(&machine, choices, (uint8_t *)room, first, len)) {
        run_both(&machine, choices, (uint8_t *)room, first, payload, len);
        machine_unmake(&machine);
    }
    free(payload);
    free(tree);
}
