"""nft rule sets written in tests, read, and asked about single packets."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from netcheck.diagnostics import Collector, Diagnostic, Severity
from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.sets.packets import Header
from netcheck.sources.linux.nft_ruleset import read_nft_ruleset
from tests.real_hosts.verdicts import verdicts

TCP, UDP, ICMP = 6, 17, 1


def header(
    port: int = 22, source: str = "10.1.0.4", protocol: int = TCP, source_port: int = 40000, destination: str = ""
) -> Header:
    """Return the header of a packet, to the machine's own address unless another one is given."""
    sender = ip_address(source)
    receiver = ip_address(destination or {4: "10.9.0.4", 6: "fd00:9::4"}[sender.version])
    ports = (port, source_port) if protocol in (TCP, UDP) else (0, 0)
    return Header(sender.version, protocol, *ports, int(sender), int(receiver))


def read(folder: Path, text: str) -> tuple[ChainFirewall, list[Diagnostic]]:
    """Return a rule set and what was said about it."""
    file = folder / "rules.nft"
    file.write_text(text, encoding="utf-8")
    collector = Collector()
    return read_nft_ruleset(str(file), collector), list(collector)


def errors(folder: Path, text: str) -> list[tuple[str, int, str]]:
    """Return code, line and message of each error."""
    found = read(folder, text)[1]
    return [(one.code, one.at.line, one.message) for one in found if one.severity is Severity.ERROR]


def ask(folder: Path, text: str, headers: Sequence[Header], hook: Hook = Hook.INPUT) -> str:
    """Return a letter for each packet: `+` passes, `-` does not, `?` is open."""
    firewall, said = read(folder, text)
    assert not [one.render() for one in said if one.severity is Severity.ERROR]
    marks = {frozenset((True,)): "+", frozenset((False,)): "-"}
    return "".join(marks.get(frozenset(one.outcomes), "?") for one in verdicts(firewall, hook, headers, lambda _: None))


def input_chain(*rules: str, policy: str = "accept", called: str = "", family: str = "inet") -> str:
    """Return a rule set with one base chain for incoming packets."""
    body = "\n".join(rules)
    start = f"type filter hook input priority filter; policy {policy};"
    return f"table {family} t {{\n{called}\nchain input {{\n{start}\n{body}\n}}\n}}\n"
