"""Sets of addresses and ports as `ipset save` prints them.

Semantics: manual page ipset(8). An entry with a time-out may be gone by now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import Family

_TYPES = frozenset(
    (
        "hash:ip", "hash:net", "hash:ip,port", "hash:net,port", "hash:ip,port,ip", "hash:ip,port,net", "hash:net,net",
        "hash:net,port,net", "hash:net,iface", "hash:ip,mac", "hash:mac", "hash:ip,mark", "bitmap:ip", "bitmap:ip,mac",
        "bitmap:port", "list:set",
    )
)  # fmt: skip
_OF_ANY_FAMILY = frozenset(("list:set", "bitmap:port", "hash:mac"))
_CREATE_VALUES = frozenset(
    (
        "family", "hashsize", "maxelem", "netmask", "bitmask", "markmask", "timeout", "range", "size", "bucketsize",
        "initval", "probes", "resize", "gc",
    )
)  # fmt: skip
_CREATE_FLAGS = frozenset(("counters", "comment", "skbinfo", "forceadd"))
_MEMBER_VALUES = frozenset(("timeout", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue"))
_WORD = re.compile(r'"[^"]*"|\S+')


class SetError(ValueError):
    """A line is malformed; the message says how."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry: its parts, whether it is an exception (`nomatch`), whether it may be gone (`timeout`)."""

    parts: tuple[str, ...]
    is_exception: bool
    expires: bool
    at: Source


@dataclass(slots=True)
class AddressSet:
    """One set while it is read. `family` None: entries have no address, or are sets.

    `is_changing`: rules add entries or take some away, so that what the dump has may be outdated.
    """

    name: str
    kind: str
    family: Family | None
    options: Mapping[str, str]
    at: Source
    members: list[Member] = field(default_factory=list)
    is_changing: bool = False


def read_sets(text: str, path: str, collector: Collector) -> Mapping[str, AddressSet]:
    """Return the sets of a dump by their names; faults are collected."""
    sets: dict[str, AddressSet] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = _WORD.findall(line)
        if not words or words[0].startswith("#"):
            continue
        at = Source(path, number, 1)
        try:
            _take(words, at, sets)
        except SetError as error:
            help_text = "give what `ipset save` prints, whole and unchanged"
            fault = Diagnostic(code="NC180", severity=Severity.ERROR, message=str(error), at=at, help=help_text)
            collector.add(fault)
            if not sets:  # one message for a file of another kind, not one for each of its lines
                break
    return sets


def _take(words: Sequence[str], at: Source, sets: dict[str, AddressSet]) -> None:
    match words:
        case ["create" | "-N", name, kind, *options]:
            if name in sets:
                raise SetError(f"set `{name[:60]}` stands twice")
            sets[name] = _created(name, kind, options, at)
        case ["add" | "-A", name, entry, *options]:
            if name not in sets:
                raise SetError(f"no set `{name[:60]}` above this line")
            sets[name].members.append(_member(sets[name], entry, options, at))
        case _:
            raise SetError(f"`{' '.join(words)[:60]}` is no line of `ipset save`")


def _created(name: str, kind: str, options: Sequence[str], at: Source) -> AddressSet:
    if kind not in _TYPES:
        raise SetError(f"unknown type of set `{kind[:60]}`")
    given: dict[str, str] = {}
    rest = list(options)
    while rest:
        word = rest.pop(0)
        if word in _CREATE_VALUES:
            given[word] = _value(word, rest)
        elif word not in _CREATE_FLAGS:
            raise SetError(f"`{word[:60]}` is no option of a set")
    if given.get("family", "inet") not in ("inet", "inet6"):
        raise SetError(f"`{given['family'][:60]}` is no address family")
    family: Family = 6 if given.get("family") == "inet6" else 4
    return AddressSet(name, kind, None if kind in _OF_ANY_FAMILY else family, given, at)


def _member(one: AddressSet, entry: str, options: Sequence[str], at: Source) -> Member:
    is_exception = expires = False
    rest = list(options)
    while rest:
        word = rest.pop(0)
        if word in _MEMBER_VALUES:
            value = _value(word, rest)
            expires = expires or (word == "timeout" and value != "0")
        elif word == "nomatch":
            is_exception = True
        elif word in ("before", "after") and one.kind == "list:set":
            _value(word, rest)
        else:
            raise SetError(f"`{word[:60]}` is no option of an entry")
    parts = (entry,) if one.kind == "list:set" else tuple(entry.split(","))
    return Member(parts, is_exception, expires, at)


def _value(word: str, rest: list[str]) -> str:
    if not rest:
        raise SetError(f"`{word}` needs a value")
    return rest.pop(0)
