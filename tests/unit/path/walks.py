"""One packet walked through a site: its verdict, who decides about it, and which facts are missing."""

from __future__ import annotations

from typing import NamedTuple

from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.path.graph import build_graph
from netcheck.path.leg import Region, Verdict, cut
from netcheck.path.walk import Start, walk
from netcheck.policy.decision import HopResult
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Header
from tests.unit.networks import TCP, header

REACHABLE, BLOCKED, OPEN = Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED


class Walked(NamedTuple):
    """What becomes of one packet."""

    region: Region
    results: tuple[HopResult, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether it gets through."""
        return self.region.verdict

    @property
    def deciders(self) -> list[tuple[str, str, str]]:
        """Who decides about it: the kind of hop, the resource, and the rule or else the note."""
        return [(str(one.hop), one.resource, one.rule or one.note) for one in self.region.decided_by()]

    @property
    def blockers(self) -> list[tuple[str, str, str]]:
        """Who blocks it, in some world or in all."""
        return [(str(d.hop), d.resource, d.rule or d.note) for d in self.region.decided_by() if not d.passes]

    @property
    def facts(self) -> list[str]:
        """The facts that an open answer waits for."""
        return [fact.name for fact in self.region.open_facts()] if self.verdict is OPEN else []

    @property
    def reasons(self) -> str:
        """What an open answer says about these facts."""
        return "; ".join(fact.reason for fact in self.region.open_facts()) if self.verdict is OPEN else ""

    @property
    def hops(self) -> list[str]:
        """The hops that it meets, in travel order: kind, direction and resource, as far as they have them."""
        met = [one for one in self.results if any(case.is_met for part in one.parts for case in part.cases)]
        return [" ".join(word for word in (str(one.hop), one.direction, one.resource) if word) for one in met]


def walked(
    site: Site, source: str, to: str, port: int = 443, protocol: int = TCP, hosts: tuple[str, ...] = ()
) -> Walked:
    """Send one packet: `source` is a VM (its first NIC), a NIC as `vm/nic`, or an address that no NIC holds."""
    start = _start(site, source)
    first = start.nic.addresses if start.nic is not None else ()
    families = [one for one in first if (one.family == 6) == (":" in to)]
    from_ = str(families[0]).split("/")[0] if families else source
    one = header(from_, to, port, protocol)
    results = walk(
        build_graph(site), AddressBook(site), Start(point(one), start.vm, start.nic, start.subnet, False, hosts)
    )
    [region] = cut(point(one), results)
    return Walked(region, results)


def point(one: Header) -> ps.PacketSet:
    """Return the set of one packet."""
    values = [IntervalSet.point(value) for value in one[1:]]
    return ps.box(one.family, *values)


def _start(site: Site, source: str) -> Start:
    name, _, nic = source.partition("/")
    found = site.vm(name)
    if found is None:
        address = header(source, source).source
        for one in (one for v in site.virtual_networks for one in v.subnets):
            if any(prefix.first <= address <= prefix.last for prefix in one.prefixes):
                return Start(ps.EVERYTHING, subnet=one)
        return Start(ps.EVERYTHING)
    interfaces = [one for one in found.interfaces if key(one.name) == key(nic)] if nic else list(found.interfaces)
    return Start(ps.EVERYTHING, found, interfaces[0])
