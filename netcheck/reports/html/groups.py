"""What the pages of a matrix and of its changes share: who is in each group, and how groups are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from netcheck.estate.grouping import Group
from netcheck.reports.html.markup import Content, element, joined, name
from netcheck.reports.html.parts import note, row

GROUPS = 1_000
SHOWN_LABELS = 100
LEFT = "`-o csv` and `-o json` list all of them"
"""Where the reader finds what a page leaves out to stay under a few megabytes."""


def left_out(count: int, what: str) -> list[Content]:
    """Return the line that says how many of something are not in the page."""
    return [note(f"and {count:,} more {what}, which this page leaves out; {LEFT}")] if count > 0 else []


def names_note(groups: Sequence[Group], limit: int) -> list[ET.Element]:
    """Return the line about names that are not listed, and so not found either."""
    if all(len(group.machines) <= limit for group in groups):
        return []
    return [note(f"Of each group the first {limit:,} names are listed, and looked through; {LEFT}")]


def group_row(at: int, group: Group, cells: Iterable[ET.Element]) -> ET.Element:
    """Return the row of a group, to which links lead and by which a filter knows it."""
    made = row(name(group.label), *cells, key=str(at))
    made.set("id", f"g{at}")
    return made


def group_links(groups: Sequence[Group], chosen: Sequence[int]) -> list[Content]:
    """Return the labels of groups given by their numbers, each leading to its row; not of more than fit."""
    links = [
        element("a", name(groups[at].label), href=f"#g{at}") if at < GROUPS else name(groups[at].label)
        for at in chosen[:SHOWN_LABELS]
    ]
    more = f" and {len(chosen) - SHOWN_LABELS:,} more" if len(chosen) > SHOWN_LABELS else ""
    return [*joined(", ", links), more]


def group_keys(some: Iterable[int]) -> str:
    """Return the key of a row about several groups: a filter shows it with any of them."""
    return " ".join(str(at) for at in some if at < GROUPS)
