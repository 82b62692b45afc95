// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The end, where it is not the hypervisor's start: words, and pass-through or a halt. */
#include "shim/base/mem.h"
#include "shim/xen/image.h"
#include "shim/xen/modules.h"
#include "stage.h"
#include "trust.h"

/* From entry.S. */
_Noreturn void stage_exception(uint64_t syndrome, uint64_t offset, uint64_t address);

/* The only global: an exception has no other way to what is known. */
static struct stage *exception_stage;

/* ---- pass-through ------------------------------------------------------------------ */

static bool is_image(struct shim_range at)
{
    return shim_image_at((const void *)(uintptr_t)at.base, at.size).bits == arch.bits;
}

/* Native deletes the hypervisor's node: its record says where it is. */
static bool named_hypervisor(const struct stage *stage, struct shim_range *at)
{
    if (shim_find_module(&stage->job.tree, "dtshim,hypervisor", at))
        return true;
    *at = stage->job.record.hypervisor;
    return at->size;
}

bool stage_find_hypervisor(const struct stage *stage, struct shim_range *at)
{
    return stage->level == HYPERVISOR_LEVEL && named_hypervisor(stage, at) &&
           at->base % 4096 == 0 && shim_ranges_holding(&stage->ram, *at) && is_image(*at);
}

/* Read alone: what else is wrong with the policy must not hide it. */
bool stage_wants_pass_through(const struct shim_tree *tree)
{
    uint32_t policy = shim_node_at(tree, "/chosen/dtshim");
    const char *word = NULL;

    if (policy != SHIM_NONE)
        word = shim_string(shim_prop_named(tree, policy, "on-error"));
    return word && !strcmp(word, "pass-through");
}

const char *stage_hypervisor_word(const struct stage *stage)
{
    return stage_is_native(stage) ? "the hypervisor" : "Xen";
}

/*
 * Where the image carries a payload that one is verified, and what the tree names in its
 * place is not. A hypervisor whose modules are gone would start them as they are.
 */
static bool must_not_start(const struct stage *stage)
{
    struct shim_lost lost;

    if (TRUST_IS_REQUIRED || stage->payload.size) {
        shim_print(&stage->last, "dtshim: on-error is pass-through, but only the appended "
                   "payload may start here, and it cannot\n");
        return true;
    }
    if (!stage_find_lost(stage, &lost))
        return false;
    shim_print(&stage->last, "dtshim: on-error is pass-through, but a module is lost: %s overlaps "
               "%s\n", lost.node == SHIM_NONE ? "linux,initrd-start"
                                              : SHIM_PATH(&stage->job.tree, lost.node), lost.what);
    return true;
}

/* The hypervisor as it lies, with the tree as it came. */
static void try_pass_through(struct stage *stage)
{
    struct shim_range at;

    if (!stage_has_tree(stage) || !stage_wants_pass_through(&stage->job.tree) ||
        must_not_start(stage))
        return;
    if (!stage_find_hypervisor(stage, &at)) {
        shim_print(&stage->last, "dtshim: on-error is pass-through, but there is no %s to start\n",
                   stage_is_native(stage) ? "hypervisor" : "Xen");
        return;
    }
    shim_print(&stage->last, "dtshim: on-error is pass-through: %s at 0x%llx is given the "
               "unchanged tree\n", stage_hypervisor_word(stage), SHIM_X(at.base));
    cpu_clean(at); /* it was looked at through the caches */
    stage_clean_own(stage);
    stage_leave(at.base, (uintptr_t)stage->blob);
}

/* ---- errors ------------------------------------------------------------------------ */

_Noreturn void stage_fail(struct stage *stage)
{
    if (stage->firmware)
        stage->give_up(stage);
    shim_report_error(&stage->last, "dtshim: ", &stage->error);
    try_pass_through(stage);
    shim_print(&stage->last, "dtshim: halted\n");
    cpu_stop();
}

void stage_require(struct stage *stage, enum shim_code code)
{
    if (code)
        stage_fail(stage);
}

_Noreturn void stage_refuse_record(struct stage *stage)
{
    shim_fail(&stage->error, SHIM_E_RECORD, "/chosen/dtshim/record", NULL,
              "give the stage the board's original tree",
              "the tree was rewritten for a payload that is not here");
    stage_fail(stage);
}

/* ---- exceptions -------------------------------------------------------------------- */

void stage_catch_exceptions(struct stage *stage)
{
    exception_stage = stage;
}

/* In one piece: it is in memory before a UART can be what does not work. */
static void report_exception(struct stage *stage, uint64_t syndrome, uint64_t offset,
                             uint64_t address)
{
    bool overflow = image_is_guard(address);
    struct shim_range uart = console_registers(&stage->console);

    if (address - uart.base < uart.size)
        stage->console = stage->fallback; /* the tree's UART is not there */
    shim_print(&stage->last, "\ndtshim: %s: syndrome 0x%llx, image offset 0x%llx, address 0x%llx\n"
               "  what to do: %s\ndtshim: halted\n",
               overflow ? "stack overflow" : "unexpected exception", SHIM_X(syndrome),
               SHIM_X(offset), SHIM_X(address),
               overflow ? "raise CONFIG_STAGE_STACK_KIB in make menuconfig, and report this tree"
                        : "check the addresses of every module, the tree and the UART");
}

_Noreturn void stage_exception(uint64_t syndrome, uint64_t offset, uint64_t address)
{
    struct stage *stage = exception_stage;

    exception_stage = NULL; /* a second one has nothing to add */
    if (stage)
        report_exception(stage, syndrome, offset, address);
    cpu_stop();
}
