"""Firewall policies: rule collection groups, and the parent a policy inherits from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from netcheck.model.azfirewall import RuleCollection
from netcheck.model.names import key
from netcheck.sources._nodes import Node, Unknown, shorten
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope, is_printed_by_azure, open_name, reference_doubt
from netcheck.sources._site_collections import HIGHEST, LOWEST, CollectionReader
from netcheck.sources._site_fields import read_priority
from netcheck.sources._uncertain import doubt

_IGNORED = (
    "threatIntelMode", "threatIntelWhitelist", "firewalls", "childPolicies", "dnsSettings", "insights", "size",
    "intrusionDetection", "transportSecurity", "sql", "explicitProxy",
)  # fmt: skip


class _Policy(NamedTuple):
    """A policy as its own file tells it: collections without their depth, and what it inherits from."""

    collections: tuple[RuleCollection, ...]
    base: Node | None
    doubts: tuple[str, ...]


class Policies:
    """The firewall policies that files describe, by folded name."""

    def __init__(self, scope: Scope, records: Sequence[Record], collections: CollectionReader) -> None:
        self._scope, self._collections = scope, collections
        for record in records:
            scope.declare("firewall policy", record.name(), record.node)
        self._known = {key(record.text("name")): self._read(record) for record in records}

    def collections_of(self, reference: Node, doubts: list[str]) -> list[RuleCollection]:
        """Return all collections of the policy that is referred to, those of its topmost parent first."""
        chain: list[_Policy] = []
        seen: set[str] = set()
        node: Node | None = reference
        while node is not None:
            name = self._name(node, doubts)
            if key(name) in seen:
                self._scope.reader.error(node, "NC139", f"firewall policy `{shorten(name)}` inherits from itself")
                break
            seen.add(key(name))
            policy = self._known.get(key(name))
            if policy is None:
                break
            chain.append(policy)
            doubts += policy.doubts
            node = policy.base
        return [
            replace(one, order=(depth, *one.order[1:]))
            for depth, policy in enumerate(reversed(chain))
            for one in policy.collections
        ]

    def _name(self, node: Node, doubts: list[str]) -> str:
        """Return the name of the policy meant; what no file describes is a doubt, and in a file of ours an error."""
        text = node.text if isinstance(node, Unknown) else self._scope.reference_text(node, "firewallPolicy")
        if isinstance(node, Unknown) or open_name(text):
            doubts.append(f"which firewall policy is meant is not known: `{shorten(text)}`")
            return text
        if why := reference_doubt(node):
            doubts.append(f"whether policy `{shorten(text)}` applies is not certain: {why}")
        name = self._scope.resolve("firewall policy", text, node) if text else ""
        if name and key(name) not in self._known:
            doubts.append(f"no file describes firewall policy `{shorten(name)}`")
        return name

    def _read(self, record: Record) -> _Policy:
        name = record.text("name")
        why = record.text("uncertain")
        doubts = [f"whether policy `{name}` is as described is not known: {why}"] if why else []
        if record.unknown_properties is not None:
            doubts.append(doubt("properties", record.unknown_properties))
        base = record.get("basePolicy")
        found: list[RuleCollection] = []
        if record.raw("ruleCollectionGroups") is None and is_printed_by_azure(record):
            doubts.append(f"the export of policy `{name}` has no `ruleCollectionGroups`")
        priorities: list[int] = []
        for node in record.items("ruleCollectionGroups"):
            found += self._group(node, name, priorities, doubts)
        if len(set(priorities)) < len(priorities):
            doubts.append(f"two rule collection groups of `{name}` have one priority, so that their order is not known")
        self._scope.note_unmodelled(record, "snat")
        record.ignore(*EXPORT_KEYS, *_IGNORED)
        record.finish()
        return _Policy(tuple(found), base, tuple(doubts))

    def _group(self, node: Node, policy: str, priorities: list[int], doubts: list[str]) -> list[RuleCollection]:
        if isinstance(node, Unknown):
            doubts.append(doubt("ruleCollectionGroups", node))
            return []
        record = self._scope.reader.record(node, "a rule collection group")
        if record is None:
            return []
        if record.raw("ruleCollections") is None and record.get("priority") is None and record.get("id") is not None:
            doubts.append(f"no file describes rule collection group `{shorten(record.text('id'))}` of `{policy}`")
            return []
        if why := record.text("uncertain"):
            doubts.append(f"whether group `{record.text('name')}` exists is not known: {why}")
        record.name()
        priority = read_priority(record, LOWEST, HIGHEST, doubts)
        priorities.append(priority or 0)
        found: list[RuleCollection] = []
        for item in record.items("ruleCollections"):
            found += self._collections.read(item, "ruleCollections", "", (0, priority or 0), doubts)
        if record.unknown_properties is not None:
            doubts.append(doubt("properties", record.unknown_properties))
        record.ignore(*EXPORT_KEYS, "size")
        record.finish()
        return found if priority else []
