"""How long the main job takes as a whole process, and how much memory, on the article's network.

    python tests/bench/bench_main_job.py [--tags FILE] [-n RUNS] [words of the command …]

Prints the figures; asserts nothing. The tag file is Microsoft's full one when NETCHECK_SHARED_DATA names the folder
that holds it, else the small one of the fixtures.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # run as a script, it does not find its neighbours otherwise

from tests.bench.processes import Measured, run_cold  # noqa: E402 - after the line above
from tests.bench.tagfile import FULL_TAGS, shared_data  # noqa: E402

BUDGET_SECONDS, BUDGET_MIB = 0.35, 120


def default_tags() -> Path:
    """Return the full tag file if it is at hand, else the small one."""
    full = shared_data() / FULL_TAGS
    return full if full.is_file() else ROOT / "fixtures" / "tags" / "ServiceTags_Public_Small.json"


def cold_runs(words: Sequence[str], runs: int) -> list[Measured]:
    """Return runs of a whole Python process, after one that warms the disk cache."""
    return [run_cold(" ".join(words), words) for _ in range(runs + 1)][1:]


def report(words: Sequence[str], runs: int, tags: Path) -> str:
    """Measure and return the figures as text."""
    nothing = statistics.median(run.seconds for run in cold_runs(["-c", "pass"], runs))
    found = cold_runs(words, runs)
    times = [run.seconds for run in found]
    median = statistics.median(times)
    size = tags.stat().st_size / 2**20
    return (
        f"{sys.implementation.name} {sys.version.split()[0]}, {runs} runs: {' '.join(words)}\n"
        f"tags    {tags.name}, {size:.1f} MiB\n"
        f"wall    median {median:.3f} s, min {min(times):.3f} s, max {max(times):.3f} s (budget {BUDGET_SECONDS} s)\n"
        f"nothing median {nothing:.3f} s (`python -c pass`); ratio {median / nothing:.1f}\n"
        f"memory  peak {max(run.peak_mib for run in found):.0f} MiB (budget {BUDGET_MIB} MiB)\n"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tags", type=Path, default=default_tags(), metavar="FILE", help="service-tag file")
    parser.add_argument("-n", "--runs", type=int, default=20, help="number of runs (default: 20)")
    parser.add_argument("command", nargs="*", default=["check"], help="words of the command before SITE")
    options = parser.parse_args()
    site = str(ROOT / "fixtures" / "article-before" / "site.yaml")
    words = ["-m", "netcheck", *options.command, site, "--tags", str(options.tags)]
    print(report(words, options.runs, options.tags), end="")


if __name__ == "__main__":
    main()
