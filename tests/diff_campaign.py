"""Compare `diff` with the reference walker on many drawn sites and what somebody made of them.

    python -m tests.diff_campaign --changes 2000 --seed 1 --processes 2

Some flows of each pair are followed one by one in both sites. One whose verdict differs has to be in the set that says
how, one whose verdict is the same in none of the certain ones. A difference is printed with the case that brings it
back (`--case 1/77`), and the exit status is 1.
"""

from __future__ import annotations

import sys
from random import Random

from netcheck.model.network import NetworkInterface
from netcheck.model.ports import ICMP, ICMPV6, TCP, UDP
from netcheck.model.site import Site
from netcheck.questions.diff.changed import Kind
from netcheck.questions.diff.diff import DiffReport, diff
from netcheck.sets.packets import Header
from tests.drawn_campaign import Campaign, Outcome
from tests.oracle.ground import Ground
from tests.oracle.walker import judge
from tests.property.changed_sites import draw_change
from tests.property.walk_networks import destinations, sources
from tests.walk_campaign import flow_to

FLOWS = 12


def expected(before: str, after: str) -> set[str]:
    """Return the sets of the difference that may hold a flow with these verdicts: its own one alone."""
    if before == after:
        # Two open verdicts may wait for different facts: which of them, a verdict does not say.
        return {"", str(Kind.DEPENDS)} if before == "undetermined" else {""}
    turned = {("blocked", "reachable"): Kind.OPENED, ("reachable", "blocked"): Kind.CLOSED}
    return {str(turned.get((before, after), Kind.DEPENDS))}


def found_in(report: DiffReport, header: Header, names: tuple[str, ...]) -> str:
    """Return the kinds whose packets, from one of some places, hold a flow."""
    kinds = {str(one.kind) for one in report.changes if set(names) & set(one.sources) and header in one.packets}
    return " and ".join(sorted(kinds))


def compare(name: str, random: Random, before: Site, after: Site) -> Outcome:
    """Follow some flows in both sites and look for them in the difference."""
    outcome = Outcome(sites=1)
    report = diff(before, after)
    old, new = Ground(before), Ground(after)
    nics = {nic.name: nic for nic in sources(before)}
    later = {nic.name: nic for nic in sources(after)}
    both = [nic for nic in nics if nic in later and nics[nic].addresses == later[nic].addresses]
    for _ in range(FLOWS):
        nic = random.choice([None, *both]) if both else None
        was, now = (nics[nic], later[nic]) if nic else (None, None)
        goal = random.choice(destinations(random.choice((before, after))))
        if was is None and not (old.network_at(goal.family, goal.first) or new.network_at(goal.family, goal.first)):
            continue
        if was is not None and (goal in was.addresses or goal.family not in {a.family for a in was.addresses}):
            continue
        protocol = random.choice((TCP, UDP, ICMP if goal.family == 4 else ICMPV6))
        flow = flow_to(random, was, goal, protocol)
        verdicts = judge(old, flow, was), judge(new, flow, now)
        outcome.flows[" -> ".join(verdicts)] += 1
        header = Header(
            flow.family, flow.protocol, flow.destination_port, flow.source_port, flow.source, flow.destination
        )
        told = found_in(report, header, _labels(after, now))
        if told not in expected(*verdicts):
            place = nic or "outside"
            outcome.differences.append(f"{name}: {place}: {flow}: {' -> '.join(verdicts)}, but diff says `{told}`")
    return outcome


def _labels(site: Site, nic: NetworkInterface | None) -> tuple[str, ...]:
    """Return how `diff` may name the place of a NIC: by its VM, alone or with the NIC."""
    owners = [vm.name for vm in site.virtual_machines for one in vm.interfaces if one is nic]
    return tuple(label for owner in owners for label in (owner, f"{owner}/{nic.name if nic else ''}")) or ("outside",)


def run(seed: int, first: int, count: int) -> Outcome:
    """Compare some changes; each is drawn from the seed and its own number."""
    whole = Outcome()
    for number in range(first, first + count):
        random = Random(f"diff {seed}/{number}")
        whole.add(compare(f"{seed}/{number}", random, *draw_change(random)))
    return whole


CAMPAIGN = Campaign(
    module="tests.diff_campaign",
    about="compare `diff` with plain loops over single flows",
    word="changes",
    counted=lambda outcome: outcome.sites,
    run=run,
    batch=20,
)


if __name__ == "__main__":
    sys.exit(CAMPAIGN.main(sys.argv[1:]))
