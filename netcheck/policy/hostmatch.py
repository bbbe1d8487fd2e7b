"""What one rule of a host firewall matches: boxes of packets, each with the facts it waits for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from netcheck.model.address import FAMILIES, AddressRange, Family
from netcheck.model.names import key
from netcheck.model.rules import Direction, HostRule
from netcheck.model.site import Hook, NetworkInterface, Subnet, VirtualMachine
from netcheck.policy.facts import Fact
from netcheck.policy.nsgrule import PortPart, port_parts, port_set, protocol_set
from netcheck.policy.resolve import AddressBook, Term, to_set
from netcheck.sets.packets import ALL_ADDRESSES, Box

_OWNER_ROOT, _OWNER_OTHER = "owner: root", "not owner: root"
_OWNER_NUMBER = re.compile(r"(not )?owner: (\d{1,10})(?:-\d{1,10})?")
# Properties of the packet's sender, receiver or interface: two rules that ask for the same one get the same answer.
# Anything else (a rate limit, a mark, a list of recent senders) may answer each rule differently.
_LASTING = (
    "owner: ", "in interface ", "out interface ", "program: ", "package: ", "service: ", "localUser: ", "remoteUser: ",
    "remoteMachine: ", "interfaceAlias: ", "interfaceType: ", "localPort: ", "remotePort: ", "platform: ",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HostContext:
    """Where a host firewall stands, and who sends or receives the packets.

    `is_root`: outbound packets are sent by a process of root; None means that is not known.
    """

    vm: VirtualMachine
    nic: NetworkInterface
    subnet: Subnet | None
    hook: Hook
    book: AddressBook
    is_root: bool | None = True

    @property
    def direction(self) -> Direction:
        """Packets that a machine passes on come in as those for it do."""
        return Direction.OUTBOUND if self.hook is Hook.OUTPUT else Direction.INBOUND


class HostMatch(NamedTuple):
    """Part of what a rule matches: a box, provided that every fact in `when` holds."""

    box: Box
    when: tuple[Fact, ...]


def rule_matches(rule: HostRule, label: str, context: HostContext) -> Iterator[HostMatch]:
    """Yield the parts of what a rule matches; `label` tells the rule from all others of the VM.

    Which end of a packet is the local one follows from the rule's own direction.
    """
    conditions = _condition_facts(rule, label, context)
    if not rule.is_enabled or conditions is None:
        return
    is_inbound = rule.direction is Direction.INBOUND
    local_side, remote_side = ("destination", "source") if is_inbound else ("source", "destination")
    ports = list(_port_parts(rule, label, context))
    for family in FAMILIES:
        local_terms = _terms(rule.local_addresses, rule.local_keywords, family, local_side, context)
        remote_terms = _terms(rule.remote_addresses, rule.remote_keywords, family, remote_side, context)
        for local, remote in product(local_terms, remote_terms):
            source, destination = (remote, local) if is_inbound else (local, remote)
            for protocols, source_ports, destination_ports, port_facts in ports:
                box = Box(family, protocols, destination_ports, source_ports, source.addresses, destination.addresses)
                addresses = (term.fact for term in (source, destination) if term.fact)
                yield HostMatch(box, (*conditions, *port_facts, *addresses))


def _condition_facts(rule: HostRule, label: str, context: HostContext) -> tuple[Fact, ...] | None:
    """Return what must hold beside the header; None when it certainly does not."""
    facts: list[Fact] = []
    vm = context.vm.name
    for text in rule.conditions:
        holds = _holds_for_owner(text, context.is_root if context.direction is Direction.OUTBOUND else None)
        if holds is False:
            return None
        if holds:
            continue
        asked = f"{context.direction} packets" if is_lasting(text) else f"{context.direction} {label}"
        reason = f"rule `{rule.name}` of VM `{vm}` matches under a condition that no packet header shows: `{text}`"
        facts.append(Fact(f"{text} of {asked} on {key(vm)}", "", reason, rule.at))
    return tuple(facts)


def is_lasting(condition: str) -> bool:
    """Return whether all rules that ask for a condition get the same answer."""
    return condition.removeprefix("not ").startswith(_LASTING)


def _holds_for_owner(text: str, is_root: bool | None) -> bool | None:
    """Return whether a condition about the sender's user holds; None where that is not known.

    Root is user 0; whoever is not root may be any other.
    """
    if is_root is None:
        return None
    if text in (_OWNER_ROOT, _OWNER_OTHER):
        return is_root is (text == _OWNER_ROOT)
    user = _OWNER_NUMBER.fullmatch(text)
    if user is None or not is_root:
        return None
    return (int(user[2]) == 0) is not bool(user[1])


def _port_parts(rule: HostRule, label: str, context: HostContext) -> Iterator[PortPart]:
    local, remote = port_set(rule.local_ports), port_set(rule.remote_ports)
    sources, destinations = (remote, local) if rule.direction is Direction.INBOUND else (local, remote)
    reason = f"rule `{rule.name}` of VM `{context.vm.name}` names ports, and the packets are neither TCP nor UDP"
    fact = Fact(f"ports of {context.direction} {label} on {key(context.vm.name)}", "", reason, rule.at)
    return port_parts(protocol_set(rule.protocol), sources, destinations, fact)


def _terms(
    ranges: Sequence[AddressRange], keywords: Sequence[str], family: Family, side: str, context: HostContext
) -> list[Term]:
    if not ranges and not keywords:
        return [Term(ALL_ADDRESSES[family])]
    terms = [Term(to_set(ranges, family))]
    for word in keywords:
        terms += _keyword(word, family, side, context)
    return [term for term in terms if term.addresses]


def _keyword(word: str, family: Family, side: str, context: HostContext) -> list[Term]:
    """Return what an address word of Windows Firewall covers.

    Microsoft Learn, "New-NetFirewallRule", parameter RemoteAddress. Only the local subnet can be told from outside.
    """
    match key(word):
        case "any":
            return [Term(ALL_ADDRESSES[family])]
        case "localsubnet":
            return _local_subnet(family, side, context)
        case "localsubnet4" | "localsubnet6":
            return _local_subnet(family, side, context) if word.endswith(str(family)) else []
        case _:
            return [Term(ALL_ADDRESSES[family], _word_fact(word, side, context))]


def _local_subnet(family: Family, side: str, context: HostContext) -> list[Term]:
    """Return the prefix the NIC is in; other prefixes of its subnet, and other NICs' subnets, possibly count too."""
    subnet, vm = context.subnet, context.vm
    if subnet is None:
        return [Term(ALL_ADDRESSES[family], _word_fact("LocalSubnet", side, context))]
    own = [prefix for prefix in subnet.prefixes if prefix.family == family]
    if len(own) > 1:
        own = [
            p for p in own if any(a.family == family and p.first <= a.first <= p.last for a in context.nic.addresses)
        ]
    attached = [context.book.site.subnet(nic.subnet) for nic in vm.interfaces]
    near = [prefix for one in (subnet, *attached) if one is not None for prefix in one.prefixes]
    certain = to_set(own, family)
    possible = to_set(near, family) - certain
    return [Term(certain), Term(possible, _word_fact("LocalSubnet", side, context))]


def _word_fact(word: str, side: str, context: HostContext) -> Fact:
    reason = f"whether `{word}`, as VM `{context.vm.name}` understands it, covers this address is not known"
    return Fact(f"{key(word)} of {key(context.nic.name)} on {key(context.vm.name)}", side, reason, context.vm.at)
