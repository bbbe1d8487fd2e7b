"""The access list of an HTTP proxy: lines in order, each a conjunction of conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange
from netcheck.model.ports import PortRange
from netcheck.model.rules import Access


@dataclass(frozen=True, slots=True)
class ClientAddresses:
    """The client's address is in one of the ranges (squid `src`)."""

    ranges: tuple[AddressRange, ...]


@dataclass(frozen=True, slots=True)
class HostNames:
    """The name asked for matches a pattern (squid `dstdomain`): `.x` takes `x` and all below it, `x` itself only."""

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestPorts:
    """The port asked for is in one of the ranges (squid `port`)."""

    ranges: tuple[PortRange, ...]


@dataclass(frozen=True, slots=True)
class Methods:
    """The HTTP method is one of these, in capitals (squid `method`); HTTPS through a proxy is `CONNECT`."""

    names: tuple[str, ...]


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


AclTest = ClientAddresses | HostNames | RequestPorts | Methods | Always | Never | Authenticated | Undecidable


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
