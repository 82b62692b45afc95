/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A policy and the facts of a machine, chosen by the first bytes of an input. */
#ifndef DTSHIM_FUZZ_CHOICES_H
#define DTSHIM_FUZZ_CHOICES_H

#include "fuzz.h"

/* What a register of an IOMMU reads like. */
enum fuzz_registers { FUZZ_NO_HARDWARE, FUZZ_NOT_READABLE, FUZZ_ALL_ONES, FUZZ_ALL_ZEROS };

/* FUZZ_FIELDS: where the policy's fields are chosen, a byte each, and behind them a node. */
enum { FUZZ_PATH = 256, FUZZ_WORD = 400, FUZZ_FIELDS = 4 };

struct fuzz_choices {
    struct shim_policy policy; /* lists are in `lists` */
    struct shim_facts facts;
    enum fuzz_registers registers;
    struct shim_range ram;
    char path[FUZZ_PATH];      /* of a node of the tree, for fields that take paths */
    uint64_t lists[512];
};

/* False: the policy itself was refused. Words that name a node take it from the tree. */
bool fuzz_choose(struct fuzz_choices *chosen, const uint8_t *choices, const void *tree,
                 size_t len);

/*
 * For a target that writes the policy into the tree: the path of one of its nodes, and the word
 * for a field; false: it is not given.
 */
void fuzz_choose_path(char path[FUZZ_PATH], uint16_t number, const void *tree, size_t len);
bool fuzz_choose_word(unsigned field, uint8_t choice, const char *path, char text[FUZZ_WORD]);

#endif
