"""What a picture writes on the things it shows; shared by all formats of pictures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import assert_never

from netcheck.model.address import AddressRange, address_text
from netcheck.model.names import key, last_segment
from netcheck.model.site import (
    AzureFirewall,
    ChainFirewall,
    HostFirewall,
    LoadBalancer,
    NetworkInterface,
    NoHostFirewall,
    PrivateEndpoint,
    ProxyAddress,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
    WindowsFirewall,
)
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.answer import Answer

SHOWN_ADDRESSES = 4
WIDTH = 60


def network_caption(network: VirtualNetwork) -> list[str]:
    """Return the lines on a virtual network."""
    lines = [f"virtual network {network.name}", addresses_text(network.address_space)]
    return [*lines, *(["virtual network gateway"] if network.has_gateway else [])]


def subnet_caption(subnet: Subnet) -> list[str]:
    """Return the lines on a subnet: prefixes, NSG, and what changes its way out."""
    nsg = subnet.network_security_group
    lines = [f"subnet {subnet.name}", addresses_text(subnet.prefixes), f"NSG {nsg}" if nsg else "no NSG"]
    lines += [f"route table {subnet.route_table}"] if subnet.route_table else []
    lines += [f"NAT gateway {last_segment(subnet.nat_gateway)}"] if subnet.nat_gateway else []
    lines += ["private, no default outbound access"] if subnet.default_outbound_access is False else []
    return lines


def subnets_caption(subnets: Sequence[Subnet], vms: Sequence[VirtualMachine]) -> list[str]:
    """Return the lines on subnets that are told of together, with the VMs in them."""
    nsgs = [one.network_security_group for one in subnets]
    nsgs += [nic.network_security_group for vm in vms for nic in vm.interfaces]
    tables = list(dict.fromkeys(one.route_table for one in subnets if one.route_table))
    named = list(dict.fromkeys(nsg for nsg in nsgs if nsg))
    without = sum(not one.network_security_group for one in subnets)
    lines = [first_of([one.name for one in subnets])]
    lines += [f"{count(len(named), 'NSG')}: {first_of(named)}"] if named else []
    lines += [f"{without} without NSG"] if without else []
    return [*lines, *([f"{count(len(tables), 'route table')}: {first_of(tables)}"] if tables else [])]


def vm_caption(vm: VirtualMachine) -> list[str]:
    """Return the lines on a VM: its NICs, the proxy on it, its host firewall."""
    lines = [f"{'proxy VM' if vm.proxy_server else 'VM'} {vm.name}"]
    lines += [nic_text(nic, key(nic.subnet) != key(vm.primary.subnet)) for nic in vm.interfaces]
    lines += [f"HTTP proxy on port {vm.proxy_server.port}"] if vm.proxy_server else []
    return [*lines, firewall_text(vm.host_firewall)]


def crowd_caption(crowd: Sequence[VirtualMachine]) -> list[str]:
    """Return the lines on VMs that are drawn as one: what the first has and all others have as well."""
    addresses = [a for vm in crowd for nic in vm.interfaces for a in nic.addresses]
    nsgs = dict.fromkeys(n.network_security_group for n in crowd[0].interfaces if n.network_security_group)
    public = sum(nic.has_public_ip() for vm in crowd for nic in vm.interfaces)
    lines = [addresses_text(addresses)]
    lines += [f"NIC NSG {', '.join(nsgs)}"] if nsgs else []
    lines += [f"{public} with a public IP address"] if public else []
    return [*lines, firewall_text(crowd[0].host_firewall)]


def firewall_caption(firewall: AzureFirewall) -> list[str]:
    """Return the lines on an Azure Firewall: its addresses and its rules."""
    public = addresses_text(firewall.public_ips) or ("IP address" if firewall.has_public_ip else "")
    where = [addresses_text(firewall.addresses), f"public {public}" if public else ""]
    rules = sum(len(one.rules) for one in firewall.collections)
    return [line for line in (", ".join(filter(None, where)), count(rules, "rule")) if line]


def balancer_caption(balancer: LoadBalancer) -> list[str]:
    """Return the lines on a load balancer: its frontends."""
    lines = []
    for frontend in balancer.frontends:
        address = address_text(frontend.address) if frontend.address is not None else "address not known"
        lines.append(f"frontend {frontend.name} {'public ' if frontend.is_public else ''}{address}")
    return lines


def endpoint_caption(endpoint: PrivateEndpoint) -> list[str]:
    """Return the lines on a private endpoint: its addresses, and whether it may be used."""
    state = {True: "", False: "not approved", None: "approval not given"}[endpoint.is_approved]
    return [line for line in (addresses_text(endpoint.addresses) or "address not known", state) if line]


def nic_text(nic: NetworkInterface, is_elsewhere: bool = False) -> str:
    """Return one line on a NIC; `is_elsewhere`: not in the subnet in which its VM is drawn."""
    where = f" in {nic.subnet}" if is_elsewhere else ""
    known = [one.address for one in nic.public_ips if one.address is not None]
    public = f", public {addresses_text(known)}" if known else ""
    public = public or (", public IP address" if nic.public_ips else "")
    nsg = f", NSG {nic.network_security_group}" if nic.network_security_group else ""
    return f"NIC {nic.name} {addresses_text(nic.addresses)}{where}{public}{nsg}"


def addresses_text(ranges: Sequence[AddressRange]) -> str:
    """Return the first addresses or prefixes, and how many more there are."""
    return first_of([address_text(one) for one in ranges])


def first_of(texts: Sequence[str]) -> str:
    """Return the first of some texts, and how many more there are."""
    more = f" and {len(texts) - SHOWN_ADDRESSES} more" if len(texts) > SHOWN_ADDRESSES else ""
    return ", ".join(texts[:SHOWN_ADDRESSES]) + more


def firewall_text(firewall: HostFirewall | None) -> str:
    """Return one line on a host firewall."""
    match firewall:
        case None:
            return "host firewall not given"
        case NoHostFirewall():
            return "no host firewall"
        case WindowsFirewall() if all(firewall.settings[p].is_enabled is False for p in firewall.possible_profiles):
            return "Windows firewall, switched off"
        case WindowsFirewall(rules=rules):
            return f"Windows firewall, {count(len(rules), 'rule')}"
        case ChainFirewall(kind=kind, base_chains=chains):
            return f"{kind}, {count(sum(len(c.rules) for c in chains), 'rule')}"
        case _:
            assert_never(firewall)


def leg_caption(leg: Answer, number: int = 0) -> list[str]:
    """Return the lines on one leg of a path: verdict, ports, and who decides about what does not pass."""
    q = leg.question
    first = f"leg {number} " if number else ""
    deciders = {
        " ".join(filter(None, (d.hop, d.resource, decider_text(d)))): None
        for part in leg.parts
        if part.verdict is not Verdict.REACHABLE
        for d in part.decided_by
    }
    return [f"{first}{leg.verdict.upper()} {q.protocol} {','.join(q.ports)}", *deciders]


def path_caption(answer: Answer) -> list[str]:
    """Return the lines that sum a path up: the verdict and the reasons, wrapped."""
    q = answer.question
    via = f" via {q.via}" if q.via else ""
    said = f"{answer.verdict.upper()} {q.source} to {q.target}{via}, {q.protocol} {','.join(q.ports)}"
    return [line for text in (said, *answer.reasons) for line in textwrap.wrap(text, WIDTH)]


def decider_text(decision: Decision) -> str:
    """Return the name of who decided."""
    number = f" {decision.priority}" if decision.priority else ""
    return f"{decision.rule}{number}" if decision.rule else decision.note


def client_proxies(vm: VirtualMachine) -> Iterable[tuple[str, ProxyAddress]]:
    """Return the proxies of a VM's settings, each once, with the setting that names it first."""
    client = vm.proxy_client
    if client is None:
        return ()
    told = [("WinHTTP", proxy) for _, proxy in sorted((client.winhttp or {}).items())]
    told += [("WinINET", proxy) for _, proxy in sorted(client.wininet.proxies.items())] if client.wininet else []
    told += [(f"{scheme}_proxy", proxy) for scheme, proxy in sorted(client.environment.items())]
    told += [(f"{s}_proxy", proxy) for s, proxy in sorted(client.unit.environment.items())] if client.unit else []
    told += [("waagent.conf", client.agent)] if client.agent else []
    found = {(proxy.host, proxy.port): (name, proxy) for name, proxy in reversed(told)}
    return tuple(reversed(found.values()))


def count(number: int, word: str) -> str:
    """Return a number of things: `1 rule`, `2 rules`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
