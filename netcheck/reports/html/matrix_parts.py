"""What the pages of a matrix and of its changes share: who is in each group, and how groups are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from netcheck.estate.grouping import Group
from netcheck.reports.html.markup import Content, element, joined, name
from netcheck.reports.html.parts import row

GROUPS = 1_000
NAMES = 20_000
SHOWN_NAMES = 8
SHOWN_LABELS = 100
FIRST_NAMES = 3
LEFT = "`-o csv` and `-o json` list all of them"
"""Where the reader finds what a page leaves out to stay under a few megabytes."""


def left_out(count: int, what: str) -> list[Content]:
    """Return the line that says how many of something are not in the page."""
    return [note(f"and {count:,} more {what}, which this page leaves out; {LEFT}")] if count > 0 else []


def note(text: str) -> ET.Element:
    """Return a paragraph that limits what the page says; words in back-ticks are to be typed."""
    parts = text.split("`")
    return element("p", *(element("code", one) if at % 2 else one for at, one in enumerate(parts)), classes="note")


def names_limit(counts: Sequence[int]) -> int:
    """Return how many names of a group are listed, so that all groups together have no more than `NAMES`."""
    total = sum(counts)
    return total if total <= NAMES else max(FIRST_NAMES, NAMES // len(counts))


def names_note(groups: Sequence[Group], limit: int) -> list[ET.Element]:
    """Return the line about names that are not listed, and so not found either."""
    if all(len(group.machines) <= limit for group in groups):
        return []
    return [note(f"Of each group the first {limit:,} names are listed, and looked through; {LEFT}")]


def names_cell(names: Sequence[str], limit: int) -> ET.Element:
    """Return the cell with the VMs of a group; a long list is folded behind its first names."""
    listed = joined(", ", (name(one) for one in names[:limit]))
    more = f", and {len(names) - limit:,} more" if len(names) > limit else ""
    if len(names) <= SHOWN_NAMES:
        return element("td", *listed, more)
    first = joined(", ", (name(one) for one in names[:FIRST_NAMES]))
    return element("td", element("details", element("summary", *first, ", …"), element("p", *listed, more)))


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


def lines(texts: Iterable[str]) -> list[ET.Element]:
    """Return each text as a line of a cell."""
    return [element("div", text) for text in texts]
