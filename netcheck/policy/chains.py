"""Chains of rules as iptables has them: in order, with calls, returns and gotos; a base chain ends in its policy.

Semantics: manual page iptables(8): the first rule that matches and whose target is a verdict decides; `RETURN` and the
end of a called chain go on behind the call, in a base chain to its policy; `--goto` leaves no place to come back to but
that of the chain's own caller. A chain is walked with the whole packet set, divided by what its rules match and, where
a condition is not known, by the worlds in which it holds or not.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from netcheck.model.names import key
from netcheck.model.rules import Access
from netcheck.model.site import BaseChain, ChainFirewall, ChainRule, Hook
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, merge, settled
from netcheck.policy.facts import ANY_WORLD, Fact, World
from netcheck.policy.hostmatch import HostContext, rule_matches
from netcheck.policy.overlay import refine
from netcheck.sets import packets as ps
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

MOST_WORLDS = 200
"""Worlds and outcomes kept apart in one base chain; beyond, a rule that waits for a further fact is left open."""
MOST_WALKS = 3_000
"""Walks through called chains, each with other packets or in another world; real rules stay far below."""
MOST_CALLS = 100
"""Chains that have called each other before a further call is given up."""

_TOO_MUCH = "the rules divide the packets into more than is followed exactly"
_Pending: TypeAlias = dict[World, PacketSet]
"""Packets that no rule has decided yet, by the world they are in."""


class _Place(NamedTuple):
    """One rule in its chain, and the chains that called it."""

    rule: ChainRule
    position: int
    calls: tuple[str, ...]

    @property
    def chain(self) -> str:
        return self.calls[-1]

    @property
    def label(self) -> str:
        return f"chain {self.chain} rule {self.position} below {self.calls[0]}"


def judge_chains(firewall: ChainFirewall, packets: PacketSet, context: HostContext) -> tuple[HopResult, ...]:
    """Return what each base chain of the hook does with packets; each must accept them."""
    bases = [base for base in firewall.base_chains if base.hook is context.hook]
    hop, direction = _hop(context)
    name = context.vm.name
    if not bases:
        return (HopResult(hop, direction, name, merge([settled(packets, None)])),)
    return tuple(HopResult(hop, direction, name, _Walk(firewall, context).judge(base, packets)) for base in bases)


def _hop(context: HostContext) -> tuple[HopKind, str]:
    """Return what the hop is called, and its direction: what a machine passes on goes neither in nor out."""
    if context.hook is Hook.FORWARD:
        return HopKind.APPLIANCE, ""
    return HopKind.HOST_FIREWALL, str(context.direction)


class _Walk:
    """One walk of packets through one base chain."""

    def __init__(self, firewall: ChainFirewall, context: HostContext) -> None:
        self._firewall, self._context = firewall, context
        self._outcomes: dict[HopCase, PacketSet] = {}
        self._matches: dict[str, dict[tuple[Fact, ...], PacketSet]] = {}
        self._called: dict[tuple[str, frozenset[tuple[World, PacketSet]]], _Pending] = {}

    def judge(self, base: BaseChain, packets: PacketSet) -> tuple[HopPart, ...]:
        """Return the parts of the packets by who decides them."""
        undecided = self._pass(base.rules, {ANY_WORLD: packets} if packets else {}, (base.name,))
        passes = base.policy is Access.ALLOW
        note = f"policy of chain `{base.name}` ({'ACCEPT' if passes else 'DROP'})"
        for world, left in undecided.items():
            self._emit(world, left, self._decision(passes=passes, at=str(base.at), note=note))
        return merge(_parts(self._outcomes))

    def _pass(self, rules: tuple[ChainRule, ...], pending: _Pending, calls: tuple[str, ...]) -> _Pending:
        """Walk through one chain; return the packets that come out of it undecided."""
        returned: _Pending = {}
        for position, rule in enumerate(rules):
            if not pending:
                break
            place = _Place(rule, position, calls)
            for when, matched in self._matched(place).items():
                pending = self._step(place, when, matched, pending, returned)
        _put_all(returned, pending)
        return _without_idle_forks(returned)

    def _matched(self, place: _Place) -> dict[tuple[Fact, ...], PacketSet]:
        """Return what a rule matches, by the facts it waits for. Taking the parts one after the other is exact.

        A packet in two of them meets the target twice, and the second time ends as the first.
        """
        known = self._matches.get(place.label)
        if known is None:
            known = self._matches[place.label] = {}
            for found in rule_matches(place.rule.match, place.label, self._context):
                known[found.when] = known.get(found.when, EMPTY_PACKETS) | ps.box(*found.box)
        return known

    def _step(
        self, place: _Place, when: tuple[Fact, ...], matched: PacketSet, pending: _Pending, returned: _Pending
    ) -> _Pending:
        """Send what the rule matches to its target; return what goes on to the next rule."""
        left: _Pending = {}
        entering: _Pending = {}
        may_fork = len(pending) + len(self._outcomes) < MOST_WORLDS
        for world, packets in pending.items():
            hit = packets & matched
            _put(left, world, packets - hit)
            if not hit or any((fact, False) in world for fact in when):
                _put(left, world, hit)
                continue
            missing = [fact for fact in when if (fact, True) not in world]
            if missing and not may_fork:
                self._give_up(place, {world: hit}, _TOO_MUCH)
                continue
            for fact in missing:
                _put(left, world | {(fact, False)}, hit)
                world |= {(fact, True)}
            _put(entering, world, hit)
        if entering:
            stay, back = self._follow(place, entering)
            _put_all(left, stay)
            _put_all(returned, back)
        return _without_idle_forks(left)

    def _follow(self, place: _Place, entering: _Pending) -> tuple[_Pending, _Pending]:
        """Do what the rule's target says; return what goes on in the chain and what returns from it."""
        rule, target = place.rule, place.rule.target
        if target == "RETURN":
            return {}, entering
        if target in ("ACCEPT", "DROP", "REJECT"):
            for world, packets in entering.items():
                self._emit(world, packets, self._rule_decision(place, passes=target == "ACCEPT"))
            return {}, {}
        called = self._firewall.chains.get(target)
        if called is None:
            return self._give_up(place, entering, f"there is no chain or known target `{target}`")
        if target in place.calls:
            return self._give_up(place, entering, "the chains call each other in a circle")
        if len(place.calls) > MOST_CALLS:
            return self._give_up(place, entering, f"more than {MOST_CALLS} chains call each other")
        call = (target, frozenset(entering.items()))
        if call not in self._called:  # a second walk of the same packets would emit the same outcomes again
            if len(self._called) >= MOST_WALKS:
                return self._give_up(place, entering, _TOO_MUCH)
            self._called[call] = self._pass(called, entering, (*place.calls, target))
        back = self._called[call]
        return ({}, back) if rule.is_goto else (back, {})

    def _give_up(self, place: _Place, entering: _Pending, why: str) -> tuple[_Pending, _Pending]:
        """Leave open what becomes of packets from this rule on."""
        match, vm = place.rule.match, self._context.vm.name
        reason = f"what rule `{match.name}` of VM `{vm}` leads to is not known: {why}"
        fact = Fact(f"outcome of {self._context.direction} {place.label} on {key(vm)}", "", reason, match.at)
        for world, packets in entering.items():
            for passes in (True, False):
                self._emit(world | {(fact, passes)}, packets, self._rule_decision(place, passes=passes))
        return {}, {}

    def _rule_decision(self, place: _Place, *, passes: bool) -> Decision:
        match = place.rule.match
        return self._decision(passes=passes, at=str(match.at), rule=match.name, note=f"chain `{place.chain}`")

    def _decision(self, *, passes: bool, at: str, note: str, rule: str = "") -> Decision:
        (hop, direction), vm = _hop(self._context), self._context.vm.name
        return Decision(hop=hop, passes=passes, direction=direction, resource=vm, rule=rule, at=at, note=note)

    def _emit(self, world: World, packets: PacketSet, decision: Decision) -> None:
        case = HopCase(world, decision)
        self._outcomes[case] = self._outcomes.get(case, EMPTY_PACKETS) | packets


def _parts(outcomes: dict[HopCase, PacketSet]) -> list[HopPart]:
    """Lay the outcomes of all worlds over each other: each packet gets one case for each world that decides it."""
    parts = [HopPart(packets, (case,)) for case, packets in outcomes.items() if case.when == ANY_WORLD]
    open_cases = {case: packets for case, packets in outcomes.items() if case.when != ANY_WORLD}
    whole = EMPTY_PACKETS
    for packets in open_cases.values():
        whole = whole | packets
    regions: dict[tuple[HopCase, ...], PacketSet] = {(): whole} if whole else {}
    for case, packets in open_cases.items():
        regions = refine(regions, [(case, packets)])
    for cases, packets in regions.items():
        decisions = {case.decision for case in cases}
        parts.append(settled(packets, decisions.pop()) if len(decisions) == 1 else HopPart(packets, cases))
    return parts


def _put(pending: _Pending, world: World, packets: PacketSet) -> None:
    if packets:
        pending[world] = pending.get(world, EMPTY_PACKETS) | packets


def _put_all(pending: _Pending, more: _Pending) -> None:
    for world, packets in more.items():
        _put(pending, world, packets)


def _without_idle_forks(pending: _Pending) -> _Pending:
    """Take packets that are at one point whether a fact holds or not back to the world in which it is open."""
    if all(world == ANY_WORLD for world in pending):
        return pending
    merged = dict(pending)
    todo = sorted(merged, key=len)
    while todo:
        world = todo.pop()
        for fact, value in sorted(world, key=lambda literal: (literal[0].name, literal[0].side)):
            shorter = world - {(fact, value)}
            twin = shorter | {(fact, not value)}
            shared = merged.get(world, EMPTY_PACKETS) & merged.get(twin, EMPTY_PACKETS)
            if shared:
                for one in (world, twin):
                    merged[one] = merged[one] - shared
                _put(merged, shorter, shared)
                todo.append(shorter)
    return {world: packets for world, packets in merged.items() if packets}
