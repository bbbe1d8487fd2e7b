"""Openings: allow rules to add to an NSG, with free priorities before the rules that block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netcheck.diagnostics import Source
from netcheck.errors import PlanError
from netcheck.model.address import FAMILIES, AddressRange, AnyAddress, Endpoint, Family
from netcheck.model.names import is_same, key
from netcheck.model.ports import ALL_PORTS, TCP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkInterface, NetworkSecurityGroup, Site

if TYPE_CHECKING:
    from netcheck.model.effective import EffectiveNsg

FIRST_PRIORITY, LAST_PRIORITY = 100, 4096
USUAL_PRIORITY = 200
"""Where new rules go when nothing speaks against it; the article's own choice."""
PLANNED = Source("the plan")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.\-]{0,78}[A-Za-z0-9_])?\Z")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Allow rules that an NSG lacks: every source to every destination on every port range."""

    nsg: str
    direction: Direction
    sources: tuple[Endpoint, ...]
    destinations: tuple[Endpoint, ...]
    ports: tuple[PortRange, ...]
    name: str
    port_names: bool = True


@dataclass(frozen=True, slots=True)
class Opening:
    """One rule to add to one NSG."""

    nsg: str
    rule: NsgRule

    def to_dict(self) -> dict[str, object]:
        """Return the rule in Azure's spelling, singular fields where there is one value."""
        rule = self.rule
        return {
            "nsg": self.nsg,
            "name": rule.name,
            "priority": rule.priority,
            "direction": str(rule.direction),
            "access": str(rule.access),
            "protocol": "Tcp",
            **_spelled("sourceAddressPrefix", [spell(e) for e in rule.sources], "es"),
            **_spelled("sourcePortRange", [_spell_port(p) for p in rule.source_ports], "s"),
            **_spelled("destinationAddressPrefix", [spell(e) for e in rule.destinations], "es"),
            **_spelled("destinationPortRange", [_spell_port(p) for p in rule.destination_ports], "s"),
        }


def _spelled(name: str, values: Sequence[str], plural: str) -> dict[str, object]:
    return {name: values[0]} if len(values) == 1 else {name + plural: list(values)}


def spell(endpoint: Endpoint) -> str:
    """Return an endpoint as NSG rules spell it."""
    return "*" if isinstance(endpoint, AnyAddress) else str(endpoint)


def _spell_port(port: PortRange) -> str:
    return "*" if port == ALL_PORTS else str(port)


def is_azure_name(name: str) -> bool:
    """Return whether a name keeps to the documented rule for NSGs and security rules.

    Microsoft Learn, "Naming rules and restrictions for Azure resources": at most 80 letters, numbers, underscores,
    periods and hyphens; starts with a letter or number, ends with one of these or an underscore.
    """
    return bool(_NAME.match(name))


def free_priorities(nsg: NetworkSecurityGroup, direction: Direction, before: int, count: int) -> list[int]:
    """Return unused numbers, all smaller than `before`, in order; raise PlanError when there are too few.

    They start at 200 in steps of 10 where that fits, else they are packed from the smallest free number.
    """
    used = {rule.priority for rule in nsg.rules if rule.direction is direction}
    limit = min(before, LAST_PRIORITY + 1)
    for start, step in ((USUAL_PRIORITY, 10), (USUAL_PRIORITY, 1), (FIRST_PRIORITY, 1)):
        found = [number for number in range(start, limit, step) if number not in used][:count]
        if len(found) == count:
            return found
    room = sum(1 for number in range(FIRST_PRIORITY, limit) if number not in used)
    raise PlanError(
        "NC402",
        f"NSG `{nsg.name}` has {room} free priorities before {before}, the plan needs {count}",
        f"renumber the {direction.lower()} rule at {before} first, to make room for {count} before it",
    )


def _fixed_priorities(nsg: NetworkSecurityGroup, direction: Direction, first: int, count: int) -> list[int]:
    """Return the numbers from `first` on; raise PlanError where a rule of the NSG has one of them."""
    numbers = list(range(first, first + count))
    taken = [rule for rule in nsg.rules if rule.direction is direction and rule.priority in numbers]
    if taken:
        raise PlanError(
            "NC402",
            f"rule `{taken[0].name}` of NSG `{nsg.name}` has priority {taken[0].priority}, which the command needs",
            "leave out --as-documented, and the plan takes a free priority",
        )
    return numbers


def to_openings(site: Site, wanted: Wanted, before: int, is_classic: bool, priority: int = 0) -> tuple[Opening, ...]:
    """Return the rules for what is wanted, numbered before the rule `before`.

    Resource Manager takes lists of prefixes and ports in one rule; classic takes one prefix and one port range a rule.
    `priority` fixes the first number.
    """
    nsg = nsg_named(site, wanted.nsg)
    if nsg is None:
        raise PlanError("NC401", f"no NSG `{wanted.nsg}` in the site")
    shapes = list(_shapes(wanted, is_classic))
    count = len(shapes)
    numbers = (
        _fixed_priorities(nsg, wanted.direction, priority, count)
        if priority
        else free_priorities(nsg, wanted.direction, before, count)
    )
    taken = {key(rule.name) for rule in nsg.rules}
    openings = []
    for number, (name, sources, destinations, ports) in zip(numbers, shapes, strict=True):
        unique = _unique(name, taken)
        taken.add(key(unique))
        rule = NsgRule(
            name=unique,
            priority=number,
            direction=wanted.direction,
            access=Access.ALLOW,
            protocol=Protocol((TCP,)),
            sources=sources,
            source_ports=(ALL_PORTS,),
            destinations=destinations,
            destination_ports=ports,
            at=PLANNED,
        )
        openings.append(Opening(nsg.name, rule))
    return tuple(openings)


_Shape = tuple[str, tuple[Endpoint, ...], tuple[Endpoint, ...], tuple[PortRange, ...]]


def _shapes(wanted: Wanted, is_classic: bool) -> Iterator[_Shape]:
    if not is_classic:
        yield from _shapes_by_family(wanted)
        return
    many = len(wanted.sources) * len(wanted.destinations) > 1
    number = 0
    for source in wanted.sources:
        for destination in wanted.destinations:
            number += 1
            for port in wanted.ports:
                index = f"-{number:03}" if many else ""
                suffix = f"-{_port_word(port)}" if wanted.port_names and len(wanted.ports) > 1 else ""
                yield f"{wanted.name}{index}{suffix}", (source,), (destination,), (port,)


def _shapes_by_family(wanted: Wanted) -> Iterator[_Shape]:
    """Yield one rule a family: the service refuses prefixes of both families in one rule."""
    named = [e.family for e in (*wanted.sources, *wanted.destinations) if isinstance(e, AddressRange)]
    families = list(dict.fromkeys(named)) or [FAMILIES[0]]
    for family in families:
        sources, destinations = _of_family(wanted.sources, family), _of_family(wanted.destinations, family)
        if sources and destinations:
            name = wanted.name if family == families[0] else f"{wanted.name}-v{family}"
            yield name, sources, destinations, wanted.ports


def _of_family(endpoints: Sequence[Endpoint], family: Family) -> tuple[Endpoint, ...]:
    return tuple(e for e in endpoints if not isinstance(e, AddressRange) or e.family == family)


def _port_word(port: PortRange) -> str:
    return {"80": "http", "443": "https"}.get(str(port), str(port))


def _unique(name: str, taken: Iterable[str]) -> str:
    known = set(taken)
    candidate, number = name, 2
    while key(candidate) in known:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


def computed_for(site: Site, nsg_name: str) -> Iterator[tuple[NetworkInterface, NetworkSecurityGroup]]:
    """Yield the rules of an NSG as Azure computed them, with the NIC for which it did: there, they are what counts."""
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            for one in nic.effective_nsgs or ():
                if is_same(one.nsg.name, nsg_name):
                    yield nic, one.nsg


def nsg_named(site: Site, name: str) -> NetworkSecurityGroup | None:
    """Return the NSG of that name with all rules that the files or Azure's computed rules show, so that what is free
    is free everywhere."""
    known = [nsg for nsg in (site.nsg(name), *(nsg for _, nsg in computed_for(site, name))) if nsg is not None]
    if not known:
        return None
    rules = {(rule.direction, rule.priority): rule for nsg in reversed(known) for rule in nsg.rules}
    return known[0] if len(known) == 1 else replace(known[0], rules=tuple(rules.values()))


def with_openings(site: Site, openings: Sequence[Opening]) -> Site:
    """Return the site as it would be with the openings in place.

    Where Azure computed the rules of a NIC, it would compute them with the openings.
    """
    for opening in openings:
        nsg = site.nsg(opening.nsg)
        if nsg is not None:
            site = site.with_rules(nsg.name, (*nsg.rules, opening.rule))
        if any(True for _ in computed_for(site, opening.nsg)):
            vms = tuple(replace(vm, interfaces=_recomputed(vm.interfaces, opening)) for vm in site.virtual_machines)
            site = replace(site, virtual_machines=vms)
    return site


def _recomputed(nics: Sequence[NetworkInterface], opening: Opening) -> tuple[NetworkInterface, ...]:
    return tuple(
        nic
        if nic.effective_nsgs is None
        else replace(nic, effective_nsgs=tuple(_with_rule(one, opening) for one in nic.effective_nsgs))
        for nic in nics
    )


def _with_rule(one: EffectiveNsg, opening: Opening) -> EffectiveNsg:
    if not is_same(one.nsg.name, opening.nsg):
        return one
    return replace(one, nsg=replace(one.nsg, rules=(*one.nsg.rules, opening.rule)))
