"""One nft rule as rules of a host firewall: a rule for each box of packets, condition and target.

Everything is judged for the first packet of a connection. Semantics: manual page nft(8), nftables 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, assert_never

from netcheck.diagnostics import Source
from netcheck.model.hosts import ChainRule, Hook
from netcheck.model.rules import Direction, HostAction, HostRule
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet
from netcheck.sources.linux.nft_boxes import host_rules
from netcheck.sources.linux.nft_cases import EVERYTHING, Case, Cases, both, neither, under, united
from netcheck.sources.linux.nft_fields import within
from netcheck.sources.linux.nft_match import Matcher
from netcheck.sources.linux.nft_merged import merged_groups
from netcheck.sources.linux.nft_values import (
    Assign,
    Divert,
    Every,
    Gate,
    Match,
    NftError,
    NftRule,
    Passive,
    Reject,
    SourceNat,
    Statement,
    Unclear,
    Untrack,
    Verdict,
    VerdictMap,
)

_EITHER = ("ACCEPT", "DROP")
_TARGETS = {"accept": "ACCEPT", "drop": "DROP", "return": "RETURN"}
NAT = "nat: "
"""How the condition begins of a rule that changes an address or a port."""


class Sent(NamedTuple):
    """Packets that a rule sends somewhere: a verdict of iptables' names, or a chain of the table.

    `is_open`: what becomes of them is not known, and this is one way it may go.
    """

    cases: Cases
    target: str
    is_chain: bool = False
    is_goto: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule does with packets, in order; `impossible` says why it does nothing.

    `diverts`: it may change where packets go, or what later rules see.
    """

    sent: tuple[Sent, ...]
    diverts: bool
    impossible: str


def judge_rule(rule: NftRule, start: PacketSet, matcher: Matcher, hook: Hook) -> Judged:
    """Follow a rule's statements for all packets of its table's family; raise NftError when it is malformed."""
    judge = _Judge(start, matcher, hook)
    groups = merged_groups(rule.statements)
    later = {place for places in groups.values() for place in places[1:]}
    for place, statement in enumerate(rule.statements):
        if place in groups:
            matches = [one for one in (rule.statements[other] for other in groups[place]) if isinstance(one, Match)]
            judge.differ(matches)
        elif place not in later:
            judge.take(statement)
        if not judge.cases:
            break
    return Judged(tuple(judge.sent), judge.diverts, judge.impossible)


def chain_rules(rule: NftRule, sent: Sequence[Sent], hook: Hook, key: str) -> Iterator[ChainRule]:
    """Yield the rules of a host firewall for what one rule sends; names of called chains begin with `key`."""
    base = plain_rule(str(rule), hook, rule.at)
    for one in sent:
        target = f"{key}{one.target}" if one.is_chain else one.target
        for match in host_rules(one.cases, base, is_allowing=target == "ACCEPT"):
            yield ChainRule(match=match, target=target, is_goto=one.is_goto)


def dead_rule(rule: NftRule, hook: Hook, reason: str) -> ChainRule:
    """Return a rule that no first packet can match, disabled, the reason as its condition."""
    base = plain_rule(str(rule), hook, rule.at)
    return ChainRule(match=replace(base, is_enabled=False, conditions=(reason,)), target="RETURN")


def plain_rule(name: str, hook: Hook, at: Source) -> HostRule:
    """Return a rule that every packet matches."""
    direction = Direction.OUTBOUND if hook is Hook.OUTPUT else Direction.INBOUND
    return HostRule(name=name, direction=direction, action=HostAction.BLOCK, at=at)


class _Judge:
    """The packets that are still in the rule, and where others went."""

    def __init__(self, start: PacketSet, matcher: Matcher, hook: Hook) -> None:
        self.cases: Cases = (Case(start),)
        self.sent: list[Sent] = []
        self.diverts = False
        self.impossible = ""
        self._matcher = matcher
        self._hook = hook

    def take(self, statement: Statement) -> None:
        """Follow one statement."""
        match statement:
            case Match():
                self._narrow(self._matcher.cases(statement), str(statement))
            case VerdictMap():
                self._look_up(statement)
            case Verdict():
                self._send(self.cases, statement)
                self.cases = ()
            case Reject(answer):
                self._narrow((Case(_answerable(answer)),), str(statement))
                self._finish("DROP")
            case Gate(text):
                self.cases = under(self.cases, text)
            case Assign(key, _, may_stop):
                self._narrow((Case(within(key.name)),), str(statement))
                self.cases = under(self.cases, str(statement)) if may_stop else self.cases
            case Divert(text, field):
                if field:
                    self._narrow((Case(within(field)),), text)
                self._divert(f"{NAT}{text} changes where the packet goes")
            case SourceNat():
                self._change_source(statement)
            case Unclear(text):
                self._divert(text)
            case Passive() | Untrack():
                pass
            case _:
                assert_never(statement)

    def differ(self, matches: Sequence[Match]) -> None:
        """Follow several `!=` comparisons, of which one may have been enough when nft loaded the rule."""
        name = " ".join(str(match) for match in matches)
        found = [self._matcher.cases(match) for match in matches]
        strict: Cases = (Case(EVERYTHING),)
        for cases in found:
            strict = both(strict, cases, name)
        condition = f"one of the comparisons `{name}` is enough, as in nft before 1.0.7"
        certain = united((strict,), name)
        known = next((case.packets for case in certain if not case.conditions), EMPTY_PACKETS)
        loose = tuple(Case(case.packets - known, case.conditions) for case in united(found, name))
        self._narrow((*certain, *under(tuple(case for case in loose if case.packets), condition)), name)

    def _narrow(self, cases: Cases, name: str) -> None:
        left = both(self.cases, cases, name)
        if self.cases and not left:
            self.impossible = f"no first packet of a connection matches `{name}`"
        self.cases = left

    def _finish(self, target: str) -> None:
        if self.cases:
            self.sent.append(Sent(self.cases, target))
        self.cases = ()

    def _send(self, cases: Cases, verdict: Verdict) -> None:
        if cases and verdict.kind in _TARGETS:
            self.sent.append(Sent(cases, _TARGETS[verdict.kind]))
        elif cases and verdict.kind in ("jump", "goto"):
            self.sent.append(Sent(cases, verdict.target, is_chain=True, is_goto=verdict.kind == "goto"))

    def _look_up(self, statement: VerdictMap) -> None:
        """Send each element's packets where its verdict says; what no element matches goes on with the next rule."""
        name = str(statement)
        elements = self._matcher.elements(statement.map)
        if elements is None:
            self._narrow((Case(self._matcher.reach(statement.key), (name,)),), name)
            self._divert(name)
            return
        reach = self._matcher.reach(statement.key)
        rest: Cases = (Case(reach),)
        looked_up: list[tuple[Cases, Verdict]] = []
        default: Verdict | None = None
        for element in elements:
            if element.verdict is None:
                raise NftError(f"element `{element.value}` of a verdict map has no verdict")
            if isinstance(element.value, Every):
                default = element.verdict
                continue
            found = self._matcher.cases(Match(statement.key, "==", element.value))
            looked_up.append((found, element.verdict))
        for verdict, cases in _by_verdict(looked_up, name):
            self._send(both(self.cases, cases, name), verdict)
        if default is not None:
            rest = neither(united((cases for cases, _ in looked_up), name), reach, name)
            self._send(both(self.cases, rest, name), default)
        if not self.sent:
            self.impossible = f"no first packet of a connection matches `{name}`"
        self.cases = ()

    def _divert(self, condition: str) -> None:
        """Leave open what becomes of packets from here on: accepted, dropped, or sent on as they are."""
        open_cases = under(self.cases, condition)
        self.sent += [Sent(open_cases, target, is_open=True) for target in _EITHER if open_cases]
        self.diverts = self.diverts or bool(open_cases)

    def _change_source(self, statement: SourceNat) -> None:
        """A machine's own packets keep their source where its own address is put in; others leave with another."""
        if statement.is_masquerade and self._hook is not Hook.FORWARD:
            self._finish("ACCEPT")
        else:
            self._divert(f"{NAT}{statement} changes the source")


def _by_verdict(looked_up: list[tuple[Cases, Verdict]], name: str) -> list[tuple[Verdict, Cases]]:
    groups: dict[Verdict, list[Cases]] = {}
    for cases, verdict in looked_up:
        groups.setdefault(verdict, []).append(cases)
    return [(verdict, united(found, name)) for verdict, found in groups.items()]


def _answerable(answer: str) -> PacketSet:
    """Return the packets that a `reject` can answer; nft adds that test to the rule without printing it."""
    kind = answer.partition(" ")[0]
    if kind == "tcp":
        return within("tcp")
    return {"icmp": within("ip"), "icmpv6": within("ip6")}.get(kind, EVERYTHING)
