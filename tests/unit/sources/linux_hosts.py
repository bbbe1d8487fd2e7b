"""What a Linux firewall does with one packet, for tests that read such firewalls from their files."""

from __future__ import annotations

from ipaddress import ip_address

from netcheck.diagnostics import Collector, Severity
from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.model.network import NetworkInterface, VirtualMachine
from netcheck.model.site import Site
from netcheck.path.leg import Verdict, cut
from netcheck.policy.chains import judge_chains
from netcheck.policy.hostmatch import HostContext
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from tests.unit.networks import HERE

YES, NO, OPEN = Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED
ENDS = {4: ("10.0.0.4", "10.0.0.5"), 6: ("fd00::4", "fd00::5")}


def passes(
    firewall: ChainFirewall,
    port: int = 0,
    *,
    hook: Hook = Hook.INPUT,
    protocol: int = 6,
    source: str = "",
    destination: str = "",
    source_port: int = 50000,
    family: int = 4,
) -> Verdict:
    """Return what becomes of one packet, from 10.0.0.4 to 10.0.0.5 where nothing else is said."""
    nic = NetworkInterface(name="nic", subnet="v/a", addresses=(), at=HERE)
    vm = VirtualMachine(name="vm", os_type="Linux", interfaces=(nic,), at=HERE, host_firewall=firewall)
    ends = [int(ip_address(text)) for text in (source or ENDS[family][0], destination or ENDS[family][1])]
    ports = (port, source_port) if protocol in (6, 17) else (0, 0)
    packets = ps.box(family, *(IntervalSet.point(value) for value in (protocol, *ports, *ends)))
    context = HostContext(vm, nic, None, hook, AddressBook(Site(file="-")), True)
    (region,) = cut(packets, judge_chains(firewall, packets, context))
    return region.verdict


def errors(collector: Collector) -> list[tuple[str, int]]:
    """Return code and line of each error."""
    return [(one.code, one.at.line) for one in collector if one.severity is Severity.ERROR]
