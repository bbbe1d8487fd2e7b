"""The ways by which packets come from outside to a NIC, and what they let in where no NSG is asked.

Microsoft Learn, "Public IP addresses" (table "At-a-glance"): a Standard address used as a frontend is closed to inbound
traffic until an NSG allows it; a Basic one is open, and an NSG is optional. "What is Azure Load Balancer?", section
"Secure by default": the same of load balancers. Addresses of the classic deployment model have no SKU and are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import NamedTuple

from netcheck.model.address import FAMILIES
from netcheck.model.effective import Level
from netcheck.model.names import key
from netcheck.model.network import PublicIpSku
from netcheck.model.rules import NOT_APPLIED, Direction
from netcheck.model.site import DeploymentModel, NetworkInterface, NetworkSecurityGroup, Site, Subnet
from netcheck.policy.balancers import balancers_of, brings
from netcheck.policy.builtin import INTERNET_UPPER
from netcheck.policy.decision import Decision, HopPart, depends, settled
from netcheck.policy.facts import Fact
from netcheck.sets import packets as ps
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

CLOSED = "lets nothing in without an NSG"
"""What a note about a closed way ends with."""
_ADDRESS, _BALANCER = "public IP address", "public load balancer"


class Way(NamedTuple):
    """A way in: its kind, its SKU (None: the files do not say) and the packets that it brings to the NIC."""

    what: str
    sku: PublicIpSku | None
    packets: PacketSet


def ways_in(site: Site, nic: NetworkInterface) -> Iterator[Way]:
    """Yield the public IP addresses and public load balancers of a NIC; whether those carry IPv6 is not known."""
    is_classic = site.deployment_model is DeploymentModel.CLASSIC
    for family in FAMILIES:
        for sku in dict.fromkeys(one.sku for one in nic.public_ips if one.family == family):
            told = PublicIpSku.BASIC if sku is None and is_classic else sku
            yield Way(_ADDRESS, told, ps.box(family, sources=INTERNET_UPPER[family]))
    for balancer, pool in balancers_of(site, nic):
        told = None
        if balancer.is_standard is not None:
            told = PublicIpSku.STANDARD if balancer.is_standard else PublicIpSku.BASIC
        yield Way(_BALANCER, told, brings(balancer, pool) & ps.box(4, sources=INTERNET_UPPER[4]))


def brought_by(ways: Iterable[Way]) -> PacketSet:
    """Return the packets that some ways bring."""
    return reduce(or_, (way.packets for way in ways), EMPTY_PACKETS)


class Guard(NamedTuple):
    """Whether an NSG is asked about what comes to a NIC. `doubt` says why that is not certain."""

    is_there: bool
    doubt: str = ""


def guard_of(site: Site, nic: NetworkInterface, subnet: Subnet | None) -> Guard:
    """Return whether the NIC or its subnet has an NSG; what Azure computed for the NIC stands in place of the files.

    One that is named and that no file describes is there: what it lets in is open by itself.
    """
    if nic.effective_nsgs is not None:
        found: list[NetworkSecurityGroup | None] = [
            one.nsg for one in nic.effective_nsgs if one.level is not Level.MANAGER
        ]
    else:
        names = (nic.network_security_group, subnet.network_security_group if subnet else "")
        found = [site.nsg(name) for name in names if name]
    doubts = [_doubt(nsg) for nsg in found]
    if not doubts or "" in doubts:
        return Guard(bool(doubts))
    return Guard(True, doubts[0])


def _doubt(nsg: NetworkSecurityGroup | None) -> str:
    """Return why an NSG may not be attached, "" where it is for certain."""
    rules = nsg.rules if nsg is not None else ()
    return next((rule.unknown for rule in rules if rule.name == f"{NOT_APPLIED} {Direction.INBOUND}"), "")


def let_in(
    ways: Sequence[Way], guard: Guard, nic: NetworkInterface, packets: PacketSet, skips_nsgs: PacketSet, yes: Decision
) -> Iterator[HopPart]:
    """Yield what the ways of a NIC do with packets that one of them brings.

    `skips_nsgs` are those for which a security admin rule may pass the NSGs over; `yes` is a decision that lets them
    in, to be noted. Ways of both SKUs at one NIC are nothing that Azure allows: then it is open which one counts.
    """
    left = packets
    basic, standard, unsaid = (
        brought_by(way for way in ways if way.sku is sku) for sku in (PublicIpSku.BASIC, PublicIpSku.STANDARD, None)
    )
    closed, opened = standard - basic - unsaid, basic - standard - unsaid
    for what in (_ADDRESS, _BALANCER):
        here = left & brought_by(way for way in ways if way.what == what)
        left = left - here
        passes = replace(yes, note=what)
        stops = replace(yes, passes=False, note=f"a Standard {what} {CLOSED}")
        if guard.is_there and not guard.doubt:
            yield settled(here, passes)
            continue
        yield settled(here & opened, passes)
        yield depends(here - opened - closed, sku_fact(nic, what), passes, stops)
        if guard.is_there:
            yield depends(here & closed, _attached(nic, guard), passes, stops)
        else:
            yield depends(here & closed & skips_nsgs, _always(nic, what), passes, stops)
            yield settled((here & closed) - skips_nsgs, stops)


def sku_fact(nic: NetworkInterface, what: str) -> Fact:
    """Return the fact that a way in is a Basic one."""
    reason = (
        f"no NSG is at NIC `{nic.name}` at {nic.at}, and the SKU of its {what} is not certain: Standard {CLOSED}, "
        "Basic lets everything in (`sku: Standard` or `sku: Basic` says which)"
    )
    return Fact(f"{SKU_FACTS} {key(nic.name)}", "", reason, nic.at)


SKU_FACTS = "SKU of the ways in to"
"""What the names of facts about SKUs begin with."""


def _attached(nic: NetworkInterface, guard: Guard) -> Fact:
    reason = f"a Standard way in to NIC `{nic.name}` at {nic.at} {CLOSED}, and {guard.doubt}"
    return Fact(f"NSG at {key(nic.name)}", "", reason, nic.at)


def _always(nic: NetworkInterface, what: str) -> Fact:
    reason = (
        f"a Standard {what} {CLOSED}, and NIC `{nic.name}` at {nic.at} has none; whether `AlwaysAllow` of a security "
        "admin rule opens it is not documented"
    )
    return Fact(f"AlwaysAllow opens {key(nic.name)}", "", reason, nic.at)
