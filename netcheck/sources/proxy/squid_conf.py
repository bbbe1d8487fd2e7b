"""The configuration of a squid proxy: where it listens and whom it lets ask for what.

Semantics: squid's own documentation (cf.data.pre) of `http_port`, `http_access`, `acl` and `include`.
"""

from __future__ import annotations

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import AddressError, AddressRange, everything, parse_address
from netcheck.model.proxyacl import AclCondition, AclRule, AclTest, Always, Authenticated
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer
from netcheck.sources.proxy.squid_acl import AclLine, acl_tests
from netcheck.sources.proxy.squid_lines import SquidLine, list_values, squid_lines

_MODES = frozenset({"intercept", "transparent", "tproxy", "accel"})
_LOOPBACK = (AddressRange(4, 127 << 24, (128 << 24) - 1), AddressRange(6, 1, 1))

_DECIDES_ELSEWHERE = {
    "if": "the file has `if` sections",
    "cache_peer": "`cache_peer` hands requests on to another proxy",
    "never_direct": "`never_direct` forbids the proxy to ask by itself",
    "url_rewrite_program": "`url_rewrite_program` changes requests",
    "redirect_program": "`redirect_program` changes requests",
    "adapted_http_access": "`adapted_http_access` decides as well",
    "http_reply_access": "`http_reply_access` decides about answers",
    "miss_access": "`miss_access` decides as well",
    "icap_enable": "`icap_enable` hands requests to another program",
    "follow_x_forwarded_for": "`follow_x_forwarded_for` takes the client's address from a header",
    "tcp_outgoing_address": "`tcp_outgoing_address` sets the proxy's own address",
}
"""Directives that bear on a request and are not modelled."""


def read_squid_conf(path: str, port: int | None, collector: Collector) -> ProxyServer:
    """Read a squid.conf with its includes; `port` is the one the site says the proxy serves, None to take squid's.

    Faults of the file are collected; raise InputError when a file cannot be read at all. What bears on requests and is
    not an `http_access` line is named in `unknown`.
    """
    lines = squid_lines(path, collector)
    if not any(line.word in ("http_port", "http_access", "acl") for line in lines):
        collector.add(
            _error("NC175", "no squid.conf: neither `http_port`, `http_access` nor `acl` in it", Source(path))
        )
    tests = acl_tests(_acl_lines(lines, path, collector), collector)
    acl = tuple(rule for line in lines if line.word == "http_access" for rule in _access(line, tests, collector))
    default = _opposite(acl[-1].action) if acl else Access.DENY
    if not acl:
        message = "no `http_access` line: squid refuses every request"
        collector.add(Diagnostic(code="NC175", severity=Severity.WARNING, message=message, at=Source(path)))
    listener = _listener(lines, path, port, collector)
    words = listener.words[1:] if listener else ()
    return ProxyServer(
        port=port if port is not None else _port_of(listener) if listener else 0,
        at=listener.at if listener else Source(path),
        acl=acl,
        default=default,
        requires_authentication=_is_closed_to_strangers(acl, default),
        unknown="; ".join(_decided_elsewhere(lines, "ssl-bump" in words)),
        listen=_address_of(listener) if listener else None,
        file=path,
    )


def _acl_lines(lines: list[SquidLine], path: str, collector: Collector) -> list[AclLine]:
    found = []
    for line in lines:
        if line.word != "acl":
            continue
        if len(line.words) < 2:
            collector.add(_error("NC175", "`acl` needs a name and a type", line.at))
            continue
        name, kind, *values = line.words
        found.append(AclLine(name, kind, list_values(values, path, line.at, collector), line.at))
    return found


def _access(line: SquidLine, tests: dict[str, AclTest], collector: Collector) -> tuple[AclRule, ...]:
    """Return the rule of one line; none (with a diagnostic) where squid would not take it either."""
    action = {"allow": Access.ALLOW, "deny": Access.DENY}.get(line.words[0]) if line.words else None
    if action is None:
        collector.add(_error("NC175", "`http_access` must go on with `allow` or `deny`", line.at))
        return ()
    if len(line.words) == 1:
        message = "`http_access` without an acl: squid skips the line"
        collector.add(Diagnostic(code="NC175", severity=Severity.WARNING, message=message, at=line.at))
        return ()
    conditions = []
    for word in line.words[1:]:
        test = tests.get(word.removeprefix("!"))
        if test is None:
            help_text = "define it with an `acl` line"
            collector.add(_error("NC175", f"unknown acl `{word.removeprefix('!')}`", line.at, help_text))
            continue
        conditions.append(AclCondition(test=test, text=word, is_negated=word.startswith("!")))
    return (AclRule(action=action, conditions=tuple(conditions), text=" ".join((line.word, *line.words)), at=line.at),)


def _opposite(action: Access) -> Access:
    return Access.DENY if action is Access.ALLOW else Access.ALLOW


def _is_closed_to_strangers(acl: tuple[AclRule, ...], default: Access) -> bool:
    """Return whether the list, as it is written, lets nobody pass without credentials."""
    is_asked = False
    for rule in acl:
        asks = [isinstance(condition.test, Authenticated) for condition in rule.conditions]
        always = [isinstance(c.test, Always) and not c.is_negated for c in rule.conditions]
        is_asked = is_asked or any(asks)
        if any(asks):
            if all(always[: asks.index(True)]):
                return True
        elif rule.action is Access.ALLOW:
            return False
        elif all(always):
            return is_asked
    return is_asked and default is Access.DENY


def _listener(lines: list[SquidLine], path: str, port: int | None, collector: Collector) -> SquidLine | None:
    """Return the `http_port` line on which clients of the network ask for proxying."""
    usable: list[SquidLine] = []
    for line in lines:
        if line.word != "http_port":
            continue
        if not line.words or not 1 <= _port_of(line) <= 65535:
            collector.add(_error("NC178", "`http_port` has no valid port", line.at))
        elif not _MODES & set(line.words[1:]) and not _is_loopback(_address_of(line)):
            usable.append(line)
    if port is not None:
        usable = [line for line in usable if _port_of(line) == port]
    if not usable:
        wanted = f" `{port}`" if port is not None else ""
        message = f"squid serves no proxy clients on port{wanted}"
        help_text = "give the `http_port` of this file in the site, or add the line to the file"
        collector.add(
            _error("NC178", message if wanted else "no usable `http_port` in the file", Source(path), help_text)
        )
        return None
    if port is None and len({_port_of(line) for line in usable}) > 1:
        message = f"several ports: `{_port_of(usable[0])}` is taken"
        help_text = "give `port` in the site to take another"
        at = usable[0].at
        collector.add(Diagnostic(code="NC178", severity=Severity.WARNING, message=message, at=at, help=help_text))
    return usable[0]


def _port_of(line: SquidLine) -> int:
    text = line.words[0].rpartition(":")[2]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0


def _address_of(line: SquidLine) -> AddressRange | None:
    """Return the one address an `http_port` line is bound to; None when it takes all, or names a host."""
    host = line.words[0].rpartition(":")[0].strip("[]")
    try:
        address = parse_address(host)
    except AddressError:
        return None
    return None if address.first == everything(address.family).first else address


def _is_loopback(address: AddressRange | None) -> bool:
    return address is not None and any(
        address.family == r.family and r.first <= address.first <= r.last for r in _LOOPBACK
    )


def _decided_elsewhere(lines: list[SquidLine], has_bump: bool) -> list[str]:
    words = {line.word for line in lines}
    reasons = [reason for word, reason in _DECIDES_ELSEWHERE.items() if word in words]
    actions = {line.words[0] for line in lines if line.word == "ssl_bump" and line.words}
    if has_bump and actions - {"none", "splice", "peek"}:
        reasons.append("`ssl_bump` opens or ends TLS connections")
    return reasons


def _error(code: str, message: str, at: Source, help_text: str = "") -> Diagnostic:
    return Diagnostic(code=code, severity=Severity.ERROR, message=message, at=at, help=help_text)
