/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the payload's files contain: the memory that they need, and for Xen its release. */
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
    uint64_t room;   /* image_size of an Image, end of a zImage: the file, and bss if stated */
    uint64_t offset; /* its text_offset: how far into 2 MiB it has to be */
};

struct shim_image shim_image_at(const void *bytes, size_t len);

/* Puts the contents of the kernel's header into the facts. */
void shim_look_at_kernel(struct shim_facts *facts, const void *bytes, size_t len);

/*
 * Puts into the facts which release of Xen it is, by the compatible that it gives /hypervisor
 * (make_hypervisor_node(), 4.17 to 4.22), and what follows the release in the greeting of its
 * EFI loader (efi_start()): a changed Xen mostly has something added there (XEN_VENDORVERSION).
 * None of it there, or more than one release: not known.
 */
void shim_look_for_release(struct shim_facts *facts, const void *bytes, size_t len);

/*
 * The next place where one of these words may begin: "xe", or 'X' and a byte 0; `past` if there is
 * none. A machine may have something faster that finds the same (shim_facts.next_name).
 */
const uint8_t *shim_next_name(const uint8_t *at, const uint8_t *past);

/* Is that more than a release of the Xen project has there (".4", ".5-pre", "-rc3")? */
bool shim_is_fork(const struct shim_facts *facts);

/*
 * The same for the hypervisor, with its release, up to the end that its header gives; `len` may
 * be more. `bits` is what it has to be: 64 for an arm64 Image, 32 for a zImage, 0 for either. `at`
 * is its machine address, `what` its name for people. Xen's zImage has its bss in its size
 * (arch/arm/arm32/head.S, 4.17).
 * Errors: SHIM_E_PAYLOAD when it is not one, or its header is damaged.
 */
enum shim_code shim_look_at_hypervisor(struct shim_facts *facts, const void *bytes, size_t len,
                                       uint32_t bits, uint64_t at, const char *what,
                                       struct shim_error *error);

#endif
