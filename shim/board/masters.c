// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Who may master DMA: every available device that is not known to leave it.
 */
#include "shim/board/masters.h"

/*
 * Devices that are known not to master DMA, each with its source; a '*'
 * matches any characters. One string list, so that the boot stage carries
 * no pointers for it.
 */
static const struct shim_row no_masters[] = {
    SHIM_ROW("*-connector"),              /* bindings/connector: a socket */
    SHIM_ROW("arm,armv7-timer"),          /* bindings/timer/arm,arch_timer.yaml: a timer in the CPU */
    SHIM_ROW("arm,armv8-timer"),          /* bindings/timer/arm,arch_timer.yaml: a timer in the CPU */
    SHIM_ROW("arm,armv7-timer-mem"),      /* bindings/timer/arm,arch_timer_mmio.yaml: a counter */
    SHIM_ROW("arm,sp804"),                /* ARM DDI 0271: an APB timer, slave port only */
    SHIM_ROW("arm,sp805"),                /* ARM DDI 0270: an APB watchdog, slave port only */
    SHIM_ROW("arm,pl011"),                /* ARM DDI 0183: a UART, its DMA is another device's */
    SHIM_ROW("arm,sbsa-uart"),            /* ARM SBSA: a UART, slave port only */
    SHIM_ROW("arm,pl031"),                /* ARM DDI 0224: an APB clock, slave port only */
    SHIM_ROW("arm,pl061"),                /* ARM DDI 0190: APB GPIO lines, slave port only */
    SHIM_ROW("arm,gic-400"),              /* bindings/interrupt-controller/arm,gic.yaml: GICv2 keeps no tables */
    SHIM_ROW("arm,cortex-a15-gic"),       /* bindings/interrupt-controller/arm,gic.yaml: GICv2 */
    SHIM_ROW("arm,cortex-a9-gic"),        /* bindings/interrupt-controller/arm,gic.yaml: GICv1 */
    SHIM_ROW("arm,gic-v2m-frame"),        /* ARM GICv2m: turns writes into interrupts */
    SHIM_ROW("arm,psci*"),                /* bindings/arm/psci.yaml: calls to firmware by value */
    SHIM_ROW("arm,cortex-*-pmu"),         /* bindings/arm/pmu.yaml: counters in the CPU */
    SHIM_ROW("arm,armv8-pmuv3"),          /* bindings/arm/pmu.yaml: counters in the CPU */
    SHIM_ROW("arm,scmi-shmem"),           /* bindings/firmware/arm,scmi.yaml: a part of memory */
    SHIM_ROW("arm,scp-shmem"),            /* bindings/firmware/arm,scpi.yaml: a part of memory */
    SHIM_ROW("arm,juno-scp-shmem"),       /* bindings/firmware/arm,scpi.yaml: a part of memory */
    SHIM_ROW("amlogic,*-scp-shmem"),      /* bindings/firmware/amlogic,scpi.yaml: a part of memory */
    SHIM_ROW("arm,coresight-etm4x"),      /* bindings/arm/arm,coresight-etm.yaml: a trace source */
    SHIM_ROW("arm,coresight-dynamic-*"),  /* bindings/arm/arm,coresight-*: funnels, replicators */
    SHIM_ROW("arm,coresight-cpu-debug"),  /* bindings/arm/arm,coresight-cpu-debug.yaml: registers */
    SHIM_ROW("arm,pl310-cache"),          /* bindings/arm/l2c2x0.yaml: a cache */
    SHIM_ROW("arm,cortex-a9-twd-timer"),  /* bindings/timer/arm,twd-timer.yaml: a timer in the CPU */
    SHIM_ROW("cfi-flash"),                /* bindings/mtd/mtd-physmap.yaml: memory, slave port only */
    SHIM_ROW("fixed-clock"),              /* bindings/clock/fixed-clock.yaml: a number */
    SHIM_ROW("fixed-factor-clock"),       /* bindings/clock/fixed-factor-clock.yaml: a number */
    SHIM_ROW("fsl,imx*-gpio"),            /* bindings/gpio/fsl-imx-gpio.yaml: GPIO lines */
    SHIM_ROW("fsl,aips-bus"),             /* bindings/bus/fsl,spba-bus.yaml and kin: a bus */
    SHIM_ROW("fsl,spba-bus"),             /* bindings/bus/fsl,spba-bus.yaml: a bus */
    SHIM_ROW("fsl,anatop-regulator"),     /* bindings/regulator/anatop-regulator.yaml: a register */
    SHIM_ROW("fixed-partitions"),         /* bindings/mtd/partitions: a table */
    SHIM_ROW("gpio-keys"),                /* bindings/input/gpio-keys.yaml: lines of a GPIO controller */
    SHIM_ROW("gpio-leds"),                /* bindings/leds/leds-gpio.yaml: lines of a GPIO controller */
    SHIM_ROW("iio-hwmon"),                /* bindings/hwmon/iio-hwmon.yaml: a user of an ADC */
    SHIM_ROW("mmio-sram"),                /* bindings/sram/sram.yaml: memory, slave port only */
    SHIM_ROW("mmio-mux"),                 /* bindings/mux/reg-mux.yaml: a register */
    SHIM_ROW("mmc-pwrseq-*"),             /* bindings/mmc/mmc-pwrseq-*: lines of a GPIO controller */
    SHIM_ROW("ns16550*"),                 /* bindings/serial/8250.yaml: a UART, slave port only */
    SHIM_ROW("operating-points-v2*"),     /* bindings/opp/opp-v2.yaml: a table */
    SHIM_ROW("pinctrl-single"),           /* bindings/pinctrl/pinctrl-single.yaml: registers */
    SHIM_ROW("pwm-*"),                    /* bindings/leds, regulator, hwmon: users of a PWM */
    SHIM_ROW("qemu,platform"),            /* QEMU hw/arm/sysbus-fdt.c: a transparent bus */
    SHIM_ROW("regulator-fixed"),          /* bindings/regulator/fixed-regulator.yaml: a switch */
    SHIM_ROW("regulator-gpio"),           /* bindings/regulator/gpio-regulator.yaml: a switch */
    SHIM_ROW("rockchip,*-qos"),           /* bindings/soc/rockchip: registers of the interconnect */
    SHIM_ROW("rockchip,gpio-bank"),       /* bindings/gpio/rockchip,gpio-bank.yaml: GPIO lines */
    SHIM_ROW("simple-bus"),               /* Devicetree Specification 4.5: a transparent bus */
    SHIM_ROW("simple-pm-bus"),            /* bindings/bus/simple-pm-bus.yaml: a transparent bus */
    SHIM_ROW("syscon"),                   /* bindings/mfd/syscon.yaml: registers that others use */
    SHIM_ROW("syscon-reboot*"),           /* bindings/power/reset/syscon-reboot.yaml: one register */
    SHIM_ROW("syscon-poweroff"),          /* bindings/power/reset/syscon-poweroff.yaml: one register */
    SHIM_ROW("simple-audio-card"),        /* bindings/sound/simple-card.yaml: a list of devices */
    SHIM_ROW("ti,*-clock"),               /* bindings/clock/ti: gates, dividers, muxes */
    SHIM_ROW("ti,clkctrl"),               /* bindings/clock/ti-clkctrl.txt: clock registers */
    SHIM_ROW("ti,clockdomain"),           /* bindings/clock/ti/clockdomain.txt: a list of clocks */
    SHIM_ROW("ti,omap4-cm"),              /* bindings/clock/ti-clkctrl.txt: a holder of the former */
    SHIM_ROW("ti,sysc*"),                 /* bindings/bus/ti-sysc.yaml: the wrapper of a target port */
    SHIM_ROW("ti,omap*-timer"),           /* bindings/timer/ti,timer-dm.yaml: timers */
    SHIM_ROW("ti,omap*-gpio"),            /* bindings/gpio/ti,omap-gpio.yaml: GPIO lines */
    SHIM_ROW("usb-nop-xceiv"),            /* bindings/usb/usb-nop-xceiv.yaml: a PHY without registers */
    SHIM_ROW("video-mux"),                /* bindings/media/video-mux.txt: a switch */
};

/* Only what the *first*, most specific compatible says is known of a device. */
static bool is_no_master(const struct shim_tree *tree, uint32_t node)
{
    const char *first = shim_list_next(shim_prop(tree, node, SHIM_COMPATIBLE), NULL);

    return first && SHIM_MATCHES_ROW(no_masters, first);
}

/* ---- who is a device ---------------------------------------------------------- */

bool shim_is_named_description(const struct shim_tree *tree, uint32_t child)
{
    static const char names[][16] = { "chosen", "aliases", "cpus", "reserved-memory",
                                      "hypervisor", "memory", "__symbols__" };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (shim_node_named(tree, child, names[i]))
            return true;
    return false;
}

/* Children with an address but no size sit on I2C, SPI, MDIO...: no memory bus. */
static bool on_memory_bus(const struct shim_tree *tree, uint32_t node)
{
    return !shim_has_known(tree, node, SHIM_REG) ||
           shim_cells(tree, tree->nodes[node].parent).size != 0;
}

bool shim_masters_by_kind(const struct shim_tree *tree, uint32_t node)
{
    if (shim_has_known(tree, node, SHIM_IOMMUS) || shim_has_known(tree, node, SHIM_IOMMU_MAP) ||
        shim_has_known(tree, node, SHIM_STREAM_ID_CELLS))
        return true;
    return on_memory_bus(tree, node) && !is_no_master(tree, node) &&
           !shim_has_known(tree, node, SHIM_IOMMU_CELLS);
}

bool shim_may_master(const struct shim_tree *tree, uint32_t node, enum shim_name away)
{
    return !shim_has_known(tree, node, away) && shim_is_master(tree, node);
}
