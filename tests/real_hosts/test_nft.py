"""netcheck says of each packet what the kernel does under random nft rule sets.

NETCHECK_NFT_LISTS and NETCHECK_NFT_SEED give another number of rule sets and another start; longer campaigns:
`python -m tests.real_hosts.nft_campaign --lists N --seed S`.
"""

from __future__ import annotations

import os

import pytest

from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet
from netcheck.sources.linux import nft_match
from netcheck.sources.linux.nft_fields import with_values
from tests.real_hosts.namespaces import Machines, missing
from tests.real_hosts.nft_campaign import run

pytestmark = pytest.mark.real_hosts
LISTS = int(os.environ.get("NETCHECK_NFT_LISTS", "500"))
SEED = int(os.environ.get("NETCHECK_NFT_SEED", "1"))


@pytest.fixture(autouse=True)
def _nft() -> None:
    why = missing("nft")
    if why:
        pytest.skip(why)


def test_random_rule_sets(host: Machines) -> None:
    """No packet ends otherwise than netcheck says, few are left open, and both outcomes are frequent."""
    tally = run(host, SEED, LISTS)
    assert "\n\n".join(tally.differences[:3]) == ""
    assert tally.lists == LISTS
    assert tally.open < tally.packets * 0.08, tally.reasons
    assert tally.packets * 0.25 < tally.passed < tally.packets * 0.75
    print(f"{tally.lists} rule sets, {tally.packets} packets, {tally.open} left open: {dict(tally.reasons)}")  # noqa: T201


def test_a_wrong_reading_is_noticed(host: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison sees it when source and destination ports change places."""

    def exchanged(field: str, values: IntervalSet) -> PacketSet:
        return with_values(
            field.replace("dport", "s_port").replace("sport", "dport").replace("s_port", "sport"), values
        )

    monkeypatch.setattr(nft_match, "with_values", exchanged)
    assert run(host, SEED, 10).differences
