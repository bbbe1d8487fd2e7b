"""Rules as JSON: what the lines of `netcheck client --collect` write, and lists of rules joined with their filters.

Semantics: Microsoft Learn, `Get-NetFirewallRule` and its filters, `Get-NetFirewallProfile`, `Get-NetConnectionProfile`.
Words may be numbers: `ConvertTo-Json` prints enumerations so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Mappings

from netcheck.diagnostics import Source
from netcheck.model.rules import Access, Profile
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Sequence
from netcheck.sources.windows.part import (
    COLLECT,
    DISABLED,
    EFFECTIVE_RULES,
    EFFECTIVE_SETTINGS,
    Faults,
    Part,
    Setting,
    shorten,
)
from netcheck.sources.windows.table import PROPERTIES, WITHOUT_EFFECT, hidden, lacking, rule_of

MARK = "netcheckWindowsFirewall"
"""The key by which the collected file is known; its value is the version of the form."""

_BOOLEANS: dict[str, tuple[bool, ...]] = {"true": (True,), "1": (True,), "false": (False,), "0": (False,)}
_ACTIONS: dict[str, tuple[Access, ...]] = {
    "allow": (Access.ALLOW,),
    "2": (Access.ALLOW,),
    "block": (Access.DENY,),
    "4": (Access.DENY,),
}
_UNSET = frozenset(("notconfigured", "", "null"))
_FIELDS = {
    "enabled": "is_enabled",
    "defaultinboundaction": "default_inbound",
    "defaultoutboundaction": "default_outbound",
    "allowlocalfirewallrules": "allows_local_rules",
    "allowinboundrules": "allows_inbound_rules",
}
# GpoBoolean has 2 for NotConfigured, the action of a profile 0.
_UNSET_NUMBERS = {"defaultinboundaction": "0", "defaultoutboundaction": "0"}
_CATEGORIES = {
    "public": Profile.PUBLIC,
    "0": Profile.PUBLIC,
    "private": Profile.PRIVATE,
    "1": Profile.PRIVATE,
    "domainauthenticated": Profile.DOMAIN,
    "2": Profile.DOMAIN,
}
Fields = Mappings[str, Node]


def read_objects(root: Node, document: Document, faults: Faults) -> Part:
    """Read the tree of a JSON file."""
    part = Part(faults.path)
    fields = _fields(root) if isinstance(root, Mapping) else {}
    if MARK.casefold() in fields:
        reader = _Reader(part, document, faults)
        version = _text(fields, MARK)
        if version != "1":
            faults.malformed(f"the form `{shorten(version)}` of this file is not known", None, "use a newer netcheck")
        reader.rules(_elements(fields.get("rules")))
        reader.profiles(_elements(fields.get("profiles")))
        reader.connections(_elements(fields.get("connections")))
        return part
    objects = list(_elements(root))
    if not objects or not all("direction" in _fields(one) and "action" in _fields(one) for one in objects):
        advice = f"a list of rules is expected; {COLLECT}"
        faults.malformed("no rules of the Windows firewall in it", None, advice)
        return part
    _Reader(part, document, faults).rules(iter(objects))
    return part


class _Reader:
    def __init__(self, part: Part, document: Document, faults: Faults) -> None:
        self._part, self._document, self._faults = part, document, faults

    def rules(self, nodes: Iterator[Node]) -> None:
        """Read rules; two with one ID may have got each other's filters."""
        self._part.scopes |= EFFECTIVE_RULES
        rules = [(node, _fields(node)) for node in nodes]
        given = {PROPERTIES[key] for _, fields in rules for key in fields if key in PROPERTIES}
        if not rules or lacking(given, self._faults, self._document.source(rules[0][0])):
            if not rules:
                self._faults.malformed("no rules in it", None, COLLECT)
            return
        silent = hidden(given, self._faults)
        identities = Counter(_text(fields, "instanceid") for _, fields in rules)
        for node, fields in rules:
            cells = {PROPERTIES[key]: _texts(value) for key, value in fields.items() if key in PROPERTIES}
            cells |= dict.fromkeys(given - set(cells), ("",))
            identity = _text(fields, "instanceid")
            twice = "its filters, since two rules have its ID" if identity and identities[identity] > 1 else ""
            unknown = ", ".join(filter(None, (silent, twice, *_unread(fields))))
            self._part.rules.append(rule_of(cells, self._document.source(node), unknown))

    def profiles(self, nodes: Iterator[Node]) -> None:
        """Read the settings of profiles, as they are in force."""
        for node in nodes:
            fields, at = _fields(node), self._document.source(node)
            name = _text(fields, "name")
            profile = next((one for one in Profile if one.value.casefold() == name.casefold()), None)
            if profile is None:
                self._faults.malformed(f"there is no profile `{shorten(name)}`", at)
                continue
            self._part.scopes |= EFFECTIVE_SETTINGS
            for key, field in _FIELDS.items():
                if key in fields:
                    self._setting(profile, key, field, _text(fields, key), at)
            disabled = (
                "".join(_texts(fields["disabledinterfacealiases"])) if "disabledinterfacealiases" in fields else ""
            )
            if disabled.strip(" {}").casefold() not in _UNSET:
                self._part.settings.append(Setting(profile, DISABLED, None, at))

    def _setting(self, profile: Profile, key: str, field: str, text: str, at: Source) -> None:
        folded = text.casefold()
        if folded in _UNSET or folded == _UNSET_NUMBERS.get(key, "2"):
            return
        table: Mappings[str, tuple[bool | Access, ...]] = _ACTIONS if key in _UNSET_NUMBERS else _BOOLEANS
        value = next(iter(table.get(folded, ())), None)
        if value is None:
            self._faults.open(f"`{key}` is `{shorten(text)}`, which is not known", at)
        self._part.settings.append(Setting(profile, field, value, at))

    def connections(self, nodes: Iterator[Node]) -> None:
        """Read the networks the machine is in: the profile is known where all of them have the same."""
        found = {
            _CATEGORIES.get(_text(fields, "networkcategory").casefold())
            for fields in map(_fields, nodes)
            if "networkcategory" in fields
        }
        if len(found) == 1:
            self._part.active_profile = found.pop()


def _elements(node: Node | None) -> Iterator[Node]:
    """Yield the elements of a list; one object stands for a list of it, as `ConvertTo-Json` has it."""
    if isinstance(node, Sequence):
        yield from node.items
    elif isinstance(node, Mapping):
        inner = _fields(node).get("value")
        yield from inner.items if isinstance(inner, Sequence) and "count" in _fields(node) else (node,)


def _fields(node: Node) -> dict[str, Node]:
    if not isinstance(node, Mapping):
        return {}
    return {name.text.casefold(): value for name, value in node.entries}


def _unread(fields: Fields) -> list[str]:
    """Return the properties with a value for which there is no other name; those of CIM itself say nothing."""
    return [
        name
        for name in fields
        if name not in PROPERTIES
        and name not in WITHOUT_EFFECT
        and not name.startswith(("cim", "ps"))
        and _text(fields, name)
    ]


def _text(fields: Fields, name: str) -> str:
    node = fields.get(name.casefold())
    return "" if node is None else ", ".join(_texts(node))


def _texts(node: Node) -> tuple[str, ...]:
    """Return the texts of a value or of a list of values; null is a blank."""
    if isinstance(node, Scalar):
        return ("",) if node.is_null else (node.text,)
    found = tuple(text for one in _elements(node) if isinstance(one, Scalar) for text in _texts(one))
    return found or ("",)
