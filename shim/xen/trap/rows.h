/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The functions in the rows of traps.c, by their files. */
#ifndef DTSHIM_XEN_TRAP_ROWS_H
#define DTSHIM_XEN_TRAP_ROWS_H

#include "shim/xen/trap/trap.h"

/* ---- tree.c: the tree as a whole ---- */
void shim_find_slack(struct shim_check *check, const struct shim_trap *trap);
void shim_find_tree_size(struct shim_check *check, const struct shim_trap *trap);
void shim_find_hypervisor_twice(struct shim_check *check, const struct shim_trap *trap);

/* ---- stops.c: where the model says that Xen stops ---- */
void shim_find_can_run(struct shim_check *check, const struct shim_trap *trap);
void shim_find_xen_stops(struct shim_check *check, const struct shim_trap *trap);

/* ---- memory.c: nodes that are RAM, or are taken for it ---- */
void shim_find_memory_type(struct shim_check *check, const struct shim_trap *trap);
void shim_find_memory_record(struct shim_check *check, const struct shim_trap *trap);
void shim_find_record_places(struct shim_check *check, const struct shim_trap *trap);
void shim_find_memory_banks(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_memory_banks(struct shim_plan *plan);
void shim_mend_memory_type(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- bank_count.c: how many banks there are ---- */
void shim_find_bank_count(struct shim_check *check, const struct shim_trap *trap);
enum shim_code shim_refuse_banks(const struct shim_plan *plan, struct shim_error *error);

/* Will the memory nodes become one? */
bool shim_rewrites_memory(const struct shim_plan *plan);

/* ---- ram_name.c: RAM of another name ---- */
void shim_find_memory_name(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_memory_name(struct shim_plan *plan);
void shim_mend_memory_name(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- memory_name.c: nodes that are taken for RAM by their name ---- */
void shim_find_disabled_memory(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_disabled_memory(struct shim_plan *plan);
void shim_mend_disabled_memory(const struct shim_plan *plan, struct shim_edits *edits);
void shim_find_memory_depth(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_memory_depth(struct shim_plan *plan);
void shim_mend_memory_depth(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- reserved_form.c: /reserved-memory itself ---- */
void shim_find_reserved_form(struct shim_check *check, const struct shim_trap *trap);
enum shim_code shim_refuse_reserved_form(const struct shim_plan *plan, struct shim_error *error);
void shim_decide_reserved_form(struct shim_plan *plan);
void shim_mend_reserved_form(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- reserved.c: the static heap ---- */
void shim_find_chosen_order(struct shim_check *check, const struct shim_trap *trap);
void shim_find_heap_aligned(struct shim_check *check, const struct shim_trap *trap);
void shim_mend_chosen_order(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- reserving.c: what of it is said otherwise ---- */
void shim_find_disabled_region(struct shim_check *check, const struct shim_trap *trap);
void shim_find_memreserve_overlap(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_disabled_region(struct shim_plan *plan);
void shim_decide_memreserve_overlap(struct shim_plan *plan);
void shim_mend_disabled_region(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- way_in.c: what Xen's own UEFI stub drops ---- */
void shim_find_record_entry(struct shim_check *check, const struct shim_trap *trap);
void shim_find_memreserve_lost(struct shim_check *check, const struct shim_trap *trap);

/* ---- meeting.c: regions that meet ---- */
void shim_find_reserved_overlap(struct shim_check *check, const struct shim_trap *trap);
enum shim_code shim_refuse_overlap(const struct shim_plan *plan, struct shim_error *error);
void shim_decide_overlap(struct shim_plan *plan);
void shim_mend_overlap(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- modules.c: modules and command lines ---- */
void shim_find_modules_seen(struct shim_check *check, const struct shim_trap *trap);
void shim_find_command_line(struct shim_check *check, const struct shim_trap *trap);

/* ---- reg.c: addresses of devices ---- */
void shim_find_ranges_cover(struct shim_check *check, const struct shim_trap *trap);
void shim_find_reg_pages(struct shim_check *check, const struct shim_trap *trap);
void shim_find_reg_in_dom0(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_reg(struct shim_plan *plan);
void shim_mend_ranges_cover(const struct shim_plan *plan, struct shim_edits *edits);
void shim_mend_reg_pages(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- regions.c: extended regions ---- */
void shim_find_root_cells(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_root_cells(struct shim_plan *plan);
void shim_decide_claims(struct shim_plan *plan);
void shim_mend_claims(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- iommu.c: IOMMUs ---- */
void shim_find_iommu_shown(struct shim_check *check, const struct shim_trap *trap);
void shim_find_iommu_map_left(struct shim_check *check, const struct shim_trap *trap);
void shim_find_iommu_blocked(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_iommu_shown(struct shim_plan *plan);
void shim_decide_iommu_map_left(struct shim_plan *plan);
void shim_mend_iommus(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- irq.c: interrupts that Xen keeps ---- */
void shim_find_irq_kept(struct shim_check *check, const struct shim_trap *trap);

/* What Xen keeps of a tree as it is, see told.h; NULL: there is no dom0, or no room to look. */
const uint16_t *shim_kept_for(struct shim_check *check);
void shim_decide_irq_kept(struct shim_plan *plan);
void shim_mend_irq_kept(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- irq_empty.c: entries of interrupts-extended without a controller ---- */
void shim_find_irq_empty(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_irq_empty(struct shim_plan *plan);
void shim_mend_irq_empty(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- irq_extended.c: interrupts that Xen takes for others ---- */
void shim_find_irq_extended(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_irq_extended(struct shim_plan *plan);
void shim_mend_irq_extended(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- irq_type.c: one interrupt of two types ---- */
void shim_find_irq_type(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_irq_type(struct shim_plan *plan);
void shim_mend_irq_type(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- vcpus.c: more CPUs than the GIC serves ---- */
void shim_find_vcpus(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_vcpus(struct shim_plan *plan);

/* ---- dma.c: what a driver is told of its device's DMA ---- */
void shim_find_tag_proven(struct shim_check *check, const struct shim_trap *trap);
void shim_find_dma_reach(struct shim_check *check, const struct shim_trap *trap);
void shim_find_root_dma_ranges(struct shim_check *check, const struct shim_trap *trap);
void shim_find_record_devices(struct shim_check *check, const struct shim_trap *trap);
void shim_find_offset_sound(struct shim_check *check, const struct shim_trap *trap);
void shim_find_offset_foreign(struct shim_check *check, const struct shim_trap *trap);

/* ---- coloring.c: cache colours ---- */
void shim_find_coloring(struct shim_check *check, const struct shim_trap *trap);
enum shim_code shim_refuse_coloring(const struct shim_plan *plan, struct shim_error *error);
void shim_decide_coloring(struct shim_plan *plan);

/* ---- scrub.c: who scrubs free memory, and when ---- */
void shim_decide_scrub(struct shim_plan *plan);

/* ---- sram.c: on-chip memory ---- */
void shim_find_sram_parts(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_sram(struct shim_plan *plan);
void shim_mend_sram(const struct shim_plan *plan, struct shim_edits *edits);

/* ---- domain.c: the partial tree of a xen,domain ---- */
void shim_find_passthrough_reg(struct shim_check *check, const struct shim_trap *trap);
void shim_find_passthrough_gic(struct shim_check *check, const struct shim_trap *trap);
void shim_decide_domain_regions(struct shim_plan *plan);

#endif
