"""Rules of which something is not known, as rules that together allow every meaning it may have, and no other.

A rule with `NsgRule.unknown` may match what its fields describe or nothing. That is enough to say all of it: a rule of
unknown priority comes first and may match; one of unknown access may allow and else denies; a list nobody can read may
allow everything, and else may deny everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from netcheck.diagnostics import Source
from netcheck.model.address import AnyAddress, Unresolved
from netcheck.model.expressions import NOT_GIVEN, is_expression
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange
from netcheck.model.rules import NOT_APPLIED, Access, Direction, NsgRule
from netcheck.sources._nodes import Node, Scalar, Unknown, shorten

UNKNOWN_PRIORITY = 0
"""Before every priority that Azure accepts."""
FIRST_PRIORITY = 100
_MADE = re.compile(
    r"\A(unknown (Inbound|Outbound) rules \((Allow|Deny)\)|not applied (Inbound|Outbound))\Z| \(if it denies\)\Z"
)


class Ports(NamedTuple):
    """The ports a field names, and why it may name more ("" where it does not)."""

    known: tuple[PortRange, ...]
    doubt: str


def doubt(name: str, node: Unknown) -> str:
    """Return the sentence that says which field is not known, and why."""
    return f"`{name}` is `{shorten(node.text)}`: {node.reason}"


def unresolved(node: Scalar | Unknown, name: str) -> Unresolved:
    """Return what stands for an address that is not known."""
    return Unresolved(node.text, doubt(name, node) if isinstance(node, Unknown) else NOT_GIVEN)


def is_open(node: Node | None) -> bool:
    """Return whether a value is not known: a reader left it so, or it is an expression that nobody resolved."""
    return isinstance(node, Unknown) or (isinstance(node, Scalar) and is_expression(node.text))


def joined(doubts: Iterable[str]) -> str:
    """Return doubts as one text, each once; a site file that was written repeats those it was written for."""
    found = ""
    for one in doubts:
        if one and one not in found:
            found = f"{found}; {one}" if found else one
    return found


def with_unknown_ports(rule: NsgRule, sources: Ports, destinations: Ports) -> list[NsgRule]:
    """Return the rule for the ports that are known, and one that may match any port where some are not."""
    reasons = [text for text in (rule.unknown, sources.doubt, destinations.doubt) if text]
    found = [rule] if rule.source_ports and rule.destination_ports else []
    if sources.doubt or destinations.doubt:
        any_port = (ALL_PORTS,)
        found.append(
            replace(
                rule,
                source_ports=any_port if sources.doubt else rule.source_ports,
                destination_ports=any_port if destinations.doubt else rule.destination_ports,
                unknown="; ".join(reasons),
            )
        )
    return found


def with_unknown_access(rule: NsgRule, accesses: tuple[Access, ...]) -> list[NsgRule]:
    """Return the rule, or, where its access is not known, one that may allow and behind it one that denies."""
    if len(accesses) == 1:
        return [rule]
    reason = "; ".join(text for text in (rule.unknown, "whether the rule allows or denies is not known") if text)
    denying = replace(rule, name=f"{rule.name} (if it denies)", access=Access.DENY)
    return [replace(rule, access=Access.ALLOW, unknown=reason), denying]


def is_stand_in(rule: NsgRule) -> bool:
    """Return whether a rule stands for something that was not read: no file has it, and its name is made here."""
    return _MADE.search(rule.name) is not None


def unknown_rules(reason: str, at: Source) -> list[NsgRule]:
    """Return what stands for rules that nobody can read: each packet may be allowed, denied, or left to later rules."""
    return [
        _everything(f"unknown {direction} rules ({access})", direction, access, reason, at)
        for direction in Direction
        for access in Access
    ]


def unread_nsg_rules(reason: str, at: Source) -> tuple[NsgRule, ...]:
    """Return what stands for an NSG of which nothing is known: each packet may be allowed, and else is denied."""
    found = []
    for direction in Direction:
        found.append(_everything(f"unknown {direction} rules (Allow)", direction, Access.ALLOW, reason, at))
        denying = _everything(f"unknown {direction} rules (Deny)", direction, Access.DENY, "", at)
        found.append(replace(denying, priority=FIRST_PRIORITY))
    return tuple(found)


def may_not_apply(reason: str, at: Source) -> tuple[NsgRule, ...]:
    """Return the rules that go before those of an NSG that may not be there: then every packet passes."""
    return tuple(
        _everything(f"{NOT_APPLIED} {direction}", direction, Access.ALLOW, reason, at) for direction in Direction
    )


def _everything(name: str, direction: Direction, access: Access, unknown: str, at: Source) -> NsgRule:
    return NsgRule(
        name=name,
        priority=UNKNOWN_PRIORITY,
        direction=direction,
        access=access,
        protocol=ANY_PROTOCOL,
        sources=(AnyAddress(),),
        source_ports=(ALL_PORTS,),
        destinations=(AnyAddress(),),
        destination_ports=(ALL_PORTS,),
        at=at,
        unknown=unknown,
    )
