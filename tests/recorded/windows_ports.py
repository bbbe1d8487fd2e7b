"""Which TCP ports the recorded export of 366 rules opens to a machine in another subnet, under each profile.

`python -m tests.recorded.windows_ports` prints what docs/windows-366.md holds. The second half of this file decides the
same from the CSV with Python's csv module and nothing of netcheck.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from netcheck.diagnostics import NOWHERE, Collector
from netcheck.model.address import AddressRange, parse_prefix
from netcheck.model.hosts import WindowsFirewall
from netcheck.model.rules import ALL_PROFILES, Direction, HostRule, Profile
from netcheck.model.site import NetworkInterface, Site, Subnet, VirtualMachine
from netcheck.policy.decision import HopPart
from netcheck.policy.hostfw import judge_host_firewall
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sources.windows.export import read_windows_export

SENDER, RECEIVER, SUBNET = "10.1.0.4", "10.0.0.5", "10.0.0.0/24"
UNNAMED = 60000
"""A port that no rule names."""
Signature = frozenset[str]
Ports = dict[int, frozenset[Signature]]
"""For each port the conditions under which it is open, the least that suffice; the empty one: it is open."""


def open_spans(firewall: WindowsFirewall, profile: Profile) -> list[tuple[IntervalSet, frozenset[Signature]]]:
    """Return by means of netcheck which ports are open to the sender, and under which conditions."""
    asked = {str(rule.at): signature(rule) for rule in firewall.rules if rule.conditions or rule.remote_keywords}
    found = []
    for part in judged(firewall, profile):
        if all(case.passes for case in part.cases):
            signatures = frozenset((frozenset[str](),))
        else:
            signatures = least(asked[case.decision.at] for case in part.cases if case.passes and case.decision)
        found += [(box.destination_ports, signatures) for box in part.packets.boxes()]
    return found


def open_ports(firewall: WindowsFirewall, profile: Profile, ports: Sequence[int]) -> Ports:
    """Return the same for single ports."""
    spans = open_spans(firewall, profile)
    return {port: signatures for port in ports for span, signatures in spans if port in span}


def judged(firewall: WindowsFirewall, profile: Profile) -> tuple[HopPart, ...]:
    """Return what the firewall does with TCP from the sender, under a profile."""
    near = Subnet(name="s", virtual_network="v", prefixes=(prefix(SUBNET),), at=NOWHERE)
    nic = NetworkInterface(name="nic", subnet="v/s", addresses=(prefix(f"{RECEIVER}/32"),), at=NOWHERE)
    known = replace(firewall, active_profile=profile)
    vm = VirtualMachine(name="vm", os_type="Windows", interfaces=(nic,), at=NOWHERE, host_firewall=known)
    packets = ps.box(
        4,
        protocols=IntervalSet.point(6),
        sources=IntervalSet.point(int(ip_address(SENDER))),
        destinations=IntervalSet.point(int(ip_address(RECEIVER))),
    )
    [result] = judge_host_firewall(vm, nic, near, Direction.INBOUND, packets, AddressBook(Site(file="site.yaml")))
    return result.parts


def prefix(text: str) -> AddressRange:
    """Return a prefix."""
    return parse_prefix(text)[0]


def signature(rule: HostRule) -> Signature:
    """Return what a rule waits for: its conditions, and the words for addresses that only the machine knows."""
    return frozenset((*rule.conditions, *rule.remote_keywords))


def least(signatures: Iterator[Signature]) -> frozenset[Signature]:
    """Return the signatures that none of the others is a part of."""
    known = set(signatures)
    return frozenset(one for one in known if not any(other < one for other in known))


# What follows knows nothing of netcheck.

CONDITIONS = {
    "Program": "program", "Service": "service", "Package": "package", "InterfaceType": "interfaceType",
    "InterfaceAlias": "interfaceAlias", "LocalUser": "localUser", "RemoteUser": "remoteUser",
    "RemoteMachine": "remoteMachine", "Owner": "owner", "Authentication": "authentication",
    "Encryption": "encryption", "Platform": "platform", "DynamicTarget": "dynamicTarget",
}  # fmt: skip
NOTHING = {"", "Any", "NotRequired"}


def plain_ports(path: Path, profile: str, ports: Sequence[int]) -> Ports:
    """Return the same out of the rows: enabled inbound rules that allow TCP or anything, to this receiver."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream, delimiter=";") if is_about(row, profile)]
    found: dict[int, set[Signature]] = {port: set() for port in ports}
    for row in rows:
        needed = plain_conditions(row)
        for port in ports:
            for text in row["LocalPort"].split(","):
                if text == "Any" or (text[0].isdigit() and within(port, text)):
                    found[port].add(needed)
                elif not text[0].isdigit():
                    found[port].add(needed | {f"localPort: {text}"})
    return {port: least(iter(signatures)) for port, signatures in found.items()}


def is_about(row: dict[str, str], profile: str) -> bool:
    """Return whether a rule may let TCP from the sender in under a profile."""
    is_on = (row["Enabled"], row["Direction"], row["Action"]) == ("True", "Inbound", "Allow")
    is_far = row["RemoteAddress"] in ("Any", "PlayToDevice")  # the local subnets and fe80::/64 are not 10.1.0.4
    return (
        is_on
        and is_far
        and row["Protocol"] in ("TCP", "Any")
        and (row["Profile"] == "Any" or profile in row["Profile"].split(", "))
        and row["RemotePort"] == "Any"
    )


def plain_conditions(row: dict[str, str]) -> Signature:
    """Return what a rule asks for beside the packet."""
    found = {f"{name}: {row[column]}" for column, name in CONDITIONS.items() if row[column] not in NOTHING}
    if row["DynamicTarget"] == "":
        found.add("unknown: dynamicTarget is blank")
    return frozenset(found | ({"PlayToDevice"} if row["RemoteAddress"] == "PlayToDevice" else set()))


def within(port: int, text: str) -> bool:
    """Return whether a port is the one or in the range of a text."""
    first, _, last = text.partition("-")
    return int(first) <= port <= int(last or first)


# The list for people.


def edges(firewall: WindowsFirewall) -> list[int]:
    """Return the ports at which rules begin and end, and their neighbours: one of each kind of port."""
    found = {0, 65535}
    for rule in firewall.rules:
        for span in rule.local_ports:
            found |= {max(span.first - 1, 0), span.first, span.last, min(span.last + 1, 65535)}
    return sorted(found)


INTRODUCTION = f"""\
TCP from {SENDER}, a machine in another subnet, to a VM with these rules, by profile. The page is printed by
`python -m tests.recorded.windows_ports`; `tests/recorded/test_windows_firewalls.py` decides the same from the CSV with
Python's csv module alone, and compares. No file gives the settings of the profiles: Windows' defaults are taken. A port
is open where a rule asks for nothing but the packet, and possibly open where the rules that allow it ask for a program,
a service, an app package or a keyword that only the machine can resolve.""".split("\n")


def report(path: Path) -> Iterator[str]:
    """Yield the lines of the list."""
    firewall = read_windows_export([str(path)], Collector())
    yield "# The ports that the recorded export of 366 rules opens"
    yield ""
    yield from INTRODUCTION
    for profile in ALL_PROFILES:
        yield from profile_report(profile, open_spans(firewall, profile))


def profile_report(profile: Profile, spans: Sequence[tuple[IntervalSet, frozenset[Signature]]]) -> Iterator[str]:
    """Yield what is open under one profile."""
    usual = next(signatures for span, signatures in spans if UNNAMED in span)
    open_for: dict[str, IntervalSet] = {}
    for span, signatures in spans:
        words = "; ".join(sorted(map(words_of, signatures - usual)))
        open_for[words] = open_for[words] | span if words in open_for else span
    certain = [span for span, signatures in spans if signatures == {frozenset()}]
    packages = [one for one in usual if any(text.startswith("package: ") for text in one)]
    yield ""
    yield f"## {profile}"
    yield ""
    yield f"Open: {', '.join(map(ports_text, certain)) or 'none'}."
    yield ""
    yield f"Possibly open, whatever the port: for {len(packages)} app packages, and for"
    yield ""
    yield from (f"- {line}" for line in sorted(words_of(one) for one in usual - set(packages)))
    yield ""
    yield "Possibly open beside that:"
    yield ""
    yield "| ports | for |"
    yield "|---|---|"
    rows = [(span, words) for words, span in open_for.items() if words]
    for span, words in sorted(rows, key=lambda row: list(row[0].spans())):
        yield f"| {ports_text(span)} | {words} |"


def words_of(one: Signature) -> str:
    """Return conditions for the page, without the name of whoever made the recording."""
    return re.sub(r"(?i)(C:\\users\\)[^\\]+", r"\1NAME", ", ".join(sorted(one)))


def ports_text(ports: IntervalSet) -> str:
    """Return ports as people write them."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ports.spans())


if __name__ == "__main__":
    from tests.unit.sources.shared import shared_folder

    sys.stdout.write(
        "".join(f"{line}\n" for line in report(shared_folder("host_firewall") / "windows/FirewallRules.csv"))
    )
