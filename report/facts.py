# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""What there is in memory, of a plan and of each forecast: the pieces of a picture."""
import collections
import typing

from sizes import Range, joined, read

KINDS = {"region": "reserved", "memreserve": "reserved", "heap": "Xen's static heap", "domain": "a domain's memory",
         "shared": "shared memory"}
MODULES = {"Xen": "xen", "hypervisor": "xen", "kernel": "kernel", "ramdisk": "ramdisk", "tree": "tree"}
WINDOWS_MOST = 2


class Piece(typing.NamedTuple):
    kind: str       # for its colour and its place
    name: str
    range: Range
    label: str = ""   # the whole, where name and size are not


class Column(typing.NamedTuple):
    """A picture: the memory at one time."""
    title: str
    remark: str
    pieces: tuple


class Window(typing.NamedTuple):
    ranges: tuple
    paths: tuple

    @property
    def size(self):
        return sum(one.size for one in self.ranges)


def windows(plan):
    """Those of the devices that decide where dom0 goes, the tightest first."""
    found = collections.defaultdict(list)
    for device in plan["dma"]:
        if device["decides"] and device["window"]:
            found[cpu_ranges(device)].append(device["path"])
    return sorted((Window(ranges, tuple(paths)) for ranges, paths in found.items()), key=lambda one: one.size)


def cpu_ranges(device):
    """A device's window, in the addresses of the CPU; () where nothing limits it."""
    return tuple(joined(read({"base": part["cpu"], "size": part["size"]}) for part in device["window"] or ()))


def window_pieces(plan):
    return [Piece("window", f"DMA of {count_words(len(one.paths), 'device')}", part)
            for one in windows(plan)[:WINDOWS_MOST] for part in one.ranges] if plan else []


def count_words(count, what):
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def ram_pieces(entries):
    return [Piece("ram", "RAM", read(one)) for one in entries]


# ---- the tree ------------------------------------------------------------------------------------

def short_name(path):
    return path.rsplit("/", 1)[-1]


def kept_off(forecast):
    return [Piece("domain" if one["kind"] in ("domain", "shared") else "reserved", name_of(one), read(one))
            for one in forecast["reserved"]]


def name_of(bank):
    if bank["kind"] == "domain" and bank["node"]:
        return f"domain {short_name(bank['node'])}"
    return short_name(bank["node"]) if bank["node"] else KINDS[bank["kind"]]


def of_board(plan, before):
    """The memory as the tree tells it. Names are those that a forecast gives."""
    reserved = kept_off(before[-1]) if before else \
        [Piece("reserved", "reserved", read(one)) for one in plan["reserved"]]
    ram = plan["ram"] if plan else before[-1]["ram"]
    remark = "What the tree says." if ram else "What the tree says: there is no RAM in it."
    return Column("The board", remark, (*ram_pieces(ram), *reserved, *window_pieces(plan)))


# ---- a forecast -----------------------------------------------------------------------------------

def module_pieces(modules):
    """Of `base` a module's place; a size of 0 is not known."""
    return [Piece(MODULES.get(one["kind"], "module"), one["kind"], read(one)) for one in modules
            if int(one["size"], 16)]


def of_forecast(title, forecast, plan=None):
    banks = forecast["dom0"]["banks"] if forecast["dom0"] else []
    dom0 = [Piece("dom0", "dom0" if len(banks) == 1 else f"dom0, bank {number}", read(one))
            for number, one in enumerate(banks, 1)]
    steering = {read(one) for one in plan["reserved-pages"]} if plan else set()
    kept = [Piece("steering", "kept from Xen", one.range) if one.range in steering else one
            for one in kept_off(forecast)]
    return Column(title, "" if banks else "No dom0: Xen stops.",
                  (*ram_pieces(forecast["ram"]), *kept, *dom0, *module_pieces(forecast["modules"]),
                   *window_pieces(plan)))


def of_plan(plan):
    """Without a forecast: what the plan itself says."""
    blocks = plan["machine-block"]
    dom0 = [Piece("dom0", "dom0" if len(blocks) == 1 else f"dom0, block {number}", read(one))
            for number, one in enumerate(blocks, 1)]
    modules = [{"kind": one["kind"], "base": one["to"], "size": one["room"]} for one in plan["modules"]]
    return Column("As planned", "", (*of_board(plan, []).pieces, *dom0, *module_pieces(modules)))


class Row(typing.NamedTuple):
    """Pictures side by side, of one release or of several that do the same."""
    title: str
    columns: tuple


def rows(plan, before, after):
    board = of_board(plan, before)
    if not before:
        return [Row("", (board, of_plan(plan)))]
    found = {}
    for number, one in enumerate(before):
        columns = [of_forecast("As the tree stands", one)]
        if number < len(after):
            columns.append(of_forecast("After dtshim", after[number], plan))
        found.setdefault(tuple(columns), []).append(one["release"])
    return [Row(f"Xen {' and '.join(releases)}", (board, *columns)) for columns, releases in found.items()]
