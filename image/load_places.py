# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Where everything is loaded: what `dtshim plan --load-addresses` says, and a place for what grew.

A file has the room up to what comes next, so that a kernel's next version still fits. What is
larger all the same is loaded at the spare place, and the stage moves it.
"""
import json
import pathlib
import subprocess

from trouble import Trouble

MIB = 1 << 20
GROWN = 16 * MIB         # room for a file comes in steps of this
LEAST = 64 * MIB         # what a kernel or a ramdisk has, if it can be had
FILES = ("xen", "kernel", "ramdisk")
ALIGN = 2 * MIB          # of arm64 images
ROOM_AT = slice(16, 24)  # image_size in an Image's header


class Places:
    """Addresses by name (stage, tree and FILES), the room of FILES, and the spare place."""

    def __init__(self, plan, beyond):
        """beyond: so much memory behind its file a kernel takes when it runs."""
        loads = {one["name"]: one for one in plan["load-addresses"]}
        self.at = {name: int(one["base"], 16) for name, one in loads.items()}
        self.size = {name: int(one["size"], 16) for name, one in loads.items()}
        self.ram = ranges(plan["ram"])
        self.reserved = ranges(plan["reserved"])
        self.dom0 = ranges(plan["dom0-memory"])
        self.room = {name: self.room_of(name) for name in FILES}
        self.room["kernel"] -= beyond
        self.spare = self.largest_gap()

    def taken(self):
        return sorted(self.reserved + [(self.at[name], self.at[name] + self.size[name])
                                       for name in self.at])

    def room_of(self, name):
        """Up to the next thing above, dom0's memory, or the end of RAM; twice its size at most."""
        start, size = self.at[name], self.size[name]
        ends = [low for low, _ in self.taken() + self.dom0 if low > start]
        ends += [high for low, high in self.ram if low <= start < high]
        return min([2 * size] + [end - start for end in ends])

    def largest_gap(self):
        """Where nothing lies yet. dom0's memory will do: Xen does not run yet."""
        gaps = []
        for low, high in self.ram:
            inside = [(begin, end) for begin, end in self.taken() if begin < high and end > low]
            for begin, end in inside:
                gaps.append((low, begin))
                low = max(low, end)
            gaps.append((low, high))
        gaps = [(-(-low // ALIGN) * ALIGN, high) for low, high in gaps]
        return max(gaps, key=lambda gap: gap[1] - gap[0])[0]

    def all_below_4g(self):
        return max([self.spare, *self.at.values()]) < 1 << 32


def ranges(listed):
    return [(int(one["base"], 16), int(one["base"], 16) + int(one["size"], 16)) for one in listed]


def with_room(path, folder, name):
    """A file of the size that this one may grow to, without its bytes."""
    size = pathlib.Path(path).stat().st_size
    room = max(LEAST, -(-size * 3 // 2 // GROWN) * GROWN)
    grown = pathlib.Path(folder) / f"{name}.grown"
    with open(path, "rb") as source, open(grown, "wb") as out:
        head = bytearray(source.read(64))
        if name == "kernel":
            head[ROOM_AT] = room.to_bytes(8, "little")
        out.write(head)
        out.truncate(room)
    return grown


def beyond_file(kernel):
    with open(kernel, "rb") as image:
        head = image.read(64)
    return max(0, int.from_bytes(head[ROOM_AT], "little") - pathlib.Path(kernel).stat().st_size)


def ask(arguments):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return done, (json.loads(done.stdout) if done.returncode == 0 else None)


def plan(tool, tree, ram, policy, files, folder):
    """files: paths by name, the stage among them. Where so much room is not to be had, less."""
    common = [str(tool), "plan", "--json", "--load-addresses", str(tree)]
    common += ["--ram", ram] if ram else []
    for word, value in policy.items():
        common += [f"--{word}", value]
    common += ["--stage", str(files["stage"]), "--xen", str(files["xen"])]
    for roomy in (True, False):
        more = []
        for name in ("kernel", "ramdisk"):
            path = with_room(files[name], folder, name) if roomy else files[name]
            more += [f"--{name}", str(path)]
        done, answer = ask(common + more)
        if answer and answer["load-addresses"]:
            return Places(answer, beyond_file(files["kernel"]))
    raise Trouble(f"there is no plan for this board's tree\n{done.stderr.strip() or 'no addresses'}",
                  "change the policy in board.toml, or with --policy WORD=VALUE")
