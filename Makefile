# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
#   make                    build the host tool, the library and the arm64 stage
#   make demo               run a whole boot under QEMU; installs what it needs
#   make demo BOARD=qemu_arm
#                           the same on a 32-bit board, with Debian 12's 32-bit Xen
#   make demo BOARD=zcu102  the same on QEMU's model of another board, with its own
#                           tree; fetches a QEMU that has the board: imx8mm_evk,
#                           imx8mp_evk, raspi4b, versal_virt, zcu102
#   make demo-offset        the same with memory elsewhere, and a disk that finds it
#   make demo-native        the same without Xen: dma-offset at work
#   make check              run all tests; installs what they need
#   make check-quick        all but the boots, U-Boot and other long tests, and of a
#                           test with many cases the first and the last: a minute
#   make check-boards       boot all boards that QEMU has models of, with their own
#                           trees, and a card of dtshim image in the Raspberry Pi's:
#                           two minutes. Fetches the QEMUs
#   make check-uefi         boot through UEFI: EDK2, GRUB, the EFI shell and
#                           systemd-boot of Debian 12, 13 and sid, which it fetches;
#                           make check has a few of these boots
#   make check-trees        use the trees of all boards of Linux 6.1, 6.12 and 7.2,
#                           those of their shapes that are in no list, and every
#                           oracle on them: ten minutes on two cores. Writes
#                           doc/quality/corpus.rst. TREES_ARE=each-soc uses one
#                           tree of each SoC
#   make check-debian       run Debian as dom0 on the emulated board: its root file
#                           system up to a login, Xen's tools, a guest with a disk.
#                           DEBIAN=13. The first run makes the root file system,
#                           build/guests/root-13.tar (doc/guide/debian-dom0.rst)
#   make live               build the host tool as one static file for a board's own
#                           Linux (--live), build/live/dtshim;
#                           LIVE_CROSS=arm-linux-gnueabihf- for armhf
#   make uboot              build Debian's U-Boot with the command dtshim, for the
#                           sandbox and QEMU's arm64 and 32-bit boards (build/uboot)
#   make trees              fetch the trees of all boards of Debian 12's kernels
#                           (build/guests/dtbs)
#   make census             list what is new in the trees of Linux 6.12 and 7.2
#                           (fetches them: 160 MB), and try the defaults on all of
#                           them; two minutes of CPU. Writes
#                           doc/reference/boards.rst
#   make census KERNEL=7.3  list the shapes in the trees of a newer Linux (of sid)
#                           that no earlier kernel had, and what each needs
#   make uboot-integrate UBOOT=dir [UNDO=1]
#                           add the command to your own U-Boot source
#   make same BASE=commit   check whether the host tool prints and writes the same
#                           as that version, for all board trees and many policies:
#                           12 minutes of CPU, half for the same commit again.
#                           SAMPLE=20 uses every 20th tree, POLICIES="native;
#                           booted" only these (scripts/same_cases.py)
#   make xen-oracle N=100   compare stock Xen with the forecast: boots without
#                           Linux, on random trees and board trees; SEED=1 XEN=12,
#                           13, both or 12-arm32 (32 bits), KINDS="maps,grafts"
#                           (doc/quality/oracle.rst)
#   make check-lab          run the tests of a board with dtshim in its U-Boot, on
#                           QEMU; on a real board: doc/guide/uboot.rst
#   make check-labgrid      boot a board from its card with labgrid; on QEMU, or on
#                           your own: LABGRID_ENV=file (doc/guide/lab.rst)
#   make fuzz               run libFuzzer for FUZZ_SECONDS (3600), with a corpus in
#                           build/fuzz
#   make coverage           count lines and branches that tests and that corpus
#                           reach
#   make lint, figures      run clang-tidy and cppcheck; print sizes and instruction
#                           counts
#   make proof              run Frama-C on the walk and the splice of small trees
#                           (doc/quality/proof.rst)
#   make bench              measure the cost, beside other programs that do the same
#                           (doc/quality/performance.rst);
#                           TABLES="edits job growth boot"
#   make doc                build the manual: build/doc/html/index.html, and man
#                           pages in build/doc/man; fails on a warning, a spelling
#                           mistake or a dead link
#   make man                build only the man pages
#   make doc-figures        draw the figures in doc/, from plans of doc/example.dts
#   make install            install the tool, the library and its headers,
#                           completion and schemas; DESTDIR, PREFIX (/usr/local)
#   make deb                build Debian packages for amd64, arm64 and armhf, in
#                           build/deb; DEB_ARCHES="arm64 armhf"
#                           (doc/guide/packages.rst)
#   make check-deb          build them twice and compare, run lintian, install and
#                           use them in new Debians 12 and 13: ten minutes; as root
#   make sbom               list the parts of the tool, the library and the stage:
#                           build/dtshim.spdx.json (SPDX 2.3)
#   make install-hooks      install the hooks that keep a Debian on the board
#                           booting through dtshim; DESTDIR, PREFIX, STAGE, UEFI=yes
#                           (doc/guide/updates.rst, doc/guide/uefi.rst)
#   make remove-hooks       remove them; DESTDIR, PREFIX
#   make menuconfig, savedefconfig, <board>_defconfig
#                           change, save and set the configuration
#   make clean, distclean   remove what was built; also what was fetched, and the
#                           configuration
#
# CFLAGS, CPPFLAGS and LDFLAGS, on the command line or in the environment, are for the
# host's programs, in addition to the hardening that the compiler supports; HOST_CFLAGS and
# HOST_LDFLAGS replace it. O=<dir> puts all output elsewhere, KCONFIG_CONFIG=<file> gives
# the configuration. GUESTS=12 or 13 boots that Debian release's U-Boot, Xen and Linux,
# DTSHIM_CACHE=<dir> keeps what is fetched (doc/guide/set-up.rst).

O              ?= build
KCONFIG_CONFIG ?= .config
# Debian's own Python has the libraries; another one earlier on the PATH may not.
PYTHON         ?= /usr/bin/python3
CC             ?= cc
HOSTAR         ?= ar

# The environment may name them, too. What is fetched stays when the rest is cleaned.
ifndef GUESTS
GUESTS := $(shell scripts/own-release)
endif
DTSHIM_CACHE ?= $(O)/cache

export KCONFIG_CONFIG GUESTS DTSHIM_CACHE

# make takes a name with a space for two names. The checkout's own does not come into them.
ifneq ($(words $(O)) $(words $(KCONFIG_CONFIG)),1 1)
$(error dtshim: make does not support names with spaces: give an O and a KCONFIG_CONFIG without spaces, relative to this folder: O=build)
endif

# One short line a step; V=1 shows the commands. What a step makes appears when it is whole.
run   = $(if $(V),,$(if $(QUIET),@,@printf '  %-8s%s\n' $(1) $(2);)) $(if $(WHOLE),$(WHOLE) $(2))
WHOLE = scripts/whole
# These goals have something else to show.
ifneq ($(filter demo% figures% bench%,$(MAKECMDGOALS)),)
QUIET = 1
endif

WARNINGS  = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
CORE      = -std=c11 -ffreestanding $(WARNINGS) -I. -Iinclude
# The library's rooms, lowest first: each may use those before it.
ROOMS     = base fdt board model plan xen xen/domain xen/trap xen/explain native job
CORE_SRC  = $(foreach room,$(ROOMS),$(sort $(wildcard shim/$(room)/*.c)))
# Programs of the tool's commands, each in a folder of its own.
BESIDE    = image report
CLI_SRC   = $(sort $(wildcard shim/cli/*.c))
STAGE_SRC = $(wildcard shim/stage/*.c shim/stage/$(ARCH)/*.c) $(if $(CONFIG_STAGE_EFI),$(wildcard shim/stage/efi/*.c)) \
	    $(if $(CONFIG_STAGE_SIGNED),$(wildcard shim/stage/signed/*.c))
# Of the library a stage has the parts that its configuration wants.
include shim/without/parts.mk
LEFT_OUT   = $(foreach part,$(PARTS),$(if $(CONFIG_STAGE_$(option_of_$(part))),,$(part)))
STAGE_CORE = $(patsubst %,shim/%,$(call without,$(CORE_SRC:shim/%=%),$(LEFT_OUT)))
# The same bytes wherever the sources and what is made of them lie: these folders' names are in
# no debug information. The last one that fits counts.
SAME_BYTES = -ffile-prefix-map='$(CURDIR)'=. -ffile-prefix-map=$(O)=build \
	     -ffile-prefix-map='$(abspath $(O))'=build

.PHONY: all
all: $(O)/dtshim $(O)/libdtshim.a $(addprefix $(O)/,$(BESIDE)) stage

# ---- configuration --------------------------------------------------------------

KCONFIG = $(PYTHON) -m

$(KCONFIG_CONFIG):
	@mkdir -p $(dir $@)
	@KCONFIG_CONFIG=$@.new$$$$ $(KCONFIG) alldefconfig Kconfig >/dev/null 2>&1 || { echo \
		"dtshim: $@ cannot be made; what to do: check that its folder can be written to" >&2; exit 1; }; \
	mv $@.new$$$$ $@

# A UART without a row would be no console, and only the board could tell.
$(O)/config/config.h $(O)/config/auto.conf &: $(KCONFIG_CONFIG) Kconfig shim/stage/uart.c
	@mkdir -p $(@D)
	@$(KCONFIG) genconfig --header-path $(O)/config/config.h.new$$PPID \
		--config-out $(O)/config/auto.conf.new$$PPID Kconfig
	@uart=$$(sed -n 's/^CONFIG_STAGE_FALLBACK_UART="\(.*\)"/\1/p' $(O)/config/auto.conf.new$$PPID); \
	if [ "$$uart" ] && ! grep -qF "{ \"$$uart\"," shim/stage/uart.c; then \
		rm -f $(O)/config/*.h* $(O)/config/auto.conf*; \
		echo "dtshim: CONFIG_STAGE_FALLBACK_UART: unknown UART \"$$uart\";" \
			"doc/reference/consoles.rst has the names" >&2; exit 1; \
	fi
	@for file in config.h auto.conf; do \
		mv $(O)/config/$$file.new$$PPID $(O)/config/$$file || exit 1; \
	done

.PHONY: menuconfig savedefconfig
menuconfig:
	$(KCONFIG) menuconfig Kconfig

savedefconfig: $(KCONFIG_CONFIG)
	@mkdir -p $(O)
	$(KCONFIG) savedefconfig --kconfig Kconfig --out $(O)/defconfig

%_defconfig:
	@test -f board/$*/defconfig || \
		{ echo "dtshim: no board '$*'; there are:" $(notdir $(wildcard board/*)) >&2; exit 1; }
	@mkdir -p $(dir $(KCONFIG_CONFIG))
	@new=$(KCONFIG_CONFIG).new$$$$; \
	KCONFIG_CONFIG=$$new $(KCONFIG) defconfig --kconfig Kconfig board/$*/defconfig >/dev/null && \
	if cmp -s $$new $(KCONFIG_CONFIG); then \
		rm $$new; \
	else \
		[ ! -f $(KCONFIG_CONFIG) ] || cp $(KCONFIG_CONFIG) $(KCONFIG_CONFIG).old; \
		mv $$new $(KCONFIG_CONFIG); \
	fi
	@echo "dtshim: $(KCONFIG_CONFIG) now has the settings of board/$*/defconfig"

# ---- host -------------------------------------------------------------------------

# What distributions build with, of which the compiler takes what it knows (asked once, and only
# where something is compiled). What the user's own flags name is theirs.
HARDENING_FLAGS = '-D_FORTIFY_SOURCE=3|-D_FORTIFY_SOURCE=2' -fstack-protector-strong -fstack-clash-protection \
		  -fcf-protection -mbranch-protection=standard -Wformat -Wformat-security
HARDENED_LINK   = -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
HARDENING       = $(eval HARDENING := $$(shell scripts/taken-flags "$(CC) $(USERS_FLAGS)" $(HARDENING_FLAGS)))$(\
		  )$(if $(filter 0,$(.SHELLSTATUS)),,$(error dtshim: scripts/taken-flags failed))$(HARDENING)
USERS_FLAGS     = $(or $(CFLAGS),-O2 -g) $(CPPFLAGS)

# CFLAGS, CPPFLAGS and LDFLAGS as distributions give them come on top of that; whoever sets these
# two has nothing else.
HOST_CFLAGS  ?= $(HARDENING) $(USERS_FLAGS)
HOST_LDFLAGS ?= -pie $(HARDENED_LINK) $(LDFLAGS)
# In any case: the library's objects go into programs of others, which load anywhere.
PIE           = -fPIE $(SAME_BYTES)

CORE_OBJ    = $(CORE_SRC:%.c=$(O)/host/%.o)
CLI_OBJ     = $(CLI_SRC:%.c=$(O)/host/%.o)

$(CORE_OBJ): $(O)/host/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(CC) $(CORE) $(PIE) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(CLI_OBJ): $(O)/host/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(CC) -std=c11 $(WARNINGS) -I. -Iinclude $(PIE) $(HOST_CFLAGS) $(HAVE) -MMD -MP -c $< -o $@

# The tool alone merges overlays, where there is a libfdt for what it is built for.
LIBFDT ?= $(shell printf '\043include <libfdt.h>\nint main(void){return fdt_overlay_apply(0,0);}' | \
	$(CC) $(PIE) -x c - -x none $(HOST_LDFLAGS) -l:libfdt.a -o /dev/null 2>/dev/null && echo -l:libfdt.a)

$(O)/host/shim/cli/overlay.o: HAVE = $(if $(LIBFDT),-DDTSHIM_LIBFDT)

$(O)/libdtshim.a: $(CORE_OBJ)
	$(call run,AR,$@) $(HOSTAR) qcsD $@ $^

$(O)/dtshim: $(CLI_OBJ) $(O)/libdtshim.a
	$(call run,LD,$@) $(CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) $^ $(LIBFDT) -o $@

# Where the tool looks for the programs of its commands.
$(addprefix $(O)/,$(BESIDE)):
	@mkdir -p $(@D)
	@ln -sfn "$(CURDIR)/$(@F)" $@

# For the board's own Linux, whatever it has: LIVE_CROSS names another compiler than arm64's.
LIVE       ?= $(O)/live
LIVE_CROSS ?= aarch64-linux-gnu-

.PHONY: live live-installed
live:
	@scripts/install-packages live $(LIVE_CROSS)
	@$(MAKE) --no-print-directory live-installed

live-installed:
	@echo "dtshim: building the tool for the board's own Linux: $(LIVE)/dtshim"
	+@$(SILENT) O=$(LIVE) KCONFIG_CONFIG=$(LIVE)/.config CC=$(LIVE_CROSS)gcc \
		HOSTAR=$(LIVE_CROSS)ar HOST_LDFLAGS="-static-pie $(HARDENED_LINK) $(LDFLAGS)" $(LIVE)/dtshim

# What make bench counts: symbols bound at the start, so that no look-up is counted.
BENCH = $(patsubst %,$(O)/bench/%,edits corpus growth)

$(BENCH): $(O)/bench/%: test/bench/%.c test/bench/bench.c test/bench/bench.h $(O)/libdtshim.a
	@mkdir -p $(@D)
	$(call run,LD,$@) $(CC) -std=c11 $(WARNINGS) -I. -Iinclude $(HOST_CFLAGS) $(filter %.c %.a,$^) \
		-l:libfdt.a -Wl,-z,now -o $@

PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
# Of dtshim image and dtshim report: their programs, and the scripts that fetch packages.
SHARED   = $(DESTDIR)$(PREFIX)/lib/dtshim
# Where a zsh looks that is installed below PREFIX; of Debian's packages it is another place.
ZSH_SITE ?= $(PREFIX)/share/zsh/site-functions
VERSION  = $(shell sed -n 's/.*SHIM_VERSION "\(.*\)"/\1/p' include/dtshim/version.h)

$(O)/dtshim.pc: include/dtshim/version.h Makefile
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$${prefix}/include' '' \
		'Name: dtshim' 'Description: makes device trees ready for Xen on Arm' \
		'Version: $(VERSION)' 'Libs: -L$${libdir} -ldtshim' 'Cflags: -I$${includedir}' >$@

.PHONY: install
install: $(O)/dtshim $(O)/libdtshim.a
	@rm -f $(O)/dtshim.pc # PREFIX may be another one than before
	@$(MAKE) --no-print-directory -s $(O)/dtshim.pc
	install -Dm 755 $(O)/dtshim $(DESTDIR)$(PREFIX)/bin/dtshim
	install -Dm 644 $(O)/libdtshim.a $(DESTDIR)$(LIBDIR)/libdtshim.a
	install -Dm 644 $(O)/dtshim.pc $(DESTDIR)$(LIBDIR)/pkgconfig/dtshim.pc
	install -Dm 644 -t $(DESTDIR)$(PREFIX)/include include/dtshim.h
	install -Dm 644 -t $(DESTDIR)$(PREFIX)/include/dtshim include/dtshim/*.h
	install -Dm 755 -t $(SHARED)/image image/dtshim-image image/ramdisk-init
	install -Dm 644 -t $(SHARED)/image image/*.py
	install -Dm 755 -t $(SHARED)/report report/dtshim-report
	install -Dm 644 -t $(SHARED)/report report/*.py report/*.j2 report/*.css
	install -Dm 755 -t $(SHARED)/scripts scripts/append-fit scripts/fetch-parts scripts/make-debian-root \
		scripts/own-release
	install -Dm 755 -t $(SHARED)/scripts/debian-root scripts/debian-root/*
	install -Dm 644 -t $(SHARED)/scripts scripts/private-apt.sh
	install -Dm 644 -t $(SHARED)/scripts/guests scripts/guests/*
	install -Dm 644 -t $(SHARED)/scripts/trees scripts/trees/*
	install -Dm 644 -t $(SHARED)/scripts/qemu scripts/qemu/*
	install -Dm 644 completion/dtshim.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dtshim
	install -Dm 644 completion/_dtshim $(DESTDIR)$(ZSH_SITE)/_dtshim
	install -Dm 644 -t $(DESTDIR)$(PREFIX)/share/dtshim/bindings dts/bindings/*.yaml
	install -Dm 644 -t $(DESTDIR)$(PREFIX)/share/dtshim/schema doc/reference/*.schema.json
	for board in board/*/board.toml; do install -Dm 644 $$board \
		$(DESTDIR)$(PREFIX)/share/dtshim/$$board || exit 1; done
	@# Where make man has made them: that needs Sphinx.
	for page in $(wildcard $(O)/doc/man/*.[1-9]); do install -Dm 644 $$page \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; done
	[ ! -f $(O)/dtshim.img ] || \
		install -Dm 644 $(O)/dtshim.img $(DESTDIR)$(PREFIX)/share/dtshim/dtshim.img

# The machine's own architecture is one of them in any case.
DEB        ?= $(O)/deb
DEB_ARCHES ?= arm64 armhf

.PHONY: deb deb-installed
deb:
	@scripts/install-packages deb
	@$(MAKE) --no-print-directory deb-installed

deb-installed: man-installed
	@JOBS=$(JOBS) scripts/build-deb $(DEB) $(O)/doc/man $(DEB_ARCHES)

.PHONY: sbom
sbom: all
	@$(PYTHON) -B scripts/build_bill.py $(O) $(O)/dtshim.spdx.json "$(CC)"
	@echo "dtshim: the list of parts is in $(O)/dtshim.spdx.json"

# For Debian on the board. STAGE is the board's; this configuration's is built first.
STAGE ?= $(O)/dtshim.img

.PHONY: install-hooks
install-hooks:
	@[ $(STAGE) != $(O)/dtshim.img ] || $(MAKE) --no-print-directory stage
	hooks/install $(if $(UEFI),--uefi) $(STAGE) $(PREFIX) "$(DESTDIR)"

.PHONY: remove-hooks
remove-hooks:
	hooks/install --remove $(PREFIX) "$(DESTDIR)"

# ---- the stage ---------------------------------------------------------------------

# The cryptography of signed payloads, as source.
MBEDTLS ?= $(O)/mbedtls

# Not for goals that make or remove the configuration, nor for those that first
# install what making it needs.
WITHOUT_CONFIG = menuconfig savedefconfig %_defconfig clean distclean help uboot uboot-integrate \
		 demo demo-offset demo-native live live-installed check check-quick check-trees check-lab check-labgrid check-labgrid-installed check-debian debian-root xen-oracle same census install install-hooks remove-hooks deb check-deb trees lint figures bench proof \
		 doc doc-installed man man-installed doc-figures fuzz fuzz-installed fuzz-targets $(MBEDTLS)/tried $(MBEDTLS)/version coverage coverage-installed check-boards check-uefi
ifneq ($(filter-out $(WITHOUT_CONFIG),$(or $(MAKECMDGOALS),all)),)
# Looked at before make includes the file: else its own words on that come last.
ifeq ($(or $(and $(wildcard $(O)/config/auto.conf),$(wildcard $(KCONFIG_CONFIG))),$(shell $(PYTHON) -c 'import alldefconfig, genconfig; print(1)' 2>/dev/null)),)
$(shell printf '%s\n' "dtshim: packages for the build are missing" "  what to do: run: scripts/install-packages build" >&2)
$(error nothing was built)
endif
include $(O)/config/auto.conf
endif

ARM32     = $(CONFIG_STAGE_ARM32)
ARCH      = $(if $(ARM32),arm32,arm64)
CROSS     = $(patsubst "%",%,$(CONFIG_CROSS_COMPILE))
STAGE_ASM = $(patsubst %.S,%,$(filter-out $(if $(CONFIG_STAGE_EFI),,%/pe_header.S),$(wildcard shim/stage/$(ARCH)/*.S)) \
	    $(if $(CONFIG_STAGE_EFI),shim/stage/efi/entry.S))
STAGE_OBJ = $(STAGE_CORE:%.c=$(O)/$(ARCH)/%.o) $(STAGE_SRC:%.c=$(O)/$(ARCH)/%.o) $(STAGE_ASM:%=$(O)/$(ARCH)/%.o) \
	    $(if $(CONFIG_STAGE_SIGNED),$(O)/$(ARCH)/trust_keys.o $(MBEDTLS_SRC:%=$(O)/$(ARCH)/mbedtls/%.o))
# Compiled as one when it is linked, but for what the compiler may call by itself (mem*, str*).
# RAM may start at 0, so that what lies there is no null pointer.
STAGE_CODE  = -Os -g -fno-delete-null-pointer-checks -fomit-frame-pointer -fno-move-loop-invariants -fpie $(ARCH_CODE) \
	    -fno-stack-protector -fno-asynchronous-unwind-tables \
	    -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections -fcallgraph-info=su
ARCH_CODE   = $(if $(ARM32),-march=armv7ve -mthumb -mfloat-abi=soft -mno-unaligned-access,-mcmodel=tiny \
	    -mgeneral-regs-only -mstrict-align)
STAGE_LTO   = -flto -flto-partition=one
STAGE_FLAGS = $(CORE) -I$(O)/config $(STAGE_CODE) -fvisibility=hidden -MMD -MP \
	    $(if $(filter %/stage/string.o,$@),-O2,$(STAGE_LTO)) $(if $(CONFIG_STAGE_SIGNED),-DSTAGE_SIGNED)
IMAGE_LINK  = $(STAGE_CODE) $(STAGE_LTO) -nostdlib -pie \
	    -Wl,--gc-sections,-z,noexecstack,-z,max-page-size=4096,--build-id=none \
	    -Wl,--no-dynamic-linker,-z,text,--warn-rwx-segments,--fatal-warnings \
	    -Wl,--defsym=STAGE_STACK=$(IMAGE_STACK)
IMAGE_STACK  = $(CONFIG_STAGE_STACK_KIB)*1024
IMAGE_MEMORY = $(CONFIG_STAGE_MEMORY_KIB)*1024
STAGE_CODE  += $(SAME_BYTES)

.PHONY: stage
ifeq ($(CONFIG_STAGE),y)
ifneq ($(shell command -v $(CROSS)gcc),)
stage: $(O)/dtshim.img
else
stage:
	@echo "dtshim: no $(CROSS)gcc, so no boot stage (Debian's is in gcc-$(if $(ARM32),arm-linux-gnueabihf,aarch64-linux-gnu))"
endif
else
stage: $(O)/config/config.h
endif

$(O)/$(ARCH)/%.o: %.c $(O)/config/config.h Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(CROSS)gcc $(STAGE_FLAGS) -c $< -o $@

$(O)/$(ARCH)/%.o: %.S $(O)/config/config.h Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(CROSS)gcc $(STAGE_FLAGS) -c $< -o $@

# The cryptography of signed payloads, and the keys. What the library includes of a C library
# is shim/stage/signed/libc's; its warnings are its own.
MBEDTLS_SRC   = $(patsubst %,library/%,rsa rsa_alt_helpers bignum bignum_core constant_time \
	    platform_util oid md) 3rdparty/p256-m/p256-m/p256-m
MBEDTLS_FLAGS = $(patsubst %,-I$(MBEDTLS)/%,include library 3rdparty/p256-m/p256-m) \
	    -DMBEDTLS_CONFIG_FILE='"shim/stage/signed/mbedtls_config.h"'
STAGE_KEYS    = $(patsubst "%",%,$(CONFIG_STAGE_KEYS))

$(MBEDTLS)/version: scripts/fetch-mbedtls
	@scripts/fetch-mbedtls $(MBEDTLS)

# For tests, which skip where it cannot be had.
$(MBEDTLS)/tried: scripts/fetch-mbedtls
	@[ $(MBEDTLS)/version -nt $< ] || scripts/fetch-mbedtls $(MBEDTLS) or-skip
	@touch $@

$(MBEDTLS_SRC:%=$(O)/$(ARCH)/mbedtls/%.o): $(O)/$(ARCH)/mbedtls/%.o: $(MBEDTLS)/version $(O)/config/config.h \
		Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(CROSS)gcc -std=c99 -ffreestanding -w -I. -Ishim/stage/signed/libc \
		$(MBEDTLS_FLAGS) $(STAGE_CODE) $(STAGE_LTO) -fvisibility=hidden -MMD -MP \
		-c $(MBEDTLS)/$*.c -o $@

$(O)/$(ARCH)/shim/stage/signed/crypto.o: $(MBEDTLS)/version
$(O)/$(ARCH)/shim/stage/signed/crypto.o: STAGE_FLAGS += -Ishim/stage/signed/libc $(MBEDTLS_FLAGS)

# Always: another file may have the name by now.
$(O)/trust_keys.c: FORCE
	@scripts/stage_keys.py "$(STAGE_KEYS)" $@.new
	@cmp -s $@.new $@ || cp $@.new $@
	@rm -f $@.new

.PHONY: FORCE

$(O)/$(ARCH)/trust_keys.o: $(O)/trust_keys.c $(O)/config/config.h Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(CROSS)gcc $(STAGE_FLAGS) -c $< -o $@

# What tests run behind the stage's entry, with the very objects of the stage.
TEST_IMAGES = $(if $(ARM32),,witness) bytes trespass copies
TEST_IMAGE_OBJ = $(CORE_SRC:%.c=$(O)/$(ARCH)/%.o) $(patsubst %,$(O)/$(ARCH)/shim/stage/%.o, \
	    console uart registers string hash image map) $(filter $(O)/$(ARCH)/shim/stage/$(ARCH)/%,$(STAGE_OBJ))
# They keep a job on their stack.
$(O)/witness.elf $(O)/bytes.elf: IMAGE_STACK = 24*1024
objects_in = $(patsubst %,$(O)/$(ARCH)/%.o,$(basename $(wildcard $(1)/*.[cS])))

$(O)/dtshim.elf: $(STAGE_OBJ)

# The hypervisor that tests contract native: the library as its reader, and 6 MiB behind
# the image for its tables and the tree's index.
$(O)/witness.elf: $(call objects_in,test/witness) $(TEST_IMAGE_OBJ)
$(O)/witness.elf: IMAGE_MEMORY = 6*1024*1024

# The library at the stage's work, tree after tree, in the stage's own memory.
$(O)/bytes.elf: $(call objects_in,test/bytes) $(TEST_IMAGE_OBJ)

# The stage with another main function: one that does what it must not, and one that copies.
OTHER_MAIN = $(filter-out $(O)/$(ARCH)/shim/stage/main.o $(O)/$(ARCH)/shim/stage/efi/%,$(STAGE_OBJ))
$(O)/trespass.elf: $(call objects_in,test/trespass) $(OTHER_MAIN)
$(O)/copies.elf: $(call objects_in,test/copies) $(OTHER_MAIN)

$(patsubst %,$(O)/%.elf,dtshim $(TEST_IMAGES)): shim/stage/$(ARCH)/stage.ld
	$(call run,LD,$@) $(CROSS)gcc $(IMAGE_LINK) -Wl,--defsym=STAGE_MEMORY=$(IMAGE_MEMORY) \
		-Wl,-T,$< $(filter %.o,$^) -o $@

$(O)/%.img: $(O)/%.elf scripts/stage-image scripts/fill-relocations
	$(call run,OBJCOPY,$@) scripts/stage-image $(CROSS) $< $@

-include $(shell find $(O)/host $(O)/arm64 $(O)/arm32 $(O)/fuzz/obj $(O)/fuzz/real $(O)/fuzz/efi $(O)/fuzz/trusting -name '.whole.*' -prune -o -name '*.d' -print 2>/dev/null)

.PHONY: clean distclean help
clean:
	@[ ! -d $(O) ] || find $(O) -mindepth 1 -maxdepth 1 ! -name guests ! -name uboot \
		! -name cache ! -name mbedtls -exec rm -rf {} +

distclean:
	rm -rf $(O) $(KCONFIG_CONFIG) $(KCONFIG_CONFIG).old scripts/__pycache__

help:
	@sed -n 's/^#   //p' Makefile

# ---- on the emulated board --------------------------------------------------------------

GUEST_FOLDER = $(O)/guests/$(GUESTS)
TREES        = $(O)/guests/dtbs
QEMU         = $(O)/qemu_arm64
RELEASES     = $(notdir $(wildcard scripts/guests/*))
OTHER_GUESTS = $(patsubst %,$(O)/guests/%/tried,$(filter-out $(GUESTS),$(RELEASES)))

# Of 32-bit boards: always 12's, the last one that has a Xen for them.
GUESTS32     = $(O)/guests/12-arm32

$(if $(filter $(GUESTS),$(RELEASES)),,$(error dtshim: no guests '$(GUESTS)'; there are: $(RELEASES)))

$(GUEST_FOLDER)/complete: scripts/fetch-guests scripts/private-apt.sh scripts/guests/$(GUESTS)
	@scripts/fetch-guests $(GUESTS) $(GUEST_FOLDER)

.PHONY: trees
trees: $(TREES)/complete

$(TREES)/complete: scripts/fetch-trees scripts/private-apt.sh scripts/trees/6.1
	@scripts/fetch-trees $(TREES)

# Those of newer kernels, for make census.
OTHER_TREES = $(patsubst scripts/trees/%,$(O)/guests/trees/%/complete,$(filter-out %/6.1,$(wildcard scripts/trees/*)))

$(OTHER_TREES): $(O)/guests/trees/%/complete: scripts/fetch-trees scripts/private-apt.sh scripts/trees/%
	@scripts/fetch-trees $(@D) $*

# Those that Debian has no longer, or not yet: the reason is left in a file, and tests skip by it.
TRIED_TREES = $(OTHER_TREES:complete=tried)

$(TRIED_TREES): $(O)/guests/trees/%/tried: scripts/fetch-trees scripts/private-apt.sh scripts/trees/%
	@[ $(@D)/complete -nt $< ] || scripts/fetch-trees $(@D) $* or-skip
	@touch $@

# Of Debian releases that stay as they are: those that guests are fetched from.
STABLE_TREES = $(filter $(patsubst scripts/trees/%,$(O)/guests/trees/%/tried,$(shell \
	sed -n '/^codename=/p' scripts/guests/* | grep -lxFf - scripts/trees/*)),$(TRIED_TREES))

# Guests that a mirror does not have, or a Xen whose source cannot be had, leave the reason
# in a file, and the tests that need them skip and tell it; the stamp is made all the
# same, or each run would wait for the network again.
$(OTHER_GUESTS): $(O)/guests/%/tried: scripts/fetch-guests scripts/private-apt.sh scripts/guests/%
	@[ $(@D)/complete -nt $< ] || scripts/fetch-guests $* $(@D) or-skip
	@touch $@

$(GUESTS32)/complete: scripts/fetch-guests scripts/private-apt.sh scripts/guests/12
	@scripts/fetch-guests 12-arm32 $(@D)

$(GUESTS32)/tried: scripts/fetch-guests scripts/private-apt.sh scripts/guests/12
	@[ $(@D)/complete -nt $< ] || scripts/fetch-guests 12-arm32 $(@D) or-skip
	@touch $@

# Newer QEMUs than this machine's, for boards that it has no models of.
QEMUS      = $(O)/guests/qemu
TRIED_QEMU = $(patsubst scripts/qemu/%,$(QEMUS)/%/tried,$(wildcard scripts/qemu/*))

$(TRIED_QEMU): $(QEMUS)/%/tried: scripts/fetch-qemu scripts/private-apt.sh scripts/qemu/%
	@[ $(@D)/complete -nt $< ] || scripts/fetch-qemu $* $(@D) or-skip
	@touch $@

# UEFI and what it starts. make check takes that of releases which stay as they are.
UEFI        = $(O)/guests/uefi
TRIED_UEFI  = $(patsubst scripts/uefi/%,$(UEFI)/%/tried,$(wildcard scripts/uefi/*))
STABLE_UEFI = $(RELEASES:%=$(UEFI)/%/tried)

$(TRIED_UEFI): $(UEFI)/%/tried: scripts/fetch-uefi scripts/private-apt.sh scripts/uefi/%
	@[ $(@D)/complete -nt $< ] || scripts/fetch-uefi $* $(@D) or-skip
	@touch $@

# A Xen with static memory, from Debian's source. Fetching empties the folder, so it
# comes first.
$(GUEST_FOLDER)/xen-static.done: scripts/build-xen $(GUEST_FOLDER)/complete
	@scripts/build-xen $(GUESTS) $(GUEST_FOLDER)
	@touch $@

# A make of its own, with nothing but errors to say. The lines that call it begin with a +, as make
# sees no $(MAKE) in them, and would keep its jobs for itself.
SILENT = $(MAKE) --no-print-directory -s QUIET=1

# The board's own configuration, apart from the user's, which the host's part does not ask.
.PHONY: qemu
qemu: $(O)/dtshim $(O)/libdtshim.a
	@echo "dtshim: building the stage for the emulated board"
	+@$(SILENT) O=$(QEMU) KCONFIG_CONFIG=$(QEMU)/.config qemu_arm64_defconfig >/dev/null
	+@$(SILENT) O=$(QEMU) KCONFIG_CONFIG=$(QEMU)/.config stage \
		$(TEST_IMAGES:%=$(QEMU)/%.img)
	@ln -sf ../dtshim ../libdtshim.a $(QEMU)

# The same for 32-bit boards.
QEMU32 = $(O)/qemu_arm

.PHONY: qemu32
qemu32:
	@echo "dtshim: building the stage for the emulated 32-bit board"
	+@$(SILENT) O=$(QEMU32) KCONFIG_CONFIG=$(QEMU32)/.config qemu_arm_defconfig >/dev/null
	+@$(SILENT) O=$(QEMU32) KCONFIG_CONFIG=$(QEMU32)/.config stage \
		$(patsubst %,$(QEMU32)/%.img,bytes trespass copies)

# What a goal needs is installed before anything of it is made: in a make of its own.
.PHONY: demo demo-installed demo-offset demo-native demo-offset-installed demo-native-installed
demo:
	$(if $(BOARD),@scripts/demo-board '$(BOARD)')
	@scripts/install-packages demo $(BOARD)
	@$(MAKE) --no-print-directory demo-installed

# BOARD names one that QEMU starts by itself; its tree is Debian 12's, or QEMU's.
ifeq ($(BOARD),qemu_arm)
demo-installed: qemu32 $(GUESTS32)/complete
	@$(PYTHON) scripts/demo.py $(QEMU32) $(GUESTS32) qemu_arm
else ifneq ($(filter-out qemu_arm64,$(BOARD)),)
demo-installed: all $(TREES)/complete $(GUEST_FOLDER)/complete
	@$(PYTHON) -B scripts/demo_board.py $(BOARD) $(O)/dtshim.img $(GUEST_FOLDER) $(QEMUS)
else
demo-installed: qemu $(GUEST_FOLDER)/complete
	@$(PYTHON) scripts/demo.py $(QEMU) $(GUEST_FOLDER)
endif

demo-offset demo-native:
	@scripts/install-packages demo
	@$(MAKE) --no-print-directory $@-installed

demo-offset-installed demo-native-installed: demo-%-installed: qemu $(GUEST_FOLDER)/complete
	@$(PYTHON) scripts/demo.py $(QEMU) $(GUEST_FOLDER) $*

# ---- tests -------------------------------------------------------------------------------

SANITIZED = $(O)/sanitized
SANITIZE  = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: sanitized
sanitized:
	@echo "dtshim: building the tool with ASan and UBSan"
	+@$(SILENT) O=$(SANITIZED) KCONFIG_CONFIG=$(SANITIZED)/.config HOST_CFLAGS="$(SANITIZE)" \
		$(SANITIZED)/dtshim $(SANITIZED)/libdtshim.a $(addprefix $(SANITIZED)/,$(BESIDE))

# Neither of these sees what is read before anyone has set it; clang's MSan does.
UNSET       = $(O)/unset
UNSET_FLAGS = -O1 -g -fsanitize=memory -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: unset
unset:
	@echo "dtshim: building the library with MSan"
	+@$(SILENT) O=$(UNSET) KCONFIG_CONFIG=$(UNSET)/.config CC=$(FUZZ_CC) \
		HOST_CFLAGS="$(UNSET_FLAGS)" $(UNSET)/libdtshim.a

# Debian's U-Boot with the command in it. Where its source cannot be had the script says
# why, and the tests that need it skip.
UBOOT_BUILD = $(O)/uboot

.PHONY: uboot uboot-integrate
uboot:
	@scripts/build-uboot $(UBOOT_BUILD)

uboot-integrate:
	@scripts/uboot-integrate "$(UBOOT)" $(if $(UNDO),undo)

# Of tests twice as many at once: half of the time they wait, for what a board says next.
JOBS   ?= $(shell nproc)
TESTERS = $$(($(JOBS) * 2))
PYTEST  = DTSHIM_BUILD=$(O) DTSHIM_SANITIZED=$(SANITIZED) DTSHIM_UNSET=$(UNSET) DTSHIM_BOARD_BUILD=$(QEMU) DTSHIM_BOARD32_BUILD=$(QEMU32) \
	  DTSHIM_GUESTS=$(GUEST_FOLDER) DTSHIM_UBOOT=$(UBOOT_BUILD) DTSHIM_MBEDTLS=$(MBEDTLS) PYTHONPYCACHEPREFIX="$(abspath $(O))/pycache" \
	  PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -q -n $(TESTERS) -p no:cacheprovider

.PHONY: check check-quick check-made check-quick-made check-installed check-quick-installed
check:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory $(MBEDTLS)/tried
	@$(MAKE) --no-print-directory $(AT_ONCE) check-made
	@$(MAKE) --no-print-directory check-installed

check-quick:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory $(AT_ONCE) check-quick-made
	@$(MAKE) --no-print-directory check-quick-installed

# One job more than processors: a download waits for the network, or for another one. Who says -j
# decides himself.
AT_ONCE = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$$(($(JOBS) + 1)))

# What takes longest begins first. U-Boot's and Xen's own makes have jobs of their own.
check-made: uboot $(GUEST_FOLDER)/complete $(GUEST_FOLDER)/xen-static.done $(TREES)/complete \
		$(OTHER_GUESTS) $(GUESTS32)/tried $(STABLE_UEFI) $(STABLE_TREES) fuzz-targets qemu qemu32 all live-installed sanitized unset \
		$(BENCH) $(MBEDTLS)/tried

check-installed:
	@$(PYTEST) $(NEW_SHAPES)
	@DTSHIM_TOOL=$(SANITIZED)/dtshim $(PYTEST) test --ignore $(NEW_SHAPES) $(TESTS)

# A tree of a shape that nobody has looked at: that comes before what oracles make of it.
NEW_SHAPES = test/corpus/test_no_new_shape.py

check-quick-made: $(GUEST_FOLDER)/complete $(TREES)/complete fuzz-targets qemu qemu32 all sanitized $(BENCH)

# No U-Boot, and few boots; of a test with many cases the first and the last (test/conftest.py).
check-quick-installed:
	@$(PYTEST) -n $(JOBS) test -m "not slow and not further" $(TESTS)

# All trees of all kernels. Of one that Debian has no longer it says so, and goes on.
TREES_ARE  ?= all
ALL_TREES   = test/corpus/test_corpus.py test/corpus/test_corpus_domain.py

.PHONY: check-trees check-trees-installed
check-trees:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory check-trees-installed

check-trees-installed: $(O)/dtshim $(TREES)/complete $(TRIED_TREES)
	@$(PYTEST) -rs $(NEW_SHAPES)
	@DTSHIM_TREES=$(TREES_ARE) DTSHIM_OUTCOMES=$(O)/outcomes.json $(PYTEST) -rs -m slow \
		-k "not one_by_one" $(ALL_TREES)
	@$(PYTHON) scripts/corpus_page.py $(O)/outcomes.json $(O)/corpus.rst
	@[ $(TREES_ARE) != all ] || cp $(O)/corpus.rst doc/quality/corpus.rst

# Only here is a QEMU fetched: make check takes the models that this machine's has.
.PHONY: check-boards check-boards-installed
check-boards:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory check-boards-installed

check-boards-installed: all qemu $(TREES)/complete $(GUEST_FOLDER)/complete $(TRIED_QEMU)
	@DTSHIM_QEMUS=$(QEMUS) $(PYTEST) -rs test/boot/test_model_card.py test/boot/test_boards.py $(TESTS)

# All ways by UEFI, of which make check boots some; and sid's, which go on.
.PHONY: check-uefi check-uefi-installed
check-uefi:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory check-uefi-installed

check-uefi-installed: all qemu $(GUEST_FOLDER)/complete $(TRIED_UEFI)
	@DTSHIM_UEFI=all $(PYTEST) -rs $(wildcard test/boot/test_uefi*.py) $(TESTS)

# Two questions: which shapes the trees have (test/corpus/shapes.txt), of a kernel that nobody has
# seen, too; and what the defaults make of all boards of three kernels, with a page about it, which
# becomes the documentation's if all that it promises held.
.PHONY: census census-installed shapes-installed
census:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory $(if $(KERNEL),shapes,census)-installed

# 6.1's trees are in a folder of their own. Others may be newer than scripts/trees is.
TREES_OF = $(if $(filter 6.1,$(1)),$(TREES),$(O)/guests/trees/$(1))

shapes-installed: $(TREES)/complete $(OTHER_TREES)
	@[ -f $(call TREES_OF,$(KERNEL))/complete ] || \
		scripts/fetch-trees $(call TREES_OF,$(KERNEL)) $(KERNEL)
	@DTSHIM_GUESTS=$(GUEST_FOLDER) $(PYTHON) -B scripts/name_shapes.py $(KERNEL)

census-installed: $(O)/dtshim $(TREES)/complete $(OTHER_TREES)
	@$(PYTEST) $(NEW_SHAPES)
	@rm -rf $(O)/census
	@$(PYTEST) test/corpus/test_census.py; code=$$?; \
		$(PYTHON) scripts/boards_page.py $(O)/census $(O)/census/boards.rst && \
		[ $$code = 0 ] && cp $(O)/census/boards.rst doc/reference/boards.rst

# For a change that is to change nothing. Trees that are there will do, however old: both
# versions get the same.
SAMPLE ?= 1

.PHONY: same same-installed
same:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory same-installed

same-installed: $(O)/dtshim $(if $(wildcard $(TREES)/complete),,$(TREES)/complete)
	@$(PYTHON) scripts/same.py --sample $(SAMPLE) --policies "$(POLICIES)" \
		"$(BASE)" $(O)/dtshim $(O)/same $(TREES) scripts/same_board.dts

# Stock Xen as the oracle of the forecast. Cases that differ are kept in build/oracle.
N    ?= 100
SEED ?= 1
XEN  ?= both

.PHONY: xen-oracle xen-oracle-installed
xen-oracle:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory xen-oracle-installed

xen-oracle-installed: $(O)/dtshim $(if $(wildcard $(TREES)/complete),,$(TREES)/complete) \
		$(RELEASES:%=$(O)/guests/%/xen) $(if $(filter %-arm32,$(XEN)),$(O)/guests/$(XEN)/xen)
	@$(PYTHON) scripts/xen_oracle.py --seed $(SEED) --count $(N) --xen $(XEN) --kinds "$(KINDS)" \
		--verbose $(O)/dtshim $(O)/guests $(O)/oracle

$(O)/guests/%/xen:
	@scripts/fetch-guests $* $(@D)

# Under U-Boot's own test/py; without other folders, on QEMU.
LAB_BOARD  ?= qemu_arm64
LAB_SOURCE ?= $(UBOOT_BUILD)/source/integrated
LAB_BUILD  ?= $(UBOOT_BUILD)/$(LAB_BOARD)
LAB_BOARDS ?= test/lab/boards

.PHONY: check-lab check-lab-installed
check-lab:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory check-lab-installed

check-lab-installed: uboot $(GUEST_FOLDER)/complete
	@DTSHIM_GUESTS="$(abspath $(GUEST_FOLDER))" scripts/check-lab $(LAB_SOURCE) $(LAB_BUILD) $(LAB_BOARD) \
		$(LAB_BOARDS) $(O)/lab $(TESTS)

# Without a board of yours QEMU, by labgrid's own driver and as a board on a bench.
LABGRID_ENV ?= $(patsubst %,test/lab/labgrid/%.yaml,qemu_arm64 qemu_by_wire)

.PHONY: check-labgrid check-labgrid-installed
check-labgrid:
	@scripts/install-packages labgrid
	@$(MAKE) --no-print-directory check-labgrid-installed

check-labgrid-installed: $(if $(filter test/lab/%,$(LABGRID_ENV)),qemu $(GUEST_FOLDER)/complete)
	@for environment in $(LABGRID_ENV); do \
		DTSHIM_BOARD_BUILD=$(QEMU) DTSHIM_GUESTS=$(GUEST_FOLDER) \
			scripts/check-labgrid $$environment $(O)/labgrid $(TESTS) || exit 1; \
	done

# Debian as dom0, from its root file system. What that is made of is newer when it is made again.
DEBIAN     ?= 13
DEBIAN_ROOT = $(O)/guests/root-$(DEBIAN).tar

.PHONY: check-debian check-debian-installed debian-root
check-debian:
	@scripts/install-packages debian
	@$(MAKE) --no-print-directory GUESTS=$(DEBIAN) check-debian-installed

check-debian-installed: qemu $(GUEST_FOLDER)/complete $(DEBIAN_ROOT)
	@DTSHIM_ROOT="$(abspath $(DEBIAN_ROOT))" $(PYTEST) -n 0 --durations 0 test/debian

# The packages, and a second time elsewhere.
.PHONY: check-deb check-deb-installed
check-deb:
	@scripts/install-packages check-deb
	@$(MAKE) --no-print-directory check-deb-installed

check-deb-installed: deb-installed $(TREES)/complete
	@JOBS=$(JOBS) scripts/build-deb $(O)/deb-again $(O)/doc/man $(DEB_ARCHES)
	@DTSHIM_DEBS="$(abspath $(DEB))" DTSHIM_DEBS_AGAIN="$(abspath $(O)/deb-again)" \
		$(PYTEST) -n 0 --durations 0 -rs test/deb $(TESTS)

debian-root:
	@scripts/install-packages debian
	@$(MAKE) --no-print-directory $(DEBIAN_ROOT)

$(DEBIAN_ROOT): scripts/make-debian-root scripts/private-apt.sh scripts/guests/$(DEBIAN) \
		$(wildcard scripts/debian-root/*)
	@mkdir -p $(@D)
	@scripts/make-debian-root $(DEBIAN) $@

# ---- fuzzing ---------------------------------------------------------------------------------

FUZZ         = $(O)/fuzz
FUZZ_CC     ?= clang
FUZZ_SECONDS ?= 3600
FUZZ_TARGETS = walk plan diff fit log stage firmware $(if $(wildcard $(MBEDTLS)/version),signed)
FUZZ_ASAN    = $(filter-out stage firmware,$(FUZZ_TARGETS))
FUZZ_FLAGS   = -O2 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	       -fno-omit-frame-pointer -MMD -MP
FUZZ_SHARED  = common mutate
FUZZ_FIT     = $(patsubst %,shim/stage/%.c,fit hash)

FUZZ_CORE_OBJ = $(CORE_SRC:%.c=$(FUZZ)/obj/%.o) $(FUZZ_FIT:%.c=$(FUZZ)/obj/%.o)
FUZZ_OBJ      = $(patsubst test/%.c,$(FUZZ)/obj/test/%.o,$(wildcard test/fuzz/*.c))

.PHONY: fuzz fuzz-installed fuzz-targets
fuzz:
	@scripts/install-packages fuzz
	@$(MAKE) --no-print-directory $(MBEDTLS)/tried
	@$(MAKE) --no-print-directory fuzz-installed

fuzz-installed: fuzz-targets $(TREES)/complete
	@$(PYTHON) test/fuzz/run.py $(FUZZ) $(O)/guests $(FUZZ_SECONDS)

fuzz-targets: $(FUZZ_TARGETS:%=$(FUZZ)/%) $(FUZZ)/enter $(FUZZ)/firmware-start $(if $(wildcard $(MBEDTLS)/version),$(FUZZ)/enter-signed)

$(FUZZ_CORE_OBJ): $(FUZZ)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) $(CORE) $(FUZZ_FLAGS) -c $< -o $@

$(FUZZ_OBJ): $(FUZZ)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) -std=c11 $(WARNINGS) -I. -Iinclude $(FUZZ_FLAGS) -c $< -o $@

$(FUZZ)/libdtshim.a: $(CORE_SRC:%.c=$(FUZZ)/obj/%.o)
	$(call run,AR,$@) $(HOSTAR) qcsD $@ $^

# The stage as a whole runs on RAM at its true addresses, some of which are ASan's: without it.
# What stands in for its assembly is in test/fuzz/stage; string.c and registers.c are stood in for.
FUZZ_STAGE_SRC = $(CORE_SRC) $(filter-out $(patsubst %,shim/stage/%.c,string registers map image),$(wildcard \
		 shim/stage/*.c)) shim/stage/arm64/arch.c
FUZZ_STAGE_OBJ = $(FUZZ_STAGE_SRC:%.c=$(FUZZ)/real/%.o)
FUZZ_REAL_OBJ  = $(patsubst %,$(FUZZ)/real/test/fuzz/%.o,stage/stage stage/board stage/machine choices \
		 $(FUZZ_SHARED))
# One entry, of a test's own making; and one into a stage that starts only what is signed.
FUZZ_ENTER_OBJ = $(patsubst %,$(FUZZ)/real/test/fuzz/stage/%.o,enter machine)
# RAM may start at 0, for the stage as here.
FUZZ_REAL      = -O2 -g -fsanitize=fuzzer-no-link,undefined -fno-sanitize-recover=all \
		 -fno-sanitize=null,nonnull-attribute,pointer-overflow -fno-delete-null-pointer-checks \
		 -fno-omit-frame-pointer -MMD -MP -Itest/fuzz/stage -I. -Iinclude

$(FUZZ_STAGE_OBJ): $(FUZZ)/real/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) $(CORE) $(FUZZ_REAL) $(if $(filter shim/stage/%,$<), \
		-include test/fuzz/stage/symbols.h) -c $< -o $@

$(sort $(FUZZ_REAL_OBJ) $(FUZZ_ENTER_OBJ)): $(FUZZ)/real/test/%.o: test/%.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) -std=c11 $(WARNINGS) $(FUZZ_REAL) -c $< -o $@

$(FUZZ)/stage: $(FUZZ_STAGE_OBJ) $(FUZZ_REAL_OBJ)
	$(call run,LD,$@) $(FUZZ_CC) -fsanitize=fuzzer,undefined $^ -lfdt -o $@

$(FUZZ)/enter: $(FUZZ_STAGE_OBJ) $(FUZZ_ENTER_OBJ)
	$(call run,LD,$@) $(FUZZ_CC) -fsanitize=undefined $^ -o $@

# The stage as an EFI application, with a UEFI of test/fuzz/efi; and one start of a test's making.
FUZZ_EFI_SRC   = $(filter-out %/sbat.c,$(wildcard shim/stage/efi/*.c))
FUZZ_EFI_OBJ   = $(patsubst %.c,$(FUZZ)/efi/%.o,$(FUZZ_EFI_SRC) $(patsubst %,test/fuzz/efi/%.c,memory services volume))
FUZZ_START_OBJ = $(FUZZ)/efi/test/fuzz/efi/start.o
FUZZ_WHIM_OBJ  = $(FUZZ)/efi/test/fuzz/efi/firmware.o

$(FUZZ_EFI_OBJ) $(FUZZ_START_OBJ) $(FUZZ_WHIM_OBJ): $(FUZZ)/efi/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) $(if $(filter shim/%,$<),$(CORE) -include test/fuzz/stage/symbols.h, \
		-std=c11 $(WARNINGS)) $(FUZZ_REAL) -c $< -o $@

$(FUZZ)/firmware: $(FUZZ_STAGE_OBJ) $(FUZZ_EFI_OBJ) $(FUZZ_WHIM_OBJ) \
		$(patsubst %,$(FUZZ)/real/test/fuzz/%.o,stage/machine $(FUZZ_SHARED))
	$(call run,LD,$@) $(FUZZ_CC) -fsanitize=fuzzer,undefined $^ -lfdt -o $@

$(FUZZ)/firmware-start: $(FUZZ_STAGE_OBJ) $(FUZZ_EFI_OBJ) $(FUZZ_START_OBJ) $(FUZZ)/real/test/fuzz/stage/machine.o
	$(call run,LD,$@) $(FUZZ_CC) -fsanitize=undefined $^ -o $@

fuzz_objects = $(patsubst %,$(FUZZ)/obj/test/fuzz/%.o,$(1))
$(FUZZ)/plan: $(call fuzz_objects,choices forecast justify justify_xen)
$(FUZZ)/fit: $(FUZZ_FIT:%.c=$(FUZZ)/obj/%.o)

# Signed payloads: keys of the target's own, which have signed its seeds. The library is as it is,
# or what nobody calls of it would want the rest.
FUZZ_SIGNED = $(patsubst %.c,$(FUZZ)/obj/trusting/%.o,$(FUZZ_FIT) $(wildcard shim/stage/signed/*.c)) \
	    $(MBEDTLS_SRC:%=$(FUZZ)/obj/mbedtls/%.o) $(FUZZ)/obj/trust_keys.o
TRUSTING    = -DSTAGE_SIGNED $(MBEDTLS_FLAGS)

$(FUZZ)/signed: $(FUZZ_SIGNED)
$(FUZZ)/signed: FUZZ_LINK = -Wl,--gc-sections

$(FUZZ)/signing/control.dtb: test/fuzz/sign_seeds.py test/support/signing.py board/qemu_arm64/payload-signed.its
	@$(PYTHON) -B test/fuzz/sign_seeds.py $(@D)

$(FUZZ)/trust_keys.c: $(FUZZ)/signing/control.dtb scripts/stage_keys.py
	@scripts/stage_keys.py $< $@

$(FUZZ)/obj/trust_keys.o: $(FUZZ)/trust_keys.c
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) $(CORE) $(FUZZ_FLAGS) -c $< -o $@

$(filter $(FUZZ)/obj/trusting/%,$(FUZZ_SIGNED)): $(FUZZ)/obj/trusting/%.o: %.c $(MBEDTLS)/version Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) $(CORE) $(TRUSTING) $(FUZZ_FLAGS) -c $< -o $@

$(filter $(FUZZ)/obj/mbedtls/%,$(FUZZ_SIGNED)): $(FUZZ)/obj/mbedtls/%.o: $(MBEDTLS)/version Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) -std=c99 -w -O2 -g -I. $(MBEDTLS_FLAGS) -ffunction-sections -fdata-sections \
		-c $(MBEDTLS)/$*.c -o $@

# The whole stage with these keys.
FUZZ_TRUSTING = $(patsubst %.c,$(FUZZ)/trusting/%.o,$(filter shim/stage/%,$(FUZZ_STAGE_SRC)) \
	       $(wildcard shim/stage/signed/*.c)) $(FUZZ)/trusting/trust_keys.o

$(FUZZ)/trusting/trust_keys.o: $(FUZZ)/trust_keys.c
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) $(CORE) $(FUZZ_REAL) -c $< -o $@

$(filter-out %/trust_keys.o,$(FUZZ_TRUSTING)): $(FUZZ)/trusting/%.o: %.c $(MBEDTLS)/version Makefile
	@mkdir -p $(@D)
	$(call run,CC,$@) $(FUZZ_CC) $(CORE) $(TRUSTING) $(FUZZ_REAL) -include test/fuzz/stage/symbols.h -c $< -o $@

$(FUZZ)/enter-signed: $(filter-out $(FUZZ)/real/shim/stage/%,$(FUZZ_STAGE_OBJ)) $(FUZZ_ENTER_OBJ) \
		$(FUZZ_TRUSTING) $(MBEDTLS_SRC:%=$(FUZZ)/obj/mbedtls/%.o)
	$(call run,LD,$@) $(FUZZ_CC) -fsanitize=undefined -Wl,--gc-sections $^ -o $@

$(FUZZ_ASAN:%=$(FUZZ)/%): $(FUZZ)/%: $(call fuzz_objects,% $(FUZZ_SHARED)) $(FUZZ)/libdtshim.a
	$(call run,LD,$@) $(FUZZ_CC) -fsanitize=fuzzer,address,undefined $(FUZZ_LINK) $(filter-out %.a,$^) \
		$(FUZZ)/libdtshim.a -lfdt -o $@

# Lines and branches that the fuzz corpus and the tests of the host tool reach.
COVERAGE       = $(O)/coverage
COVERAGE_FLAGS = -O0 -g --coverage

.PHONY: coverage coverage-installed
coverage:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory coverage-installed

coverage-installed: qemu fuzz-targets $(TREES)/complete $(GUEST_FOLDER)/complete
	@echo "dtshim: building the library and the tool to count covered lines"
	+@$(SILENT) WHOLE= O=$(COVERAGE) KCONFIG_CONFIG=$(COVERAGE)/.config HOST_CFLAGS="$(COVERAGE_FLAGS)" \
		$(COVERAGE)/dtshim $(COVERAGE)/libdtshim.a
	@$(PYTHON) scripts/coverage.py $(COVERAGE) $(FUZZ) $(GUEST_FOLDER)

# ---- what is printed, not tested ------------------------------------------------------------

.PHONY: lint lint-installed figures figures-installed
lint:
	@scripts/install-packages lint
	@$(MAKE) --no-print-directory O=$(O)/lint KCONFIG_CONFIG=$(O)/lint/.config lint-installed

# Not of interest: how far cppcheck goes; members and scopes that say something to a reader;
# what is U-Boot's, signatures and macros; files of the benchmark that require() has seen.
LINT_SUPPRESS = missingIncludeSystem normalCheckLevelMaxBranches variableScope unusedStructMember \
		constParameterPointer:shim/uboot/* syntaxError:shim/uboot/ut.c \
		nullPointerOutOfResources:test/bench/*

lint-installed: $(O)/config/config.h
	cppcheck -q --std=c11 --enable=warning,style,performance,portability -I. -Iinclude \
		-I$(O)/config $(LINT_SUPPRESS:%=--suppress='%') --error-exitcode=1 \
		shim test/witness test/bytes test/trespass test/copies test/bench
	clang-tidy -quiet $(CORE_SRC) $(CLI_SRC) $(wildcard shim/stage/*.c) -- -std=c11 -I. -Iinclude \
		-I$(O)/config
	clang-tidy -quiet $(filter-out $(if $(wildcard $(MBEDTLS)/version),,%/crypto.c),$(wildcard \
		shim/stage/signed/*.c)) -- -std=c11 -I. -Iinclude $(MBEDTLS_FLAGS) -DSTAGE_SIGNED

# Small trees of unknown bytes: no read or write outside (doc/quality/proof.rst).
.PHONY: proof
proof:
	@scripts/install-packages proof
	@$(PYTHON) scripts/proof.py $(O)/proof

# Sizes, the deepest stack, and the cost of apply on the emulated board's tree in instructions.
figures:
	@scripts/install-packages check
	@$(MAKE) --no-print-directory figures-installed

figures-installed: qemu $(GUEST_FOLDER)/complete
	@$(PYTHON) scripts/figures.py $(QEMU) $(GUEST_FOLDER) $(CROSS)

# BASE=<commit> counts that one, too, and shows both side by side.
.PHONY: bench bench-installed
bench:
	@scripts/install-packages bench
	@$(MAKE) --no-print-directory bench-installed

bench-installed: $(BENCH) qemu $(TREES)/complete $(GUEST_FOLDER)/complete
	@BASE="$(BASE)" $(PYTHON) scripts/bench.py $(O) $(GUEST_FOLDER) "$(CROSS)" $(TABLES)

# The manual. Tables of options, rules, errors and releases are made from the tool's own.
SPHINX = DTSHIM_TOOL="$(abspath $(O)/dtshim)" $(PYTHON) -B -m sphinx -W --keep-going -q -d $(O)/doc/trees

.PHONY: doc doc-installed man man-installed
doc:
	@scripts/install-packages doc
	@$(MAKE) --no-print-directory doc-installed

doc-installed: $(O)/dtshim man-installed
	@$(SPHINX) -b html doc $(O)/doc/html
	@echo "dtshim: the manual is $(O)/doc/html/index.html, the man pages are in $(O)/doc/man"
	@DTSHIM_SPELLING=1 $(SPHINX) -b spelling doc $(O)/doc/spelling

man:
	@scripts/install-packages doc
	@$(MAKE) --no-print-directory man-installed

man-installed: $(O)/dtshim
	@$(SPHINX) -b man doc $(O)/doc/man

# Figures of the two layouts, drawn from plans; test_figure.py makes the same plans.
.PHONY: doc-figures
doc-figures: doc/layout-direct.svg doc/layout-offset.svg doc/report.svg

doc/layout-offset.svg: PLANNED = --machine-base 0x80800000

doc/layout-%.svg: scripts/figure.py doc/example.dts $(O)/dtshim
	@mkdir -p $(O)/figures
	@dtc -q -I dts -O dtb -o $(O)/figures/$*.dtb doc/example.dts
	@$(O)/dtshim plan --json --contract native --offset-in both $(PLANNED) $(O)/figures/$*.dtb \
		>$(O)/figures/$*.json
	$(call run,SVG,$@) $(PYTHON) scripts/figure.py $(O)/figures/$*.json $@

doc/report.svg: scripts/report_figure.py $(wildcard report/*) doc/example.dts $(O)/dtshim
	@mkdir -p $(O)/figures
	@dtc -q -I dts -O dtb -o $(O)/figures/board.dtb doc/example.dts
	$(call run,SVG,$@) $(PYTHON) scripts/report_figure.py $(O)/dtshim $(O)/figures/board.dtb $@ --xen-version 4.20
