"""What people name in a question about a service-tag file: addresses, prefixes, tags; and address sets as JSON."""

from __future__ import annotations

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES, AddressError, AddressRange, parse_prefix, parse_range
from netcheck.model.site import Site
from netcheck.model.tags import TagEntry, TagTable
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import prefixes
from netcheck.questions.places import Addresses
from netcheck.sets.intervals import EMPTY

_ADVICE = "write an address, or a prefix such as `20.60.0.0/16`"


def book_of(table: TagTable) -> AddressBook:
    """Return what resolves the names of a tag file without a network around it."""
    return AddressBook(Site(file=table.file, tags=table))


def parse_asked(text: str) -> AddressRange:
    """Return the address, prefix or range `first-last` of a question; raise QuestionError for anything else.

    A prefix with host bits is refused: the network and the address have different answers.
    """
    try:
        note = parse_prefix(text)[1] if "/" in text else ""
        if note:
            raise AddressError(note, "a question takes no guess: write the network or the address")
        return parse_range(text)
    except AddressError as error:
        advice = _ADVICE if "service tag" in error.help else error.help  # that is for rules, which may name one
        raise QuestionError("NC302", str(error), advice) from None


def find_tag(book: AddressBook, name: str) -> TagEntry:
    """Return the published tag of that name; raise QuestionError with the nearest one where there is none."""
    entry = book.site.tags.get(name) if book.site.tags else None
    if entry is None:
        raise QuestionError("NC302", book.why_unknown(name), "a tag that no file lists is not an empty one")
    return entry


def addresses_of(book: AddressBook, tag: str) -> Addresses:
    """Return the addresses of a published tag; raise InputError where one of its prefixes is none."""
    return {family: book.published(tag, family) or EMPTY for family in FAMILIES}


def listed(addresses: Addresses) -> dict[str, list[str]]:
    """Return addresses as the fewest prefixes, for each family, as JSON has them."""
    return {f"ipv{family}": list(prefixes(family, addresses[family])) for family in FAMILIES}


def counts(addresses: Addresses) -> dict[str, int]:
    """Return how many addresses of each family there are, as JSON has them."""
    return {f"ipv{family}": addresses[family].size for family in FAMILIES}
