"""Small networks as values: the pieces that the tests of policies and paths put sites together from."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, AnyAddress, Endpoint, parse_address, parse_prefix
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.azfirewall import AzureFirewall
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NextHop, NsgRule, Route
from netcheck.model.services import BalancingRule, Frontend, LoadBalancer, PrivateEndpoint
from netcheck.model.site import (
    NetworkInterface,
    NetworkSecurityGroup,
    Peering,
    RouteTable,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.sets.packets import Header

HERE = Source("site.yaml", 7, 3)
TCP, UDP, ICMP = 6, 17, 1
IN, OUT = Direction.INBOUND, Direction.OUTBOUND
ALLOW, DENY = Access.ALLOW, Access.DENY
Part = (
    VirtualNetwork
    | VirtualMachine
    | RouteTable
    | NetworkSecurityGroup
    | PrivateEndpoint
    | LoadBalancer
    | AzureFirewall
    | AdminRule
)


def site(*parts: Part, **more: Any) -> Site:
    """Return the site of some networks and of what stands in them."""

    def of(kind: type) -> tuple[Any, ...]:
        return tuple(part for part in parts if isinstance(part, kind))

    return Site(
        file="site.yaml",
        virtual_networks=of(VirtualNetwork),
        virtual_machines=of(VirtualMachine),
        route_tables=of(RouteTable),
        network_security_groups=of(NetworkSecurityGroup),
        private_endpoints=of(PrivateEndpoint),
        load_balancers=of(LoadBalancer),
        azure_firewalls=of(AzureFirewall),
        admin_rules=of(AdminRule),
        **more,
    )


def ranges(*texts: str) -> tuple[AddressRange, ...]:
    """Return addresses and prefixes."""
    return tuple(parse_prefix(text)[0] for text in texts)


def network(name: str, space: str, *subnets: Subnet, **more: Any) -> VirtualNetwork:
    """Return a virtual network; `space` are prefixes separated by blanks."""
    return VirtualNetwork(name=name, address_space=ranges(*space.split()), subnets=subnets, at=HERE, **more)


def subnet(full_name: str, prefixes: str, **more: Any) -> Subnet:
    """Return a subnet with default outbound access, but for what is given; prefixes are separated by blanks."""
    where, name = full_name.split("/")
    fields: dict[str, Any] = {"default_outbound_access": True, **more}
    return Subnet(name=name, virtual_network=where, prefixes=ranges(*prefixes.split()), at=HERE, **fields)


def peering(name: str, remote: str, **more: Any) -> Peering:
    """Return a peering that is connected."""
    return Peering(name=name, remote_virtual_network=remote, at=HERE, **more)


def nic(name: str, where: str, addresses: str, **more: Any) -> NetworkInterface:
    """Return a NIC of a subnet; addresses are separated by blanks."""
    return NetworkInterface(name=name, subnet=where, addresses=ranges(*addresses.split()), at=HERE, **more)


def vm(name: str, *nics: NetworkInterface, **more: Any) -> VirtualMachine:
    """Return a VM; what is not given, no file describes."""
    return VirtualMachine(name=name, os_type="Linux", interfaces=nics, at=HERE, **more)


def route(name: str, prefix: str, hop: NextHop | str) -> Route:
    """Return a user-defined route; `hop` is a type of next hop, or the address of an appliance."""
    if isinstance(hop, NextHop):
        return Route(name=name, prefix=ranges(prefix)[0], next_hop=hop, next_hop_address=None, at=HERE)
    appliance, address = NextHop.VIRTUAL_APPLIANCE, parse_address(hop)
    return Route(name=name, prefix=ranges(prefix)[0], next_hop=appliance, next_hop_address=address, at=HERE)


def table(name: str, *routes: Route, **more: Any) -> RouteTable:
    """Return a route table."""
    return RouteTable(name=name, routes=routes, at=HERE, **more)


def nsg(name: str, *rules: NsgRule) -> NetworkSecurityGroup:
    """Return an NSG; rules come before one another as they are listed."""
    ordered = tuple(replace(rule, priority=100 + number) for number, rule in enumerate(rules))
    return NetworkSecurityGroup(name=name, rules=ordered, at=HERE)


def rule(
    name: str, direction: Direction, access: Access, *, source: str = "*", to: str = "*", port: int | None = None
) -> NsgRule:
    """Return a rule for every protocol; without a port it is for all."""
    return NsgRule(
        name=name,
        priority=100,
        direction=direction,
        access=access,
        protocol=ANY_PROTOCOL,
        sources=(_endpoint(source),),
        source_ports=(ALL_PORTS,),
        destinations=(_endpoint(to),),
        destination_ports=(ALL_PORTS if port is None else PortRange(port, port),),
        at=HERE,
    )


def admin_rule(name: str, direction: Direction, access: AdminAccess, **more: Any) -> AdminRule:
    """Return a security admin rule that takes every packet, but for what is given."""
    fields: dict[str, Any] = {
        "priority": 100,
        "protocol": ANY_PROTOCOL,
        "sources": (AnyAddress(),),
        "source_ports": (ALL_PORTS,),
        "destinations": (AnyAddress(),),
        "destination_ports": (ALL_PORTS,),
        "at": HERE,
        **more,
    }
    return AdminRule(name=name, direction=direction, access=access, **fields)


def _endpoint(text: str) -> Endpoint:
    return AnyAddress() if text == "*" else ranges(text)[0]


def private_endpoint(name: str, where: str, addresses: str, **more: Any) -> PrivateEndpoint:
    """Return a private endpoint of a subnet."""
    return PrivateEndpoint(name=name, subnet=where, addresses=ranges(*addresses.split()), at=HERE, **more)


def private_frontend(name: str, where: str, address: str) -> Frontend:
    """Return a private frontend of a load balancer."""
    return Frontend(name=name, at=HERE, address=parse_address(address), subnet=where)


def public_frontend(name: str, address: str = "203.0.113.50") -> Frontend:
    """Return a public frontend of a load balancer."""
    return Frontend(name=name, at=HERE, address=parse_address(address), is_public=True)


def balancing(name: str, frontend: str, pool: str, ports: tuple[int, int] = (443, 443), **more: Any) -> BalancingRule:
    """Return a rule for TCP, from a port of the frontend to one of the members."""
    fields: dict[str, Any] = {"protocol": Protocol((TCP,)), **more}
    first, last = ports
    return BalancingRule(
        name=name, frontend=frontend, pool=pool, frontend_port=first, backend_port=last, at=HERE, **fields
    )


def ha_ports(name: str, frontend: str, pool: str, **more: Any) -> BalancingRule:
    """Return a rule for all ports."""
    return balancing(name, frontend, pool, (0, 0), protocol=ANY_PROTOCOL, **more)


def balancer(name: str, *frontends: Frontend, **more: Any) -> LoadBalancer:
    """Return a load balancer."""
    return LoadBalancer(name=name, frontends=frontends, at=HERE, **more)


def header(source: str, to: str, port: int = 443, protocol: int = TCP) -> Header:
    """Return one packet; it comes from port 50000 where its protocol has ports."""
    ports = (port, 50000) if protocol in (TCP, UDP) else (0, 0)
    family = ip_address(to).version
    return Header(family, protocol, *ports, int(ip_address(source)), int(ip_address(to)))
