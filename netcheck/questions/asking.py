"""Asking one site several questions: the graph and the address book are made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from netcheck.errors import QuestionError
from netcheck.model.site import Site, VirtualMachine
from netcheck.path.graph import build_graph
from netcheck.path.leg import Region, cut
from netcheck.path.walk import Start, walk
from netcheck.policy.decision import HopResult
from netcheck.policy.resolve import AddressBook
from netcheck.questions.packets import packets_from
from netcheck.questions.places import Addresses, Origin, find_origins
from netcheck.sets.intervals import IntervalSet

if TYPE_CHECKING:
    import networkx as nx

    from netcheck.model.site import NetworkInterface
    from netcheck.path.graph import Node
    from netcheck.questions.finding import Finding


@dataclass(frozen=True, slots=True)
class Leg:
    """The outcome of one leg: regions that partition its packets, and what each hop did."""

    regions: tuple[Region, ...]
    results: tuple[HopResult, ...]


class Asking:
    """A site ready to be asked: holds graphs and the resolved names, nothing else."""

    def __init__(self, site: Site, like: AddressBook | None = None) -> None:
        if site.is_bare_nsg:
            raise QuestionError(
                "NC314",
                f"{site.file} is an NSG alone: it has no path to judge",
                "`netcheck filter` judges an NSG by itself",
            )
        self.site = site
        self.book = AddressBook(site, like=like)
        self._placed: tuple[NetworkInterface, nx.DiGraph[Node]] | None = None
        self._origins: dict[str, tuple[Origin, ...]] = {}

    @cached_property
    def graph(self) -> nx.DiGraph[Node]:
        """The graph of the site."""
        return build_graph(self.site)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Where what Azure computed for the site's NICs is not what their own rules and routes make."""
        nics = (nic for vm in self.site.virtual_machines for nic in vm.interfaces)
        if all(nic.effective_nsgs is None and nic.effective_routes is None for nic in nics):
            return ()
        from netcheck.questions.computed import computed_differences  # few sites have such exports

        return computed_differences(self.site, self.book)

    def origins(self, text: str) -> tuple[Origin, ...]:
        """Return where packets of a name begin; questions name the same places again and again.

        Raise QuestionError when nothing has that name.
        """
        if text not in self._origins:
            self._origins[text] = find_origins(self.book, text)
        return self._origins[text]

    def leg(
        self,
        origins: Sequence[Origin],
        addresses: Addresses,
        protocols: IntervalSet,
        ports: IntervalSet,
        end: NetworkInterface | None = None,
        hosts: tuple[str, ...] = (),
    ) -> Leg:
        """Send packets from some places to some addresses and return what becomes of them.

        `end` is the NIC that all of them are for, where the question names one; it matters where the NIC's own
        address is not known. `hosts` are the names that the packets are sent for, where they are known. Raise
        QuestionError when there is no packet to send: source and destination of different families.
        """
        regions: list[Region] = []
        results: list[HopResult] = []
        for origin in origins:
            packets = packets_from(origin.addresses, addresses, protocols, ports)
            if packets:
                start = Start(packets, origin.vm, origin.nic, origin.subnet, origin.is_relay, hosts)
                graph, book = self.around(origin.nic, end)
                found = walk(graph, book, start)
                results += found
                regions += _settled(cut(packets, found), origin.nic, end)
        if not regions:
            raise QuestionError(
                "NC304", "the question holds no packet", "source and destination have no address family in common"
            )
        return Leg(tuple(regions), tuple(results))

    def around(
        self, start: NetworkInterface | None, end: NetworkInterface | None
    ) -> tuple[nx.DiGraph[Node], AddressBook]:
        """Return the graph and the address book for packets between two NICs, of which one may have an open address."""
        if not self.has_open_addresses:
            return self.graph, self.book
        placed = end if end is not None and end.has_unknown_address else None
        graph = self.graph if placed is None else self._graph_around(placed)
        ends = {side: nic for side, nic in (("source", start), ("destination", end)) if nic is not None}
        return graph, AddressBook(self.site, like=self.book, ends=ends)

    def _graph_around(self, placed: NetworkInterface) -> nx.DiGraph[Node]:
        """Return the graph in which a NIC has the address asked for; a proxy's is asked for by VM after VM."""
        if self._placed is None or self._placed[0] is not placed:
            self._placed = placed, build_graph(self.site, placed)
        return self._placed[1]

    @cached_property
    def has_open_addresses(self) -> bool:
        """Whether the site has a NIC with an address that no file states."""
        return any(nic.has_unknown_address for vm in self.site.virtual_machines for nic in vm.interfaces)


def _settled(regions: Sequence[Region], start: NetworkInterface | None, end: NetworkInterface | None) -> list[Region]:
    found = list(regions)
    for nic, level in ((start, "sources"), (end, "destinations")):
        if nic is not None and nic.has_unknown_address:
            from netcheck.questions.open_address import settle_address

            found = settle_address(found, nic, level)
    return found


def primary_origin(vm: VirtualMachine) -> Origin:
    """Return the NIC that a VM's own traffic leaves by."""
    return Origin(vm.primary.addresses, vm, vm.primary)
