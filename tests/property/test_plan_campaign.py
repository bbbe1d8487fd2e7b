"""Plans for drawn sites as the reference walker judges them; a campaign of any size runs as `tests.plan_campaign`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

import tests.plan_campaign as campaign
from netcheck.model.address import AnyAddress
from netcheck.model.ports import ALL_PORTS
from netcheck.model.site import Site
from netcheck.remedy.edits import Edit, Opening
from tests.property.patches import patched

SEED, SITES = 3, 300


def test_plans_do_what_their_proof_says() -> None:
    """Every flow that is needed arrives with the plan, no other fares differently, and Azure would take the rules."""
    outcome = campaign.run(SEED, 0, SITES)
    assert outcome.differences == []
    assert outcome.plans > 20
    assert outcome.flows["needed: reachable"] > 300
    assert {"rules that move", "several NSGs", "option http-proxy"} <= set(outcome.met)


def _without_last(site: Site, edits: Iterable[Edit]) -> Site:
    return patched(site, list(edits)[:-1])


def _changed(site: Site, edits: Iterable[Edit], **fields: object) -> Site:
    return patched(
        site,
        [
            Opening(e.nsg, replace(e.rule, **fields), e.replaces) if isinstance(e, Opening) else e  # type: ignore[arg-type]
            for e in edits
        ],
    )


FAULTS: dict[str, Callable[[Site, Iterable[Edit]], Site]] = {
    "a rule is missing": _without_last,
    "rules are for any source": lambda site, edits: _changed(site, edits, sources=(AnyAddress(),)),
    "rules are for any port": lambda site, edits: _changed(site, edits, destination_ports=(ALL_PORTS,)),
    "rules are for any destination": lambda site, edits: _changed(site, edits, destinations=(AnyAddress(),)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that is carried out wrongly differs from its proof, and the difference names the site."""
    monkeypatch.setattr(campaign, "patched", FAULTS[fault])
    differing = (text for number in range(SITES) for text in campaign.run(SEED, number, 1).differences)
    assert next(differing).startswith(f"{SEED}/")
