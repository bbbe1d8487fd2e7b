"""Unknown names against all their meanings: a small universe in which a tag can mean every set of addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from netcheck.model.address import AddressRange, AnyAddress, Endpoint, ServiceTag
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import DeploymentModel
from netcheck.policy.decision import HopKind
from netcheck.policy.nsg import judge_nsg
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Header, box
from tests.oracle.reference import Ruling
from tests.property.strategies import EDGE4, HERE, Drawn, build, tag, text_of

ADDRESSES = EDGE4.addresses[:3]
PORTS = (80, 443)
NAMES = ("Contoso", "Fabrikam")
MEANINGS = tuple(
    tuple(a for a, is_in in zip(ADDRESSES, bits, strict=True) if is_in) for bits in product((0, 1), repeat=3)
)
QUESTION = box(
    4,
    IntervalSet.point(6),
    IntervalSet.of((port, port) for port in PORTS),
    IntervalSet.point(50000),
    IntervalSet.of((a, a) for a in ADDRESSES),
    IntervalSet.of((a, a) for a in ADDRESSES),
)


def endpoints(random: Random) -> tuple[Endpoint, ...]:
    """Return an unknown name more often than not, alone, with the other one or with an address."""
    choices: Sequence[tuple[Endpoint, ...]] = (
        (AnyAddress(),),
        (ServiceTag("Contoso"),),
        (ServiceTag("Contoso"),),
        (ServiceTag("Fabrikam"),),
        (ServiceTag("Contoso"), ServiceTag("Fabrikam")),
        (ServiceTag("Fabrikam"), AddressRange(4, ADDRESSES[0], ADDRESSES[0])),
        (AddressRange(4, ADDRESSES[1], ADDRESSES[2]),),
    )
    return random.choice(choices)


def rules(random: Random) -> tuple[NsgRule, ...]:
    """Return up to five rules in which unknown names stand again and again, on both sides."""
    return tuple(
        NsgRule(
            name=f"rule-{position}",
            priority=100 + position,
            direction=Direction.INBOUND,
            access=random.choice(tuple(Access)),
            protocol=ANY_PROTOCOL,
            sources=endpoints(random),
            source_ports=(ALL_PORTS,),
            destinations=endpoints(random),
            destination_ports=random.choice(((ALL_PORTS,), (PortRange(80, 80),), (PortRange(443, 443),))),
            at=HERE,
        )
        for position in range(random.randint(2, 5))
    )


def rulings(drawn: Drawn) -> Iterator[tuple[Header, frozenset[Ruling]]]:
    """Yield each packet between two different addresses, with all who may decide it."""
    context = NsgContext(AddressBook(drawn.site), drawn.subnet, HopKind.SUBNET_NSG)
    parts = judge_nsg(drawn.nsg, Direction.INBOUND, QUESTION, context).parts
    for source, destination, port in product(ADDRESSES, ADDRESSES, PORTS):
        header = Header(4, 6, port, 50000, source, destination)
        if source != destination:
            [part] = [part for part in parts if header in part.packets]
            decisions = [case.decision for case in part.cases if case.decision]
            yield header, frozenset(Ruling(Access.ALLOW if d.passes else Access.DENY, d.rule) for d in decisions)


def meaning(drawn: Drawn, meant: dict[str, tuple[int, ...]]) -> Drawn:
    """Return the same group where the names are published with these addresses."""
    assert drawn.site.tags is not None
    known = {
        name.casefold(): tag(name, tuple(text_of(AddressRange(4, a, a)) for a in addresses), ("API", "NSG"))
        for name, addresses in meant.items()
    }
    tags = replace(drawn.site.tags, entries={**drawn.site.tags.entries, **known})
    return replace(drawn, site=replace(drawn.site, tags=tags))


@pytest.mark.parametrize("seed", range(60))
def test_open_is_what_two_meanings_of_the_names_decide_differently(seed: int) -> None:
    """Of each packet exactly those rules may decide that decide it in one of the 64 meanings of two unknown names."""
    drawn = build(EDGE4, rules(Random(f"meanings {seed}")), [], DeploymentModel.RESOURCE_MANAGER)
    expected: dict[Header, set[Ruling]] = {}
    for first, second in product(MEANINGS, MEANINGS):
        for header, settled in rulings(meaning(drawn, dict(zip(NAMES, (first, second), strict=True)))):
            [ruling] = settled
            expected.setdefault(header, set()).add(ruling)
    assert expected == {header: set(found) for header, found in rulings(drawn)}


@pytest.mark.parametrize("seed", range(60))
def test_learning_one_name_settles_exactly_what_it_decides(seed: int) -> None:
    """With one of two names known, nobody new may decide, and what was settled stays as it was."""
    drawn = build(EDGE4, rules(Random(f"learning {seed}")), [], DeploymentModel.RESOURCE_MANAGER)
    before = dict(rulings(drawn))
    for learned in MEANINGS:
        for header, after in rulings(meaning(drawn, {"Contoso": learned})):
            assert after <= before[header]
            assert len(before[header]) > 1 or after == before[header]
