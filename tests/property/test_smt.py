"""The engine against the bit-vector encoding on full-size lists: exact sets, deciding rules, what is undetermined.

A solver proves each comparison for all headers of the question. `python -m tests.smt_campaign` does the same for as
many lists as there is time for.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, ServiceTag, Unresolved
from netcheck.model.flow import Flow
from netcheck.model.hosts import ProfileSettings, under_all
from netcheck.model.rules import Access, Direction, HostAction
from netcheck.model.site import DeploymentModel, Site
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import box
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER, Ruling
from tests.oracle.smt import Facts, any_header, encode_nsg, is_documented
from tests.property.small_sites import small_sites
from tests.property.smt_cases import (
    ANYTHING,
    compare_group,
    compare_groups,
    compare_host_firewall,
    compare_host_firewalls,
    compare_route_tables,
    compare_routes,
    swap,
)
from tests.property.smt_compare import Comparison, Mismatch, Part, parts_of
from tests.property.smt_lists import draw_group, draw_host_rule, draw_windows_firewall, with_whole_internet
from tests.property.smt_networks import draw_path_site, draw_routed_site
from tests.property.smt_paths import compare_path, compare_paths
from tests.property.strategies import NAMED4, Drawn, build, number
from tests.property.test_oracle_nsg import engine, engine_rulings, one_rule, oracle_rulings
from tests.smt_campaign import KINDS, main, report

OUT = Direction.OUTBOUND
EVERYTHING_4 = box(4)
TCP_ONLY = IntervalSet.point(6)
SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_groups_are_judged_as_the_solver_proves(seed: int) -> None:
    """Of a full-size group, every packet of a family is decided by those rules that may decide it, and no others."""
    assert list(compare_groups(f"nsg-test-{seed}")) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_host_firewalls_are_judged_as_the_solver_proves(seed: int) -> None:
    """The same of a Windows firewall, whose active profile and conditions may not be known."""
    assert list(compare_host_firewalls(f"host-test-{seed}")) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_routes_are_judged_as_the_solver_proves(seed: int) -> None:
    """The same of a route table with tags, learned routes, peerings and service endpoints."""
    assert list(compare_route_tables(f"routes-test-{seed}")) == []


@pytest.mark.parametrize("seed", range(4))
def test_full_size_paths_are_judged_as_the_solver_proves(seed: int) -> None:
    """From a VM to anywhere, verdict and rulings of all hops together are exact, unknowns that hops share included."""
    assert list(compare_paths(f"path-test-{seed}")) == []


@settings(max_examples=8, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(site=small_sites())
def test_small_sites_are_judged_as_the_solver_proves(site: Site) -> None:
    """The sites of the plain loops, asked about every destination there is instead of a few."""
    assert list(compare_path(site, site)) == []


def two_rules() -> Drawn:
    """Return a group that allows one prefix and denies the wider one around it."""
    web = AddressRange(4, number("20.60.1.0"), number("20.60.1.255"))
    around = AddressRange(4, number("20.60.0.0"), number("20.60.255.255"))
    listed = (one_rule(100, Access.ALLOW, web), one_rule(200, Access.DENY, around))
    return with_whole_internet(build(NAMED4, listed, [], DeploymentModel.RESOURCE_MANAGER))


def test_a_swap_of_two_rules_is_noticed() -> None:
    """Where the engine gets the two rules in the other order, the narrow prefix is found to be decided wrongly."""
    drawn = two_rules()
    allow, deny = drawn.nsg.rules
    swapped = (replace(allow, priority=200), replace(deny, priority=100))
    asked = replace(drawn, nsg=replace(drawn.nsg, rules=swapped))
    assert list(compare_group(Random(1), drawn, drawn, OUT)) == []
    found = list(compare_group(Random(1), drawn, asked, OUT))
    assert found
    assert all(number("20.60.1.0") <= one.flow.destination <= number("20.60.1.255") for one in found)


def test_a_lost_host_rule_is_noticed() -> None:
    """Where the engine gets a firewall without its only block, what the block took is found to be let through."""
    random = Random(2)
    drawn = draw_windows_firewall(random, 4)
    rule = replace(draw_host_rule(random, 0, 4), direction=OUT, action=HostAction.BLOCK, is_enabled=True, conditions=())
    firewall = replace(drawn, rules=(rule,), settings=under_all(ProfileSettings()))
    assert list(compare_host_firewall(Random(1), firewall, firewall, OUT, 4)) == []
    assert list(compare_host_firewall(Random(1), firewall, replace(firewall, rules=()), OUT, 4))


def test_swapped_prefixes_of_routes_are_noticed() -> None:
    """Where the engine gets two routes with each other's prefix, the packets that go the wrong way are found."""
    site = draw_routed_site(Random("routes"))
    asked = replace(site, route_tables=(swap(site.route_tables[0]),))
    assert list(compare_routes(Random(1), site, site, 4)) == []
    assert [one for family in (4, 6) for one in compare_routes(Random(1), site, asked, family)]


def test_a_path_without_one_of_its_groups_is_noticed() -> None:
    """Where the engine sees no rule of the NIC's group, both the hop and the verdict are found to be wrong."""
    site = next(
        site
        for site in map(draw_path_site, map(Random, range(100)))
        if site.virtual_machines[0].primary.network_security_group
    )
    group = site.virtual_machines[0].primary.network_security_group
    deny = replace(one_rule(90, Access.DENY, ServiceTag("Internet")), name="deny-internet")
    strict = site.with_rules(group, (deny,))
    assert list(compare_path(strict, strict)) == []
    claims = {one.claim.split(" ")[0] for one in compare_path(strict, strict.with_rules(group, ()))}
    assert len(claims) > 1


def test_an_open_packet_that_is_called_settled_is_noticed() -> None:
    """Naming one of two possible rules, or one too many, is a mismatch in both directions."""
    listed = (one_rule(100, Access.ALLOW, ServiceTag("Contoso")), one_rule(200, Access.DENY, AnyAddress()))
    drawn = build(NAMED4, listed, [], DeploymentModel.RESOURCE_MANAGER)
    header, facts = any_header(4), Facts()
    outcomes = encode_nsg(drawn.nsg, OUT, header, drawn.end, facts)
    comparison = Comparison(header, facts, ANYTHING, is_documented(header, OUT))
    parts = parts_of([engine(drawn, OUT, EVERYTHING_4)])
    assert list(comparison.rulings(parts, outcomes)) == []
    allow, deny = (ruling for ruling in outcomes if ruling.rule in ("rule-100", "rule-200"))
    other = next(ruling for ruling in outcomes if ruling.rule == "DenyAllOutBound")
    for wrong in (frozenset({allow}), frozenset({allow, deny, other})):
        told = [Part(part.packets, wrong if len(part.rulings) > 1 else part.rulings) for part in parts]
        assert len(list(comparison.rulings(told, outcomes))) == 1


def test_a_gap_and_an_overlap_are_noticed() -> None:
    """Parts that leave a packet out or hold it twice are no partition, whoever decides."""
    header = any_header(4)
    comparison = Comparison(header, Facts(), ANYTHING, ANYTHING)
    web, others = box(4, protocols=TCP_ONLY), EVERYTHING_4 - box(4, protocols=TCP_ONLY)
    assert list(comparison.partition([web, others])) == []
    assert [one.claim for one in comparison.partition([others])] == ["the parts are not the question"]
    assert [one.claim for one in comparison.partition([web, EVERYTHING_4])] == ["two parts hold a packet"]


def test_drawn_lists_are_telling() -> None:
    """The lists drawn in these tests have settled and open packets, both families, and every kind of unknown."""
    drawn = [draw_group(Random(f"nsg-test-{seed}")) for seed in SEEDS]
    assert {4, 6} == {one.universe.family for one in drawn}
    parts = [part for one in drawn for part in parts_of([engine(one, OUT, box(one.universe.family))])]
    assert {1, 2, 3} <= {len(part.rulings) for part in parts}
    kinds = {type(e) for one in drawn for rule in one.nsg.rules for e in (*rule.sources, *rule.destinations)}
    assert {AddressRange, AnyAddress, ServiceTag, ApplicationSecurityGroup, Unresolved} == kinds
    assert any(rule.unknown for one in drawn for rule in one.nsg.rules)


def test_a_campaign_ends_with_status_0_when_nothing_differs(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints its seed first, then each kind with its rate, and tries one case again by name."""
    assert main(["--lists", "1", "--seed", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "seed 5"
    assert [f"{kind}: 1 lists, 0 differ" for kind in KINDS] == [line.rsplit(",", 1)[0] for line in lines[1:-1]]
    assert main(["--case", "nsg-5-0"]) == 0


def test_what_differs_is_printed_with_its_seed(capsys: pytest.CaptureFixture[str]) -> None:
    """A mismatch is told by the seed that brings it back, the claim and the flow; how many there are is the status."""
    flow = Flow(4, 6, 1, 50000, 2, 443)
    assert report("nsg-5-3", [Mismatch("said to be blocked", flow)]) == 1
    assert f"MISMATCH nsg-5-3: said to be blocked, for example {flow!r}" in capsys.readouterr().out


@pytest.mark.parametrize("place", [(WIRE_SERVER, 32526), (WIRE_SERVER, 80), (INSTANCE_METADATA, 80)])
def test_a_rule_that_names_one_platform_service_and_more_leaves_the_others_alone(place: tuple[int, int]) -> None:
    """Agent traffic meets no group, and metadata meets only rules that name its own tag, whatever else a rule names."""
    rule = replace(
        one_rule(100, Access.DENY, AnyAddress()), destinations=(ServiceTag("AzurePlatformDNS"), AnyAddress())
    )
    drawn = build(NAMED4, (rule,), [], DeploymentModel.RESOURCE_MANAGER)
    address, port = place
    flow = Flow(4, 6, NAMED4.addresses[0], 50000, address, port)
    expected = {Ruling(Access.ALLOW, "")}
    assert expected == oracle_rulings(drawn, OUT, flow)
    assert expected == engine_rulings(engine(drawn, OUT, EVERYTHING_4), flow)
