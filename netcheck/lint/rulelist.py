"""One direction of an NSG as its rules act together: which are dead, partly dead, redundant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TypeVar

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES, Family
from netcheck.model.names import key
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from netcheck.policy.firstmatch import Clause, Part, decide
from netcheck.policy.nsg import RuleList, clauses_for, rule_lists
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.partly import PartlyDead, find_partly_dead
from netcheck.policy.permitted import NO_RULE
from netcheck.policy.redundant import Successors
from netcheck.questions.dead import DeadNsgRule, dead_in
from netcheck.sets.packets import EMPTY_PACKETS, EVERYTHING, Box, PacketSet, whole_box
from netcheck.sets.packets import box as packets_of_box
from netcheck.sources._uncertain import is_stand_in

MOST_STEPS, MOST_STEPS_TOGETHER = 100_000, 800_000
"""For telling how much is taken of one rule, and of all rules of a list, in one family: about half a second."""
T = TypeVar("T")
_Id = tuple[int, str]
"""Priority and name: together they stand for one rule of a direction, or for alternatives of it."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A rule of whose `total` packets of one family earlier rules of the other action decide `taken`.

    `takers` are these rules, the greatest first. `is_all`: the rule itself matches every packet.
    `where` is the subnet that sees it so, "" where the NSG is applied in one view.
    """

    rule: NsgRule
    family: Family
    taken: int
    total: int
    takers: tuple[NsgRule, ...]
    is_all: bool
    where: str


@dataclass(frozen=True, slots=True)
class Redundant:
    """A rule that can go, and the later rules that decide in its place."""

    rule: NsgRule
    successors: tuple[NsgRule, ...]


class _View:
    """The rules that some packets meet where the NSG is applied, and what they match."""

    def __init__(self, one: RuleList, clauses: Sequence[Clause], where: str) -> None:
        self.where = where
        self.rules, self.packets, self.clauses = one.rules, one.packets, clauses
        self.numbers = {_id(rule): number for number, rule in enumerate(one.rules)}
        """The rules' numbers in the list, which may hold a rule in part only, or not at all."""

    def allows(self, number: int) -> bool:
        """Return whether a rule allows; what the platform's own list does not name passes."""
        return number == NO_RULE or self.rules[number].access is Access.ALLOW


class LintedRules:
    """One direction of an NSG, wherever it is applied. What cannot be worked out in time is told by `given_up`."""

    def __init__(self, nsg: NetworkSecurityGroup, direction: Direction, contexts: Sequence[NsgContext]) -> None:
        self.nsg, self.direction, self.contexts = nsg, direction, contexts
        self.given_up: dict[str, str] = {}
        """What was not worked out, and why."""

    @cached_property
    def has_clash(self) -> bool:
        """Whether two rules that are certainly there have one priority: which of them comes first, nobody knows."""
        certain = {key(rule.name): rule.priority for rule in self.own if not rule.unknown}
        clashes = len(set(certain.values())) < len(certain)
        if clashes:
            self.given_up["what its rules do together"] = "two of them have one priority, and Azure refuses that"
        return clashes

    @property
    def own(self) -> list[NsgRule]:
        """The NSG's own rules of the direction, in order of their priorities; what stands for unread ones is none."""
        own = (rule for rule in self.nsg.rules if rule.direction is self.direction and not is_stand_in(rule))
        return sorted(own, key=lambda rule: rule.priority)

    @cached_property
    def _views(self) -> list[_View]:
        return [
            _View(one, clauses_for(self.nsg, self.direction, one, context), self._name(context))
            for context in (() if self.has_clash else self.contexts)
            for one in rule_lists(self.nsg, self.direction, context)
        ]

    def _name(self, context: NsgContext) -> str:
        return context.subnet.full_name if context.subnet is not None and len(self.contexts) > 1 else ""

    @cached_property
    def dead(self) -> tuple[DeadNsgRule, ...]:
        """The rules that decide nothing."""
        nothing: tuple[DeadNsgRule, ...] = ()
        found = self._or_give_up("which rules are dead", self._find_dead, nothing)
        return tuple(one for one in found if not is_stand_in(one.rule))

    @cached_property
    def without_ipv4(self) -> tuple[DeadNsgRule, ...]:
        """The rules to which earlier ones, one of the other action among them, leave IPv6 alone."""
        what, ipv4 = "which rules decide IPv6 only", packets_of_box(4)
        nothing: tuple[DeadNsgRule, ...] = ()
        found = self._or_give_up(what, lambda: self._find_dead(ipv4), nothing)
        return tuple(one for one in found if one.against is not None and self._is_alive(one.rule))

    def _find_dead(self, packets: PacketSet = EVERYTHING) -> tuple[DeadNsgRule, ...]:
        return () if self.has_clash else dead_in(self.nsg, self.direction, self.contexts, packets)

    def _is_alive(self, rule: NsgRule) -> bool:
        return not (self.is_dead(rule) or is_stand_in(rule))

    @cached_property
    def _dead_ids(self) -> frozenset[_Id]:
        return frozenset(_id(one.rule) for one in self.dead)

    def is_dead(self, rule: NsgRule) -> bool:
        """Return whether a rule is among the dead ones."""
        return _id(rule) in self._dead_ids

    @cached_property
    def overlaps(self) -> tuple[Overlap, ...]:
        """The rules that are alive, to IPv4 as well, and lose packets to rules of the other action.

        Each is told as where it loses most. The families are counted apart: IPv6 has so many addresses that IPv4 would
        not count beside them.
        """
        told = {*self._dead_ids, *(_id(one.rule) for one in self.without_ipv4)}
        most: dict[_Id, Overlap] = {}
        lost: set[_Id] = set()
        for view, family in product(self._views, FAMILIES):
            own = view.packets & packets_of_box(family)
            found = find_partly_dead(view.clauses, own, MOST_STEPS, MOST_STEPS_TOGETHER)
            lost |= {_id(view.rules[n]) for n in found.given_up if not view.rules[n].is_default}
            for partly in found.found:
                overlap = _overlap(view, family, partly)
                if overlap is not None and _id(overlap.rule) not in told:
                    known = most.get(_id(overlap.rule))
                    if known is None or overlap.taken * known.total > known.taken * overlap.total:
                        most[_id(overlap.rule)] = overlap
        if lost:
            why = f"{len(lost):,} of {len(self.own):,} rules overlap in too many ways"
            self.given_up["how much is taken of some rules"] = why
        return tuple(sorted(most.values(), key=lambda one: _id(one.rule)))

    @cached_property
    def redundant(self) -> tuple[Redundant, ...]:
        """The rules that can go one after the other, last first, whether the dead ones are gone or not."""
        return self._or_give_up("which rules are redundant", lambda: tuple(self._redundant()), ())

    def _redundant(self) -> Iterator[Redundant]:
        asked = [Successors(view.clauses, view.allows, view.packets) for view in self._views]
        dead = [{view.numbers[one] for one in self._dead_ids if one in view.numbers} for view in self._views]
        gone: list[set[int]] = [set() for _ in self._views]
        times = Counter(_id(rule) for rule in self.own)
        for rule in reversed(self.own) if asked else ():
            if self.is_dead(rule) or times[_id(rule)] > 1:  # alternatives, of which one is there
                continue
            found: dict[_Id, NsgRule] = {}
            for view, successors, lost, also in zip(self._views, asked, gone, dead, strict=True):
                taking = _taking(view, successors, rule, lost, also)
                if taking is None:
                    break
                found |= {_id(one): one for one in taking}
            else:
                for view, lost in zip(self._views, gone, strict=True):
                    lost.update(view.numbers[one] for one in (_id(rule),) if one in view.numbers)
                yield Redundant(rule, tuple(found[one] for one in sorted(found)))

    def decided(self, rule: NsgRule, packets: PacketSet) -> PacketSet:
        """Return which of some packets a rule decides, whatever the open facts are, in one view or another."""
        found = EMPTY_PACKETS
        for view in self._views:
            number = view.numbers.get(_id(rule))
            boxes = [clause.box for clause in view.clauses if clause.rule == number and not clause.when]
            for box in boxes:
                asked = _packets_of(box) & packets & view.packets
                for part in self._parts(view, rule, asked):
                    if all(case.rule == number for case in part.cases):
                        found = found | part.packets
        return found

    def _parts(self, view: _View, rule: NsgRule, asked: PacketSet) -> tuple[Part, ...]:
        what = f"what rule `{rule.name}` decides"
        return self._or_give_up(what, lambda: decide(view.clauses, asked, NO_RULE), ()) if asked else ()

    def _or_give_up(self, what: str, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except QuestionError as error:
            self.given_up[what] = error.message
            return otherwise


def _id(rule: NsgRule) -> _Id:
    return rule.priority, rule.name


def _taking(view: _View, successors: Successors, rule: NsgRule, gone: set[int], dead: set[int]) -> list[NsgRule] | None:
    """Return the rules that would decide in place of a rule in one view; None where it is needed.

    It must not be needed with the dead rules and without them: one of these may come to life where the rule goes.
    """
    number = view.numbers.get(_id(rule))
    if number is None:
        return []
    taking = successors.of(number, gone)
    if taking is None or successors.of(number, gone | dead) is None:
        return None
    return [view.rules[one] for one in taking if one != NO_RULE]


def _packets_of(box: Box) -> PacketSet:
    family, protocols, ports, source_ports, sources, destinations = box
    return packets_of_box(family, protocols, ports, source_ports, sources, destinations)


def _overlap(view: _View, family: Family, partly: PartlyDead) -> Overlap | None:
    """Return what rules of the other action take of one of the NSG's own rules; None where they take nothing."""
    rule = view.rules[partly.rule]
    takers = [(n, count) for n, count in partly.takers if view.allows(n) is not view.allows(partly.rule)]
    if rule.is_default or is_stand_in(rule) or not takers:
        return None
    own = [clause.box for clause in view.clauses if clause.rule == partly.rule and clause.box.family == family]
    return Overlap(
        rule,
        family,
        sum(count for _, count in takers),
        partly.total,
        tuple(view.rules[n] for n, _ in takers),
        whole_box(family) in own,
        view.where,
    )
