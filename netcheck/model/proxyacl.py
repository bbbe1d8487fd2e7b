"""The access list of an HTTP proxy: lines in order, each a conjunction of conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange
from netcheck.model.ports import PortRange
from netcheck.model.rules import Access


@dataclass(frozen=True, slots=True)
class ClientAddresses:
    """The client's address is in one of the ranges (squid `src`).

    `doubtful` holds ranges that are written in the list and that some versions of the program leave out.
    """

    ranges: tuple[AddressRange, ...]
    doubtful: tuple[AddressRange, ...] = ()


@dataclass(frozen=True, slots=True)
class DestinationAddresses:
    """The address asked for is in one of the ranges (squid `dst`); `doubtful` as for clients.

    `looks_up`: the proxy looks up a name to compare its addresses; without it no name matches.
    """

    ranges: tuple[AddressRange, ...]
    doubtful: tuple[AddressRange, ...] = ()
    looks_up: bool = True


@dataclass(frozen=True, slots=True)
class HostNames:
    """The name asked for matches a pattern (squid `dstdomain`): `.x` takes `x` and all below it, `x` itself only.

    `looks_up`: for a request by address the proxy looks up the name of that address and compares it too.
    """

    patterns: tuple[str, ...]
    looks_up: bool = True


class Gap(StrEnum):
    """What is not one certain character of a pattern or a text."""

    ANY = "any one character"
    STAR = "any characters, also none"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some characters; `is_repeated`: any number of them, also none."""

    characters: frozenset[str]
    is_repeated: bool = False


TextPattern = tuple[str | Gap | OneOf, ...]
"""A whole text: characters, gaps and choices of characters, one an element."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The host or the URL asked for is a text of one of the patterns (squid `dstdom_regex`, `url_regex`).

    Hosts are compared in small letters. `looks_up` as for host names; it says nothing where URLs are compared.
    """

    patterns: tuple[TextPattern, ...]
    is_url: bool
    looks_up: bool = True


@dataclass(frozen=True, slots=True)
class RequestPorts:
    """The port asked for is in one of the ranges (squid `port`)."""

    ranges: tuple[PortRange, ...]


@dataclass(frozen=True, slots=True)
class Methods:
    """The HTTP method is one of these, in capitals (squid `method`); HTTPS through a proxy is `CONNECT`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlainHttp:
    """The request asks for an `http:` URL; `CONNECT` does not (squid `proto HTTP`)."""


@dataclass(frozen=True, slots=True)
class Always:
    """Every request matches (squid's predefined `all`)."""


@dataclass(frozen=True, slots=True)
class Never:
    """No request that a proxy passes on to a public name matches (squid's predefined `manager`, `to_localhost`)."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The client must have sent credentials (squid `proxy_auth`); a request without them is refused on the spot."""


@dataclass(frozen=True, slots=True)
class Undecidable:
    """A condition that the model cannot decide; `reason` names it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """One of the rows holds (squid `any-of`, `all-of`); a row holds when all its conditions do, from left to right."""

    rows: tuple[tuple[AclCondition, ...], ...]


AclTest = (
    ClientAddresses
    | DestinationAddresses
    | HostNames
    | Texts
    | RequestPorts
    | Methods
    | PlainHttp
    | Always
    | Never
    | Authenticated
    | Undecidable
    | Group
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AclCondition:
    """One test of a line, as written (`!Safe_ports`)."""

    test: AclTest
    text: str
    is_negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AclRule:
    """One line of a proxy's access list: all conditions must hold, looked at from left to right."""

    action: Access
    conditions: tuple[AclCondition, ...]
    text: str
    at: Source


def all_tests(conditions: Iterable[AclCondition]) -> Iterator[AclTest]:
    """Yield the tests of conditions, and those inside groups."""
    for condition in conditions:
        if isinstance(condition.test, Group):
            for row in condition.test.rows:
                yield from all_tests(row)
        else:
            yield condition.test


def allowed_domains_acl(domains: Sequence[str], at: Source) -> tuple[AclRule, ...]:
    """Return the access list that a plain list of allowed domains means: these names on any port, nothing else.

    Patterns are as squid's `dstdomain` takes them: a leading dot includes everything below.
    """
    patterns = tuple(domains)
    text = "allow " + " ".join(patterns)
    allow = AclCondition(test=HostNames(patterns), text=" ".join(patterns))
    return (
        AclRule(action=Access.ALLOW, conditions=(allow,), text=text, at=at),
        AclRule(action=Access.DENY, conditions=(AclCondition(test=Always(), text="all"),), text="deny all", at=at),
    )
