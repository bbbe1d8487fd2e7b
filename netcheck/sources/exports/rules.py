"""Security rules without their NSG, as `az network nsg rule list` prints them, as the NSGs they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field

from netcheck.model.names import key, last_segment
from netcheck.sources._nodes import Document, Mapping, Node, Sequence, Unknown, made_mapping, made_text
from netcheck.sources._resources import DEFAULT_RULE, NSG, Opening, Resource
from netcheck.sources.exports.elements import Element
from netcheck.sources.exports.fields import Fault, parent_of, report, stem_of
from netcheck.sources.exports.types import identity_of, is_default_priority


@dataclass(slots=True)
class _Group:
    """The rules of one NSG in the order of the file; `parent` is the NSG's ID, "" where no rule names it."""

    parent: str
    custom: list[Node] = field(default_factory=list)
    default: list[Node] = field(default_factory=list)

    def add(self, element: Element) -> None:
        """Put a rule where it belongs: Azure's own by its type, its ID or its priority."""
        is_default = element.type == DEFAULT_RULE or is_default_priority(element.fields)
        (self.default if is_default else self.custom).append(element.node)


def read_rule_lists(document: Document, elements: list[Element], opening: Opening) -> list[Resource]:
    """Return one NSG for each NSG that the IDs of the rules name; without any ID it is called as the file is."""
    groups: dict[str, _Group] = {}
    homeless: list[Element] = []
    for element in elements:
        parent = parent_of(identity_of(element.fields))
        if parent:
            groups.setdefault(key(parent), _Group(parent)).add(element)
        else:
            homeless.append(element)
    if len(groups) > 1:
        message = "this rule does not say which of the NSGs of the file it belongs to"
        advice = "export with the `id` of each rule, or one file for each NSG"
        report(document, [Fault(element.node, "NC169", message, advice) for element in homeless], opening)
    elif homeless:
        group = next(iter(groups.values()), None) or groups.setdefault("", _Group(""))
        for element in homeless:
            group.add(element)
    return [_to_nsg(document, group) for group in groups.values()]


def _to_nsg(document: Document, group: _Group) -> Resource:
    rules = group.custom + group.default
    at = min(rules, key=lambda node: node.start)
    name = last_segment(group.parent) or stem_of(document)
    entries: list[tuple[str, Node]] = [("name", made_text(name, at))]
    if group.parent:
        entries.append(("id", made_text(group.parent, at)))
    entries += [("securityRules", _custom(group, name, at)), ("defaultSecurityRules", _list(group.default, at))]
    node: Mapping = made_mapping(entries, at)
    return Resource(type=NSG, node=node, name=name, id=group.parent)


def _custom(group: _Group, name: str, at: Node) -> Node:
    """Return the user's rules; a list of nothing but default rules does not say that there are no others."""
    if group.custom:
        return _list(group.custom, at)
    reason = "the file lists default rules only, as Azure does where the others are asked for apart"
    return Unknown(f"securityRules of {name}", reason, at.start, at.start + 1)


def _list(nodes: list[Node], at: Node) -> Sequence:
    return Sequence(tuple(nodes), nodes[0].start if nodes else at.start)
