"""Canonical forms of what stands in networks beside VMs, and of what Azure computed for a NIC."""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.model.address import AddressRange
from netcheck.model.adminrules import AdminRule
from netcheck.model.azfirewall import (
    AzureFirewall,
    FirewallApplicationRule,
    FirewallNatRule,
    FirewallNetworkRule,
    FirewallRule,
    RuleCollection,
)
from netcheck.model.effective import EffectiveRoute
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface
from netcheck.model.services import LoadBalancer, PrivateDnsZone, PrivateEndpoint
from netcheck.model.site import DeploymentModel, Site
from netcheck.questions._digest_rules import nsg_form, rule_form
from netcheck.questions._digest_values import (
    Form,
    addresses,
    endpoints,
    names,
    ports,
    prefixes,
    protocols,
    unordered,
)


def placed_form(site: Site) -> dict[str, Form]:
    """Return endpoints, zones, load balancers, admin rules and firewalls; None for zones that are not stated."""
    zones = site.private_dns_zones
    return {
        "privateEndpoints": unordered(_endpoint_form(one) for one in site.private_endpoints),
        "privateDnsZones": None if zones is None else unordered(_zone_form(one) for one in zones),
        "loadBalancers": unordered(_balancer_form(one) for one in site.load_balancers),
        "securityAdminRules": unordered(_admin_form(one) for one in site.admin_rules),
        "azureFirewalls": unordered(_firewall_form(one) for one in site.azure_firewalls),
    }


def _endpoint_form(endpoint: PrivateEndpoint) -> Form:
    return {
        "name": key(endpoint.name),
        "subnet": key(endpoint.subnet),
        "addresses": addresses(endpoint.addresses),
        "service": key(endpoint.service),
        "groups": names(endpoint.groups),
        "hosts": names(endpoint.hosts),
        "isApproved": endpoint.is_approved,
    }


def _zone_form(zone: PrivateDnsZone) -> Form:
    return {"name": key(zone.name), "networks": names(zone.virtual_networks)}


def _balancer_form(balancer: LoadBalancer) -> Form:
    frontends: list[Form] = [
        [key(one.name), _address(one.address), key(one.subnet), one.is_public] for one in balancer.frontends
    ]
    rules: list[Form] = [
        {
            "name": key(one.name),
            "frontend": key(one.frontend),
            "pool": key(one.pool),
            "protocol": protocols(one.protocol),
            "ports": [one.frontend_port, one.backend_port],
            "floats": one.has_floating_ip,
            "givesOutbound": one.gives_outbound,
        }
        for one in balancer.rules
    ]
    outbound: list[Form] = [[key(one.name), key(one.pool), protocols(one.protocol)] for one in balancer.outbound_rules]
    return {
        "name": key(balancer.name),
        "frontends": unordered(frontends),
        "pools": names(balancer.pools),
        "rules": unordered(rules),
        "outbound": unordered(outbound),
        "isStandard": balancer.is_standard,
        "uncertain": bool(balancer.unknown),
    }


def _address(address: AddressRange | None) -> Form:
    return prefixes([address] if address is not None else [])


def _admin_form(rule: AdminRule) -> Form:
    return {**rule_form(rule), "networks": names(rule.virtual_networks), "manager": key(rule.manager)}


def _firewall_form(firewall: AzureFirewall) -> Form:
    """Return a firewall; what kind of rule comes first does not depend on collections, their order within a kind does.

    Collections that match nothing decide nothing.
    """
    held = [one for one in firewall.collections if one.rules]
    return {
        "name": key(firewall.name),
        "subnet": key(firewall.subnet),
        "addresses": addresses(firewall.addresses),
        "public": addresses(firewall.public_ips),
        "hasPublic": firewall.has_public_ip,
        **{
            kind.__name__: [_collection_form(one) for one in sorted(own, key=lambda one: one.order)]
            for kind in (FirewallNatRule, FirewallNetworkRule, FirewallApplicationRule)
            if (own := [one for one in held if isinstance(one.rules[0], kind)])
        },
        "uncertain": bool(firewall.unknown),
    }


def _collection_form(collection: RuleCollection) -> Form:
    return {
        "name": key(collection.name),
        "order": list(collection.order),
        "access": str(collection.access),
        "rules": [_rule_form(one) for one in collection.rules],
    }


def _rule_form(rule: FirewallRule) -> Form:
    more: dict[str, Form]
    match rule:
        case FirewallNetworkRule():
            more = {
                "protocols": _protocols(rule),
                "destinations": endpoints(rule.destinations),
                "ports": ports(rule.ports),
                "hosts": names(rule.hosts),
            }
        case FirewallApplicationRule():
            more = {
                "ports": unordered([scheme, port] for scheme, port in rule.ports),
                "hosts": names(rule.hosts),
                "tags": names(rule.host_tags),
            }
        case FirewallNatRule():
            more = {
                "protocols": _protocols(rule),
                "destinations": addresses(rule.destinations),
                "ports": ports(rule.ports),
                "to": [_address(rule.to_address), rule.to_port],
            }
    return {"name": key(rule.name), "sources": endpoints(rule.sources), "uncertain": bool(rule.unknown), **more}


def _protocols(rule: FirewallNetworkRule | FirewallNatRule) -> Form:
    return unordered(protocols(one) for one in rule.protocols)


def computed_form(nic: NetworkInterface, model: DeploymentModel) -> Form:
    """Return the rules and routes that Azure computed for a NIC; None for what the files do not have."""
    levels: Iterable[Form] = [[str(one.level), nsg_form(one.nsg, model)] for one in nic.effective_nsgs or ()]
    return {
        "rules": None if nic.effective_nsgs is None else unordered(levels),
        "routes": None if nic.effective_routes is None else unordered(_route_form(one) for one in nic.effective_routes),
    }


def _route_form(route: EffectiveRoute) -> Form:
    return {
        "name": key(route.name),
        "source": route.source,
        "prefixes": prefixes(route.prefixes),
        "nextHop": str(route.next_hop),
        "addresses": addresses(route.next_hop_addresses),
        "uncertain": bool(route.unknown),
    }
