"""Lists of names in pages: long ones are folded, and all of a page together are bounded."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from netcheck.reports.html.markup import element, joined, name

NAMES = 20_000
SHOWN_NAMES = 8
FIRST_NAMES = 3


def names_limit(counts: Sequence[int]) -> int:
    """Return how many names of a group are listed, so that all groups together have no more than `NAMES`."""
    total = sum(counts)
    return total if total <= NAMES else max(FIRST_NAMES, NAMES // len(counts))


def names_cell(names: Sequence[str], limit: int) -> ET.Element:
    """Return the cell with the VMs of a group; a long list is folded behind its first names."""
    listed = joined(", ", (name(one) for one in names[:limit]))
    more = f", and {len(names) - limit:,} more" if len(names) > limit else ""
    if len(names) <= SHOWN_NAMES:
        return element("td", *listed, more)
    first = joined(", ", (name(one) for one in names[:FIRST_NAMES]))
    return element("td", element("details", element("summary", *first, ", …"), element("p", *listed, more)))
