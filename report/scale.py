# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""
From addresses to heights, for pieces from 4 KiB to 1 TiB in one picture. Between two edges of
what is drawn the scale is even: the true one, or a part too long for the picture is shortened
(and drawn broken), or one too short to be seen is stretched.
"""
import bisect
import typing

LEAST, MOST, SHORT = 11, 150, 44    # heights
WANTED = 120                        # of what is to be seen best


class Part(typing.NamedTuple):
    base: int
    end: int
    top: float
    height: float
    way: str            # "true", "short" or "long"


class Scale:
    def __init__(self, edges, best, least_height=0):
        """`edges` are addresses; `best` is the size that is given WANTED."""
        self.edges = sorted(set(edges))
        self.unit = WANTED / best
        heights = [self.height_of(end - base) for base, end in zip(self.edges, self.edges[1:])]
        total = sum(height for height, _ in heights)
        self.factor = max(1, least_height / total) if total else 1
        self.parts, top = [], 0.0
        for base, end, (height, way) in zip(self.edges, self.edges[1:], heights):
            self.parts.append(Part(base, end, top, height * self.factor, way))
            top += height * self.factor
        self.height = top

    def height_of(self, size):
        true = size * self.unit
        if true > MOST:
            return SHORT, "short"
        return (true, "true") if true >= LEAST else (LEAST, "long")

    def __call__(self, address):
        """The height of an address; beyond the picture its nearest end."""
        number = bisect.bisect_right(self.edges, address) - 1
        if number < 0:
            return 0.0
        if number >= len(self.parts):
            return self.height
        part = self.parts[number]
        return part.top + part.height * (address - part.base) / (part.end - part.base)

    def per_pixel(self):
        """Bytes, where the scale is true."""
        return 1 / (self.unit * self.factor)
