"""Network Watcher's security group view of a VM: the rules of each NIC and subnet as written, and as Azure computed.

Microsoft Learn, "Network Watcher security group view"; REST type SecurityGroupViewResult, and its PowerShell form. The
rules as written say what they are, exactly; the computed ones, which stand in one list for both levels, add what Azure
put in place of tags.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

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
from netcheck.sources._resources import EFFECTIVE_NSG, Opening, Resource
from netcheck.sources.exports.effective_rules import (
    SIDES,
    EffectiveRule,
    expanded,
    read_effective_rules,
    to_rule,
)
from netcheck.sources.exports.fields import Fault, Fields, list_at, node_at, parent_of, report, text_at

# As the service spells it today, as it misspelled it in 2016, and as PowerShell has the list alone.
_LEVELS = (
    (
        "networkInterface",
        ("networkinterfaceassociation", "networkinterfaceassocation"),
        "networkinterfacesecurityrules",
    ),
    ("subnet", ("subnetassociation", "subnetassocation"), "subnetsecurityrules"),
)
_VIEW_FIELDS = frozenset(("securityruleassociations", "networkinterfacesecurityrules", "subnetsecurityrules"))
_ROOT_FIELDS = frozenset(("networkinterfaces", "networkinterfacestext"))


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of the view; `node` is where it stands, `target` the ID of the NIC or subnet ("" where not given)."""

    name: str
    target: str
    node: Node
    rules: list[EffectiveRule]

    def nsg(self) -> str:
        """Return the ID of the NSG, which only the IDs of its own rules tell."""
        parents = (parent_of(text_at(rule.fields, "id")) for rule in self.rules)
        return next((parent for parent in parents if parent), "")


def is_view(root: Node) -> bool:
    """Return whether a file is the security group view of a VM."""
    nics = top_fields(root).get("networkinterfaces")
    if not isinstance(nics, Sequence):
        return False
    if not nics.items:
        return top_fields(root).keys() <= _ROOT_FIELDS
    return any(top_fields(nic).keys() & _VIEW_FIELDS for nic in nics.items)


def read_view(document: Document, root: Node, opening: Opening) -> list[Resource]:
    """Return an NSG for each level of each NIC that has one."""
    nics = list_at(top_fields(root), "networkinterfaces")
    if not nics:
        message = "the view holds no network interface"
        advice = "Azure computes it for running VMs only: start the VM and export again"
        opening.collector.add(document.fault(root, "NC197", message, advice))
    found, faults = [], []
    for nic in nics:
        if top_fields(nic).keys() & _VIEW_FIELDS:
            found += _read_nic(document, nic, opening)
        else:
            message = f"the view of one NIC is expected here, not {shorten(describe(nic))}"
            faults.append(Fault(nic, "NC197", message))
    report(document, faults, opening)
    return found


def _read_nic(document: Document, nic: Node, opening: Opening) -> list[Resource]:
    fields = top_fields(nic)
    parts = {**fields, **top_fields(fields.get("securityruleassociations"))}
    levels = _levels(document, parts, fields, nic, opening)
    computed = read_effective_rules(document, list_at(parts, "effectivesecurityrules"), opening)
    default = read_effective_rules(document, list_at(parts, "defaultsecurityrules"), opening)
    written = [rule for level in levels for rule in level.rules] + default
    by_identity = _unique(computed, written)
    known = {rule.identity for rule in written}
    strange = [rule for rule in computed if rule.identity not in known]
    report(document, [_lost(rule) for rule in strange if not rule.is_default], opening)
    if not levels:
        message = "the view names neither the NIC's NSG nor the subnet's"
        opening.collector.add(document.fault(nic, "NC197", message, "export it again, whole"))
    defaults = [_merged(rule, by_identity) for rule in default] + [to_rule(rule) for rule in strange if rule.is_default]
    return [_to_resource(level, levels, defaults, by_identity, nic) for level in levels]


def _lost(rule: EffectiveRule) -> Fault:
    message = f"effective rule `{shorten(rule.name)}` is in no list of the view, so that its level is not known"
    return Fault(rule.node, "NC197", message, "use `az network nic list-effective-nsg`, which says it")


def _levels(document: Document, parts: Fields, nic: Fields, at: Node, opening: Opening) -> list[_Level]:
    found = []
    for name, keys, plain in _LEVELS:
        stated = node_at(parts, *keys)
        inner = top_fields(stated)
        own = text_at(nic, "id") if name == "networkInterface" else ""
        if isinstance(stated, Mapping):
            rules = read_effective_rules(document, list_at(inner, "securityrules"), opening)
            found.append(_Level(name, text_at(inner, "id") or own, stated, rules))
        elif plain in parts:
            rules = read_effective_rules(document, list_at(parts, plain), opening)
            found.append(_Level(name, own, at, rules))
    return found


def _unique(computed: list[EffectiveRule], written: list[EffectiveRule]) -> dict[tuple[str, str, str], EffectiveRule]:
    """Return the computed rules that belong to exactly one rule as written: two levels may have the same one."""
    counts = Counter(rule.identity for rule in (*computed, *written))
    return {rule.identity: rule for rule in computed if counts[rule.identity] == 2}


def _merged(rule: EffectiveRule, computed: dict[tuple[str, str, str], EffectiveRule]) -> Mapping:
    """Return a rule as written, with the prefixes Azure put in place of its tags."""
    match = computed.get(rule.identity)
    prefixes = {side: expanded(match.fields, side) for side in SIDES} if match is not None else {}
    replaced = {f"{side}addressprefix{end}" for side, found in prefixes.items() if found for end in ("", "es")}
    if not replaced:
        return rule.node
    entries = [
        (name, value)
        for name, value in _flat(rule.node)
        if name.casefold() not in replaced and name.casefold() != "properties"
    ]
    entries += [entry for found in prefixes.values() for entry in found]
    return made_mapping(entries, rule.node)


def _flat(node: Mapping) -> list[tuple[str, Node]]:
    found: list[tuple[str, Node]] = []
    for name, value in node.entries:
        if name.text.casefold() == "properties" and isinstance(value, Mapping):
            found += [(inner.text, held) for inner, held in value.entries]
        else:
            found.append((name.text, value))
    return found


def _to_resource(
    level: _Level,
    levels: list[_Level],
    defaults: list[Mapping],
    computed: dict[tuple[str, str, str], EffectiveRule],
    nic: Node,
) -> Resource:
    at, nsg = level.node, level.nsg()
    name: Node
    if nsg:
        name = made_text(last_segment(nsg), at)
    else:
        owner = last_segment(level.target) or f"the {level.name} of the view"
        name = Unknown(f"NSG of {owner}", "the view does not name it", at.start, at.start + 1)
    entries: list[tuple[str, Node]] = [("name", name)]
    if nsg:
        entries.append(("id", made_text(nsg, at)))
    rules = tuple(_merged(rule, computed) for rule in level.rules)
    entries += [
        ("securityRules", Sequence(rules, at.start)),
        ("defaultSecurityRules", Sequence(tuple(defaults), at.start)),
    ]
    target: Node = made_text(level.target, at)
    if not level.target:
        target = Unknown(f"the {level.name} of the view", "the view does not name it", nic.start, nic.start + 1)
    entries.append(("association", made_mapping([(level.name, made_mapping([("id", target)], at))], at)))
    unsure = ""
    if not level.rules and len(levels) > 1:
        unsure = f"the view lists no rule of the {level.name}, and does not say whether there is an NSG"
    return Resource(type=EFFECTIVE_NSG, node=made_mapping(entries, at), name=name.text, id=nsg, unsure=unsure)
