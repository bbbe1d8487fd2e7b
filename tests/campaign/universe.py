"""Small universes of packets, numbered: a set of packets is an integer with one bit a packet.

The values sit on the ends of the number lines (0, 1, the last but one, the last), so that spans touch and end there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from random import Random

from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, Node, PacketSet, box

TOPS = {4: 2**32 - 1, 6: 2**128 - 1}
PORTED = (6, 17)
ANY = -1
"""The code of "every value there is", as a rule that does not restrict a field has it."""


class Universe:
    """Some values for each field of a family; `sizes` says how many.

    A rule names a field by a code: bit i stands for the i-th value, ANY for all that the header field can hold.
    """

    def __init__(self, family: int, sizes: Sequence[int], is_portless: bool = False) -> None:
        self.family, self.sizes = family, tuple(sizes)
        top = TOPS[family]
        protocols = (6, 1) if is_portless else PORTED
        lines = (protocols, (0, 1, 65534, 65535), (0, 1, 65534, 65535), (0, 1, top - 1, top), (0, 1, top - 1, top))
        self.values = [line[:size] for line, size in zip(lines, sizes, strict=True)]
        # A protocol without ports has port 0 in both fields.
        self.packets = [p for p in product(*self.values) if p[0] in PORTED or p[1] == p[2] == 0]
        self.every = (1 << len(self.packets)) - 1
        self.ported = sum(1 << number for number, packet in enumerate(self.packets) if packet[0] in PORTED)
        self.sets: list[dict[int, IntervalSet]] = []
        """For each field: code -> what a rule of that code names, as the engine gets it."""
        self.masks: list[dict[int, int]] = []
        """For each field: code -> the packets whose value the code holds, found by looking at each packet."""
        self._by_cuts: list[dict[tuple[int, ...], int]] = []
        tops = (255, 65535, 65535, top, top)
        for field in range(5):
            named = {code: self._chosen(field, code) for code in range(1, 1 << self.sizes[field])}
            self.sets.append({code: IntervalSet.of((v, v) for v in chosen) for code, chosen in named.items()})
            self.masks.append({code: self._holding(field, chosen) for code, chosen in named.items()})
            self._by_cuts.append({one.cuts: self.masks[field][code] for code, one in self.sets[field].items()})
            self.sets[field][ANY] = IntervalSet.span(0, tops[field])
            self.masks[field][ANY] = self.every

    def _chosen(self, field: int, code: int) -> list[int]:
        return [value for i, value in enumerate(self.values[field]) if code >> i & 1]

    def _holding(self, field: int, chosen: Sequence[int]) -> int:
        mask = 0
        for number, packet in enumerate(self.packets):
            if packet[field] in chosen:
                mask |= 1 << number
        return mask

    def product(self, codes: Sequence[int]) -> int:
        """Return the packets of a product of codes."""
        mask = self.every
        for field in range(5):
            mask &= self.masks[field][codes[field]]
        return mask

    def asked(self, boxes: Sequence[Sequence[int]]) -> int:
        """Return the packets of a question: a protocol without ports is asked for whatever ports are."""
        mask = 0
        for codes in boxes:
            portless = self.product((codes[0], ANY, ANY, codes[3], codes[4])) & ~self.ported
            mask |= portless | (self.product(codes) & self.ported)
        return mask

    def question(self, boxes: Sequence[Sequence[int]]) -> PacketSet:
        """Return the union of products as the engine takes it; ANY stands for all values of the universe."""
        found = EMPTY_PACKETS
        for codes in boxes:
            named = [self.sets[field][(1 << self.sizes[field]) - 1 if c == ANY else c] for field, c in enumerate(codes)]
            found = found | box(self.family, named[0], named[1], named[2], named[3], named[4])
        return found

    def mask_of(self, packets: PacketSet) -> int:
        """Return a set of the engine's as packets of the universe; raise KeyError where it holds anything else."""
        other = packets.v6 if self.family == 4 else packets.v4
        if other:
            raise KeyError("packets of the other family")
        node = packets.node(self.family)
        return self._mask(0, node) if node else 0

    def _mask(self, level: int, node: Node) -> int:
        by_cuts = self._by_cuts[level]
        if isinstance(node, IntervalSet):
            return by_cuts[node.cuts]
        mask = 0
        for part, child in node:
            below = self._mask(level + 1, child)
            if mask & by_cuts[part.cuts] & below:
                raise KeyError("two branches hold one packet")
            mask |= by_cuts[part.cuts] & below
        return mask


def draw_universe(random: Random) -> Universe:
    """Return a universe in which two or three fields have several values, at times all five."""
    family = 6 if random.random() < 0.2 else 4
    kind = random.random()
    if kind < 0.62:
        chosen = random.sample(range(5), 2)
        sizes = [4 if field in chosen else 1 for field in range(5)]
    elif kind < 0.94:
        chosen = random.sample(range(5), 3)
        sizes = [random.choice((2, 3, 4)) if field in chosen else 1 for field in range(5)]
    else:
        sizes = [2, 2, 2, 3, 3]
    sizes[0] = min(sizes[0], 2)
    return Universe(family, sizes, is_portless=random.random() < 0.3)
