"""Virtual networks, subnets and peerings as a site file spells them."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.expressions import NOT_KNOWN
from netcheck.model.names import last_segment
from netcheck.model.site import EndpointPolicies, Peering, Site, Subnet, VirtualNetwork
from netcheck.reports._site_file_values import Entry, Value, one_or_many, prefix_texts, set_only


def network_entry(networks: Sequence[VirtualNetwork], site: Site) -> Entry:
    """Return a virtual network; `networks` are all of its name, of which the later ones hold undescribed subnets."""
    space = prefix_texts(prefix for one in networks for prefix in one.address_space)
    entry: Entry = {"name": networks[0].name, "addressSpace": space or NOT_KNOWN}
    learned = [one.gateway_prefixes for one in networks if one.gateway_prefixes is not None]
    if learned:
        entry["gatewayPrefixes"] = prefix_texts(prefix for one in learned for prefix in one)
    entry |= set_only(subnets=[_subnet_entry(subnet) for one in networks for subnet in one.subnets])
    if states_peerings(networks):
        return {**entry, "virtualNetworkPeerings": []}
    peerings: list[Value] = [_peering_entry(peering, site) for one in networks for peering in one.peerings]
    return {**entry, **set_only(virtualNetworkPeerings=peerings)}


def states_peerings(networks: Sequence[VirtualNetwork]) -> bool:
    """Return whether a network has no peerings but those that are stated: then its own list is empty, and says so."""
    return any(one.states_peerings for one in networks)


def outside_peerings(networks: Sequence[VirtualNetwork], site: Site) -> list[Value]:
    """Return the peerings of a network that stand outside of it, beside its own empty list."""
    if not states_peerings(networks):
        return []
    name = networks[0].name
    return [{**_peering_entry(peering, site), "virtualNetwork": name} for one in networks for peering in one.peerings]


def _subnet_entry(subnet: Subnet) -> Entry:
    entry: Entry = {
        "name": subnet.name,
        **one_or_many("addressPrefix", "addressPrefixes", prefix_texts(subnet.prefixes) or [NOT_KNOWN]),
        **set_only(
            networkSecurityGroup=subnet.network_security_group,
            routeTable=subnet.route_table,
            natGateway=last_segment(subnet.nat_gateway),
            serviceEndpoints=list(dict.fromkeys(subnet.service_endpoints)),
            serviceEndpointPolicies=list(subnet.service_endpoint_policies),
        ),
    }
    if subnet.default_outbound_access is not None:
        entry["defaultOutboundAccess"] = subnet.default_outbound_access
    if subnet.private_endpoint_policies is not EndpointPolicies.DISABLED:
        entry["privateEndpointNetworkPolicies"] = str(subnet.private_endpoint_policies)
    return entry


def _peering_entry(peering: Peering, site: Site) -> Entry:
    """A peer that the site has goes by its whole name there, any other by the last part of it, as rules are matched."""
    remote = peering.remote_virtual_network
    entry: Entry = {
        "name": peering.name,
        "remoteVirtualNetwork": remote if site.virtual_network(remote) else last_segment(remote),
        **set_only(remoteAddressSpace=prefix_texts(peering.remote_address_space)),
    }
    if not peering.is_connected:
        entry["peeringState"] = "Disconnected"
    if not peering.allows_virtual_network_access:
        entry["allowVirtualNetworkAccess"] = False
    return {
        **entry,
        **set_only(
            allowForwardedTraffic=peering.allows_forwarded_traffic,
            allowGatewayTransit=peering.allows_gateway_transit,
            useRemoteGateways=peering.uses_remote_gateways,
        ),
    }
