/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the headers of the payload's files say of the memory that they need. */
#ifndef DTSHIM_XEN_IMAGE_H
#define DTSHIM_XEN_IMAGE_H

#include <stddef.h>

#include <dtshim/error.h>
#include <dtshim/facts.h>

/*
 * An arm64 Image (Documentation/arm64/booting.rst of Linux 5.10) or an arm32 zImage
 * (Documentation/arm/booting.rst).
 */
struct shim_image {
    uint32_t bits;   /* 64: an Image; 32: a zImage; 0: neither */
    uint64_t room;   /* image_size of an Image: file and bss */
    uint64_t offset; /* its text_offset: how far into 2 MiB it has to lie */
};

struct shim_image shim_image_at(const void *bytes, size_t len);

/* Into the facts what the kernel's header says. */
void shim_look_at_kernel(struct shim_facts *facts, const void *bytes, size_t len);

/*
 * The same of the hypervisor, which has to be an arm64 Image. `at` is its machine
 * address, `what` its name for people.
 * Errors: SHIM_E_PAYLOAD when it is none, or its header is damaged.
 */
enum shim_code shim_look_at_hypervisor(struct shim_facts *facts, const void *bytes, size_t len,
                                       uint64_t at, const char *what, struct shim_error *error);

#endif
