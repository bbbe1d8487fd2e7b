"""Packets of a NIC whose address is not known: what holds for every address it may have, and what depends on it."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key
from netcheck.model.site import NetworkInterface
from netcheck.path.leg import Region, Verdict
from netcheck.policy.decision import Decision, HopCase, HopKind
from netcheck.policy.facts import Fact
from netcheck.policy.resolve import by_family
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet


def settle_address(regions: Sequence[Region], nic: NetworkInterface, level: str) -> list[Region]:
    """Return the regions, those open whose packets fare otherwise from (or to) another address the NIC may have.

    `level` is the field of packets that holds the NIC's address: `sources` or `destinations`.
    """
    sets = dict.fromkeys(Verdict, ps.EMPTY_PACKETS)
    chosen = ps.with_addresses(level, by_family(nic.open_addresses).items())
    for region in regions:
        sets[region.verdict] = sets[region.verdict] | (region.packets & chosen)
    found: list[Region] = []
    for region in regions:
        others = ps.EMPTY_PACKETS
        for verdict, packets in sets.items():
            if verdict is not region.verdict:
                others = others | _any_address(packets, level)
        mixed = region.packets & others & chosen
        if region.packets - mixed:
            found.append(Region(region.packets - mixed, region.hops))
        if mixed:
            found.append(Region(mixed, (*region.hops, _depends_on(nic))))
    return found


def _any_address(packets: PacketSet, level: str) -> PacketSet:
    whole = ps.EMPTY_PACKETS
    for box in packets.boxes():
        free = {
            "protocols": box.protocols,
            "destination_ports": box.destination_ports,
            "source_ports": box.source_ports,
        }
        if level == "sources":
            whole = whole | ps.box(box.family, **free, destinations=box.destinations)
        else:
            whole = whole | ps.box(box.family, **free, sources=box.sources)
    return whole


def _depends_on(nic: NetworkInterface) -> tuple[HopCase, ...]:
    """The verdict is another for another address: both outcomes are possible, whatever the hops before say."""
    reason = f"it depends on the address of NIC `{nic.name}` at {nic.at}, which Azure chooses and no file states"
    fact = Fact(f"address of {key(nic.name)}", "", reason, nic.at)
    yes = Decision(
        hop=HopKind.UNMODELLED,
        passes=True,
        resource=nic.name,
        at=str(nic.at),
        note="address not known",
        overrides=True,
    )
    no = Decision(hop=HopKind.UNMODELLED, passes=False, resource=nic.name, at=str(nic.at), note="address not known")
    return HopCase(frozenset({(fact, True)}), yes), HopCase(frozenset({(fact, False)}), no)
