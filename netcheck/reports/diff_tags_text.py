"""The difference of two service-tag files for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netcheck.model.address import FAMILIES
from netcheck.questions.diff.tags import TagChange, TagDiff
from netcheck.reports.amounts import amount
from netcheck.reports.text import WIDTH, join

SHOWN_PREFIXES = 8


def tags_text(report: TagDiff, is_whole: bool = False, width: int = WIDTH) -> str:
    """Return the tags that differ, with what each gains and loses; `is_whole`: all prefixes, however many."""
    lines = [*changes_lines(report.changes, is_whole)]
    if report.rewritten:
        names = [f"{one.tag} (prefixes +{len(one.added)} -{len(one.removed)})" for one in report.rewritten]
        lines.append(f"the same addresses in other prefixes: {_some(names, None if is_whole else SHOWN_PREFIXES)}")
    return join([*lines, summary(report)], width)


def changes_lines(changes: Iterable[TagChange], is_whole: bool = False) -> Iterator[str]:
    """Yield some tags that differ, with what each gains and loses."""
    return (line for one in changes for line in _change(one, None if is_whole else SHOWN_PREFIXES))


def summary(report: TagDiff) -> str:
    """Return how many tags differ."""
    number = len(report.changes)
    said = f"{number:,} tag{'s differ' if number > 1 else ' differs'}" if number else "no tag differs"
    return f"{report.old.file} -> {report.new.file}: {said}"


def change_words(one: TagChange) -> str:
    """Return how many addresses a tag gains and loses."""
    counts = [
        f"{sign}{amount(family, addresses[family].size)} IPv{family}"
        for sign, addresses in (("+", one.gained), ("-", one.lost))
        for family in FAMILIES
        if addresses[family]
    ]
    if one.turns_usable:
        counts.append(f"{'now' if one.is_usable[1] else 'no longer'} usable in NSG rules")
    return ", ".join(counts) or "no address"


def _change(one: TagChange, most: int | None) -> Iterator[str]:
    yield f"{one.tag}  {one.word}: {change_words(one)}; prefixes +{len(one.added):,} -{len(one.removed):,}"
    for sign, addresses, listed in (("+", one.gained, one.added), ("-", one.lost, one.removed)):
        sums = one.listed(addresses)
        if sums:
            yield f"  {sign} {_some(sums, most)}"
        if listed and list(listed) != sums:
            yield f"  prefixes {'added' if sign == '+' else 'removed'}: {_some(listed, most)}"


def _some(listed: Sequence[str], most: int | None) -> str:
    more = f" and {len(listed) - most:,} more" if most is not None and len(listed) > most else ""
    return f"{', '.join(listed[:most])}{more}"
