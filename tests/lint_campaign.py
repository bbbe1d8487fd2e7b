"""Compare what lint says about rules with a plain decider, on many drawn NSGs.

    python -m tests.lint_campaign --nsgs 1000 --seed 1 --processes 2

For each NSG the oracle judges one flow for every way in which its rules can tell flows apart, in every world: with all
rules, without those called dead, and without the redundant ones too. Dead rules must decide nothing, rules not called
dead must decide something, and removing must change nothing. A difference is printed with the case that brings it back
(`--case 1/77`), and the exit status is 1.
"""

from __future__ import annotations

import sys
from random import Random

from tests.drawn_campaign import Campaign, Outcome
from tests.property.linted_nsgs import check, draw_nsg


def run(seed: int, first: int, count: int) -> Outcome:
    """Draw and check some NSGs."""
    whole = Outcome()
    for number in range(first, first + count):
        checked = check(draw_nsg(Random(f"{seed}/{number}")))
        whole.sites += 1
        whole.flows["judged"] += checked.flows
        whole.met["dead rules"] += checked.dead
        whole.met["redundant rules"] += checked.redundant
        whole.met["rules not dead"] += checked.alive
        whole.differences += [f"--case {seed}/{number}: {told}" for told in checked.differences]
    return whole


CAMPAIGN = Campaign(
    module="tests.lint_campaign",
    about="what lint says about rules, against a plain decider",
    word="nsgs",
    counted=lambda outcome: outcome.sites,
    run=run,
    batch=10,
)

if __name__ == "__main__":
    sys.exit(CAMPAIGN.main(sys.argv[1:]))
