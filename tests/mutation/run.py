"""Mutation testing of the set algebra and of the policy engine: `python -m tests.mutation.run [FILE …]`.

mutmut (3.8 or later; `pip install mutmut`) makes the mutants and runs against each of them those of the tests named
here that reach the mutated function, until one fails. It works in a copy of the project, one file after the other.
Printed are, for each file, how many mutants were killed, and every survivor with its place and its change. mutmut does
not mutate what stands outside functions (tables, constants, defaults of fields), nor properties.
"""

from __future__ import annotations

import argparse
import ast
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from difflib import ndiff
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("netcheck/sets", "netcheck/policy")
SETS = ("tests/unit/sets", "tests/property/test_sets_laws.py")
POLICY = ("tests/unit/policy", "tests/property/test_oracle_nsg.py", "tests/property/test_worlds_laws.py")
RULE_LISTS = (
    "tests/unit/sets/test_atoms.py",
    "tests/unit/policy/test_firstmatch.py",
    "tests/unit/policy/test_partly.py",
    "tests/property/test_engine_laws.py",
    "tests/property/test_campaign.py",
    "tests/property/test_oracle_nsg.py",
    "tests/unit/questions/test_dead.py",
)
TESTS = dict.fromkeys(
    ("atoms", "budget", "dead", "difference", "firstmatch", "partly", "permitted", "products", "table", "tablewalk"),
    RULE_LISTS,
)
"""The tests by the name of the mutated module, where it is not its folder that says them."""
CONFIGURATION = """\
[mutmut]
source_paths = netcheck
only_mutate = {file}
also_copy =
    README.md
    fixtures
pytest_add_cli_args =
    -p
    no:cacheprovider
    -p
    tests.mutation.budget
pytest_add_cli_args_test_selection =
    {tests}
timeout_multiplier = 20.0
timeout_constant = 2.0
use_setproctitle = false
"""
TIMEOUTS, NO_TESTS = (36, 24, 152, 255, -24), (5, 33, None)
"""Exit statuses of the tests; 0 is a survivor, and any other is a kill."""


SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class MutmutError(Exception):
    """What mutmut said last."""


def main() -> int:
    """Mutate the files one by one; the exit status is 1 when less than the wanted rate was killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.run", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", help="files of `netcheck` (default: all of `sets` and `policy`)")
    parser.add_argument("--processes", type=int, default=1, help="mutants that are tested at the same time")
    parser.add_argument("--least", type=float, default=90.0, help="the wanted rate of killed mutants in per cent")
    arguments = parser.parse_args()
    every: Counter[str] = Counter()
    has_failed = False
    for file in arguments.files or sorted(every_file()):
        try:
            counts, survivors = mutate(file, arguments.processes)
        except MutmutError as error:
            has_failed = True
            say(f"{file}: mutmut failed:\n{error}")
            continue
        every += counts
        say(f"{file}: {summary(counts)}")
        for line in survivors:
            say(f"  {line}")
    say(f"together: {summary(every)}")
    return 0 if rate(every) >= arguments.least and not has_failed else 1


def every_file() -> Iterator[str]:
    """Yield the files to mutate."""
    for folder in FOLDERS:
        for path in (ROOT / folder).glob("*.py"):
            if path.name != "__init__.py":
                yield str(path.relative_to(ROOT))


def say(line: str) -> None:
    """Write a line at once, for whoever watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def rate(counts: Counter[str]) -> float:
    """Return the killed mutants in per cent; one that runs into a limit of time or memory counts as killed."""
    return 100.0 * (counts["killed"] + counts["timeout"]) / max(1, counts.total())


def summary(counts: Counter[str]) -> str:
    """Return the numbers of one file, or of all."""
    killed, alive = counts["killed"] + counts["timeout"], counts["survived"] + counts["no tests"]
    return (
        f"{counts.total()} mutants, {killed} killed ({counts['timeout']} by time), {alive} alive, {rate(counts):.1f} %"
    )


def mutate(file: str, processes: int) -> tuple[Counter[str], list[str]]:
    """Run mutmut on one file; return how many mutants ended in which way, and the survivors."""
    tests = TESTS.get(Path(file).stem, SETS if file.startswith(FOLDERS[0]) else POLICY)
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        copy = Path(name) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build"))
        (copy / "setup.cfg").write_text(CONFIGURATION.format(file=file, tests="\n    ".join(tests)))
        command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(processes)]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        results = copy / "mutants" / f"{file}.meta"
        if done.returncode or not results.exists():
            lines = [line for line in (done.stdout + done.stderr).splitlines() if line[:1] not in SPINNER]
            raise MutmutError("\n".join(lines[-30:]))
        exits: dict[str, int | None] = json.loads(results.read_text())["exit_code_by_key"]
        mutated = (copy / "mutants" / file).read_text()
    ends = {key.rpartition(".")[2]: end_of(code) for key, code in exits.items()}
    alive = {name for name, end in ends.items() if end in ("survived", "no tests")}
    return Counter(ends.values()), sorted(changes(file, mutated, alive))


def end_of(status: int | None) -> str:
    """Return how a mutant ended, by the exit status of its tests; None: it was not tried."""
    if status in TIMEOUTS:
        return "timeout"
    return "no tests" if status in NO_TESTS else "killed" if status else "survived"


def changes(file: str, mutated: str, names: set[str]) -> Iterator[str]:
    """Yield `file:line: - what stood there + what the mutant says` for mutants of a file."""
    copies = dict(functions(mutated))
    starts = {name: line for name, (line, _) in functions((ROOT / file).read_text())}
    for name in names:
        function = name.rpartition("__mutmut_")[0]
        before, after = copies[f"{function}__mutmut_orig"][1], copies[name][1]
        head = after[0].replace(name, f"{function}__mutmut_orig")
        lines = [line for line in ndiff(before, [head, *after[1:]]) if line[0] in "+-"]
        equal = takewhile(lambda pair: pair[0] == pair[1], zip(before, [head, *after[1:]], strict=False))
        at = sum(1 for _ in equal)
        plain = function.removeprefix("x_") if function.startswith("x_") else function[1:].strip("ǁ").replace("ǁ", ".")
        yield f"{file}:{starts[plain] + at}: {' '.join(f'{line[0]} {line[2:].strip()}' for line in lines)}"


def functions(text: str) -> Iterator[tuple[str, tuple[int, list[str]]]]:
    """Yield the functions and methods of a file by name, each with its first line's number and its lines."""
    lines = text.splitlines()
    module = ast.parse(text)
    for top in module.body:
        for node in top.body if isinstance(top, ast.ClassDef) else [top]:
            if isinstance(node, ast.FunctionDef):
                is_copy = "__mutmut_" in node.name
                owner = f"{top.name}." if isinstance(top, ast.ClassDef) and not is_copy else ""
                yield owner + node.name, (node.lineno, lines[node.lineno - 1 : node.end_lineno])


if __name__ == "__main__":
    sys.exit(main())
