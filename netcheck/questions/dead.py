"""Which rules of one NSG decide nothing, because earlier rules take all that they match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netcheck.model.address import AddressRange
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.policy.dead import DeadRule, find_dead
from netcheck.policy.decision import HopKind
from netcheck.policy.firstmatch import Clause
from netcheck.policy.nsg import RuleList, clauses_for, rule_lists
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.permitted import NO_RULE
from netcheck.policy.resolve import AddressBook
from netcheck.questions.filter import find_nsg, view_of
from netcheck.sets.packets import EVERYTHING, PacketSet


@dataclass(frozen=True, slots=True)
class DeadNsgRule:
    """A rule that decides no packet, whatever the open facts are.

    `covered_by` are the earlier rules that together take all its packets, none of which can be spared; empty for a rule
    that matches no packet at all. `against` is an earlier rule of the other action that takes some of them, so that the
    dead rule was meant to do something else; None where all of them act as the rule would.
    """

    rule: NsgRule
    covered_by: tuple[NsgRule, ...]
    against: NsgRule | None


def find_dead_rules(
    site: Site, nsg_name: str, direction: Direction, vnet: Sequence[AddressRange] | None = None
) -> tuple[DeadNsgRule, ...]:
    """Return the dead rules of one NSG and direction, in order; default rules are not among them.

    `vnet` says what `VirtualNetwork` means where the NSG stands alone. Raise QuestionError as `filter` does, and when
    the rules overlap in too many ways.
    """
    book = AddressBook(site, vnet)
    nsg = find_nsg(site, nsg_name)
    context = NsgContext(book, None if vnet is not None else view_of(site, nsg), HopKind.SUBNET_NSG)
    return dead_in(nsg, direction, [context])


def dead_in(
    nsg: NetworkSecurityGroup,
    direction: Direction,
    contexts: Iterable[NsgContext],
    packets: PacketSet = EVERYTHING,
) -> tuple[DeadNsgRule, ...]:
    """Return the rules of one direction that decide none of some packets wherever the NSG is applied, in order."""
    found: dict[tuple[int, str], list[DeadNsgRule]] = {}
    alive: set[tuple[int, str]] = set()
    for context in contexts:
        for one in rule_lists(nsg, direction, context, packets):
            dead = _dead_in(one, clauses_for(nsg, direction, one, context))
            for number, rule in enumerate(one.rules):
                if number in dead:
                    found.setdefault(_id(rule), []).append(dead[number])
                else:
                    alive.add(_id(rule))
    rules = [rule for rule in nsg.rules if rule.direction is direction and _id(rule) not in alive]
    return tuple(_join(rule, found[_id(rule)]) for rule in sorted(rules, key=lambda rule: rule.priority))


def _id(rule: NsgRule) -> tuple[int, str]:
    return rule.priority, rule.name


def _dead_in(one: RuleList, clauses: Sequence[Clause]) -> dict[int, DeadNsgRule]:
    """Return the dead rules of one list by number; what names nothing that the list's packets hold is dead as well."""

    def allows(number: int) -> bool:
        return number != NO_RULE and one.rules[number].access is Access.ALLOW

    touching = {clause.rule for clause in clauses}
    dead = {n: DeadNsgRule(rule, (), None) for n, rule in enumerate(one.rules) if n not in touching}
    return dead | {d.rule: _named(one, d) for d in find_dead(clauses, allows, one.packets)}


def _named(one: RuleList, dead: DeadRule) -> DeadNsgRule:
    against = one.rules[dead.against] if dead.against is not None else None
    return DeadNsgRule(one.rules[dead.rule], tuple(one.rules[number] for number in dead.covered_by), against)


def _join(rule: NsgRule, found: Sequence[DeadNsgRule]) -> DeadNsgRule:
    """Join what was found about one rule in several lists."""
    cover = {_id(other): other for one in found for other in one.covered_by}
    against = next((one.against for one in found if one.against is not None), None)
    return DeadNsgRule(rule, tuple(cover[at] for at in sorted(cover)), against)
