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
static const struct shim_row bystanders[] = {
    SHIM_ROW("arm,sbsa-gwdt"),            /* watchdog/arm,sbsa-gwdt.yaml */
    SHIM_ROW("brcm,bcm2835-system-timer"),/* timer/brcm,bcm2835-system-timer.yaml: a counter */
    SHIM_ROW("brcm,bcm2835-pm"),          /* soc/bcm/brcm,bcm2835-pm.yaml: watchdog and power domains */
    SHIM_ROW("brcm,bcm2711-pm"),          /* soc/bcm/brcm,bcm2835-pm.yaml */
    SHIM_ROW("brcm,bcm2835-cprman"),      /* clock/brcm,bcm2835-cprman.txt: clocks */
    SHIM_ROW("brcm,bcm2711-cprman"),      /* clock/brcm,bcm2835-cprman.txt */
    SHIM_ROW("brcm,brcm2711-dvp"),        /* clock/brcm,bcm2711-dvp.yaml: clocks */
    SHIM_ROW("brcm,bcm2836-l1-intc"),     /* interrupt-controller/brcm,bcm2836-l1-intc.yaml */
    SHIM_ROW("brcm,bcm2711-l2-intc"),     /* interrupt-controller/brcm,l2-intc.yaml */
    SHIM_ROW("brcm,bcm283*-armctrl-ic"),  /* interrupt-controller/brcm,bcm2835-armctrl-ic.yaml */
    SHIM_ROW("brcm,bcm2835-gpio"),        /* pinctrl/brcm,bcm2835-gpio.yaml: GPIO lines and pins */
    SHIM_ROW("brcm,bcm2711-gpio"),        /* pinctrl/brcm,bcm2835-gpio.yaml */
    SHIM_ROW("brcm,bcm2711-thermal"),     /* thermal/brcm,avs-ro-thermal.yaml */
    SHIM_ROW("brcm,bcm2835-thermal"),     /* thermal/brcm,bcm2835-thermal.yaml */
    SHIM_ROW("brcm,bcm2837-thermal"),     /* thermal/brcm,bcm2835-thermal.yaml */
    SHIM_ROW("brcm,bcm2835-pwm"),         /* pwm/pwm-bcm2835.yaml */
    SHIM_ROW("fsl,*-ftm-alarm"),          /* rtc/fsl,ls-ftm-alarm.yaml: a timer that wakes */
    SHIM_ROW("fsl,imx*-wdt"),             /* watchdog/fsl-imx-wdt.yaml */
    SHIM_ROW("fsl,imx8m*-ccm"),           /* clock/imx8m-clock.yaml: clocks */
    SHIM_ROW("fsl,imx8m*-anatop"),        /* clock/fsl,imx8m-anatop.yaml: clocks */
    SHIM_ROW("fsl,*-clockgen"),           /* clock/fsl,qoriq-clock.yaml: clocks */
    SHIM_ROW("fsl,imx8m-irqsteer"),       /* interrupt-controller/fsl,irqsteer.yaml */
    SHIM_ROW("fsl,*-extirq"),             /* interrupt-controller/fsl,ls-extirq.yaml */
    SHIM_ROW("fsl,qoriq-gpio"),           /* gpio/gpio-mpc8xxx.txt: GPIO lines */
    SHIM_ROW("fsl,ls*-gpio"),             /* gpio/gpio-mpc8xxx.txt */
    SHIM_ROW("fsl,imx8m*-iomuxc"),        /* pinctrl/fsl,imx8m-pinctrl.yaml: pins */
    SHIM_ROW("fsl,qoriq-tmu"),            /* thermal/qoriq-thermal.yaml */
    SHIM_ROW("fsl,imx8m*-tmu"),           /* thermal/imx8mm-thermal.yaml, qoriq-thermal.yaml */
    SHIM_ROW("fsl,imx*-pwm"),             /* pwm/imx-pwm.yaml */
    SHIM_ROW("fsl,imx8m*-ocotp"),         /* nvmem/imx-ocotp.yaml: fuses */
    SHIM_ROW("fsl,ls*-sfp"),              /* nvmem/fsl,layerscape-sfp.yaml: fuses */
    SHIM_ROW("fsl,imx8m*-mu"),            /* mailbox/fsl,mu.yaml: a doorbell and four words */
    SHIM_ROW("fsl,imx8m*-src"),           /* reset/fsl,imx7-src.yaml: resets */
    SHIM_ROW("fsl,imx8m*-gpc"),           /* power/fsl,imx-gpcv2.yaml: power domains */
    SHIM_ROW("fsl,*-dcfg"),               /* soc/fsl/fsl,layerscape-dcfg.yaml: registers others use */
    SHIM_ROW("fsl,lynx-28g"),             /* phy/fsl,lynx-28g.yaml: a PHY */
    SHIM_ROW("fsl,imx8m*-ddr-pmu"),       /* perf/fsl-imx-ddr.yaml: counters */
    SHIM_ROW("nxp,sysctr-timer"),         /* timer/nxp,sysctr-timer.yaml: a counter */
    SHIM_ROW("qcom,apss-wdt-*"),          /* watchdog/qcom-wdt.yaml */
    SHIM_ROW("qcom,gcc-*"),               /* clock/qcom,gcc.yaml: clocks */
    SHIM_ROW("qcom,*-gpucc"),             /* clock/qcom,gpucc.yaml: clocks */
    SHIM_ROW("qcom,*-dispcc"),            /* clock/qcom,dispcc-sm8x50.yaml and kin: clocks */
    SHIM_ROW("qcom,*-videocc"),           /* clock/qcom,videocc.yaml: clocks */
    SHIM_ROW("qcom,*-rpmh-clk"),          /* clock/qcom,rpmhcc.yaml: clocks behind a mailbox */
    SHIM_ROW("qcom,*-pdc"),               /* interrupt-controller/qcom,pdc.yaml */
    SHIM_ROW("qcom,*-pinctrl"),           /* pinctrl/qcom,tlmm-common.yaml: pins */
    SHIM_ROW("qcom,*-tlmm"),              /* pinctrl/qcom,tlmm-common.yaml */
    SHIM_ROW("qcom,*-tsens"),             /* thermal/qcom-tsens.yaml */
    SHIM_ROW("qcom,*-lmh"),               /* thermal/qcom-lmh.yaml */
    SHIM_ROW("qcom,*-rpmh-regulators"),   /* regulator/qcom,rpmh-regulator.yaml: regulators behind a mailbox */
    SHIM_ROW("qcom,*-qfprom"),            /* nvmem/qcom,qfprom.yaml: fuses */
    SHIM_ROW("qcom,*-apss-shared"),       /* mailbox/qcom,apcs-kpss-global.yaml: a doorbell */
    SHIM_ROW("qcom,*-ipcc"),              /* mailbox/qcom-ipcc.yaml: doorbells */
    SHIM_ROW("qcom,*-aoss-cc"),           /* reset/qcom,aoss-reset.yaml: resets */
    SHIM_ROW("qcom,*-pdc-global"),        /* reset/qcom,pdc-global.yaml: resets */
    SHIM_ROW("qcom,*-rpmhpd"),            /* power/qcom,rpmpd.yaml: power domains behind a mailbox */
    SHIM_ROW("qcom,tcsr-mutex"),          /* hwlock/qcom-hwspinlock.yaml: locks */
    SHIM_ROW("qcom,*-tcsr"),              /* mfd/qcom,tcsr.yaml: registers that others use */
    SHIM_ROW("qcom,*-noc"),               /* interconnect/qcom,rpmh.yaml: the settings of a bus */
    SHIM_ROW("qcom,*-virt"),              /* interconnect/qcom,rpmh.yaml */
    SHIM_ROW("qcom,*-llcc"),              /* cache/qcom,llcc.yaml: the settings of a cache */
    SHIM_ROW("qcom,bcm-voter"),           /* interconnect/qcom,bcm-voter.yaml: the settings of buses */
    SHIM_ROW("qcom,*-osm-l3"),            /* interconnect/qcom,osm-l3.yaml: the clock of a cache */
    SHIM_ROW("qcom,*-epss-l3"),           /* interconnect/qcom,osm-l3.yaml */
    SHIM_ROW("qcom,*-bwmon"),             /* interconnect/qcom,msm8998-bwmon.yaml: counters */
    SHIM_ROW("qcom,cpufreq-*"),           /* cpufreq/cpufreq-qcom-hw.yaml: the clock of the CPUs */
    SHIM_ROW("qcom,prng-ee"),             /* crypto/qcom,prng.yaml: random numbers in a register */
    SHIM_ROW("ti,irq-crossbar"),          /* arm/omap/crossbar.txt: an interrupt router */
    SHIM_ROW("ti,*-bandgap"),             /* thermal/ti_soc_thermal.txt */
    SHIM_ROW("ti,*-l3-noc"),              /* arm/omap/l3-noc.txt: the settings of a bus */
    SHIM_ROW("ti,dra7-l4-*"),             /* bus/simple-pm-bus.yaml, their second word: a bus */
    SHIM_ROW("ti,omap5-l4-*"),            /* bus/simple-pm-bus.yaml */
};

bool shim_is_bystander(const struct shim_tree *tree, uint32_t node)
{
    const char *first = shim_list_next(shim_prop(tree, node, SHIM_COMPATIBLE), NULL);

    if (!first || shim_has_known(tree, node, SHIM_IOMMUS) || shim_has_known(tree, node, SHIM_IOMMU_MAP) ||
        shim_has_known(tree, node, SHIM_STREAM_ID_CELLS) ||
        shim_has_known(tree, node, SHIM_DMA_COHERENT) || shim_has_known(tree, node, SHIM_MEMORY_REGION))
        return false; /* it says itself that it has to do with memory */
    return SHIM_MATCHES_ROW(bystanders, first);
}
