"""What netcheck says of iptables is what iptables does: random rule lists, and packets sent through them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netcheck.model.hosts import Hook
from tests.real_hosts.namespaces import Machines, machines, missing
from tests.real_hosts.random_iptables import PROGRAMS, Compared, Draw, compare

pytestmark = [
    pytest.mark.real_hosts,
    pytest.mark.skipif(bool(missing(*PROGRAMS)), reason=missing(*PROGRAMS) or "the programs are there"),
]
LISTS = 500
PACKETS = 3 * 60


@pytest.fixture
def own_host() -> Iterator[Machines]:
    """Machines of its own: tables of the older iptables, which nft neither shows nor flushes, are left behind."""
    with machines() as made:
        yield made


def test_random_rule_lists(own_host: Machines) -> None:
    """500 lists of both families, with sets, 180 packets each: no packet has another fate than the one told."""
    compared = Compared()
    for seed in range(1, LISTS + 1):
        compare(own_host, seed, compared)
    assert compared.differences == []
    told = compared.counts["delivered"] + compared.counts["dropped"]
    assert (compared.counts["lists"], told) == (LISTS, LISTS * PACKETS)
    assert compared.counts["not known"] == 0
    assert min(compared.counts["delivered"], compared.counts["dropped"]) > told // 5


def test_what_is_drawn_is_the_same_each_time() -> None:
    """A seed names one list and its packets, so that a difference can be looked at again."""
    for seed in (1, 2, 3):
        first, second = Draw(seed), Draw(seed)
        assert first.rule_list() == second.rule_list()
        assert [first.headers(hook) for hook in Hook] == [second.headers(hook) for hook in Hook]
