/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of the bare-metal stage know of each other. */
#ifndef DTSHIM_STAGE_STAGE_H
#define DTSHIM_STAGE_STAGE_H

#include "config.h"
#include "console.h"
#include "cpu.h"
#include "shim/job/job.h"
#include "shim/job/report.h"
#include "shim/job/verdict.h"
#include "shim/xen/lost.h"

enum { HYPERVISOR_LEVEL = 2 };

struct firmware;

struct stage {
    struct firmware *firmware;  /* while it is an EFI application (efi/firmware.h), or NULL; */
    __attribute__((noreturn)) void (*give_up)(struct stage *); /* and where errors lead then */
    uint64_t level;             /* exception level */
    const uint8_t *blob;        /* the tree as handed over */
    struct shim_range own;      /* image, payload and memory */
    struct shim_range payload;  /* the FIT behind the image; size 0: none */
    struct shim_range tree;     /* as its header says; size 0: none that can be read */
    struct console console;
    struct console fallback;    /* what the configuration names */
    struct shim_sink sink;      /* the console */
    struct shim_sink last;      /* the console, and memory for who has none */
    struct shim_text words;     /* what went there, at stage_words */
    struct map map;
    struct shim_ranges ram;     /* what is mapped of the machine's; count 0: nothing yet */
    struct shim_job job;        /* open, and then planned */
    struct shim_error error;
};

/* Is there a tree that can be read? */
static inline bool stage_has_tree(const struct stage *stage)
{
    return stage->job.tree.nodes != NULL;
}

static inline bool stage_is_native(const struct stage *stage)
{
    return shim_policy_for(&stage->job.policy, SHIM_CONTRACT_NATIVE);
}

/* ---- steps.c: what has to hold, and what is to be known, before a plan is made ---- */

/* The size that a tree's header claims, or 0; read before anything is mapped. */
uint64_t stage_claimed_size(const uint8_t *blob);

void stage_require_level(struct stage *stage);
void stage_require_contract(struct stage *stage);

/* All but what only hardware says. */
void stage_gather_facts(struct stage *stage);

/* ---- own.c: the stage's own memory ---- */

/* At the start of its memory: most of it is a job, too large for the stack. */
struct stage *stage_lay_out(void);

/* Maps the stage and the tree, each for what it is there for. */
void stage_caches_on(struct stage *stage);

/* Nothing that was written there stays in a cache, to come down on the next owner. */
void stage_clean_own(const struct stage *stage);

/* ---- words.c: consoles, and memory for who has none ---- */

/* 0x1000 behind the load address in all stages: from entry.S, and a page of its own. */
extern char stage_words[];

void stage_prepare_words(struct stage *stage);

/* Until the tree is known it is that of the configuration. */
void stage_find_fallback(struct stage *stage);

/* The tree says where memory is, too: before the first letter goes to its UART. */
void stage_find_console(struct stage *stage);

void stage_map_console(struct stage *stage);

/* ---- memory.c ---- */

/*
 * What memory is in the pages of these registers ("RAM"); NULL: none that is known. They are
 * mapped by the page, so one that has some of both is memory.
 */
const char *stage_memory_at(const struct stage *stage, struct shim_range registers);

/* ---- ram.c: the machine's memory ---- */

/* Makes stage->ram of what is RAM for certain, and maps it. */
void stage_take_ram(struct stage *stage);
void stage_map_ram(struct stage *stage);

/* For the survey of IOMMUs: an aligned register, and no memory. */
bool stage_read_register(void *self, uint64_t address, uint32_t *value);
bool stage_is_memory(void *self, struct shim_range range);

/* ---- modules.c: what is started ---- */

/* Makes sure of the payload behind the image, and reads headers of hypervisor and kernel. */
void stage_look_at_payload(struct stage *stage);

/* Is something that the tree names gone already, as U-Boot put it into the stage's memory? */
bool stage_find_lost(const struct stage *stage, struct shim_lost *lost);

/* Nothing of what the plan starts is, and all of it is signed where it has to be. */
void stage_check_sources(struct stage *stage);

/* The same of a tree that starts as it came. */
void stage_check_named(struct stage *stage);

/* Trees and modules go where the plan wants them. */
void stage_write_trees(struct stage *stage);
void stage_move_modules(const struct shim_plan *plan);

/* ---- end.c: one way or the other ---- */

/* Does the tree's policy say so? */
bool stage_wants_pass_through(const struct shim_tree *tree);

/* With stage->error: the hypervisor as it lies where on-error says so, or nothing. */
_Noreturn void stage_fail(struct stage *stage);
void stage_require(struct stage *stage, enum shim_code code);

/* What is known is said of an exception from now on. */
void stage_catch_exceptions(struct stage *stage);

_Noreturn void stage_refuse_record(struct stage *stage);

/* "the hypervisor" under native: it need not be Xen. */
const char *stage_hypervisor_word(const struct stage *stage);

/*
 * The hypervisor as the tree names it, or as native recorded it: page aligned,
 * in RAM that is mapped, and an Image.
 */
bool stage_find_hypervisor(const struct stage *stage, struct shim_range *at);

#endif
