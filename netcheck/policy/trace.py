"""One flow against NSG rules or security admin rules, field by field: which decides, and why others do not match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netcheck.model.address import ApplicationSecurityGroup, Endpoint, Family
from netcheck.model.flow import Flow
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkSecurityGroup
from netcheck.policy.builtin import PLATFORM
from netcheck.policy.decision import HopKind
from netcheck.policy.nsg import ordered_rules
from netcheck.policy.nsgrule import FilterRule, NsgContext, names_platform, of_platform, port_set, protocol_set
from netcheck.policy.resolve import AddressBook
from netcheck.sets.packets import PORTED

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.adminrules import AdminRule
    from netcheck.model.site import Subnet

WHOLE = "rule"
"""In place of a field: whether the rule matches at all is not known."""
ORDER = "order"
"""In place of a field: whether another rule that matches comes first is not known."""
FIELDS = ("protocol", "source", "sourcePort", "destination", "destinationPort")
_GROUPS = {"source": "sourceGroup", "destination": "destinationGroup"}


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule as a flow meets it. Per field: True matches, False does not, None cannot be told."""

    rule: FilterRule
    fields: tuple[tuple[str, bool | None], ...]

    @property
    def matches(self) -> bool | None:
        """Whether the whole rule matches."""
        values = [value for _, value in self.fields]
        if False in values:
            return False
        return None if None in values else True

    def mismatches(self) -> tuple[str, ...]:
        """Return the fields that do not match: `sourceGroup` or `destinationGroup` where a group is named there."""
        missed = (name for name, value in self.fields if value is False)
        return tuple(_GROUPS[name] if self._names_group(name) else name for name in missed)

    def _names_group(self, field: str) -> bool:
        sides = {"source": self.rule.sources, "destination": self.rule.destinations}
        return any(isinstance(endpoint, ApplicationSecurityGroup) for endpoint in sides.get(field, ()))

    def to_dict(self) -> dict[str, object]:
        """Return the rule as JSON, with a truth value (or null) per field, and the sides whose group is another one."""
        groups = [side for side, name in _GROUPS.items() if name in self.mismatches()]
        return {
            "rule": self.rule.name,
            "priority": self.rule.priority,
            "access": str(self.rule.access),
            "at": str(self.rule.at),
            "default": self.rule.is_default,
            "fields": dict(self.fields),
            "matches": self.matches,
            **({"groups": groups} if groups else {}),
        }


def trace_rules(
    nsg: NetworkSecurityGroup, direction: Direction, flow: Flow, context: NsgContext
) -> tuple[RuleTrace, ...]:
    """Return the rules that a flow meets, in order, up to the first that certainly matches.

    A flow to a platform address meets the rules that name an `AzurePlatform*` tag only.
    """
    rules = ordered_rules(nsg, direction, context.book.site.deployment_model)
    if direction is Direction.OUTBOUND and flow.destination in PLATFORM[flow.family]:
        rules = tuple(of_platform(rule) for rule in rules if names_platform(rule))
    traces: list[RuleTrace] = []
    for rule in rules:
        traces.append(_trace(rule, flow, context))
        if traces[-1].matches:
            break
    return tuple(traces)


def trace_admin_rules(
    rules: Sequence[AdminRule], direction: Direction, flow: Flow, book: AddressBook, subnet: Subnet
) -> tuple[RuleTrace, ...]:
    """Return the security admin rules that a flow meets, in order, up to the first that certainly matches.

    Where the order of some is not known, all of these are there; if several may match, whether one of them decides
    cannot be told. A flow to a platform address meets none.
    """
    from netcheck.policy.adminrules import tiers  # few sites have any

    if direction is Direction.OUTBOUND and flow.destination in PLATFORM[flow.family]:
        return ()
    context = NsgContext(book, subnet, HopKind.ADMIN_RULES)
    managers: list[list[RuleTrace]] = []
    for manager in tiers(rules, direction):
        managers.append([])
        for tier in manager:
            traces = [_trace(rule, flow, context) for rule in tier]
            managers[-1] += _with_order([[one] for one in traces])
            if any(one.matches for one in traces):
                break
    return tuple(_with_order(managers))


def _with_order(lists: Sequence[Sequence[RuleTrace]]) -> list[RuleTrace]:
    """Return the rules of several lists, any of which may come first."""
    is_open = sum(any(one.matches is not False for one in traces) for traces in lists) > 1
    return [
        replace(one, fields=(*one.fields, (ORDER, None))) if is_open and one.matches else one
        for traces in lists
        for one in traces
    ]


def _trace(rule: FilterRule, flow: Flow, context: NsgContext) -> RuleTrace:
    protocol: bool | None = flow.protocol in protocol_set(rule.protocol)
    source, source_allows = _address(rule.sources, flow.family, flow.source, flow.destination_port, "source", context)
    destination, port_allowed = _address(
        rule.destinations, flow.family, flow.destination, flow.destination_port, "destination", context
    )
    source_port, destination_port = _ports(rule, flow)
    if destination_port and not (port_allowed and source_allows):
        destination_port = False
    values = (protocol, source, source_port, destination, destination_port)
    fields = tuple(zip(FIELDS, values, strict=True))
    return RuleTrace(rule, (*fields, (WHOLE, None)) if rule.unknown else fields)


def _address(
    endpoints: Sequence[Endpoint], family: Family, address: int, port: int, side: str, context: NsgContext
) -> tuple[bool | None, bool]:
    """Return whether an address matches, and whether the tag that matches it takes the port."""
    found: bool | None = False
    port_allowed = True
    for term in context.book.terms(endpoints, family, side, context.subnet):
        if address in term.addresses:
            allowed = term.ports is None or port in term.ports
            if term.fact is None:
                return True, allowed
            found, port_allowed = None, allowed
    return found, port_allowed


def _ports(rule: FilterRule, flow: Flow) -> tuple[bool | None, bool | None]:
    wanted = port_set(rule.source_ports), port_set(rule.destination_ports)
    if flow.protocol in PORTED:
        return flow.source_port in wanted[0], flow.destination_port in wanted[1]
    every = [ports.size == 65536 for ports in wanted]
    return (True if every[0] else None), (True if every[1] else None)
