"""What Azure put in place of its built-in tags, as recorded from 2016 to 2021, and how netcheck's bounds relate to it.

Recordings that only this list names were not kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.policy.builtin import prefixes
from netcheck.questions.asking import Asking
from netcheck.sets.intervals import IntervalSet
from tests.recorded.cases import CORMACPAYNE, ROUTES
from tests.recorded.replies import find_nic, subnet_of
from tests.recorded.rule_replies import bounds
from tests.recorded.transcripts import answers_of, load_recording, read, site_of


@dataclass(frozen=True, slots=True)
class Expansion:
    """The prefixes that Azure put in place of a tag, and the recordings that show them."""

    tag: str
    count: int
    addresses: dict[int, IntervalSet]
    seen_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """What a recorded `Internet` is: netcheck's possible (True) or certain set, without some prefixes, with others."""

    is_of_possible: bool
    without: str = ""
    more: str = ""

    def apply(self, certain: IntervalSet, possible: IntervalSet) -> IntervalSet:
        """Return the set that the recorded expansion has to be."""
        base = possible if self.is_of_possible else certain
        return base - prefixes(self.without)[4] | prefixes(self.more)[4]

    def __str__(self) -> str:
        words = [f"the {'possible' if self.is_of_possible else 'certain'} set"]
        words += [f"without {self.without}"] if self.without else []
        words += [f"with {self.more}"] if self.more else []
        return ", ".join(words)


INTERNET = {
    82: Relation(
        True,
        "25.0.0.0/8",
        "25.25.0.0/16 25.26.0.0/15 25.132.0.0/14 25.136.0.0/14 25.140.0.0/15 25.240.0.0/14",
    ),
    76: Relation(True, "25.0.0.0/8"),
    216: Relation(False, "25.16.0.0/13 25.24.0.0/16 25.32.0.0/11"),
    236: Relation(False),
}
"""By the number of prefixes."""


def load_expansions(tag: str) -> list[Expansion]:
    """Return the recorded expansions of a tag."""
    return [
        Expansion(
            tag,
            len(one["prefixes"]),
            prefixes(" ".join(one["prefixes"])),
            tuple(name.removesuffix(".json") for name in one["seen_in"]),
        )
        for one in read("TAG_EXPANSIONS_BY_AZURE")["expansions"]
        if one["tag"] == tag
    ]


def bounds_in(recording: str, operation: str, tag: str) -> tuple[IntervalSet, IntervalSet]:
    """Return the certain and the possible set of a tag for the NIC that a recorded answer is about."""
    found = load_recording(recording)
    answer = next(answers_of(found, operation))
    site = site_of(found, answer)
    return bounds(Asking(site).book, tag, "source", subnet_of(site, find_nic(site, answer.target)))


def internet_bounds() -> tuple[IntervalSet, IntervalSet]:
    """Return the bounds of `Internet` for a network without public addresses."""
    return bounds_in(CORMACPAYNE, ROUTES, "Internet")
