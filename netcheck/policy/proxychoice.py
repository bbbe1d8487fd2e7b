"""The ways a client's requests may go, and which names an entry of a bypass list takes.

Semantics: Microsoft Learn, "WINHTTP_PROXY_INFO", for bypass entries of Windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from netcheck.diagnostics import Source
from netcheck.model.proxies import ProxyAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """The client connects to Storage itself."""

    why: str
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    """The client sends its requests to a proxy; `proxy` has a port."""

    proxy: ProxyAddress
    why: str
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPath:
    """The client can neither connect itself nor through a proxy."""

    why: str
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownChoice:
    """The settings do not tell which way the client takes; `between` are those it may take, where they are known."""

    reason: str
    at: Source
    between: tuple[Direct | Via | NoPath, ...] = ()


ProxyChoice = Direct | Via | NoPath | UnknownChoice


class Reach(StrEnum):
    """How many of the storage accounts below a suffix an entry of a bypass list takes."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


def through(proxy: ProxyAddress, why: str) -> Via | NoPath | UnknownChoice:
    """Return the way through a proxy: Azure Backup does not log in at one, and without a port nobody knows the way."""
    if proxy.has_credentials:
        no_login = "holds a user name: authenticated proxies are not supported by Azure Backup"
        return NoPath(why=f"{why} {no_login}", at=proxy.at)
    if proxy.port is None:
        return UnknownChoice(reason=f"{why} names no port, and clients differ in what they then use", at=proxy.at)
    return Via(proxy=proxy, why=why, at=proxy.at)


def by_bypass_list(
    entries: Iterable[str], reach: Callable[[str], Reach], name: str, suffix: str, at: Source, otherwise: ProxyChoice
) -> ProxyChoice:
    """Return the way past or through a proxy; where entries take some accounts only, it is one of the two."""
    found, entry = _widest(entries, reach)
    told = f"*{suffix}" if suffix.startswith(".") else suffix
    if found is Reach.ALL:
        return Direct(why=f"entry `{entry}` of {name} takes every `{told}`", at=at)
    if found is Reach.NONE:
        return otherwise
    reason = f"entry `{entry}` of {name} takes some names `{told}`, or takes them in some programs only"
    past = Direct(why=f"entry `{entry}` of {name}", at=at)
    return UnknownChoice(reason=reason, at=at, between=alternatives(past, otherwise))


def alternatives(*choices: ProxyChoice) -> tuple[Direct | Via | NoPath, ...]:
    """Return the ways of several choices; none where one of them is not known."""
    found: dict[Direct | Via | NoPath, None] = {}
    for choice in choices:
        if not isinstance(choice, UnknownChoice):
            found[choice] = None
        elif choice.between:
            found.update(dict.fromkeys(choice.between))
        else:
            return ()
    return tuple(found)


def _widest(entries: Iterable[str], reach: Callable[[str], Reach]) -> tuple[Reach, str]:
    """Return the widest reach among the entries, and the first entry that has it."""
    found = [(reach(entry), entry) for entry in entries]
    return next((one for wanted in (Reach.ALL, Reach.SOME) for one in found if one[0] is wanted), (Reach.NONE, ""))


def pattern_reach(pattern: str, suffix: str) -> Reach:
    """Return what a host pattern takes, in which `*` is any text."""
    is_address = any(c.isdigit() for c in pattern) and not pattern.strip("0123456789.*:[]/")
    if pattern.startswith("<") or is_address:
        return Reach.NONE  # accounts are asked for by full name; `10.*` is an address, not an account called 10
    first, *rest = pattern.split("*")
    if not rest:
        if pattern == suffix:  # of a suffix there is no name that is the suffix itself
            return Reach.NONE if suffix.startswith(".") else Reach.ALL
        return Reach.SOME if suffix.startswith(".") and pattern.endswith(suffix) else Reach.NONE
    if not first and _has_in_order(rest[:-1], rest[-1], suffix):
        return Reach.ALL
    tail = rest[-1]
    return Reach.SOME if suffix.endswith(tail) or tail.endswith(suffix) else Reach.NONE


def _has_in_order(parts: list[str], tail: str, text: str) -> bool:
    """Return whether the text ends in `tail` and has the parts before it, in order, without overlap."""
    if not text.endswith(tail):
        return False
    at, end = 0, len(text) - len(tail)
    for part in parts:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
