"""Lists of prefixes that look like a copy of a service tag made some time ago, and what they are worth today.

Microsoft publishes the ranges every week ("Azure IP Ranges and Service Tags"); a rule that names the tag follows them,
a list stays as it was made. A list is taken for a copy when at least half of its prefixes are prefixes of the tag, and
at least half of the tag's are in the list. Rules that differ in this list alone are one list: classic NSGs need them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, to_related
from netcheck.lint.linted import Linted
from netcheck.model.address import FAMILIES, AddressRange, Family
from netcheck.model.rules import NsgRule
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup
from netcheck.model.tags import TagTable
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.questions.finding import Finding
from netcheck.sets.intervals import EMPTY

LEAST = 6
"""Shorter lists are taken for lists of their own."""
Span = tuple[int, int]


@dataclass(slots=True)
class _List:
    """The prefixes of one family on one side of rules that are alike in everything else."""

    family: Family
    rules: list[NsgRule] = field(default_factory=list)
    ranges: dict[Span, AddressRange] = field(default_factory=dict)


def _find(linted: Linted) -> Iterator[Finding]:
    tags = linted.site.tags
    long_ones = [
        (nsg, one) for nsg in linted.site.network_security_groups for one in _lists(nsg) if len(one.ranges) >= LEAST
    ]
    if tags is None or not long_ones:
        return
    index = _Index(tags, linted.book)
    for nsg, one in long_ones:
        tag = index.copied(one)
        if tag:
            yield from _finding(linted, nsg.name, one, tag)


def _lists(nsg: NetworkSecurityGroup) -> Iterator[_List]:
    found: dict[object, _List] = {}
    for rule in nsg.rules:
        alike = rule.direction, rule.access, rule.protocol, rule.source_ports, rule.destination_ports
        for side, endpoints, others in (
            ("source", rule.sources, rule.destinations),
            ("destination", rule.destinations, rule.sources),
        ):
            for one in endpoints:
                if isinstance(one, AddressRange):
                    group = found.setdefault((alike, side, others, one.family), _List(one.family))
                    group.ranges[one.first, one.last] = one
                    if rule not in group.rules[-1:]:
                        group.rules.append(rule)
    yield from found.values()


class _Index:
    """The published prefixes, by tag and the other way round."""

    def __init__(self, tags: TagTable, book: AddressBook) -> None:
        self._of_tag: dict[tuple[str, Family], set[Span]] = {}
        self._tags_of: dict[tuple[Family, Span], list[str]] = {}
        for entry in tags.entries.values():
            for family in FAMILIES:
                spans = self._of_tag[entry.name, family] = set(book.listed(entry.name, family) or ())
                for span in spans:
                    self._tags_of.setdefault((family, span), []).append(entry.name)

    def copied(self, one: _List) -> str:
        """Return the tag that a list was copied from, the one it is most like; "" where it is like none."""
        shared = Counter(tag for span in one.ranges for tag in self._tags_of.get((one.family, span), ()))
        best: tuple[float, int, str] | None = None
        for tag, count in shared.items():
            whole = len(self._of_tag[tag, one.family])
            if count * 2 >= len(one.ranges) and count * 2 >= whole:
                likeness = count / (len(one.ranges) + whole - count)
                best = min(best or (0.0, 0, ""), (-likeness, len(tag), tag))
        return best[2] if best else ""


def _finding(linted: Linted, nsg: str, one: _List, tag: str) -> Iterator[Finding]:
    listed = to_set(one.ranges.values(), one.family)
    today = linted.book.published(tag, one.family) or EMPTY
    gone, missing = (listed - today).size, (today - listed).size
    first, *others = sorted(one.rules, key=lambda rule: (rule.priority, rule.name))
    where = f"and {len(others):,} more rules list" if others else "lists"
    file = linted.site.tags.file if linted.site.tags else ""
    still = sum(not to_set([r], one.family) - today for r in one.ranges.values())
    message = f"{where} {len(one.ranges):,} prefixes that look like a copy of `{tag}`"
    figures = (
        ("prefixes", len(one.ranges)),
        ("stillInTag", still),
        ("goneAddresses", gone),
        ("missingAddresses", missing),
    )
    related = [to_related(rule) for rule in others[:2]]
    if gone or missing:
        message += (
            f": {still:,} of them still belong to it in {file}, {gone:,} addresses no longer do, and {missing:,} "
            "addresses of the tag are not listed"
        )
        yield CHECK.about_rule(nsg, first, message, figures=figures, related=related)
    elif linted.site.deployment_model is DeploymentModel.RESOURCE_MANAGER:
        message += f" as it is in {file}: the list stays so, and the tag changes"
        yield CHECK.about_rule(nsg, first, message, severity=Severity.NOTE, figures=figures, related=related)


CHECK = Check(code="NC225", kind="stale-prefixes", severity=Severity.WARNING, find=_find)
