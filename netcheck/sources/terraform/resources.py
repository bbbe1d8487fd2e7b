"""Instances of Terraform resources as Azure resources and associations."""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Sequence, Unknown, made_mapping, made_text
from netcheck.sources._resources import (
    BACKEND_POOL,
    DEPLOYMENT,
    FIREWALL_POLICY,
    NAT_GATEWAY,
    NETWORK,
    PRIVATE_ENDPOINT,
    SUBNET,
    VM,
    Association,
    Resource,
)
from netcheck.sources.terraform.attachments import Attachments
from netcheck.sources.terraform.azapi import read_azapi
from netcheck.sources.terraform.changes import changes_others, read_change
from netcheck.sources.terraform.endpoints import endpoint_entries
from netcheck.sources.terraform.inline import Inline, explained, reconcile, without
from netcheck.sources.terraform.instances import Contents, Instance, Stock, id_of
from netcheck.sources.terraform.links import LINKS, PARENTS
from netcheck.sources.terraform.machines import data_network_entries, machine_entries
from netcheck.sources.terraform.nodes import Faults, field, text
from netcheck.sources.terraform.parents import Home, homes
from netcheck.sources.terraform.references import References
from netcheck.sources.terraform.render import Renderer
from netcheck.sources.terraform.tables import OTHER, TABLES

_DEPLOYS = "what its template deploys is not known from the Terraform file"
# Lists of what others make, which the provider reads back from Azure.
_READ_BACK = {
    NETWORK: "subnets",
    FIREWALL_POLICY: "ruleCollectionGroups",
    BACKEND_POOL: "backendIPConfigurations",
}
_SUBNET, _PEERING = "azurerm_subnet", "azurerm_virtual_network_peering"

_Children = dict[tuple[str, str], list[Instance]]
"""Children by the address of their owner and their own Terraform type."""


class Builder:
    """Turns what one file holds into Azure resources."""

    def __init__(self, faults: Faults, contents: Contents) -> None:
        self._faults = faults
        self._stock = Stock(contents)
        self._references = References(self._stock, contents.configuration)
        self._renderer = Renderer(faults, self._references)
        self._attachments = Attachments(faults, self._stock, self._references, self._renderer)
        self._homes, self._children = self._placed(self._stock.instances)
        _, self._removed = self._placed(self._stock.removed)
        self._inline: dict[tuple[str, str], Inline] = {}
        self._public: dict[str, list[Association]] = {}

    def build(self) -> list[Resource | Association]:
        """Return everything the file holds, in its order."""
        self._reconcile()
        associations = [*self._associations(), *self._attachments.seen_by_data_sources()]
        resources = [made for instance in self._stock.instances for made in self._read(instance)]
        return [*resources, *associations]

    def _associations(self) -> list[Association]:
        """Return the associations, but for those that belong into the node of a NAT gateway of this file."""
        gateways = {key(id_of(instance)) for instance in self._stock.of_type(NAT_GATEWAY)}
        found = self._attachments.all()
        for made in found:
            if key(made.target) in gateways:
                self._public.setdefault(key(made.target), []).append(made)
        return [made for made in found if key(made.target) not in gateways]

    def _placed(self, instances: Iterable[Instance]) -> tuple[dict[str, list[Home]], _Children]:
        """Return what each child may belong to, by its address, and the children that certainly belong to an owner."""
        places: dict[str, list[Home]] = {}
        children: _Children = {}
        for instance in instances:
            parent = PARENTS.get(instance.type)
            if parent is None:
                continue
            found = places[instance.address] = homes(self._stock, self._references, instance, parent)
            if len(found) == 1 and found[0].owner is not None and not found[0].doubt:
                children.setdefault((found[0].owner.address, instance.type), []).append(instance)
        return places, children

    def _reconcile(self) -> None:
        for kind, parent in PARENTS.items():
            for owner in self._stock.of_type(parent.kind) if parent.inline else ():
                place = (owner.address, kind)
                children, removed = self._children.get(place, []), self._removed.get(place, [])
                if owner.type.startswith("azurerm_"):
                    found = reconcile(self._faults, self._references, owner, parent, children, removed)
                    self._inline[place] = found

    def _read(self, instance: Instance) -> list[Resource | Association]:
        if instance.type in LINKS:
            return []
        if instance.type == "azapi_resource":
            return [read_azapi(self._faults, self._references, instance)]
        if changes_others(instance):
            return [*read_change(self._faults, self._stock, self._renderer, instance)]
        node = made_mapping(self._entries(instance), instance.at)
        read_back = [*self._attachments.read_back_of_table(instance), *self._read_back(instance)]
        return [*self._resources(instance, node), *read_back]

    def _resources(self, instance: Instance, node: Mapping) -> list[Resource]:
        """Return the resource; a child that may belong to several parents stands once for each, and may not exist."""
        where = self._homes.get(instance.address) or [Home("", None, "")]
        return [
            Resource(
                type=instance.azure_type,
                node=node,
                name=instance.name or instance.label,
                id=id_of(instance),
                parent=home.id,
                unsure=instance.unsure or home.doubt or self._doubt(instance, home),
            )
            for home in where
        ]

    def _doubt(self, instance: Instance, home: Home) -> str:
        if home.owner is not None and (home.owner.address, instance.type) in self._inline:
            return self._inline[home.owner.address, instance.type].doubt
        return _DEPLOYS if instance.azure_type == DEPLOYMENT else ""

    def _entries(self, instance: Instance) -> list[tuple[str, Node]]:
        azure_type, values = instance.azure_type, instance.values
        for kind, parent in PARENTS.items():
            if parent.inline and parent.kind == azure_type:
                place = (instance.address, kind)
                found = self._inline.get(place)
                values = without(values, parent.inline, found.dropped if found is not None else ())
                is_set = self._references.is_configured(instance, parent.inline)
                values = explained(values, parent.inline, is_set=is_set, has_children=place in self._children)
        owner = instance.with_values(values)
        if azure_type == VM:
            entries = machine_entries(self._renderer, owner)
        elif azure_type == PRIVATE_ENDPOINT:
            entries = endpoint_entries(self._renderer, owner)
        else:
            entries = self._renderer.entries(owner, TABLES.get(instance.type, OTHER))
        if azure_type == NETWORK or (azure_type in _READ_BACK and "create" in instance.actions):
            entries = _without_open(entries, _READ_BACK[azure_type])
        if azure_type == SUBNET and instance.is_data:
            entries = [
                (name, value) for name, value in entries if not self._attachments.is_settled(name, id_of(instance))
            ]
        if azure_type == SUBNET and not instance.real_id:  # NICs and associations name a subnet by its ID
            entries.append(("id", made_text(id_of(instance), instance.at)))
        if azure_type == NETWORK and instance.is_data:
            subnets, peerings = self._names(instance, _SUBNET), self._names(instance, _PEERING)
            entries += data_network_entries(instance, subnets, peerings)
        entries = _with_public(entries, self._public.get(key(id_of(instance)), []))
        group = field(instance.values, "resource_group_name")
        if group is not None:
            entries.append(("resourceGroup", group))
        return [*entries, *self._unsure_lists(instance)]

    def _unsure_lists(self, instance: Instance) -> list[tuple[str, Node]]:
        return [
            (parent.key, made_text(found.doubt, instance.at))
            for kind, parent in PARENTS.items()
            if (found := self._inline.get((instance.address, kind))) is not None and found.doubt
        ]

    def _names(self, owner: Instance, kind: str) -> set[str]:
        return {key(child.name) for child in self._children.get((owner.address, kind), [])}

    def _read_back(self, network: Instance) -> list[Association]:
        """Return what Azure has attached to the subnets that stand alone and inside their virtual network."""
        found = self._inline.get((network.address, _SUBNET))
        if found is None or not found.dropped:
            return []
        children = {key(child.name): child for child in self._children.get((network.address, _SUBNET), [])}
        pairs = [(children.get(key(text(entry, "name"))), entry) for entry in found.dropped]
        return [
            made
            for child, entry in pairs
            if child is not None
            for made in self._attachments.read_back_of_subnet(id_of(child), entry)
        ]


def _with_public(entries: list[tuple[str, Node]], associations: list[Association]) -> list[tuple[str, Node]]:
    """Return a NAT gateway's fields with the public addresses that associations give it."""
    found = dict(entries)
    for one in associations:
        own = found.get(one.key)
        items = own.items if isinstance(own, Sequence) else ()  # what the provider has still to derive is these
        start = one.value.start
        value = Unknown(one.key, one.unsure, start, start + 1) if one.unsure else one.value
        found[one.key] = Sequence((*items, value), start)
    return list(found.items())


def _without_open(entries: list[tuple[str, Node]], listed: str) -> list[tuple[str, Node]]:
    """Return a resource's fields without the list of its parts, where nothing at all is known of it.

    A plan says that of every resource it creates. Of a network it may as well be of an existing one: more subnets than
    the file describes decide nothing about the others, and a NIC in one of them names a subnet that is not known.
    """
    return [(name, value) for name, value in entries if name != listed or not isinstance(value, Unknown)]
