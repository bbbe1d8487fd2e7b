"""All pairs of drawn sites against `reach`, pair by pair.

    python -m tests.matrix_campaign --sites 10000 --seed 1 --processes 2

Even numbers are estates of plain pairs (`tests/property/plain_estates.py`), odd ones networks with ways of every kind
(`tests/property/walk_networks.py`). Each is asked five questions, about a dozen pairs each.
"""

from __future__ import annotations

import sys
from random import Random

from netcheck.errors import QuestionError
from netcheck.estate.asked import Ask, select
from netcheck.estate.matrix import Judged, judge
from netcheck.estate.rows import row_of
from netcheck.model.address import address_text
from netcheck.model.site import Site, VirtualMachine
from netcheck.questions.asking import Asking
from netcheck.questions.reach import reach
from tests.drawn_campaign import Campaign, Outcome
from tests.property.plain_estates import draw_estate
from tests.property.walk_networks import draw_network

QUESTIONS = (
    Ask(ports=("443",)),
    Ask(ports=("22,80-443",)),
    Ask(protocol="udp", ports=("53,1500",)),
    Ask(protocol="icmp"),
    Ask(protocol="any"),
)
PAIRS = 12


def vm_name(vm: VirtualMachine) -> str:
    """A VM by its addresses, since subnets of drawn networks have names of VMs; by name where an address is unknown."""
    if any(nic.has_unknown_address for nic in vm.interfaces):
        return vm.name
    return ",".join(address_text(address) for nic in vm.interfaces for address in nic.addresses)


def compare(site: Site, ask: Ask, random: Random, number: str = "") -> Outcome:
    """Return on which of some pairs the matrix does not say what `reach` says."""
    found, vms = Outcome(), site.virtual_machines
    judged = judge(Asking(site), ask, select(site, Ask(targets=tuple(vm.name for vm in vms))))
    rows, asking = judged.whole(), Asking(site)
    of = {machine: n for n, one in enumerate(judged.estate.classes) for machine in one.members}
    pairs = [(a, b) for a in range(len(vms)) for b in range(len(vms)) if a != b]
    for one, other in random.sample(pairs, min(PAIRS, len(pairs))):
        told = row_of(rows, of[one]).of(1 << of[other])
        wanted = _asked(site, ask, vms[one], vms[other], asking)
        found.flows[str(wanted)] += 1
        found.met[_kind(judged, of[one], of[other])] += 1
        if told != wanted:
            found.differences.append(f"{number} {ask}: {vms[one].name} to {vms[other].name}: {told}, reach {wanted}")
    return found


def _asked(site: Site, ask: Ask, one: VirtualMachine, other: VirtualMachine, asking: Asking) -> object:
    try:
        return reach(site, vm_name(one), vm_name(other), ask.ports, ask.protocol, asking=asking).verdict
    except QuestionError as error:
        return error.code


def _kind(judged: Judged, *classes: int) -> str:
    is_plain = all(one < judged.estate.plain for one in classes) and not judged.estate.site.admin_rules
    return "plain VMs" if is_plain else "VMs that are walked from or to"


def run(seed: int, first: int, count: int) -> Outcome:
    """Compare some sites; each is drawn from the seed and its own number."""
    whole = Outcome()
    for number in range(first, first + count):
        random = Random(f"matrix {seed}/{number}")
        site = (draw_network if number % 2 else draw_estate)(random)
        whole.sites += 1
        for ask in QUESTIONS:
            whole.add(compare(site, ask, random, f"{seed}/{number}"))
    return whole


CAMPAIGN = Campaign(
    module="tests.matrix_campaign",
    about="compare all pairs with reach",
    word="sites",
    counted=lambda outcome: outcome.sites,
    run=run,
    batch=10,
)


if __name__ == "__main__":
    sys.exit(CAMPAIGN.main(sys.argv[1:]))
