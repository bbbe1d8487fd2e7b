"""Sets of classes as the bits of an integer: bit n is class number n."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_SPARSE = 16
_OF_BYTE = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def run(first: int, last: int) -> int:
    """Return the bits from `first` up to and without `last`."""
    return ((1 << (last - first)) - 1) << first if last > first else 0


def of(positions: Iterable[int], size: int) -> int:
    """Return the bits at some positions, all below `size`; shifting a long integer for each of them is slow."""
    held = bytearray(size // 8 + 1)
    for position in positions:
        held[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(held, "little")


def each(bits: int) -> Iterator[int]:
    """Yield the positions of the bits, the lowest first."""
    if bits.bit_count() <= _SPARSE:
        while bits:
            lowest = bits & -bits
            yield lowest.bit_length() - 1
            bits ^= lowest
        return
    for at, byte in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little")):
        if byte:
            base = at << 3
            for bit in _OF_BYTE[byte]:
                yield base + bit
