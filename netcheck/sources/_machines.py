"""VMs and NICs, which Azure keeps apart, joined: a VM names its NICs, and a NIC names its VM."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key, last_segment, resource_group
from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, made_mapping, made_text, shorten
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import field, hoisted, reference, with_entries
from netcheck.sources._resources import Resource
from netcheck.sources._scope import Scope

# What of a VM matters for packets and for its backup; its sizes, keys and extensions do not.
_OF_THE_VM = frozenset(
    (
        "name", "id", "resourcegroup", "hostfirewall", "proxyclient", "proxyserver", "agent", "location",
        "storageprofile", "osprofile", "instanceview", "powerstate", "domaincontroller", "reservedips",
        "inputendpoints",
    )
)  # fmt: skip


def join_machines(scope: Scope, machines: Sequence[Resource], nics: Sequence[Resource]) -> list[Mapping]:
    """Return a node for each VM with the nodes of its NICs inside, in the shape of the site file.

    A NIC that belongs to no VM of the files stands for one, which is called as the NIC says, else as the NIC itself.
    A NIC that a VM names and no file describes is reported: packets may take it.
    """
    joined = _Joiner(scope, machines, nics)
    found = [joined.machine(one) for one in machines]
    return [node for node in found if node is not None] + joined.left_over()


class _Joiner:
    def __init__(self, scope: Scope, machines: Sequence[Resource], nics: Sequence[Resource]) -> None:
        self._scope = scope
        self._all = nics
        self._nics = {key(one.name): one for one in reversed(nics)}
        self._taken: set[str] = set()
        names = {key(one.name) for one in machines}
        self._claimants: dict[str, list[Resource]] = {}
        for one in nics:
            owner = key(scope.label("virtual machine", reference(field(one.node, "virtualMachine"))))
            if owner in names:
                self._claimants.setdefault(owner, []).append(one)

    def machine(self, vm: Resource) -> Mapping | None:
        """Return the node of one VM; None where none of its NICs is described."""
        profile = field(vm.node, "networkProfile")
        holder = profile if isinstance(profile, Mapping) else vm.node
        stated = field(holder, "networkInterfaces")
        if isinstance(stated, Unknown):
            self._unknown_nics(vm, stated)
            return None
        items = stated.items if isinstance(stated, NodeSequence) else ()
        nics = [nic for item in items if (nic := self._nic(vm, item)) is not None]
        nics += self._claiming(vm)
        made = field(holder, "networkInterfaceConfigurations")
        if made is not None:
            reason = f"VM `{vm.name}` gets NICs of its own (`networkInterfaceConfigurations`), which are not modelled"
            self._scope.reader.leave_open("networkInterfaces", made, reason)
        if not nics:
            message = f"no file describes a NIC of VM `{shorten(vm.name)}`, so nothing can be asked about it"
            self._scope.reader.warning(vm.node, "NC147", message, "give the export of its NICs too")
            return None
        return _vm_node(vm.node, nics)

    def _unknown_nics(self, vm: Resource, stated: Unknown) -> None:
        message = f"the NICs of VM `{shorten(vm.name)}` are not known: {stated.reason}"
        self._scope.reader.warning(stated, "NC147", message)

    def _nic(self, vm: Resource, item: Node) -> Mapping | None:
        names = ("subnet", "ipConfigurations")
        if isinstance(item, Mapping) and any(field(item, name) is not None for name in names):
            return item  # the site file has its NICs inside
        return self._referenced(vm, item)

    def _referenced(self, vm: Resource, item: Node) -> Mapping | None:
        text = reference(item)
        nic = self._nics.get(key(self._scope.label("network interface", text))) if text else None
        if nic is None:
            message = f"no file describes NIC `{shorten(last_segment(text))}` of VM `{shorten(vm.name)}`"
            self._scope.reader.warning(item, "NC147", message, "give its export too")
            reason = f"NIC `{last_segment(text)}` of VM `{vm.name}` is in no file, and packets may take it"
            self._scope.reader.leave_open("networkInterfaces", item, reason)
            return None
        self._taken.add(key(nic.name))
        primary = field(item, "primary") if isinstance(item, Mapping) else None
        if primary is not None and field(nic.node, "primary") is None:
            return with_entries(nic.node, [(made_text("primary", primary), primary)])
        return nic.node

    def _claiming(self, vm: Resource) -> list[Mapping]:
        """Return NICs that say they belong to a VM which does not list them: packets may take them or not."""
        found = []
        for nic in self._claimants.get(key(vm.name), ()):
            if key(nic.name) not in self._taken:
                self._taken.add(key(nic.name))
                reason = f"whether NIC `{nic.name}` is on VM `{vm.name}` is not certain: only the NIC says so"
                self._scope.reader.warning(nic.node, "NC148", reason, "export both at the same time")
                self._scope.reader.leave_open("networkInterfaces", nic.node, reason)
                found.append(nic.node)
        return found

    def left_over(self) -> list[Mapping]:
        """Return a node for each VM that only its NICs tell of; two of one name in two groups are two."""
        owners: dict[str, tuple[str, list[Mapping]]] = {}
        names: dict[str, str] = {}
        for nic in self._all:
            if key(nic.name) in self._taken:
                continue
            stated = reference(field(nic.node, "virtualMachine"))
            owner = last_segment(stated) or nic.name
            if names.setdefault(key(owner), key(stated)) != key(stated):
                owner = f"{owner} ({resource_group(stated) or 'elsewhere'})"
            owners.setdefault(key(stated) or key(nic.name), (owner, []))[1].append(nic.node)
        return [_owner_node(owner, nics) for owner, nics in owners.values()]


def _vm_node(vm: Mapping, nics: Sequence[Mapping]) -> Mapping:
    inside = NodeSequence(tuple(nics), nics[0].start)
    entries: list[tuple[Scalar, Node]] = [(made_text("networkInterfaces", inside), inside)]
    system = _os_type(vm)
    if system is not None:
        entries.append((made_text("osType", system), system))
    kept = [(name, value) for name, value in hoisted(vm) if key(name.text) in _OF_THE_VM]
    return Mapping(tuple(one for entry in (*kept, *entries) for one in entry), vm.start)


def _os_type(vm: Mapping) -> Node | None:
    """Return `osType`, which Azure keeps with the disk; the profile of the system tells it, too."""
    storage, system = field(vm, "storageProfile"), field(vm, "osProfile")
    disk = field(storage, "osDisk") if isinstance(storage, Mapping) else None
    stated = field(vm, "osType") or (field(disk, "osType") if isinstance(disk, Mapping) else None)
    if isinstance(stated, Scalar):
        return stated
    for name, word in (("windowsConfiguration", "Windows"), ("linuxConfiguration", "Linux")):
        found = field(system, name) if isinstance(system, Mapping) else None
        if found is not None:
            return made_text(word, found)
    return None


def _owner_node(name: str, nics: Sequence[Mapping]) -> Mapping:
    at = nics[0]
    inside = NodeSequence(tuple(nics), at.start)
    return made_mapping([("name", made_text(name, at)), ("networkInterfaces", inside)], at)
