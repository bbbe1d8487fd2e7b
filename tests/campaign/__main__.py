"""Compare the engine with plain first-match on drawn rule lists, packet by packet.

    python -m tests.campaign --cases 1000000 --seed 1 [--compiled]

Each rule list is decided for every packet of a small universe, in every meaning of its unknown names; one in two
hundred also for permitted sets, dead rules with their covers, and the difference to another list. `--compiled` first
compiles the engine's own source with mypyc (it comes with mypy and wants a C compiler), which makes a long campaign
some three times faster. Exit status 1 when anything differs; each mismatch names the batch and number that repeat it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from random import Random
from typing import NamedTuple

from netcheck.policy import table
from tests.campaign.compare import Case, differs, differs_in_sets
from tests.campaign.compiled import run_compiled
from tests.campaign.rulelists import draw_list
from tests.campaign.universe import ANY, draw_universe

BATCH = 5_000
"""Rule lists that share a universe and a question."""
SETS_EVERY = 200


class Outcome(NamedTuple):
    """What one batch came to."""

    cases: int
    packets: int
    mismatches: tuple[str, ...]


def run_batch(seed: int, batch: int, cases: int) -> Outcome:
    """Draw and compare the lists of one batch; the same seed and batch give the same lists."""
    random = Random(f"{seed}/{batch}")
    universe = draw_universe(random)
    boxes = [(ANY,) * 5] if random.random() < 0.8 else [draw_codes(random, universe.sizes) for _ in range(2)]
    asked = universe.asked(boxes)
    case = Case(universe, asked, universe.question(boxes), has_unknown=random.random() < 0.12)
    mismatches = []
    with_unknown = len(case.meanings) > 1
    last = draw_list(random, universe, with_unknown)
    for number in range(cases):
        rules = draw_list(random, universe, with_unknown)
        try:
            told = differs(case, rules)
            if number % SETS_EVERY == 0:
                told = told or differs_in_sets(case, rules, last)
                last = rules
        except KeyError as error:
            told = f"a set holds what was not asked about: {error}"
        if told:
            mismatches.append(f"seed {seed}, batch {batch}, list {number}: {rules}: {told}")
    return Outcome(cases, cases * asked.bit_count(), tuple(mismatches))


def draw_codes(random: Random, sizes: Sequence[int]) -> tuple[int, ...]:
    """Return a product of some of the universe's values."""
    return tuple(ANY if size == 1 else random.randrange(1, 1 << size) for size in sizes)


def _run(task: tuple[int, int, int]) -> Outcome:
    return run_batch(*task)


def campaign(seed: int, cases: int, processes: int) -> Iterator[Outcome]:
    """Yield the outcomes of all batches as they are done."""
    tasks = ((seed, batch, min(BATCH, cases - batch * BATCH)) for batch in range(-(-cases // BATCH)))
    if processes == 1:
        yield from map(_run, tasks)
        return
    with get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(_run, tasks)


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000, metavar="N", help="rule lists (default: 100,000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="what the lists are drawn from (default: 1)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="P", help="default: all cores")
    parser.add_argument("--compiled", action="store_true", help="compile the engine first")
    options = parser.parse_args()
    if options.compiled:
        return run_compiled([word for word in sys.argv[1:] if word != "--compiled"])
    kind = "interpreted" if str(table.__file__).endswith(".py") else "compiled by mypyc"
    print(
        f"{options.cases:,} rule lists, seed {options.seed}, {options.processes} processes, engine {kind}", flush=True
    )
    start = shown = time.monotonic()
    done = packets = wrong = 0
    for outcome in campaign(options.seed, options.cases, options.processes):
        done, packets, wrong = done + outcome.cases, packets + outcome.packets, wrong + len(outcome.mismatches)
        for text in outcome.mismatches[:3]:
            print(text, flush=True)
        now = time.monotonic()
        if now - shown >= (1 if sys.stderr.isatty() else 60):
            shown = now
            _show(done, options.cases, wrong, now - start)
    seconds = time.monotonic() - start
    print(
        f"{done:,} rule lists, {packets:,} packets, {wrong} mismatches, "
        f"{seconds:,.0f} s, {done / max(seconds, 1e-9):,.0f} lists a second"
    )
    return 1 if wrong else 0


def _show(done: int, cases: int, wrong: int, seconds: float) -> None:
    rate = done / seconds
    left = (cases - done) / rate
    end = "\r" if sys.stderr.isatty() else "\n"
    text = f"{done:,} of {cases:,}  {rate:,.0f} a second  {wrong} mismatches  {left:,.0f} s left  "
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
