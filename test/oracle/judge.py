# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
What Xen did beside what was forecast. Differences are named: banks with both lists, dom0's
tree by path and property with both values, a stop by Xen's words and the forecast's.
"""
import dataclasses
import re

import flat


@dataclasses.dataclass
class Verdict:
    """`row` is the line of the table that counts it; `differences` are [] where all agrees."""
    row: str
    differences: list


def hexes(spans):
    return ", ".join(f"{base:#x}+{size:#x}" for base, size in spans) or "none"


def shown(value):
    """A property's value for a reader."""
    if value is None:
        return "absent"
    if value == b"":
        return "empty"
    if value[-1:] == b"\0" and all(32 <= byte < 127 or byte == 0 for byte in value) and \
            value[0]:
        return " ".join(f'"{part}"' for part in value[:-1].decode().split("\0"))
    text = value.hex(" ", 4) if len(value) % 4 == 0 else value.hex(" ")
    return f"<{text}>" if len(text) < 300 else f"<{text[:300]}...> of {len(value)} bytes"


# ---- trees -----------------------------------------------------------------------------------

# What Xen reads from the frame's register where the host's tree does not say; a forecast has 0.
OF_THE_FRAME = ("arm,msi-base-spi", "arm,msi-num-spis")


def is_unknown(was, name, other):
    """A value that the tree alone does not tell, and the forecast leaves out."""
    return name in OF_THE_FRAME and other == bytes(4) and \
        "arm,gic-v2m-frame" in was.strings("compatible")


def compare_properties(path, was, said):
    for name in {**was.props, **said.props}:
        one, other = was.props.get(name), said.props.get(name)
        if one != other and not is_unknown(was, name, other):
            yield "property", (f"{path or '/'}: {name}: Xen: {shown(one)}; "
                               f"forecast: {shown(other)}")
    if list(was.props) != list(said.props) and set(was.props) == set(said.props):
        yield "order", (f"{path or '/'}: properties: Xen: {' '.join(was.props)}; "
                        f"forecast: {' '.join(said.props)}")


def compare_nodes(path, was, said):
    """(kind, words) of all that differs at and below a node; names that come twice are told apart."""
    yield from compare_properties(path, was, said)
    names, others = numbered(was), numbered(said)
    for name in {**names, **others}:
        if name not in others:
            yield "node", f"{path}/{name[0]}: Xen: there; forecast: absent"
        elif name not in names:
            yield "node", f"{path}/{name[0]}: Xen: absent; forecast: there"
        else:
            yield from compare_nodes(f"{path}/{name[0]}", names[name], others[name])
    if list(names) != list(others) and set(names) == set(others):
        yield "order", (f"{path or '/'}: nodes: Xen: {' '.join(one for one, _ in names)}; "
                        f"forecast: {' '.join(one for one, _ in others)}")


def numbered(node):
    """{(name, how often it came before): child}"""
    found = {}
    for one in node.children:
        found[one.name, sum(name == one.name for name, _ in found)] = one
    return found


def compare_trees(was, said):
    """(kind, words) of all differences between two blobs."""
    (root, reserves), (other, others) = flat.read(was), flat.read(said)
    if reserves != others:
        yield "memreserve", f"/memreserve/: Xen: {hexes(reserves)}; forecast: {hexes(others)}"
    yield from compare_nodes("", root, other)


# ---- places ------------------------------------------------------------------------------------

SPAN = r"(?:0x)?([0-9a-f]+)-(?:0x)?([0-9a-f]+)"
PLACES = {"grant-table": rf"Grant table range: {SPAN}", "kernel": rf"Loading zImage from [0-9a-f]+ to {SPAN}",
          "ramdisk": rf"Loading \w+ initrd from [0-9a-f]+ to {SPAN}", "tree": rf"Loading \w+ DTB to {SPAN}"}


def compare_places(outcome, said):
    """Where Xen put what it loads for dom0; of its tree only where it begins, as Xen tells the bytes in use."""
    for kind, pattern in PLACES.items():
        found, place = re.search(pattern, outcome.text), said["dom0"].get(kind)
        if not found or kind not in said["dom0"]:
            continue
        base, end = (int(one, 16) for one in found.groups())
        other = place and (int(place["base"], 16), int(place["size"], 16))
        if not other or other[0] != base or kind != "tree" and base + other[1] != end:
            yield "place", f"{kind}: Xen: {base:#x}-{end:#x}; forecast: {hexes([other] if other else [])}"


TOO_MUCH = "Failed to allocate requested dom0 memory."

# ---- the whole ---------------------------------------------------------------------------------

def forecast_banks(said):
    return [(int(one["base"], 16), int(one["size"], 16)) for one in said["dom0"]["banks"]]


def said_in(words, outcome):
    """Do these words stand in a line that Xen has printed, or in what it says at its end?"""
    words = " ".join(words.split())
    return any(words in " ".join(line.split()) for line in outcome.lines()) or words in outcome.words


def judge_stop(outcome, stop):
    """A stop that happened and one that was forecast."""
    if stop["silent"] != (outcome.kind == "silence"):
        happened = "silence" if outcome.kind == "silence" else "words"
        return [f"Xen stops with {happened}: {outcome.words or outcome.kind}; "
                f"forecast: {stop['id']}: {stop['words'] or 'silence'}"]
    if stop["words"] and not said_in(stop["words"], outcome):
        return [f"Xen: {outcome.words or outcome.kind}; forecast: {stop['id']}: {stop['words']}"]
    return []


def joined(spans):
    """Banks without a gap between them as one."""
    found = []
    for base, size in spans:
        if found and sum(found[-1]) == base:
            found[-1] = (found[-1][0], found[-1][1] + size)
        else:
            found.append((base, size))
    return found


def judge_promise(outcome, promise):
    """What differs from a plan's dom0 memory, if there is a plan."""
    wanted = None if promise is None else joined(map(tuple, promise))
    if wanted is None or outcome.kind == "dom0" and joined(outcome.banks) == wanted:
        return []
    came = hexes(outcome.banks) if outcome.kind == "dom0" else outcome.words or outcome.kind
    return [f"promise: Xen: {came}; plan: {hexes(wanted)}"]


def judge_dom0(outcome, forecast):
    """[(kind, words)] where dom0 starts, as was forecast."""
    found, banks = [], forecast_banks(forecast.said)
    if banks != outcome.banks:
        found.append(("banks", f"banks: Xen: {hexes(outcome.banks)}; forecast: {hexes(banks)}"))
    found += compare_places(outcome, forecast.said)
    if forecast.tree is None:
        found.append(("no tree was forecast", "dom0's tree was not forecast"))
    elif outcome.tree is not None:
        found += compare_trees(outcome.tree, forecast.tree)
    return found


def first_of(kinds):
    """The kind that a difference is counted as: what is likely to be the cause of the others."""
    order = ("banks", "place", "no tree was forecast", "node", "property")
    return next((kind for kind in order if kind in kinds), sorted(kinds)[0])


def stops_elsewhere(outcome, said):
    """For want of RAM, or behind banks that are others than those that were not sure."""
    others = outcome.banks and outcome.banks != forecast_banks(said)
    return not said["dom0"]["sure"] and (others or outcome.words.startswith(TOO_MUCH))


def is_about_memory(outcome, forecast):
    """Does Xen find dom0 other memory than was forecast, or none?"""
    stop = forecast.said.get("stop")
    return (stop or {}).get("id") == "dom0-memory" or outcome.words.startswith(TOO_MUCH)


def judge(outcome, forecast, promise=None):
    """A promise that was broken is the worst."""
    verdict = judge_forecast(outcome, forecast)
    broken = judge_promise(outcome, promise)
    if broken:
        return Verdict("DIFFERS: the plan's promise", broken + verdict.differences)
    if promise is not None and forecast.said.get("dom0") and not forecast.said["dom0"]["sure"]:
        return Verdict("DIFFERS: a plan whose forecast is not sure",
                       [f"promise: {hexes(promise)}, of which the forecast is not sure"])
    if promise is not None and not verdict.differences:
        return Verdict(f"{verdict.row}, and as planned", [])
    return verdict


def no_kernel(outcome, said):
    """
    Xen stops as it finds no kernel, and the forecast did say that it knows of none; or as the
    module that both take for the kernel is none: its bytes are not in the tree.
    """
    if outcome.kind != "panic" or not outcome.words.startswith("Could not set up DOM0 guest OS"):
        return None
    if "Missing kernel boot module?" in outcome.text:
        return None if any(one["kind"] == "kernel" and one["node"] for one in said["modules"]) else "no kernel"
    loading = re.search(r"Loading \w+ kernel from boot module @ ([0-9a-f]+)\n(.*)", outcome.text, re.S)
    if not loading or "BANK[" in loading[2] or "Allocating" in loading[2]:
        return None
    taken = [one["base"] for one in said["modules"] if one["kind"] == "kernel" and not one["domain"]]
    return "no Image in its kernel" if [int(one, 16) for one in taken[:1]] == [int(loading[1], 16)] else None


def is_no_sure_stop(outcome, stop):
    """Xen had enough RAM for dom0, or for itself, of which the forecast was not sure that it has not."""
    return stop and not stop["sure"] and (outcome.kind == "dom0" or stop["silent"] and outcome.kind == "panic")


def judge_forecast(outcome, forecast):
    if forecast.said and no_kernel(outcome, forecast.said):
        return Verdict(f"Xen stops, {no_kernel(outcome, forecast.said)}: the forecast is for one", [])
    if forecast.trouble:
        return Verdict("DIFFERS: no forecast", [f"no forecast: {forecast.trouble.strip()}; "
                                                f"Xen: {outcome.words or outcome.kind}"])
    stop = forecast.said["stop"]
    if is_no_sure_stop(outcome, stop):
        return Verdict("otherwise: the forecast was not sure of its stop", [])
    if outcome.kind == "dom0" and stop:
        return Verdict("DIFFERS: dom0 starts, a stop was forecast",
                       [f"Xen starts dom0; forecast: {stop['id']}: {stop['words'] or 'silence'}"])
    if outcome.kind == "panic" and not stop and stops_elsewhere(outcome, forecast.said):
        return Verdict("stop with other banks: the forecast was not sure of its own", [])
    if outcome.kind != "dom0" and not stop:
        return Verdict("DIFFERS: Xen stops, dom0 was forecast",
                       [f"Xen: {outcome.kind}: {outcome.words}; forecast: dom0 starts"])
    if stop:
        found = judge_stop(outcome, stop)
        return Verdict("DIFFERS: another stop" if found else f"stop as forecast: {stop['id']}", found)
    if not forecast.said["dom0"]["sure"] and forecast_banks(forecast.said) != outcome.banks:
        return Verdict("dom0 elsewhere: the forecast was not sure of its banks", [])
    found = judge_dom0(outcome, forecast)
    if not found:
        return Verdict("dom0 as forecast", [])
    return Verdict(f"DIFFERS: {first_of({kind for kind, _ in found})}",
                   [f"{kind}: {words}" for kind, words in found])
