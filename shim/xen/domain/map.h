/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The map of every xen,domain: the same in 4.17 to 4.22 (xen/include/public/arch-arm.h). */
#ifndef DTSHIM_XEN_DOMAIN_MAP_H
#define DTSHIM_XEN_DOMAIN_MAP_H

#include <dtshim/range.h>

/* GUEST_GICD_BASE up to the end of GUEST_GICV3_GICR0; the emulated UART. */
#define SHIM_GUEST_GIC ((struct shim_range){ 0x03001000, 0x0101f000 })
#define SHIM_GUEST_UART ((struct shim_range){ 0x22000000, 0x1000 })

/* The grant table and Xen's other pages, if the domain knows of Xen. */
#define SHIM_GUEST_XEN_PAGES ((struct shim_range){ 0x38000000, 0x02000000 })

/* GUEST_RAM0 and GUEST_RAM1: for RAM, and the rest for foreign pages. */
#define SHIM_GUEST_RAM0 ((struct shim_range){ 0x40000000, 0xc0000000 })
#define SHIM_GUEST_RAM1 ((struct shim_range){ 0x200000000, 0xfe00000000 })

/* Of its GIC, unless its tree has another one. */
enum { SHIM_GUEST_GIC_PHANDLE = 65000 };

#endif
