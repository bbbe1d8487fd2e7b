"""What a proxy's access list does with one request.

Semantics: squid's documentation of `http_access` and `acl` (cf.data.pre): lines in order, the first whose conditions
all hold decides; without a match, the opposite of the last line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from netcheck.model.address import AddressError, Family, parse_address
from netcheck.model.proxyacl import (
    AclCondition,
    AclRule,
    AclTest,
    Always,
    Authenticated,
    ClientAddresses,
    HostNames,
    Methods,
    Never,
    RequestPorts,
    Undecidable,
)
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer

NO_CREDENTIALS = "the proxy demands credentials, which Azure Backup does not send"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRequest:
    """What a client asks of a proxy.

    `host` is a full name or address, or a suffix with a leading dot (`.blob.core.windows.net`): any account below it,
    which one is not known; "" where no name is known. `is_connect`: HTTPS, asked for as `CONNECT host:port`.
    """

    family: Family
    client: int
    host: str
    port: int
    is_connect: bool


class AclVerdict(StrEnum):
    """What becomes of a request."""

    ALLOW = "allow"
    DENY = "deny"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AclJudgement:
    """The verdict, the line that decides (None: what holds when no line matches), and why where that is not plain."""

    verdict: AclVerdict
    rule: AclRule | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one line may do: an action, whether it surely does it, and what is not known."""

    action: Access
    rule: AclRule | None
    is_certain: bool
    reason: str


class _Truth(StrEnum):
    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


def judge_acl(server: ProxyServer, request: ProxyRequest) -> AclJudgement:
    """Return whether the proxy passes the request on, and by which line.

    A line that cannot be decided leaves the verdict unknown only where it matters: when every way to decide it ends
    alike, that end is the verdict.
    """
    outcomes = _outcomes(server, request)
    last = outcomes[-1]
    if any(outcome.action is not last.action for outcome in outcomes):
        doubtful = next(outcome for outcome in outcomes if not outcome.is_certain)
        return AclJudgement(verdict=AclVerdict.UNKNOWN, rule=doubtful.rule, reason=doubtful.reason)
    if last.action is Access.DENY:
        return AclJudgement(verdict=AclVerdict.DENY, rule=last.rule, reason=last.reason)
    if server.requires_authentication:
        return AclJudgement(verdict=AclVerdict.DENY, rule=None, reason=NO_CREDENTIALS)
    if server.unknown:
        return AclJudgement(verdict=AclVerdict.UNKNOWN, rule=last.rule, reason=server.unknown)
    return AclJudgement(verdict=AclVerdict.ALLOW, rule=last.rule)


def _outcomes(server: ProxyServer, request: ProxyRequest) -> list[_Outcome]:
    """Return what may happen, in order; the last outcome is certain once all before it have not come to pass."""
    outcomes: list[_Outcome] = []
    for rule in server.acl:
        outcome = _line(rule, request)
        if outcome is None:
            continue
        outcomes.append(outcome)
        if outcome.is_certain:
            return outcomes
    return [*outcomes, _Outcome(server.default, None, True, "")]


def _line(rule: AclRule, request: ProxyRequest) -> _Outcome | None:
    """Return what one line does, None when it does not match.

    Conditions are looked at from left to right, and a demand for credentials ends the whole matter where it is met: the
    request is refused whatever the line's own action is.
    """
    doubts: list[str] = []
    for condition in rule.conditions:
        if isinstance(condition.test, Authenticated):
            reason = "; ".join([*doubts, NO_CREDENTIALS])
            return _Outcome(Access.DENY, rule, not doubts, reason)
        truth, doubt = _holds(condition, request)
        if truth is _Truth.NO:
            return None
        if truth is _Truth.MAYBE:
            doubts.append(doubt)
    return _Outcome(rule.action, rule, not doubts, "; ".join(doubts))


def _holds(condition: AclCondition, request: ProxyRequest) -> tuple[_Truth, str]:
    truth, doubt = _test(condition.test, request)
    if condition.is_negated and truth is not _Truth.MAYBE:
        truth = _Truth.NO if truth is _Truth.YES else _Truth.YES
    return truth, doubt


def _test(test: AclTest, request: ProxyRequest) -> tuple[_Truth, str]:
    match test:
        case Always():
            return _Truth.YES, ""
        case Never():
            return _Truth.NO, ""
        case ClientAddresses(ranges):
            return _truth(any(r.family == request.family and r.first <= request.client <= r.last for r in ranges)), ""
        case RequestPorts(ranges):
            return _truth(any(r.first <= request.port <= r.last for r in ranges)), ""
        case Methods(names):
            return _method(names, request)
        case HostNames(patterns):
            return _host(patterns, request.host.lower().rstrip("."))
        case Undecidable(reason):
            return _Truth.MAYBE, reason
        case Authenticated():
            return _Truth.MAYBE, NO_CREDENTIALS
        case _:
            assert_never(test)


def _truth(value: bool) -> _Truth:
    return _Truth.YES if value else _Truth.NO


def _method(names: tuple[str, ...], request: ProxyRequest) -> tuple[_Truth, str]:
    if request.is_connect:
        return _truth("CONNECT" in names), ""
    if all(name == "CONNECT" for name in names):
        return _Truth.NO, ""
    return _Truth.MAYBE, "which HTTP methods a request uses is not known"


def _host(patterns: tuple[str, ...], host: str) -> tuple[_Truth, str]:
    if not host:
        return _Truth.MAYBE, "the list is by name, and no name of the destination is known"
    if any(_covers(pattern.lower(), host) for pattern in patterns):
        return _Truth.YES, ""
    if _is_address(host):
        return _Truth.MAYBE, f"the proxy looks up the name of `{host}` to compare it with a list of domains"
    # No host name holds a star, so a pattern with one takes no account: squid's dstdomain has no wildcards.
    names = [pattern for pattern in patterns if "*" not in pattern]
    inside = [pattern for pattern in names if host.startswith(".") and pattern.lower().endswith(host)]
    if inside:
        return _Truth.MAYBE, f"only some accounts: `{'`, `'.join(inside)}`"
    return _Truth.NO, ""


def _covers(pattern: str, host: str) -> bool:
    """Return whether a pattern takes the name, or every name below it when `host` starts with a dot."""
    if not pattern.startswith("."):
        return pattern == host
    return host == pattern[1:] or host.endswith(pattern)


def _is_address(host: str) -> bool:
    try:
        parse_address(host.strip("[]"))
    except AddressError:
        return False
    return True
