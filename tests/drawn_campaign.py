"""What campaigns about drawn sites have in common: batches on all cores, counts, and the way back to one case."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context


@dataclass
class Outcome:
    """What some drawn sites came to: what their flows were judged, what else was met, and where two sides differ."""

    sites: int = 0
    plans: int = 0
    flows: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take in what other sites came to."""
        self.sites += other.sites
        self.plans += other.plans
        self.flows += other.flows
        self.met += other.met
        self.differences += other.differences


@dataclass(frozen=True)
class Campaign:
    """A campaign: its module, what it is about, what `--WORD` counts (sites or plans), and how some sites are examined.

    `run(seed, first, count)` examines some sites, each drawn from the seed and its own number.
    """

    module: str
    about: str
    word: str
    counted: Callable[[Outcome], int]
    run: Callable[[int, int, int], Outcome]
    batch: int

    def main(self, arguments: Sequence[str]) -> int:
        """Run the campaign and return 1 when something differs."""
        options = self._read(arguments)
        started, whole = time.monotonic(), Outcome()
        for outcome in self._cases(options):
            whole.add(outcome)
            for difference in outcome.differences:
                say(difference)
            if sys.stderr.isatty():
                done = f"{self.counted(whole):,} of {options.wanted:,} {self.word}"
                sys.stderr.write(f"\r{done}, {len(whole.differences)} differences ")
        report(whole, time.monotonic() - started)
        return 1 if whole.differences else 0

    def _read(self, arguments: Sequence[str]) -> Namespace:
        parser = ArgumentParser(prog=f"python -m {self.module}", description=self.about)
        parser.add_argument(f"--{self.word}", dest="wanted", type=int, default=1000, help="how many (default: 1000)")
        parser.add_argument("--seed", type=int, default=1, help="what they are drawn from (default: 1)")
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="default: all cores")
        parser.add_argument("--case", default="", help="one site as printed, for example 1/77")
        return parser.parse_args(arguments)

    def _cases(self, options: Namespace) -> Iterator[Outcome]:
        """Yield what sites came to, batch by batch, until enough is counted; a site counts for one at the most."""
        if options.case:
            seed, number = map(int, options.case.split("/"))
            yield self.run(seed, number, 1)
            return
        drawn = counted = 0
        with get_context("fork").Pool(options.processes) as pool:
            while counted < options.wanted:
                end = min(drawn + options.wanted - counted, drawn + 4 * options.processes * self.batch)
                starts = range(drawn, end, self.batch)
                tasks = [(options.seed, start, min(self.batch, end - start)) for start in starts]
                for outcome in pool.starmap(self.run, tasks):
                    counted += self.counted(outcome)
                    yield outcome
                drawn = end


def report(whole: Outcome, seconds: float) -> None:
    """Print the counts."""
    flows = whole.flows.total()
    for counted in (whole.flows, whole.met):
        for word, count in sorted(counted.items()):
            say(f"{word:44} {count:10,} {count / max(flows, 1):6.1%}")
    plans = f"{whole.plans:,} plans, " if whole.plans else ""
    rate = whole.sites / max(seconds, 1e-9)
    say(
        f"{whole.sites:,} sites, {plans}{flows:,} flows, {len(whole.differences)} differences, "
        f"{seconds:,.0f} s, {rate:,.0f} sites/s"
    )


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
