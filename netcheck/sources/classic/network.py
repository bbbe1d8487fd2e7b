"""Virtual networks of the classic model: the listing of the service, and network configuration files.

Shapes: Azure service management, "List Virtual Network Sites"; "Azure Virtual Network Configuration Schema" (netcfg).
"""

from __future__ import annotations

from netcheck.sources._faults import NOT_KNOWN, Faults
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, made_mapping, shorten
from netcheck.sources._resources import NETWORK, Association, Resource
from netcheck.sources.classic.elements import Fields, listed
from netcheck.sources.classic.xml_nodes import Element


def read_sites(faults: Faults, element: Element) -> list[Resource | Association]:
    """Read the listing of virtual networks. It names the NSG of a subnet, but not its route table, which is unknown."""
    sites = listed(faults, element, "VirtualNetworkSite")
    if not sites:
        faults.warning(element.node, NOT_KNOWN, "`VirtualNetworkSites` lists nothing")
    return [found for site in sites for found in _read_listed(faults, site)]


def _read_listed(faults: Faults, element: Element) -> list[Resource | Association]:
    fields = Fields(faults, element)
    name = fields.name()
    fields.ignore("Id", "Label", "AffinityGroup", "State", "InUse", "Dns", "Gateway")  # what it learns is not in it
    location = fields.text("Location")
    spaces = [item.text for item in fields.inner("AddressSpace", "AddressPrefixes", "AddressPrefix")]
    subnets = fields.inner("Subnets", "Subnet")
    fields.finish()
    if name is None:
        return []
    return [_network(faults, element, name, location, spaces, subnets, is_listed=True)]


def read_network_configuration(faults: Faults, element: Element) -> list[Resource | Association]:
    """Read a network configuration file. Its schema has no NSGs and no route tables: those of subnets are unknown."""
    fields = Fields(faults, element)
    held = fields.one("VirtualNetworkConfiguration")
    fields.finish()
    if held is None:
        faults.warning(element.node, NOT_KNOWN, "`NetworkConfiguration` holds no virtual network")
        return []
    inner = Fields(faults, held)
    inner.ignore("Dns", "LocalNetworkSites")  # names of servers; what a gateway is told, which is not all it knows
    sites = inner.inner("VirtualNetworkSites", "VirtualNetworkSite")
    inner.finish()
    if not sites:
        faults.warning(held.node, NOT_KNOWN, "`VirtualNetworkConfiguration` holds no virtual network")
    return [found for site in sites for found in _read_configured(faults, site)]


def _read_configured(faults: Faults, element: Element) -> list[Resource | Association]:
    fields = Fields(faults, element)
    name = _named(fields)
    location = fields.attribute("Location")
    fields.ignore("@AffinityGroup", "DnsServersRef", "Gateway")
    spaces = [item.text for item in fields.inner("AddressSpace", "AddressPrefix")]
    subnets = fields.inner("Subnets", "Subnet")
    fields.finish()
    if name is None:
        return []
    return [_network(faults, element, name, location, spaces, subnets, is_listed=False)]


def _named(fields: Fields) -> Scalar | None:
    found = fields.attribute("name")
    return found if found is not None else fields.name()


def _network(
    faults: Faults,
    element: Element,
    name: Scalar,
    location: Scalar | None,
    spaces: list[Scalar],
    subnets: list[Element],
    *,
    is_listed: bool,
) -> Resource:
    entries: list[tuple[str, Node]] = [("name", name)]
    if location is not None:
        entries.append(("location", location))
    if spaces:
        space = made_mapping([("addressPrefixes", Sequence(tuple(spaces), spaces[0].start))], spaces[0])
        entries.append(("addressSpace", space))
    read = [_read_subnet(faults, subnet, name.text, is_listed=is_listed) for subnet in subnets]
    at = subnets[0].start if subnets else element.start
    entries.append(("subnets", Sequence(tuple(found for found in read if found is not None), at)))
    return Resource(type=NETWORK, node=made_mapping(entries, element.spot), name=name.text)


def _read_subnet(faults: Faults, element: Element, network: str, *, is_listed: bool) -> Mapping | None:
    fields = Fields(faults, element)
    name = fields.name() if is_listed else _named(fields)
    prefixes = [item.text for item in fields.every("AddressPrefix")]
    attached = {tag: fields.named(tag) for tag in ("NetworkSecurityGroup", "RouteTable")}
    fields.finish()
    if name is None:
        return None
    entries: list[tuple[str, Node]] = [("name", name)]
    if len(prefixes) == 1:
        entries.append(("addressPrefix", prefixes[0]))
    elif prefixes:
        entries.append(("addressPrefixes", Sequence(tuple(prefixes), prefixes[0].start)))
    place = (network, name.text)
    group, table = attached["NetworkSecurityGroup"], attached["RouteTable"]
    if group is not None:
        entries.append(("networkSecurityGroup", group))
    elif not is_listed:
        entries.append(("networkSecurityGroup", _unsaid("network security group", place, element)))
    entries.append(("routeTable", table if table is not None else _unsaid("route table", place, element)))
    return made_mapping(entries, element.spot)


def _unsaid(what: str, place: tuple[str, str], element: Element) -> Unknown:
    network, subnet = place
    reason = f"the file does not say which {what} subnet `{shorten(f'{network}/{subnet}')}` has"
    return Unknown(
        f"{what} of subnet {subnet} in {network}", reason, element.node.start, element.start + len(element.name) + 1
    )
