# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Boards that nobody makes: with a bit of everything, and those that nobody would write on purpose."""
from trees import MEMORY

SMALL = MEMORY + """
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        a@f0000000 { reg = <0 0xf0000000 0 0x1000>; no-map; }; };
    smmu: iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; };
    dev@2000 { compatible = "test,dev"; reg = <0 0x2000 0 0x1000>; iommus = <&smmu 1>; xen-dma-safe; };
    hypervisor { dma-offset = <0 1>; };
    chosen { #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "dom0_mem=256M a";
        stdout-path = "/dev@2000";
        dtshim { dom0-mem = <0 0x10000000>; on-error = "halt"; };
        hypervisor@90000000 { compatible = "dtshim,hypervisor"; reg = <0 0x90000000 0 0x100000>; };
        module@92000000 { compatible = "multiboot,kernel"; reg = <0 0x92000000 0 0x2000000>; }; };
"""
WIDE = MEMORY + """
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        a@81000000 { reg = <0 0x81000000 0 0x1000>; };
        b { size = <0 0x100000>; alloc-ranges = <0 0xa0000000 0 0x10000000>; }; };
    smmu: iommu@1000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4>, <0 201 4>;
        reg = <0 0x1000 0 0x1000>; #iommu-cells = <1>; mmu-masters = <&old 1>; };
    foreign: iommu@2000 { compatible = "rockchip,iommu"; reg = <0 0x2800 0 0x1000>; #iommu-cells = <0>; };
    icc: icc { #interconnect-cells = <1>; };
    bus@10000000 { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x10000000 0x100000>;
        dma-ranges = <0 0 0x80000000 0x60000000>; dma-coherent;
        old: old@0 { compatible = "test,old"; reg = <0 0x1000>; #stream-id-cells = <1>; };
        dev@1000 { compatible = "test,dev"; reg = <0x1000 0x1000>; iommus = <&foreign>; };
        out@200000 { reg = <0x200000 4>; };
        safe { compatible = "test,safe"; iommus = <&smmu 3>; }; };
    sram@20000000 { compatible = "mmio-sram"; reg = <0 0x20000000 0 0x4000>; ranges = <0 0 0x20000000 0x4000>;
        #address-cells = <1>; #size-cells = <1>; mail@800 { compatible = "arm,scmi-shmem"; reg = <0x800 0x100>; }; };
    pcie@30000000 { device_type = "pci"; compatible = "test,pcie"; reg = <0 0x30000000 0 0x1000>;
        #address-cells = <3>; #size-cells = <2>; ranges = <0x2000000 0 0x40000000 0 0x40000000 0 0x1000000>;
        dma-ranges = <0x42000000 0 0 0 0 1 0>; iommu-map = <0 &smmu 0 0x10000>; iommu-map-mask = <0xff>; };
    root-dev { compatible = "test,root"; };
    tied { compatible = "test,tied"; interconnects = <&icc 1>; interconnect-names = "dma-mem"; };
    gic@3000 { interrupt-controller; reg = <0 0x3000 0 0x1000>; };
    hypervisor { compatible = "xen,xen"; reg = <0 0x50000000 0 0x1000>; };
"""
BOARD = """
    interrupt-parent = <&gic>;
    memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        tee@80000000 { reg = <0 0x80000000 0 0x100000>; no-map; };
        pool: pool@f0000000 { reg = <0 0xf0000000 0 0x1000>; }; };
    chosen { stdout-path = &uart; };
    aliases { disk0 = &mmc; };
    cpus { #address-cells = <1>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <0>; };
        cpu@1 { device_type = "cpu"; compatible = "arm,cortex-a53"; reg = <1>; }; };
    gic: interrupt-controller@2f000000 { compatible = "arm,gic-v3"; interrupt-controller;
        #interrupt-cells = <4>; #address-cells = <0>; interrupts = <1 9 4 0>;
        reg = <0 0x2f000000 0 0x10000>, <0 0x2f100000 0 0x40000>; };
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 8 0>, <1 14 8 0>, <1 11 8 0>, <1 10 8 0>; };
    osc: oscillator { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <1000>; };
    smmu: iommu@2b000000 { compatible = "arm,mmu-500"; #global-interrupts = <1>; interrupts = <0 200 4 0>, <0 201 4 0>;
        reg = <0 0x2b000000 0 0x10000>; #iommu-cells = <1>; };
    uart: serial@1c090000 { compatible = "arm,pl011"; reg = <0 0x1c090000 0 0x1000>; };
    safe: net@7000000 { compatible = "test,net"; reg = <0 0x7000000 0 0x1000>; interrupts = <0 9 4 0>;
        iommus = <&smmu 1>; clocks = <&osc>; };
    soc { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; dma-coherent;
        ranges = <0 0 0x10000000 0x1000000>; dma-ranges = <0 0 0x80000000 0x60000000>;
        cru: clock-controller@1000 { compatible = "test,cru"; reg = <0x1000 0x1000>; #clock-cells = <1>;
            #reset-cells = <1>; clocks = <&osc>; };
        pins: pins@2000 { compatible = "test,pins"; reg = <0x2000 0x1000>;
            mmcpins: mmc { groups { pins = "a"; }; }; other { pins = "b"; }; };
        gpio: gpio@3000 { compatible = "test,gpio"; reg = <0x3000 0x80>; gpio-controller; #gpio-cells = <2>;
            interrupts = <0 11 4 0>; interrupt-controller; #interrupt-cells = <2>; };
        mmc: mmc@4000 { compatible = "test,mmc"; reg = <0x4000 0x200>; interrupts = <0 12 4 0>;
            clocks = <&cru 3>; resets = <&cru 4>; pinctrl-names = "default"; pinctrl-0 = <&mmcpins>;
            cd-gpios = <&gpio 5 1>; memory-region = <&pool>; #address-cells = <1>; #size-cells = <0>;
            card@0 { reg = <0>; compatible = "test,card"; }; off@1 { reg = <1>; status = "disabled"; }; };
        near@4800 { compatible = "test,near"; reg = <0x4800 0x100>; };
        far@5000 { compatible = "test,far"; reg = <0x5000 0x1000>; interrupts = <0 13 4 0>; };
        button { compatible = "gpio-keys"; interrupt-parent = <&gpio>; interrupts = <1 2>; };
    };
    plain@6000000 { compatible = "test,plain"; reg = <0 0x6000000 0 0x1000>; dma-coherent; };
    mdma@6100000 { compatible = "test,mdma"; reg = <0 0x6100000 0 0x800>, <0 0x6102800 0 0x1000>; };
"""
OTHER = 'memory@100000000 { %s reg = <1 0 0 0x40000000>; #address-cells = <2>; #size-cells = <2>; ranges; %s };'
FOREIGN = 'iommu@1000 { compatible = "test,mmu"; #iommu-cells = <0>; reg = <0 0x1000 0 0x1000>; phandle = <1>; };'
TYPE = 'device_type = "memory";'
SRAM = 's@%x { compatible = "mmio-sram"; reg = <%s 0 0x10000>; #address-cells = <2>; #size-cells = <2>; ranges; %s };'
RESERVED = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; %s };"
TREES = {
    "SRAM in a memory node": MEMORY + OTHER % (TYPE, SRAM % (1 << 32, "1 0", "")),
    "SRAM in reserved memory": MEMORY + RESERVED % (SRAM % (0x90000000, "0 0x90000000", "")),
    "SRAM in SRAM in RAM": MEMORY + SRAM % (0x90000000, "0 0x90000000",
                                            SRAM % (0x90001000, "0 0x90001000", "")),
    "memory behind an IOMMU": MEMORY + FOREIGN + (OTHER % ("", "")).replace("ranges;", "iommus = <1>;"),
    "a device in memory": MEMORY + OTHER % (TYPE, 'dev { compatible = "test,dev"; };'),
    "memory by another name": 'ram@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };'
                              + OTHER.replace("memory@", "ram@") % (TYPE, 'd { compatible = "test,d"; };'),
    "cells without end": MEMORY + "reserved-memory { #address-cells = <0xffffffff>; #size-cells = <2>;"
                         " pool { size = <0 1>; alloc-ranges = <" + "0 " * 18 + ">; }; };",
    "chosen with ranges": MEMORY + "chosen { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 0x1000>;"
                          ' hypervisor@90000000 { compatible = "dtshim,hypervisor"; reg = <0x90000000 0x200000>; };'
                          ' k@92000000 { compatible = "multiboot,kernel"; reg = <0x92000000 0x1000000>; }; };',
    "reserved memory below a bus": MEMORY + RESERVED % ("pci { #address-cells = <2>; #size-cells = <2>; ranges;"
                                                        " r@a0000000 { reg = <0 0xa0000000 0 0x10000>; }; };"),
    "nodes of an earlier run": MEMORY + "sram-map { sram@0 { xen-dma-safe; reg = <0 0 0 0x10000000>; }; };"
                               "dtshim-claims { reg = <0 0 0 0x200000>; iommus = <1>; }; dtshim-pages { };"
                               "dtshim-dma-1 { }; dev { compatible = \"test,dev\"; };" + FOREIGN,
    "a payload's node with a node": MEMORY + 'chosen { #address-cells = <2>; #size-cells = <2>;'
                                    ' hypervisor@90000000 { compatible = "dtshim,hypervisor";'
                                    " xen-dma-safe;"
                                    " reg = <0 0x90000000 0 0x200000>; n { xen-dma-safe; }; };"
                                    ' k@92000000 { compatible = "multiboot,kernel"; xen-dma-safe;'
                                    " reg = <0 0x92000000 0 0x1000000>; }; };",
    "many ranges without a reg": 'memory { device_type = "memory"; linux,usable-memory = <%s>; };'
                                 % " ".join(f"0 {0x80000000 + i * 0x4000000:#x} 0 0x3000000"
                                            for i in range(20)),
    "a name that is taken": MEMORY + 'memory@c0000000 { status = "disabled"; device_type = "memory";'
                            " reg = <0 0xc0000000 0 0x1000>; };",
}
