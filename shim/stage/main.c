// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The bare-metal stage: takes the tree from U-Boot, plans, moves things where
 * the plan wants them, and starts the hypervisor.
 *
 * Memory, from stage_head upwards: the image with its stack, the payload FIT
 * if one was appended, then CONFIG_STAGE_MEMORY_KIB of memory: what the stage
 * knows (struct stage), page tables, and the library's arena. The image header's
 * image_size covers all of it, so that U-Boot keeps it free. The new tree is
 * written where it is handed over.
 */
#include "config.h"
#include "console.h"
#include "cpu.h"
#include "fit.h"
#include "memory.h"
#include "shim/xen/image.h"
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/job/report.h"
#include "shim/xen/modules.h"

enum {
    MEMORY_BYTES = CONFIG_STAGE_MEMORY_KIB << 10,
    STATE_BYTES = 16 << 10,
    WORDS_BYTES = 1 << 10,           /* what entry.S leaves for them */
    TABLES_BYTES = 256 << 10,
    INPUT_MAX = 16 << 20,
    HYPERVISOR_LEVEL = 2,
};
#define ADDRESS_END ((uint64_t)1 << 48) /* of the identity map */

/* From the linker script and entry.S. */
extern uint8_t stage_head[], stage_stack_end[];
extern char stage_words[];
_Noreturn void stage_main(uint64_t tree, uint64_t level);
_Noreturn void stage_exception(uint64_t syndrome, uint64_t offset, uint64_t address);

struct stage {
    uint64_t level;             /* exception level */
    const uint8_t *blob;        /* the tree as handed over */
    struct shim_range own;      /* image, payload and memory */
    struct shim_range payload;  /* the FIT behind the image; size 0: none */
    struct console console;
    struct console fallback;    /* what the configuration names */
    struct shim_sink sink;      /* the console */
    struct shim_sink last;      /* the console, and memory for who has none */
    struct shim_text words;     /* what went there, at stage_words */
    struct map map;
    struct shim_arena arena;
    struct shim_tree tree;
    bool tree_checked;
    struct shim_ranges ram;     /* count 0: not known yet */
    struct shim_policy policy;  /* the tree's, as far as it can be read */
    struct shim_facts facts;
    struct shim_job job;
    struct shim_error error;
};

/* The only global: an exception has no other way to what is known. */
static struct stage *exception_stage;

/* ---- words ------------------------------------------------------------------------- */

/* Into memory first: the UART may be what does not work. */
static void put_last(void *self, const char *text)
{
    struct stage *stage = self;

    shim_text_string(&stage->words, text);
    cpu_clean((struct shim_range){ (uintptr_t)stage_words, WORDS_BYTES });
    console_put(&stage->console, text);
}

static void prepare_words(struct stage *stage)
{
    stage->sink = console_sink(&stage->console);
    stage->last = (struct shim_sink){ put_last, stage };
    stage->words = shim_text(stage_words, WORDS_BYTES);
    exception_stage = stage;
}

/* ---- consoles ---------------------------------------------------------------------- */

/* Pairs of u64 in the record that the tree carries; `at` NULL: there are none. */
static struct shim_span recorded(const struct shim_tree *tree, const char *name)
{
    uint32_t record = shim_node_at(tree, "/chosen/dtshim/record");
    struct shim_span none = { 0 };
    struct shim_span value = record == SHIM_NONE ? none : shim_prop_named(tree, record, name);

    return value.len && value.len % 16 == 0 ? value : none;
}

/* Of a tree that native rewrote: its memory nodes say guest addresses. */
static bool is_machine_memory(const struct shim_tree *tree, struct shim_range range)
{
    struct shim_span list = recorded(tree, "machine-memory");

    for (size_t i = 0; i < list.len; i += 16)
        if (shim_range_contains((struct shim_range){ shim_be64(list.at + i),
                                                     shim_be64(list.at + i + 8) }, range))
            return true;
    return false;
}

/* What lies where these registers should be; NULL: no memory that is known yet. */
static const char *memory_at(const struct stage *stage, struct shim_range at)
{
    struct shim_range tree = { (uintptr_t)stage->blob, stage->tree.total };

    if (!at.size)
        return NULL;
    if (shim_range_overlaps(stage->own, at))
        return "the stage's own memory";
    if (!stage->tree_checked)
        return NULL;
    if (shim_range_overlaps(tree, at))
        return "the tree";
    if (memory_node_meets(&stage->tree, at) || is_machine_memory(&stage->tree, at))
        return "RAM";
    return NULL;
}

/* Nothing is written to memory that is taken for a UART. */
static void take_console(struct stage *stage, const struct console *console)
{
    if (console->steps && !memory_at(stage, console_registers(console)))
        stage->console = *console;
}

static void refuse_memory(struct stage *stage, struct console *console, const char *whose,
                          const char *remedy)
{
    struct shim_range at = console_registers(console);
    const char *memory = memory_at(stage, at);

    if (!memory)
        return;
    console->steps = NULL;
    shim_print(&stage->last, "dtshim: %s: the UART at 0x%llx would lie in %s: nothing is printed "
               "there\n  what to do: %s\n", whose, SHIM_X(at.base), memory, remedy);
}

/* Both, on the console that is left, or in memory alone. */
static void refuse_consoles(struct stage *stage, struct console *named)
{
    refuse_memory(stage, &stage->fallback, "CONFIG_STAGE_FALLBACK_BASE",
                  "give the UART's address in make menuconfig");
    refuse_memory(stage, named, "/chosen: stdout-path", "mend the reg of the node that it names");
}

static void map_console(struct stage *stage)
{
    struct shim_range at = console_registers(&stage->console);

    if (at.size)
        map_add(&stage->map, at, MAP_DEVICE);
}

/* Until the tree is known it is that of the configuration. */
static void find_fallback(struct stage *stage)
{
    struct console none = { 0 };

    console_at(&stage->fallback, CONFIG_STAGE_FALLBACK_UART, CONFIG_STAGE_FALLBACK_BASE,
               CONFIG_STAGE_FALLBACK_SHIFT, CONFIG_STAGE_FALLBACK_WIDTH);
    take_console(stage, &stage->fallback);
    refuse_consoles(stage, &none);
}

/* The tree says where memory is, too: before the first letter goes to its UART. */
static void find_console(struct stage *stage)
{
    struct console named = { 0 };

    console_find(&named, &stage->tree);
    stage->console.steps = NULL;
    take_console(stage, &stage->fallback);
    take_console(stage, &named);
    if (stage->level == HYPERVISOR_LEVEL) {
        map_console(stage);
        cpu_map_changed();
    }
    refuse_consoles(stage, &named);
}

/* ---- the end, one way or the other ------------------------------------------------ */

static _Noreturn void stop(void)
{
    while (true)
        __asm__ volatile("wfi");
}

/* In one piece: it is in memory before a UART can be what does not work. */
static void report_exception(struct stage *stage, uint64_t syndrome, uint64_t offset,
                             uint64_t address)
{
    struct shim_range uart = console_registers(&stage->console);

    if (address - uart.base < uart.size)
        stage->console = stage->fallback; /* the tree's UART is not there */
    shim_print(&stage->last, "\ndtshim: unexpected exception: syndrome 0x%llx, image offset "
               "0x%llx, address 0x%llx\n  what to do: check that every module, the tree and the "
               "UART are where they are said to be\ndtshim: halted\n", SHIM_X(syndrome),
               SHIM_X(offset), SHIM_X(address));
}

_Noreturn void stage_exception(uint64_t syndrome, uint64_t offset, uint64_t address)
{
    struct stage *stage = exception_stage;

    exception_stage = NULL; /* a second one has nothing to add */
    if (stage)
        report_exception(stage, syndrome, offset, address);
    stop();
}

static bool is_image(struct shim_range at)
{
    return shim_image_at((const void *)(uintptr_t)at.base, at.size).bits == 64;
}

/* Native deletes the hypervisor's node: its record says where it is. */
static bool recorded_hypervisor(const struct shim_tree *tree, struct shim_range *at)
{
    struct shim_span value = recorded(tree, "hypervisor");

    if (!value.at)
        return false;
    *at = (struct shim_range){ shim_be64(value.at), shim_be64(value.at + 8) };
    return at->size && !shim_range_wraps(*at);
}

/* Read alone: what else is wrong with the policy must not hide it. */
static bool wants_pass_through(const struct stage *stage)
{
    uint32_t policy = stage->tree_checked ? shim_node_at(&stage->tree, "/chosen/dtshim")
                                          : SHIM_NONE;
    const char *word = NULL;

    if (policy != SHIM_NONE)
        word = shim_string(shim_prop_named(&stage->tree, policy, "on-error"));
    return word && !strcmp(word, "pass-through");
}

static bool is_native(const struct stage *stage)
{
    return shim_policy_for(&stage->policy, SHIM_CONTRACT_NATIVE);
}

/* "the hypervisor" under native: it need not be Xen. */
static const char *hypervisor_word(const struct stage *stage)
{
    return is_native(stage) ? "the hypervisor" : "Xen";
}

/*
 * The hypervisor as the tree names it, or as native recorded it: page aligned,
 * in RAM that is mapped, and an Image.
 */
static bool find_hypervisor(const struct stage *stage, struct shim_range *at)
{
    return stage->level == HYPERVISOR_LEVEL &&
           (shim_find_module(&stage->tree, "dtshim,hypervisor", at) ||
            recorded_hypervisor(&stage->tree, at)) &&
           at->base % 4096 == 0 && shim_ranges_holding(&stage->ram, *at) && is_image(*at);
}

/*
 * The hypervisor as it lies, with the tree as it came. Not where the image carries a
 * payload: that one is verified, and what the tree names in its place is not.
 */
static void try_pass_through(struct stage *stage)
{
    struct shim_range at;

    if (!wants_pass_through(stage))
        return;
    if (stage->payload.size) {
        shim_print(&stage->last, "dtshim: on-error is pass-through, but only the payload behind the "
                   "image may start here, and it cannot\n");
        return;
    }
    if (!find_hypervisor(stage, &at)) {
        shim_print(&stage->last, "dtshim: on-error is pass-through, but there is no %s to "
                   "start as things are\n", is_native(stage) ? "hypervisor" : "Xen");
        return;
    }
    shim_print(&stage->last, "dtshim: on-error is pass-through: %s at 0x%llx gets the tree as it "
               "came\n", hypervisor_word(stage), SHIM_X(at.base));
    cpu_clean(stage->own);
    stage_leave(at.base, (uintptr_t)stage->blob);
}

static _Noreturn void fail(struct stage *stage)
{
    shim_report_error(&stage->last, "dtshim: ", &stage->error);
    try_pass_through(stage);
    shim_print(&stage->last, "dtshim: halted\n");
    stop();
}

/* ---- memory -------------------------------------------------------------------------- */

static uint64_t image_bytes(void)
{
    return (uintptr_t)stage_stack_end - (uintptr_t)stage_head;
}

/* What the header says: the image, a payload, and the stage's memory. */
static uint64_t own_bytes(void)
{
    return shim_image_at(stage_head, image_bytes()).room;
}

/* At the start of the stage's memory: most of it is a job, too large for the stack. */
static struct stage *lay_out(void)
{
    uint64_t base = (uintptr_t)stage_head, image = image_bytes(), own = own_bytes();
    uint8_t *memory = stage_head + own - MEMORY_BYTES, *tables = memory + STATE_BYTES;
    struct stage *stage = memset(memory, 0, sizeof(*stage));

    _Static_assert(sizeof(*stage) <= STATE_BYTES, "raise STATE_BYTES");
    stage->own = (struct shim_range){ base, own };
    stage->payload = (struct shim_range){ base + image, own - MEMORY_BYTES - image };
    map_init(&stage->map, tables, TABLES_BYTES);
    stage->arena = shim_arena(tables + TABLES_BYTES, MEMORY_BYTES - STATE_BYTES - TABLES_BYTES);
    return stage;
}

/* The size that the tree's header claims, or 0; read before anything is mapped. */
static uint64_t claimed_size(const uint8_t *blob)
{
    if (!blob || (uintptr_t)blob % 8 || shim_be32(blob) != (uint32_t)SHIM_FDT_MAGIC_WORD)
        return 0;
    return shim_be32(blob + 4) < INPUT_MAX ? shim_be32(blob + 4) : INPUT_MAX;
}

/* Only what is certain to be RAM: the stage and the tree. */
static void caches_on(struct stage *stage, uint64_t tree_size)
{
    struct shim_range tree = { (uintptr_t)stage->blob, tree_size };

    map_add(&stage->map, stage->own, MAP_NORMAL);
    if (tree_size)
        map_add(&stage->map, tree, MAP_NORMAL);
    map_console(stage);
    cpu_invalidate((struct shim_range){ stage->own.base, image_bytes() });
    cpu_invalidate((struct shim_range){ (uintptr_t)stage, sizeof(*stage) });
    cpu_caches_on(&stage->map);
}

static _Noreturn void no_memory(struct stage *stage)
{
    shim_fail(&stage->error, SHIM_E_MEMORY, "", NULL,
              "raise CONFIG_STAGE_MEMORY_KIB in make menuconfig",
              "no room for the page tables of this memory map");
    fail(stage);
}

/* All RAM but what firmware forbids: a no-map region must not even be speculated on. */
static void map_ram(struct stage *stage)
{
    const struct shim_plan *plan = &stage->job.plan;
    const struct shim_range *last = &plan->board->ram.at[plan->board->ram.count - 1];

    if (shim_range_end(*last) > ADDRESS_END) {
        shim_fail(&stage->error, SHIM_E_VALUE, SHIM_PATH(&stage->tree, shim_memory_node(plan->board)),
                  "reg", "give RAM its true place", "RAM at 0x%llx is above 48 bits",
                  SHIM_X(last->base));
        fail(stage);
    }
    if (!shim_ranges_copy(&stage->ram, &plan->board->ram, &stage->arena, plan->board->unmapped.count + 1))
        stage->map.full = true;
    for (uint32_t i = 0; !stage->map.full && i < plan->board->unmapped.count; i++)
        shim_ranges_remove(&stage->ram, shim_whole_pages(plan->board->unmapped.at[i]));
    for (uint32_t i = 0; !stage->map.full && i < stage->ram.count; i++)
        map_add(&stage->map, stage->ram.at[i], MAP_NORMAL);
    cpu_map_changed();
    if (stage->map.full)
        no_memory(stage);
}

/* ---- steps ----------------------------------------------------------------------------- */

static void require(struct stage *stage, enum shim_code code)
{
    if (code)
        fail(stage);
}

/* Tables of pages and of exceptions cannot lie elsewhere. */
static void require_page(struct stage *stage)
{
    if (stage->own.base % 4096 == 0)
        return;
    shim_fail(&stage->error, SHIM_E_PLACEMENT, "", NULL,
              "load it at a multiple of 4096; booti sees to that by itself",
              "the stage was loaded at 0x%llx, which is no multiple of 4096",
              SHIM_X(stage->own.base));
    fail(stage);
}

/*
 * Lines of the stage's memory that the caches still hold would come back later,
 * and the boot loader's tables cannot be changed under the code that runs.
 */
static void require_mmu_off(struct stage *stage)
{
    if (stage->level != HYPERVISOR_LEVEL || !cpu_mmu_is_on())
        return;
    shim_fail(&stage->error, SHIM_E_UNSUPPORTED, "", NULL,
              "start the stage with booti or bootm, which turn them off; go does not",
              "the boot loader left the MMU on, and its caches");
    fail(stage);
}

/* `size` 0: there is none, and the place alone is looked at. */
static void require_tree(struct stage *stage, uint64_t size)
{
    uint64_t at = (uintptr_t)stage->blob;

    if (shim_range_overlaps(stage->own, (struct shim_range){ at, size ? size : 1 })) {
        shim_fail(&stage->error, SHIM_E_PLACEMENT, "", NULL,
                  "load the tree elsewhere; booti keeps the stage's memory free by itself",
                  "the tree at 0x%llx lies in the stage's own memory 0x%llx-0x%llx", SHIM_X(at),
                  SHIM_X(stage->own.base), SHIM_X(shim_range_end(stage->own) - 1));
        fail(stage);
    }
    if (!size) {
        shim_fail(&stage->error, SHIM_E_MAGIC, "", NULL,
                  "give it one: booti <stage> - <tree> in U-Boot",
                  at ? "no device tree at 0x%llx, which x0 names" : "no device tree in x0",
                  SHIM_X(at));
        fail(stage);
    }
}

static void check_tree(struct stage *stage, uint64_t size)
{
    require_tree(stage, size);
    require(stage, shim_tree_check(&stage->tree, stage->blob, size, &stage->arena,
                                   &stage->error));
    stage->tree_checked = true;
    find_console(stage);
}

static _Noreturn void refuse_record(struct stage *stage)
{
    shim_fail(&stage->error, SHIM_E_RECORD, "/chosen/dtshim/record", NULL,
              "give the stage the board's original tree",
              "the tree was rewritten for a payload that is not here");
    fail(stage);
}

static void require_level(struct stage *stage)
{
    if (stage->level == HYPERVISOR_LEVEL)
        return;
    shim_fail(&stage->error, SHIM_E_UNSUPPORTED, "", NULL,
              "let firmware start U-Boot at EL2 (under QEMU: -machine virtualization=on)",
              "entered at EL%u, and a hypervisor needs EL2", (unsigned)stage->level);
    fail(stage);
}

/*
 * What native rewrote says guest addresses: neither its memory nor its reserved
 * memory is the machine's. Only the hypervisor is mapped, to be looked at.
 */
static void take_recorded_memory(struct stage *stage)
{
    struct shim_range hypervisor;

    if (!recorded_hypervisor(&stage->tree, &hypervisor) ||
        !is_machine_memory(&stage->tree, hypervisor))
        refuse_record(stage);
    if (!shim_ranges_init(&stage->job.board.ram, &stage->arena, 1) ||
        !shim_ranges_add(&stage->job.board.ram, hypervisor))
        no_memory(stage);
}

/*
 * What is wrong with it, the job says. Not inlined: the copy that the defaults
 * come in need not lie below the job on the stack.
 */
__attribute__((noinline))
static void read_policy(struct stage *stage)
{
    stage->policy = shim_policy_default();
    shim_policy_from_tree(&stage->policy, &stage->tree, &stage->error);
}

static void read_memory_map(struct stage *stage)
{
    read_policy(stage);
    stage->job.plan = (struct shim_plan){ .board = &stage->job.board,
                                          .tree = &stage->tree, .policy = &stage->policy,
                                          .facts = &stage->facts, .arena = &stage->arena };
    stage->job.board = (struct shim_board){
        .tree = &stage->tree, .policy = &stage->policy, .facts = &stage->facts,
        .arena = &stage->arena, .ramdisk = shim_find_ramdisk(&stage->tree, &stage->facts) };
    if (is_native(stage) && recorded(&stage->tree, "machine-memory").at)
        take_recorded_memory(stage);
    else
        require(stage, shim_survey_memory(&stage->job.board, &stage->error));
    map_ram(stage);
}

static const void *bytes_at(struct shim_range at)
{
    return (const void *)(uintptr_t)at.base;
}

/* Where the payload's part of this kind lies, in RAM; false: the modules pass says what is wrong. */
static bool find_part(const struct stage *stage, enum shim_module_kind kind,
                      const char *compatible, struct shim_range *at)
{
    for (uint32_t i = 0; i < stage->facts.payload_count; i++)
        if (stage->facts.payload[i].kind == kind) {
            *at = stage->facts.payload[i].at;
            return true;
        }
    return shim_find_module(&stage->tree, compatible, at) && shim_ranges_holding(&stage->ram, *at);
}

/* How much memory they need stands in their headers; the tree only knows the files. */
static void look_at_headers(struct stage *stage)
{
    struct shim_range at;

    if (find_part(stage, SHIM_MODULE_XEN, "dtshim,hypervisor", &at))
        require(stage, shim_look_at_hypervisor(&stage->facts, bytes_at(at), at.size, at.base,
                                               hypervisor_word(stage), &stage->error));
    if (find_part(stage, SHIM_MODULE_KERNEL, "multiboot,kernel", &at))
        shim_look_at_kernel(&stage->facts, bytes_at(at), at.size);
}

/* For the iommu pass: an aligned register outside RAM. */
static bool read_register(void *self, uint64_t address, uint32_t *value)
{
    struct stage *stage = self;
    struct shim_range page = shim_whole_pages((struct shim_range){ address, sizeof(*value) });

    if (address % sizeof(*value) || address >= ADDRESS_END ||
        shim_ranges_meeting(&stage->ram, page))
        return false;
    map_add(&stage->map, page, MAP_DEVICE);
    cpu_map_changed();
    if (stage->map.full)
        return false;
    *value = *(const volatile uint32_t *)(uintptr_t)address;
    return true;
}

static void gather_facts(struct stage *stage)
{
    stage->facts.ipa_bits = cpu_address_bits();
    stage->facts.read32 = read_register;
    stage->facts.self = stage;
    stage->facts.stage = stage->own;
    stage->facts.tree = (struct shim_range){ (uintptr_t)stage->blob, stage->tree.total };
    stage->facts.payload_source = "the stage carries it";
    if (stage->payload.size) {
        shim_print(&stage->sink, "dtshim: verifying the payload behind the image\n");
        require(stage, fit_read(&stage->facts, (const uint8_t *)(uintptr_t)stage->payload.base,
                                stage->payload.size, &stage->arena, &stage->error));
    }
    look_at_headers(stage);
}

static void require_contract(struct stage *stage)
{
    if (stage->job.contract->write)
        return;
    shim_fail(&stage->error, SHIM_E_UNSUPPORTED, "/chosen/dtshim", "contract",
              "choose contract xen or native, or boot without the stage",
              "under none there is no hypervisor to hand over to");
    fail(stage);
}

/* What U-Boot put into the stage's own memory is gone already. */
static void check_sources(struct stage *stage)
{
    for (uint32_t i = 0; i < stage->job.plan.module_count; i++) {
        const struct shim_module *module = &stage->job.plan.modules[i];

        if (module->node == SHIM_NONE || !shim_range_overlaps(module->from, stage->own))
            continue;
        shim_fail(&stage->error, SHIM_E_PAYLOAD, SHIM_PATH(&stage->tree, module->node), "reg",
                  "load it elsewhere; booti keeps the stage's memory free by itself",
                  "lies in the stage's own memory 0x%llx-0x%llx", SHIM_X(stage->own.base),
                  SHIM_X(shim_range_end(stage->own) - 1));
        fail(stage);
    }
}

static void place(struct shim_range from, uint64_t to)
{
    if (from.base == to)
        return;
    memcpy((void *)(uintptr_t)to, (const void *)(uintptr_t)from.base, from.size);
    cpu_clean((struct shim_range){ to, from.size });
}

/*
 * Destinations overlap no source and not the stage: the order does not matter.
 * The hypervisor, and a kernel that runs where it is put, write to their own
 * memory with caches off before they turn them on, so no line of all their room
 * may stay in a cache, moved or not.
 */
static void move_modules(const struct shim_plan *plan)
{
    bool native = shim_policy_for(plan->policy, SHIM_CONTRACT_NATIVE);

    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (module->kind != SHIM_MODULE_TREE && module->kind != SHIM_MODULE_DOMAIN_TREE)
            place(module->from, module->to);
        if (module->kind == SHIM_MODULE_XEN || (native && module->kind == SHIM_MODULE_KERNEL))
            cpu_clean((struct shim_range){ module->to, module->room });
    }
}

/* Where it goes, which is nobody's memory yet: if this fails, all is as it was. */
static void write_tree(struct stage *stage, const struct shim_module *module)
{
    size_t len;

    require(stage, shim_job_apply(&stage->job, (void *)(uintptr_t)module->to, module->room, &len,
                                  &stage->error));
    cpu_clean((struct shim_range){ module->to, len });
}

/* The devices of a xen,domain, likewise. */
static void write_domain_tree(struct stage *stage)
{
    const struct shim_module *module = shim_module_of(&stage->job.plan, SHIM_MODULE_DOMAIN_TREE);
    size_t len;

    if (!module)
        return;
    require(stage, shim_job_apply_domain(&stage->job, (void *)(uintptr_t)module->to, module->room,
                                         &len, &stage->error));
    cpu_clean((struct shim_range){ module->to, module->room });
}

static _Noreturn void start_hypervisor(struct stage *stage, uint64_t at, uint64_t tree)
{
    shim_print(&stage->sink, "dtshim: starting %s at 0x%llx, tree at 0x%llx\n\n",
               hypervisor_word(stage), SHIM_X(at), SHIM_X(tree));
    cpu_clean(stage->own);
    stage_leave(at, tree);
}

/* The tree was rewritten before: everything lies where it says. */
static _Noreturn void start_recognised(struct stage *stage)
{
    struct shim_range hypervisor;

    if (stage->facts.payload_count || !find_hypervisor(stage, &hypervisor))
        refuse_record(stage);
    cpu_clean(hypervisor); /* it was looked at through the caches */
    start_hypervisor(stage, hypervisor.base, (uintptr_t)stage->blob);
}

static _Noreturn void boot(struct stage *stage)
{
    uint64_t tree;

    require(stage, shim_job_plan(&stage->job, stage->blob, stage->tree.total, NULL,
                                 &stage->facts, stage->arena, &stage->error));
    shim_report_plan(&stage->sink, &stage->job);
    require_contract(stage);
    if (stage->job.recognised)
        start_recognised(stage);
    check_sources(stage);
    write_tree(stage, shim_module_of(&stage->job.plan, SHIM_MODULE_TREE));
    write_domain_tree(stage);
    move_modules(&stage->job.plan);
    tree = shim_module_of(&stage->job.plan, SHIM_MODULE_TREE)->to;
    start_hypervisor(stage, shim_module_of(&stage->job.plan, SHIM_MODULE_XEN)->to, tree);
}

_Noreturn void stage_main(uint64_t tree, uint64_t level)
{
    struct stage *stage = lay_out();
    uint64_t size;

    stage->level = level;
    stage->blob = (const uint8_t *)(uintptr_t)tree;
    prepare_words(stage);
    find_fallback(stage);
    require_page(stage);
    require_mmu_off(stage);
    size = claimed_size(stage->blob);
    if (level == HYPERVISOR_LEVEL)
        caches_on(stage, size);
    check_tree(stage, size);
    shim_print(&stage->sink, "\ndtshim " SHIM_VERSION " at 0x%llx, EL%u, tree at 0x%llx\n",
               SHIM_X(stage->own.base), (unsigned)level, SHIM_X(tree));
    require_level(stage);
    read_memory_map(stage);
    gather_facts(stage);
    boot(stage);
}
