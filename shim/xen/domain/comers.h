/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What goes into a xen,domain so far: nodes are marked, with what they are parts of. */
#ifndef DTSHIM_XEN_DOMAIN_COMERS_H
#define DTSHIM_XEN_DOMAIN_COMERS_H

#include "shim/plan/plan.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/domain/passable.h"

/* Nodes are added once, and what they refer to is followed in the same order. */
struct shim_gathering {
    struct shim_plan *plan;
    struct shim_passing passing;
    uint32_t *queue; /* the nodes that go in */
    uint32_t queued;
};

bool shim_comes(const struct shim_plan *plan, uint32_t node);

/* With no parent that goes in as well. */
bool shim_comes_as_top(const struct shim_plan *plan, uint32_t node);

/* The device that a node belongs to. */
uint32_t shim_device_of(const struct shim_plan *plan, uint32_t node);

/* With all that is below it, except what cannot go in: nobody asked for that. */
void shim_mark_whole(struct shim_gathering *gathering, uint32_t node);

/* A neighbour: its device with nothing but the way down to it, and all that is below it. */
void shim_call(struct shim_gathering *gathering, uint32_t node);

/* Undoes those after `first`, with the notes after `last`. */
void shim_take_back(struct shim_gathering *gathering, uint32_t first, struct shim_note *last);

/* `several`: the reason where others are like it; they are those with the same `shared`. */
void shim_note_comer(struct shim_plan *plan, uint32_t node, const char *why, const char *several,
                     const void *shared);

/* The remedy for those that cannot go in, and their error. */
extern const char shim_leave_out[];
enum shim_code shim_no_comer(const struct shim_plan *plan, uint32_t node, const char *why,
                             struct shim_error *error);

/* Is the property not copied: only the host needs it, or a domain cannot have it? */
bool shim_stays_behind(const char *property);

/*
 * What all masters from a top node down have in common; NULL: none of them
 * uses machine addresses. `*torn` is a master that differs, or SHIM_NONE.
 */
const struct shim_master *shim_shared_master(const struct shim_plan *plan, uint32_t top,
                                             uint32_t *torn);

#endif
