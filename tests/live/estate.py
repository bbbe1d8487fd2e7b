"""A site as Azure would hold it: resources by ID, in the shape of Azure's REST interface.

Written from the REST reference and from the spelling of the site file; netcheck's own readers and writers are not used,
beside `netcheck convert`, which spells every fixture in one way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.real_az.server import SUBSCRIPTION

Json = dict[str, Any]
GROUP = "rg-live"
HOME = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
NOT_AZURES = ("hostFirewall", "proxyClient", "proxyServer", "agent")
_TOP = ("id", "name", "type", "location", "etag", "sku", "zones", "kind", "tags")
_REFERENCES = {
    "networkSecurityGroup": "networkSecurityGroups",
    "routeTable": "routeTables",
    "natGateway": "natGateways",
    "remoteVirtualNetwork": "virtualNetworks",
    "firewallPolicy": "firewallPolicies",
    "basePolicy": "firewallPolicies",
}
"""Fields that name a resource, and the type of what they name."""


def identity(kind: str, name: str, provider: str = "Microsoft.Network") -> str:
    """Return the resource ID of what a site calls by its name."""
    return f"{HOME}/{provider}/{kind}/{name}"


def subnet_id(name: str) -> str:
    """Return the ID of `network/subnet`."""
    network, _, subnet = name.partition("/")
    return f"{identity('virtualNetworks', network)}/subnets/{subnet}"


def azures_part(site: Json) -> Json:
    """Return a site without what Azure knows nothing of, and with what Azure always says: IDs of services, managers."""
    kept = {name: value for name, value in site.items() if name not in ("serviceTags", "backup")}
    machines = kept.get("virtualMachines", [])
    kept["virtualMachines"] = [{k: v for k, v in one.items() if k not in NOT_AZURES} for one in machines]
    for endpoint in kept.get("privateEndpoints", ()):
        if "/" not in endpoint["service"]:
            endpoint["service"] = identity("storageAccounts", endpoint["service"], "Microsoft.Storage")
    for rule in kept.get("securityAdminRules", ()):
        rule.setdefault("networkManager", "manager")
    return kept


def resources(site: Json) -> dict[str, Json]:
    """Return the resources of a site by ID, each as the body of a PUT."""
    found: dict[str, Json] = {}
    for section, make in _MAKERS.items():
        for entry in site.get(section, ()):
            found.update(make(entry))
    _attach(found)
    return {path: {"location": site["location"], **body} for path, body in found.items()}


def _attach(found: dict[str, Json]) -> None:
    """Let NSGs, route tables and NAT gateways list what they are attached to, as Azure does."""
    for path, body in list(found.items()):
        for subnet in body["properties"].get("subnets", ()) if "/virtualNetworks/" in path else ():
            _list_at(found, subnet["properties"], "subnets", f"{path}/subnets/{subnet['name']}")
        if "/networkInterfaces/" in path:
            _list_at(found, body["properties"], "networkInterfaces", path)


def _list_at(found: dict[str, Json], properties: Json, name: str, own: str) -> None:
    for field in ("networkSecurityGroup", "routeTable", "natGateway"):
        if field in properties:
            target = found.setdefault(properties[field]["id"], {"properties": {}})
            target["properties"].setdefault(name, []).append({"id": own})


def exported(folder: Path) -> dict[str, Json]:
    """Return the resources that `az … show` printed into the files of a folder, with the level `properties` again."""
    bodies = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]
    return {body["id"]: _nested(body) for body in bodies}


def _nested(value: Any) -> Any:
    if isinstance(value, list):
        return [_nested(one) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _nested(one) for name, one in value.items() if name != "resourceGroup"}
    if not {"id", "name"} <= inner.keys():
        return inner
    top = {name: one for name, one in inner.items() if name in _TOP}
    return {**top, "properties": {name: one for name, one in inner.items() if name not in _TOP}}


def load(file: Path) -> Json:
    """Return a site file as a value."""
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def _part(entry: Json, *, without: tuple[str, ...] = ()) -> Json:
    """Return what has a name as Azure nests it, references by ID."""
    properties = {name: value for name, value in entry.items() if name not in ("name", "sku", *without)}
    for name, kind in _REFERENCES.items():
        if name in properties:
            properties[name] = {"id": identity(kind, properties[name])}
    if "subnet" in properties:
        properties["subnet"] = {"id": subnet_id(properties["subnet"])}
    sku = {"sku": {"name": entry["sku"]}} if "sku" in entry else {}
    return {"name": entry["name"], **sku, "properties": properties}


def _nsg(entry: Json) -> Iterator[tuple[str, Json]]:
    rules = [_rule(one) for one in entry.get("securityRules", ())]
    yield identity("networkSecurityGroups", entry["name"]), {"properties": {"securityRules": rules}}


def _rule(entry: Json) -> Json:
    rule = _part(entry)
    for side in ("source", "destination"):
        name = f"{side}ApplicationSecurityGroups"
        if name in entry:
            rule["properties"][name] = [{"id": identity("applicationSecurityGroups", one)} for one in entry[name]]
    return rule


def _table(entry: Json) -> Iterator[tuple[str, Json]]:
    body = _part(entry)
    body["properties"]["routes"] = [_part(one) for one in entry.get("routes", ())]
    yield identity("routeTables", entry["name"]), body


def _network(entry: Json) -> Iterator[tuple[str, Json]]:
    body = _part(entry, without=("subnets", "virtualNetworkPeerings"))
    body["properties"]["addressSpace"] = {"addressPrefixes": entry["addressSpace"]}
    body["properties"]["subnets"] = [_subnet(one) for one in entry.get("subnets", ())]
    body["properties"]["virtualNetworkPeerings"] = [_part(one) for one in entry.get("virtualNetworkPeerings", ())]
    yield identity("virtualNetworks", entry["name"]), body


def _subnet(entry: Json) -> Json:
    body = _part(entry)
    if "serviceEndpoints" in entry:
        body["properties"]["serviceEndpoints"] = [
            {"service": one} if isinstance(one, str) else one for one in entry["serviceEndpoints"]
        ]
    return body


def _machine(entry: Json) -> Iterator[tuple[str, Json]]:
    vm = identity("virtualMachines", entry["name"], "Microsoft.Compute")
    nics = [identity("networkInterfaces", nic["name"]) for nic in entry["networkInterfaces"]]
    properties: Json = {"networkProfile": {"networkInterfaces": [{"id": nic} for nic in nics]}}
    properties["osProfile"] = {"adminUsername": "root-of-all-evil", "computerName": entry["name"]}
    if "osType" in entry:
        properties["storageProfile"] = {"osDisk": {"osType": entry["osType"]}}
    yield vm, {"properties": properties, "tags": {"password": "in-a-tag"}}
    for nic in entry["networkInterfaces"]:
        yield from _nic(nic, vm)


def _nic(entry: Json, vm: str) -> Iterator[tuple[str, Json]]:
    config: Json = {}
    for name in ("privateIPAddress", "subnet", "loadBalancerBackendAddressPools", "applicationSecurityGroups"):
        if name in entry:
            config[name] = entry[name]
    if "subnet" in config:
        config["subnet"] = {"id": subnet_id(config["subnet"])}
    if "loadBalancerBackendAddressPools" in config:
        config["loadBalancerBackendAddressPools"] = [{"id": pool_id(one)} for one in entry[_POOLS]]
    if "applicationSecurityGroups" in config:
        groups = entry["applicationSecurityGroups"]
        config["applicationSecurityGroups"] = [{"id": identity("applicationSecurityGroups", one)} for one in groups]
    if "publicIPAddress" in entry:
        path, body = _public_ip(f"{entry['name']}-ip", entry["publicIPAddress"])
        config["publicIPAddress"] = {"id": path}
        yield path, body
    rest = _part(entry, without=(*config, "publicIPAddress"))
    rest["properties"]["ipConfigurations"] = [{"name": "ipconfig1", "properties": config}]
    rest["properties"]["virtualMachine"] = {"id": vm}
    yield identity("networkInterfaces", entry["name"]), rest


_POOLS = "loadBalancerBackendAddressPools"


def pool_id(name: str) -> str:
    """Return the ID of `balancer/pool`."""
    balancer, _, pool = name.partition("/")
    return f"{identity('loadBalancers', balancer)}/backendAddressPools/{pool}"


def _public_ip(name: str, stated: Any) -> tuple[str, Json]:
    body: Json = {"properties": {"publicIPAllocationMethod": "Static"}}
    if isinstance(stated, str):
        body["properties"]["ipAddress"] = stated
    else:
        body["properties"] |= {name: value for name, value in stated.items() if name == "ipAddress"}
        body |= {"sku": {"name": stated["sku"]}} if "sku" in stated else {}
    return identity("publicIPAddresses", name), body


def _group(name: str) -> Iterator[tuple[str, Json]]:
    yield identity("applicationSecurityGroups", name), {"properties": {}}


def _gateway(entry: Json | str) -> Iterator[tuple[str, Json]]:
    yield identity("natGateways", entry if isinstance(entry, str) else entry["name"]), {"properties": {}}


def _endpoint(entry: Json) -> Iterator[tuple[str, Json]]:
    """A private endpoint, and the NIC that Azure makes for it."""
    path, nic = identity("privateEndpoints", entry["name"]), identity("networkInterfaces", f"{entry['name']}.nic.0")
    connection = {"privateLinkServiceId": entry["service"], "groupIds": entry["groupIds"]}
    subnet = {"id": subnet_id(entry["subnet"])}
    yield (
        path,
        {
            "properties": {
                "subnet": subnet,
                "networkInterfaces": [{"id": nic}],
                "privateLinkServiceConnections": [{"name": "link", "properties": connection}],
            }
        },
    )
    config = {"name": "c", "properties": {"privateIPAddress": entry["privateIPAddress"], "subnet": subnet}}
    yield nic, {"properties": {"ipConfigurations": [config], "privateEndpoint": {"id": path}}}


def _balancer(entry: Json) -> Iterator[tuple[str, Json]]:
    path = identity("loadBalancers", entry["name"])
    fronts = []
    for front in entry.get("frontendIPConfigurations", ()):
        made = _part(front)
        if "publicIPAddress" in front:
            ip, body = _public_ip(f"{entry['name']}-{front['name']}-ip", front["publicIPAddress"])
            made["properties"]["publicIPAddress"] = {"id": ip}
            yield ip, body
        fronts.append(made)
    rules = [_part(one) for one in entry.get("loadBalancingRules", ())]
    for rule in rules:
        for name, kind in (
            ("frontendIPConfiguration", "frontendIPConfigurations"),
            ("backendAddressPool", "backendAddressPools"),
        ):
            rule["properties"][name] = {"id": f"{path}/{kind}/{rule['properties'][name]}"}
    pools = [{"name": one, "id": f"{path}/backendAddressPools/{one}"} for one in entry.get("backendAddressPools", ())]
    outbound = [_part(one) for one in entry.get("outboundRules", ())]
    for rule in outbound:
        rule["properties"]["backendAddressPool"] = {
            "id": f"{path}/backendAddressPools/{rule['properties']['backendAddressPool']}"
        }
    properties = {"frontendIPConfigurations": fronts, "backendAddressPools": pools, "loadBalancingRules": rules}
    properties |= {"outboundRules": outbound} if outbound else {}
    yield path, {"sku": {"name": entry["sku"]}, "properties": properties}


def _firewall(entry: Json) -> Iterator[tuple[str, Json]]:
    body = _part(entry, without=("subnet", "privateIPAddress", "publicIPAddress"))
    config: Json = {"subnet": {"id": subnet_id(entry["subnet"])}, "privateIPAddress": entry["privateIPAddress"][0]}
    if "publicIPAddress" in entry:
        ip, address = _public_ip(f"{entry['name']}-ip", entry["publicIPAddress"])
        config["publicIPAddress"] = {"id": ip}
        yield ip, address
    for name in ("networkRuleCollections", "applicationRuleCollections", "natRuleCollections"):
        if name in entry:
            body["properties"][name] = [_part(one) for one in entry[name]]
    body["properties"]["ipConfigurations"] = [{"name": "c", "properties": config}]
    yield identity("azureFirewalls", entry["name"]), body


def _policy(entry: Json) -> Iterator[tuple[str, Json]]:
    path = identity("firewallPolicies", entry["name"])
    groups = entry.get("ruleCollectionGroups", ())
    body = _part(entry, without=("ruleCollectionGroups",))
    body["properties"]["ruleCollectionGroups"] = [
        {"id": f"{path}/ruleCollectionGroups/{one['name']}"} for one in groups
    ]
    yield path, body
    for one in groups:
        yield f"{path}/ruleCollectionGroups/{one['name']}", _part(one)


def _ip_group(entry: Json) -> Iterator[tuple[str, Json]]:
    yield identity("ipGroups", entry["name"]), _part(entry)


def _zone(entry: Json) -> Iterator[tuple[str, Json]]:
    path = identity("privateDnsZones", entry["name"])
    yield path, {"properties": {}}
    for network in entry.get("virtualNetworkLinks", ()):
        link = {"virtualNetwork": {"id": identity("virtualNetworks", network)}, "registrationEnabled": False}
        yield f"{path}/virtualNetworkLinks/to-{network}", {"properties": link}


def _admin_rule(entry: Json) -> Iterator[tuple[str, Json]]:
    """An admin rule, with a configuration and a group of its own: that is as good as one for all."""
    manager = identity("networkManagers", "manager")
    yield manager, {"properties": {"networkManagerScopeAccesses": ["SecurityAdmin"]}}
    group = f"{manager}/networkGroups/of-{entry['name']}"
    yield group, {"properties": {}}
    for network in entry.get("virtualNetworks", ()):
        member = {"resourceId": identity("virtualNetworks", network)}
        yield f"{group}/staticMembers/{network}", {"properties": member}
    configuration = f"{manager}/securityAdminConfigurations/for-{entry['name']}"
    yield configuration, {"properties": {}}
    collection = f"{configuration}/ruleCollections/c"
    yield collection, {"properties": {"appliesToGroups": [{"networkGroupId": group}]}}
    rule = _part(entry, without=("virtualNetworks", "sources", "destinations", "networkManager"))
    for side in ("sources", "destinations"):
        rule["properties"][side] = [_admin_side(one) for one in entry.get(side, ())]
    yield f"{collection}/rules/{entry['name']}", {**rule, "kind": "Custom"}


def _admin_side(text: str) -> Json:
    is_tag = text[:1].isalpha() and ":" not in text
    return {"addressPrefix": text, "addressPrefixType": "ServiceTag" if is_tag else "IPPrefix"}


_MAKERS: dict[str, Callable[[Any], Iterator[tuple[str, Json]]]] = {
    "networkSecurityGroups": _nsg,
    "routeTables": _table,
    "virtualNetworks": _network,
    "virtualMachines": _machine,
    "applicationSecurityGroups": _group,
    "natGateways": _gateway,
    "privateEndpoints": _endpoint,
    "loadBalancers": _balancer,
    "azureFirewalls": _firewall,
    "firewallPolicies": _policy,
    "ipGroups": _ip_group,
    "privateDnsZones": _zone,
    "securityAdminRules": _admin_rule,
}
