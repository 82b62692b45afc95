# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# Parts that the stage and U-Boot may be built without. Of each: its name in CONFIG_STAGE_... and
# CONFIG_DTSHIM_..., and its files below shim. Where one is left out, shim/without/<part>.c stands
# in for it: what needs the part is refused, with the option's name. For make and U-Boot's Kbuild;
# the host tool has all of them.

PARTS                := native domain ram_bases diff
option_of_native     := NATIVE
files_of_native      := native/%.c
option_of_domain     := DOMAIN
files_of_domain      := xen/domain/%.c
option_of_ram_bases  := RAM_BASES
files_of_ram_bases   := board/ram_bases.c
# Only in U-Boot: the stage compares no trees.
option_of_diff       := DIFF
files_of_diff        := $(patsubst %,fdt/diff%.c,_cells _pairs _refs _values) fdt/diff.c job/changes.c

# $(1): files below shim, $(2): the parts that are left out.
without = $(filter-out $(foreach part,$(2),$(files_of_$(part))),$(1)) $(2:%=without/%.c)
