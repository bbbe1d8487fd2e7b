"""Private endpoints, DNS zones, load balancers and security admin rules as a site file spells them."""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.model.address import (
    AddressRange,
    AnyAddress,
    ApplicationSecurityGroup,
    Endpoint,
    ServiceTag,
    Unresolved,
    address_text,
)
from netcheck.model.adminrules import AdminRule
from netcheck.model.expressions import NOT_KNOWN, to_expression
from netcheck.model.names import last_segment
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.services import BalancingRule, Frontend, LoadBalancer, OutboundRule, PrivateDnsZone, PrivateEndpoint
from netcheck.reports._site_file_values import (
    Entry,
    Value,
    one_or_many,
    prefix_texts,
    protocol_text,
    set_only,
)

_BALANCED: dict[tuple[int, ...], str] = {(): "All", (6,): "Tcp", (17,): "Udp"}
_MANAGED: dict[tuple[int, ...], str] = {
    (): "Any", (6,): "Tcp", (17,): "Udp", (1, 58): "Icmp", (50,): "Esp", (51,): "Ah",
}  # fmt: skip


def endpoint_entry(endpoint: PrivateEndpoint) -> Entry:
    """Return a private endpoint, its connection in the short form."""
    entry: Entry = {
        "name": endpoint.name,
        "subnet": endpoint.subnet,
        **one_or_many("privateIPAddress", "privateIPAddresses", [address_text(one) for one in endpoint.addresses]),
        **set_only(service=endpoint.service, groupIds=list(endpoint.groups)),
    }
    if endpoint.is_approved is not None:
        entry["privateLinkServiceConnectionState"] = {"status": "Approved" if endpoint.is_approved else "Pending"}
    return {**entry, **set_only(customDnsConfigs=[{"fqdn": host} for host in endpoint.hosts])}


def zone_entry(zone: PrivateDnsZone) -> Entry:
    """Return a private DNS zone; a list of links that is empty says that there are none."""
    return {"name": zone.name, "virtualNetworkLinks": list(zone.virtual_networks)}


def balancer_entry(balancer: LoadBalancer) -> Entry:
    """Return a load balancer; who is in its pools the NICs say."""
    entry: Entry = {"name": balancer.name}
    if balancer.is_standard is not None:
        entry["sku"] = "Standard" if balancer.is_standard else "Basic"
    return {
        **entry,
        **set_only(
            frontendIPConfigurations=[_frontend(one) for one in balancer.frontends],
            backendAddressPools=list(balancer.pools),
            loadBalancingRules=[_balancing_rule(one) for one in balancer.rules],
            outboundRules=[_outbound_rule(one) for one in balancer.outbound_rules],
            uncertain=balancer.unknown,
        ),
    }


def _frontend(frontend: Frontend) -> Entry:
    entry: Entry = {"name": frontend.name}
    if frontend.is_public:
        known = frontend.address
        entry["publicIPAddress"] = address_text(known) if known is not None else {"name": "not-known"}
    elif frontend.address is not None or not frontend.subnet:
        entry["privateIPAddress"] = address_text(frontend.address) if frontend.address is not None else NOT_KNOWN
    return {**entry, **set_only(subnet=frontend.subnet)}


def _balancing_rule(rule: BalancingRule) -> Entry:
    return {
        "name": rule.name,
        "frontendIPConfiguration": rule.frontend,
        **set_only(backendAddressPool=rule.pool),
        "protocol": protocol_text(rule.protocol, _BALANCED),
        "frontendPort": rule.frontend_port,
        "backendPort": rule.backend_port,
        **set_only(enableFloatingIP=rule.has_floating_ip, disableOutboundSnat=not rule.gives_outbound),
    }


def _outbound_rule(rule: OutboundRule) -> Entry:
    return {
        "name": rule.name,
        "backendAddressPool": rule.pool,
        "protocol": protocol_text(rule.protocol, _BALANCED),
    }


def admin_rule_entry(rule: AdminRule) -> Entry:
    """Return a security admin rule; fields that hold everything are left out, as Azure has them."""
    return {
        "name": rule.name,
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": protocol_text(rule.protocol, _MANAGED),
        **set_only(
            sources=_unless_any(rule.sources),
            sourcePortRanges=port_texts(rule.source_ports, all_ports=[]),
            destinations=_unless_any(rule.destinations),
            destinationPortRanges=port_texts(rule.destination_ports, all_ports=[]),
            virtualNetworks=list(rule.virtual_networks),
            networkManager=rule.manager,
            uncertain=rule.unknown,
        ),
    }


def _unless_any(endpoints: tuple[Endpoint, ...]) -> list[Value]:
    return [] if endpoints == (AnyAddress(),) else endpoint_texts(endpoints)


def port_texts(ranges: tuple[PortRange, ...], all_ports: list[Value]) -> list[Value]:
    """Return ports and ranges as texts, `all_ports` where they are all of them."""
    return all_ports if ranges == (ALL_PORTS,) else list(dict.fromkeys(str(one) for one in ranges))


def endpoint_texts(endpoints: Iterable[Endpoint], *, as_ranges: bool = False) -> list[Value]:
    """Return what a rule names, each as one text; a range is written as such only where its reader takes ranges."""
    texts: list[Value] = []
    for one in endpoints:
        match one:
            case AddressRange():
                texts += [str(one)] if as_ranges else prefix_texts([one])
            case AnyAddress() | ServiceTag():
                texts.append(str(one))
            case ApplicationSecurityGroup(name=name):
                texts.append(last_segment(name))
            case Unresolved(text=text):
                texts.append(to_expression(text))
    return list(dict.fromkeys(texts))
