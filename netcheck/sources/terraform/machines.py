"""Virtual machines of the provider azurerm, and what a data source tells of a virtual network."""

from __future__ import annotations

from netcheck.model.names import is_same, key
from netcheck.sources._nodes import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unknown,
    made_mapping,
    made_text,
    made_unknown,
    shorten,
)
from netcheck.sources._resources import NIC
from netcheck.sources.terraform.instances import Instance
from netcheck.sources.terraform.nodes import as_reference, field, items
from netcheck.sources.terraform.render import Renderer
from netcheck.sources.terraform.table import Field, Kind, Table

_MACHINE = Table(
    fields={
        "name": Field("name"),
        "location": Field("location"),
        "network_interface_ids": Field("networkInterfaces", Kind.REFERENCES, NIC),
    },
    is_whole=False,
)
_SYSTEMS = {"azurerm_linux_virtual_machine": "Linux", "azurerm_windows_virtual_machine": "Windows"}
_PROFILES = {"os_profile_linux_config": "Linux", "os_profile_windows_config": "Windows"}


def machine_entries(renderer: Renderer, instance: Instance) -> list[tuple[str, Node]]:
    """Return a VM's fields: its NICs, of which one is primary, and its operating system."""
    found = dict(renderer.entries(instance, _MACHINE))
    nics = found.pop("networkInterfaces", None)
    if instance.is_data:
        reason = "a data source of a VM does not tell its network interfaces"
        nics = made_unknown(f"{instance.address}.network_interface_ids", reason, instance.at)
    if isinstance(nics, Sequence):
        nics = Sequence(tuple(_with_primary(renderer, instance, nics.items)), nics.start)
    if nics is not None:
        found["networkProfile"] = made_mapping([("networkInterfaces", nics)], nics)
    system = _system(instance)
    if system is not None:
        disk = made_mapping([("osType", system)], system)
        found["storageProfile"] = made_mapping([("osDisk", disk)], system)
    return list(found.items())


def _with_primary(renderer: Renderer, instance: Instance, nics: tuple[Node, ...]) -> list[Node]:
    """Return the NICs with the mark of the primary one: azurerm takes the first, unless told otherwise."""
    stated = field(instance.values, "primary_network_interface_id")
    if stated is None:
        chosen = nics[0] if instance.type in _SYSTEMS or len(nics) == 1 else None
    else:
        primary = field(renderer.reference(instance, stated, ("primary_network_interface_id",), NIC), "id")
        chosen = next((nic for nic in nics if _means(nic, primary)), None)
    return [_marked(nic) if nic is chosen else nic for nic in nics]


def _means(nic: Node, primary: Node | None) -> bool:
    held = field(nic, "id") if isinstance(nic, Mapping) else None
    return isinstance(held, Scalar) and isinstance(primary, Scalar) and is_same(held.text, primary.text)


def _marked(nic: Node) -> Node:
    if not isinstance(nic, Mapping):
        return nic
    mark = Scalar("true", True, nic.start, nic.start + 1)
    return Mapping((*nic.children, Scalar("primary", False, nic.start, nic.start + 1), mark), nic.start)


def _system(instance: Instance) -> Node | None:
    if instance.type in _SYSTEMS:
        return made_text(_SYSTEMS[instance.type], instance.at)
    disks = items(field(instance.values, "storage_os_disk"))
    stated = field(disks[0], "os_type") if disks and isinstance(disks[0], Mapping) else None
    if isinstance(stated, Scalar) and stated.text:
        return stated
    profiles = [word for name, word in _PROFILES.items() if items(field(instance.values, name))]
    return made_text(profiles[0], instance.at) if len(profiles) == 1 else stated


def data_network_entries(instance: Instance, subnets: set[str], peerings: set[str]) -> list[tuple[str, Node]]:
    """Return the subnets and peerings that a data source of a virtual network names, and the file does not describe.

    Of those subnets nothing but the name is known, of those peerings only where they lead.
    """
    names = [item for item in items(field(instance.values, "subnets")) if isinstance(item, Scalar)]
    unread = [_unread_subnet(instance, name) for name in names if key(name.text) not in subnets]
    peered = field(instance.values, "vnet_peerings")
    pairs = peered.entries if isinstance(peered, Mapping) else []
    leading = [_unread_peering(instance, name, to) for name, to in pairs if key(name.text) not in peerings]
    found: list[tuple[str, Node]] = []
    if unread:
        found.append(("subnets", Sequence(tuple(unread), unread[0].start)))
    if leading:
        found.append(("virtualNetworkPeerings", Sequence(tuple(leading), leading[0].start)))
    return found


def _unread_subnet(instance: Instance, name: Scalar) -> Mapping:
    def unread(field_name: str) -> Unknown:
        reason = "the data source of the virtual network tells only the names of its subnets"
        return Unknown(f"{instance.address}.subnets.{shorten(name.text)}.{field_name}", reason, name.start, name.end)

    entries: list[tuple[str, Node]] = [("name", name), ("addressPrefixes", unread("address_prefixes"))]
    filled = ("networkSecurityGroup", "routeTable")
    entries += [(attached, made_mapping([("id", unread(attached))], name)) for attached in filled]
    return made_mapping(entries, name)


def _unread_peering(instance: Instance, name: Scalar, to: Node) -> Mapping:
    reason = "the data source of the virtual network tells only where its peerings lead"
    access = Unknown(f"{instance.address}.vnet_peerings.{shorten(name.text)}", reason, name.start, name.end)
    entries: list[tuple[str, Node]] = [
        ("name", name),
        ("remoteVirtualNetwork", as_reference(to)),
        ("allowVirtualNetworkAccess", access),
    ]
    return made_mapping(entries, name)
