"""A short campaign in the suite, the campaign's own decider against the readable reference, and planted faults."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from netcheck.model.address import AddressRange, Family
from netcheck.model.flow import Flow
from netcheck.model.ports import PORTED, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from netcheck.policy.firstmatch import Clause
from tests.campaign.__main__ import campaign, draw_codes, run_batch
from tests.campaign.compare import Case, differs, differs_in_sets
from tests.campaign.rulelists import NO_RULE, UNKNOWN_NAMES, RuleList, Term, draw_list, first_match
from tests.campaign.universe import ANY, Universe, draw_universe
from tests.oracle.reference import End, decide_nsg
from tests.property.strategies import HERE

SEED = 11
WHOLE = (ANY,) * 5


@pytest.mark.parametrize("batch", range(40))
def test_engine_decides_every_packet_as_plain_first_match(batch: int) -> None:
    """Deciding rules of all packets of a batch of lists, in every meaning of the unknown names, agree."""
    outcome = run_batch(SEED, batch, 60)
    assert outcome.mismatches == ()
    assert outcome.cases == 60


@pytest.mark.parametrize("batch", range(30))
def test_sets_dead_rules_and_differences_agree_with_plain_first_match(batch: int) -> None:
    """Permitted packets, dead rules and their covers, opened and closed packets are those of plain loops."""
    random = Random(f"sets {batch}")
    universe = draw_universe(random)
    boxes = [WHOLE] if batch % 3 else [draw_codes(random, universe.sizes) for _ in range(2)]
    case = Case(universe, universe.asked(boxes), universe.question(boxes), has_unknown=batch % 2 == 0)
    lists = [draw_list(random, universe, batch % 2 == 0) for _ in range(12)]
    for rules, other in pairwise(lists):
        assert ("", rules, other) == (differs_in_sets(case, rules, other), rules, other)


def test_the_same_seed_gives_the_same_lists() -> None:
    """A mismatch can be repeated from what is printed: seed, batch and number."""
    drawn = []
    for _ in range(2):
        random = Random("3/7")
        universe = draw_universe(random)
        drawn.append([draw_list(random, universe, True) for _ in range(20)])
    assert drawn[0] == drawn[1]
    outcomes = list(campaign(SEED, 300, 1))
    assert [outcome.cases for outcome in outcomes] == [300]


def test_drawn_lists_are_not_all_alike() -> None:
    """Every field is restricted somewhere, in both families, with and without ports, unknown names, several terms."""
    seen: set[object] = set()
    for batch in range(60):
        random = Random(f"variety {batch}")
        universe = draw_universe(random)
        seen.update({("family", universe.family), ("ported", universe.ported == universe.every)})
        for rules in (draw_list(random, universe, True) for _ in range(20)):
            seen.update(("field", i) for term in rules.terms for i, code in enumerate(term.codes) if code != ANY)
            seen.update(("waits", term.waits) for term in rules.terms)
            seen.add(("several terms", len({term.rule for term in rules.terms}) < len(rules.terms)))
            seen.add(("rules", len(rules.terms)))
    expected: set[object] = {("family", 4), ("family", 6), ("ported", True), ("ported", False)}
    expected |= {("field", field) for field in range(5)} | {("rules", count) for count in range(1, 6)}
    expected |= {("waits", waits) for waits in ((), (0,), (1,), (0, 1))}
    expected |= {("several terms", True), ("several terms", False)}
    assert expected <= seen


@pytest.mark.parametrize("seed", range(25))
def test_plain_first_match_is_the_reference_decider(seed: int) -> None:
    """The campaign's masks of packets say of each packet what the readable decider says of the flow."""
    random = Random(f"reference {seed}")
    universe = draw_universe(random)
    rules = draw_list(random, universe, with_unknown=False)
    nsg = NetworkSecurityGroup(name="nsg", rules=tuple(nsg_rules(universe, rules)), at=HERE)
    decided = first_match(universe, rules, universe.every, (False,) * len(UNKNOWN_NAMES))
    builtin = ("virtualnetwork", "internet", "azureloadbalancer")
    nowhere = End(known={name: {4: [], 6: []} for name in builtin})
    for number, (protocol, dport, sport, source, destination) in enumerate(universe.packets):
        flow = Flow(4 if universe.family == 4 else 6, protocol, source, sport, destination, dport)
        if protocol not in PORTED:
            continue  # what ports mean there is a matter of its own, compared elsewhere
        [rule] = [rule for rule, mask in decided.items() if mask >> number & 1]
        name = "DenyAllInBound" if rule == NO_RULE else f"rule-{rule}"
        assert (flow, name) == (flow, decide_nsg(nsg, Direction.INBOUND, flow, nowhere, {}).rule)


def nsg_rules(universe: Universe, rules: RuleList) -> list[NsgRule]:
    """Return each term as a rule of its own, so that order is all that counts; a name may stand twice."""
    return [nsg_rule(universe, term, 100 + position) for position, term in enumerate(rules.terms)]


def nsg_rule(universe: Universe, term: Term, priority: int) -> NsgRule:
    """Return a term as an inbound rule; any address of the family is a range, which leaves the other family out."""
    spans = [list(universe.sets[field][code].spans()) for field, code in enumerate(term.codes)]
    family: Family = 4 if universe.family == 4 else 6
    numbers = tuple(n for first, last in spans[0] for n in range(first, last + 1))
    return NsgRule(
        name=f"rule-{term.rule}",
        priority=priority,
        direction=Direction.INBOUND,
        access=Access.ALLOW,
        protocol=Protocol(numbers if len(numbers) < 256 else ()),
        sources=tuple(AddressRange(family, *span) for span in spans[3]),
        source_ports=tuple(PortRange(*span) for span in spans[2]),
        destinations=tuple(AddressRange(family, *span) for span in spans[4]),
        destination_ports=tuple(PortRange(*span) for span in spans[1]),
        at=HERE,
    )


class Backwards(Case):
    """A planted fault: the engine gets the rules in the wrong order."""

    def clauses(self, rules: RuleList) -> list[Clause]:
        return super().clauses(rules)[::-1]


class Forgetful(Case):
    """A planted fault: the engine is not told what clauses wait for."""

    def clauses(self, rules: RuleList) -> list[Clause]:
        return [clause._replace(when=()) for clause in super().clauses(rules)]


@pytest.mark.parametrize("faulty", [Backwards, Forgetful])
def test_a_planted_fault_is_noticed(faulty: type[Case]) -> None:
    """The comparison can fail: of some lists it says how the answer differs."""
    random = Random("planted")
    universe = Universe(4, (1, 4, 1, 1, 4))
    case = faulty(universe, universe.every, universe.question([WHOLE]), has_unknown=True)
    lists = [draw_list(random, universe, with_unknown=True) for _ in range(40)]
    assert any(differs(case, rules) for rules in lists)
    assert any(differs_in_sets(case, rules, other) for rules, other in pairwise(lists))


def test_packets_that_were_not_asked_about_are_noticed() -> None:
    """A set with anything outside the universe cannot be read as one of the universe."""
    small, large = Universe(4, (1, 2, 1, 1, 2)), Universe(4, (1, 4, 1, 1, 2))
    with pytest.raises(KeyError):
        small.mask_of(large.question([WHOLE]))
    with pytest.raises(KeyError):
        small.mask_of(Universe(6, (1, 2, 1, 1, 2)).question([WHOLE]))
