"""The scene: everything in the site is there or counted, once, and the path marks what it found out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest

from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.questions.reach import reach
from netcheck.reports.picture.building import draw_scene
from netcheck.reports.picture.scene import DrawnPath, EdgeKind, GroupKind, Node, NodeKind, Scene
from netcheck.sources.load import load_site
from tests.unit.cli.shared import ROOT
from tests.unit.reports.picture.sites import PATHS, STORIES, bench_estate, hub_and_spokes, path_of, story

SITES: dict[str, Callable[[], Site]] = {
    **{name: partial(story, name) for name in STORIES},
    "3 VMs": partial(hub_and_spokes, 1, 1),
    "30 VMs": partial(hub_and_spokes, 3, 3),
    "300 VMs": partial(hub_and_spokes, 5, 20),
    "500 subnets": partial(bench_estate, 300),
}


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> Site:
    """A site of each kind and size."""
    return SITES[request.param]()


def _members(scene: Scene, *kinds: NodeKind) -> list[str]:
    return sorted(name for node in scene.nodes if node.kind in kinds for name in node.members)


def test_every_vm_is_drawn_or_counted_once(site: Site) -> None:
    """No VM is left out and none is there twice; a crowd says how many it is."""
    scene = draw_scene(site)
    machines = (NodeKind.VM, NodeKind.PROXY, NodeKind.APPLIANCE, NodeKind.CROWD)
    drawn = _members(scene, *machines)
    assert len(drawn) == len(set(drawn))
    counted = [re.search("subnets, ([0-9]+) VMs?$", node.name) for node in scene.nodes if node.kind is NodeKind.SUBNETS]
    assert len(drawn) + sum(int(found[1]) for found in counted if found) == len(site.virtual_machines)
    if not any(counted):
        assert drawn == sorted(vm.name for vm in site.virtual_machines)
    crowds = [node for node in scene.nodes if node.kind is NodeKind.CROWD]
    assert all(node.name == f"{len(node.members)} VMs like {node.members[0]}" for node in crowds)


def test_every_subnet_is_drawn_or_counted_once(site: Site) -> None:
    """The empty ones of a large site are told together, network by network."""
    scene = draw_scene(site)
    networks = {one.id: one.name for one in scene.groups if one.kind is GroupKind.NETWORK}
    drawn = [f"{networks[one.parent]}/{one.name}" for one in scene.groups if one.kind is GroupKind.SUBNET]
    counted = [f"{networks[n.group]}/{m}" for n in scene.nodes if n.kind is NodeKind.SUBNETS for m in n.members]
    assert sorted(drawn + counted) == sorted(s.full_name for v in site.virtual_networks for s in v.subnets)
    assert sorted(networks.values()) == sorted(one.name for one in site.virtual_networks)


def test_every_nsg_is_named_or_counted(site: Site) -> None:
    """An NSG stands at each subnet and NIC that it is on; those on nothing are counted."""
    scene = draw_scene(site)
    named = "\n".join(line for one in scene.places for line in one.lines)
    used = {key(s.network_security_group) for v in site.virtual_networks for s in v.subnets}
    used |= {key(n.network_security_group) for vm in site.virtual_machines for n in vm.interfaces}
    free = sum(key(nsg.name) not in used for nsg in site.network_security_groups)
    assert [note.split(" ")[0] for note in scene.notes if "attached to nothing" in note] == (
        [str(free)] if free else []
    )
    empty = [line for node in scene.nodes if node.kind is NodeKind.SUBNETS for line in node.lines]
    if not empty:
        assert all(nsg.name in named for nsg in site.network_security_groups if key(nsg.name) in used)
    hidden = {
        m for node in scene.nodes if node.kind is NodeKind.SUBNETS for m in (f"{node.group}/{x}" for x in node.members)
    }
    ids = {one.id: one.name for one in scene.groups}
    for network in site.virtual_networks:
        for subnet in network.subnets:
            place = next(i for i, name in ids.items() if name == network.name and i in _networks(scene))
            if f"{place}/{subnet.name}" not in hidden:
                [group] = [g for g in scene.groups if g.parent == place and g.name == subnet.name]
                assert (
                    f"NSG {subnet.network_security_group}" if subnet.network_security_group else "no NSG"
                ) in group.lines


def _networks(scene: Scene) -> set[str]:
    return {one.id for one in scene.groups if one.kind is GroupKind.NETWORK}


def test_every_edge_joins_two_things_of_the_scene(site: Site) -> None:
    """Ids are unique, and an edge leads nowhere else."""
    scene = draw_scene(site)
    ids = [one.id for one in scene.groups] + [one.id for one in scene.nodes]
    assert len(ids) == len(set(ids))
    assert {end for edge in scene.edges for end in (edge.source, edge.target)} <= set(ids)
    assert {node.group for node in scene.nodes} <= {"", *(one.id for one in scene.groups)}


def test_every_peering_and_appliance_has_its_edge(site: Site) -> None:
    """Peerings are there one by one; a subnet that is drawn is joined to each appliance that its routes name."""
    scene = draw_scene(site)
    peerings = [edge for edge in scene.edges if edge.kind is EdgeKind.PEERING]
    assert len(peerings) == sum(len(network.peerings) for network in site.virtual_networks)
    led = {edge.source for edge in scene.edges if edge.kind is EdgeKind.ROUTE}
    for group in scene.groups:
        table = site.route_table(next((x[12:] for x in group.lines if x.startswith("route table ")), "none"))
        has_hop = table is not None and any(route.next_hop_address for route in table.routes)
        assert (group.id in led) == has_hop or group.kind is GroupKind.NETWORK


@pytest.mark.parametrize("name", PATHS)
def test_the_ends_of_a_path_are_never_hidden(name: str) -> None:
    """What the question names has a node or group of its own."""
    scene = draw_scene(story(name), path_of(name))
    shown = {one.name for one in scene.places}
    source, target, _ = PATHS[name]
    assert source in shown
    assert target in shown or target == "Internet"


def test_a_vm_on_the_path_leaves_its_crowd() -> None:
    """Nineteen of twenty stay together."""
    site = hub_and_spokes(5, 20)
    answer = reach(site, "db-2-7", "10.1.0.4", ["443"])
    scene = draw_scene(site, DrawnPath(answer, ((answer,),)))
    assert [n.members for n in scene.nodes if n.name in ("db-2-7", "web-1-1")] == [("web-1-1",), ("db-2-7",)]
    [others] = [n for n in scene.nodes if "db-2-8" in n.members]
    assert len(others.members) == 19


def test_vms_with_other_settings_are_no_crowd() -> None:
    """VMs of one subnet are put together only where nothing in the picture tells them apart."""
    scene = draw_scene(hub_and_spokes(3, 3))
    crowds = {node.name for node in scene.nodes if node.kind is NodeKind.CROWD}
    assert crowds == {f"3 VMs like {name}-{spoke}-1" for name in ("web", "app", "db") for spoke in (1, 2, 3)}


def test_the_edge_to_a_firewall_carries_what_comes_there() -> None:
    """The firewall blocks: what leads to it is reachable, what leads on is blocked, and the mark is at the firewall."""
    scene = draw_scene(story("firewall"), path_of("firewall"))
    legs = [edge for edge in scene.edges if edge.kind is EdgeKind.LEG]
    assert [edge.verdict for edge in legs] == [Verdict.REACHABLE, Verdict.BLOCKED]
    assert legs[0].target == legs[1].source
    [firewall] = [node for node in scene.nodes if node.kind is NodeKind.FIREWALL]
    assert [mark.text for mark in firewall.marks] == ["BLOCKED by network/deny-https 65000"]


def test_a_block_at_the_members_of_a_pool_is_marked_there() -> None:
    """The NSG of the subnet in which the members are keeps the client's packets out."""
    scene = draw_scene(story("balanced"), path_of("balanced"))
    assert {one.name: [mark.text for mark in one.marks] for one in scene.groups} == {
        "vnet": [], "app": [], "proxy": ["BLOCKED by deny-rest 4000"],
    }  # fmt: skip


def test_what_is_outside_of_the_site_has_a_node() -> None:
    """A proxy, a peer and a next hop that are no part of the site are shown as that."""
    scene = draw_scene(story("peering"))
    elsewhere = {node.heading for node in scene.nodes if node.kind is NodeKind.ELSEWHERE}
    known = {one.name for one in story("peering").virtual_networks}
    named = {p.remote_virtual_network for v in story("peering").virtual_networks for p in v.peerings}
    assert elsewhere >= {f"virtual network {one} (not in the site)" for one in named - known}


def test_a_subnet_as_an_end_is_the_subnet() -> None:
    """A path from a subnet begins at the subnet itself, with the mark of its NSG."""
    site = story("article")
    answer = reach(site, "vnet/default", "Storage.WestUS", ["443"])
    scene = draw_scene(site, DrawnPath(answer, ((answer,),)))
    [leg] = [edge for edge in scene.edges if edge.kind is EdgeKind.LEG]
    [subnet] = [one for one in scene.groups if one.kind is GroupKind.SUBNET]
    assert (leg.source, [mark.text for mark in subnet.marks]) == (subnet.id, ["BLOCKED by deny-internet 4000"])


def test_a_place_that_blocks_some_packets_is_marked_partial() -> None:
    """One rule denies a part of the destinations: what the NSG does is not called blocked as a whole."""
    site = load_site([str(ROOT / "fixtures" / "storage-partial" / "site.yaml")])
    answer = reach(site, "app-vm", "Storage.WestUS", ["443"])
    scene = draw_scene(site, DrawnPath(answer, ((answer,),)))
    [subnet] = [one for one in scene.groups if one.kind is GroupKind.SUBNET]
    assert [(m.verdict, m.text) for m in subnet.marks] == [
        (Verdict.PARTIAL, "PARTIAL, some blocked by deny-a-cluster 100")
    ]


@pytest.mark.parametrize("name", PATHS)
def test_a_leg_leads_from_place_to_place(name: str) -> None:
    """No edge of a path begins where it ends, and each begins where the one before it ended."""
    legs = [edge for edge in draw_scene(story(name), path_of(name)).edges if edge.kind is EdgeKind.LEG]
    assert legs
    assert [edge for edge in legs if edge.source == edge.target] == []
    assert [edge.target for edge in legs[:-1]] == [edge.source for edge in legs[1:]]


def test_a_very_large_site_is_drawn_network_by_network() -> None:
    """Of 500 subnets those are drawn that the path or the appliance is in; the rest are counted in their network."""
    site = bench_estate(300)
    answer = reach(site, "vm-40", "10.7.0.4", ["443"])
    scene = draw_scene(site, DrawnPath(answer, ((answer,),)))
    drawn = {one.name for one in scene.nodes if one.kind in (NodeKind.VM, NodeKind.APPLIANCE)}
    assert {"vm-40", "vm-0"} <= drawn
    assert len(scene.places) < 80
    told = next(node for node in scene.nodes if node.kind is NodeKind.SUBNETS)
    assert told.name == "24 subnets, 24 VMs"


def test_edges_of_what_is_told_together_begin_there() -> None:
    """No route to an appliance is left out."""
    scene = draw_scene(bench_estate(300))
    [appliance] = [node for node in scene.nodes if node.kind is NodeKind.APPLIANCE]
    led = {edge.source for edge in scene.edges if edge.kind is EdgeKind.ROUTE}
    site = bench_estate(300)
    for network in site.virtual_networks:
        has_route = any(
            route.next_hop_address
            for s in network.subnets
            if (t := site.route_table(s.route_table))
            for route in t.routes
        )
        own = {
            node.id
            for node in scene.nodes
            if node.kind is NodeKind.SUBNETS and _network_of(scene, node) == network.name
        }
        own |= {
            one.id for one in scene.groups if one.kind is GroupKind.SUBNET and one.parent in _ids(scene, network.name)
        }
        assert bool(own & led) == has_route
    assert {edge.target for edge in scene.edges if edge.kind is EdgeKind.ROUTE} == {appliance.id}


def _ids(scene: Scene, name: str) -> set[str]:
    return {one.id for one in scene.groups if one.kind is GroupKind.NETWORK and one.name == name}


def _network_of(scene: Scene, node: Node) -> str:
    return next(one.name for one in scene.groups if one.id == node.group)
