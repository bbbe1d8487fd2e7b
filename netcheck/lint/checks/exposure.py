"""VMs that the Internet can reach on ports of remote administration, judged on whole paths.

All hops count: a way in (public IP address or load balancer), security admin rules, the NSGs of subnet and NIC, the
host firewall where the site has it. Only what is open to many addresses is told: a list of single ones is how such
ports should be opened. What is certain is a warning. A note is what only the SKU of a public IP address or load
balancer keeps open: without an NSG a Standard one lets nothing in and a Basic one everything (Microsoft Learn, "Public
IP addresses"), and the files do not say which it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netcheck.diagnostics import NOWHERE, Severity
from netcheck.errors import QuestionError
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.names import key
from netcheck.model.rules import Direction, NsgRule
from netcheck.model.site import NetworkInterface, VirtualMachine
from netcheck.path.leg import Region, Verdict
from netcheck.policy.builtin import INTERNET_LOWER, PLATFORM
from netcheck.policy.decision import Decision, HopKind
from netcheck.policy.resolve import by_family, to_prefixes, to_set
from netcheck.policy.waysin import SKU_FACTS
from netcheck.questions.finding import Finding, Related
from netcheck.questions.places import Origin
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet, union

SERVICES = {
    22: "SSH", 23: "Telnet", 135: "RPC", 139: "NetBIOS", 445: "SMB", 3389: "RDP", 5900: "VNC", 5985: "WinRM",
    5986: "WinRM over TLS",
}  # fmt: skip
_Holder = tuple[VirtualMachine, NetworkInterface]
BATCH = 16
"""So many addresses are asked about at once: each question costs a walk over the whole site."""
MANY = 1 << 16
"""So many addresses, a /16, are no list of single ones."""
_NSGS = (HopKind.SUBNET_NSG, HopKind.NIC_NSG)
_FILTERS = (*_NSGS, HopKind.ADMIN_RULES)
_TCP = IntervalSet.point(6)
_PORTS = IntervalSet.of((port, port) for port in SERVICES)


def _find(linted: Linted) -> Iterator[Finding]:
    if linted.site.is_bare_nsg:
        return
    space = union(to_set(network.address_space, 4) for network in linted.site.virtual_networks)
    outside = Origin(tuple(to_prefixes(INTERNET_LOWER[4] - PLATFORM[4] - space, 4)))
    found = []
    for vm, nic in linted.nics():
        if nic.has_public_ip(4) or nic.backend_pools:
            if any(linted.rules_of(nsg, Direction.INBOUND).has_clash for nsg in linted.groups_of(nic)):
                why = "two rules of its NSGs have one priority"
                yield _not_known(vm, nic, why)
            else:
                found.append((vm, nic))
    for some in _batches(found):
        yield from _exposed(linted, some, outside)


def _batches(nics: Sequence[_Holder]) -> Iterator[dict[int, _Holder]]:
    """Yield NICs by their addresses, some at a time; NICs with one address, in two networks, are kept apart."""
    batch: dict[int, _Holder] = {}
    for vm, nic in nics:
        own = [one.first for one in nic.certain_addresses if one.family == 4]
        if len(batch) + len(own) > BATCH or not batch.keys().isdisjoint(own):
            yield batch
            batch = {}
        batch |= dict.fromkeys(own, (vm, nic))
    if batch:
        yield batch


def _exposed(linted: Linted, holders: Mapping[int, _Holder], outside: Origin) -> Iterator[Finding]:
    addresses = IntervalSet.of((address, address) for address in holders)
    try:
        leg = linted.asking.leg([outside], {4: addresses}, _TCP, _PORTS)
    except QuestionError as error:
        for vm, nic in holders.values():
            yield _not_known(vm, nic, error.message)
        return
    for vm, nic in {id(nic): (vm, nic) for vm, nic in holders.values()}.values():
        own = ps.with_addresses("destinations", by_family(nic.certain_addresses).items())
        regions = [Region(shared, one.hops) for one in leg.regions if (shared := one.packets & own)]
        certain = [one for one in regions if one.verdict is Verdict.REACHABLE]
        found = list(_finding(linted, vm, nic, certain))
        yield from found or _finding(linted, vm, nic, [one for one in regions if _waits_for_sku(one)])


def _waits_for_sku(region: Region) -> bool:
    """Return whether packets pass if a public way in is Basic, and nothing else is open."""
    facts = region.open_facts() if region.verdict is Verdict.UNDETERMINED else ()
    return bool(facts) and all(fact.name.startswith(SKU_FACTS) for fact in facts)


def _not_known(vm: VirtualMachine, nic: NetworkInterface, why: str) -> Finding:
    message = f"whether the Internet reaches NIC `{nic.name}` was not worked out: {why}"
    return CHECK.about(vm.name, nic.at, message, severity=Severity.NOTE)


def _finding(linted: Linted, vm: VirtualMachine, nic: NetworkInterface, regions: Sequence[Region]) -> Iterator[Finding]:
    wide = {port: count for port in SERVICES if (count := _sources(regions, port)) >= MANY}
    if not wide:
        return
    deciders, is_certain = _deciders(linted, regions), regions[0].verdict is Verdict.REACHABLE
    told = ", ".join(f"{port} ({SERVICES[port]})" for port in wide)
    if len(wide) == len(SERVICES):
        told = f"all {len(wide)} ports of remote administration, such as 22 (SSH) and 3389 (RDP),"
    message = f"VM `{vm.name}` can be reached on {told} from {max(wide.values()):,} addresses of the Internet"
    if not is_certain:
        message += (
            " if its public IP address or load balancer is Basic: no NSG is on the way, a Standard one lets nothing in "
            "then, and which it is the site does not say"
        )
    elif not _is_filtered(regions):
        message += ": no NSG is on the way"
    at = deciders[0].at if deciders else nic.at
    severity = Severity.WARNING if is_certain else Severity.NOTE
    letting = [Related(rule.name, rule.at, f"lets it in, {rule.priority}") for rule in deciders]
    yield CHECK.about(vm.name, at, message, severity=severity, related=[Related(nic.name, nic.at, "the NIC"), *letting])


def _is_filtered(regions: Sequence[Region]) -> bool:
    return any(one.hop in _FILTERS for region in regions for one in region.decided_by())


def _sources(regions: Sequence[Region], port: int) -> int:
    boxes = (box for region in regions for box in region.packets.boxes())
    return union(box.sources for box in boxes if port in box.destination_ports).size


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
