"""Openings: the allow rules that an NSG lacks, in rules that it can hold, before the rules that block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from netcheck.errors import PlanError
from netcheck.model.address import FAMILIES, AddressRange, Endpoint, Family
from netcheck.model.names import is_same, key
from netcheck.model.ports import ALL_PORTS, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import Site
from netcheck.remedy.edits import PLANNED, Edit, Opening, nsg_named, with_edits
from netcheck.remedy.priorities import fixed_priorities, make_room
from netcheck.remedy.widening import widened


@dataclass(frozen=True, slots=True)
class Wanted:
    """Allow rules that an NSG lacks: every source to every destination on every port range."""

    nsg: str
    direction: Direction
    sources: tuple[Endpoint, ...]
    destinations: tuple[Endpoint, ...]
    ports: tuple[PortRange, ...]
    name: str
    protocol: Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What rules may look like.

    `is_single`: one prefix and one port range a rule, as classic has it; else lists. `may_widen`: rules of the NSG
    may be widened in place of adding some. `priority` fixes the first number.
    """

    is_single: bool
    may_widen: bool = True
    priority: int = 0


def to_edits(site: Site, wanted: Wanted, before: int, form: Form) -> tuple[Edit, ...]:
    """Return the edits of an NSG that allow what is wanted before the rule at priority `before`.

    Rules that the NSG has are widened where that is exactly what is wanted; the rest are new rules, for which others
    are moved where no number is free.
    """
    nsg = nsg_named(site, wanted.nsg)
    if nsg is None:
        raise PlanError("NC401", f"no NSG `{wanted.nsg}` in the site")
    edits: list[Edit] = []
    lacking: list[NsgRule] = []
    for rule in _rules(wanted, form.is_single):
        wider = widened(with_edits(site, edits), nsg.name, rule, before, form.is_single) if form.may_widen else None
        if wider is None:
            lacking.append(rule)
        elif wider.rule != wider.replaces:  # else it allows this already, and something else is denied
            edits.append(wider)
    return (*edits, *_new(with_edits(site, edits), nsg.name, lacking, before, form))


def _new(site: Site, name: str, rules: Sequence[NsgRule], before: int, form: Form) -> Iterator[Edit]:
    """Yield the rules with free names and numbers, behind the moves that these need."""
    nsg = nsg_named(site, name)
    if nsg is None or not rules:
        return
    direction = rules[0].direction
    if form.priority:
        numbers = fixed_priorities(nsg, direction, form.priority, len(rules))
    else:
        numbers, moves = make_room(nsg, direction, before, len(rules))
        yield from moves
    taken = {key(rule.name) for rule in nsg.rules}
    for number, rule in zip(numbers, rules, strict=True):
        unique = _unique(rule.name, taken)
        taken.add(key(unique))
        yield Opening(nsg.name, replace(rule, name=unique, priority=number))


def _rules(wanted: Wanted, is_single: bool) -> Iterator[NsgRule]:
    """Yield rules that are together what is wanted, without a number."""
    shapes = _singles(wanted) if is_single else _by_family(wanted)
    for name, sources, destinations, ports in shapes:
        yield NsgRule(
            name=name,
            priority=0,
            direction=wanted.direction,
            access=Access.ALLOW,
            protocol=wanted.protocol,
            sources=sources,
            source_ports=(ALL_PORTS,),
            destinations=destinations,
            destination_ports=ports,
            at=PLANNED,
        )


_Shape = tuple[str, tuple[Endpoint, ...], tuple[Endpoint, ...], tuple[PortRange, ...]]


def _singles(wanted: Wanted) -> Iterator[_Shape]:
    many = len(wanted.sources) * len(wanted.destinations) > 1
    number = 0
    for source in wanted.sources:
        for destination in wanted.destinations:
            number += 1
            for port in wanted.ports:
                index = f"-{number:03}" if many else ""
                suffix = f"-{_port_word(port)}" if len(wanted.ports) > 1 else ""
                yield f"{wanted.name}{index}{suffix}", (source,), (destination,), (port,)


def _by_family(wanted: Wanted) -> Iterator[_Shape]:
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


def joined(planned: Sequence[Edit], more: Iterable[Edit]) -> list[Edit]:
    """Return edits with more of them, each rule once: a planned one that is edited again takes its last form.

    They are in an order in which no two rules ever have one number, NSG by NSG: rules that the NSG has come first, from
    the last number to the first, since they only move on; new ones then find their numbers free.
    """
    found = list(planned)
    for edit in more:
        at = next((n for n, one in enumerate(found) if _is_same_rule(one, edit)), None)
        if at is None:
            found.append(edit)
        elif isinstance(edit, Opening):
            found[at] = Opening(edit.nsg, edit.rule, found[at].replaces)
        else:
            found[at] = replace(found[at], rule=edit.rule)
    nsgs = {name: number for number, name in enumerate(dict.fromkeys(key(edit.nsg) for edit in found))}
    return sorted(found, key=lambda one: (nsgs[key(one.nsg)], -one.rule.priority if one.replaces else 0))


def _is_same_rule(one: Edit, other: Edit) -> bool:
    return is_same(one.nsg, other.nsg) and is_same(one.rule.name, other.rule.name)
