"""Drift: what a list of prefixes made from an older service-tag file misses today, and what it opens for nothing.

Microsoft publishes the ranges every week ("Azure IP Ranges and Service Tags"); a rule that names a tag follows them, a
rule that lists prefixes stays as it was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from os import PathLike, fspath

from netcheck.diagnostics import Collector
from netcheck.errors import PlanError, QuestionError
from netcheck.model.address import Family
from netcheck.model.names import key
from netcheck.model.tags import TagTable
from netcheck.policy.resolve import AddressBook, builtin_name
from netcheck.questions.answer import prefixes, tags_dict
from netcheck.questions.suffixes import is_storage_host
from netcheck.remedy.options import Option, tag_for
from netcheck.remedy.task import Task
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sources.service_tags import read_tag_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """The change of one family's addresses between two lists, and of the prefixes as they were published.

    `missed` are addresses that only today's list has, `stale` those that only the old one has. `today` and `then` are
    the sizes of the lists.
    """

    family: Family
    missed: IntervalSet
    stale: IntervalSet
    today: int
    then: int
    added: int
    removed: int

    def to_dict(self) -> dict[str, object]:
        """Return the change as JSON: per cents are of today's list for `missed`, and of the old list for `stale`."""
        return {
            "missed": _part(self.family, self.missed, self.today),
            "stale": _part(self.family, self.stale, self.then),
            "prefixesAdded": self.added,
            "prefixesRemoved": self.removed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What the rules of an option have to follow; with an older file, what a list frozen then is worth today.

    `v4` and `v6` are None where nothing is compared: no older file, nothing to follow, or (`reason`) a tag that the
    older file does not have. `required_missed` are the required IPv4 addresses, of `required`, that the frozen list
    lacks.
    """

    is_by_prefix: bool
    since: TagTable | None = None
    v4: Churn | None = None
    v6: Churn | None = None
    required: int = 0
    required_missed: int = 0
    reason: str = ""

    @property
    def follows(self) -> str:
        """What the rules have to follow."""
        return "published ranges, weekly" if self.is_by_prefix else "nothing to follow"

    def to_dict(self) -> dict[str, object]:
        """Return the drift as JSON; the figures are those of IPv4, and those of IPv6 stand apart."""
        found: dict[str, object] = {"follows": self.follows}
        if self.since is not None:
            found["since"] = tags_dict(self.since)
        if self.reason:
            found["reason"] = self.reason
        if self.v4 is not None and self.v6 is not None:
            found |= self.v4.to_dict()
            found["ipv6"] = self.v6.to_dict()
            found["required"] = {
                "missed": {
                    "addresses": self.required_missed,
                    "percent": percent(self.required_missed, self.required),
                }
            }
        return found


def percent(part: int, whole: int) -> float:
    """Return a share in per cent with two digits behind the point; of nothing, 0."""
    return round(100 * part / whole, 2) if whole else 0.0


def read_older(path: str | PathLike[str], today: TagTable | None) -> TagTable:
    """Read the service-tag file, JSON or XML, from which a list was made.

    Raise InputError with every fault of the file, and QuestionError where the site has no tag file to compare it with,
    where it is one of another cloud, and where it is the newer of the two.
    """
    collector = Collector()
    found = read_tag_table(fspath(path), collector)
    if today is None:
        message = f"{found.file} has no newer file to be compared with: the site names no service-tag file"
        raise QuestionError("NC330", message, "give today's file with --tags, or `serviceTags:` in the site")
    if key(found.cloud) != key(today.cloud):
        message = f"{found.file} is for cloud `{found.cloud}`, and {today.file} is for `{today.cloud}`"
        raise QuestionError("NC331", message, "the same tag names hold other ranges there: give a file of one cloud")
    if _is_newer(found, today):
        message = f"{found.file} is newer than {today.file}: a list made from it is not frozen before today's"
        raise QuestionError("NC332", message, "give the older file to --since, and the newer one to --tags")
    return found


def _is_newer(one: TagTable, other: TagTable) -> bool:
    """Return whether a file is certainly newer: by number where both have one, else by the date in their names."""
    if one.change_number is not None and other.change_number is not None:
        return one.change_number > other.change_number
    return bool(one.published and other.published and one.published > other.published)


def drift_of(task: Task, option: Option, listed: IntervalSet, required: IntervalSet, since: TagTable | None) -> Drift:
    """Return what the rules of an option have to follow, and what they would miss had they been made from `since`.

    `listed` and `required` are the IPv4 addresses that the option lists today, and those that are needed.
    """
    if since is None or not option.is_by_prefix:
        return Drift(is_by_prefix=option.is_by_prefix, since=since)
    tags = _tags(task, option)
    if not tags:
        reason = "it lists no published range here, and what it lists stays as it is"
        return Drift(is_by_prefix=True, since=since, reason=reason)
    absent = [name for name in tags if since.get(name) is None]
    if absent:
        reason = "; ".join(_why_absent(since, name) for name in absent)
        return Drift(is_by_prefix=True, since=since, reason=reason)
    book = AddressBook(replace(task.site, tags=since))
    frozen = _addresses(book, tags, 4) | (listed - _addresses(task.book, tags, 4))
    return Drift(
        is_by_prefix=True,
        since=since,
        v4=_churn(task.book, book, tags, 4),
        v6=_churn(task.book, book, tags, 6),
        required=required.size,
        required_missed=(required - frozen).size,
    )


def _tags(task: Task, option: Option) -> list[str]:
    """Return the published tags whose prefixes an option lists, each once."""
    try:
        targets = [tag_for(option, need, task.book) for need in task.needs]
    except PlanError:
        return []
    names = dict.fromkeys(name for target in targets for name in _names(task, target))
    return [name for name in names if task.book.published(name, 4) is not None]


def _names(task: Task, target: str) -> list[str]:
    """Return the tags of a target, which may be several names; a storage host stands for the whole service."""
    words = [word.strip() for word in target.split(",") if word.strip()]
    return ["Storage" if is_storage_host(word, task.site.cloud) else word for word in words if not builtin_name(word)]


def _why_absent(since: TagTable, name: str) -> str:
    kind = "" if since.is_complete else ", which lists data-centre ranges by region only, not services"
    return f"`{name}` is not in {since.file}{kind}: no list could be made from it"


def _addresses(book: AddressBook, tags: Iterable[str], family: Family) -> IntervalSet:
    return union(book.published(tag, family) or EMPTY for tag in tags)


def _churn(today: AddressBook, then: AddressBook, tags: list[str], family: Family) -> Churn:
    now, was = _addresses(today, tags, family), _addresses(then, tags, family)
    new, old = _published(today, tags, family), _published(then, tags, family)
    return Churn(
        family=family,
        missed=now - was,
        stale=was - now,
        today=now.size,
        then=was.size,
        added=len(new - old),
        removed=len(old - new),
    )


def _published(book: AddressBook, tags: Iterable[str], family: Family) -> set[tuple[int, int]]:
    """Return the prefixes of tags as they are published, not merged."""
    return {span for tag in tags for span in book.listed(tag, family) or ()}


def _part(family: Family, addresses: IntervalSet, whole: int) -> dict[str, object]:
    return {
        "addresses": addresses.size,
        "percent": percent(addresses.size, whole),
        "prefixes": list(prefixes(family, addresses)),
    }
