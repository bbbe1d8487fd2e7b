"""A converted site is the same site: loaded again it has the same digest and gives the same answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import netcheck
from netcheck.errors import InputError
from netcheck.model.rules import Direction
from netcheck.model.site import Site
from tests.property.small_sites import small_sites
from tests.property.stored_sites import answers, storable
from tests.property.strategies import Drawn, drawn_groups, full_size_groups
from tests.unit.reports.sites import reloaded

FIXTURES = Path(__file__).parents[2] / "fixtures"
STORIES = sorted(path.relative_to(FIXTURES) for path in FIXTURES.glob("*/site*.yaml"))
DRAWN = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_every_story_survives(story: Path, tmp_path: Path) -> None:
    """Each site of the fixtures, converted, answers every question as before."""
    try:
        site = netcheck.load(FIXTURES / story)
    except InputError:
        pytest.skip("a site that is refused")
    assert answers(site) == answers(reloaded(site, tmp_path))
    assert netcheck.digest(site) == netcheck.digest(reloaded(site, tmp_path, "json"))


@DRAWN
@given(small_sites())
def test_small_sites_survive(tmp_path: Path, drawn: Site) -> None:
    """Networks with NSGs on every level, host firewalls, proxies, routes and peerings, drawn at random."""
    site = storable(drawn, tmp_path)
    assert answers(site) == answers(reloaded(site, tmp_path))


@pytest.mark.parametrize("groups", [drawn_groups(), full_size_groups()], ids=["edges", "full size"])
def test_groups_survive(tmp_path: Path, groups: st.SearchStrategy[Drawn]) -> None:
    """NSGs alone: every kind of endpoint, known and unknown, at both ends of the number lines."""

    @DRAWN
    @given(groups)
    def survives(drawn: Drawn) -> None:
        alone = replace(drawn.site, virtual_networks=(), virtual_machines=())
        site = storable(alone, tmp_path)
        loaded = reloaded(site, tmp_path)
        for direction in Direction:
            asked = [
                netcheck.filter_packets(one, "nsg", direction, tcp=["0-65535"]).to_dict() for one in (site, loaded)
            ]
            assert asked[0]["counts"] == asked[1]["counts"]

    survives()
