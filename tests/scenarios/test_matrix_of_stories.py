"""Every story asked for all its pairs: what `matrix` says is what `reach` says, between VMs and to the Internet."""

import pytest

from netcheck.estate.asked import Ask, select
from netcheck.estate.matrix import judge
from netcheck.estate.rows import row_of
from netcheck.model.address import address_text
from netcheck.model.site import VirtualMachine
from netcheck.questions.asking import Asking
from netcheck.questions.reach import reach
from netcheck.sources.load import load_site
from tests.scenarios.test_scenarios import FIXTURES

REFUSED = {"article-gov-tags", "edges-overlap"}
"""Stories whose site cannot be loaded, or asked for all pairs."""
SITES = sorted(path for path in FIXTURES.glob("*/site.yaml") if path.parent.name not in REFUSED)


def _name(vm: VirtualMachine) -> str:
    if any(nic.has_unknown_address for nic in vm.interfaces):
        return vm.name
    return ",".join(address_text(address) for nic in vm.interfaces for address in nic.addresses)


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.parent.name)
def test_all_pairs_are_what_reach_says(path: object) -> None:
    site = load_site([str(path)])
    asking = Asking(site)
    vms = site.virtual_machines
    ask = Ask(ports=("443",), targets=(*(vm.name for vm in vms), "Internet"))
    judged = judge(asking, ask, select(site, ask))
    rows, [goal] = judged.whole(), judged.goals
    of = {machine: number for number, one in enumerate(judged.estate.classes) for machine in one.members}
    for one, sender in enumerate(vms):
        outcome = goal.of(of[one])
        assert outcome is not None
        assert outcome.verdict is reach(site, _name(sender), "Internet", ("443",), asking=asking).verdict
        for other, receiver in enumerate(vms):
            if one != other:
                told = row_of(rows, of[one]).of(1 << of[other])
                assert told is reach(site, _name(sender), _name(receiver), ("443",), asking=asking).verdict
