"""Classes put together for an answer: those that behave alike, or those of a subnet, a group, a VM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from netcheck.estate import bits
from netcheck.estate.asked import By
from netcheck.estate.classes import Estate
from netcheck.estate.rows import NOTHING, Row, Rows
from netcheck.model.names import key, last_segment


class Group(NamedTuple):
    """VMs of one line of an answer: their numbers in the site, and their classes as bits."""

    label: str
    machines: tuple[int, ...]
    classes: int


Members = Sequence[Sequence[int]]
"""The numbers of the VMs of each class."""


def alike(members: Members, everyone: int, sets: Iterable[int]) -> tuple[Group, ...]:
    """Return the groups of classes that none of some sets tells apart, in the order of their first VMs."""
    parts = [everyone] if everyone else []
    for some in dict.fromkeys(sets):
        if some & everyone and everyone & ~some:
            parts = list(_cut(parts, some))
    found = sorted((machines_of(members, part), part) for part in parts)
    return tuple(Group(_label(n, len(found)), machines, part) for n, (machines, part) in enumerate(found))


def _cut(parts: Iterable[int], some: int) -> Iterator[int]:
    for part in parts:
        inside = part & some
        if inside and inside != part:
            yield inside
            yield part ^ inside
        else:
            yield part


def _label(number: int, count: int) -> str:
    """A few groups have letters, more have numbers."""
    return chr(ord("A") + number) if count <= 26 else f"G{number + 1}"


def named(estate: Estate, everyone: int, by: By) -> tuple[Group, ...]:
    """Return the groups that a site itself names, in the order of the site."""
    labels: dict[str, str] = {}
    members: dict[str, list[int]] = {}
    site = estate.site
    of_class = [0] * len(site.virtual_machines)
    for number in bits.each(everyone):
        for machine in estate.classes[number].members:
            of_class[machine] = number + 1
    for machine, vm in enumerate(site.virtual_machines):
        if not of_class[machine]:
            continue
        names = [vm.name]
        if by is By.SUBNET:
            names = [nic.subnet for nic in vm.interfaces]
        elif by is By.GROUP:
            names = [last_segment(group) for nic in vm.interfaces for group in nic.application_security_groups]
        for name in dict.fromkeys(names):
            labels.setdefault(key(name), name)
            members.setdefault(key(name), []).append(machine)
    size = len(estate.classes)
    return tuple(
        Group(labels[name], tuple(found), bits.of((of_class[machine] - 1 for machine in found), size))
        for name, found in members.items()
    )


def machines_of(members: Members, classes: int) -> tuple[int, ...]:
    """Return the numbers of the VMs of some classes, in the order of the site."""
    return tuple(sorted(member for number in bits.each(classes) for member in members[number]))


def grouped_rows(estate: Estate, groups: Sequence[Group], rows: Rows, senders: int, receivers: int) -> list[Row]:
    """Return, for each group, the row over groups: what becomes of the packets of its VMs to other VMs."""
    single = bits.of((n for n, one in enumerate(estate.classes) if len(one.members) == 1), len(estate.classes))
    found = []
    for group in groups:
        whole = NOTHING
        for row, classes in rows.items():
            some = classes & group.classes & senders
            if some:
                is_alone = some & (some - 1) == 0 and bool(some & single)
                whole = whole.also(row.within(receivers & ~some if is_alone else receivers))
        found.append(_over_groups(whole, groups))
    return found


def _over_groups(row: Row, groups: Sequence[Group]) -> Row:
    return Row(*(bits.of((n for n, group in enumerate(groups) if some & group.classes), len(groups)) for some in row))


class Weights:
    """Counts VMs of classes given as bits: a plane of bits for each binary digit of the counts."""

    def __init__(self, members: Members) -> None:
        counts = [len(one) for one in members]
        longest = max(counts, default=0).bit_length()
        self._planes = [
            bits.of((n for n, count in enumerate(counts) if count >> digit & 1), len(counts))
            for digit in range(longest)
        ]

    def of(self, classes: int) -> int:
        """Return how many VMs some classes have."""
        return sum((classes & plane).bit_count() << digit for digit, plane in enumerate(self._planes))

    def pairs(self, senders: int, receivers: int) -> int:
        """Return how many pairs of two different VMs there are."""
        return self.of(senders) * self.of(receivers) - self.of(senders & receivers)
