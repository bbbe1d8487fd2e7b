"""An nft rule set as a host firewall: base chains in the order they are passed, and the chains they call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import FAMILIES, Family, everything
from netcheck.model.hosts import BaseChain, ChainFirewall, ChainRule, Hook, HostFirewallKind
from netcheck.model.rules import Access, HostAction
from netcheck.sets import packets as ps
from netcheck.sets.packets import PacketSet
from netcheck.sources.linux.nft_cases import EVERYTHING
from netcheck.sources.linux.nft_fields import Stage
from netcheck.sources.linux.nft_match import Matcher, MissingSetError
from netcheck.sources.linux.nft_order import Base, bases_on, may_divert, statements, tracked_families
from netcheck.sources.linux.nft_rules import NAT, Judged, Sent, chain_rules, dead_rule, judge_rule, plain_rule
from netcheck.sources.linux.nft_values import (
    Elements,
    Named,
    NftError,
    NftRule,
    NftTable,
    Untrack,
    Verdict,
    VerdictMap,
)

_NAT_KEY = "nat/"


def build_firewall(tables: Sequence[NftTable], path: str, collector: Collector) -> ChainFirewall:
    """Return the firewall of a rule set; faults are collected.

    A chain that is called is kept once for each base chain that leads to it and each way through it, because the side
    of a packet that is local depends on the way it takes. Behind a base chain that may change where a packet goes,
    every later one begins with a call that leaves those packets open.
    """
    for table in tables:
        _check_calls(table, collector)
    builder = _Builder(tables, collector)
    bases: list[BaseChain] = []
    if not collector.has_errors:
        bases = [base for way in (Hook.INPUT, Hook.OUTPUT, Hook.FORWARD) for base in builder.way(way)]
    return ChainFirewall(
        kind=HostFirewallKind.NFTABLES,
        base_chains=tuple(bases),
        chains=MappingProxyType(builder.chains),
        at=Source(path),
        files=MappingProxyType({"ruleset": (path,)}),
    )


class _Builder:
    """Turns tables into base chains and called chains."""

    def __init__(self, tables: Sequence[NftTable], collector: Collector) -> None:
        self.chains: dict[str, tuple[ChainRule, ...]] = {}
        self._tables = tables
        self._collector = collector
        active = [table for table in tables if not table.is_dormant]
        self._tracked = tracked_families(tables)
        self._untracks = any(isinstance(one, Untrack) for table in active for one in statements(table))

    def way(self, way: Hook) -> list[BaseChain]:
        """Return the base chains that packets of one way pass."""
        found: list[BaseChain] = []
        diverted: list[ChainRule] = []
        for base in bases_on(way, self._tables):
            start = [*_other_family(base), *_untracked(base, self._tracked), *diverted]
            if not base.is_followed:
                found.append(self._base_chain(base, (*start, *_not_followed(base))))
                diverted += _not_followed(base) if may_divert(base.table) else []
                continue
            judged = self._judge(base)
            for name, rules in judged.items():
                made = tuple(one for rule, result in rules for one in _rules(rule, result, base))
                if name != base.chain.name:
                    self.chains[base.key + name] = made
                else:
                    found.append(self._base_chain(base, (*start, *made), len(start)))
            if any(result.diverts for rules in judged.values() for _, result in rules):
                diverted.append(self._diversion(base, judged))
        return found

    def _base_chain(self, base: Base, rules: tuple[ChainRule, ...], lead: int = 0) -> BaseChain:
        chain = base.chain
        return BaseChain(name=base.name, hook=base.way, policy=chain.policy, rules=rules, at=chain.at, lead=lead)

    def _judge(self, base: Base) -> dict[str, list[tuple[NftRule, Judged]]]:
        """Return what each rule of a base chain and of all chains it leads to does, by chain."""
        matcher = Matcher(base.table.sets, Stage(base.way, base.hook.hook, base.priority, self._untracks))
        start = _family_packets(base.table.family)
        found: dict[str, list[tuple[NftRule, Judged]]] = {}
        todo = [base.chain.name]
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found[name] = []
            for rule in base.table.chains[name].rules:
                try:
                    judged = judge_rule(rule, start, matcher, base.way)
                except NftError as error:
                    self._fault(rule, error)
                    continue
                found[name].append((rule, judged))
                todo += [sent.target for sent in judged.sent if sent.is_chain]
        return found

    def _fault(self, rule: NftRule, error: NftError) -> None:
        code = "NC158" if isinstance(error, MissingSetError) else "NC157"
        found = Diagnostic(code=code, severity=Severity.ERROR, message=str(error), at=rule.at, help=error.help)
        self._collector.add(found)

    def _diversion(self, base: Base, judged: dict[str, list[tuple[NftRule, Judged]]]) -> ChainRule:
        """Keep chains that leave open what a base chain may have sent elsewhere; return the rule that calls them.

        A verdict of the base chain itself ends this look. In a chain it calls that cannot be said: later rules then
        count as possible, which leaves more open, never less.
        """
        key = base.key + _NAT_KEY
        for name, rules in judged.items():
            is_base = name == base.chain.name
            made = [one for rule, result in rules for one in _diverting(rule, result, base, key, is_base=is_base)]
            self.chains[key + name] = tuple(made)
        if base.way is not Hook.FORWARD:  # every machine that runs containers changes the source of what it passes on
            self._note_nat(judged)
        call = plain_rule(f"{base.name} before", base.way, base.chain.at)
        return ChainRule(match=replace(call, action=HostAction.ALLOW), target=key + base.chain.name)

    def _note_nat(self, judged: dict[str, list[tuple[NftRule, Judged]]]) -> None:
        for rule, result in (pair for rules in judged.values() for pair in rules):
            conditions = [text for sent in result.sent for case in sent.cases for text in case.conditions]
            if any(text.startswith(NAT) for text in conditions):
                message = (
                    "a nat rule may change the destination: what becomes of the packets it matches is undetermined"
                )
                self._collector.add(Diagnostic(code="NC182", severity=Severity.NOTE, message=message, at=rule.at))
                return


def _rules(rule: NftRule, judged: Judged, base: Base) -> Iterator[ChainRule]:
    if judged.impossible and not judged.sent:
        yield dead_rule(rule, base.way, judged.impossible)
    yield from chain_rules(rule, judged.sent, base.way, base.key)


def _diverting(rule: NftRule, judged: Judged, base: Base, key: str, *, is_base: bool) -> Iterator[ChainRule]:
    """Yield what a rule does to the question whether a packet was sent elsewhere before."""
    kept: list[Sent] = []
    for sent in judged.sent:
        if sent.is_open or sent.is_chain or sent.target == "RETURN":
            kept.append(sent)
        elif is_base:
            kept.append(sent._replace(target="RETURN"))
    yield from chain_rules(rule, kept, base.way, key)


def _family_packets(family: str) -> PacketSet:
    return {"ip": ps.box(4), "ip6": ps.box(6)}.get(family, EVERYTHING)


def _other_family(base: Base) -> list[ChainRule]:
    """Return the rule that lets the packets pass that a chain of one family never sees."""
    if base.table.family not in ("ip", "ip6") or base.chain.policy is Access.ALLOW:
        return []
    other: Family = 6 if base.table.family == "ip" else 4
    match = plain_rule(f"every IPv{other} packet", base.way, base.chain.at)
    return [
        ChainRule(match=replace(match, action=HostAction.ALLOW, remote_addresses=(everything(other),)), target="ACCEPT")
    ]


def _untracked(base: Base, tracked: frozenset[int]) -> list[ChainRule]:
    """Return the rule that lets packets pass a chain of the type nat where nothing has their connections tracked."""
    families = [family for family in FAMILIES if family not in tracked]
    if base.hook.type != "nat" or not families:
        return []
    match = plain_rule("no tracking of connections", base.way, base.chain.at)
    condition = f"nothing outside this rule set tracks connections, so chain `{base.name}` sees no packet"
    everywhere = tuple(everything(family) for family in families)
    match = replace(match, action=HostAction.ALLOW, remote_addresses=everywhere, conditions=(condition,))
    return [ChainRule(match=match, target="ACCEPT")]


def _not_followed(base: Base) -> list[ChainRule]:
    """Return rules after which a packet may have been accepted, dropped or sent elsewhere."""
    condition = f"chain `{base.name}`, which works on frames, lets them pass"
    match = plain_rule(f"chain {base.name}", base.way, base.chain.at)
    match = replace(match, conditions=(condition,))
    return [ChainRule(match=match, target="ACCEPT"), ChainRule(match=match, target="DROP")]


def _check_calls(table: NftTable, collector: Collector) -> None:
    """Report chains that rules name and the table does not have, and chains that call each other in a circle."""
    calls: dict[str, list[str]] = {}
    for chain in table.chains.values():
        calls[chain.name] = []
        for rule in chain.rules:
            for name in _called(table, rule):
                if name in table.chains:
                    calls[chain.name].append(name)
                else:
                    _missing(collector, f"no chain `{name[:60]}` in table `{table.label}`", rule.at)
    # The kernel refuses a circle only where a base chain leads into it; elsewhere it never runs.
    reached = _reached(calls, [chain.name for chain in table.chains.values() if chain.hook is not None])
    try:
        TopologicalSorter({name: calls[name] for name in reached}).prepare()
    except CycleError as error:
        circle = [str(name) for name in error.args[1]]
        at = table.chains[circle[0]].at
        _missing(collector, f"chains call each other in a circle: `{'` -> `'.join(circle)}`", at)


def _reached(calls: dict[str, list[str]], starts: list[str]) -> set[str]:
    found: set[str] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += calls[name]
    return found


def _missing(collector: Collector, message: str, at: Source) -> None:
    advice = "export the whole rule set, not a part of it"
    collector.add(Diagnostic(code="NC158", severity=Severity.ERROR, message=message, at=at, help=advice))


def _called(table: NftTable, rule: NftRule) -> list[str]:
    found: list[str] = []
    for statement in rule.statements:
        if isinstance(statement, Verdict) and statement.target:
            found.append(statement.target)
        elif isinstance(statement, VerdictMap):
            found += [one.target for one in _verdicts(table, statement.map) if one.target]
    return found


def _verdicts(table: NftTable, used: Elements | Named) -> list[Verdict]:
    if isinstance(used, Named):
        if used.name not in table.sets:
            return []
        used = table.sets[used.name].elements
    return [element.verdict for element in used.items if element.verdict is not None]
