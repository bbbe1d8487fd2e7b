"""VMs that the Internet can reach on ports of remote administration, judged on whole paths.

All hops count: a way in (public IP address or load balancer), security admin rules, the NSGs of subnet and NIC, the
host firewall where the site has it. Only what is certain is told, and only what is open to many addresses: a list of
single ones is how such ports should be opened. Microsoft Learn, "Public IP addresses": a Standard address is closed to
inbound packets until an NSG allows them; which of the two an address is, a site does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.diagnostics import NOWHERE, Severity
from netcheck.errors import QuestionError
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.names import key
from netcheck.model.rules import NsgRule
from netcheck.model.site import NetworkInterface, VirtualMachine
from netcheck.path.leg import Region, Verdict
from netcheck.policy.builtin import INTERNET_LOWER, PLATFORM
from netcheck.policy.decision import Decision, HopKind
from netcheck.policy.resolve import by_family, to_prefixes, to_set
from netcheck.questions.finding import Finding, Related
from netcheck.questions.places import Origin
from netcheck.sets.intervals import IntervalSet, union
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet

SERVICES = {
    22: "SSH", 23: "Telnet", 135: "RPC", 139: "NetBIOS", 445: "SMB", 3389: "RDP", 5900: "VNC", 5985: "WinRM",
    5986: "WinRM over TLS",
}  # fmt: skip
MANY = 1 << 16
"""So many addresses, a /16, are no list of single ones."""
_NSGS = (HopKind.SUBNET_NSG, HopKind.NIC_NSG)
_TCP = IntervalSet.point(6)
_PORTS = IntervalSet.of((port, port) for port in SERVICES)


def _find(linted: Linted) -> Iterator[Finding]:
    if linted.site.is_bare_nsg:
        return
    space = union(to_set(network.address_space, 4) for network in linted.site.virtual_networks)
    outside = Origin(tuple(to_prefixes(INTERNET_LOWER[4] - PLATFORM[4] - space, 4)))
    for vm, nic in linted.nics():
        if (nic.has_public_ip(4) or nic.backend_pools) and any(one.family == 4 for one in nic.certain_addresses):
            yield from _exposed(linted, vm, nic, outside)


def _exposed(linted: Linted, vm: VirtualMachine, nic: NetworkInterface, outside: Origin) -> Iterator[Finding]:
    try:
        leg = linted.asking.leg([outside], by_family(nic.certain_addresses), _TCP, _PORTS)
    except QuestionError as error:
        message = f"whether the Internet reaches NIC `{nic.name}` was not worked out: {error.message}"
        yield CHECK.about(vm.name, nic.at, message, severity=Severity.NOTE)
        return
    regions = [one for one in leg.regions if one.verdict is Verdict.REACHABLE]
    reached = EMPTY_PACKETS
    for region in regions:
        reached = reached | region.packets
    open_ports = {port: _sources(reached, port) for port in SERVICES}
    wide = {port: count for port, count in open_ports.items() if count >= MANY}
    if wide:
        deciders, is_filtered = _deciders(linted, regions), _is_filtered(regions)
        told = ", ".join(f"{port} ({SERVICES[port]})" for port in wide)
        if len(wide) == len(SERVICES):
            told = f"all {len(wide)} ports of remote administration, such as 22 (SSH) and 3389 (RDP),"
        message = f"VM `{vm.name}` can be reached on {told} from {max(wide.values()):,} addresses of the Internet"
        if not is_filtered:
            message += (
                ": no NSG is on the way (a Standard public IP address lets nothing in then, a Basic one everything)"
            )
        at = deciders[0].at if deciders else nic.at
        related = [
            Related(nic.name, nic.at, "the NIC"),
            *(Related(d.name, d.at, f"lets it in, {d.priority}") for d in deciders),
        ]
        severity = Severity.WARNING if is_filtered else Severity.NOTE
        yield CHECK.about(vm.name, at, message, severity=severity, related=related)


def _is_filtered(regions: Sequence[Region]) -> bool:
    return any(one.hop in _NSGS for region in regions for one in region.decided_by())


def _sources(reached: PacketSet, port: int) -> int:
    on_port = [one.sources for one in reached.boxes() if port in one.destination_ports]
    return union(on_port).size


def _deciders(linted: Linted, regions: Sequence[Region]) -> list[NsgRule]:
    """Return the NSG rules that let most of it in, subnet before NIC."""
    widest = max(regions, key=lambda one: one.packets.project("sources")[4].size)
    found = (_rule(linted, one) for one in widest.decided_by() if one.hop in _NSGS)
    return [rule for rule in found if rule is not None and rule.at != NOWHERE]


def _rule(linted: Linted, decision: Decision) -> NsgRule | None:
    nsg = linted.site.nsg(decision.resource)
    rules = nsg.rules if nsg is not None else ()
    return next((rule for rule in rules if key(rule.name) == key(decision.rule) and str(rule.at) == decision.at), None)


CHECK = Check(code="NC236", kind="exposed", severity=Severity.WARNING, find=_find)
