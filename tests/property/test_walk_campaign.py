"""The engine against the reference walker on drawn networks; a campaign of any size runs as `tests.walk_campaign`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.oracle import admin, egress, routing, walker
from tests.oracle.ground import Ground
from tests.walk_campaign import run

SEED, NETWORKS = 1, 300
FAULTS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "peerings stop nobody": (walker.Walk, "crosses", lambda *_: True),
    "admin rules say nothing": (admin, "admin_ruling", lambda *_: None),
    "load balancers give no way out": (egress, "leaves_by_balancer", lambda *_: False),
    "Azure Firewalls pass everything": (walker, "lets_through", lambda *_: True),
    "load balancers take every flow": (walker, "takes", lambda *_: True),
    "no private endpoint has a route": (routing, "endpoint_line", lambda *_: None),
    "no service endpoint has a route": (routing, "service_line", lambda *_: None),
    "gateways teach nothing": (Ground, "gateways", lambda *_: iter(())),
    "firewalls of machines pass everything": (walker, "host_passes", lambda *_: True),
}


def test_engine_judges_every_flow_as_the_reference_walker_does() -> None:
    """One by one and as part of whole sets, and the networks are such that every verdict is common."""
    outcome = run(SEED, 0, NETWORKS)
    assert outcome.differences == []
    assert outcome.sites == NETWORKS
    shares = {verdict: count / outcome.flows.total() for verdict, count in outcome.flows.items()}
    assert {verdict for verdict, share in shares.items() if share > 0.2} == {"blocked", "reachable", "undetermined"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that is wrong in one thing differs from the engine, and the difference names its network."""
    holder, name, wrong = FAULTS[fault]
    monkeypatch.setattr(holder, name, wrong)
    differing = (text for number in range(NETWORKS) for text in run(SEED, number, 1).differences)
    assert next(differing).startswith(f"{SEED}/")
