"""How long the main job takes as a whole process, and how much memory, on the article's network.

    python tests/bench/bench_main_job.py [--tags FILE] [-n RUNS] [words of the command …]

Prints the figures; asserts nothing. The tag file is Microsoft's full one when NETCHECK_SHARED_DATA names the folder
that holds it, else the small one of the fixtures.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FULL_TAGS = "service_tags/ServiceTags_Public_20251028.json"
BUDGET_SECONDS, BUDGET_MIB = 0.35, 120
_CHILD = (
    "import os, resource, sys\n"
    "pid = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)\n"
    "os.waitpid(pid, 0)\n"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\n"
)


def default_tags() -> Path:
    """Return the full tag file if it is at hand, else the small one."""
    shared = os.environ.get("NETCHECK_SHARED_DATA")
    full = (Path(shared) if shared else ROOT.parent / "shared" / "data") / FULL_TAGS
    return full if full.is_file() else ROOT / "fixtures" / "tags" / "ServiceTags_Public_Small.json"


def compiled_once() -> dict[str, str]:
    """Return an environment in which modules are compiled once, as in an installation, wherever the code lies."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "netcheck-bench-pycache")}


def wall_times(words: Sequence[str], runs: int) -> list[float]:
    """Return the seconds that whole Python processes take, after one run that warms the disk cache."""
    found = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            env=compiled_once(),
        )
        found.append(time.perf_counter() - start)
    return found[1:]


def peak_mib(words: Sequence[str]) -> float:
    """Return the peak resident memory of one process, in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
        env=compiled_once(),
    )
    unit = 2**20 if sys.platform == "darwin" else 2**10  # getrusage counts bytes there, KiB elsewhere
    return int(done.stderr.split()[-1]) / unit


def report(words: Sequence[str], runs: int, tags: Path) -> str:
    """Measure and return the figures as text."""
    nothing = statistics.median(wall_times(["-c", "pass"], runs))
    times = wall_times(words, runs)
    median = statistics.median(times)
    size = tags.stat().st_size / 2**20
    return (
        f"{sys.implementation.name} {sys.version.split()[0]}, {runs} runs: {' '.join(words)}\n"
        f"tags    {tags.name}, {size:.1f} MiB\n"
        f"wall    median {median:.3f} s, min {min(times):.3f} s, max {max(times):.3f} s (budget {BUDGET_SECONDS} s)\n"
        f"nothing median {nothing:.3f} s (`python -c pass`); ratio {median / nothing:.1f}\n"
        f"memory  peak {peak_mib(words):.0f} MiB (budget {BUDGET_MIB} MiB)\n"
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
    os.chdir(ROOT)
    print(report(words, options.runs, options.tags), end="")


if __name__ == "__main__":
    main()
