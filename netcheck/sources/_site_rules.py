"""NSGs and their rules, flattened or in REST form, as the service checks them when they are created.

Semantics: Microsoft Learn, "Network security groups" (properties of a rule).
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Words
from dataclasses import replace
from typing import TypeVar

from netcheck.model.expressions import to_expression
from netcheck.model.names import key
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, describe, shorten
from netcheck.sources._record import Record
from netcheck.sources._rule_fields import check_families, read_port_ranges, read_protocol, read_side
from netcheck.sources._scope import EXPORT_KEYS, Scope, attach_all, is_printed_by_azure
from netcheck.sources._uncertain import (
    UNKNOWN_PRIORITY,
    doubt,
    may_not_apply,
    unknown_rules,
    with_unknown_access,
    with_unknown_ports,
)

T = TypeVar("T")

ACCESSES = {word.value: word for word in Access}
_MANAGED_ACCESSES = {**ACCESSES, "AlwaysAllow": Access.ALLOW}  # whoever evaluates them takes `Allow` for either
DIRECTIONS = {word.value: word for word in Direction}
SAME_PRIORITY = "NC136"
TOLERABLE = frozenset((SAME_PRIORITY,))
"""Errors after which all of a site is read nevertheless: whoever tolerates them must not trust what they concern."""
_CUSTOM, _DEFAULT, _MANAGED = (100, 4096), (65000, 65535), (1, 4096)
_NSG_EXPORT_KEYS = (
    "subnets", "networkInterfaces", "flowLogs", "flushConnection",
    "securityRulesText", "defaultSecurityRulesText", "networkInterfacesText", "subnetsText",
)  # fmt: skip
_RULE_EXPORT_KEYS = ("sourceApplicationSecurityGroupsText", "destinationApplicationSecurityGroupsText")


def read_nsg(scope: Scope, record: Record) -> NetworkSecurityGroup:
    """Read one NSG; its faults are collected, and what could be read is returned."""
    name = record.name()
    scope.declare("network security group", name, record.node)
    if is_printed_by_azure(record):
        scope.lists_all("network security group", name)
    rules = _read_rules(scope, record, "securityRules", is_default=False)
    if is_printed_by_azure(record) and record.raw("securityRules") is None:
        rules = unknown_rules(
            f"the export of `{shorten(name)}` has no `securityRules`", scope.reader.source(record.node)
        )
    if (unread := record.unknown_properties) is not None:
        rules = [*unknown_rules(doubt("properties", unread), scope.reader.source(unread)), *rules]
    if doubts := record.text("unsureRules"):
        rules = [replace(rule, unknown="; ".join(t for t in (rule.unknown, doubts) if t)) for rule in rules]
    if doubts := record.text("uncertain"):
        reason = f"whether NSG `{shorten(name)}` exists is not known: {doubts}"
        rules = [*may_not_apply(reason, scope.reader.source(record.node)), *rules]
    defaults = _read_rules(scope, record, "defaultSecurityRules", is_default=True)
    attach_all(scope, record, "network security group", name)
    record.ignore(*EXPORT_KEYS, *_NSG_EXPORT_KEYS)
    record.finish()
    return NetworkSecurityGroup(
        name=name,
        rules=tuple(rules),
        default_rules=tuple(defaults),
        resource_group=record.text("resourceGroup"),
        location=record.text("location"),
        at=scope.reader.source(record.node),
    )


def _read_rules(scope: Scope, nsg: Record, name: str, *, is_default: bool) -> list[NsgRule]:
    rules: list[NsgRule] = []
    places: dict[tuple[Direction, int], tuple[str, Node]] = {}
    names: dict[str, Node] = {}
    for node in _rule_nodes(nsg, name):
        open_part = _unknown_part(node)
        if open_part is not None:
            rules += unknown_rules(doubt(name, open_part), scope.reader.source(node))
            continue
        record = scope.reader.record(node, "a rule")
        bounds = _DEFAULT if is_default else _CUSTOM
        found = _read_rule(scope, record, is_default=is_default, bounds=bounds) if record is not None else ()
        rules += found
        # The platform prints some of its own entries twice; what is uncertain may be one of several alternatives.
        if found and record is not None and not is_default and record.get("uncertain") is None:
            _check_unique(scope, record, found[0], places, names)
    return rules


def read_computed_rules(scope: Scope, nsg: Record, name: str, *, is_default: bool, is_manager: bool) -> list[NsgRule]:
    """Read rules as Azure computed them: tags are expanded to both families, and nothing is to be refused in them.

    Those of a network manager have priorities of their own.
    """
    bounds = _DEFAULT if is_default else _MANAGED if is_manager else _CUSTOM
    rules: list[NsgRule] = []
    for node in _rule_nodes(nsg, name):
        open_part = _unknown_part(node)
        if open_part is not None:
            rules += unknown_rules(doubt(name, open_part), scope.reader.source(node))
        elif (record := scope.reader.record(node, "an effective rule")) is not None:
            rules += _read_rule(scope, record, is_default=is_default, bounds=bounds, is_computed=True)
    return rules


def _unknown_part(node: Node) -> Unknown | None:
    """Return what makes all of a rule unknown: itself, or its level `properties`."""
    if isinstance(node, Unknown):
        return node
    unknown = [one for one in node.children if type(one) is Unknown] if isinstance(node, Mapping) else []
    if not unknown or not isinstance(node, Mapping):
        return None
    return next((v for n, v in node.entries if key(n.text) == "properties" and isinstance(v, Unknown)), None)


def _rule_nodes(nsg: Record, name: str) -> tuple[Node, ...]:
    node = nsg.get(name)
    if node is None or isinstance(node, Unknown):
        return () if node is None else (node,)
    if isinstance(node, Sequence):
        return node.items
    nsg.reader.error(node, "NC122", f"`{name}` must be a list, not {describe(node)}")
    return ()


def _check_unique(
    scope: Scope,
    record: Record,
    rule: NsgRule,
    places: dict[tuple[Direction, int], tuple[str, Node]],
    names: dict[str, Node],
) -> None:
    spot = record.get("priority") or record.node
    here = (rule.name, spot)
    other, first = places.setdefault((rule.direction, rule.priority), here) if rule.priority else here
    if first is not spot:
        message = f"rules `{other}` and `{rule.name}` both have {rule.direction.lower()} priority {rule.priority}"
        related = ((scope.reader.source(first), f"`{other}` has it here"),)
        scope.reader.error(
            spot, SAME_PRIORITY, message, "Azure refuses this; give one of them another priority", related
        )
    same = names.setdefault(key(rule.name), record.node)
    if same is not record.node:
        related = ((scope.reader.source(same), "the first one stands here"),)
        scope.reader.error(
            record.node, "NC130", f"two rules of one NSG are called `{rule.name}`", "rename one of the two", related
        )


def _read_rule(
    scope: Scope, record: Record, *, is_default: bool, bounds: tuple[int, int], is_computed: bool = False
) -> tuple[NsgRule, ...]:
    """Read one rule; where something of it is not known, return the rules that stand for it. Empty after an error."""
    name = record.name()
    uncertain = record.text("uncertain")
    doubts = [uncertain] if uncertain else []
    priority = _priority(record, doubts, bounds)
    directions = _words(record, "direction", DIRECTIONS, doubts)
    accesses = _words(record, "access", _MANAGED_ACCESSES if bounds == _MANAGED else ACCESSES, [])
    protocol = read_protocol(scope, record, doubts)
    source_ports = read_port_ranges(scope, record, "sourcePortRange")
    destination_ports = read_port_ranges(scope, record, "destinationPortRange")
    sources = read_side(scope, record, "source", is_computed=is_computed)
    destinations = read_side(scope, record, "destination", is_computed=is_computed)
    # The platform's own may mix: Azure expands `AzureLoadBalancer` to both families.
    if not (is_default or is_computed):
        check_families(scope, sources + destinations)
    description = _description(record)
    record.ignore(*EXPORT_KEYS, *_RULE_EXPORT_KEYS)
    doubts += [f"netcheck does not know what `{shorten(name)}` means" for name in record.finish()]
    if not name or priority is None or not directions or not accesses or protocol is None:
        return ()
    whole = NsgRule(
        name=name,
        priority=priority,
        direction=directions[0],
        access=accesses[0],
        protocol=protocol,
        sources=tuple([endpoint for endpoint, _ in sources]),
        source_ports=source_ports.known,
        destinations=tuple([endpoint for endpoint, _ in destinations]),
        destination_ports=destination_ports.known,
        at=scope.reader.source(record.node),
        is_default=is_default,
        unknown="; ".join(doubts),
        description=description,
    )
    if len(accesses) == len(directions) == 1 and not (source_ports.doubt or destination_ports.doubt):
        return (whole,)
    rules = with_unknown_ports(whole, source_ports, destination_ports)
    rules = [one for rule in rules for one in with_unknown_access(rule, accesses)]
    return tuple(replace(rule, direction=direction) for rule in rules for direction in directions)


def _description(record: Record) -> str:
    """Return the description as it stands, control characters too: it decides nothing, and no report prints it.

    One that is not known is an expression: whoever writes the rule anew has to leave it alone.
    """
    node = record.get("description")
    if isinstance(node, Unknown):
        return to_expression(node.text)
    return node.text if isinstance(node, Scalar) else ""


def _words(record: Record, name: str, words: Words[str, T], doubts: list[str]) -> tuple[T, ...]:
    """Return what a field may say: one meaning, or all of them where it is not known."""
    node = record.get(name)
    if isinstance(node, Unknown):
        doubts.append(doubt(name, node))
        return tuple(words.values())
    found = record.required_word(name, words)
    return () if found is None else (found,)


def _priority(record: Record, doubts: list[str], bounds: tuple[int, int]) -> int | None:
    """Return the priority; one that is not known stands before all others, where the rule may match."""
    node = record.required("priority")
    if node is None:
        return None
    if isinstance(node, Unknown):
        doubts.append(doubt("priority", node))
        return UNKNOWN_PRIORITY
    if doubts and isinstance(node, Scalar) and node.text == str(UNKNOWN_PRIORITY):
        return UNKNOWN_PRIORITY
    lowest, highest = bounds
    text = node.text if isinstance(node, Scalar) else ""
    if text.isascii() and text.isdigit() and len(text) < 9 and text[0] != "0" and lowest <= int(text) <= highest:
        return int(text)
    if bounds != _DEFAULT and re.fullmatch(r"65[0-9]{3}", text):
        message = f"`priority` is {text}, outside {lowest} to {highest}"
        record.reader.error(node, "NC135", message, "default rules belong under `defaultSecurityRules`")
        return None
    if re.fullmatch(r"[1-9][0-9]{0,8}|0", text) and not lowest <= int(text) <= highest:
        record.reader.error(node, "NC135", f"`priority` is {text}, outside {lowest} to {highest}")
        return None
    return record.reader.integer(node, "priority", lowest, highest)
