// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Xen while it makes dom0 and the domains of the tree: memory, modules, trees. */
#include "shim/xen/explain/rows.h"

#define DOM0(kind) (kind), SHIM_LOG_BUILDING

/* Why, and what to do: several rules name that stop. */
#define COPIED "a device's registers are where Xen puts dom0's kernel, ramdisk or tree, and were " \
               "mapped over that memory", \
               "dtshim check of the tree names the node: keep dom0's memory away from it, or give " \
               "it xen,passthrough"

static const struct shim_message rows[] = {
    /* ---- kernel and ramdisk ---- */
    /* 02d0a615b3: from 4.19 on it stops where it cannot read on */
    { "Missing kernel boot module?",
      "no-kernel\0memory-reg\0no-cells\0regions-meet\0initrd\0static-memory\0shared-memory\0"
      "too-many-banks\0", DOM0(CAUSE), UNTIL(18), "kernel_probe() in arch/arm/kernel.c",
      "Xen found no kernel for dom0: no module in /chosen is marked as one, or Xen stopped reading "
      "before it, or dropped it",
      "name it in /chosen (multiboot,kernel, multiboot,module), loaded outside reserved regions; "
      "dtshim check shows what Xen does not read" },
    { "Missing kernel boot module?", "no-kernel\0", DOM0(CAUSE), SINCE(19),
      "kernel_probe() in arch/arm/kernel.c, common/device-tree/kernel.c",
      "Xen found no kernel for dom0: no module in /chosen is marked as one, or Xen dropped it "
      "because it overlaps something else",
      "name it in /chosen (multiboot,kernel, multiboot,module), loaded outside reserved regions; "
      "dtshim check shows what Xen does not read" },
    { "Unsupported uImage compression type %u", "kernel-format\0", DOM0(CAUSE), SINCE(18),
      "kernel_uimage_probe() in arch/arm/kernel.c",
      "dom0's kernel is compressed in a way that Xen cannot unpack",
      "give Xen a plain Image, or one compressed with gzip" },
    { "Unsupported uImage arch type %u", "kernel-format\0", DOM0(CAUSE), ALL,
      "kernel_uimage_probe() in arch/arm/kernel.c",
      "dom0's kernel is for another architecture", "give Xen an arm64 Image or an arm32 zImage" },
    { "Entry point cannot be non zero for PIE image.", "kernel-format\0", DOM0(CAUSE), SINCE(18),
      "kernel_uimage_probe() in arch/arm/kernel.c",
      "the uImage of dom0's kernel has an entry point but no load address",
      "make it with mkimage -e 0, or give Xen a plain Image" },
    { "Platform does not support 32-bit domain", "kernel-bits\0", DOM0(CAUSE), ALL,
      "construct_domain() in arch/arm/domain_build.c",
      "dom0's kernel is 32-bit, and these cores cannot run it", "use an arm64 kernel" },
    { "Not enough memory in the first bank for the kernel+dtb+initrd", "first-bank-room\0",
      DOM0(CAUSE), ALL, "place_dtb_initrd() in arch/arm/kernel.c",
      "kernel, tree and ramdisk do not fit into dom0's first bank",
      "give dom0 more memory in one piece, or use a smaller ramdisk" },
    { "Unable to find suitable location for dtb+initrd", "first-bank-room\0", DOM0(CAUSE), ALL,
      "place_dtb_initrd() in arch/arm/kernel.c",
      "kernel, tree and ramdisk do not fit into dom0's first bank",
      "give dom0 more memory in one piece, or use a smaller ramdisk" },
    { "Unable to find suitable location for the kernel", "first-bank-room\0", DOM0(CAUSE),
      SINCE(22), "kernel_zimage_place() in arch/arm/kernel.c",
      "the kernel does not fit into dom0's first bank", "give dom0 more memory in one piece" },
    { "Unable to copy the kernel in the %r", "device-in-dom0\0", DOM0(CAUSE), ALL,
      "kernel_zimage_load() in arch/arm/kernel.c", COPIED },
    { "Unable to copy the initrd in the %r", "device-in-dom0\0", DOM0(CAUSE), ALL,
      "initrd_load() in arch/arm/domain_build.c, arch/arm/kernel.c", COPIED },
    { "Unable to copy the DTB to", "device-in-dom0\0", DOM0(CAUSE), ALL,
      "dtb_load() in arch/arm/domain_build.c", COPIED },
    { "Unable to map the hwdom kernel", "kernel-place\0", DOM0(CAUSE), UNTIL(20),
      "kernel_zimage_load() in arch/arm/kernel.c",
      "Xen cannot map the place where the kernel was loaded", "load it into RAM" },
    { "Unable to map the hwdom initrd", "kernel-place\0", DOM0(CAUSE), UNTIL(20),
      "initrd_load() in arch/arm/domain_build.c",
      "Xen cannot map the place where the ramdisk was loaded", "load it into RAM" },

    /* ---- memory ---- */
    { "Unable to allocate first memory bank", "first-bank\0", DOM0(CAUSE), ALL,
      "allocate_memory_11() in arch/arm/domain_build.c",
      "no piece of free RAM is large enough, and low enough for a 32-bit kernel",
      "ask for less with dom0_mem=, or leave more RAM below 4 GiB free in one piece" },
    { "Failed to allocate requested dom0 memory. %uMB unallocated", "dom0-memory\0", DOM0(CAUSE),
      ALL, "allocate_memory_11() in arch/arm/domain_build.c",
      "free RAM does not divide into pieces that make up dom0's memory",
      "ask for less with dom0_mem=, or for a multiple of 128 MiB; dtshim apply makes room for it" },
    { "Failed map pages to DOM0: -%u", "dom0-map\0", DOM0(CAUSE), ALL,
      "insert_11_bank() in arch/arm/domain_build.c",
      "Xen has no memory left for dom0's page tables", "ask for less with dom0_mem=" },
    { "Failed to allocate P2M pages", "dom0-map\0", DOM0(CAUSE), ALL,
      "p2m_alloc_page(), arch/arm/p2m.c, arch/arm/mmu/p2m.c",
      "Xen has no memory left for page tables", "ask for less with dom0_mem=" },
    { "Failed to allocate requested domain memory.", "domain-memory\0", DOM0(CAUSE), ALL,
      "allocate_memory() in arch/arm/domain_build.c, common/device-tree/domain-build.c",
      "a xen,domain of the tree asks for more memory than there is",
      "give it less in its memory property" },
    { "Failed to allocate requested static memory for domain %s", "static-memory\0", DOM0(CAUSE),
      ALL,
      "allocate_static_memory() in arch/arm/domain_build.c, arch/arm/static-memory.c, "
      "common/device-tree/static-memory.c",
      "a domain's xen,static-mem is not free RAM, or not as large as its memory property says",
      "set xen,static-mem to RAM that nothing else uses, as large as memory says" },
    { "Failed to assign requested static memory for direct-map domain %s", "static-memory\0",
      DOM0(CAUSE), ALL,
      "assign_static_memory_11() in arch/arm/domain_build.c, arch/arm/static-memory.c, "
      "common/device-tree/static-memory.c",
      "a domain's xen,static-mem is not free RAM, or not as large as its memory property says",
      "set xen,static-mem to RAM that nothing else uses, as large as memory says" },
    { "direct-map is not valid for domain %p without static allocation.", "static-memory\0",
      DOM0(CAUSE), ALL, "create_domUs() in arch/arm/domain_build.c, arch/arm/dom0less-build.c",
      "a domain has direct-map without xen,static-mem, or Xen is built without static memory",
      "give it xen,static-mem, or remove direct-map" },
    { "'llc-colors' found, but LLC coloring is disabled", "coloring\0", DOM0(CAUSE), SINCE(20),
      "create_domUs() in arch/arm/dom0less-build.c, common/device-tree/dom0less-build.c",
      "a domain asks for cache colours, and llc-coloring is off",
      "remove llc-colors, or give Xen llc-coloring=on" },

    /* ---- dom0's and a domain's tree ---- */
    { "Device tree generation failed (-3)", "tree-room\0", DOM0(CAUSE), ALL,
      "prepare_dtb_hwdom() in arch/arm/domain_build.c", BY_RULE },
    { "Device tree generation failed (-2)", "cpus\0static-memory\0", DOM0(END), ALL,
      "prepare_dtb_hwdom() in arch/arm/domain_build.c",
      "Xen cannot make a domain's tree: /cpus has no CPU that it can put into it, or a domain of "
      "the tree has xen,static-mem, and this Xen is built without it",
      "dtshim check of the tree shows which" },
    { "Device tree generation failed (-22)", "bus\0address\0", DOM0(END), ALL,
      "prepare_dtb_hwdom() in arch/arm/domain_build.c",
      "Xen cannot read a value of the tree, mostly a bus's interrupt-map or ranges",
      "dtshim check of the tree names the node" },
    { "Device tree generation failed", "address\0interrupt\0", DOM0(END), ALL,
      "prepare_dtb_hwdom() in arch/arm/domain_build.c",
      "Xen cannot give a device to dom0; the line before names it",
      "dtshim check of the tree names the node" },
    { "Cannot cope with this size", "root-cells\0", DOM0(CAUSE), ALL,
      "make_hypervisor_node(), dt_set_cell()",
      "Xen cannot write addresses with the root's cells",
      "give the root #address-cells and #size-cells of 1 or 2" },
    { "Error building DomU: cannot read \"memory\" property", "domain-config\0", DOM0(CAUSE), ALL,
      "construct_domU() in arch/arm/domain_build.c, arch/arm/dom0less-build.c, "
      "common/device-tree/dom0less-build.c",
      "a xen,domain of the tree has no memory property", "give it memory = <0 KIB>" },
    { "Missing property 'cpus' for domain %p", "domain-config\0", DOM0(CAUSE), ALL,
      "create_domUs() in arch/arm/domain_build.c, arch/arm/dom0less-build.c, "
      "common/device-tree/dom0less-build.c",
      "a xen,domain of the tree has no cpus property", "give it cpus = <1>" },
    { "Couldn't find node %p in host_dt!", "domain-path\0", DOM0(CAUSE), ALL,
      "handle_passthrough_prop() in arch/arm/domain_build.c, arch/arm/dom0less-build.c, "
      "common/device-tree/dom0less-build.c",
      "xen,path of a domain's partial tree names a node that the host's tree does not have",
      "use the path in the host's tree; dtshim apply writes it" },
    { "xen,reg or xen,path missing for %s", "domain-path\0", DOM0(CAUSE), ALL,
      "handle_passthrough_prop() in arch/arm/domain_build.c, arch/arm/dom0less-build.c, "
      "common/device-tree/dom0less-build.c",
      "a node of a domain's partial tree has only one of xen,reg and xen,path", "give it both" },
    { "DomU passthrough config has not page aligned addresses/sizes", "domain-path\0", DOM0(CAUSE),
      ALL,
      "handle_passthrough_prop() in arch/arm/domain_build.c, arch/arm/dom0less-build.c, "
      "common/device-tree/dom0less-build.c",
      "xen,reg of a domain's partial tree is not in whole pages", "write it in multiples of 4 KiB" },
    { "Failed to assign device to %s", "domain-path\0", DOM0(CAUSE), ALL,
      "handle_passthrough_prop() in arch/arm/domain_build.c, arch/arm/dom0less-build.c, "
      "common/device-tree/dom0less-build.c",
      "a device cannot be given to that domain: it has no IOMMU, or another domain has it",
      "give it xen,passthrough in the host's tree; without an IOMMU, give the partial node "
      "xen,force-assign-without-iommu" },
    { "CONFIG_STATIC_SHM must be enabled for parsing static shared memory nodes", "shared-memory\0",
      DOM0(CAUSE), ALL, "process_shm_node() in arch/arm/bootfdt.c, common/device-tree/bootfdt.c",
      "the tree has shared memory, and this Xen is built without it",
      "remove the node, or build Xen with CONFIG_STATIC_SHM" },

    /* ---- the ends ---- */
    { "Error creating domain 0 vcpu0", "dom0-cpu\0", DOM0(CAUSE), FROM(18, 20),
      "create_dom0() in arch/arm/domain_build.c",
      "Xen cannot create dom0's first CPU", "look at the lines before" },
    { "Error creating domain 0", "cpus\0grants\0", DOM0(CAUSE), ALL,
      "create_dom0() in arch/arm/domain_build.c",
      "Xen cannot create dom0: it has more CPUs than a GICv2 supports (8), or gnttab_max_frames= "
      "leaves it no grants, or there is no memory left",
      "give Xen dom0_max_vcpus=8 and no gnttab_max_frames=" },
    { "Could not set up DOM0 guest OS (rc = -%u)", "unpacking\0kernel-format\0", DOM0(END),
      FROM(18, 20), "create_dom0() in arch/arm/domain_build.c",
      "Xen could not build dom0; if no line before gives the reason, Xen does not know the format "
      "of dom0's kernel, or it is compressed (gzip) and no piece of RAM is large enough to unpack "
      "it",
      "give Xen an unpacked arm64 Image" },
    { "Could not set up DOM0 guest OS", "unpacking\0kernel-format\0", DOM0(END), UNTIL(17),
      "create_dom0() in arch/arm/domain_build.c",
      "Xen could not build dom0; if no line before gives the reason, Xen does not know the format "
      "of dom0's kernel, or it is compressed (gzip) and no piece of RAM is large enough to unpack "
      "it",
      "give Xen an unpacked arm64 Image" },
    { "Could not set up d0 guest OS", "unpacking\0kernel-format\0", DOM0(END), SINCE(21),
      "construct_hwdom(), create_dom0() in arch/arm/domain_build.c",
      "Xen could not build dom0; if no line before gives the reason, Xen does not know the format "
      "of dom0's kernel, or it is compressed (gzip) and no piece of RAM is large enough to unpack "
      "it",
      "give Xen an unpacked arm64 Image" },
    { "Could not set up domain %p", "domain-config\0", DOM0(END), ALL,
      "create_domUs() in arch/arm/domain_build.c, arch/arm/dom0less-build.c, "
      "common/device-tree/dom0less-build.c",
      "Xen could not build that domain of the tree", "look at the lines before" },
    { "Error creating domain %p", "domain-config\0", DOM0(END), ALL,
      "create_domUs() in arch/arm/domain_build.c, arch/arm/dom0less-build.c, "
      "common/device-tree/dom0less-build.c",
      "Xen could not create that domain of the tree", "look at the lines before" },
    { "Hardware Dom%u crashed", "dom0-crash\0", END, SHIM_LOG_USER, ALL,
      "hwdom_shutdown() in common/shutdown.c",
      "dom0's kernel gave up", "look at its messages before; earlycon=xenboot shows the first "
                               "ones" },
    { "Hardware Dom%u halted", "dom0-halt\0", NOTE, SHIM_LOG_USER, ALL,
      "hwdom_shutdown() in common/shutdown.c",
      "dom0 was shut down", "nothing went wrong if somebody asked for it" },
    { "Hardware Dom%u shutdown: watchdog rebooting machine", "dom0-crash\0", END, SHIM_LOG_USER,
      ALL, "hwdom_shutdown() in common/shutdown.c",
      "dom0 did not answer its watchdog", "look at its messages before" },
};

const struct shim_messages shim_dom0_messages = TABLE(rows);
