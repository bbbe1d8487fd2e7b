"""One effective rule, as Azure computed it, as a security rule in the spelling of its REST interface.

Microsoft Learn, "Diagnose a virtual machine network traffic filter problem", and the REST type
EffectiveNetworkSecurityRule: names begin with the list they are from, protocol `All` stands for `*`, ports are printed
as `3389-3389`, prefixes in the singular, in the plural (since 2017), and, where a tag stands for them, expanded.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.model.names import key
from netcheck.sources._nodes import (
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unknown,
    describe,
    made_mapping,
    made_text,
    shorten,
)
from netcheck.sources._resources import Opening
from netcheck.sources.exports.fields import Fault, Fields, fields_of, list_at, node_at, text_at, without_faults
from netcheck.sources.exports.types import is_default_priority

SIDES = ("source", "destination")
_PREFIXES = (
    ("defaultsecurityrules/", True),
    ("securityrules/", False),
    ("defaultrule_", True),
    ("userrule_", False),
)
_ALL_IPV4 = "0.0.0.0/0"
_KEPT = ("direction", "access", "priority", "description", "uncertain")


@dataclass(frozen=True, slots=True)
class EffectiveRule:
    """One effective rule: its node, its fields by folded key, its own name, and whether it is one of Azure's own."""

    node: Mapping
    fields: Fields
    name: str
    is_default: bool

    @property
    def identity(self) -> tuple[str, str, str]:
        """What no two rules of one NSG share: name, direction and priority."""
        return key(self.name), key(text_at(self.fields, "direction")), text_at(self.fields, "priority")


def read_effective_rules(document: Document, nodes: tuple[Node, ...], opening: Opening) -> list[EffectiveRule]:
    """Return the rules of a list; collect an error for each element that is none."""
    return without_faults(document, map(_read_rule, nodes), opening)


def _read_rule(node: Node) -> EffectiveRule | Fault:
    if not isinstance(node, Mapping):
        return Fault(node, "NC197", f"an effective rule must be a mapping, not {shorten(describe(node))}")
    fields = fields_of(node)
    return EffectiveRule(node, fields, *_own_name(fields))


def _own_name(fields: Fields) -> tuple[str, bool]:
    """Return a rule's name without the list it is from, and whether that is the list of Azure's own rules."""
    name = text_at(fields, "name")
    for prefix, is_default in _PREFIXES:
        if key(name).startswith(prefix):
            return name[len(prefix) :], is_default
    return name, is_default_priority(fields)


def to_rule(rule: EffectiveRule) -> Mapping:
    """Return an effective rule as a security rule, at the place of the effective one."""
    fields = rule.fields
    entries: list[tuple[str, Node]] = []
    if rule.name:
        entries.append(("name", made_text(rule.name, fields["name"])))
    protocol = node_at(fields, "protocol")
    if protocol is not None:
        is_all = isinstance(protocol, Scalar) and key(protocol.text) == "all"
        entries.append(("protocol", made_text("*", protocol) if is_all else protocol))
    entries += [(kept, value) for kept in _KEPT if (value := node_at(fields, kept)) is not None]
    for side in SIDES:
        entries += _chosen(f"{side}PortRange", f"{side}PortRanges", fields)
        entries += expanded(fields, side) or _addresses(rule, side)
    return made_mapping(entries, rule.node)


def expanded(fields: Fields, side: str) -> list[tuple[str, Node]]:
    """Return the prefixes Azure put in place of a tag as the plural field, or nothing."""
    node = node_at(fields, f"expanded{side}addressprefix", f"expanded{side}addressprefixes")
    if node is None:
        return []
    return [(f"{side}AddressPrefixes", node if isinstance(node, Sequence) else Sequence((node,), node.start))]


def _addresses(rule: EffectiveRule, side: str) -> list[tuple[str, Node]]:
    singular, plural = f"{side}AddressPrefix", f"{side}AddressPrefixes"
    entries = _chosen(singular, plural, rule.fields)
    groups = node_at(rule.fields, f"{side}applicationsecuritygroups")
    if groups is not None:
        entries.append((f"{side}ApplicationSecurityGroups", groups))
    printed = entries[0][1] if len(entries) == 1 else None
    if not isinstance(printed, Scalar) or printed.text != _ALL_IPV4:
        return entries
    if rule.is_default:  # Azure's own rules say `*`, and it is printed so
        return [(singular, made_text("*", printed))]
    return [(plural, Sequence((printed, _ipv6_half(printed, side, rule.name)), printed.start))]


def _ipv6_half(printed: Scalar, side: str, name: str) -> Unknown:
    """Return what may belong to a printed `0.0.0.0/0`: it stands for itself and for `*`, which holds IPv6 too."""
    reason = f"Azure prints `*` as `{_ALL_IPV4}` here, so that IPv6 may be meant too"
    return Unknown(f"::/0 as {side} of {name}", reason, printed.start, printed.end)


def _chosen(singular: str, plural: str, fields: Fields) -> list[tuple[str, Node]]:
    """Return the field that says all of it: the list, each value once, or the one value as the singular field.

    A singular value that its list lacks is passed on beside it, for whoever compares the two.
    """
    one, many = list_at(fields, key(singular)), list_at(fields, key(plural))
    both = {_text(node): node for node in reversed((*many, *one))}
    if many and one and len(both) > len({_text(node) for node in many}):
        return [(singular, one[0] if len(one) == 1 else Sequence(one, one[0].start)), (plural, fields[key(plural)])]
    values = tuple(sorted(both.values(), key=lambda node: node.start))
    if len(values) == 1:
        return [(singular, values[0])]
    return [(plural, Sequence(values, values[0].start))] if values else []


def _text(node: Node) -> object:
    return node.text if isinstance(node, Scalar) else node
