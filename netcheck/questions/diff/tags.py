"""What differs between two service-tag files: for each tag, the addresses it gains and loses, exactly.

Prefixes that are only written otherwise are no difference: a /26 that stands as two /27 holds the same addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES
from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.model.tags import TagTable
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import FORMAT, prefixes
from netcheck.questions.places import Addresses
from netcheck.sets.intervals import EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """One tag in two files. `is_in` says in which of them it stands."""

    tag: str
    is_in: tuple[bool, bool]
    gained: Addresses
    lost: Addresses

    @property
    def word(self) -> str:
        """`changed`, or in which file alone the tag stands: `new` or `gone`."""
        return "changed" if all(self.is_in) else "new" if self.is_in[1] else "gone"

    def listed(self, addresses: Addresses) -> list[str]:
        """Return addresses as the fewest prefixes, IPv4 first."""
        return [text for family in FAMILIES for text in prefixes(family, addresses[family])]

    def to_dict(self) -> dict[str, object]:
        """Return the change as JSON."""
        return {
            "tag": self.tag,
            "change": self.word,
            "opened": self.listed(self.gained),
            "closed": self.listed(self.lost),
            "addressesOpened": {f"ipv{family}": self.gained[family].size for family in FAMILIES},
            "addressesClosed": {f"ipv{family}": self.lost[family].size for family in FAMILIES},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDiff:
    """The tags that differ between two files, by name."""

    old: TagTable
    new: TagTable
    changes: tuple[TagChange, ...]

    @property
    def opens(self) -> bool:
        """Whether some tag gains an address."""
        return any(any(one.gained.values()) for one in self.changes)

    @property
    def closes(self) -> bool:
        """Whether some tag loses an address."""
        return any(any(one.lost.values()) for one in self.changes)

    def to_dict(self) -> dict[str, object]:
        """Return the difference as JSON: a block holds the addresses of one tag and family."""
        return {
            "format": FORMAT,
            "old": self.old.file,
            "new": self.new.file,
            "opened": [block for one in self.changes for block in _blocks(one, one.gained)],
            "closed": [block for one in self.changes for block in _blocks(one, one.lost)],
            "changedUndetermined": [],
            "tags": [one.to_dict() for one in self.changes],
        }


def _blocks(one: TagChange, addresses: Addresses) -> Iterator[dict[str, object]]:
    for family in FAMILIES:
        if addresses[family]:
            yield {"tag": one.tag, "family": family, "addresses": list(prefixes(family, addresses[family]))}


def diff_tags(old: TagTable, new: TagTable) -> TagDiff:
    """Compare two service-tag files of one cloud; raise QuestionError for files of two clouds.

    Raise InputError where a prefix is none.
    """
    if key(old.cloud) != key(new.cloud):
        message = f"{old.file} is for cloud `{old.cloud}`, and {new.file} is for `{new.cloud}`"
        raise QuestionError("NC331", message, "the same tag names hold other ranges there: give files of one cloud")
    names = {at: entry.name for table in (old, new) for at, entry in table.entries.items()}
    before, after = (AddressBook(Site(file=table.file, tags=table)) for table in (old, new))
    found = (_change(name, before, after) for name in names.values())
    changes = sorted((one for one in found if one is not None), key=lambda one: key(one.tag))
    return TagDiff(old=old, new=new, changes=tuple(changes))


def _change(name: str, old: AddressBook, new: AddressBook) -> TagChange | None:
    was, now = (book.site.tags.get(name) if book.site.tags else None for book in (old, new))
    if was is not None and now is not None and was.prefixes == now.prefixes:
        return None
    before, after = ({family: book.published(name, family) or EMPTY for family in FAMILIES} for book in (old, new))
    gained: Addresses = {family: after[family] - before[family] for family in FAMILIES}
    lost: Addresses = {family: before[family] - after[family] for family in FAMILIES}
    if was is not None and now is not None and not any((*gained.values(), *lost.values())):
        return None
    return TagChange(tag=name, is_in=(was is not None, now is not None), gained=gained, lost=lost)
