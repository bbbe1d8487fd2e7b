"""What `ufw status`, `ufw status verbose` and `ufw status numbered` print, in English.

Semantics: manual page ufw(8), ufw 0.36: the first rule of a way that matches decides, then the default of the way,
which only `verbose` prints. A port without protocol is one of TCP and of UDP. `To` names the interface by which packets
come in, `From` the one by which they leave; of routed packets it is the other way round. The rules that come before
those of the user are not printed: they are taken as the package ships them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import AddressError, Family, parse_range
from netcheck.model.hosts import ChainFirewall, HostFirewallKind
from netcheck.sources.linux.iptables_build import Files, Origin, build_firewall
from netcheck.sources.linux.iptables_lines import PROTOCOLS, SaveTable
from netcheck.sources.linux.ufw_apps import Profiles, read_applications
from netcheck.sources.linux.ufw_frame import WAYS, add_shipped, frame, hook_user_rules, prefix, switched_off
from netcheck.sources.linux.ufw_rules import note_limit, note_shipped

_HELP = "give what `LC_ALL=C ufw status verbose` prints to root, whole and unchanged"
_DEFAULTS = re.compile(r"Default: (\w+) \(incoming\), (\w+) \(outgoing\)(?:, (\w+) \(routed\))?")
_POLICIES = {"allow": "allow", "deny": "deny", "reject": "reject", "disabled": "deny"}
_ACTION = re.compile(r"\s(ALLOW|DENY|REJECT|LIMIT)(?: (IN|OUT|FWD))?\s+")
_COMMENT = re.compile(r"\s+#.*$")
_ATTRIBUTES = re.compile(r"(?:\s+\((?:log|log-all|out|, )+\))+\s*$")
_INTERFACE = re.compile(r"\s+on (\S+)$")
_PORTS = re.compile(r"\d+(?::\d+)?(?:,\d+(?::\d+)?)*")
_HEADINGS = re.compile(r"To\s+Action\s+From|--\s+------\s+----")
_TARGETS = {"ALLOW": "ACCEPT", "LIMIT": "ACCEPT", "DENY": "DROP", "REJECT": "REJECT"}


class StatusError(ValueError):
    """A line is none of ufw's; the message says why."""


class _End(NamedTuple):
    """One side of a line. `ports` "" means any; an `application` whose ports the line does not show."""

    address: str
    ports: str
    protocol: str
    application: str
    interface: str
    is_six: bool


def read_ufw_status(files: Files, collector: Collector) -> ChainFirewall:
    """Read a status, with the application profiles that its rules name where they are given."""
    from netcheck.sources._text import read_text

    path = files["status"][0]
    profiles = read_applications(files.get("applications", ()), collector)
    lines = [(Source(path, number, 1), line.rstrip()) for number, line in enumerate(read_text(path).splitlines(), 1)]
    lines = [(at, line) for at, line in lines if line.strip()]
    origin = Origin(HostFirewallKind.UFW, lines[0][0], files)
    match lines[0][1].strip():
        case "Status: active":
            return build_firewall(_active(lines[1:], lines[0][0], profiles, collector), origin, collector)
        case "Status: inactive" if len(lines) == 1:
            off = [switched_off(4, lines[0][0]), switched_off(6, lines[0][0])]
            return build_firewall(off, origin, collector)
        case other:
            _fault(collector, f"no status of ufw in English: it begins with `{other[:60]}`", lines[0][0])
            return build_firewall([], origin, collector)


def _fault(collector: Collector, message: str, at: Source) -> None:
    collector.add(Diagnostic(code="NC180", severity=Severity.ERROR, message=message, at=at, help=_HELP))


def _active(
    lines: list[tuple[Source, str]], start: Source, profiles: Profiles, collector: Collector
) -> list[SaveTable]:
    defaults = _defaults(lines)
    tables: dict[Family, SaveTable] = {4: frame(4, defaults, start), 6: frame(6, defaults, start)}
    note_shipped("before.rules", start, collector)
    for table in tables.values():
        add_shipped(table, start)
        hook_user_rules(table, start)
    has_six = False
    for at, line in lines:
        if line.startswith(("Logging:", "Default:", "New profiles:")) or _HEADINGS.fullmatch(line.strip()):
            continue
        try:
            family = _add(line, at, tables, profiles)
        except StatusError as error:
            _fault(collector, str(error), at)
            continue
        has_six = has_six or family == 6
        if " LIMIT " in line:
            note_limit(at, collector)
    # Without any rule for IPv6 it is not known whether ufw handles it (`IPV6=yes`) or lets nothing of it pass.
    return list(tables.values()) if has_six else [tables[4]]


def _defaults(lines: list[tuple[Source, str]]) -> dict[str, str]:
    found = [match for _, line in lines if (match := _DEFAULTS.fullmatch(line.strip()))]
    words = found[0].groups() if found else ()
    return {way: _POLICIES[word] for way, word in zip(WAYS, words, strict=False) if word in _POLICIES}


def _add(line: str, at: Source, tables: dict[Family, SaveTable], profiles: Profiles) -> Family:
    """Add the rules that one line stands for; return the family they are for."""
    text = _ATTRIBUTES.sub("", _COMMENT.sub("", re.sub(r"^\s*\[\s*\d+\]\s", "", line)))
    actions = list(_ACTION.finditer(text))
    if len(actions) != 1 or text[actions[0].end() :].strip() in ("IN", "OUT", "FWD"):
        raise StatusError(f"`{line.strip()[:60]}` is no line of `ufw status`")
    action = actions[0]
    to, sender = _end(text[: action.start()].strip()), _end(text[action.end() :].strip())
    family = _family(to, sender)
    way = {"OUT": "output", "FWD": "forward"}.get(action[2] or "", "input")
    table = tables[family]
    for words, conditions in _matches(to, sender, way, profiles):
        target = f"{words} -j {_TARGETS[action[1]]}".strip()
        table.append(f"{prefix(family)}user-{way}", target, at, " ".join(line.split()), conditions)
    return family


def _end(text: str) -> _End:
    """Read one side: `[ADDRESS] [PORTS] [/PROTOCOL] [(APPLICATION)] [(v6)] [on INTERFACE]`."""
    interface = _INTERFACE.search(text)
    rest = text[: interface.start()] if interface else text
    is_six = "(v6)" in rest
    rest = re.sub(r"\s*\(v6\)", "", rest)
    rest = re.sub(r"\s*\([^()]*\)$", "", rest).strip()  # the application, where its ports are shown
    first, _, others = rest.partition(" ")
    address, protocol = ("", "") if first == "Anywhere" else _address(first)
    if first.startswith("Anywhere/"):
        address, protocol = "", _protocol(first.removeprefix("Anywhere/"))
    elif first != "Anywhere" and not address:
        others = rest  # no address: ports or an application
        protocol = ""
    ports, _, named = others.partition("/")
    ports = ports.strip()
    application = "" if not ports or _PORTS.fullmatch(ports) else others.strip()
    if application:
        ports = ""
    elif named:
        protocol = _protocol(named)
    if not rest:
        raise StatusError("a side of the rule is empty")
    return _End(address, ports, protocol, application, interface[1] if interface else "", is_six or ":" in address)


def _address(word: str) -> tuple[str, str]:
    """Return an address, with a protocol behind it where there is one; two empty texts for another word."""
    for text, protocol in ((word, ""), (word.rpartition("/")[0], word.rpartition("/")[2])):
        if protocol.isdigit() or ("." not in text and ":" not in text) or _PORTS.fullmatch(text):
            continue
        try:
            return str(parse_range(text)), _protocol(protocol) if protocol else ""
        except AddressError:
            continue
    return "", ""


def _protocol(word: str) -> str:
    if word not in PROTOCOLS:
        raise StatusError(f"`{word[:60]}` is no protocol")
    return word


def _family(to: _End, sender: _End) -> Family:
    addresses = [one.address for one in (to, sender) if one.address]
    if any("." in one for one in addresses) and (to.is_six or sender.is_six):
        raise StatusError("IPv4 and IPv6 in one rule")
    return 6 if to.is_six or sender.is_six else 4


def _matches(to: _End, sender: _End, way: str, profiles: Profiles) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words of each rule that a line stands for, with what it waits for."""
    incoming, outgoing = (sender.interface, to.interface) if way == "forward" else (to.interface, sender.interface)
    if way == "input":
        incoming, outgoing = incoming or outgoing, ""
    elif way == "output":
        incoming, outgoing = "", outgoing or incoming
    fixed = [
        f"{option} {value}"
        for option, value in (("-d", to.address), ("-s", sender.address), ("-i", incoming), ("-o", outgoing))
        if value
    ]
    for to_ports, to_protocol, to_unknown in _port_lists(to, profiles):
        for sender_ports, sender_protocol, sender_unknown in _port_lists(sender, profiles):
            named = {one for one in (to_protocol, sender_protocol) if one}
            if len(named) > 1:
                continue  # two applications, or a protocol that only one of the ends can have
            protocols = sorted(named) or (["tcp", "udp"] if to_ports or sender_ports else [""])
            unknown = tuple(text for text in (to_unknown, sender_unknown) if text)
            for protocol in protocols:
                words = [f"-p {protocol}"] if protocol else []
                words += [f"-m multiport --dports {to_ports}"] if to_ports else []
                words += [f"-m multiport --sports {sender_ports}"] if sender_ports else []
                yield " ".join([*words, *fixed]), unknown


def _port_lists(end: _End, profiles: Profiles) -> list[tuple[str, str, str]]:
    """Return ports, protocol and what is not known of them, for each list of ports of one side."""
    if not end.application:
        return [(end.ports, end.protocol, "")]
    if end.application not in profiles:
        return [("", "", f"ports of the application `{end.application}` (its profile is not given)")]
    return [
        ("" if ports == "any" else ports, "" if protocol == "any" else protocol, "")
        for ports, protocol in profiles[end.application]
    ]
