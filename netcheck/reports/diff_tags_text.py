"""The difference of two service-tag files for people."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.address import FAMILIES
from netcheck.questions.diff.tags import TagChange, TagDiff
from netcheck.reports.text import WIDTH, join

SHOWN_PREFIXES = 8


def tags_text(report: TagDiff, width: int = WIDTH) -> str:
    """Return the tags that differ, with what each gains and loses."""
    lines = [line for one in report.changes for line in _change(one)]
    number = len(report.changes)
    said = f"{number:,} tags differ" if number else "no tag differs"
    return join([*lines, f"{report.old.file} -> {report.new.file}: {said}"], width)


def _change(one: TagChange) -> Iterator[str]:
    counts = (
        f"{sign}{addresses[family].size:,} IPv{family}"
        for sign, addresses in (("+", one.gained), ("-", one.lost))
        for family in FAMILIES
        if addresses[family]
    )
    yield f"{one.tag}  {one.word}: {', '.join(counts) or 'no address'}"
    for sign, addresses in (("+", one.gained), ("-", one.lost)):
        listed = one.listed(addresses)
        more = f" and {len(listed) - SHOWN_PREFIXES:,} more" if len(listed) > SHOWN_PREFIXES else ""
        if listed:
            yield f"  {sign} {', '.join(listed[:SHOWN_PREFIXES])}{more}"
