"""The security rules Azure computed for one NIC: what applies to it, level by level.

`az network nic list-effective-nsg`, the REST call `effectiveNetworkSecurityGroups`, PowerShell's
`Get-AzEffectiveNetworkSecurityGroup`, and Network Watcher's security group view. Microsoft Learn: "Diagnose a virtual
machine network traffic filter problem"; REST type EffectiveNetworkSecurityGroup. Each item is the NSG of one level, and
a packet has to pass them all: items are never put together into one list.
"""

from __future__ import annotations

from netcheck.model.names import last_segment
from netcheck.sources._nodes import (
    Document,
    Mapping,
    Node,
    Sequence,
    Unknown,
    describe,
    made_mapping,
    made_text,
    shorten,
)
from netcheck.sources._plain import top_fields
from netcheck.sources._resources import EFFECTIVE_ADMIN_RULES, EFFECTIVE_NSG, Association, Opening, Resource
from netcheck.sources.exports.effective_rules import EffectiveRule, read_effective_rules, to_rule
from netcheck.sources.exports.effective_view import is_view, read_view
from netcheck.sources.exports.fields import (
    Fault,
    Fields,
    is_complete,
    is_cut_off,
    items_of,
    list_at,
    node_at,
    reference_id,
    without_faults,
)

_LEVELS = ("subnet", "networkInterface", "networkManager")
_NOT_RUNNING = "Azure computes effective rules for running VMs only: start the VM and export again"


def is_effective_nsg(root: Node) -> bool:
    """Return whether a file holds effective security rules, one NSG, a list or a page of them, or the view of a VM."""
    if is_view(root):
        return True
    return any(_is_item(top_fields(item)) for item in items_of(root))


def read_effective_nsg(document: Document, root: Node, opening: Opening) -> list[Resource | Association]:
    """Return each item as an NSG with its `association`; the rules of a network manager are a type of their own."""
    if is_cut_off(document, opening):
        return []
    if is_view(root):
        return [*read_view(document, root, opening)]
    if not is_complete(document, top_fields(root), opening):
        return []
    read = (_read_item(document, item, opening) for item in items_of(root))
    return [*without_faults(document, read, opening)]


def _is_item(fields: Fields) -> bool:
    """Whether a mapping is the effective rules of one NSG; a NIC in old exports has rules of that name too."""
    return "effectivesecurityrules" in fields and bool(fields.keys() & {"association", "networksecuritygroup"})


def _read_item(document: Document, item: Node, opening: Opening) -> Resource | Fault:
    fields = top_fields(item)
    if not isinstance(item, Mapping) or "effectivesecurityrules" not in fields:
        message = f"effective rules of one NSG are expected here, not {shorten(describe(item))}"
        return Fault(item, "NC197", message)
    association = _association(fields, item)
    if not association.children:
        message = "these effective rules do not say what they apply to: `association` is empty"
        return Fault(item, "NC197", message, "export them again, whole")
    rules = list_at(fields, "effectivesecurityrules")
    if not rules:
        message = "`effectiveSecurityRules` is empty, and even an NSG without rules has Azure's own"
        return Fault(fields["effectivesecurityrules"], "NC197", message, _NOT_RUNNING)
    return _to_resource(fields, item, association, read_effective_rules(document, rules, opening))


def _association(fields: Fields, item: Mapping) -> Mapping:
    """Return what the rules apply to: the levels that are set, each as `{id: ...}`."""
    stated = node_at(fields, "association")
    held = top_fields(stated)
    entries: list[tuple[str, Node]] = []
    for level in _LEVELS:
        node = held.get(level.casefold())
        identity = reference_id(node)
        if identity and node is not None:
            at = top_fields(node).get("id", node)
            entries.append((level, made_mapping([("id", made_text(identity, at))], node)))
    return made_mapping(entries, stated or item)


def _to_resource(fields: Fields, item: Mapping, association: Mapping, rules: list[EffectiveRule]) -> Resource:
    owners = {name.text: reference_id(value) for name, value in association.entries}
    manager = owners.get("networkManager", "")
    stated = node_at(fields, "networksecuritygroup")
    identity = reference_id(stated) or manager
    at = stated or item
    name: Node
    if identity:
        name = made_text(last_segment(identity), at)
    else:
        text = f"NSG of {last_segment(next(iter(owners.values())))}"
        name = Unknown(text, "the effective rules do not name it", item.start, item.start + 1)
    entries: list[tuple[str, Node]] = [("name", name)]
    if identity:
        entries.append(("id", made_text(identity, at)))
    entries += _rule_lists(rules, fields["effectivesecurityrules"])
    entries.append(("association", association))
    tags = node_at(fields, "tagmap")
    if tags is not None:
        entries.append(("tagMap", tags))
    kind = EFFECTIVE_ADMIN_RULES if manager else EFFECTIVE_NSG
    return Resource(type=kind, node=made_mapping(entries, item), name=name.text, id=identity)


def _rule_lists(rules: list[EffectiveRule], at: Node) -> list[tuple[str, Node]]:
    custom = tuple(to_rule(rule) for rule in rules if not rule.is_default)
    default = tuple(to_rule(rule) for rule in rules if rule.is_default)
    return [("securityRules", Sequence(custom, at.start)), ("defaultSecurityRules", Sequence(default, at.start))]
