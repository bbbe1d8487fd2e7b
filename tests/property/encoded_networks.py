"""A small network as the REST interface prints it, in one file or a folder, as a template, and as a site file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from tests.property.drawn_networks import DrawnNetwork, DrawnNic, DrawnRoute, DrawnSubnet, space
from tests.property.drawn_nsgs import ASGS
from tests.property.spelling import GROUP, SUBSCRIPTION, Fields, Files, Style, arm_head, rule_fields

NSG, TABLE, VNET, NIC = "networkSecurityGroups", "routeTables", "virtualNetworks", "networkInterfaces"
PIP, ASG, PEERING, VM = "publicIPAddresses", "applicationSecurityGroups", "virtualNetworkPeerings", "virtualMachines"
Refer = Callable[..., Fields]
Piece = tuple[str, tuple[str, ...], Fields]
"""A resource: its type behind the provider, the names of its ID, what stands under `properties`."""


class _Sides:
    """On which of its two ends an attachment is stated: both where Azure printed the whole, else one or both."""

    def __init__(self, style: Style, *, is_printed: bool, is_template: bool) -> None:
        self._style, self.is_printed, self.is_template = style, is_printed, is_template
        self._chosen: dict[tuple[str, ...], tuple[bool, bool]] = {}

    def of(self, *place: str) -> tuple[bool, bool]:
        """Return whether the subnet or NIC says so, and whether what is attached to it does."""
        if self.is_printed or self.is_template:
            return True, self.is_printed
        choice = self._style.random.choice(((True, False), (False, True), (True, True)))
        return self._chosen.setdefault(place, choice)


def _rest_reference(*parts: str) -> Fields:
    kind, *names = parts
    return {"id": _id(kind, tuple(names))}


def _provider(kind: str) -> str:
    return "Microsoft.Compute" if kind == VM else "Microsoft.Network"


def _id(kind: str, names: tuple[str, ...]) -> str:
    provider = GROUP.replace("Microsoft.Network", _provider(kind))
    return "/".join((provider, *(part for pair in zip(kind.split("/"), names, strict=True) for part in pair)))


def _arm_reference(style: Style) -> Refer:
    def refer(*parts: str) -> Fields:
        kind, *names = parts
        words = ", ".join(f"'{one}'" for one in (f"{_provider(kind)}/{kind}", *names))
        return {"id": f"[resourceId({words})]"} if style.random.random() < 0.7 else _rest_reference(*parts)

    return refer


def _pieces(network: DrawnNetwork, style: Style, sides: _Sides, refer: Refer) -> Iterator[Piece]:
    for nsg in network.nsgs:
        rules = [{"name": rule.name, "properties": rule_fields(rule, style)} for rule in style.shuffled(nsg.rules)]
        yield NSG, (nsg.name,), {"securityRules": rules, **_places(network, nsg.name, sides, refer)}
    for name, routes in network.tables:
        places = {key: value for key, value in _places(network, name, sides, refer).items() if key == "subnets"}
        yield TABLE, (name,), {"routes": [_route(route, style) for route in routes], **places}
    for name in ASGS:
        yield ASG, (name,), {"provisioningState": "Succeeded"} if sides.is_printed else {}
    for nic in network.nics:
        if nic.public:
            yield PIP, (f"pip-{nic.name}",), {"ipAddress": nic.public, "publicIPAllocationMethod": "Static"}
        yield NIC, (nic.name,), _nic(nic, style, sides, refer)
    for vnet in network.vnets:
        inner = [_subnet(one, style, sides, refer) for one in network.subnets if one.vnet == vnet]
        fields: Fields = {"addressSpace": {"addressPrefixes": space(vnet)}, "subnets": inner}
        if network.access is not None:
            fields[PEERING] = [_peering(network, vnet, refer, style)]
        yield VNET, (vnet,), fields
    for vm, system in network.systems.items():
        yield VM, (vm,), _vm(network, vm, system, refer)


def _places(network: DrawnNetwork, name: str, sides: _Sides, refer: Refer) -> Fields:
    """Return the subnets and NICs that an NSG or a route table lists as its own."""
    subnets = [
        refer(f"{VNET}/subnets", one.vnet, one.name)
        for one in network.subnets
        if name in (one.nsg, one.table) and sides.of(one.vnet, one.name, name)[1]
    ]
    nics = [refer(NIC, one.name) for one in network.nics if one.nsg == name and sides.of(one.name, name)[1]]
    return {key: value for key, value in (("subnets", subnets), (NIC, nics)) if value}


def _route(route: DrawnRoute, style: Style) -> Fields:
    fields: Fields = {"addressPrefix": route.prefix, "nextHopType": style.word(route.hop)}
    if route.address:
        fields["nextHopIpAddress"] = route.address
    else:
        style.put_unset(fields, "nextHopIpAddress")
    return {"name": route.name, "properties": fields}


def _subnet(subnet: DrawnSubnet, style: Style, sides: _Sides, refer: Refer) -> Fields:
    fields: Fields = {"addressPrefix": subnet.prefix}
    if style.random.random() < 0.3:
        fields = {"addressPrefixes": [subnet.prefix]}
    for name, kind, attached in (("networkSecurityGroup", NSG, subnet.nsg), ("routeTable", TABLE, subnet.table)):
        if attached and sides.of(subnet.vnet, subnet.name, attached)[0]:
            fields[name] = refer(kind, attached)
        else:
            style.put_unset(fields, name)
    if subnet.endpoints:
        fields["serviceEndpoints"] = [{"service": service, "locations": ["westus"]} for service in subnet.endpoints]
    if sides.is_printed:
        fields["provisioningState"] = "Succeeded"
    head = {} if sides.is_template else _rest_reference(f"{VNET}/subnets", subnet.vnet, subnet.name)
    return {"name": subnet.name, **head, "properties": fields}


def _peering(network: DrawnNetwork, vnet: str, refer: Refer, style: Style) -> Fields:
    [other] = [one for one in network.vnets if one != vnet]
    fields = {
        "remoteVirtualNetwork": refer(VNET, other),
        "allowVirtualNetworkAccess": network.access,
        "remoteAddressSpace": {"addressPrefixes": space(other)},
        "peeringState": style.word("Connected"),
        "allowForwardedTraffic": network.forwarded,
    }
    return {"name": f"to-{other}", "properties": fields}


def _nic(nic: DrawnNic, style: Style, sides: _Sides, refer: Refer) -> Fields:
    inner: Fields = {"subnet": refer(f"{VNET}/subnets", nic.subnet.vnet, nic.subnet.name)}
    if nic.address:
        inner |= {"privateIPAddress": nic.address, "privateIPAllocationMethod": "Static"}
    else:
        inner["privateIPAllocationMethod"] = style.word("Dynamic")
        style.put_unset(inner, "privateIPAddress")
    if nic.public:
        inner["publicIPAddress"] = refer(PIP, f"pip-{nic.name}")
    if nic.groups:
        inner[ASG] = [refer(ASG, name) for name in nic.groups]
    fields: Fields = {"ipConfigurations": [{"name": "ipconfig1", "properties": inner}]}
    fields |= {"enableIPForwarding": nic.forwards, "primary": nic.is_primary}
    if nic.nsg and sides.of(nic.name, nic.nsg)[0]:
        fields["networkSecurityGroup"] = refer(NSG, nic.nsg)
    if not sides.is_template and (sides.is_printed or style.random.random() < 0.5):
        fields["virtualMachine"] = refer(VM, nic.vm)
    return fields


def _vm(network: DrawnNetwork, vm: str, system: str, refer: Refer) -> Fields:
    nics = [{**refer(NIC, one.name), "properties": {"primary": one.is_primary}} for one in network.nics if one.vm == vm]
    disk = {"osDisk": {"osType": system}}
    return {"networkProfile": {"networkInterfaces": nics}, "storageProfile": disk, "hardwareProfile": {"vmSize": "S"}}


def _exported(network: DrawnNetwork, style: Style) -> list[Fields]:
    """Return the resources as the REST interface or az print them."""
    sides = _Sides(style, is_printed=style.random.random() < 0.5, is_template=False)
    is_flat = style.random.random() < 0.5
    found = []
    for kind, names, fields in _pieces(network, style, sides, _rest_reference):
        head = {"id": _id(kind, names), "name": names[-1], "type": f"{_provider(kind)}/{kind}"}
        one: Fields = {**head, "location": "westus"}
        if sides.is_printed and kind != VM:
            one["etag"] = 'W/"1"'
        found.append(style.keys(_flat({**one, **fields}) if is_flat else {**one, "properties": fields}))
    return style.random.sample(found, len(found))


def _flat(value: Any) -> Any:
    """Return JSON without the levels `properties`, as az prints it."""
    if isinstance(value, dict):
        inner = {name: _flat(one) for name, one in value.items() if name != "properties"}
        return inner | _flat(value["properties"]) if isinstance(value.get("properties"), dict) else inner
    return [_flat(one) for one in value] if isinstance(value, list) else value


def exports(network: DrawnNetwork, style: Style) -> Files:
    """All resources in one file."""
    found = _exported(network, style)
    return {"all.json": style.json({"value": found} if style.random.random() < 0.5 else found)}


def folder(network: DrawnNetwork, style: Style) -> Files:
    """A file for each resource or for a few of them, in names that say nothing; one resource stands there twice."""
    found = _exported(network, style)
    again = style.random.choice(found)
    files: Files = {}
    while found:
        count = style.random.randint(1, 3)
        part, found = found[:count], found[count:]
        text = style.json(part if len(part) > 1 else style.random.choice((part, part[0])))
        files[f"{style.random.randrange(10**9):09}.{style.random.choice(('json', 'txt'))}"] = text
    return {**files, "again.json": json.dumps(again)}


def template(network: DrawnNetwork, style: Style) -> Files:
    """A template, with children inside their parents or beside them."""
    sides = _Sides(style, is_printed=False, is_template=True)
    resources: list[Fields] = []
    for kind, names, fields in _pieces(network, style, sides, _arm_reference(style)):
        for child in ("securityRules", "routes", "subnets", PEERING):
            if kind in (NSG, TABLE, VNET) and child in fields and style.random.random() < 0.4:
                inner = fields.pop(child)
                resources += [_arm(f"{kind}/{child}", (*names, one["name"]), one["properties"]) for one in inner]
        resources.append(_arm(kind, names, style.keys(fields)))
    shuffled = style.random.sample(resources, len(resources))
    return {"main.json": style.json({**arm_head("deploymentTemplate"), "resources": shuffled})}


def _arm(kind: str, names: tuple[str, ...], fields: Fields) -> Fields:
    where = {} if "/" in kind else {"location": "westus"}
    head = {"type": f"{_provider(kind)}/{kind}", "apiVersion": "2023-04-01", "name": "/".join(names), **where}
    return {**head, "properties": fields}


def site_file(network: DrawnNetwork, style: Style) -> Files:
    """The same as somebody would write it by hand."""
    site: Fields = {
        "netcheck": 1,
        "location": style.random.choice(("westus", "West US")),
        NSG: [
            {"name": nsg.name, "securityRules": [{"name": r.name, **rule_fields(r, style)} for r in nsg.rules]}
            for nsg in network.nsgs
        ],
        TABLE: [
            {"name": name, "routes": [_flat(_route(one, style)) for one in routes]} for name, routes in network.tables
        ],
        ASG: list(ASGS),
        VNET: [_site_vnet(network, vnet) for vnet in network.vnets],
        VM: [
            {"name": vm, "osType": system, NIC: [_site_nic(one) for one in network.nics if one.vm == vm]}
            for vm, system in network.systems.items()
        ],
    }
    return {"site.yaml": yaml.safe_dump(site, sort_keys=False)}


def _site_vnet(network: DrawnNetwork, vnet: str) -> Fields:
    subnets = [
        {
            "name": one.name,
            "addressPrefix": one.prefix,
            "networkSecurityGroup": one.nsg,
            "routeTable": one.table,
            "serviceEndpoints": list(one.endpoints),
        }
        for one in network.subnets
        if one.vnet == vnet
    ]
    found: Fields = {"name": vnet, "addressSpace": space(vnet), "subnets": subnets}
    if network.access is not None:
        [other] = [one for one in network.vnets if one != vnet]
        peering = {"name": f"to-{other}", "remoteVirtualNetwork": other, "remoteAddressSpace": space(other)}
        allowed = {"allowVirtualNetworkAccess": network.access, "allowForwardedTraffic": network.forwarded}
        found[PEERING] = [{**peering, **allowed}]
    return found


def _site_nic(nic: DrawnNic) -> Fields:
    found: Fields = {
        "name": nic.name,
        "subnet": f"{nic.subnet.vnet}/{nic.subnet.name}",
        "networkSecurityGroup": nic.nsg,
        ASG: list(nic.groups),
        "enableIPForwarding": nic.forwards,
        "primary": nic.is_primary,
    }
    found |= {"privateIPAddress": nic.address} if nic.address else {"privateIPAllocationMethod": "Dynamic"}
    return {**found, "publicIPAddress": nic.public} if nic.public else found


WAYS: dict[str, Callable[[DrawnNetwork, Style], Files]] = {
    "exports in one file": exports,
    "exports in a folder": folder,
    "template": template,
    "site file": site_file,
}
DEPLOYMENT = {"subscription": SUBSCRIPTION.rpartition("/")[2], "resource_group": "rg-web"}
"""Where the template is deployed, so that its IDs are those of the exports."""
