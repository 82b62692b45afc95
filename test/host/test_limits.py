# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Trees far larger than any board's: linear work, a bounded stack, done or refused with words."""
import random
import re
import resource
import struct
import subprocess

import libfdt
import pytest

from blob import Blob, cells, nodes_from, pairs, times
from places import BUILD, TOOL

RAM = 0x80000000


GIC = cells(0xf0000000)


def board(ram=pairs(RAM, 1 << 30), reserves=(), memory="memory@80000000", cpus=1):
    """With what Xen needs to run on it."""
    blob = Blob(reserves).begin("", address_cells=cells(2), size_cells=cells(2),
                                compatible="test,limits", interrupt_parent=GIC)
    blob.begin("cpus", address_cells=cells(1), size_cells=cells(0))
    for i in range(cpus):
        blob.leaf(f"cpu@{i:x}", device_type="cpu", compatible="arm,cortex-a53", reg=cells(i))
    blob.end()
    blob.leaf("interrupt-controller@7fe00000", compatible="arm,gic-v3", interrupt_controller=b"",
              interrupt_cells=cells(3), phandle=GIC, interrupts=cells(1, 9, 4),
              reg=pairs(0x7fe00000, 0x10000, 0x7fe10000, 0x20000))
    blob.leaf("timer", compatible="arm,armv8-timer",
              interrupts=cells(1, 13, 8, 1, 14, 8, 1, 11, 8, 1, 10, 8))
    return blob.leaf(memory, device_type="memory", reg=ram)


def shuffled(count):
    order = list(range(count))
    random.Random(count).shuffle(order)
    return order


def bus(blob, name="bus", **props):
    return blob.begin(name, compatible="simple-bus", address_cells=cells(2), size_cells=cells(2),
                      ranges=b"", **props)


SMMU = dict(compatible="arm,mmu-500", reg=pairs(0x1000, 0x1000), iommu_cells=cells(1),
            phandle=cells(1))


def on_buses(blob, count, order, fan):
    """Each with a page and a phandle of its own."""
    for i, place in enumerate(order(count)):
        if i % fan == 0:
            bus(blob, f"bus@{i:x}")
        blob.leaf(f"device@{i:x}", compatible="test,device", phandle=cells(2 + place),
                  reg=pairs((1 << 36) + (place << 13), 0x1000))
        if i % fan == fan - 1 or i == count - 1:
            blob.end()
    return blob


def devices(count, order=range, fan=100):
    return on_buses(board(), count, order, fan).end().bytes()


def scattered(count):
    return devices(count, shuffled)


def siblings(count):
    return devices(count, fan=count)


def banks(count, order=range):
    """The lowest is a GiB, and dom0's; the others are far above."""
    places = [(RAM + (i << 26) + (i > 0 and 1 << 32), 1 << 25 if i else 1 << 30)
              for i in order(count)]
    return board(b"".join(pairs(*place) for place in places)).end().bytes()


def scattered_banks(count):
    return banks(count, shuffled)


def reserves(count):
    return board(reserves=[(RAM + (1 << 29) + (i << 13), 4096)
                           for i in reversed(range(count))]).end().bytes()


def touching_reserves(count):
    return board(reserves=[(RAM + (1 << 29) + (i << 12), 4096)
                           for i in shuffled(count)]).end().bytes()


def reserves_elsewhere(count):
    """Where there is no RAM."""
    return board(reserves=[((1 << 36) + (i << 13), 4096) for i in shuffled(count)]).end().bytes()


def reserved_memory(count, order=shuffled):
    blob = board().begin("reserved-memory", address_cells=cells(2), size_cells=cells(2), ranges=b"")
    for i in order(count):
        at = RAM + (1 << 29) + (i << 13)
        blob.leaf(f"r@{at:x}", reg=pairs(at, 4096), no_map=b"")
    return blob.end().end().bytes()


def iommu_users(count):
    blob = board().leaf("iommu@1000", **SMMU)
    for i in range(count):
        blob.leaf(f"d{i}", compatible="test,d", iommus=cells(1, i & 0xffff))
    return blob.end().bytes()


def legacy_users(count):
    blob = board().leaf("iommu@1000", **SMMU, mmu_masters=b"".join(
        cells(2 + i, i & 0x7fff) for i in range(count)))
    for i in range(count):
        blob.leaf(f"d{i}", compatible="test,d", phandle=cells(2 + i), stream_id_cells=cells(1))
    return blob.end().bytes()


def streams(count):
    """One device with all of them."""
    blob = board().leaf("iommu@1000", **SMMU)
    return blob.leaf("d", compatible="test,d", iommus=b"".join(
        cells(1, i & 0xffff) for i in range(count))).end().bytes()


def dma_ranges(count, order=range):
    blob = board()
    bus(blob, dma_ranges=b"".join(pairs(i << 16, RAM + (i << 14), 1 << 13) for i in order(count)))
    for i in range(10):
        blob.leaf(f"d{i}", compatible="test,d")
    return blob.end().end().bytes()


def scattered_dma_ranges(count):
    return dma_ranges(count, shuffled)


def windows(count):
    blob = board()
    for i in range(count):
        bus(blob, f"bus{i}", dma_ranges=pairs(0, RAM, 1 << 28))
        blob.leaf("d", compatible="test,d").end()
    return blob.end().bytes()


def sram_parts(count, order=range):
    blob = board().begin("sram@4000000", compatible="mmio-sram", reg=pairs(0x4000000, count << 13),
                         address_cells=cells(2), size_cells=cells(2), ranges=b"")
    for i in order(count):
        at = 0x4000000 + (i << 13)
        blob.leaf(f"p@{at:x}", reg=pairs(at, 4096), protect_exec=b"",
                  **(dict(compatible="arm,scmi-shmem") if i % 2 else {}))
    return blob.end().end().bytes()


def scattered_sram_parts(count):
    return sram_parts(count, shuffled)


def small_srams(count):
    blob = board()
    for i in shuffled(count):
        blob.leaf(f"s@{i:x}", compatible="mmio-sram", reg=pairs((1 << 36) + (i << 13), 4096))
    return blob.end().bytes()


def pci_map(count):
    blob = board().leaf("iommu@1000", **SMMU)
    return blob.leaf("pcie", device_type="pci", compatible="test,pcie", address_cells=cells(3),
                     size_cells=cells(2), ranges=b"", iommu_map=b"".join(
        cells(2 * i, 1, 2 * i, 1) for i in shuffled(count))).end().bytes()


def passthrough(count):
    """Each device by its path, for a domain that takes dom0's place."""
    blob = board().begin("chosen").leaf("dtshim", layout="offset", passthrough="\0".join(
        f"/bus@{i // 100 * 100:x}/device@{i:x}" for i in range(count))).end()
    return on_buses(blob, count, range, 100).end().bytes()


def told(**policy):
    return board().begin("chosen").leaf("dtshim", **policy).end()


def type_of_each_part(count):
    """The policy tells the type of each part of one SRAM."""
    parts = [f"p@{0x4000000 + (i << 13):x}" for i in range(count)]
    blob = told(memory_types="\0".join(f"/sram@4000000/{parts[i]}=device-ngnre"
                                       for i in shuffled(count)))
    blob.begin("sram@4000000", compatible="mmio-sram", reg=pairs(0x4000000, count << 13),
               address_cells=cells(2), size_cells=cells(2), ranges=b"")
    for i in range(count):
        blob.leaf(parts[i], reg=pairs(0x4000000 + (i << 13), 4096))
    return blob.end().end().bytes()


def type_of_each_sram(count):
    """By an alias of each."""
    blob = told(memory_types="\0".join(f"s{i}=device-gre" for i in shuffled(count)))
    names = [f"s@{(1 << 36) + (i << 13):x}" for i in range(count)]
    blob.leaf("aliases", **{f"s{i}": f"/{names[i]}" for i in range(count)})
    for i in range(count):
        blob.leaf(names[i], compatible="mmio-sram", reg=pairs((1 << 36) + (i << 13), 4096))
    return blob.end().bytes()


def iommus(blob, count):
    """Each with a user."""
    for i in range(count):
        blob.leaf(f"iommu@{(1 << 36) + (i << 16):x}", compatible=f"test,driver-{i}\0test,iommu-{i}",
                  reg=pairs((1 << 36) + (i << 16), 4096), iommu_cells=cells(1), phandle=cells(1 + i))
        blob.leaf(f"d{i}", compatible="test,d", iommus=cells(1 + i, 1))
    return blob.end().bytes()


def drivers(count):
    return iommus(told(iommu_drivers="\0".join(f"test,iommu-{i}" for i in shuffled(count))), count)


def undriven(count):
    """Of none the driver is told."""
    return iommus(told(iommu_drivers="\0".join(f"other,iommu-{i}" for i in shuffled(count))), count)


def no_stage2(count):
    return iommus(told(iommu_drivers="test,iommu-1", iommu_no_stage2="\0".join(
        f"/iommu@{(1 << 36) + (i << 16):x}" for i in shuffled(count))), count)


def many_compatibles(count):
    """One IOMMU has as many as the policy has drivers."""
    blob = told(iommu_drivers="\0".join(f"test,iommu-{i}" for i in shuffled(count)))
    return blob.leaf("iommu@1000", **{**SMMU, "compatible": "\0".join(
        f"test,smmu-{i}" for i in range(count))}).end().bytes()


def passthrough_siblings(count):
    """All on one bus."""
    blob = told(layout="offset", passthrough="\0".join(
        f"/bus@0/device@{i:x}" for i in shuffled(count)))
    return on_buses(blob, count, range, count).end().bytes()


def passthrough_compatibles(count):
    blob = bus(told(layout="offset", passthrough="\0".join(
        f"test,d{i}" for i in shuffled(count))))
    for i in range(count):
        blob.leaf(f"device@{i:x}", compatible=f"test,device\0test,d{i}",
                  reg=pairs((1 << 36) + (i << 13), 4096))
    return blob.end().end().bytes()


DOMAIN_SHAPES = [passthrough, passthrough_siblings, passthrough_compatibles]
SHAPES = [devices, scattered, siblings, banks, scattered_banks, reserves, reserved_memory,
          iommu_users, legacy_users, streams, dma_ranges, scattered_dma_ranges, windows,
          sram_parts, scattered_sram_parts, small_srams, pci_map, type_of_each_part,
          type_of_each_sram, drivers, undriven, no_stage2, many_compatibles]


# ---- linear work --------------------------------------------------------------------------

POLICIES = {
    "native": ["apply", "--contract", "native", "--dom0-mem", "128M"],
    "offset": ["apply", "--contract", "native", "--dom0-mem", "128M", "--machine-base",
               "0x90000000", "--offset-in", "both"],
    "xen": ["apply", "--dom0-mem", "128M"],
    "check": ["check"],
    "old": ["apply", "--dom0-mem", "128M", "--xen-version", "4.17"],  # takes any /memreserve/
    "domain": ["apply", "--dom0-mem", "128M", "--xen-version", "4.20"],  # the first with room
}


def arguments(policy, *trees, out="out.dtb"):
    out = ["-o", f"{trees[0].parent}/{out}"] if POLICIES[policy][0] == "apply" else []
    return [*POLICIES[policy], *trees, *out]


def instructions(policy, trees, codes=(0, 1)):
    """Of the process that each tree gets; the last to end is the one that has started them."""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           BUILD / "dtshim", *arguments(policy, *trees, out="out/")],
                          capture_output=True, text=True)
    assert done.returncode in codes, done.stderr
    counts = [int(count) for count in re.findall(r"Collected : (\d+)", done.stderr)]
    assert len(counts) == len(trees) + 1, done.stderr
    return counts[:-1]


def growth(tmp_path, policy, shape, count, codes=(0, 1)):
    """How many times more the second doubling costs than the first; linear is 2, square 4."""
    trees = [tmp_path / f"{times}.dtb" for times in (1, 2, 4)]
    for tree in trees:
        tree.write_bytes(shape(int(tree.stem) * count))
    costs = instructions(policy, trees, codes)
    return (costs[2] - costs[1]) / (costs[1] - costs[0])


# Not here: thousands of names of properties, of aliases here. Each stands in dom0's tree once, or
# as the end of another one, and the forecast looks at all that there are.
NOT_FLAT = [(type_of_each_sram, "xen"), (type_of_each_sram, "check")]
# Xen takes 256 banks, and free RAM in 256 pieces.
REFUSED = [(banks, "xen"), (scattered_banks, "xen"), (reserves, "xen"), (reserved_memory, "xen")]


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["native", "offset", "xen", "check"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_work_is_linear(tmp_path, shape, policy):
    if (shape, policy) in NOT_FLAT + REFUSED:
        pytest.skip("see above")
    # Moving ranges about is cheap for each: it shows where there are many.
    many = shape is scattered and policy in ("native", "check")
    assert growth(tmp_path, policy, shape, 8000 if many else 1000) < 2.6


@pytest.mark.slow
@pytest.mark.parametrize("shape", [scattered, scattered_sram_parts],
                         ids=lambda shape: shape.__name__)
def test_work_is_linear_native(tmp_path, shape):
    assert growth(tmp_path, "native", shape, 250) < 2.6


@pytest.mark.slow
@pytest.mark.parametrize("shape, policy, count", [
    (type_of_each_part, "xen", 60), (drivers, "xen", 60), (passthrough_compatibles, "domain", 120)],
    ids=lambda value: getattr(value, "__name__", value))
def test_work_is_linear_in_lists_of_the_policy(tmp_path, shape, policy, count):
    assert growth(tmp_path, policy, shape, count) < 2.4


@pytest.mark.slow
@pytest.mark.parametrize("shape, policy, code", [
    (reserves, "xen", 2), (reserved_memory, "xen", 2), (touching_reserves, "xen", 2),
    (reserves_elsewhere, "xen", 2), (touching_reserves, "old", 0), (reserves_elsewhere, "old", 0)],
    ids=lambda value: getattr(value, "__name__", value))
def test_work_is_linear_in_reservations(tmp_path, shape, policy, code):
    """Until they are too many, and for those that say it."""
    assert growth(tmp_path, policy, shape, 1000, codes=[code]) < 2.6


@pytest.mark.slow
def test_what_is_written_is_judged_whatever_its_size(tmp_path):
    """Of 4,000 parts it is five times what came, and takes as much to look at for each part."""
    assert 1.8 < growth(tmp_path, "xen", type_of_each_part, 1000)


@pytest.mark.slow
def test_work_is_linear_until_it_is_refused(tmp_path):
    assert growth(tmp_path, "xen", reserves, 350, codes=[2]) < 2.6


@pytest.mark.slow
@pytest.mark.parametrize("shape", DOMAIN_SHAPES, ids=lambda shape: shape.__name__)
def test_work_is_linear_for_a_domain(tmp_path, shape):
    assert growth(tmp_path, "domain", shape, 1000) < 2.6


# ---- large trees ----------------------------------------------------------------------------

STACK = 128 << 10


def done(policy, tree, code=0, tool=BUILD / "dtshim"):
    """With a stack that no recursion over a large tree fits into; the sanitizers have theirs."""
    limited = (lambda: resource.setrlimit(resource.RLIMIT_STACK, (STACK, STACK))) \
        if tool == BUILD / "dtshim" else None
    one = subprocess.run([tool, *arguments(policy, tree)], capture_output=True, text=True,
                         preexec_fn=limited)
    assert one.returncode == code, one.stderr
    if code == 2:
        assert "what to do: " in one.stderr and "report" not in one.stderr
        assert not (tree.parent / "out.dtb").exists()
    return one


def run(*what, **how):
    return done(*what, **how).stderr


def record(blob, name):
    fdt = libfdt.FdtRo(blob)
    return bytes(fdt.getprop(fdt.path_offset("/chosen/dtshim/record"), name))


# What stays as it came, from this node on; how often a property is there afterwards; the
# rules that the tree breaks.
@pytest.mark.slow
@pytest.mark.parametrize("shape, count, stays, tags, runs, rules", [
    (devices, 1000000, "bus@0", 0, 0, {"tree-size"}),
    (scattered, 1000000, "bus@0", 0, 0, {"tree-size"}),
    (siblings, 100000, "bus@0", 0, 0, {"tree-size"}),
    (iommu_users, 10000, None, 10000, 0, set()),
    (dma_ranges, 10000, "bus", 0, 0, set()),
    (scattered_dma_ranges, 10000, "bus", 0, 0, set()),
    (sram_parts, 100000, "sram@4000000", 0, 100001, {"tree-size"}),
    (scattered_sram_parts, 100000, "sram@4000000", 0, 100001, {"tree-size"}),
    (reserves, 10000, None, 0, 0, {"bank-count"}),
    (banks, 10000, None, 0, 0, {"bank-count"})],
    ids=lambda value: getattr(value, "__name__", value if isinstance(value, int) else ""))
def test_large_trees(tmp_path, shape, count, stays, tags, runs, rules):
    """Every node is still there, every device has its tag and every run its type. The timer has no
    IOMMU."""
    tree, before = tmp_path / "in.dtb", bytes(shape(count))
    tree.write_bytes(before)
    run("native", tree)
    after = (tmp_path / "out.dtb").read_bytes()
    assert not stays or nodes_from(before, stays) in after
    assert (times(after, "xen-dma-safe"), times(after, "dtshim,memory-type")) == (tags, runs)
    assert record(after, "coverage") == (b"some\0" if tags else b"none\0")
    reserved = before[40:struct.unpack_from(">I", before, 8)[0] - 16]
    assert after[(at := struct.unpack_from(">I", after, 16)[0]):at + len(reserved)] == reserved
    if shape is banks:
        assert record(after, "machine-memory") in before
        assert len(record(after, "machine-memory")) == 16 * count
    said = done("check", tree, 1 if rules else 0).stdout
    assert set(re.findall(r"^\S+: ([a-z0-9-]+): ", said, re.M)) == rules


@pytest.mark.parametrize("policy", ["native", "xen"])
def test_ten_thousand(tmp_path, policy):
    tree = tmp_path / "in.dtb"
    tree.write_bytes(devices(10000))
    run(policy, tree)


def filled(size):
    return board().leaf("filler", data=bytes(size)).end().bytes()


@pytest.mark.parametrize("more, code", [(0, 0), (8, 2)])
def test_two_mebibytes(tmp_path, more, code):
    """Xen's limit to the byte; native has none."""
    tree, out = tmp_path / "in.dtb", tmp_path / "out.dtb"
    tree.write_bytes(filled(1 << 20))
    run("xen", tree)
    rest = (2 << 20) - out.stat().st_size
    out.unlink()
    tree.write_bytes(filled((1 << 20) + rest + more))
    said = run("xen", tree, code)
    assert code or out.stat().st_size == 2 << 20
    assert not code or "2097160 bytes" in said and "[too-large]" in said
    run("native", tree)


def test_input_beyond_two_mebibytes(tmp_path):
    """What is free at its end is not counted."""
    tree = tmp_path / "in.dtb"
    blob = bytearray(board().end().bytes() + bytes(3 << 20))
    struct.pack_into(">I", blob, 4, len(blob))
    tree.write_bytes(blob)
    run("xen", tree)
    assert (tmp_path / "out.dtb").stat().st_size < 64 << 10


@pytest.mark.parametrize("what, shape", [("banks of memory", banks),
                                         ("reserved regions", reserved_memory)])
def test_banks_of_xen(tmp_path, what, shape):
    """Free RAM may be in 256 pieces, too, and modules split one."""
    tree = tmp_path / "in.dtb"
    tree.write_bytes(shape(250))
    run("xen", tree)
    (tmp_path / "out.dtb").unlink()
    tree.write_bytes(shape(256))
    assert "more than 256 pieces" in run("xen", tree, 2)
    tree.write_bytes(shape(257))
    assert f"257 {what}; stock Xen takes 256 [too-large]" in run("xen", tree, 2)
    run("native", tree)


def test_banks_that_linux_may_use(tmp_path):
    """A memory node without reg: linux,usable-memory says it, and then says what dom0 has."""
    tree, said = tmp_path / "in.dtb", [pairs(RAM + (i << 28), 1 << 27) for i in range(1000)]
    blob = Blob().begin("", address_cells=cells(2), size_cells=cells(2))
    blob.leaf("memory@80000000", device_type="memory", linux__usable_memory=b"".join(said))
    tree.write_bytes(blob.end().bytes())
    run("native", tree)
    after = (tmp_path / "out.dtb").read_bytes()
    assert record(after, "machine-memory") == b"".join(said)
    assert record(after, "dom0-memory") == said[0]
    fdt = libfdt.FdtRo(after)
    memory = fdt.path_offset("/memory@80000000")
    assert bytes(fdt.getprop(memory, "reg")) == said[0]
    assert times(after, "linux,usable-memory") == 0


@pytest.mark.parametrize("policy, depth, code", [
    ("native", 16, 0), ("native", 64, 0), ("native", 65, 2), ("native", 100000, 2),
    ("xen", 15, 0), ("xen", 65, 2), ("xen", 100000, 2)])
def test_depth(tmp_path, policy, depth, code):
    blob = board()
    for i in range(depth):
        blob.begin("deeper")
    for i in range(depth):
        blob.end()
    tree = tmp_path / "in.dtb"
    tree.write_bytes(blob.end().bytes())
    said = run(policy, tree, code)
    assert not code or "64" in said


@pytest.mark.parametrize("length", [1 << 30, (1 << 31) - 1, 1 << 31, 0xfffffffc, 0xffffffff])
def test_declared_lengths(tmp_path, length):
    tree = tmp_path / "in.dtb"
    blob = bytearray(board().leaf("last", data=b"\xaa" * 8).end().bytes())
    at = blob.index(b"\xaa" * 8) - 8
    struct.pack_into(">I", blob, at, length)
    tree.write_bytes(blob)
    assert "[structure]" in run("native", tree, 2, TOOL)


@pytest.mark.parametrize("passed", [{}, {"passthrough": "all-dma"}], ids=str)
def test_dozens_of_cpus_for_a_domain(tmp_path, passed):
    """No device is named, so that to name fewer would not help."""
    blob = board(cpus=48).begin("chosen").leaf("dtshim", layout="offset", **passed).end()
    tree = tmp_path / "in.dtb"
    tree.write_bytes(blob.end().bytes())
    said = run("xen", tree, 2)
    assert "/cpus: the tree of a domain with 48 CPUs" in said and "without any device" in said
    assert "fewer CPUs" in said and "devices" not in said


@pytest.mark.slow
def test_thousands_of_devices_for_a_domain(tmp_path):
    tree = tmp_path / "in.dtb"
    tree.write_bytes(passthrough(5000))
    said = run("xen", tree, 2)
    assert "Xen 4.17 has room for 4096" in said and "name fewer devices" in said


@pytest.mark.slow
def test_beyond_what_an_index_can_say(tmp_path):
    """256 MiB: offset and name of a property share a word."""
    tree = tmp_path / "in.dtb"
    blob = bytearray(board().end().bytes())
    struct.pack_into(">I", blob, 4, (1 << 28) + 8)
    with open(tree, "wb") as file:
        file.write(blob)
        file.truncate((1 << 28) + 8)
    assert "too large" in run("native", tree, 2)


@pytest.mark.slow
def test_many_phandles(tmp_path):
    """Each refers to the one before."""
    blob = board()
    for i in shuffled(100000):
        blob.leaf(f"n{i}", phandle=cells(2 + i), clocks=cells(2 + (i or 1) - 1))
    tree = tmp_path / "in.dtb"
    tree.write_bytes(blob.end().bytes())
    run("native", tree)
    done = subprocess.run([BUILD / "dtshim", "diff", tree, tree], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout
