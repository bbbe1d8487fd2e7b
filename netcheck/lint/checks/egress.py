"""Private subnets from which nothing gets out to public addresses.

Microsoft Learn, "Default outbound access in Azure": without an explicit method (NAT gateway, public IP address, load
balancer) even Azure's own public endpoints are unreachable from a private subnet; service endpoints and private
endpoints are not. Subnets whose default route leads elsewhere have their way out there.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, listed
from netcheck.lint.linted import Linted
from netcheck.model.address import everything
from netcheck.model.names import is_same
from netcheck.model.rules import NextHop
from netcheck.model.site import NetworkInterface, Subnet, VirtualMachine
from netcheck.policy.builtin import INTERNET_LOWER, PLATFORM
from netcheck.policy.egress import judge_egress
from netcheck.policy.gateways import learned_routes
from netcheck.policy.resolve import to_set
from netcheck.questions.finding import Finding, Related
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet


def _find(linted: Linted) -> Iterator[Finding]:
    inside: dict[str, list[tuple[VirtualMachine, NetworkInterface]]] = {}
    for vm, nic in linted.nics():
        inside.setdefault(nic.subnet.casefold(), []).append((vm, nic))
    for at, subnet in linted.subnets.items():
        if subnet.default_outbound_access is False and not _leads_elsewhere(linted, subnet):
            stuck = [nic for vm, nic in inside.get(at, ()) if _is_stuck(linted, subnet, vm, nic)]
            if stuck:
                one = len(stuck) == 1
                who = f"its NIC{'' if one else 's'} {listed([nic.name for nic in stuck])} {'has' if one else 'have'}"
                services = (
                    f"; service endpoints ({listed(subnet.service_endpoints)}) are" if subnet.service_endpoints else ""
                )
                message = (
                    f"subnet `{subnet.full_name}` is private, and {who} no way out: public addresses, Azure's own "
                    f"among them, are not reachable{services}"
                )
                related = [Related(nic.name, nic.at) for nic in stuck[:3]]
                yield CHECK.about(subnet.full_name, subnet.at, message, related=related)


def _leads_elsewhere(linted: Linted, subnet: Subnet) -> bool:
    """Return whether a default route may take packets past the subnet's own egress."""
    table = linted.site.route_table(subnet.route_table) if subnet.route_table else None
    routes = table.routes if table is not None else ()
    if any(route.prefix == everything(4) and route.next_hop is not NextHop.INTERNET for route in routes):
        return True
    network = linted.site.virtual_network(subnet.virtual_network)
    learned = list(learned_routes(linted.site, network)) if network is not None else []
    return any(one.fact is not None or everything(4) in one.prefixes for one in learned)


def _is_stuck(linted: Linted, subnet: Subnet, vm: VirtualMachine, nic: NetworkInterface) -> bool:
    """Return whether TCP packets of a NIC to public addresses certainly find no way out."""
    sources = to_set(nic.addresses, 4)
    if not sources or not is_same(nic.subnet, subnet.full_name):
        return False
    away = INTERNET_LOWER[4] - PLATFORM[4]
    packets = ps.box(4, IntervalSet.point(6), sources=sources, destinations=away)
    result = judge_egress(vm, nic, subnet, packets, linted.site)
    return not any(case.passes for part in result.parts for case in part.cases)


CHECK = Check(code="NC235", kind="no-egress", severity=Severity.NOTE, find=_find)
