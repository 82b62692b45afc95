/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Before each source of the stage: what the linker script fixes stands where the machine
 * has put the image in this run. A declaration as `extern uint8_t stage_head[]` becomes one
 * of a pointer to that array.
 */
#define stage_head (*machine_stage_head)
#define stage_start (*machine_stage_head)
#define stage_stack_end (*machine_stage_stack_end)
#define stage_words (*machine_stage_words)
