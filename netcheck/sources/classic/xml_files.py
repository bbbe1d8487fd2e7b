"""XML of the classic model: what the service management interface answers and is sent, and network configuration files.

Shapes: Azure service management, "Get Network Security Group", "Get Route Table", "Get Deployment"; recorded exchanges.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from netcheck.sources._faults import INCOMPLETE, NOT_KNOWN, Faults
from netcheck.sources._nodes import Document, Mapping, Node, Unknown, shorten
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources.classic.deployment import read_deployment
from netcheck.sources.classic.elements import Fields, listed
from netcheck.sources.classic.network import read_network_configuration, read_sites
from netcheck.sources.classic.routes import read_effective_routes, read_route_table
from netcheck.sources.classic.rules import GIVEN_NAMES, classic_nsg, classic_rule, no_rules, unsure_of
from netcheck.sources.classic.xml_nodes import Element, parse_xml

_Read = Callable[[Faults, Element], list[Resource | Association]]

_ROOT = re.compile(r"<(?![?!])(?:[^\s<>/:]{1,60}:)?([^\s<>/:]{1,60})([^<>]{0,2000})")
_LEAD = re.compile(
    r"\ufeff?(?:\s|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->|<!DOCTYPE[^<>\[]*(?:\[[^\]]*\]\s*)?>)*", re.DOTALL
)
_OWN_ROOTS = frozenset((
    "NetworkSecurityGroup", "NetworkSecurityGroups", "RouteTable", "RouteTables", "EffectiveRouteTable",
    "VirtualNetworkSites", "NetworkSecurityGroupAssociation", "RouteTableAssociation",
))  # fmt: skip
_NAMESPACES = re.compile(r"schemas\.microsoft\.com/(?:windowsazure|ServiceHosting/\d{4}/\d{2}/NetworkConfiguration)")
_CATALOG = (
    "NetworkSecurityGroup, NetworkSecurityGroups, RouteTable, RouteTables, EffectiveRouteTable, VirtualNetworkSites, "
    "NetworkConfiguration, Deployment, HostedService"
)
_REFUSED = {
    "Rule": (
        "a rule without its network security group decides nothing",
        "give the group itself: Get Network Security Group with `detaillevel=Full`",
    ),
    "Rules": (
        "rules without their network security group decide nothing",
        "give the group itself: Get Network Security Group with `detaillevel=Full`",
    ),
    "Route": ("a route without its route table decides nothing", "give the table: Get Route Table, `detailLevel=Full`"),
    "NetworkSecurityGroupAssociation": (
        "this names a network security group, but not what it is attached to",
        "give the listing of virtual networks, where each subnet names its group",
    ),
    "RouteTableAssociation": (
        "this names a route table, but not the subnet it is attached to",
        "write `routeTable` under that subnet in a site file",
    ),
}


def is_classic_xml(text: str) -> bool:
    """Return whether a text is XML of the classic model, by its root element and namespace."""
    lead = _LEAD.match(text, 0, 100_000)
    found = _ROOT.match(text, lead.end() if lead else 0)
    if found is None:
        return False
    return found[1] in _OWN_ROOTS or _NAMESPACES.search(found[2]) is not None


def read_classic_xml(document: Document, opening: Opening) -> list[Resource | Association]:
    """Read one reply, request or network configuration file.

    An NSG or route table that comes without its rules or routes, as listings and requests to create one do, has unknown
    ones. Raise InputError where the text is not XML, or holds nothing that could be read.
    """
    faults = Faults(document, opening.collector)
    root = parse_xml(faults)
    read = _READERS.get(root.name)
    if read is None:
        _refuse(faults, root)
    return read(faults, root)


def _refuse(faults: Faults, root: Element) -> NoReturn:
    if root.name == "Error":
        code = Fields(faults, root).text("Code")
        shown = f" `{shorten(code.text)}`" if code is not None else ""
        faults.fatal(root.node, INCOMPLETE, f"this is an error reply of the service{shown}", "export it again")
    message, advice = _REFUSED.get(root.name, ("", ""))
    message = message or f"`{shorten(root.name)}` is no element of the classic model that netcheck reads"
    faults.fatal(root.node, INCOMPLETE, message, advice or f"one of {_CATALOG}")


def _read_nsg(faults: Faults, element: Element) -> list[Resource | Association]:
    fields = Fields(faults, element)
    name = fields.name()
    location = fields.text("Location")
    state = fields.text("State")
    held = fields.one("Rules")
    fields.ignore("Label", "Id")
    fields.finish()
    if name is None:
        return []
    unsure = unsure_of(faults, state, name.text)
    if held is None or not held.children:  # the built-in rules are in every full listing
        label = shorten(name.text)
        reason = f"the export of network security group `{label}` lists no rules (its detail level is not `Full`)"
        rules: list[tuple[Mapping, bool]] | Unknown = no_rules(name.text, reason, element.node)
    else:
        rules = [_read_rule(faults, rule) for rule in listed(faults, held, "Rule")]
    at = held.spot if held is not None else element.spot
    return [classic_nsg(name, element.spot, rules, at, location=location, unsure=unsure)]


def _read_rule(faults: Faults, element: Element) -> tuple[Mapping, bool]:
    fields = Fields(faults, element)
    given: dict[str, Node] = {}
    for field in GIVEN_NAMES:
        found = fields.name() if field == "Name" else fields.text(field)
        if found is not None:
            given[field] = found
    fields.finish()
    return classic_rule(faults, given, element.spot)


def _list_of(name: str, read: _Read) -> _Read:
    """Return a reader of a listing: an element that holds any number of `name`."""

    def read_all(faults: Faults, element: Element) -> list[Resource | Association]:
        items = listed(faults, element, name)
        if not items:
            message = f"`{shorten(element.name)}` lists nothing"
            faults.warning(element.node, NOT_KNOWN, message, "was it asked for with the right subscription?")
        return [found for item in items for found in read(faults, item)]

    return read_all


def _read_service(faults: Faults, element: Element) -> list[Resource | Association]:
    fields = Fields(faults, element)
    fields.ignore(
        "Url", "ServiceName", "HostedServiceProperties", "ComputeCapabilities", "DefaultWinRmCertificateThumbprint"
    )
    held = fields.one("Deployments")
    fields.finish()
    if held is None:
        advice = "ask for it with `embed-detail=true`"
        faults.error(element.node, INCOMPLETE, "`HostedService` does not say what is deployed in it", advice)
        return []
    return _list_of("Deployment", read_deployment)(faults, held)


_READERS: dict[str, _Read] = {
    "NetworkSecurityGroup": _read_nsg,
    "NetworkSecurityGroups": _list_of("NetworkSecurityGroup", _read_nsg),
    "RouteTable": read_route_table,
    "RouteTables": _list_of("RouteTable", read_route_table),
    "EffectiveRouteTable": read_effective_routes,
    "VirtualNetworkSites": read_sites,
    "NetworkConfiguration": read_network_configuration,
    "Deployment": read_deployment,
    "HostedService": _read_service,
}
