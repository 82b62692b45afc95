# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Ranges of addresses, and how they are written: as the tool writes them."""
import typing

UNITS = ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB"))


class Range(typing.NamedTuple):
    """From base up to, not including, end."""
    base: int
    end: int

    def __str__(self):
        return f"{self.base:#x}-{self.end - 1:#x}"

    @property
    def size(self):
        return self.end - self.base

    def holds(self, other):
        return self.base <= other.base and other.end <= self.end

    def meets(self, other):
        return self.base < other.end and other.base < self.end


def read(entry):
    """Of the tool's JSON; None where there is none."""
    return entry and Range(int(entry["base"], 16), int(entry["base"], 16) + int(entry["size"], 16))


def size_words(size):
    for shift, unit in UNITS:
        if size >> shift and (size % (1 << shift) == 0 or size >> shift >= 10 or shift == 10):
            exact = f"{size / (1 << shift):.1f}".removesuffix(".0")
            return f"{exact} {unit}"
        if size >> shift and size % (1 << shift - 10) == 0:
            return f"{size >> shift - 10} {dict(UNITS)[shift - 10]}" if shift > 10 else f"{size} bytes"
    return f"{size} bytes" if size < 1 << 10 else f"{size / (1 << 10):.1f} KiB"


def joined(ranges, gap=0):
    """Ascending; what is no more than a gap apart is one."""
    done = []
    for one in sorted(ranges):
        if done and one.base <= done[-1].end + gap:
            done[-1] = Range(done[-1].base, max(done[-1].end, one.end))
        else:
            done.append(one)
    return done
