"""The resources of a Terraform plan or state, one for each instance, before anyone asks what they are in Azure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Scalar, Unknown
from netcheck.sources.terraform.nodes import field, text
from netcheck.sources.terraform.types import azure_type

Group = tuple[str, str, str, str]
"""What one resource block makes in one module instance: module, mode, type and label."""


def block_of(node: Mapping) -> tuple[str, str, str]:
    """Return mode, type and label of the block that an entry of a plan, state or configuration is about."""
    return "data" if text(node, "mode") == "data" else "managed", text(node, "type"), text(node, "name")


def address_of(group: Group) -> str:
    """Return the address that Terraform gives a block; a key behind it makes that of an instance."""
    module, mode, kind, label = group
    return ".".join(part for part in (module, "data" if mode == "data" else "", kind, label) if part)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """One instance of a resource block, or of a data source.

    `address` is the one Terraform gives it, `key` the last part of it (`["x"]`, `[0]` or ""). `values` holds an
    `Unknown` for whatever is known only later. `actions` is what the plan does with it; a state does nothing.
    """

    address: str
    module: str
    mode: str
    type: str
    label: str
    key: str
    values: Mapping
    at: Mapping
    actions: frozenset[str] = frozenset()
    unsure: str = ""

    @property
    def group(self) -> Group:
        """The block it comes from."""
        return (self.module, self.mode, self.type, self.label)

    @property
    def is_data(self) -> bool:
        """Whether it is read by this configuration and not made by it."""
        return self.mode == "data"

    @property
    def azure_type(self) -> str:
        """Azure's resource type, see `azure_type`."""
        return azure_type(self.type, text(self.values, "type") if self.type == "azapi_resource" else "")

    @property
    def real_id(self) -> str:
        """The resource ID that Azure gave it, "" where that is not known."""
        found = text(self.values, "id")
        return found if found.startswith("/") else ""

    @property
    def parent_id(self) -> str:
        """The part of its resource ID that names the resource above it, "" where the ID is not known."""
        return self.real_id.rstrip("/").rsplit("/", 2)[0]

    @property
    def name(self) -> str:
        """The name of the resource in Azure, or what stands for it where it is not known."""
        node = field(self.values, "name")
        return node.text if isinstance(node, Scalar | Unknown) else ""

    def with_values(self, values: Mapping) -> Instance:
        """Return the instance with other values."""
        return self if values is self.values else replace(self, values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a file holds: instances that will exist, those that will not, and the configuration, where it has one."""

    instances: tuple[Instance, ...] = ()
    removed: tuple[Instance, ...] = ()
    configuration: Mapping | None = None


class Stock:
    """The instances of a file, found by block, by type and by name.

    A data source that reads what another instance is stands for that instance; `doubles` are such pairs.
    """

    def __init__(self, contents: Contents) -> None:
        self.removed = contents.removed
        self.instances, self.doubles = _without_doubles(contents.instances)
        aliases = {seen.address: same for seen, same in self.doubles}
        self._blocks: dict[tuple[Group, str], list[Instance]] = {}
        self._types: dict[str, list[Instance]] = {}
        self._named: dict[tuple[str, str], list[Instance]] = {}
        for instance in contents.instances:
            meant = aliases.get(instance.address, instance)
            for index in {instance.key, ""}:
                self._blocks.setdefault((instance.group, index), []).append(meant)
        for instance in self.instances:
            kind = instance.azure_type
            self._types.setdefault(kind, []).append(instance)
            self._named.setdefault((kind, key(instance.name)), []).append(instance)

    def of_block(self, group: Group, index: str) -> list[Instance]:
        """Return the instances that a block makes: all of them, or the one with this key."""
        return self._blocks.get((group, index), [])

    def of_type(self, kind: str) -> list[Instance]:
        """Return the instances that are of a type of Azure's."""
        return self._types.get(kind, [])

    def named(self, kind: str, name: str) -> list[Instance]:
        """Return the instances of a type that have this name, in whatever resource group."""
        return self._named.get((kind, key(name)), [])


def id_of(instance: Instance) -> str:
    """Return what references name a resource by: the ID Azure gave it, else its Terraform address."""
    return instance.real_id or instance.address


Doubles = list[tuple[Instance, Instance]]


def _without_doubles(instances: Iterable[Instance]) -> tuple[list[Instance], Doubles]:
    """Return the instances that are left when each Azure resource stands once; and the others, with what they are."""
    known: dict[tuple[str, ...], Instance] = {}
    for instance in instances:
        if not instance.is_data:
            for mark in _marks(instance):
                known.setdefault(mark, instance)
    kept: list[Instance] = []
    doubles: Doubles = []
    for instance in instances:
        marks = _marks(instance) if instance.is_data else []
        same = next((known[mark] for mark in marks if mark in known), None)
        if same is not None:
            doubles.append((instance, same))
            continue
        kept.append(instance)
        known.update((mark, instance) for mark in marks)
    return kept, doubles


def _marks(instance: Instance) -> list[tuple[str, ...]]:
    """Return what tells a resource from all others: its ID, and its name within resource group and parent."""
    kind = instance.azure_type  # an association has the ID of the subnet it is about
    marks: list[tuple[str, ...]] = [(kind, key(instance.real_id))] if instance.real_id else []
    name, group = text(instance.values, "name"), text(instance.values, "resource_group_name")
    if name and group and kind != instance.type:
        parents = [text(instance.values, parent) for parent in ("virtual_network_name", "network_security_group_name")]
        marks.append((kind, key(name), key(group), *map(key, parents)))
    return marks
