"""What differs between two service-tag files: for each tag, prefix by prefix, and the addresses it gains and loses.

Prefixes that are only written otherwise are no difference of addresses: a /26 that stands as two /27 holds the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES, span_to_prefixes
from netcheck.model.names import key, nearest
from netcheck.model.site import Site
from netcheck.model.tags import TagEntry, TagTable
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import FORMAT, prefixes, tags_dict
from netcheck.questions.places import Addresses
from netcheck.sets.intervals import EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """One tag in two files. `is_in` says in which of them it stands, `is_usable` in which a rule may name it.

    A file without features, such as the Discovery API's or one of 2019, does not say (None). `added` and `removed` are
    prefixes as they are published, IPv4 first; `gained` and `lost` are the addresses in one file alone.
    """

    tag: str
    is_in: tuple[bool, bool]
    is_usable: tuple[bool | None, bool | None]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    gained: Addresses
    lost: Addresses

    @property
    def word(self) -> str:
        """`changed`, or in which file alone the tag stands: `new` or `gone`; `rewritten` where no address differs."""
        if not all(self.is_in):
            return "new" if self.is_in[1] else "gone"
        return "changed" if self.changes_meaning else "rewritten"

    @property
    def changes_meaning(self) -> bool:
        """Whether a rule that names the tag means something else: by other addresses, or because it may name it."""
        return not all(self.is_in) or self.turns_usable or any((*self.gained.values(), *self.lost.values()))

    @property
    def turns_usable(self) -> bool:
        """Whether a rule may name the tag by one file and not by the other; a file that does not say is no such."""
        before, after = self.is_usable
        return None not in self.is_usable and before is not after

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
            "prefixesAdded": list(self.added),
            "prefixesRemoved": list(self.removed),
            "usableInNsg": {"before": self.is_usable[0], "after": self.is_usable[1]},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDiff:
    """The tags that differ between two files, by name; `rewritten` hold the same addresses in other prefixes."""

    old: TagTable
    new: TagTable
    changes: tuple[TagChange, ...]
    rewritten: tuple[TagChange, ...] = ()

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
            "tags": [one.to_dict() for one in (*self.changes, *self.rewritten)],
            "files": {"before": tags_dict(self.old), "after": tags_dict(self.new)},
        }


def _blocks(one: TagChange, addresses: Addresses) -> Iterator[dict[str, object]]:
    for family in FAMILIES:
        if addresses[family]:
            yield {"tag": one.tag, "family": family, "addresses": list(prefixes(family, addresses[family]))}


def diff_tags(old: TagTable, new: TagTable, only: Sequence[str] = ()) -> TagDiff:
    """Compare two service-tag files of one cloud; `only` names some of their tags.

    Raise QuestionError for files of two clouds or of two kinds and for a name that is in neither, InputError where a
    prefix is none.
    """
    if key(old.cloud) != key(new.cloud):
        message = f"{old.file} is for cloud `{old.cloud}`, and {new.file} is for `{new.cloud}`"
        raise QuestionError("NC331", message, "the same tag names hold other ranges there: give files of one cloud")
    if old.is_complete is not new.is_complete:
        message = f"of {old.file} and {new.file}, one lists data-centre ranges by region only, not services"
        raise QuestionError("NC323", message, "give two JSON files, or two of the older XML")
    names = {at: entry.name for table in (old, new) for at, entry in table.entries.items()}
    wanted = {at: names[at] for at in map(key, only) if at in names} if only else names
    for name in only:
        if key(name) not in names:
            near = nearest(name, names.values(), 0.8)
            advice = (
                f"did you mean `{near}`?"
                if near
                else "`netcheck tags which ADDRESS` finds the tags that hold an address"
            )
            raise QuestionError("NC302", f"no service tag `{name}` in {old.file} or {new.file}", advice)
    before, after = (AddressBook(Site(file=table.file, tags=table)) for table in (old, new))
    found = [one for name in wanted.values() if (one := _change(name, before, after)) is not None]
    found.sort(key=lambda one: key(one.tag))
    changes = tuple(one for one in found if one.changes_meaning)
    return TagDiff(old=old, new=new, changes=changes, rewritten=tuple(one for one in found if not one.changes_meaning))


def _change(name: str, old: AddressBook, new: AddressBook) -> TagChange | None:
    was, now = (book.site.tags.get(name) if book.site.tags else None for book in (old, new))
    is_usable = is_usable_in_nsg(was), is_usable_in_nsg(now)
    if was is not None and now is not None and was.prefixes == now.prefixes and is_usable[0] is is_usable[1]:
        return None
    before, after = ({family: book.published(name, family) or EMPTY for family in FAMILIES} for book in (old, new))
    change = TagChange(
        tag=_spelled(was, now),
        is_in=(was is not None, now is not None),
        is_usable=is_usable,
        added=tuple(_only_in(name, new, old)),
        removed=tuple(_only_in(name, old, new)),
        gained={family: after[family] - before[family] for family in FAMILIES},
        lost={family: before[family] - after[family] for family in FAMILIES},
    )
    return change if change.changes_meaning or change.added or change.removed else None


def is_usable_in_nsg(entry: TagEntry | None) -> bool | None:
    """Return whether a file says that a rule may name a tag; None where it does not say."""
    return None if entry is None or entry.network_features == () else entry.is_nsg_capable


def _spelled(was: TagEntry | None, now: TagEntry | None) -> str:
    one = now or was
    assert one is not None, "the name is that of a tag in one of the files"
    return one.name


def _only_in(name: str, one: AddressBook, other: AddressBook) -> Iterator[str]:
    """Yield the prefixes that only one file lists."""
    for family in FAMILIES:
        for first, last in sorted({*(one.listed(name, family) or ())} - {*(other.listed(name, family) or ())}):
            yield from span_to_prefixes(family, first, last)
