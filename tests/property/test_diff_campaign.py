"""`diff` against the reference walker on drawn changes; a campaign of any size runs as `tests.diff_campaign`."""

from __future__ import annotations

import pytest

from netcheck.questions.diff import changed
from tests.diff_campaign import run

SEED, CHANGES = 1, 60


def test_every_flow_is_in_the_set_that_says_how_it_changes() -> None:
    """And flows whose verdict stays are in none; opened, closed and open ones are all among them."""
    outcome = run(SEED, 0, CHANGES)
    assert outcome.differences == []
    assert outcome.sites == CHANGES
    turned = {"blocked -> reachable", "reachable -> blocked", "reachable -> undetermined", "undetermined -> blocked"}
    assert turned <= set(outcome.flows)


def test_a_planted_fault_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A difference that takes opened for closed does not agree with the walker."""
    swapped = {changed.Kind.OPENED: changed.Kind.CLOSED, changed.Kind.CLOSED: changed.Kind.OPENED}
    own = changed._kind
    monkeypatch.setattr(changed, "_kind", lambda *regions: swapped.get(own(*regions), own(*regions)))  # type: ignore[arg-type]  # None is no key
    assert run(SEED, 0, CHANGES).differences != []
