"""Random nft rule sets, loaded into a kernel and read by netcheck: what became of each packet, and what netcheck says.

    python -m tests.real_hosts.nft_campaign --lists 5000 --seed 7

prints every difference with the rule set, and the counts. Both forms of each listing must read alike.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from netcheck.diagnostics import Collector, Severity, Source
from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.policy.facts import Fact
from netcheck.sets.packets import Header
from netcheck.sources.linux.nft_ruleset import read_nft_ruleset
from tests.real_hosts.namespaces import Machines, RefusedError, machines, missing
from tests.real_hosts.random_nft import Drawer
from tests.real_hosts.verdicts import verdicts

PACKETS = {Hook.INPUT: 50, Hook.OUTPUT: 25, Hook.FORWARD: 25}
_LINE = re.compile(r"/dev/stdin:(\d+):")
_INTERFACE = re.compile(r"(not )?(in|out) interface (\S+) of ")


@dataclass
class Tally:
    """The counts of a campaign and the differences it found."""

    lists: int = 0
    rules: int = 0
    refused: int = 0
    packets: int = 0
    passed: int = 0
    open: int = 0
    open_with_interfaces: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def run(host: Machines, seed: int, lists: int) -> Tally:
    """Compare so many random rule sets."""
    tally = Tally()
    drawer = Drawer(seed)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(lists):
            text = ""
            while not text:
                text = _loaded(host, drawer.ruleset(), tally)
            read = read_forms(host, Path(folder), text, tally)
            if read:
                for hook, most in PACKETS.items():
                    compare(host, read, hook, drawer.headers(hook, most), text, tally)
    return tally


def _loaded(host: Machines, text: str, tally: Tally) -> str:
    """Load a rule set without the lines that nft refuses: sets whose elements overlap, fields that exclude each other.

    nft 1.0.6 ends with a failed assertion at some rules (`ip6 nexthdr` in a table `ip`): then nothing is loaded.
    """
    lines = text.split("\n")
    tally.rules += len(lines)
    while True:
        try:
            host.load(("nft", "-f", "-"), "\n".join(["flush ruleset", *lines]))
        except RefusedError as error:
            found = _LINE.search(str(error))
            tally.refused += 1
            if found is None:
                return ""
            lines[int(found[1]) - 2] = ""
        else:
            return "\n".join(line for line in lines if line)


def read_forms(host: Machines, folder: Path, text: str, tally: Tally) -> dict[str, ChainFirewall]:
    """Read a rule set as written and as nft lists it in both forms; empty where netcheck refuses one."""
    forms = {
        "written": text,
        "listed": host.run(("nft", "list", "ruleset")).stdout,
        "json": host.run(("nft", "-j", "list", "ruleset")).stdout,
    }
    read: dict[str, ChainFirewall] = {}
    for name, content in forms.items():
        file = folder / name
        file.write_text(content, encoding="utf-8")
        collector = Collector()
        read[name] = read_nft_ruleset(str(file), collector)
        errors = [found.render() for found in collector if found.severity is Severity.ERROR]
        if errors:
            tally.differences.append(f"{name} is refused: {errors}\n{text}")
            return {}
    tally.lists += 1
    listed, json = (_without_places(replace(read[form], files={})) for form in ("listed", "json"))
    if listed != json:
        tally.differences.append(f"text and JSON read differently\n{text}")
    return read


def compare(
    host: Machines, read: Mapping[str, ChainFirewall], hook: Hook, headers: Sequence[Header], text: str, tally: Tally
) -> None:
    host.forget_connections()
    delivered = host.send(hook, headers)
    written, listed = (
        verdicts(read[form], hook, headers, lambda one: holds(one, hook)) for form in ("written", "listed")
    )
    blind = verdicts(read["listed"], hook, headers, lambda _: None)
    for header, came, said, *others in zip(headers, delivered, listed, written, blind, strict=True):
        tally.packets += 1
        tally.passed += came
        tally.open += len(said.outcomes) > 1
        tally.open_with_interfaces += len(others[1].outcomes) > 1
        if len(said.outcomes) > 1:
            tally.reasons.update({fact.name.partition(" of ")[0] for fact in said.facts})
        if not all(came in one.outcomes for one in (said, *others)):
            shown = [one.outcomes for one in (said, *others)]
            tally.differences.append(f"{hook} {header}: came through: {came}, netcheck: {shown}\n{text}")


def holds(fact: Fact, hook: Hook) -> bool | None:
    """Return what is known of the interfaces: packets come in by eth0, and leave by eth1 when they are passed on."""
    found = _INTERFACE.match(fact.name)
    if found is None:
        return None
    actual = "eth1" if found[2] == "out" and hook is Hook.FORWARD else "eth0"
    return fnmatchcase(actual, found[3]) is not bool(found[1])


def _without_places(value: object) -> object:
    """Return a value without the places in its file."""
    if isinstance(value, Source):
        return None
    if is_dataclass(value):
        return tuple(_without_places(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, tuple):
        return tuple(_without_places(one) for one in value)
    if hasattr(value, "items"):
        return {name: _without_places(one) for name, one in value.items()}
    return value


def main() -> int:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(description="compare netcheck with nft on random rule sets")
    parser.add_argument("--lists", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    why = missing("nft")
    if why:
        print(why, file=sys.stderr)
        return 1
    with machines() as host:
        tally = run(host, asked.seed, asked.lists)
    for difference in tally.differences[:5]:
        print(difference, end="\n\n")
    print({one.name: getattr(tally, one.name) for one in fields(tally) if one.name != "differences"})
    print(f"{len(tally.differences)} differences")
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
