// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The witness from its entry to the guest's.
 *
 * It is linked with the stage's entry.S and stage.ld, which do for any arm64
 * Image what has to be done first, so its main function bears the stage's name.
 * MMU and caches stay off at EL2: what dtshim left is clean to the point of
 * coherency. Memory, from stage_head upwards: image and stack, tables of stage
 * 2, index of the tree.
 */
#include "shim/base/span.h"

#include "../../shim/stage/cpu.h"
#include "shim/base/mem.h"
#include "witness.h"

enum {
    HEADER_SIZE_AT = 16,     /* image_size in the arm64 Image header: image and memory */
    TABLES_BYTES = 4 << 20,  /* what 2 GiB need where no block fits; the index gets the rest */
    TABLES_ALIGNMENT = 8192, /* of the root of stage 2 */
    TREE_MAX = 2 << 20,
    EL2 = 2,
    PAGE = 4096,
};

/* From the linker script. */
extern uint8_t stage_head[], stage_stack_end[];
_Noreturn void stage_main(uint64_t tree, uint64_t level);
_Noreturn void stage_exception(uint64_t syndrome, uint64_t offset, uint64_t address);

struct witness {
    struct shim_range own;  /* machine addresses that must not be the guest's */
    struct shim_range blob; /* the tree, machine addresses */
    struct console console;
    struct shim_sink sink;
    struct shim_tree tree;
    struct board board;
    struct stage2 tables;
};

/* Before the guest runs none is expected, and there may be no console yet. */
_Noreturn void stage_exception(uint64_t syndrome, uint64_t offset, uint64_t address)
{
    (void)syndrome;
    (void)offset;
    (void)address;
    machine_off();
}

static _Noreturn void refuse(const struct witness *witness, const char *why)
{
    shim_print(&witness->sink, "witness: refused: %s\nwitness: off\n", why);
    machine_off();
}

static void require(const struct witness *witness, const char *why)
{
    if (why)
        refuse(witness, why);
}

/* Without a tree there is no console to complain on. */
static void read_tree(struct witness *witness, uint8_t *index)
{
    const uint8_t *blob = (const uint8_t *)(uintptr_t)witness->blob.base;
    struct shim_arena arena = shim_arena(index, shim_range_end(witness->own) - (uintptr_t)index);
    struct shim_error error;

    if (shim_tree_check(&witness->tree, blob, TREE_MAX, &arena, &error))
        machine_off();
    witness->blob.size = witness->tree.total;
    console_find(&witness->console, &witness->tree);
    witness->sink = console_sink(&witness->console);
}

/* The guest's memory holds its tree and its kernel, and none of the witness. */
static void check_block(const struct witness *witness)
{
    const struct board *board = &witness->board;
    struct shim_range block = { board_machine(board, board->memory.base), board->memory.size };

    if ((block.base | block.size | board->memory.base) % PAGE || !board_block_is_sound(board))
        refuse(witness, "dom0's machine block is not in the machine's memory as the record says");
    if (shim_range_overlaps(block, witness->own))
        refuse(witness, "dom0's machine block covers the witness");
    if (!shim_range_contains(block, witness->blob))
        refuse(witness, "the tree is not in dom0's memory");
    if (!stage2_reaches(board->memory) || cpu_address_bits() < GUEST_ADDRESS_BITS)
        refuse(witness, "guest addresses of 40 bits do not reach dom0's memory, or are more than "
                        "the processor has");
}

/* Asks the processor, and does not believe the tables. */
static void show(const struct witness *witness, uint64_t guest)
{
    const struct board *board = &witness->board;
    uint64_t machine;

    if (!stage2_translate(guest, &machine) || machine != board_machine(board, guest))
        refuse(witness, "the processor does not translate as dma-offset says");
    shim_print(&witness->sink, "witness: guest 0x%llx is machine 0x%llx, offset 0x%llx\n",
               SHIM_X(guest), SHIM_X(machine), SHIM_X((machine - guest) & board->address_mask));
}

static uint64_t guest_of(const struct board *board, uint64_t machine)
{
    return (machine - board->offset) & board->address_mask;
}

static _Noreturn void start(const struct witness *witness)
{
    const struct board *board = &witness->board;
    uint64_t tree = guest_of(board, witness->blob.base);

    guest_prepare();
    stage2_install(&witness->tables);
    show(witness, board->memory.base);
    show(witness, shim_range_end(board->memory) - PAGE);
    show(witness, board->kernel);
    show(witness, tree);
    guest_report_to(&witness->sink);
    shim_print(&witness->sink, "witness: starting the kernel at guest 0x%llx, tree at guest "
               "0x%llx\n", SHIM_X(board->kernel), SHIM_X(tree));
    guest_enter(board->kernel, tree);
}

_Noreturn void stage_main(uint64_t tree, uint64_t level)
{
    struct witness witness = { .blob = { tree, 0 } };
    uint8_t *pool = stage_stack_end + -(uintptr_t)stage_stack_end % TABLES_ALIGNMENT;

    witness.own.base = (uintptr_t)stage_head;
    memcpy(&witness.own.size, stage_head + HEADER_SIZE_AT, sizeof(witness.own.size));
    read_tree(&witness, pool + TABLES_BYTES);
    shim_print(&witness.sink, "\nwitness at 0x%llx, EL%u, tree at 0x%llx\n",
               SHIM_X(witness.own.base), (unsigned)level, SHIM_X(tree));
    if (level != EL2)
        refuse(&witness, "EL2 is needed");
    require(&witness, board_read(&witness.board, &witness.tree, &witness.sink));
    check_block(&witness);
    stage2_init(&witness.tables, pool, TABLES_BYTES);
    require(&witness, board_map(&witness.board, &witness.tables));
    start(&witness);
}
