/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the fuzz targets share.
 *
 * An input is FUZZ_CHOICES bytes that choose (a policy, facts, sizes), then one tree;
 * for diff two of them: the first two bytes say, low byte first, how long the first is.
 */
#ifndef DTSHIM_FUZZ_H
#define DTSHIM_FUZZ_H

#include "shim/job/job.h"

enum { FUZZ_CHOICES = 48, FUZZ_MAX = 1 << 16 };

/* A target is given the tree and what is behind it, alone and at a multiple of 8. */
void fuzz_one(const uint8_t *choices, const uint8_t *tree, size_t len);

/* Of an input with two trees: the length of the first one. */
extern const bool fuzz_two_trees;
size_t fuzz_first_len(const uint8_t *choices, size_t len);

/* Ends the run with a message, so that libFuzzer keeps the input. */
void fuzz_require(bool holds, const char *what);

/* An error has a code with a name, words, and a remedy. */
void fuzz_require_words(const struct shim_error *error);

/* A copy that ends where ASan sees the next byte; to be freed. */
uint8_t *fuzz_exact(const uint8_t *bytes, size_t len);

/*
 * Memory of the size that is said to be enough for a tree of `len` bytes, and `more`; it
 * ends where ASan sees the next byte. Where it is used first it is full of `dirt`; it stays
 * until the next call with the same `which` (0 or 1).
 */
struct shim_arena fuzz_arena(unsigned which, size_t len, size_t more, uint8_t dirt);

/* Does libfdt accept it, as version 17? */
bool fuzz_libfdt_takes(const void *tree, size_t len);

#endif
