"""The names of an intents file against a site: each has to be there, and to mean one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from netcheck.diagnostics import Collector, Diagnostic
from netcheck.errors import QuestionError
from netcheck.model.intents import BackingUp, Exactly, Intent, IntentsFile, Reaching, UnchangedFrom, Word
from netcheck.model.names import key
from netcheck.policy.resolve import AddressBook
from netcheck.questions.places import find_origins, find_target, find_vm, named_origins
from netcheck.questions.proxies import named_proxy

Check = Callable[[], object]
_THERE = ("NC313", "NC315", "NC317")
"""A name that is there may stand for addresses of two networks, for what the asker decides, or for no known one."""


def name_faults(file: IntentsFile, book: AddressBook) -> Iterator[Diagnostic]:
    """Yield an error for each name that the site does not have, and for each group that hides another name."""
    for group in file.groups:
        if _exists(book, group.name.text):
            message = f"`{group.name.text}` is a group here and something else in the site, its name means two things"
            yield group.name.fault("NC126", message, "give the group another name")
        for word in group.members:
            yield from _tried(word, partial(_any, book, word.text))
    for intent in file.intents:
        for word, check in _checks(intent, book):
            yield from _tried(word, check)


def _checks(intent: Intent, book: AddressBook) -> Iterator[tuple[Word, Check]]:
    match intent.demand:
        case Reaching(sources=sources, targets=targets, via=via):
            yield from ((word, partial(find_origins, book, word.text)) for word in sources)
            yield from ((word, partial(find_target, book, word.text)) for word in targets)
            if via:
                yield intent.at, partial(named_proxy, book.site, via)
        case Exactly(is_inbound=is_inbound, ends=ends, allowed=allowed, among=among):
            find = find_target if is_inbound else find_origins
            yield from ((word, partial(find, book, word.text)) for word in ends)
            yield from ((word, partial(_any, book, word.text)) for one in allowed for word in one.peers)
            yield from ((word, partial(_any, book, word.text)) for word in among)
        case BackingUp(vms=vms):
            yield from ((word, partial(find_vm, book.site, word.text)) for word in vms)
        case UnchangedFrom():
            return


def _any(book: AddressBook, text: str) -> None:
    """Look a name up; whether all of it can be asked about depends on the question, and is no matter of the name."""
    try:
        if not list(named_origins(book.site, text)):
            find_target(book, text)
    except QuestionError as error:
        if error.code not in _THERE:
            raise


def _exists(book: AddressBook, name: str) -> bool:
    try:
        _any(book, name)
    except QuestionError as error:
        return error.code != "NC302"  # any other error is about something that is there
    return True


def _tried(word: Word, check: Check) -> Iterator[Diagnostic]:
    try:
        check()
    except QuestionError as error:
        yield fault_of(word, error)


def fault_of(word: Word, error: QuestionError) -> Diagnostic:
    """Return what cannot be asked as an error at its place in the file."""
    return word.fault(error.code, error.message, error.help)


def collected(faults: Iterable[Diagnostic]) -> Collector:
    """Return faults gathered, each once."""
    collector = Collector()
    collector.take(faults)
    return collector


def same_name(intent: Intent, wanted: str) -> bool:
    """Return whether an intent is called so, by its name or by what it demands."""
    return key(wanted) in (key(intent.name), key(intent.label))
