// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/board/bystanders.h"

#include "shim/base/text.h"

/*
 * By their bindings (Linux, Documentation/devicetree/bindings) these have registers, clocks and
 * interrupts, and nothing that fetches or stores: timers, watchdogs, clocks, interrupt
 * controllers, pins, sensors, fuses, doorbells and so on; a '*' stands for any characters. Only
 * those below dma-ranges somewhere in Debian's trees are worth a row. Not here although they look
 * like it: brcm,bcm2835-mbox, since Linux maps the firmware's buffers for that device
 * (drivers/firmware/raspberrypi.c); GICv3 and ITS, which keep tables in memory.
 */
static const char bystanders[][26] = {
    "arm,sbsa-gwdt",                /* watchdog/arm,sbsa-gwdt.yaml */
    "brcm,bcm2835-system-timer",    /* timer/brcm,bcm2835-system-timer.yaml: a counter */
    "brcm,bcm2835-pm",              /* soc/bcm/brcm,bcm2835-pm.yaml: watchdog and power domains */
    "brcm,bcm2711-pm",              /* soc/bcm/brcm,bcm2835-pm.yaml */
    "brcm,bcm2835-cprman",          /* clock/brcm,bcm2835-cprman.txt: clocks */
    "brcm,bcm2711-cprman",          /* clock/brcm,bcm2835-cprman.txt */
    "brcm,brcm2711-dvp",            /* clock/brcm,bcm2711-dvp.yaml: clocks */
    "brcm,bcm2836-l1-intc",         /* interrupt-controller/brcm,bcm2836-l1-intc.yaml */
    "brcm,bcm2711-l2-intc",         /* interrupt-controller/brcm,l2-intc.yaml */
    "brcm,bcm283*-armctrl-ic",      /* interrupt-controller/brcm,bcm2835-armctrl-ic.yaml */
    "brcm,bcm2835-gpio",            /* pinctrl/brcm,bcm2835-gpio.yaml: GPIO lines and pins */
    "brcm,bcm2711-gpio",            /* pinctrl/brcm,bcm2835-gpio.yaml */
    "brcm,bcm2711-thermal",         /* thermal/brcm,avs-ro-thermal.yaml */
    "brcm,bcm2835-thermal",         /* thermal/brcm,bcm2835-thermal.yaml */
    "brcm,bcm2837-thermal",         /* thermal/brcm,bcm2835-thermal.yaml */
    "brcm,bcm2835-pwm",             /* pwm/pwm-bcm2835.yaml */
    "fsl,*-ftm-alarm",              /* rtc/fsl,ls-ftm-alarm.yaml: a timer that wakes */
    "fsl,imx*-wdt",                 /* watchdog/fsl-imx-wdt.yaml */
    "fsl,imx8m*-ccm",               /* clock/imx8m-clock.yaml: clocks */
    "fsl,imx8m*-anatop",            /* clock/fsl,imx8m-anatop.yaml: clocks */
    "fsl,*-clockgen",               /* clock/fsl,qoriq-clock.yaml: clocks */
    "fsl,imx8m-irqsteer",           /* interrupt-controller/fsl,irqsteer.yaml */
    "fsl,*-extirq",                 /* interrupt-controller/fsl,ls-extirq.yaml */
    "fsl,qoriq-gpio",               /* gpio/gpio-mpc8xxx.txt: GPIO lines */
    "fsl,ls*-gpio",                 /* gpio/gpio-mpc8xxx.txt */
    "fsl,imx8m*-iomuxc",            /* pinctrl/fsl,imx8m-pinctrl.yaml: pins */
    "fsl,qoriq-tmu",                /* thermal/qoriq-thermal.yaml */
    "fsl,imx8m*-tmu",               /* thermal/imx8mm-thermal.yaml, qoriq-thermal.yaml */
    "fsl,imx*-pwm",                 /* pwm/imx-pwm.yaml */
    "fsl,imx8m*-ocotp",             /* nvmem/imx-ocotp.yaml: fuses */
    "fsl,ls*-sfp",                  /* nvmem/fsl,layerscape-sfp.yaml: fuses */
    "fsl,imx8m*-mu",                /* mailbox/fsl,mu.yaml: a doorbell and four words */
    "fsl,imx8m*-src",               /* reset/fsl,imx7-src.yaml: resets */
    "fsl,imx8m*-gpc",               /* power/fsl,imx-gpcv2.yaml: power domains */
    "fsl,*-dcfg",                   /* soc/fsl/fsl,layerscape-dcfg.yaml: registers others use */
    "fsl,lynx-28g",                 /* phy/fsl,lynx-28g.yaml: a PHY */
    "fsl,imx8m*-ddr-pmu",           /* perf/fsl-imx-ddr.yaml: counters */
    "nxp,sysctr-timer",             /* timer/nxp,sysctr-timer.yaml: a counter */
    "qcom,apss-wdt-*",              /* watchdog/qcom-wdt.yaml */
    "qcom,gcc-*",                   /* clock/qcom,gcc.yaml: clocks */
    "qcom,*-gpucc",                 /* clock/qcom,gpucc.yaml: clocks */
    "qcom,*-dispcc",                /* clock/qcom,dispcc-sm8x50.yaml and kin: clocks */
    "qcom,*-videocc",               /* clock/qcom,videocc.yaml: clocks */
    "qcom,*-rpmh-clk",              /* clock/qcom,rpmhcc.yaml: clocks behind a mailbox */
    "qcom,*-pdc",                   /* interrupt-controller/qcom,pdc.yaml */
    "qcom,*-pinctrl",               /* pinctrl/qcom,tlmm-common.yaml: pins */
    "qcom,*-tlmm",                  /* pinctrl/qcom,tlmm-common.yaml */
    "qcom,*-tsens",                 /* thermal/qcom-tsens.yaml */
    "qcom,*-lmh",                   /* thermal/qcom-lmh.yaml */
    "qcom,*-rpmh-regulators",       /* regulator/qcom,rpmh-regulator.yaml: regulators behind a mailbox */
    "qcom,*-qfprom",                /* nvmem/qcom,qfprom.yaml: fuses */
    "qcom,*-apss-shared",           /* mailbox/qcom,apcs-kpss-global.yaml: a doorbell */
    "qcom,*-ipcc",                  /* mailbox/qcom-ipcc.yaml: doorbells */
    "qcom,*-aoss-cc",               /* reset/qcom,aoss-reset.yaml: resets */
    "qcom,*-pdc-global",            /* reset/qcom,pdc-global.yaml: resets */
    "qcom,*-rpmhpd",                /* power/qcom,rpmpd.yaml: power domains behind a mailbox */
    "qcom,tcsr-mutex",              /* hwlock/qcom-hwspinlock.yaml: locks */
    "qcom,*-tcsr",                  /* mfd/qcom,tcsr.yaml: registers that others use */
    "qcom,*-noc",                   /* interconnect/qcom,rpmh.yaml: the settings of a bus */
    "qcom,*-virt",                  /* interconnect/qcom,rpmh.yaml */
    "qcom,*-llcc",                  /* cache/qcom,llcc.yaml: the settings of a cache */
    "qcom,bcm-voter",               /* interconnect/qcom,bcm-voter.yaml: the settings of buses */
    "qcom,*-osm-l3",                /* interconnect/qcom,osm-l3.yaml: the clock of a cache */
    "qcom,*-epss-l3",               /* interconnect/qcom,osm-l3.yaml */
    "qcom,*-bwmon",                 /* interconnect/qcom,msm8998-bwmon.yaml: counters */
    "qcom,cpufreq-*",               /* cpufreq/cpufreq-qcom-hw.yaml: the clock of the CPUs */
    "qcom,prng-ee",                 /* crypto/qcom,prng.yaml: random numbers in a register */
    "ti,irq-crossbar",              /* arm/omap/crossbar.txt: an interrupt router */
    "ti,*-bandgap",                 /* thermal/ti_soc_thermal.txt */
    "ti,*-l3-noc",                  /* arm/omap/l3-noc.txt: the settings of a bus */
    "ti,dra7-l4-*",                 /* bus/simple-pm-bus.yaml, their second word: a bus */
    "ti,omap5-l4-*",                /* bus/simple-pm-bus.yaml */
};

bool shim_is_bystander(const struct shim_tree *tree, uint32_t node)
{
    const char *first = shim_list_next(shim_prop(tree, node, SHIM_COMPATIBLE), NULL);

    if (!first || shim_prop(tree, node, SHIM_IOMMUS).at || shim_prop(tree, node, SHIM_IOMMU_MAP).at ||
        shim_prop(tree, node, SHIM_STREAM_ID_CELLS).at ||
        shim_prop(tree, node, SHIM_DMA_COHERENT).at || shim_prop(tree, node, SHIM_MEMORY_REGION).at)
        return false; /* it says itself that it has to do with memory */
    return SHIM_MATCHES_ROW(bystanders, first);
}
