"""What becomes of every recorded file of a Linux firewall, and whether a rule is lost.

`python -m tests.recorded.linux_firewalls` prints it. The rules of a file are counted here with the re module of Python,
and nothing of ours.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.hosts import ChainFirewall
from netcheck.sources.linux.iptables_lines import read_fragment, read_tables
from netcheck.sources.linux.iptables_save import read_iptables_save
from netcheck.sources.linux.ufw_apps import read_applications
from netcheck.sources.linux.ufw_rules import read_ufw_rules
from netcheck.sources.linux.ufw_status import read_ufw_status

FOLDERS = ("iptables_save", "batfish_iptables", "verified_iptables", "jc_fixtures", "ufw")
WHOLE, UNKNOWNS, REFUSED, PART = "read whole", "read with named unknowns", "refused", "read as part of another"
_MISSING_FAMILY = re.compile(r"the rules for IPv[46] \(`ip6?tables-save`\) are not given")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: rules counted by us and independently, the message of a refusal."""

    path: Path
    outcome: str
    rules: int = 0
    counted: int = 0
    message: str = ""


def census(root: Path) -> Iterator[Outcome]:
    """Yield the outcome of each file below the folders; bounds of the verified dumps are no firewalls."""
    for folder in FOLDERS:
        for path in sorted((root / folder).iterdir()):
            if ".Ln." not in path.name:
                yield judge(path)


def judge(path: Path) -> Outcome:
    """Read one file by the reader of its kind."""
    if "ufw-appinfo" in path.name and path.suffix == ".out":
        return _applications(path)
    if "ufw" in path.name and path.suffix in (".out", ".json"):
        return _read(path, lambda c: read_ufw_status({"status": (str(path),)}, c), _lines_of_status)
    if path.parent.name == "ufw":
        return _rule_files(path)
    return _read(path, lambda c: read_iptables_save(str(path), c), _lines_of_save)


def _read(path: Path, read: Callable[[Collector], ChainFirewall], count: Callable[[str], tuple[int, int]]) -> Outcome:
    collector = Collector()
    try:
        firewall = read(collector)
    except InputError as error:
        return Outcome(path, REFUSED, message=error.diagnostics[0].message)
    faults = [one.message for one in collector if one.severity == "error"]
    if faults:
        return Outcome(path, REFUSED, message=faults[0])
    ours, counted = count(path.read_text(encoding="utf-8"))
    return Outcome(path, UNKNOWNS if unknowns(firewall) else WHOLE, ours, counted)


def unknowns(firewall: ChainFirewall) -> frozenset[str]:
    """Return the conditions that rules in force wait for, but for the dump of the other family that is not given."""
    lists = [*(base.rules for base in firewall.base_chains), *firewall.chains.values()]
    rules = [rule.match for rules in lists for rule in rules if rule.match.is_enabled]
    found = {text for match in rules for text in match.conditions}
    return frozenset(text for text in found if not _MISSING_FAMILY.fullmatch(text))


def _lines_of_save(text: str) -> tuple[int, int]:
    tables = read_tables(text, "-", Collector())
    ours = sum(len(chain.rules) for table in tables for chain in table.chains.values())
    return ours, len(re.findall(r"^\s*(?:\[\d+:\d+\]\s+)?-(?:A|I|-append|-insert)\s", text, re.MULTILINE))


def _lines_of_status(text: str) -> tuple[int, int]:
    """Count rules by the lines that our reading names, and by those with an action."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder, "status")
        path.write_text(text, encoding="utf-8")
        firewall = read_ufw_status({"status": (str(path),)}, Collector())
    rules = [rule for name, chain in firewall.chains.items() if "user-" in name for rule in chain]
    ours = {rule.match.at.line for rule in rules}
    return len(ours), len(re.findall(r" (?:ALLOW|DENY|REJECT|LIMIT) ", text))


def _rule_files(path: Path) -> Outcome:
    """Read the rule files of ufw together: none is a firewall alone."""
    collector = Collector()
    firewall = read_ufw_rules({"rules": tuple(str(one) for one in sorted(path.parent.iterdir()))}, collector)
    faults = [one.message for one in collector if one.severity == "error"]
    text = path.read_text(encoding="utf-8")
    tables = read_fragment(text, "-", 4, Collector())
    ours = sum(len(chain.rules) for table in tables for chain in table.chains.values())
    counted = len(re.findall(r"^-A ", text, re.MULTILINE))
    if faults:
        return Outcome(path, REFUSED, message=faults[0])
    return Outcome(path, PART if firewall.base_chains else REFUSED, ours, counted)


def _applications(path: Path) -> Outcome:
    collector = Collector()
    profiles = read_applications((str(path),), collector)
    faults = [one.message for one in collector if one.severity == "error"]
    counted = len(re.findall(r"^Profile: ", path.read_text(encoding="utf-8"), re.MULTILINE))
    return Outcome(path, REFUSED if faults else PART, len(profiles), counted, faults[0] if faults else "")


def main() -> None:
    """Print what became of each file of the folder given, and the counts."""
    outcomes = list(census(Path(sys.argv[1])))
    for one in outcomes:
        told = one.message or f"{one.rules} of {one.counted}"
        sys.stdout.write(f"{one.path.parent.name}/{one.path.name}: {one.outcome} ({told})\n")
    counts = Counter((one.path.parent.name, one.outcome) for one in outcomes)
    sys.stdout.write("".join(f"{folder}: {count} {outcome}\n" for (folder, outcome), count in sorted(counts.items())))


if __name__ == "__main__":
    main()
