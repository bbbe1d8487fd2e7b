"""Whole paths put to the engine and to the bit-vector encoding: from one VM to anywhere, verdict and every hop.

The encoding is a conjunction of hops, each for the packets that meet it. An unknown that hops share is one boolean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

import z3

from netcheck.model.site import Site
from netcheck.path.graph import build_graph
from netcheck.path.leg import Verdict, cut
from netcheck.path.walk import Start, walk
from netcheck.policy.decision import HopKind, HopResult
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet, box
from tests.oracle.reference import Ruling
from tests.oracle.smt import NOT_SUBJECT, Facts, Formula, Outcomes, any_header, is_documented, is_possible, passes
from tests.oracle.smt_way import NEVER, OUT, Name, Stage, encode_path
from tests.property.smt_compare import Comparison, Mismatch, Part, parts_of
from tests.property.smt_networks import draw_path_site


def compare_paths(seed: str) -> Iterator[Mismatch]:
    """Yield where engine and encoding differ about the packets of a VM in a site drawn from a seed."""
    site = draw_path_site(Random(seed))
    yield from compare_path(site, site)


def compare_path(site: Site, asked: Site) -> Iterator[Mismatch]:
    """Compare what the engine says about the first VM of one site with what the encoding says about that of another."""
    header, facts = any_header(4), Facts()
    [address] = site.virtual_machines[0].interfaces[0].addresses
    point = IntervalSet.point(address.first)
    packets = box(4, sources=point) - box(4, destinations=point)
    question = z3.And(header.source == address.first, header.destination != address.first)
    vm = asked.virtual_machines[0]
    results = walk(build_graph(asked), AddressBook(asked), Start(packets, vm, vm.primary))
    stages = encode_path(site, site.virtual_machines[0], header, facts)
    judged = is_documented(header, OUT)
    for name in dict.fromkeys([stage.name for stage in stages] + [name_of(one) for one in results if is_named(one)]):
        mine = [result for result in results if name_of(result) == name]
        there = [stage for stage in stages if stage.name == name]
        somewhere = [is_possible(stage.comes) for stage in there]
        comparison = Comparison(header, facts, z3.And(question, z3.Or(somewhere)), judged)
        found = comparison.rulings(one_hop(mine), outcomes_of(there, somewhere))
        yield from (one._replace(claim=f"{' '.join(name)}: {one.claim}") for one in found)
    yield from compare_verdicts(packets, results, stages, Comparison(header, facts, question, judged))


def outcomes_of(stages: Iterable[Stage], somewhere: Iterable[Formula]) -> Outcomes:
    """Return what a hop does that packets may come to more than once; where they do not come it has nothing to say."""
    outcomes: Outcomes = {NOT_SUBJECT: NEVER}
    for stage, is_met in zip(stages, somewhere, strict=True):
        for ruling, decides in stage.outcomes.items():
            outcomes[ruling] = z3.Or(outcomes.get(ruling, NEVER), z3.And(stage.comes, decides))
        outcomes[NOT_SUBJECT] = z3.Or(outcomes[NOT_SUBJECT], z3.And(is_met, z3.Not(stage.comes)))
    return outcomes


def one_hop(results: Iterable[HopResult]) -> list[Part]:
    """Return the packets of a hop by who may decide them, whichever of its results they are in."""
    found: dict[frozenset[Ruling], PacketSet] = {}
    for result in results:
        for part in parts_of([result]):
            left, cut_up = part.packets, dict[frozenset[Ruling], PacketSet]()
            for rulings, packets in found.items():
                both = packets & left
                for joint, some in ((rulings, packets - both), (rulings | part.rulings, both)):
                    cut_up[joint] = cut_up.get(joint, EMPTY_PACKETS) | some
                left = left - both
            cut_up[part.rulings] = cut_up.get(part.rulings, EMPTY_PACKETS) | left
            found = cut_up
    return [Part(packets, rulings) for rulings, packets in found.items() if packets]


def compare_verdicts(
    packets: PacketSet, results: Iterable[HopResult], stages: Iterable[Stage], comparison: Comparison
) -> Iterator[Mismatch]:
    """Compare the three sets of a verdict: passing in every world, in none, and in some but not in all."""
    goes_through = z3.And([z3.Implies(stage.comes, passes(stage.outcomes)) for stage in stages])
    found = dict.fromkeys(Verdict, EMPTY_PACKETS)
    for region in cut(packets, tuple(results)):
        found[region.verdict] = found[region.verdict] | region.packets
    yield from comparison.partition(list(found.values()))
    yield from comparison.in_every_world(found[Verdict.REACHABLE], goes_through, "said to be reachable")
    yield from comparison.in_every_world(found[Verdict.BLOCKED], z3.Not(goes_through), "said to be blocked")
    for holds in (goes_through, z3.Not(goes_through)):
        yield from comparison.in_some_world(found[Verdict.UNDETERMINED], holds, "said to be undetermined")


def name_of(result: HopResult) -> Name:
    """Return what tells a hop from the others of its path."""
    if result.hop in (HopKind.NIC_NSG, HopKind.SUBNET_NSG):
        return str(result.hop), result.direction, result.subnet
    return str(result.hop), result.direction, result.resource


def is_named(result: HopResult) -> bool:
    """Return whether a hop is somebody's; a level without group has neither name nor say."""
    return bool(result.resource)
