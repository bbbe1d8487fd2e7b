"""What a proxy's access list does with one request.

Semantics: squid's documentation of `http_access` and `acl` (cf.data.pre): lines in order, the first whose conditions
all hold decides; without a match, the opposite of the last line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netcheck.model.proxyacl import AclRule
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer
from netcheck.policy.proxymatch import ProxyRequest as ProxyRequest
from netcheck.policy.proxymatch import Truth, all_of

NO_CREDENTIALS = "the proxy demands credentials, which Azure Backup does not send"


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
    """What one line may do: an action, whether it surely does it, and what is not known.

    `is_last`: whatever comes of the line, none after it is looked at.
    """

    action: Access
    rule: AclRule | None
    is_certain: bool
    is_last: bool
    reason: str


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
    """Return what may happen, in order; nothing comes after the last."""
    outcomes: list[_Outcome] = []
    for rule in server.acl:
        outcomes += _line(rule, request)
        if outcomes and outcomes[-1].is_last:
            return outcomes
    return [*outcomes, _Outcome(server.default, None, True, True, "")]


def _line(rule: AclRule, request: ProxyRequest) -> list[_Outcome]:
    """Return what one line may do, nothing when it surely does not match.

    Conditions are looked at from left to right, and a demand for credentials ends the whole matter where it is met: the
    request is refused whatever the line's own action is.
    """
    found = all_of(rule.conditions, request)
    is_certain, is_last = len(found.may) == 1, Truth.NO not in found.may
    outcomes = []
    if Truth.ASKS in found.may:
        reason = "; ".join([*found.doubts, NO_CREDENTIALS])
        outcomes.append(_Outcome(Access.DENY, rule, is_certain, is_last, reason))
    if Truth.YES in found.may:
        doubts = () if is_certain else found.doubts
        outcomes.append(_Outcome(rule.action, rule, is_certain, is_last, "; ".join(doubts)))
    return outcomes
