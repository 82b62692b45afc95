// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * First what holds for all devices (Linux 6.12, drivers/of/property.c; dtc, checks.c), then the
 * names that contain phandles by two numberings of one board in the trees of Linux 6.1, 6.12
 * and 7.2, or by a binding (test/support/renumbered.py finds them). Their comments
 * name the binding, below Documentation/devicetree/bindings of Linux 6.12.
 */
#include "shim/fdt/reference_kinds.h"

#include <stddef.h>

#include "shim/base/mem.h"
#include "shim/base/text.h"

enum { REST = UINT8_MAX }; /* one phandle, and then numbers */

static const struct shim_reference_kind kinds[] = {
    { "interrupt-parent\0memory-region\0shmem\0sram\0remote-endpoint\0next-level-cache\0"
      "operating-points-v2\0cpu-idle-states\0interrupt-affinity\0phy-handle\0*-supply\0"
      "wakeup-parent\0extcon\0leds\0backlight\0panel\0pinctrl-0\0", "", 0, 0, false },
    { "clocks\0assigned-clocks\0assigned-clock-parents\0", "#clock-cells", 0, 0, false },
    { "interrupts-extended\0", "#interrupt-cells", 0, 0, false },
    { "gpio\0gpios\0*-gpios\0*-gpio\0", "#gpio-cells", 0, 0, false },
    { "iommus\0", "#iommu-cells", 0, 0, false },
    { "iommu-addresses\0", "#address-cells", 0, 0, false }, /* see references.c */
    { "interconnects\0", "#interconnect-cells", 0, 0, false },
    { "power-domains\0", "#power-domain-cells", 0, 0, false },
    { "resets\0", "#reset-cells", 0, 0, false },
    { "phys\0", "#phy-cells", 0, 0, false },
    { "dmas\0", "#dma-cells", 0, 0, false },
    { "mboxes\0", "#mbox-cells", 0, 0, false },
    { "pwms\0", "#pwm-cells", 0, 0, false },
    { "msi-parent\0", "#msi-cells", 0, 0, false },
    { "io-channels\0", "#io-channel-cells", 0, 0, false },
    { "thermal-sensors\0", "#thermal-sensor-cells", 0, 0, false },
    { "cooling-device\0", "#cooling-cells", 0, 0, false },
    { "sound-dai\0", "#sound-dai-cells", 0, 0, false },
    { "hwlocks\0", "#hwlock-cells", 0, 0, false },
    { "mux-controls\0", "#mux-control-cells", 0, 0, false },
    { "nvmem-cells\0", "#nvmem-cell-cells", 0, 0, false },
    { "mmu-masters\0", "#stream-id-cells", 0, 0, false },
    { "gpio-ranges\0", "", 3, 0, false },
    { "iommu-map\0", "#iommu-cells", 2, 1, false },
    { "msi-map\0", "#msi-cells", 2, 1, false },
    { "rockchip,pins\0", "", 3, 3, false },
    { "io-backends\0", "#io-backend-cells", 0, 0, true },
    { "post-init-providers\0", "", 0, 0, true },
    { /*
       * arm: altera/socfpga-sdram-edac, arm,coresight-cti, vexpress-config, cpus,
       * arm,coresight-etm, mediatek/mediatek,mt7622-wed, tegra/nvidia,tegra194-cbb, omap/mpu
       */
      "altr,sdr-syscon\0arm,cs-dev-assoc\0arm,vexpress,config-bridge\0cci-control-port\0cpu\0"
      "mediatek,wo-ccif\0nvidia,apbmisc\0nvidia,axi2apb\0pm-sram\0qcom,acc\0qcom,saw\0"
      /* ata: mediatek,mtk-ahci */
      "mediatek,phy-mode\0"
      /* bus: mvebu-mbus */
      "controller\0"
      /* clock: nvidia,tegra124-car, ti/dra7-atl */
      "nvidia,external-memory-controller\0ti,provided-clocks\0"
      /* cpufreq: cpufreq-mediatek */
      "mediatek,cci\0"
      /* crypto: marvell-cesa */
      "marvell,crypto-srams\0"
      /*
       * display: allwinner,sun4i-a10-display-engine, amlogic,meson-vpu, brcm,bcm2835-hdmi,
       * imx/ldb, fsl,lcdif, imx/fsl-imx-drm, panel/jdi,lpm102a188a, panel/display-timings,
       * tegra/nvidia,tegra20-dc, tegra/nvidia,tegra124-sor, tegra/nvidia,tegra20-dsi,
       * rockchip/rockchip-drm, msm/gpu, renesas,du, bridge/renesas,lvds, rockchip/rockchip-vop2,
       * samsung/samsung,exynos5433-mic, samsung/samsung,exynos5433-decon,
       * bridge/samsung,mipi-dsim, ti/ti,am65x-dss
       */
      "allwinner,pipelines\0amlogic,canvas\0ddc\0ddc-i2c-bus\0display\0fsl,iram\0fsl,pres\0"
      "fsl,prg\0link2\0native-mode\0nvidia,ddc-i2c-bus\0nvidia,dpaux\0nvidia,ganged-mode\0"
      "nvidia,outputs\0nvidia,panel\0ports\0qcom,gmu\0renesas,cmms\0renesas,companion\0"
      "rockchip,pmu\0rockchip,vo1-grf\0rockchip,vop-grf\0samsung,disp-syscon\0"
      "samsung,disp-sysreg\0samsung,power-domain\0ti,am65x-oldi-io-ctrl\0"
      /* dma: marvell,mmp-dma, stm32/st,stm32-dmamux, ti/k3-udma */
      "asram\0dma-masters\0ti,ringacc\0"
      /* edac: socfpga-eccmgr, apm-xgene-edac */
      "altr,ecc-parent\0memory-controller\0pmd-controller\0regmap-csw\0regmap-efuse\0"
      "regmap-mcba\0regmap-mcbb\0regmap-rb\0"
      /* fpga: fpga-region */
      "fpga-mgr\0"
      /* fsi: fsi-master-ast-cf */
      "aspeed,cvic\0aspeed,sram\0"
      /* i2c: i2c-mux */
      "i2c-parent\0"
      /* iio: adc/amlogic,meson-saradc */
      "amlogic,hhi-sysctrl\0"
      /* interconnect: fsl,imx8m-noc, qcom,rpmh-common */
      "fsl,ddrc\0qcom,bcm-voters\0"
      /* interrupt-controller: arm,gic-v3, qcom,mpm, ti,sci-intr, ti,sci-inta */
      "affinity\0qcom,rpm-msg-ram\0ti,sci\0ti,unmapped-event-sources\0"
      /* iommu: mediatek,iommu, arm,smmu */
      "mediatek,infracfg\0mediatek,larbs\0nvidia,memory-controller\0"
      /* leds: leds-qcom-lpg */
      "nvmem\0qcom,pbs\0"
      /*
       * media: amlogic,gx-vdec, video-interface-devices, cec/cec-gpio, coda,
       * mediatek,vcodec-decoder, renesas,drif, renesas,vsp1
       */
      "amlogic,ao-sysctrl\0flash-leds\0hdmi-phandle\0iram\0lens-focus\0mediatek,scp\0"
      "mediatek,vdecsys\0mediatek,vpu\0renesas,bonding\0renesas,fcp\0"
      /* memory-controllers: samsung,exynos5422-dmc, fsl/fsl,imx-weim, mediatek,smi-common */
      "devfreq\0devfreq-events\0device-handle\0fsl,weim-cs-gpr\0mediatek,smi\0"
      "samsung,syscon-clk\0"
      /* mfd: aspeed-lpc */
      "flash\0"
      /* mmc: arasan,sdhci, mmc-controller */
      "arasan,soc-ctl-syscon\0mmc-pwrseq\0"
      /* mtd: mediatek,mtk-nfc, marvell,nand-controller, nand-chip, ti,gpmc-nand */
      "ecc-engine\0marvell,system-controller\0nand-ecc-engine\0ti,elm-id\0"
      /*
       * net: marvell-armada-370-neta, marvell,dfx-server, dsa/dsa-port, fsl,fman-dtsec, sff,sfp,
       * marvell-neta-bm, mdio-mux, mediatek,net, mediatek,star-emac, fsl,qoriq-mc-dpmac,
       * ethernet-controller, fsl,fman, qcom,ipa, wireless/qcom,ath11k, rockchip-dwmac,
       * ethernet-phy, snps,dwmac, can/st,stm32-bxcan, ti,icssg-prueth
       */
      "buffer-manager\0dfx\0ethernet\0fsl,fman-ports\0i2c-bus\0internal-mem\0mdio-parent-bus\0"
      "mediatek,ethsys\0mediatek,hifsys\0mediatek,pcie-mirror\0mediatek,pericfg\0"
      "mediatek,sgmiisys\0mediatek,wed\0mediatek,wed-pcie\0pcs-handle\0pcsphy-handle\0phy\0"
      "ptimer-handle\0ptp-timer\0qcom,qmp\0qcom,rproc\0rockchip,grf\0rockchip,php-grf\0sfp\0"
      "snps,axi-config\0snps,mtl-rx-config\0snps,mtl-tx-config\0st,gcan\0ti,iep\0ti,mii-g-rt\0"
      "ti,mii-rt\0ti,pa-stats\0"
      /* nvmem: amlogic,meson-gxbb-efuse */
      "secure-monitor\0"
      /* opp: opp-v2-base */
      "required-opps\0"
      /* pci: fsl,imx6q-pcie-common */
      "fsl,imx7d-pcie-phy\0"
      /* perf: arm,dsu-pmu */
      "cpus\0"
      /*
       * phy: ti-phy, fsl,mxs-usbphy, hisilicon,hi3660-usb3, marvell,armada-3700-utmi-phy,
       * nvidia,tegra20-usb-phy, qcom,qusb2-phy, rockchip,pcie3-phy, phy-rockchip-naneng-combphy,
       * phy-rockchip-usbdp, rockchip,inno-usb2phy, samsung,mipi-video-phy,
       * samsung,exynos5250-sata-phy, samsung,exynos-pcie-phy, samsung,usb2-phy,
       * ti,phy-am654-serdes
       */
      "ctrl-module\0fsl,anatop\0hisilicon,pctrl-syscon\0hisilicon,pericrg-syscon\0"
      "marvell,usb-misc-reg\0nvidia,phy\0qcom,tcsr-syscon\0rockchip,phy-grf\0"
      "rockchip,pipe-grf\0rockchip,pipe-phy-grf\0rockchip,u2phy-grf\0rockchip,usb-grf\0"
      "rockchip,usbdpphy-grf\0rockchip,usbgrf\0rockchip,vo-grf\0samsung,cam0-sysreg\0"
      "samsung,cam1-sysreg\0samsung,exynos-sataphy-i2c-phandle\0samsung,fsys-sysreg\0"
      "samsung,pmureg-phandle\0samsung,syscon-phandle\0samsung,sysreg-phandle\0ti,serdes-clk\0"
      /* pinctrl: aspeed,ast2500-pinctrl, fsl,imx7d-pinctrl, mediatek,mt8365-pinctrl */
      "aspeed,external-nodes\0fsl,input-sel\0mediatek,pctl-regmap\0"
      /*
       * power: avs/qcom,cpr, power-domain, mediatek,power-controller, supply/battery,
       * rockchip,power-controller, supply/power-supply, reset/syscon-reboot,
       * supply/richtek,rt5033-charger, supply/bq2415x
       */
      "acc-syscon\0domain-idle-states\0mediatek,infracfg-nao\0monitored-battery\0pm_qos\0"
      "power-supplies\0regmap\0richtek,usb-connector\0ti,usb-charger-detection\0"
      /* pwm: ti,omap-dmtimer-pwm */
      "ti,timers\0"
      /* regulator: qcom,spmi-regulator, regulator */
      "qcom,saw-reg\0regulator-coupled-with\0"
      /* remoteproc: amlogic,meson-mx-ao-arc, ti,pru-consumer, ti,omap-remoteproc */
      "amlogic,secbus2\0ti,prus\0ti,watchdog-timers\0"
      /* reset: hisilicon,hi3660-reset */
      "hisi,rst-syscon\0"
      /* scsi: hisilicon-sas */
      "hisilicon,sas-syscon\0"
      /* soc: bcm/raspberrypi,bcm2835-power, qcom/qcom,wcnss, ti/wkup-m3-ipc */
      "firmware\0qcom,mmio\0ti,rproc\0"
      /*
       * sound: allwinner,sun4i-a10-codec, samsung,tm2, fsl-asoc-card, amlogic,axg-sound-card,
       * audio-graph-card2, simple-card, renesas,rsnd, fsl,ssi, audio-graph, fsl,mqs,
       * mt8186-mt6366-da7219-max98357, mt8186-afe-pcm, mt8173-rt5650-rt5514,
       * mt8183-mt6358-ts3a227-max98357, nvidia,tegra-audio-common, qcom,wcd93xx-common,
       * rockchip-rt5645, rockchip,rk3399-gru-sound, rockchip-max98090, samsung,smdk5250,
       * samsung,arndale, qcom,wcd9335, ti,j721e-cpb-ivi-audio, omap-twl4030, omap-abe-twl6040
       */
      "allwinner,codec-analog-controls\0audio-amplifier\0audio-asrc\0audio-aux-devs\0"
      "audio-codec\0audio-cpu\0aux-devs\0bitclock-master\0capture\0codec-handle\0dais\0"
      "frame-master\0gpr\0link\0links\0mediatek,adsp\0mediatek,apmixedsys\0"
      "mediatek,audio-codec\0mediatek,headset-codec\0mediatek,platform\0mediatek,topckgen\0"
      "nvidia,audio-codec\0nvidia,i2s-controller\0playback\0qcom,rx-device\0qcom,tx-device\0"
      "rockchip,audio-codec\0rockchip,codec\0rockchip,cpu\0rockchip,hdmi-codec\0"
      "rockchip,headset-codec\0rockchip,i2s-controller\0samsung,audio-codec\0"
      "samsung,audio-cpu\0samsung,i2s-controller\0simple-audio-card,aux-devs\0"
      "simple-audio-card,bitclock-master\0simple-audio-card,frame-master\0slim-ifc-dev\0"
      "spdif-controller\0ssi-controller\0ti,cpb-codec\0ti,cpb-mcasp\0ti,mcbsp\0ti,mcpdm\0"
      "ti,twl6040\0"
      /* thermal: amlogic,thermal, imx-thermal, mediatek,thermal, thermal-zones */
      "amlogic,ao-secure\0fsl,tempmon\0mediatek,auxadc\0trip\0"
      /* timestamp: nvidia,tegra194-hte */
      "nvidia,gpio-controller\0"
      /* ufs: qcom,ufs */
      "qcom,ice\0"
      /* usb: usb-hcd, chipidea,usb2-imx, nvidia,tegra194-xusb, realtek,rts5411, am33xx-usb, usb */
      "companion\0fsl,usbphy\0nvidia,xusb-padctl\0peer-hub\0ti,ctrl_mod\0usb-phy\0"
      /* no binding in 6.12: crypto/aspeed/aspeed-acry.c; trees of 7.2 */
      "aspeed,ahbc\0l2-cache\0renesas,vspx\0ti,oldi-io-ctrl\0vbus-regulator\0vmmc\0",
      "", 0, 0, true },
    { /* arm: nvidia,tegra194-ccplex */
      "nvidia,bpmp\0"
      /* bus: allwinner,sun50i-a64-de2, qcom,ssc-block-bus */
      "allwinner,sram\0qcom,halt-regs\0"
      /* display: mediatek/mediatek,hdmi */
      "mediatek,syscon-hdmi\0"
      /* firmware: qcom,scm */
      "qcom,dload-mode\0"
      /* i2c: st,stm32-i2c */
      "st,syscfg-fmp\0"
      /* i3c: aspeed,ast2600-i3c */
      "aspeed,global-regs\0"
      /* iommu: qcom,tbu, renesas,ipmmu-vmsa, ti,omap-iommu */
      "qcom,stream-id-range\0renesas,ipmmu-main\0ti,syscon-mmuconfig\0"
      /* media: nxp,imx8-isi, nxp,imx8mq-mipi-csi2, ti,cal */
      "fsl,blk-ctrl\0fsl,mipi-phy-gpr\0ti,camerrx-control\0"
      /* mmc: synopsys-dw-mshc */
      "altr,sysmgr-syscon\0"
      /*
       * net: fsl,fec, nxp,dwmac-imx, sti-dwmac, allwinner,sun8i-a83t-emac, can/bosch,c_can,
       * ti,k3-am654-cpsw-nuss, ti,icssg-prueth
       */
      "fsl,stop-mode\0intf_mode\0st,syscon\0syscon\0syscon-raminit\0ti,syscon-efuse\0"
      "ti,syscon-rgmii-delay\0"
      /*
       * pci: fsl,layerscape-pcie-ep, ti,j721e-pci-host, ti,j721e-pci-ep, ti,am65-pci-host,
       * ti,am65-pci-ep, ti-pci
       */
      "fsl,pcie-scfg\0ti,syscon-acspcie-proxy-ctrl\0ti,syscon-pcie-ctrl\0ti,syscon-pcie-id\0"
      "ti,syscon-pcie-mode\0ti,syscon-unaligned-access\0"
      /*
       * phy: mediatek,tphy, nvidia,tegra20-usb-phy, qcom,sc8280xp-qmp-pcie-phy,
       * qcom,msm8998-qmp-usb3-phy, samsung,mipi-video-phy, samsung,usb2-phy, ti-phy
       */
      "mediatek,syscon-type\0nvidia,pmc\0qcom,4ln-config-sel\0qcom,tcsr-reg\0"
      "samsung,pmu-syscon\0samsung,sysreg\0syscon-phy-power\0"
      /* pinctrl: st,stm32-pinctrl */
      "st,syscfg\0"
      /*
       * remoteproc: qcom,smd-edge, qcom,sc7280-mss-pil, qcom,sc7180-mss-pil, st,stm32-rproc,
       * ti,omap-remoteproc
       */
      "qcom,ipc\0qcom,ipc-1\0qcom,ipc-2\0qcom,ipc-3\0qcom,qaccept-regs\0qcom,spare-regs\0"
      "st,syscfg-holdboot\0st,syscfg-m4-state\0"
      "st,syscfg-pdds\0st,syscfg-rsc-tbl\0st,syscfg-tz\0ti,bootreg\0"
      /* sound: st,stm32-sai */
      "st,sync\0"
      /* spi: ti,qspi */
      "syscon-chipselects\0"
      /* usb: mediatek,mtk-xhci, ti,am62-usb */
      "mediatek,syscon-wakeup\0ti,syscon-phy-pll-refclk\0"
      /*
       * no binding in 6.12: net/ethernet/hisilicon/hns_mdio.c, phy/ti/phy-ti-pipe3.c,
       * gpu/drm/omapdrm/dss, mmc/host/dw_mmc-k3.c; trees of 7.2
       */
      "hisilicon,peripheral-syscon\0renesas,icu\0renesas,sysc\0renesas,tsu-trim\0subctrl-vbase\0"
      "syscon-pcs\0syscon-pll-ctrl\0syscon-pllreset\0syscon-pol\0ti,syscon-lane-sel\0", "", REST, 0, true },
    { /* ata: sata_highbank */
      "calxeda,port-phys\0"
      /* display: renesas,du */
      "renesas,vsps\0"
      /* dma: ti-edma */
      "ti,tptcs\0", "", 1, 0, true },
    { /* remoteproc: qcom,sc7280-mss-pil */
      "qcom,ext-regs\0", "", 2, 0, true },
    { /* display: mediatek/mediatek,dither */
      "mediatek,gce-client-reg\0", "", 3, 0, true },
    { /* access-controllers: access-controllers */
      "access-controllers\0", "#access-controller-cells", 0, 0, true },
    { /* cpufreq: cpufreq-qcom-hw */
      "qcom,freq-domain\0", "#freq-domain-cells", 0, 0, true },
    { /* rtc: fsl,ls-ftm-alarm */
      "fsl,rcpm-wakeup\0", "#fsl,rcpm-wakeup-cells", 0, 0, true },
    { /* mfd: twl4030-audio, wlf,arizona */
      "ti,hs_extmute_gpio\0wlf,reset\0"
      /* regulator: wlf,arizona */
      "wlf,ldoena\0"
      /* spi: spi-gpio */
      "gpio-miso\0gpio-mosi\0gpio-sck\0", "#gpio-cells", 0, 0, true },
    { /* usb: chipidea,usb2-imx */
      "fsl,usbmisc\0", "#index-cells", 0, 0, true },
    { /* mux: mux-consumer */
      "mux-states\0", "#mux-state-cells", 0, 0, true },
    { /* display: tegra/nvidia,tegra20-dsi */
      "nvidia,mipi-calibrate\0", "#nvidia,mipi-calibrate-cells", 0, 0, true },
    { /* dvfs: performance-domain */
      "performance-domains\0", "#performance-domain-cells", 0, 0, true },
    { /* pinctrl: pinctrl-single */
      "pinctrl-single,gpio-range\0", "#pinctrl-single,gpio-range-cells", 0, 0, true },
    { /* net: ethernet-phy */
      "pses\0", "#pse-cells", 0, 0, true },
    { /* net: qcom,bam-dmux */
      "qcom,smem-states\0", "#qcom,smem-state-cells", 0, 0, true },
    { /* sound: samsung,tm2 */
      "i2s-controller\0", "#sound-dai-cells", 0, 0, true },
    { /* leds: common */
      "trigger-sources\0", "#trigger-source-cells", 0, 0, true },
};

/* Each number is a state of its pins, and a device may have any number of them: all are as 0. */
static const char *first_of(const char *name)
{
    static const char state[] = "pinctrl-";
    const char *number = name + sizeof(state) - 1;

    if (strncmp(name, state, sizeof(state) - 1) != 0 || !*number)
        return name;
    while (*number >= '0' && *number <= '9')
        number++;
    return *number ? name : "pinctrl-0";
}

const struct shim_reference_kind *shim_reference_kind(const char *name)
{
    name = first_of(name);
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (shim_matches_one(kinds[i].names, name))
            return &kinds[i];
    return NULL;
}
