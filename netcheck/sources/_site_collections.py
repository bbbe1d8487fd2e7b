"""Rule collections of Azure Firewalls, as a firewall has them itself and as the groups of a policy have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netcheck.model.azfirewall import FirewallNatRule, FirewallRule, RuleCollection
from netcheck.model.rules import Access
from netcheck.sources._nodes import Mapping, Node, Unknown, shorten
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope
from netcheck.sources._site_azrules import RuleReader
from netcheck.sources._site_fields import open_field, read_priority
from netcheck.sources._uncertain import doubt, is_open

LOWEST, HIGHEST = 100, 65000
_ACTIONS = {"Allow": Access.ALLOW, "Deny": Access.DENY, "DNAT": Access.ALLOW}
_KINDS = {"NetworkRule": "network", "ApplicationRule": "application", "NatRule": "nat"}
_TYPES = {"FirewallPolicyFilterRuleCollection": False, "FirewallPolicyNatRuleCollection": True}


class CollectionReader:
    """Reads collections; what is not known of one leaves its firewall open, since other rules depend on it."""

    def __init__(self, scope: Scope, rules: RuleReader) -> None:
        self._scope, self._rules = scope, rules

    def read(
        self, node: Node, name: str, kind: str, before: tuple[int, int], doubts: list[str]
    ) -> list[RuleCollection]:
        """Return a collection, one for each kind of its rules; `kind` is "" where each rule says it.

        `before` is how far from the topmost policy it stands, and the priority of its group.
        """
        if isinstance(node, Unknown):
            doubts.append(doubt(name, node))
            return []
        record = self._scope.reader.record(node, "a rule collection")
        if record is None:
            return []
        own = record.name()
        if why := record.text("uncertain"):
            doubts.append(f"whether collection `{own}` exists is not known: {why}")
        if record.unknown_properties is not None:
            doubts.append(doubt("properties", record.unknown_properties))
        priority = read_priority(record, LOWEST, HIGHEST, doubts)
        stated = record.get("ruleCollectionType")
        is_nat = None if is_open(stated) else record.word("ruleCollectionType", _TYPES)
        access = self._access(record, own, is_nat=kind == "nat" or bool(is_nat), doubts=doubts)
        rules = self._read_rules(record, "nat" if is_nat and not kind else kind, doubts)
        record.ignore(*EXPORT_KEYS)
        doubts += [f"netcheck does not know what `{shorten(one)}` means" for one in record.finish()]
        if not priority or access is None or not own:  # where a collection stands decides what it does
            return []
        at = self._scope.reader.source(record.node)
        whole = RuleCollection(name=own, order=(*before, priority), access=access, rules=(), at=at)
        return [replace(whole, rules=tuple(found)) for found in _by_kind(rules)]

    def _access(self, record: Record, name: str, *, is_nat: bool, doubts: list[str]) -> Access | None:
        """Return what a collection does; DNAT lets through what it translates."""
        node = record.get("action")
        if node is None:
            if is_nat:
                return Access.ALLOW
            record.missing("action", "`{type: Allow}` or `{type: Deny}`")
            return None
        held: Node | None = node
        if isinstance(node, Mapping):
            inner = Record(self._scope.reader, node, "an action")
            held = inner.required("type")
            inner.finish()
        if held is None:
            return None
        if is_open(held):
            doubts.append(f"what collection `{name}` does is not known: {open_field('action', held)}")
            return Access.ALLOW if is_nat else Access.DENY
        return self._scope.reader.word(held, "action", _ACTIONS)

    def _read_rules(self, record: Record, kind: str, doubts: list[str]) -> list[FirewallRule]:
        found: list[FirewallRule] = []
        for node in record.items("rules"):
            if isinstance(node, Unknown):
                doubts.append(doubt("rules", node))
                continue
            inner = self._scope.reader.record(node, "a firewall rule")
            if inner is None:
                continue
            if inner.unknown_properties is not None:
                doubts.append(doubt("properties", inner.unknown_properties))
                continue
            own = self._kind(inner, kind, doubts)
            rule = self._read_rule(inner, own) if own else None
            found += [rule] if rule is not None else []
        return found

    def _kind(self, record: Record, kind: str, doubts: list[str]) -> str:
        """Return the kind of a rule, which in a policy the rule says; "" after an error or a doubt."""
        stated = record.get("ruleType")
        if stated is None or is_open(stated):
            if not kind and stated is not None:
                doubts.append(open_field("ruleType", stated))
            elif not kind:
                record.missing("ruleType", "one of `NetworkRule`, `ApplicationRule`, `NatRule`")
            return kind
        found = record.word("ruleType", _KINDS) or ""
        if kind and found and found != kind:
            message = "this collection has rules of another kind"
            self._scope.reader.error(stated, "NC139", message, "put the rule into a collection of its kind")
        return found

    def _read_rule(self, record: Record, kind: str) -> FirewallRule | None:
        """Return a rule; one that names empty IP groups only matches nothing and is left out."""
        if kind == "nat":
            return self._rules.nat(record)
        if kind == "application":
            application = self._rules.application(record)
            return application if application.sources else None
        network = self._rules.network(record)
        return network if network.sources and (network.destinations or network.hosts) else None

    @staticmethod
    def clashes(collections: Iterable[RuleCollection]) -> Iterator[str]:
        """Yield a doubt for each two collections of a kind at one place of which one allows and one denies."""
        first: dict[tuple[type[FirewallRule], tuple[int, int, int]], RuleCollection] = {}
        for one in collections:
            if one.rules and not isinstance(one.rules[0], FirewallNatRule):
                other = first.setdefault((type(one.rules[0]), one.order), one)
                if other.access is not one.access:
                    yield f"collections `{other.name}` and `{one.name}` have one priority, and one of them denies"


def _by_kind(rules: list[FirewallRule]) -> list[list[FirewallRule]]:
    found: dict[type[FirewallRule], list[FirewallRule]] = {}
    for rule in rules:
        found.setdefault(type(rule), []).append(rule)
    return list(found.values())
