"""Widening a rule that an NSG has, in place of adding one: only where the wider rule is exactly what is wanted more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netcheck.model.address import AddressRange, Endpoint, Family
from netcheck.model.names import key
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.rules import Access, NsgRule
from netcheck.model.site import Site
from netcheck.policy.resolve import builtin_name, to_prefixes, to_set
from netcheck.remedy.edits import Opening, computed_for, nsg_named
from netcheck.remedy.limits import PREFIXES
from netcheck.remedy.spelled import why_stays
from netcheck.sets.intervals import IntervalSet


def widened(site: Site, nsg_name: str, wanted: NsgRule, before: int, is_single: bool) -> Opening | None:
    """Return a rule of an NSG in a form that also allows what is wanted and nothing more, or None.

    It has to stand before the rule at `before`, and may differ from what is wanted in one field: the sources, the
    destinations or the ports. Rules that Azure computed are not widened: their prefixes are not those of the files.
    """
    nsg = nsg_named(site, nsg_name)
    if nsg is None or any(True for _ in computed_for(site, nsg_name)):
        return None
    for rule in nsg.rules:
        if 0 < rule.priority < before and _is_alike(rule, wanted):
            wider = _wider(rule, wanted, is_single)
            if wider is not None and _fits(wider, is_single):
                return Opening(nsg.name, wider, rule)
    return None


def _is_alike(rule: NsgRule, wanted: NsgRule) -> bool:
    return (
        rule.access is Access.ALLOW
        and rule.direction is wanted.direction
        and rule.protocol == wanted.protocol
        and rule.source_ports == wanted.source_ports == (ALL_PORTS,)
        and not why_stays(rule)
    )


def _wider(rule: NsgRule, wanted: NsgRule, is_single: bool) -> NsgRule | None:
    has_sources = _same(rule.sources, wanted.sources)
    has_destinations = _same(rule.destinations, wanted.destinations)
    has_ports = _ports(rule.destination_ports) == _ports(wanted.destination_ports)
    if has_sources and has_destinations:
        values = _ports(rule.destination_ports) | _ports(wanted.destination_ports)
        return replace(rule, destination_ports=tuple(PortRange(first, last) for first, last in values.spans()))
    if has_destinations and has_ports:
        sources = _union(rule.sources, wanted.sources, is_single)
        return replace(rule, sources=sources) if sources else None
    if has_sources and has_ports:
        destinations = _union(rule.destinations, wanted.destinations, is_single)
        return replace(rule, destinations=destinations) if destinations else None
    return None


def _ports(ranges: Sequence[PortRange]) -> IntervalSet:
    return IntervalSet.of((one.first, one.last) for one in ranges)


def _same(one: Sequence[Endpoint], other: Sequence[Endpoint]) -> bool:
    """Return whether two sides of rules are the same: the same words, or the same addresses of one family."""
    if _are_prefixes(one) and _are_prefixes(other):
        return _family(one) == _family(other) and _values(one) == _values(other)
    return {_word(endpoint) for endpoint in one} == {_word(endpoint) for endpoint in other}


def _word(endpoint: Endpoint) -> str:
    return builtin_name(str(endpoint)) or key(str(endpoint))


def _union(one: Sequence[Endpoint], other: Sequence[Endpoint], is_single: bool) -> tuple[Endpoint, ...]:
    """Return prefixes that are exactly both; nothing where there is a word, or there are two families.

    A list keeps what it has, so that its reader knows it again; a rule of one prefix needs the fewest there are.
    """
    if not (_are_prefixes(one) and _are_prefixes(other)) or _family(one) != _family(other):
        return ()
    if is_single:
        return tuple(to_prefixes(_values(one) | _values(other), _family(one)))
    return (*one, *to_prefixes(_values(other) - _values(one), _family(one)))


def _are_prefixes(endpoints: Sequence[Endpoint]) -> bool:
    return all(isinstance(endpoint, AddressRange) for endpoint in endpoints)


def _family(endpoints: Sequence[Endpoint]) -> Family:
    """Return the family of prefixes, of which a rule has one."""
    return next(endpoint.family for endpoint in endpoints if isinstance(endpoint, AddressRange))


def _values(endpoints: Sequence[Endpoint]) -> IntervalSet:
    return to_set((e for e in endpoints if isinstance(e, AddressRange)), _family(endpoints))


def _fits(rule: NsgRule, is_single: bool) -> bool:
    most = 1 if is_single else PREFIXES
    return (
        len(rule.sources) <= most
        and len(rule.destinations) <= most
        and (not is_single or len(rule.destination_ports) == 1)
    )
