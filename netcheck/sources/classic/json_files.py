"""`Get-AzureNetworkSecurityGroup -Detailed | ConvertTo-Json`: classic NSGs as PowerShell writes their objects.

Shape: class `NetworkSecurityGroupWithRules` of the Azure service management cmdlets. Windows PowerShell writes some
lists as `{"value": [...], "Count": 7}`, and turns what lies deeper than `-Depth` into texts (ConvertTo-Json).
"""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.sources._faults import INCOMPLETE, NOT_KNOWN, Faults
from netcheck.sources._nodes import (
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unknown,
    describe,
    is_absent,
    shorten,
)
from netcheck.sources._plain import top_fields
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources.classic.rules import DETAILED, GIVEN_NAMES, classic_nsg, classic_rule, no_rules, unsure_of

_NSG_KEYS = frozenset(("name", "label", "location", "rules", "state", "id"))
_RULE_KEYS = frozenset(("type", "action", "sourceaddressprefix", "sourceportrange", "destinationportrange"))
_DEPTH = "write the file again with `ConvertTo-Json -Depth 10`"
_SPELLED = {key(name): name for name in GIVEN_NAMES}


def is_classic_json(root: Node) -> bool:
    """Return whether a tree is a classic NSG, a list of them, or (to be refused with advice) bare classic rules."""
    first = _first(root)
    if not isinstance(first, Mapping):
        return False
    entries = top_fields(first)
    names = entries.keys()
    rule = _first(entries["rules"]) if "rules" in entries else None
    if isinstance(rule, Mapping) and not {key(name.text) for name, _ in rule.entries} >= _RULE_KEYS:
        return False
    return (
        {"name", "label", "location"} <= names <= _NSG_KEYS
        or {"name", "rules"} <= names <= _NSG_KEYS
        or (names >= _RULE_KEYS)
    )


def _first(root: Node) -> Node:
    if isinstance(root, Mapping):
        wrapped = _wrapped(root)
        return root if wrapped is None else _first(wrapped)
    return root.items[0] if isinstance(root, Sequence) and root.items else root


def _wrapped(node: Mapping) -> Sequence | None:
    """Return the list inside of `{"value": [...], "Count": n}`, or None for any other mapping."""
    entries = top_fields(node)
    value = entries.get("value")
    return value if entries.keys() == {"value", "count"} and isinstance(value, Sequence) else None


def read_classic_json(document: Document, root: Node, opening: Opening) -> list[Resource | Association]:
    """Read one NSG or a list of them; rules that were cut off by a small `-Depth` are an error, never no rules."""
    faults = Faults(document, opening.collector)
    return [found for item in _items(faults, root) if (found := _read_nsg(faults, item)) is not None]


def _items(faults: Faults, node: Node) -> tuple[Node, ...]:
    """Return the elements of a list in either form; one value counts as a list of it."""
    if isinstance(node, Sequence):
        return node.items
    wrapped = _wrapped(node) if isinstance(node, Mapping) else None
    if wrapped is None or not isinstance(node, Mapping):
        return (node,)
    count = next(value for name, value in node.entries if key(name.text) == "count")
    if not isinstance(count, Scalar) or count.text != str(len(wrapped.items)):
        message = f"`Count` is {describe(count)}, but the list has {len(wrapped.items)} elements"
        faults.error(count, INCOMPLETE, message, "the file was changed or cut; export it again")
    return wrapped.items


def _read_nsg(faults: Faults, node: Node) -> Resource | None:
    if not isinstance(node, Mapping):
        faults.error(node, INCOMPLETE, f"a network security group was cut off to {_shown(node)}", _DEPTH)
        return None
    entries = top_fields(node)
    if entries.keys() >= _RULE_KEYS:
        faults.error(node, INCOMPLETE, "a rule without its network security group decides nothing", DETAILED)
        return None
    for name, _ in node.entries:
        if key(name.text) not in _NSG_KEYS:
            faults.warning(name, NOT_KNOWN, f"key `{shorten(name.text)}` of an NSG is not known and is left out")
    name_node = entries.get("name")
    if not isinstance(name_node, Scalar) or is_absent(name_node):
        faults.error(node, INCOMPLETE, "a network security group lacks `Name`", DETAILED)
        return None
    held = entries.get("rules")
    rules = _read_rules(faults, held, name_node.text, node)
    location, state = _scalar(entries.get("location")), _scalar(entries.get("state"))
    unsure = unsure_of(faults, state, name_node.text)
    return classic_nsg(name_node, node, rules, held or node, location=location, unsure=unsure)


def _scalar(node: Node | None) -> Scalar | None:
    return node if isinstance(node, Scalar) and not is_absent(node) else None


def _shown(node: Node) -> str:
    return f"`{shorten(node.text)}`" if isinstance(node, Scalar) else describe(node)


def _read_rules(faults: Faults, held: Node | None, name: str, nsg: Mapping) -> list[tuple[Mapping, bool]] | Unknown:
    items = _items(faults, held) if held is not None and not is_absent(held) else ()
    if not items:  # the built-in rules are in every detailed listing
        reason = (
            f"the export of network security group `{shorten(name)}` lists no rules (it was made without `-Detailed`)"
        )
        return no_rules(name, reason, held or nsg)
    found = []
    for item in items:
        if isinstance(item, Mapping):
            found.append(_read_rule(faults, item))
        else:
            message = f"the rules of `{shorten(name)}` were cut off: {_shown(item)} stands for one or all of them"
            faults.error(item, INCOMPLETE, message, _DEPTH)
    return found


def _read_rule(faults: Faults, node: Mapping) -> tuple[Mapping, bool]:
    given: dict[str, Node] = {}
    for name, value in node.entries:
        known = _SPELLED.get(key(name.text))
        if known is None:
            faults.warning(name, NOT_KNOWN, f"key `{shorten(name.text)}` of a rule is not known and is left out")
        elif not is_absent(value):
            given[known] = value
    return classic_rule(faults, given, node)
