"""Verdicts of pairs of classes as rows: for each class that sends, the classes that its packets reach.

A row holds three sets: the classes to which some packets get through, those to which some do not, those about some of
whose packets it is open. A class in none of them is one that no packet of the question can be sent to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from netcheck.path.leg import Verdict


class Row(NamedTuple):
    """The destinations of a class, by what becomes of packets to them; one may be in several sets."""

    reached: int
    blocked: int
    open: int

    def of(self, destinations: int) -> Verdict | None:
        """Return the verdict about all packets to some destinations; None where there is no such packet."""
        reached, blocked = self.reached & destinations, self.blocked & destinations
        if reached and blocked:
            return Verdict.PARTIAL
        if self.open & destinations:
            return Verdict.UNDETERMINED
        if reached:
            return Verdict.REACHABLE
        return Verdict.BLOCKED if blocked else None

    def by_verdict(self) -> dict[Verdict, int]:
        """Return the destinations by the verdict about each."""
        partial = self.reached & self.blocked
        settled = ~(partial | self.open)
        return {
            Verdict.REACHABLE: self.reached & settled,
            Verdict.BLOCKED: self.blocked & settled,
            Verdict.PARTIAL: partial,
            Verdict.UNDETERMINED: self.open & ~partial,
        }

    def also(self, other: Row) -> Row:
        """Return the row about the packets of both."""
        return Row(self.reached | other.reached, self.blocked | other.blocked, self.open | other.open)

    def within(self, destinations: int) -> Row:
        """Return the row about some destinations only."""
        return Row(self.reached & destinations, self.blocked & destinations, self.open & destinations)


NOTHING = Row(0, 0, 0)
Rows = dict[Row, int]
"""Classes that send, by their row; every class is in one."""


def together(several: Iterable[Rows], everyone: int) -> Rows:
    """Return the rows about the packets of several questions."""
    found: Rows = {NOTHING: everyone}
    for rows in several:
        joined: Rows = {}
        for row, senders in rows.items():
            for known, others in found.items():
                both = senders & others
                if both:
                    one = known.also(row)
                    joined[one] = joined.get(one, 0) | both
        found = joined
    return found


def row_of(rows: Rows, sender: int) -> Row:
    """Return the row of one class."""
    return next((row for row, senders in rows.items() if senders >> sender & 1), NOTHING)
