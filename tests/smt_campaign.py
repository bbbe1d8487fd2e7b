"""Compare the engine with the bit-vector encoding on many random full-size lists.

`python -m tests.smt_campaign --lists 2000 --seed 7` proves each list's answer exact or prints where it is not, and then
ends with status 1. A printed case is tried again with `--case`, which takes its seed.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from random import SystemRandom

from tests.property.smt_cases import compare_groups, compare_host_firewalls, compare_route_tables
from tests.property.smt_compare import Mismatch
from tests.property.smt_paths import compare_paths

KINDS: dict[str, Callable[[str], Iterator[Mismatch]]] = {
    "nsg": compare_groups,
    "host": compare_host_firewalls,
    "routes": compare_route_tables,
    "path": compare_paths,
}


def main(arguments: list[str]) -> int:
    """Run a campaign and return 1 when something differs."""
    options = read(arguments)
    if options.case:
        wrong = report(options.case, list(KINDS[options.case.split("-")[0]](options.case)))
        say(f"{options.case}: {wrong} differences")
        return int(wrong > 0)
    say(f"seed {options.seed}")
    wrong = sum(run(kind, options) for kind in options.kinds)
    say(f"{wrong} lists differ")
    return int(wrong > 0)


def read(arguments: list[str]) -> Namespace:
    """Return the options; a seed that is not given is drawn."""
    parser = ArgumentParser(prog="python -m tests.smt_campaign", description="compare the engine with a solver")
    parser.add_argument("--lists", type=int, default=100, help="how many of each kind (default: 100)")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="repeats a campaign")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS), help="default: all")
    parser.add_argument("--case", default="", help="one case as printed, for example nsg-7-12")
    return parser.parse_args(arguments)


def run(kind: str, options: Namespace) -> int:
    """Compare the lists of one kind and return how many differ."""
    started, wrong = time.monotonic(), 0
    for place in range(options.lists):
        seed = f"{kind}-{options.seed}-{place}"
        wrong += report(seed, list(KINDS[kind](seed))) > 0
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{kind} {place + 1}/{options.lists}")
            sys.stdout.flush()
    took = time.monotonic() - started
    start = "\r" if sys.stdout.isatty() else ""
    say(f"{start}{kind}: {options.lists} lists, {wrong} differ, {options.lists / took:.1f} lists a second")
    return wrong


def report(seed: str, found: list[Mismatch]) -> int:
    """Print what differs in one case, with the seed that brings it back, and return how much."""
    for one in found:
        say(f"\nMISMATCH {seed}: {one}")
    return len(found)


def say(text: str) -> None:
    """Print a line at once, so that a campaign that is cut short has said what it knew."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
