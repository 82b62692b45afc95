# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# U-Boot script of the 32-bit board: Xen, dom0's kernel and ramdisk anywhere in RAM, their places
# in /chosen, and the stage instead of Xen. With "setenv dtshim no" Xen itself
# is started, from the same places.
#
# The two demo- nodes stand for a device behind an IOMMU that Xen drives; the
# emulated board has none.

setenv stage_addr 48000000
setenv xen_addr 50000000
setenv kernel_addr 52000000
setenv ramdisk_addr 56000000
setenv tree_addr 4e000000

load ${devtype} ${devnum}:${distro_bootpart} ${stage_addr} dtshim.img
load ${devtype} ${devnum}:${distro_bootpart} ${xen_addr} xen
setenv xen_size ${filesize}
load ${devtype} ${devnum}:${distro_bootpart} ${kernel_addr} image
setenv kernel_size ${filesize}
load ${devtype} ${devnum}:${distro_bootpart} ${ramdisk_addr} initrd
setenv ramdisk_size ${filesize}

fdt addr ${fdtcontroladdr}
fdt move ${fdtcontroladdr} 0x${tree_addr} 0x110000
fdt set /chosen \#address-cells <1>
fdt set /chosen \#size-cells <1>
fdt set /chosen xen,dom0-bootargs "console=hvc0 rdinit=/init quiet"

fdt mknode /chosen hypervisor@${xen_addr}
fdt set /chosen/hypervisor@${xen_addr} compatible "dtshim,hypervisor"
fdt set /chosen/hypervisor@${xen_addr} reg <0x${xen_addr} 0x${xen_size}>
fdt mknode /chosen module@${kernel_addr}
fdt set /chosen/module@${kernel_addr} compatible "multiboot,kernel" "multiboot,module"
fdt set /chosen/module@${kernel_addr} reg <0x${kernel_addr} 0x${kernel_size}>
fdt mknode /chosen module@${ramdisk_addr}
fdt set /chosen/module@${ramdisk_addr} compatible "multiboot,ramdisk" "multiboot,module"
fdt set /chosen/module@${ramdisk_addr} reg <0x${ramdisk_addr} 0x${ramdisk_size}>

fdt mknode / demo-iommu
fdt set /demo-iommu compatible "dtshim,demo-iommu"
fdt set /demo-iommu reg <0x0 0xb000000 0x0 0x1000>
fdt set /demo-iommu \#iommu-cells <1>
fdt set /demo-iommu phandle <0x7001>
fdt mknode / demo-master
fdt set /demo-master compatible "dtshim,demo-master"
fdt set /demo-master iommus <0x7001 0x10>

if test "${dtshim}" = no; then
	fdt set /chosen xen,xen-bootargs "dom0_mem=256M"
	bootz 0x${xen_addr} - 0x${tree_addr}
else
	fdt mknode /chosen dtshim
	fdt set /chosen/dtshim dom0-mem <0x0 0x10000000>
	fdt set /chosen/dtshim iommu-drivers "dtshim,demo-iommu"
	bootz 0x${stage_addr} - 0x${tree_addr}
fi
