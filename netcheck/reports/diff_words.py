"""Words for the packets of a difference: who sends them, whereto, on which ports, and who decides on each side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netcheck.model.ports import protocol_word
from netcheck.model.site import Site
from netcheck.policy.resolve import by_family
from netcheck.questions.answer import ports, prefixes, readable_boxes
from netcheck.questions.diff.paths import places
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Box, PacketSet

SHOWN_PREFIXES = 3
SHOWN_BOXES = 5
_SHOWN_PROTOCOLS = 4


class Names:
    """Names for sets of addresses that are exactly a VM, a subnet, a network, or everything outside."""

    def __init__(self, *sites: Site) -> None:
        self._names: dict[tuple[int, IntervalSet], str] = {}
        self._add("anywhere", ps.ALL_ADDRESSES.items())
        for site in sites:
            for network in site.virtual_networks:
                self._add(network.name, by_family(network.address_space).items())
                for subnet in network.subnets:
                    self._add(subnet.full_name, by_family(subnet.prefixes).items())
            for place in places(site):
                told = f"the rest of {place.label}" if place.origin.subnet else place.label
                self._add(told, place.addresses.items())

    def _add(self, name: str, addresses: Iterable[tuple[int, IntervalSet]]) -> None:
        for family, found in addresses:
            if found:
                self._names.setdefault((family, found), name)

    def of(self, family: int, addresses: IntervalSet) -> str:
        """Return the name of a set of addresses with its prefixes, or the prefixes alone; long lists are cut short."""
        name = self._names.get((family, addresses), "")
        if name == "anywhere":
            return "any IPv6 address" if family == 6 else "anywhere"
        listed = list(prefixes(family, addresses))
        more = f" and {len(listed) - SHOWN_PREFIXES:,} more" if len(listed) > SHOWN_PREFIXES else ""
        told = f"{', '.join(listed[:SHOWN_PREFIXES])}{more}"
        if not name:
            return told
        return f"{name} ({told})" if len(listed) <= SHOWN_PREFIXES else name


def packet_lines(packets: PacketSet, names: Names) -> Iterator[tuple[str, str, str]]:
    """Yield who sends, to whom, and what, box by box; the last line says how many boxes are left out."""
    boxes = [*readable_boxes(packets)]
    for box in boxes[:SHOWN_BOXES]:
        yield names.of(box.family, box.sources), names.of(box.family, box.destinations), traffic(box)
    if len(boxes) > SHOWN_BOXES:
        yield f"and {len(boxes) - SHOWN_BOXES:,} more blocks (`-o json` lists all)", "", ""


def traffic(box: Box) -> str:
    """Return protocols and ports in short form."""
    if box.protocols == ps.ALL_PROTOCOLS:
        return "any protocol"
    words = [protocol_word(n, box.family) for first, last in box.protocols.spans() for n in range(first, last + 1)]
    more = f" and {len(words) - _SHOWN_PROTOCOLS} more" if len(words) > _SHOWN_PROTOCOLS else ""
    said = ",".join(words[:_SHOWN_PROTOCOLS]) + more
    if box.protocols & ps.PORTED and box.destination_ports != ps.ALL_PORTS:
        said += f" {','.join(ports(box.destination_ports))}"
    if box.protocols & ps.PORTED and box.source_ports != ps.ALL_PORTS:
        said += f" from port {','.join(ports(box.source_ports))}"
    return said
