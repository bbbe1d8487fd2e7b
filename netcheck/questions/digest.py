"""The digest of a site: one number for everything in it that decides about packets, and for nothing else.

Two files that spell one network differently have one digest: places, file names, resource groups, order, letter case
of Azure names, singular and plural, the platform's own default rules, the ways to write a set of addresses or ports,
and why something is not known do not count. What a packet may meet does, the names that answers give included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from netcheck.model.names import key, last_segment
from netcheck.model.profiles import ServiceNeed
from netcheck.model.site import EndpointPolicies, Peering, Site, Subnet, VirtualNetwork
from netcheck.path.hops import WITHOUT_EFFECT
from netcheck.policy.peering import live_peerings, peer_space
from netcheck.questions._digest_machines import machine_form
from netcheck.questions._digest_rules import nsg_form, table_form, tags_form
from netcheck.questions._digest_rules import own_defaults as own_defaults
from netcheck.questions._digest_rules import rule_endpoints as rule_endpoints
from netcheck.questions._digest_values import Form, addresses, group_name, names, prefixes, to_text, unordered
from netcheck.questions.profiles import default_profile

VERSION = "netcheck-digest/1"
"""Part of what is hashed: another version of the form gives other digests."""


def digest(site: Site) -> str:
    """Return `sha256:` and the hash of the site's canonical form."""
    text = to_text({"version": VERSION, **site_form(site)})
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def site_form(site: Site) -> dict[str, Form]:
    """Return the canonical form, section by section.

    Where NSGs stand alone their cloud, location and deployment model are left out: exports of NSGs do not agree on
    whether they say them, and no packet at an NSG depends on them.
    """
    form: dict[str, Form] = {
        "networkSecurityGroups": unordered(
            nsg_form(nsg, site.deployment_model) for nsg in site.network_security_groups
        ),
        "applicationSecurityGroups": names(group_name(name) for name in _groups(site)),
        "serviceTags": tags_form(site),
        "unmodelled": _unmodelled_form(site),
    }
    if is_nsgs_alone(site):
        return form
    return {
        **form,
        "cloud": str(site.cloud),
        "location": site.location,
        "deploymentModel": str(site.deployment_model),
        "virtualNetworks": unordered(_network_form(networks, site) for networks in merged_networks(site)),
        "routeTables": unordered(table_form(table) for table in site.route_tables),
        "virtualMachines": unordered(machine_form(vm, site.deployment_model) for vm in site.virtual_machines),
        "backup": _backup_form(site),
        **_placed_form(site),
    }


def _placed_form(site: Site) -> dict[str, Form]:
    """Return what few sites have; those that have none of it keep the form they had."""
    has_more = site.private_endpoints or site.load_balancers or site.admin_rules or site.azure_firewalls
    if not has_more and site.private_dns_zones is None:
        return {}
    from netcheck.questions._digest_placed import placed_form

    return placed_form(site)


def is_nsgs_alone(site: Site) -> bool:
    """Return whether a site is NSGs without a network around them."""
    networks = (site.virtual_networks, site.virtual_machines, site.route_tables)
    placed = (site.private_endpoints, site.load_balancers, site.admin_rules, site.azure_firewalls)
    return bool(site.network_security_groups) and not any((*networks, *placed))


def merged_networks(site: Site) -> list[list[VirtualNetwork]]:
    """Return the virtual networks by name; what stands for undescribed subnets of one comes as another of its name."""
    found: dict[str, list[VirtualNetwork]] = {}
    for network in site.virtual_networks:
        found.setdefault(key(network.name), []).append(network)
    return list(found.values())


def _groups(site: Site) -> Iterable[str]:
    """Yield the groups of which it is known who is in them."""
    yield from site.application_security_groups
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            yield from nic.application_security_groups


def _unmodelled_form(site: Site) -> Form:
    """What is not known leaves every verdict open, whatever it is called, unless it bears on one hop only."""
    others: list[Form] = []
    is_open = False
    for one in site.unmodelled:
        if one.unknown and key(one.name) not in WITHOUT_EFFECT:
            is_open = True
        else:
            others.append([key(one.name), bool(one.unknown)])
    return {"isOpen": is_open, "names": unordered(others)}


def _network_form(networks: list[VirtualNetwork], site: Site) -> Form:
    learned = [one.gateway_prefixes for one in networks if one.gateway_prefixes is not None]
    is_stated = any(one.states_peerings and _has_far_appliance(one, site) for one in networks)
    stated: dict[str, Form] = {"statesPeerings": True} if is_stated else {}
    return {
        **stated,
        "name": key(networks[0].name),
        "space": addresses(prefix for one in networks for prefix in one.address_space),
        "subnets": unordered(_subnet_form(subnet) for one in networks for subnet in one.subnets),
        "peerings": unordered(_peering_form(peering) for one in networks for peering in one.peerings),
        "hasGateway": any(one.has_gateway for one in networks),
        "gatewayPrefixes": prefixes(prefix for one in learned for prefix in one) if learned else None,
    }


def _has_far_appliance(network: VirtualNetwork, site: Site) -> bool:
    """Return whether a route leads to an appliance outside of a network and its peers; else no other peer matters."""
    tables = [site.route_table(subnet.route_table) for subnet in network.subnets if subnet.route_table]
    hops = [route.next_hop_address for table in tables if table is not None for route in table.routes]
    peers = [peer_space(peering, peer) for peering, peer in live_peerings(site, network)]
    within = [*network.address_space, *(prefix for space in peers for prefix in space)]
    return any(
        not any(p.family == hop.family and p.first <= hop.first <= p.last for p in within)
        for hop in hops
        if hop is not None
    )


def _subnet_form(subnet: Subnet) -> Form:
    more: dict[str, Form] = {}
    if subnet.private_endpoint_policies is not EndpointPolicies.DISABLED:
        more["privateEndpointPolicies"] = str(subnet.private_endpoint_policies)
    if subnet.service_endpoint_policies:
        more["serviceEndpointPolicies"] = names(subnet.service_endpoint_policies)
    return {
        "name": key(subnet.name),
        "prefixes": addresses(subnet.prefixes),
        "nsg": key(subnet.network_security_group),
        "routeTable": key(subnet.route_table),
        "natGateway": key(last_segment(subnet.nat_gateway)),
        "serviceEndpoints": names(subnet.service_endpoints),
        "defaultOutboundAccess": subnet.default_outbound_access,
        **more,
    }


def _peering_form(peering: Peering) -> Form:
    more = {
        "allowsForwarded": peering.allows_forwarded_traffic,
        "lendsGateway": peering.allows_gateway_transit,
        "borrowsGateway": peering.uses_remote_gateways,
    }
    return {
        "name": key(peering.name),
        "remote": key(last_segment(peering.remote_virtual_network)),
        "space": addresses(peering.remote_address_space),
        "isConnected": peering.is_connected,
        "allowsAccess": peering.allows_virtual_network_access,
        **{name: True for name, is_set in more.items() if is_set},
    }


def _backup_form(site: Site) -> Form:
    """What a site says of its backup is the question that `check` asks of it."""
    backup = site.backup
    return {
        "profile": backup.profile or default_profile(site),
        "target": key(backup.target),
        "ports": sorted(set(backup.ports)),
        "vaultLocation": "" if site.location else backup.vault_location,
        **({"needs": unordered(_need_form(one) for one in backup.own.needs)} if backup.own else {}),
    }


def _need_form(need: ServiceNeed) -> Form:
    """Return what a profile of a file asks for; its words do not count."""
    return {
        "tag": key(need.tag),
        "addresses": sorted(need.addresses),
        "names": sorted(need.names),
        "protocol": need.protocol,
        "ports": sorted(need.ports),
        "heeds": str(need.heeds),
        "isEssential": need.is_essential,
    }
