/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Who comes into a xen,domain so far: nodes are marked, with what they are parts of. */
#ifndef DTSHIM_XEN_DOMAIN_COMERS_H
#define DTSHIM_XEN_DOMAIN_COMERS_H

#include "shim/plan/plan.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/domain/passable.h"

/* Nodes come once, and what they refer to is looked for in the order in which they came. */
struct shim_gathering {
    struct shim_plan *plan;
    struct shim_passing passing;
    uint32_t *queue; /* the nodes that come */
    uint32_t queued;
};

bool shim_comes(const struct shim_plan *plan, uint32_t node);

/* With no parent that comes as well. */
bool shim_comes_as_top(const struct shim_plan *plan, uint32_t node);

/* The device that a node belongs to. */
uint32_t shim_device_of(const struct shim_plan *plan, uint32_t node);

/* With all that is below it; without what cannot come, which nobody has asked for. */
void shim_mark_whole(struct shim_gathering *gathering, uint32_t node);

/* A neighbour: its device with nothing but the way down to it, and all that is below it. */
void shim_call(struct shim_gathering *gathering, uint32_t node);

/* As if those behind `first` had never been tried, with the notes behind `last`. */
void shim_take_back(struct shim_gathering *gathering, uint32_t first, struct shim_note *last);

/* `several`: the reason where others are like it; they are those with the same `shared`. */
void shim_note_comer(struct shim_plan *plan, uint32_t node, const char *why, const char *several,
                     const void *shared);

/* What to do about those that cannot come, and the error that says so. */
extern const char shim_leave_out[];
enum shim_code shim_no_comer(const struct shim_plan *plan, uint32_t node, const char *why,
                             struct shim_error *error);

/* Does the property stay behind: the host's own business, or what a domain cannot have? */
bool shim_stays_behind(const char *property);

/*
 * What all masters from a top node down have in common; NULL: nobody there
 * goes by machine addresses. `*torn` is a master that differs, or SHIM_NONE.
 */
const struct shim_master *shim_shared_master(const struct shim_plan *plan, uint32_t top,
                                             uint32_t *torn);

#endif
