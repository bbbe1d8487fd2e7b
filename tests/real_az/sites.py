"""The NSGs of a site as Resource Manager holds them, and a site with the NSGs that Resource Manager holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import netcheck as nc
from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, Endpoint, ServiceTag
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.rules import NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from tests.real_az.refusals import Json
from tests.real_az.server import SUBSCRIPTION

PROTOCOLS = {(): "*", (6,): "Tcp", (17,): "Udp", (1, 58): "Icmp", (50,): "Esp", (51,): "Ah"}
PROVIDER = "providers/Microsoft.Network"


class NotStorableError(Exception):
    """The service could not hold this NSG as the site has it: something in it is not known."""


def nsg_id(group: str, name: str) -> str:
    """Return the resource id of an NSG."""
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/{PROVIDER}/networkSecurityGroups/{name}"


def to_arm(nsg: NetworkSecurityGroup, group: str) -> Json:
    """Return an NSG as the body of a PUT; raise NotStorableError where a rule names what cannot be written."""
    rules = [{"name": rule.name, "properties": _rule(rule, group)} for rule in nsg.rules]
    return {"location": nsg.location or "westus", "properties": {"securityRules": rules}}


def _rule(rule: NsgRule, group: str) -> Json:
    if rule.unknown or rule.protocol.numbers not in PROTOCOLS:
        raise NotStorableError(rule.name)
    return {
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": PROTOCOLS[rule.protocol.numbers],
        **_side("source", rule.sources, group),
        **_ports("source", rule.source_ports),
        **_side("destination", rule.destinations, group),
        **_ports("destination", rule.destination_ports),
    }


def _side(side: str, endpoints: Sequence[Endpoint], group: str) -> Json:
    groups = [one.name for one in endpoints if isinstance(one, ApplicationSecurityGroup)]
    texts = [_text(one) for one in endpoints if not isinstance(one, ApplicationSecurityGroup)]
    home = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/{PROVIDER}/applicationSecurityGroups"
    ids = [{"id": name if "/" in name else f"{home}/{name}"} for name in groups]
    listed = {f"{side}ApplicationSecurityGroups": ids} if ids else {}
    return {**listed, **(_one_or_many(f"{side}AddressPrefix", "es", texts) if texts else {})}


def _text(endpoint: Endpoint) -> str:
    match endpoint:
        case AddressRange() if "-" not in str(endpoint):
            return str(endpoint)
        case AnyAddress() | ServiceTag():
            return str(endpoint)
        case _:
            raise NotStorableError(str(endpoint))


def _ports(side: str, ranges: Sequence[PortRange]) -> Json:
    return _one_or_many(f"{side}PortRange", "s", ["*" if one == ALL_PORTS else str(one) for one in ranges])


def _one_or_many(name: str, plural: str, texts: Sequence[str]) -> Json:
    return {name: texts[0]} if len(texts) == 1 else {name + plural: list(texts)}


def normal(rule: Json) -> Json:
    """Return what a rule says, however it is spelled: empty fields left out, a list of one as its value."""
    said = {name: value for name, value in rule["properties"].items() if value not in (None, "", [])}
    said.pop("provisioningState", None)
    for name in [name for name, value in said.items() if isinstance(value, list) and len(value) == 1]:
        if name.endswith(("Prefixes", "Ranges")):
            said[name.removesuffix("es" if name.endswith("Prefixes") else "s")] = said.pop(name)[0]
    return {"name": rule["name"], **said}


def with_nsgs(site: Site, held: Mapping[str, Json], folder: Path) -> Site:
    """Return the site with its NSGs replaced by those that the service holds, read as an export of the service."""
    file = folder / "nsgs.json"
    file.write_text(json.dumps(list(held.values())), encoding="utf-8")
    read = {nsg.name.casefold(): nsg for nsg in nc.load(file).network_security_groups}
    assert len(read) == len(site.network_security_groups) == len(held)
    new = tuple(
        replace(read[old.name.casefold()], resource_group=old.resource_group) for old in site.network_security_groups
    )
    return replace(site, network_security_groups=new)
