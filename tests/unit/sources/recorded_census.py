"""What becomes of every recorded file, and whether a rule is lost.

`python -m tests.unit.sources.recorded_census` prints it. The rules of a file are counted here by reading it with the
json, csv and re modules of Python, and nothing of ours.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netcheck.errors import InputError
from netcheck.model.site import Site
from netcheck.sources.load import load_site
from tests.unit.sources.shared import shared_folder

FOLDERS = ("nsg", "azure_verdicts", "classic_asm")
OUTCOMES = ("read whole", "read with unknowns", "refused")
_LISTS = ("securityrules", "defaultsecurityrules")
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file. `lost` are the rules (NSG, rule) that it holds and the site does not."""

    path: Path
    kind: str
    outcome: str
    lost: frozenset[Pair] = frozenset()
    code: str = ""


def census(root: Path) -> Iterator[Outcome]:
    """Yield the outcome of each file below the folders."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in (".json", ".xml", ".csv"):
                kind = str(path.parent.relative_to(root))
                yield judge(path, kind)


def judge(path: Path, kind: str) -> Outcome:
    """Load one file; anything but a site or an InputError is left to be raised."""
    try:
        site = load_site([str(path)])
    except InputError as error:
        codes = [found.code for found in error.diagnostics if found.severity == "error"]
        assert codes, path
        return Outcome(path=path, kind=kind, outcome="refused", code=codes[0])
    nsgs = site.network_security_groups
    is_open = bool(site.unmodelled) or any(rule.unknown for nsg in nsgs for rule in nsg.rules)
    ours = frozenset(our_rules(site))
    lost = frozenset(raw_rules(path)) - ours
    if '"$schema"' in path.read_text(encoding="utf-8-sig")[:20_000]:  # a template names an NSG by expressions
        lost = frozenset(pair for pair in lost if ("", pair[1]) not in ours)
    unread = {nsg.name.casefold() for nsg in nsgs if any(rule.priority == 0 for rule in nsg.rules)}
    lost = frozenset(pair for pair in lost if not _is_unread(pair, unread))
    return Outcome(path=path, kind=kind, outcome=OUTCOMES[is_open], lost=lost)


def _is_unread(pair: Pair, unread: set[str]) -> bool:
    """Whether the NSG is one whose rules are open in the site, which loses none of them."""
    return pair[0] in unread or (pair[0] == "" and bool(unread))


def our_rules(site: Site) -> Iterator[Pair]:
    """Yield the rules of a site; a label such as `nsg (group)` counts for the name before it."""
    for nsg in site.network_security_groups:
        for rule in (*nsg.rules, *nsg.default_rules):
            for name in (nsg.name, nsg.name.partition(" (")[0], ""):
                yield name.casefold(), rule.name.casefold()


def raw_rules(path: Path) -> Iterator[Pair]:
    """Yield the rules a file holds, by means of its own; names that are expressions are left out."""
    if path.suffix == ".json":
        yield from _of_json(json.loads(path.read_text(encoding="utf-8-sig")))
    elif path.suffix == ".xml":
        yield from _of_xml(path.read_text(encoding="utf-8-sig"))
    else:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                name = row.get("rule_name") or row.get("ruleName") or row.get("name")
                if name:
                    yield row.get("sg_name", path.stem).casefold(), name.casefold()


def _of_json(value: Any, owner: str = "") -> Iterator[Pair]:
    if isinstance(value, dict):
        folded = {key.lower(): item for key, item in value.items()}
        if isinstance(folded.get("responses"), dict):  # an example of the documentation: what status 200 answers
            folded = {"body": folded["responses"].get("200", {})}
        stated = folded.get("name")
        name = stated.casefold() if isinstance(stated, str) else owner
        for key, item in folded.items():
            if key in _LISTS and isinstance(item, list):
                yield from _rules_of(item, name)
            elif key not in ("effectivesecurityrules", "templatelink"):
                yield from _of_json(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _of_json(item, owner)


def _rules_of(rules: list[Any], owner: str) -> Iterator[Pair]:
    for rule in rules:
        fields = {key.lower(): item for key, item in rule.items()} if isinstance(rule, dict) else {}
        name = fields.get("name")
        if isinstance(name, str) and not name.startswith("["):
            yield "" if owner.startswith("[") else owner, name.casefold()


def _of_xml(text: str) -> Iterator[Pair]:
    for nsg in re.findall(r"<NetworkSecurityGroup[ >].*?</NetworkSecurityGroup>", text, re.DOTALL):
        head = re.search(r"<Name>(.*?)</Name>", nsg)
        for rule in re.findall(r"<Rule>.*?</Rule>", nsg, re.DOTALL):
            name = re.search(r"<Name>(.*?)</Name>", rule)
            if head and name:
                yield head[1].casefold(), name[1].casefold()


def table(outcomes: list[Outcome]) -> list[str]:
    """Return the census as the rows of a Markdown table, by folder."""
    counts = Counter((one.kind, one.outcome) for one in outcomes)
    kinds = sorted({one.kind for one in outcomes})
    rows = []
    for kind in (*kinds, ""):
        numbers = [sum(n for (k, o), n in counts.items() if o == outcome and kind in ("", k)) for outcome in OUTCOMES]
        label = f"`{kind}`" if kind else "together"
        rows.append(f"| {label} | {sum(numbers)} | {' | '.join(map(str, numbers))} |")
    return rows


def main() -> None:
    """Print the table, and each file that is refused or loses a rule."""
    found = list(census(shared_folder("nsg").parent))
    lines = table(found)
    for one in found:
        if one.lost or one.outcome == "refused":
            lines.append(f"{one.outcome} {one.code} {one.path.name} {sorted(one.lost)[:5]}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
