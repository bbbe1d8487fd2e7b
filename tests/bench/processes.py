"""Whole processes, timed: commands of ours and peers, in interleaved rounds, with medians and peak memory."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEERS_PYTHON = "NETCHECK_BENCH_PYTHON"
_NOT_REPEATED = 5.0
"""A run that took longer than these seconds is not repeated in later rounds."""
_CHILD = (
    "import json, os, resource, sys, time\n"
    "start = time.perf_counter()\n"
    "pid = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[2:]], os.environ)\n"
    "_, status = os.waitpid(pid, 0)\n"
    "seconds = time.perf_counter() - start\n"
    "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
    "with open(sys.argv[1], 'w') as file:\n"
    "    json.dump([seconds, peak, os.waitstatus_to_exitcode(status)], file)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: whole-process seconds for commands, seconds of the job inside for peers.

    `trouble` says why there is no figure: not installed, over the time limit, or failed.
    """

    name: str
    seconds: float = 0.0
    compile: float = 0.0
    ask: float = 0.0
    peak_mib: float = 0.0
    digest: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    trouble: str = ""
    output: str = ""
    status: int = 0
    runs: int = 1


def compiled_once() -> dict[str, str]:
    """Return an environment in which modules are compiled once, as in an installation, wherever the code lies."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(_scratch() / "netcheck-bench-pycache")}


def _scratch() -> Path:
    return Path(tempfile.gettempdir())


def run_cold(name: str, words: Sequence[str], limit: float = 600.0) -> Measured:
    """Run `python WORDS` once as a process of its own, started from a small one so that memory is its own too."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as figures:
        try:
            done = subprocess.run(
                [sys.executable, "-c", _CHILD, figures.name, *words],
                capture_output=True,
                text=True,
                check=False,
                env=compiled_once(),
                cwd=ROOT,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            return Measured(name=name, trouble=f"> {limit:.0f} s")
        seconds, peak, status = json.load(figures)
    unit = 2**20 if sys.platform == "darwin" else 2**10  # getrusage counts bytes there, KiB elsewhere
    trouble = f"failed: {_last_line(done.stderr)}" if status not in (0, 1, 4) else ""
    return Measured(
        name=name, seconds=seconds, peak_mib=peak / unit, output=done.stdout, status=status, trouble=trouble
    )


def run_job(name: str, module: str, words: Sequence[str], python: str, limit: float) -> Measured:
    """Run a module that prints one line of JSON about a job, as `tests.bench.peers.*` do, once."""
    try:
        done = subprocess.run(
            [python, "-m", module, *words],
            capture_output=True,
            text=True,
            check=False,
            env=compiled_once(),
            cwd=ROOT,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return Measured(name=name, trouble=f"> {limit:.0f} s")
    except OSError as error:
        return Measured(name=name, trouble=f"cannot run {python}: {error.strerror}")
    lines = done.stdout.splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, ValueError):
        return Measured(name=name, trouble=f"failed: {_last_line(done.stderr)}", status=done.returncode)
    if "missing" in found:
        return Measured(name=name, trouble=f"not installed: {found['missing']}")
    if "failed" in found:
        return Measured(name=name, trouble=f"failed: {found['failed']}", peak_mib=found["peak_mib"])
    figures = {key: found[key] for key in ("seconds", "compile", "ask", "peak_mib", "digest", "note")}
    return Measured(name=name, **figures)


def _last_line(text: str) -> str:
    return text.splitlines()[-1] if text.strip() else "no output"


def run_peer(peer: str, load: Path, job: str, python: str, limit: float = 120.0) -> Measured:
    """Run one job of a peer on a load file, in the peers' environment."""
    name = peer.removesuffix("_peer") + (f" ({job.partition('-')[2]})" if "-" in job else "")
    return run_job(name, f"tests.bench.peers.{peer}", [str(load), job], python, limit)


def run_ours(load: Path, job: str, limit: float = 120.0) -> Measured:
    """Run one job of ours on a load file, in the interpreter at hand."""
    name = "ours" + (f" ({job.partition('-')[2]})" if "-" in job else "")
    return run_job(name, "tests.bench.ours", [str(load), job], sys.executable, limit)


def interleave(jobs: Sequence[Callable[[], Measured]], rounds: int) -> list[Measured]:
    """Run every job once a round, in order, and return for each the run with medians for figures.

    A job that had trouble, or took very long, is not run again.
    """
    found: list[list[Measured]] = [[] for _ in jobs]
    for _ in range(rounds):
        for runs, job in zip(found, jobs, strict=True):
            if not runs or (not runs[-1].trouble and runs[-1].seconds <= _NOT_REPEATED):
                runs.append(job())
    return [median_run(runs) for runs in found]


def median_run(runs: Sequence[Measured]) -> Measured:
    """Return several runs as one: median seconds, highest memory; runs that differ in their answer are trouble."""
    first = runs[0]
    trouble = next((run.trouble for run in runs if run.trouble), "")
    if any(dict(run.digest) != dict(first.digest) or run.output != first.output for run in runs):
        trouble = trouble or "failed: answers differ from run to run"
    return Measured(
        name=first.name,
        seconds=statistics.median(run.seconds for run in runs),
        compile=statistics.median(run.compile for run in runs),
        ask=statistics.median(run.ask for run in runs),
        peak_mib=max(run.peak_mib for run in runs),
        digest=first.digest,
        note=first.note,
        trouble=trouble,
        output=first.output,
        status=first.status,
        runs=len(runs),
    )


def add_peer_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that all side-by-side runs share."""
    default = os.environ.get(PEERS_PYTHON, sys.executable)
    help_text = (
        f"interpreter that has tests/bench/peers/requirements.txt installed (default: {PEERS_PYTHON}, else ours)"
    )
    parser.add_argument("--peers", default=default, metavar="PYTHON", help=help_text)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; figures are medians (default: 3)")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for one run of a peer (default: 120)")


def disagreement(first: Measured, other: Measured) -> list[str]:
    """Return the entries of two digests that both have and that differ, each with both values."""
    shared = [name for name in first.digest if name in other.digest]
    return [
        f"{name}: {first.name} {first.digest[name]!r:.60}, {other.name} {other.digest[name]!r:.60}"
        for name in shared
        if first.digest[name] != other.digest[name]
    ]


def print_table(title: str, rows: Sequence[Measured], reference: Measured) -> bool:
    """Print one line a run, times as multiples of ours (the first row), and return whether all answers agree.

    `reference` is the run whose digest the others are compared with; a run that shares no entry with it is said to be
    not comparable, and nothing agrees where the reference has no answer.
    """
    print(f"\n{title}")
    print(f"{'':22} {'compile':>9} {'question':>9} {'total s':>9} {'ratio':>8} {'peak MiB':>9}  answer")
    agrees = bool(reference.digest)
    for row in rows:
        if row.trouble:
            print(f"{row.name:22} {row.trouble}")
            agrees = agrees and not row.trouble.startswith("failed")
            continue
        wrong = disagreement(reference, row)
        shared = [name for name in row.digest if name in reference.digest]
        answer = "DIFFERS" if wrong else f"same ({len(shared)} entries)" if shared else "not comparable"
        ratio = f"{row.seconds / rows[0].seconds:8.1f}" if not rows[0].trouble and rows[0].seconds else f"{'':8}"
        parts = f"{row.compile:9.3f} {row.ask:9.3f}" if row.compile or row.ask else f"{'':9} {'':9}"
        note = f"; {row.note}" if row.note else ""
        once = "" if row.runs > 1 else " [1 run]"
        print(f"{row.name:22} {parts} {row.seconds:9.3f} {ratio} {row.peak_mib:9.0f}  {answer}{note}{once}")
        for line in wrong:
            print(f"{'':22}   {line}")
        agrees = agrees and not wrong
    return agrees
