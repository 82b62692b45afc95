/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Interrupts of devices as Xen reads them (dt_number_of_irq(), dt_device_get_raw_irq() and
 * dt_for_each_irq_map() of xen/common/device_tree.c, 4.17 to 4.22).
 */
#ifndef DTSHIM_MODEL_WIRE_H
#define DTSHIM_MODEL_WIRE_H

#include "shim/fdt/tree.h"

enum { SHIM_WIRE_CELLS = 4 /* DT_MAX_IRQ_SPEC */ };

struct shim_wire {
    uint32_t controller;
    uint32_t cells;
    uint32_t cell[SHIM_WIRE_CELLS];
};

/*
 * The interrupts of a node, one after the other: for (wires = shim_xen_wires(tree, node);
 * shim_xen_has_wire(&wires);) shim_xen_read_wire(&wires, &wire).
 */
struct shim_wires {
    const struct shim_tree *tree;
    uint32_t node;
    uint32_t count;  /* how many Xen counts */
    uint32_t next;
    struct shim_span plain;    /* interrupts, */
    uint32_t parent, cells;    /* which go there by so many; SHIM_NONE: nowhere */
    struct shim_span extended; /* interrupts-extended, what is not read of it; */
    bool broken;               /* nothing more can be */
};

struct shim_wires shim_xen_wires(const struct shim_tree *tree, uint32_t node);

/* Where those go that are below a node and say nothing of it: most of its children are alike. */
struct shim_wires_below {
    uint32_t above; /* the node's number and 1; 0: of none yet */
    uint32_t parent, cells; /* SHIM_NONE: nowhere */
};

/* The same for one node after another, with what was found out for the last one. */
struct shim_wires shim_xen_wires_next(const struct shim_tree *tree, uint32_t node,
                                      struct shim_wires_below *below);

static inline bool shim_xen_has_wire(const struct shim_wires *wires)
{
    return wires->next < wires->count;
}

/* The next one, through every interrupt-map on its way; false: Xen cannot read it. */
bool shim_xen_read_wire(struct shim_wires *wires, struct shim_wire *wire);

/* One of the node's, by its number, whether Xen counts it or not. */
bool shim_xen_wire(const struct shim_tree *tree, uint32_t node, uint32_t index,
                   struct shim_wire *wire);

/* Is that one an empty entry of interrupts-extended? */
bool shim_xen_empty_wire(const struct shim_tree *tree, uint32_t node, uint32_t index);

/* The controller with the cells of the node's interrupts, or SHIM_NONE (dt_irq_find_parent()). */
uint32_t shim_xen_interrupt_parent(const struct shim_tree *tree, uint32_t node);

/* The interrupts that a bus's own interrupt-map leads to. */
struct shim_wire_map {
    const struct shim_tree *tree;
    struct shim_span rest;
    uint32_t skip; /* cells of an address and an interrupt below it */
    bool wrong;    /* Xen cannot read it */
};

struct shim_wire_map shim_xen_wire_map(const struct shim_tree *tree, uint32_t bus);

/* Takes the next one; false: no more, or map->wrong. */
bool shim_xen_next_wire(struct shim_wire_map *map, struct shim_wire *wire);

/*
 * The number and type of a GIC's interrupt (gic_irq_xlate()); false: its cells are too few.
 * Numbers from 32 are shared between CPUs.
 */
bool shim_gic_interrupt(const struct shim_wire *wire, uint32_t *number, uint32_t *type);

/*
 * The entry `index` of a list of phandles with arguments; their number is in the property
 * `cells` of the node that each leads to, or in none (NULL). False: none there.
 */
bool shim_xen_reference(const struct shim_tree *tree, uint32_t node, const char *list,
                        const char *cells, uint32_t index, uint32_t *to, struct shim_span *args);

#endif
