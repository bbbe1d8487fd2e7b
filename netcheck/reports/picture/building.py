"""The scene of a site: virtual networks, subnets, what is in them, what is outside, and the marks of a path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netcheck.model.names import key, last_segment
from netcheck.model.rules import NextHop
from netcheck.model.site import Site, Subnet, VirtualMachine, VirtualNetwork
from netcheck.policy.decision import HopKind
from netcheck.reports.captions import (
    balancer_caption,
    count,
    crowd_caption,
    endpoint_caption,
    firewall_caption,
    first_of,
    network_caption,
    subnet_caption,
    subnets_caption,
    vm_caption,
)
from netcheck.reports.picture.crowds import crowds
from netcheck.reports.picture.edges import edges
from netcheck.reports.picture.marks import Marks, way_through
from netcheck.reports.picture.places import INTERNET, Place, Places, subnet_place, vm_place
from netcheck.reports.picture.scene import DrawnPath, Edge, Group, GroupKind, Mark, Node, NodeKind, Scene

FEW_SUBNETS = 12
"""A site with no more subnets is drawn with the empty ones."""
MANY_SUBNETS = 60
"""A site with VMs in more subnets is drawn network by network."""


def draw_scene(site: Site, path: DrawnPath | None = None) -> Scene:
    """Return what a picture of a site shows, with the marks of a path. The same site gives the same scene."""
    return _Building(site, path).scene()


class _Building:
    """A scene in the making: numbers are given out in the order in which things are told."""

    def __init__(self, site: Site, path: DrawnPath | None) -> None:
        self._site, self._path = site, path
        self._places = Places(site)
        self._marks = Marks(site, self._places, path)
        self._on_path = frozenset(_path_places(path, self._places))
        self._crowds = crowds(site, self._on_path)
        self._ids: dict[Place, str] = {}
        self._groups: list[Group] = []
        self._nodes: list[Node] = []
        self._appliances = frozenset(_next_hops(site, self._places))
        self._machines_in: dict[str, list[Sequence[VirtualMachine]]] = {}
        for crowd in self._crowds:
            self._machines_in.setdefault(key(crowd[0].primary.subnet), []).append(crowd)
        self._services_in: dict[str, list[Place]] = {}
        for service, at in _placed_services(site):
            self._services_in.setdefault(at, []).append(service)
        self._used = {key(nic.subnet) for vm in site.virtual_machines for nic in vm.interfaces} | {*self._services_in}

    def scene(self) -> Scene:
        site = self._site
        for network in site.virtual_networks:
            self._network(network)
        held = {key(subnet.full_name) for network in site.virtual_networks for subnet in network.subnets}
        for at in [one for one in self._machines_in if one not in held]:
            self._nodes += [self._machines(crowd, "") for crowd in self._machines_in[at]]
        self._nodes.append(Node(id=self._id(INTERNET), kind=NodeKind.PLACE, name="Internet and Azure services"))
        for at in [one for one in self._services_in if one not in held]:
            self._nodes += self._services(at, "")
        found = edges(site, self._path, self._places, self._id)
        self._nodes += found.nodes
        return Scene(
            title=_title(site),
            groups=tuple(self._groups),
            nodes=tuple(self._nodes),
            edges=self._drawn(found.edges),
            path=self._path,
            notes=tuple(_notes(site)),
        )

    def _drawn(self, found: Sequence[Edge]) -> tuple[Edge, ...]:
        """Return the edges between what is drawn; VMs of a crowd have theirs in common, subnets told of in one none."""
        drawn = {one.id for one in self._groups} | {one.id for one in self._nodes}
        return tuple(dict.fromkeys(edge for edge in found if edge.source in drawn and edge.target in drawn))

    def _id(self, place: Place) -> str:
        """Return the identifier of a place: a number, never a name."""
        return self._ids.setdefault(place, f"n{len(self._ids)}")

    def _network(self, network: VirtualNetwork) -> None:
        here = self._id(("vnet", key(network.name)))
        _, *lines = network_caption(network)
        self._groups.append(Group(id=here, kind=GroupKind.NETWORK, name=network.name, lines=tuple(lines)))
        hidden = self._hidden(network)
        for subnet in network.subnets:
            if subnet not in hidden:
                self._subnet(subnet, here)
        if hidden:
            self._nodes.append(self._told_together(network, hidden, here))

    def _hidden(self, network: VirtualNetwork) -> list[Subnet]:
        """Return the subnets that are told of together: empty ones, in a very large site all plain ones.

        What the path has to do with is drawn, and so is what others send through.
        """
        total = sum(len(one.subnets) for one in self._site.virtual_networks)
        hides_plain = len(self._machines_in) > MANY_SUBNETS
        found = [one for one in network.subnets if total > FEW_SUBNETS and self._is_plain(one, hides_plain)]
        return found if len(found) > 1 else []

    def _is_plain(self, subnet: Subnet, may_have_vms: bool) -> bool:
        place = subnet_place(subnet.full_name)
        if place in self._on_path or self._subnet_marks(subnet) or place[1] in self._services_in:
            return False
        if not may_have_vms:
            return place[1] not in self._used
        return not any(self._is_special(vm) for crowd in self._machines_in.get(place[1], ()) for vm in crowd)

    def _is_special(self, vm: VirtualMachine) -> bool:
        place = vm_place(vm)
        return place in self._on_path or self._kind(vm) is not NodeKind.VM or bool(self._vm_marks(vm))

    def _told_together(self, network: VirtualNetwork, hidden: Sequence[Subnet], group: str) -> Node:
        """Return the node of several subnets; edges from them and from their VMs begin there."""
        here = self._id(("subnets", key(network.name)))
        vms = []
        for subnet in hidden:
            self._ids[subnet_place(subnet.full_name)] = here
            crowds_here = self._machines_in.get(key(subnet.full_name), ())
            vms += [vm for crowd in crowds_here for vm in crowd]
        self._ids.update((vm_place(vm), here) for vm in vms)
        return Node(
            id=here,
            kind=NodeKind.SUBNETS,
            name=f"{len(hidden)} subnets, {count(len(vms), 'VM')}" if vms else f"{len(hidden)} empty subnets",
            lines=tuple(subnets_caption(hidden, vms)),
            group=group,
            members=tuple(one.name for one in hidden),
        )

    def _subnet(self, subnet: Subnet, parent: str) -> None:
        here = self._id(subnet_place(subnet.full_name))
        _, *lines = subnet_caption(subnet)
        self._groups.append(
            Group(
                id=here, kind=GroupKind.SUBNET, name=subnet.name, lines=tuple(lines), parent=parent,
                marks=self._subnet_marks(subnet),
            )
        )  # fmt: skip
        at = key(subnet.full_name)
        self._nodes += [self._machines(crowd, here) for crowd in self._machines_in.get(at, ())]
        self._nodes += self._services(at, here)

    def _subnet_marks(self, subnet: Subnet) -> tuple[Mark, ...]:
        hops = [(HopKind.SUBNET_NSG, subnet.network_security_group)]
        hops += [(hop, subnet.full_name) for hop in (HopKind.ROUTE, HopKind.EGRESS)]
        return self._marks.at(subnet_place(subnet.full_name), *hops)

    def _machines(self, crowd: Sequence[VirtualMachine], group: str) -> Node:
        """Return the node of one VM, or of several that are drawn as one."""
        vm, place = crowd[0], vm_place(crowd[0])
        here = self._id(place)
        for other in crowd[1:]:
            self._ids[vm_place(other)] = here
        if len(crowd) > 1:
            name, lines = f"{len(crowd)} VMs like {vm.name}", crowd_caption(crowd)
            members = tuple(one.name for one in crowd)
            return Node(
                id=here, kind=NodeKind.CROWD, name=name, lines=tuple(lines), group=group, members=members,
                marks=self._vm_marks(vm),
            )  # fmt: skip
        _, *lines = vm_caption(vm)
        return Node(
            id=here, kind=self._kind(vm), name=vm.name, lines=tuple(lines), group=group, members=(vm.name,),
            marks=self._vm_marks(vm),
        )  # fmt: skip

    def _kind(self, vm: VirtualMachine) -> NodeKind:
        if vm.proxy_server:
            return NodeKind.PROXY
        is_appliance = vm_place(vm) in self._appliances or any(nic.has_ip_forwarding for nic in vm.interfaces)
        return NodeKind.APPLIANCE if is_appliance else NodeKind.VM

    def _vm_marks(self, vm: VirtualMachine) -> tuple[Mark, ...]:
        hops = [(hop, vm.name) for hop in (HopKind.HOST_FIREWALL, HopKind.PROXY_SERVER, HopKind.APPLIANCE)]
        for nic in vm.interfaces:
            hops += [(HopKind.NIC_NSG, nic.network_security_group), (HopKind.INGRESS, nic.name)]
            hops += [(HopKind.EGRESS, nic.subnet), (HopKind.APPLIANCE, nic.name)]
        return self._marks.at(vm_place(vm), *hops)

    def _services(self, subnet: str, group: str) -> Iterator[Node]:
        """Yield what else is in a subnet."""
        for place in self._services_in.get(subnet, ()):
            node = _service(self._site, *place)
            marks = self._marks.at(place, *((hop, node.name) for hop in HopKind))
            yield replace(node, id=self._id(place), group=group, marks=marks)


def _placed_services(site: Site) -> Iterator[tuple[Place, str]]:
    """Yield firewalls, load balancers and private endpoints with the subnet that they are in, "" for none."""
    for firewall in site.azure_firewalls:
        yield ("firewall", key(firewall.name)), key(firewall.subnet)
    for balancer in site.load_balancers:
        subnets = [key(one.subnet) for one in balancer.frontends if one.subnet and not one.is_public]
        yield ("balancer", key(balancer.name)), (subnets or [""])[0]
    for endpoint in site.private_endpoints:
        yield ("endpoint", key(endpoint.name)), key(endpoint.subnet)


def _service(site: Site, kind: str, name: str) -> Node:
    """Return the node of a firewall, load balancer or private endpoint; its place is for the caller to say."""
    if kind == "firewall":
        firewall = next(one for one in site.azure_firewalls if key(one.name) == name)
        return Node(id="", kind=NodeKind.FIREWALL, name=firewall.name, lines=tuple(firewall_caption(firewall)))
    if kind == "balancer":
        balancer = next(one for one in site.load_balancers if key(one.name) == name)
        return Node(id="", kind=NodeKind.BALANCER, name=balancer.name, lines=tuple(balancer_caption(balancer)))
    endpoint = next(one for one in site.private_endpoints if key(one.name) == name)
    return Node(id="", kind=NodeKind.ENDPOINT, name=endpoint.name, lines=tuple(endpoint_caption(endpoint)))


def _path_places(path: DrawnPath | None, places: Places) -> Iterator[Place]:
    for answer in [*(one for leg in path.legs for one in leg), path.whole] if path else ():
        for text in (answer.question.source, answer.question.target, answer.question.via):
            yield from (places.end(word.strip()) for word in text.split(",") if word.strip())
        yield from way_through(answer, places)
        yield from (places.end(hop.resource) for hop in answer.hops if hop.hop in _AT_A_VM)


_AT_A_VM = (HopKind.APPLIANCE, HopKind.HOST_FIREWALL, HopKind.INGRESS, HopKind.PROXY_SERVER, HopKind.CLIENT_PROXY)


def _next_hops(site: Site, places: Places) -> Iterator[Place]:
    for table in site.route_tables:
        for route in table.routes:
            if route.next_hop is NextHop.VIRTUAL_APPLIANCE and route.next_hop_address is not None:
                place = places.at(route.next_hop_address)
                if place is not None:
                    yield place


def _title(site: Site) -> str:
    subnets = sum(len(network.subnets) for network in site.virtual_networks)
    told = [
        count(len(site.virtual_networks), "virtual network"), count(subnets, "subnet"),
        count(len(site.virtual_machines), "VM"), count(len(site.network_security_groups), "NSG"),
    ]  # fmt: skip
    return f"Network: {', '.join(told)}"


def _notes(site: Site) -> Iterator[str]:
    """Yield what the picture counts, since it has no place in it."""
    used = {key(s.network_security_group) for network in site.virtual_networks for s in network.subnets}
    used |= {key(nic.network_security_group) for vm in site.virtual_machines for nic in vm.interfaces}
    free = [nsg.name for nsg in site.network_security_groups if key(nsg.name) not in used]
    if free:
        yield f"{count(len(free), 'NSG')} attached to nothing: {first_of(free)}"
    if site.admin_rules:
        yield f"{count(len(site.admin_rules), 'security admin rule')} of network managers, before the NSGs"
    names = dict.fromkeys(last_segment(one.name) for one in site.unmodelled)
    if names:
        yield f"in the files and not evaluated: {first_of(list(names))}"
