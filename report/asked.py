# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The command line: what is asked for, and which of the tool's commands gets which part of it."""
import argparse

import option_help

# Of the policy, what a forecast goes by, too; the rest changes the tree.
BOTH = ("kernel-bits", "iommu-drivers", "xen-features", "xen-version")
POLICY = ("contract", "layout", "dom0-mem", "dom0-base", "machine-base", "ipa-bits", "offset-in", "hypervisor",
          "on-error", "iommu-no-stage2", "memory-types", "regions", "machine-blocks", "passthrough", "domain-name")
# What a tree does not say of the boot as it stands. A tree that was applied has places of its own.
BEFORE = ("xen-at", "kernel-at", "ramdisk-at", "tree-at", "entry", "efi-map")
PAYLOAD = ("kernel", "ramdisk")
TREE = ("ram", "overlay", "live")

TAKERS = {
    "plan": {*BOTH, *POLICY, *TREE, "xen"},
    "before": {*BOTH, *TREE, *BEFORE, *PAYLOAD, "xen"},
    "after": {*BOTH, *PAYLOAD, "xen"},
}
PASSED_ON = sorted({name for names in TAKERS.values() for name in names})


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"dtshim: report: {message}\n  what to do: dtshim report --help lists its options\n")


def help_action(tables):
    class Help(argparse.Action):
        def __call__(self, reader, *_):
            reader.epilog = option_help.section(PASSED_ON, tables()) + "\n\n" + reader.epilog
            reader.print_help()
            reader.exit()
    return Help


def parser(tables):
    made = Parser(
        prog="dtshim report", allow_abbrev=False, add_help=False, formatter_class=option_help.Formatter,
        usage="dtshim report [policy] FILE -o PAGE.html",
        description="Makes a page with pictures of a board: memory map, devices, decisions,\nforecasts.",
        epilog="Exit codes: 0 dom0 will start; 1 the page shows that there is no plan or that\n"
               "Xen stops; 2 there is no page.")
    made.add_argument("-o", "--output", metavar="PAGE", required=True, help="the page, or - for standard output")
    made.add_argument("file", metavar="FILE", nargs="?", help="a .dtb, or - for standard input; none with --live")
    made.add_argument("-h", "--help", nargs=0, action=help_action(tables), help="print this help")
    for name in PASSED_ON:
        made.add_argument(f"--{name}", action="append", default=[], help=argparse.SUPPRESS)
    return made


def parse(arguments, tables):
    """--live takes a value behind = alone, as the tool's does. `tables` is asked for the help of options."""
    reader = parser(tables)
    options = reader.parse_args(["--live=" if one == "--live" else one for one in arguments])
    if options.live and options.file:
        reader.error(f"--live uses the tree of this Linux; one file too many: {options.file}")
    if not options.live and not options.file:
        reader.error("a file is missing")
    return options


def arguments_for(taker, options, without=frozenset()):
    """The options that one of TAKERS gets, as typed, but for those."""
    words = []
    for name in PASSED_ON:
        for value in getattr(options, name.replace("-", "_")) if name in TAKERS[taker] - without else ():
            words.append(f"--{name}" if name == "live" and not value else f"--{name}={value}")
    return words
