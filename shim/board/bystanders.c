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
static const char bystanders[] =
    "brcm,bcm2835-system-timer\0"   /* timer/brcm,bcm2835-system-timer.yaml: a counter */
    "nxp,sysctr-timer\0"            /* timer/nxp,sysctr-timer.yaml: a counter */
    "fsl,*-ftm-alarm\0"             /* rtc/fsl,ls-ftm-alarm.yaml: a timer that wakes */
    "qcom,apss-wdt-*\0"             /* watchdog/qcom-wdt.yaml */
    "fsl,imx*-wdt\0"                /* watchdog/fsl-imx-wdt.yaml */
    "arm,sbsa-gwdt\0"               /* watchdog/arm,sbsa-gwdt.yaml */
    "brcm,bcm2835-pm\0"             /* soc/bcm/brcm,bcm2835-pm.yaml: watchdog and power domains */
    "brcm,bcm2711-pm\0"             /* soc/bcm/brcm,bcm2835-pm.yaml */
    "brcm,bcm2835-cprman\0"         /* clock/brcm,bcm2835-cprman.txt: clocks */
    "brcm,bcm2711-cprman\0"         /* clock/brcm,bcm2835-cprman.txt */
    "brcm,brcm2711-dvp\0"           /* clock/brcm,bcm2711-dvp.yaml: clocks */
    "qcom,gcc-*\0"                  /* clock/qcom,gcc.yaml: clocks */
    "qcom,*-gpucc\0"                /* clock/qcom,gpucc.yaml: clocks */
    "qcom,*-dispcc\0"               /* clock/qcom,dispcc-sm8x50.yaml and kin: clocks */
    "qcom,*-videocc\0"              /* clock/qcom,videocc.yaml: clocks */
    "qcom,*-rpmh-clk\0"             /* clock/qcom,rpmhcc.yaml: clocks behind a mailbox */
    "fsl,imx8m*-ccm\0"              /* clock/imx8m-clock.yaml: clocks */
    "fsl,imx8m*-anatop\0"           /* clock/fsl,imx8m-anatop.yaml: clocks */
    "fsl,*-clockgen\0"              /* clock/fsl,qoriq-clock.yaml: clocks */
    "brcm,bcm2836-l1-intc\0"        /* interrupt-controller/brcm,bcm2836-l1-intc.yaml */
    "brcm,bcm2711-l2-intc\0"        /* interrupt-controller/brcm,l2-intc.yaml */
    "brcm,bcm283*-armctrl-ic\0"     /* interrupt-controller/brcm,bcm2835-armctrl-ic.yaml */
    "qcom,*-pdc\0"                  /* interrupt-controller/qcom,pdc.yaml */
    "fsl,imx8m-irqsteer\0"          /* interrupt-controller/fsl,irqsteer.yaml */
    "fsl,*-extirq\0"                /* interrupt-controller/fsl,ls-extirq.yaml */
    "ti,irq-crossbar\0"             /* arm/omap/crossbar.txt: an interrupt router */
    "brcm,bcm2835-gpio\0"           /* pinctrl/brcm,bcm2835-gpio.yaml: GPIO lines and pins */
    "brcm,bcm2711-gpio\0"           /* pinctrl/brcm,bcm2835-gpio.yaml */
    "fsl,qoriq-gpio\0"              /* gpio/gpio-mpc8xxx.txt: GPIO lines */
    "fsl,ls*-gpio\0"                /* gpio/gpio-mpc8xxx.txt */
    "fsl,imx8m*-iomuxc\0"           /* pinctrl/fsl,imx8m-pinctrl.yaml: pins */
    "qcom,*-pinctrl\0"              /* pinctrl/qcom,tlmm-common.yaml: pins */
    "qcom,*-tlmm\0"                 /* pinctrl/qcom,tlmm-common.yaml */
    "qcom,*-tsens\0"                /* thermal/qcom-tsens.yaml */
    "qcom,*-lmh\0"                  /* thermal/qcom-lmh.yaml */
    "brcm,bcm2711-thermal\0"        /* thermal/brcm,avs-ro-thermal.yaml */
    "brcm,bcm2835-thermal\0"        /* thermal/brcm,bcm2835-thermal.yaml */
    "brcm,bcm2837-thermal\0"        /* thermal/brcm,bcm2835-thermal.yaml */
    "fsl,qoriq-tmu\0"               /* thermal/qoriq-thermal.yaml */
    "fsl,imx8m*-tmu\0"              /* thermal/imx8mm-thermal.yaml, qoriq-thermal.yaml */
    "ti,*-bandgap\0"                /* thermal/ti_soc_thermal.txt */
    "qcom,*-rpmh-regulators\0"      /* regulator/qcom,rpmh-regulator.yaml: regulators behind a mailbox */
    "brcm,bcm2835-pwm\0"            /* pwm/pwm-bcm2835.yaml */
    "fsl,imx*-pwm\0"                /* pwm/imx-pwm.yaml */
    "qcom,*-qfprom\0"               /* nvmem/qcom,qfprom.yaml: fuses */
    "fsl,imx8m*-ocotp\0"            /* nvmem/imx-ocotp.yaml: fuses */
    "fsl,ls*-sfp\0"                 /* nvmem/fsl,layerscape-sfp.yaml: fuses */
    "qcom,*-apss-shared\0"          /* mailbox/qcom,apcs-kpss-global.yaml: a doorbell */
    "qcom,*-ipcc\0"                 /* mailbox/qcom-ipcc.yaml: doorbells */
    "fsl,imx8m*-mu\0"               /* mailbox/fsl,mu.yaml: a doorbell and four words */
    "qcom,*-aoss-cc\0"              /* reset/qcom,aoss-reset.yaml: resets */
    "qcom,*-pdc-global\0"           /* reset/qcom,pdc-global.yaml: resets */
    "fsl,imx8m*-src\0"              /* reset/fsl,imx7-src.yaml: resets */
    "fsl,imx8m*-gpc\0"              /* power/fsl,imx-gpcv2.yaml: power domains */
    "qcom,*-rpmhpd\0"               /* power/qcom,rpmpd.yaml: power domains behind a mailbox */
    "qcom,tcsr-mutex\0"             /* hwlock/qcom-hwspinlock.yaml: locks */
    "qcom,*-tcsr\0"                 /* mfd/qcom,tcsr.yaml: registers that others use */
    "qcom,*-noc\0"                  /* interconnect/qcom,rpmh.yaml: the settings of a bus */
    "qcom,*-virt\0"                 /* interconnect/qcom,rpmh.yaml */
    "ti,*-l3-noc\0"                 /* arm/omap/l3-noc.txt: the settings of a bus */
    "ti,dra7-l4-*\0"                /* bus/simple-pm-bus.yaml, their second word: a bus */
    "ti,omap5-l4-*\0"               /* bus/simple-pm-bus.yaml */
    "fsl,*-dcfg\0"                  /* soc/fsl/fsl,layerscape-dcfg.yaml: registers others use */
    "fsl,lynx-28g\0"                /* phy/fsl,lynx-28g.yaml: a PHY */
    "qcom,*-llcc\0"                 /* cache/qcom,llcc.yaml: the settings of a cache */
    "qcom,bcm-voter\0"              /* interconnect/qcom,bcm-voter.yaml: the settings of buses */
    "qcom,*-osm-l3\0"               /* interconnect/qcom,osm-l3.yaml: the clock of a cache */
    "qcom,*-epss-l3\0"              /* interconnect/qcom,osm-l3.yaml */
    "qcom,*-bwmon\0"                /* interconnect/qcom,msm8998-bwmon.yaml: counters */
    "qcom,cpufreq-*\0"              /* cpufreq/cpufreq-qcom-hw.yaml: the clock of the CPUs */
    "fsl,imx8m*-ddr-pmu\0"          /* perf/fsl-imx-ddr.yaml: counters */
    "qcom,prng-ee\0"; /* crypto/qcom,prng.yaml: random numbers in a register */

bool shim_is_bystander(const struct shim_tree *tree, uint32_t node)
{
    const char *first = shim_list_next(shim_prop(tree, node, SHIM_COMPATIBLE), NULL);

    if (!first || shim_prop(tree, node, SHIM_IOMMUS).at || shim_prop(tree, node, SHIM_IOMMU_MAP).at ||
        shim_prop(tree, node, SHIM_STREAM_ID_CELLS).at ||
        shim_prop(tree, node, SHIM_DMA_COHERENT).at || shim_prop(tree, node, SHIM_MEMORY_REGION).at)
        return false; /* it says itself that it has to do with memory */
    return shim_matches_one(bystanders, first);
}
