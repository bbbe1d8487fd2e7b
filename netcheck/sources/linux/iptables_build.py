"""Tables of iptables as base chains and the chains they call, for packets that come in, go out or are passed on.

Semantics: manual page iptables(8), iptables 1.8; the order of tables at a hook is that of netfilter: raw, mangle, nat
(destination), filter, security, and nat (source) after all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import Family, everything
from netcheck.model.rules import Access, Direction, HostAction, HostRule
from netcheck.model.site import BaseChain, ChainFirewall, ChainRule, Hook, HostFirewallKind
from netcheck.sources.linux.ipset_save import AddressSet
from netcheck.sources.linux.iptables_lines import SaveChain, SaveTable
from netcheck.sources.linux.iptables_match import Setting, parse_rule
from netcheck.sources.linux.iptables_spans import RuleError

_HOOKS = (
    ("raw", "PREROUTING", Hook.INPUT, False),
    ("mangle", "PREROUTING", Hook.INPUT, False),
    ("mangle", "INPUT", Hook.INPUT, True),
    ("filter", "INPUT", Hook.INPUT, True),
    ("security", "INPUT", Hook.INPUT, True),
    ("raw", "PREROUTING", Hook.FORWARD, False),
    ("mangle", "PREROUTING", Hook.FORWARD, False),
    ("mangle", "FORWARD", Hook.FORWARD, True),
    ("filter", "FORWARD", Hook.FORWARD, True),
    ("security", "FORWARD", Hook.FORWARD, True),
    ("mangle", "POSTROUTING", Hook.FORWARD, True),
    ("raw", "OUTPUT", Hook.OUTPUT, False),
    ("mangle", "OUTPUT", Hook.OUTPUT, False),
    ("filter", "OUTPUT", Hook.OUTPUT, True),
    ("security", "OUTPUT", Hook.OUTPUT, True),
    ("mangle", "POSTROUTING", Hook.OUTPUT, True),
)
"""Table, chain, hook, and whether nat has changed the destination by then; in the order a packet meets them."""

_VERDICTS = frozenset(("ACCEPT", "DROP", "REJECT", "RETURN"))
_PASSING = frozenset(
    (
        "AUDIT", "CHECKSUM", "CLASSIFY", "CONNMARK", "CONNSECMARK", "CT", "DSCP", "ECN", "HL", "HMARK", "IDLETIMER",
        "LED", "LOG", "MARK", "NFLOG", "NOTRACK", "RATEEST", "SECMARK", "SET", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS",
        "TRACE", "TTL", "ULOG",
    )
)  # fmt: skip
"""Targets that let the packet go on to the next rule (outside nat)."""

_OPAQUE = frozenset(("NFQUEUE", "QUEUE", "TPROXY", "TARPIT", "SYNPROXY", "CLUSTERIP", "MIRROR"))
"""Targets after which something else decides."""

_REDIRECTING = frozenset(("DNAT", "REDIRECT", "NETMAP", "CLUSTERIP", "TPROXY"))
_NAT_CHAIN = {Hook.INPUT: "PREROUTING", Hook.FORWARD: "PREROUTING", Hook.OUTPUT: "OUTPUT"}
_AFTER_ALL = "POSTROUTING"
_SOURCE_CHANGING = {
    Hook.FORWARD: frozenset(("SNAT", "MASQUERADE", "NETMAP", "SAME")),
    Hook.OUTPUT: frozenset(("SNAT", "NETMAP", "SAME")),
}
"""Targets after which a packet may have another source. MASQUERADE gives what the machine itself sends no new one."""

_SOURCES = _SOURCE_CHANGING[Hook.FORWARD]


Files: TypeAlias = Mapping[str, tuple[str, ...]]
"""Paths by the key of a site file that names them; a key that is not given is left out."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a firewall was read from: its kind, its place, and the files by the keys of a site file that name them."""

    kind: HostFirewallKind
    at: Source
    files: Files


def build_firewall(
    tables: Sequence[SaveTable],
    origin: Origin,
    collector: Collector,
    sets: Mapping[str, AddressSet] | None = None,
) -> ChainFirewall:
    """Turn tables into base chains and the chains they call; faults are collected.

    A chain that is called is kept once for each base chain that leads to it, under `table/base/chain`, because the side
    of a packet that is local depends on the way it takes. The family for which there is no `filter` table is filtered
    by rules that are not given: its packets may be accepted or dropped. `sets` are those that rules may name.
    """
    if sets is not None:
        _mark_changing(sets, tables)
    families = {table.family for table in tables if table.name == "filter"}
    bases: list[BaseChain] = []
    chains: dict[str, tuple[ChainRule, ...]] = {}
    for family in sorted(families):
        own = {table.name: table for table in tables if table.family == family}
        builder = _Builder(own, family, families, collector, sets)
        bases += builder.base_chains()
        chains |= builder.chains
    return ChainFirewall(
        kind=origin.kind,
        base_chains=tuple(bases),
        chains=MappingProxyType(chains),
        at=origin.at,
        files=MappingProxyType(dict(origin.files)),
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """One base chain of one table: where a chain is reached from."""

    table: SaveTable
    base: str
    hook: Hook
    is_nat: bool = False

    @property
    def direction(self) -> Direction:
        """Which end of a packet is the local one."""
        return Direction.OUTBOUND if self.hook is Hook.OUTPUT else Direction.INBOUND

    def key(self, chain: str) -> str:
        """Return the name under which a chain reached this way is kept."""
        prefix = "ip6/" if self.table.family == 6 else ""
        if self.hook is Hook.FORWARD and self.base != "FORWARD":
            prefix += "forward/"
        return f"{prefix}{self.table.name}/{self.base}/{chain}"


class _Builder:
    """Turns the tables of one family into base chains and called chains."""

    def __init__(
        self,
        tables: dict[str, SaveTable],
        family: Family,
        families: set[Family],
        collector: Collector,
        sets: Mapping[str, AddressSet] | None,
    ) -> None:
        self.chains: dict[str, tuple[ChainRule, ...]] = {}
        self._tables = tables
        self._family = family
        self._has_other_family = len(families) > 1
        self._collector = collector
        self._sets = sets
        self._untracks = _untracks(tables.get("raw"))

    def base_chains(self) -> list[BaseChain]:
        """Return the base chains that can decide, in the order a packet meets them."""
        nat = {hook: self._nat(hook, name) for hook, name in _NAT_CHAIN.items()}
        found: list[BaseChain] = []
        for table_name, name, hook, is_after_nat in _HOOKS:
            table = self._tables.get(table_name)
            chain = table.chains.get(name) if table else None
            if table is None or chain is None:
                if table is not None and table_name == "filter":
                    found.append(self._missing(table, name, hook))
                continue
            if chain.policy is Access.ALLOW and not chain.rules and table_name != "filter":
                continue
            way = _Way(table, name, hook)
            start = nat[hook] if is_after_nat else []
            found.append(self._base(way, chain, [*start, *self._rules(way, name)], len(start)))
            self._call(way, name)
        return [*found, *self._source_nat()]

    def _base(self, way: _Way, chain: SaveChain, rules: list[ChainRule], lead: int = 0) -> BaseChain:
        others = self._other_family(way, chain)
        return BaseChain(
            name=f"{'ip6 ' if self._family == 6 else ''}{way.table.name} {way.base}",
            hook=way.hook,
            policy=chain.policy or Access.ALLOW,
            rules=(*others, *rules),
            at=chain.at,
            lead=len(others) + lead,
        )

    def _missing(self, table: SaveTable, name: str, hook: Hook) -> BaseChain:
        """Return a chain that is not given: it may accept or drop."""
        way = _Way(table, name, hook)
        condition = f"the rules of chain `{name}` are not given"
        match = HostRule(
            name=f"chain {name}",
            direction=way.direction,
            action=HostAction.ALLOW,
            at=table.at,
            conditions=(condition,),
        )
        return self._base(way, SaveChain(Access.ALLOW, table.at), _either_way(match))

    def _source_nat(self) -> Iterator[BaseChain]:
        """Yield the chains that may give a packet another source: which filters then meet it is not followed."""
        table = self._tables.get("nat")
        for hook in _SOURCE_CHANGING:
            rules = self._nat(hook, _AFTER_ALL)
            if rules and table is not None:
                yield self._base(_Way(table, _AFTER_ALL, hook), SaveChain(Access.ALLOW, rules[0].match.at), rules)

    def _other_family(self, way: _Way, chain: SaveChain) -> list[ChainRule]:
        other: Family = 4 if self._family == 6 else 6
        match = HostRule(
            name=f"every IPv{other} packet",
            direction=way.direction,
            action=HostAction.ALLOW,
            at=chain.at,
            remote_addresses=(everything(other),),
        )
        if self._has_other_family:
            return [ChainRule(match=match, target="ACCEPT")]
        tool = "ip6tables-save" if other == 6 else "iptables-save"
        return _either_way(replace(match, conditions=(f"the rules for IPv{other} (`{tool}`) are not given",)))

    def _nat(self, hook: Hook, name: str) -> list[ChainRule]:
        """Return a rule that calls a nat chain, when it may change packets."""
        table = self._tables.get("nat")
        if table is None or name not in table.chains:
            return []
        way = _Way(table, name, hook, is_nat=True)
        self.chains[way.key(name)] = self._rules(way, name)
        self._call(way, name)
        called = [rules for key, rules in self.chains.items() if key.startswith(way.key(""))]
        changed = [r for rules in called for r in rules if r.target == "DROP" and r.match.is_enabled]
        if not changed:
            return []
        if hook is not Hook.FORWARD:  # few machines pass packets on; where one does, the verdict names the rule
            end = "source" if name == _AFTER_ALL else "destination"
            message = f"a nat rule may change the {end}: what becomes of the packets it matches is undetermined"
            note = Diagnostic(code="NC182", severity=Severity.NOTE, message=message, at=changed[0].match.at)
            self._collector.add(note)
        every = HostRule(name="nat", direction=way.direction, action=HostAction.ALLOW, at=table.chains[name].at)
        return [ChainRule(match=every, target=way.key(name))]

    def _call(self, way: _Way, base: str) -> None:
        """Keep every chain that a base chain leads to; a circle of calls is a fault."""
        open_chains = [base]
        done = {base}
        calls: dict[str, list[str]] = {}
        while open_chains:
            name = open_chains.pop()
            calls[name] = _called(way.table, name)
            for called in calls[name]:
                if called not in done:
                    done.add(called)
                    open_chains.append(called)
                    self.chains[way.key(called)] = self._rules(way, called)
        self._refuse_circles(way, calls)

    def _refuse_circles(self, way: _Way, calls: dict[str, list[str]]) -> None:
        from graphlib import CycleError, TopologicalSorter

        try:
            TopologicalSorter(calls).prepare()
        except CycleError as error:
            circle = [str(name) for name in error.args[1]]
            message = f"chains call each other in a circle: `{'` -> `'.join(circle)}`"
            self._fault("NC181", message, way.table.chains[circle[0]].at)

    def _rules(self, way: _Way, name: str) -> tuple[ChainRule, ...]:
        found: list[ChainRule] = []
        setting = Setting(
            hook=way.hook,
            family=self._family,
            untracks=self._untracks,
            is_before_tracking=way.table.name == "raw",
            has_nat="nat" in self._tables,
            sets=self._sets,
        )
        for rule in way.table.chains[name].rules:
            try:
                parsed = parse_rule(rule, setting)
            except RuleError as error:
                self._fault("NC180", str(error), rule.at)
                continue
            for match in parsed.matches:
                found += self._sent(way, match, parsed.target, parsed.is_goto, is_base=name == way.base)
        return tuple(found)

    def _sent(self, way: _Way, match: HostRule, target: str, is_goto: bool, is_base: bool) -> list[ChainRule]:
        """Return what a rule with this target does to the packets it matches."""
        if way.is_nat and way.base == _AFTER_ALL and target in _SOURCES:
            if target not in _SOURCE_CHANGING[way.hook]:
                return []
            return _either_way(replace(match, conditions=(*match.conditions, f"nat: {target} changes the source")))
        if way.is_nat and (target in _REDIRECTING or target in _OPAQUE):
            return _either_way(replace(match, conditions=(*match.conditions, f"nat: {target} changes the destination")))
        if way.is_nat and target == "ACCEPT":
            # It ends nat, not the way of the packet. Below the base chain that cannot be said: later rules then count
            # as possible, which leaves more undetermined, never less.
            return [ChainRule(match=match, target="RETURN")] if is_base else []
        if target in way.table.chains:
            return [ChainRule(match=match, target=way.key(target), is_goto=is_goto)]
        if target in _VERDICTS:
            return [ChainRule(match=match, target=target)]
        if target in _OPAQUE:
            return _either_way(replace(match, conditions=(*match.conditions, f"{target} decides")))
        if target and target not in _PASSING:
            self._fault("NC181", f"no chain or target `{target[:60]}`", match.at)
        return []

    def _fault(self, code: str, message: str, at: Source) -> None:
        self._collector.add(Diagnostic(code=code, severity=Severity.ERROR, message=message, at=at))


def _either_way(match: HostRule) -> list[ChainRule]:
    """Return rules after which a packet may have been accepted, dropped or neither; `match` carries a condition."""
    return [ChainRule(match=match, target="ACCEPT"), ChainRule(match=match, target="DROP")]


def _called(table: SaveTable, name: str) -> list[str]:
    """Return the chains that the rules of a chain jump or go to."""
    found: list[str] = []
    for rule in table.chains[name].rules:
        targets = _after(rule.words, ("-j", "--jump", "-g", "--goto"))
        found += [target for target in targets if target in table.chains]
    return found


def _untracks(raw: SaveTable | None) -> bool:
    """Return whether the raw table exempts packets from connection tracking."""
    chains = raw.chains.values() if raw else ()
    rules = [rule.words for chain in chains for rule in chain.rules]
    return any("NOTRACK" in _after(words, ("-j", "--jump")) or "--notrack" in words for words in rules)


def _mark_changing(sets: Mapping[str, AddressSet], tables: Sequence[SaveTable]) -> None:
    """Note the sets that rules add entries to, or take entries from, and the lists that have such a set."""
    rules = [rule.words for table in tables for chain in table.chains.values() for rule in chain.rules]
    changed = {name for words in rules for name in _after(words, ("--add-set", "--del-set", "--map-set"))}
    for one in sets.values():
        held = {member.parts[0] for member in one.members} if one.kind == "list:set" else set()
        one.is_changing = one.name in changed or bool(held & changed)


def _after(words: tuple[str, ...], options: Iterable[str]) -> list[str]:
    return [words[i + 1] for i, word in enumerate(words[:-1]) if word in options]
