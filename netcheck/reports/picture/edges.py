"""The lines of a scene: ways out, peerings, proxy settings, routes, pools, services, and the legs of a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from netcheck.model.names import key, last_segment
from netcheck.model.rules import NextHop
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.questions.answer import Answer
from netcheck.reports.captions import client_proxies, first_of, leg_caption
from netcheck.reports.picture.marks import place_of, way_through
from netcheck.reports.picture.path import onward, path_legs
from netcheck.reports.picture.places import INTERNET, Place, Places, subnet_place, vm_place
from netcheck.reports.picture.scene import DrawnPath, Edge, EdgeKind, Node, NodeKind

Identify = Callable[[Place], str]


@dataclass(slots=True)
class Found:
    """Edges, and the nodes for ends that no place of the site has."""

    edges: list[Edge] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)


def edges(site: Site, path: DrawnPath | None, places: Places, identify: Identify) -> Found:
    """Return the edges of a site and of a path, and the nodes outside of the site that they lead to."""
    making = _Edges(site, places, identify)
    making.found.edges += making.all(path)
    return making.found


class _Edges:
    def __init__(self, site: Site, places: Places, identify: Identify) -> None:
        self._site, self._places, self._identify = site, places, identify
        self.found = Found()
        self._outside: set[Place] = {INTERNET}

    def all(self, path: DrawnPath | None) -> Iterator[Edge]:
        yield from self._networks()
        yield from self._proxies()
        yield from self._routes()
        yield from self._balancers()
        yield from self._services()
        if path is not None:
            yield from self._legs(path)

    def _edge(self, source: Place, target: Place, kind: EdgeKind, *lines: str) -> Edge:
        return Edge(source=self._identify(source), target=self._identify(target), kind=kind, lines=lines)

    def _new(self, place: Place, kind: NodeKind, name: str) -> Place:
        """Return a place outside of the site, whose node is made the first time it is met."""
        if place not in self._outside:
            self._outside.add(place)
            self.found.nodes.append(Node(id=self._identify(place), kind=kind, name=name))
        return place

    def _networks(self) -> Iterator[Edge]:
        for network in self._site.virtual_networks:
            here = ("vnet", key(network.name))
            yield self._edge(here, INTERNET, EdgeKind.WAY_OUT)
            for peering in network.peerings:
                name = last_segment(peering.remote_virtual_network)
                peer = ("vnet", key(name))
                if self._site.virtual_network(name) is None:
                    peer = self._new(peer, NodeKind.ELSEWHERE, f"virtual network {name}")
                state = "" if peering.is_connected else ", not connected"
                yield self._edge(here, peer, EdgeKind.PEERING, f"peering {peering.name}{state}")

    def _proxies(self) -> Iterator[Edge]:
        for vm in self._site.virtual_machines:
            for told, proxy in client_proxies(vm):
                port = f" port {proxy.port}" if proxy.port else ""
                owner = self._places.proxy(proxy.host)
                if owner is None:
                    owner = self._new(("proxy", key(proxy.host)), NodeKind.ELSEWHERE, f"proxy {proxy.host}")
                yield self._edge(vm_place(vm), owner, EdgeKind.PROXY_SETTING, f"{told} proxy{port}")

    def _routes(self) -> Iterator[Edge]:
        """Yield an edge from each subnet to each appliance that its route table names."""
        for network in self._site.virtual_networks:
            for subnet in network.subnets:
                table = self._site.route_table(last_segment(subnet.route_table)) if subnet.route_table else None
                led: dict[Place, list[str]] = {}
                for route in table.routes if table else ():
                    if route.next_hop is NextHop.VIRTUAL_APPLIANCE and route.next_hop_address is not None:
                        hop = str(route.next_hop_address).partition("/")[0]
                        place = self._places.at(route.next_hop_address)
                        place = place or self._new(("hop", hop), NodeKind.ELSEWHERE, f"next hop {hop}")
                        led.setdefault(place, []).append(str(route.prefix))
                for place, prefixes in led.items():
                    yield self._edge(
                        subnet_place(subnet.full_name), place, EdgeKind.ROUTE, f"route {first_of(prefixes)}"
                    )

    def _balancers(self) -> Iterator[Edge]:
        pools = {
            key(f"{balancer.name}/{pool}"): (balancer, pool)
            for balancer in self._site.load_balancers
            for pool in balancer.pools
        }
        for vm in self._site.virtual_machines:
            for name in dict.fromkeys(key(pool) for nic in vm.interfaces for pool in nic.backend_pools):
                if name in pools:
                    balancer, pool = pools[name]
                    here = ("balancer", key(balancer.name))
                    yield self._edge(here, vm_place(vm), EdgeKind.BALANCING, f"pool {pool}")

    def _services(self) -> Iterator[Edge]:
        for endpoint in self._site.private_endpoints:
            if endpoint.service:
                name = last_segment(endpoint.service)
                service = self._new(("service", key(name)), NodeKind.SERVICE, name)
                lines = [", ".join(endpoint.groups)] if endpoint.groups else []
                yield self._edge(("endpoint", key(endpoint.name)), service, EdgeKind.SERVICE, *lines)

    def _legs(self, path: DrawnPath) -> Iterator[Edge]:
        for number, answers in enumerate(path.legs, 1):
            for answer in answers:
                yield from self._leg(answer, number if len(path.legs) > 1 else 0)

    def _leg(self, answer: Answer, number: int) -> Iterator[Edge]:
        """Yield the edges of a leg: one, or one to each place that the packets pass and one on from there.

        What leads to such a place has the verdict with which packets come there, the last edge that of the leg.
        """
        q = answer.question
        passed = way_through(answer, self._places)
        stops = [self._end(q.source), *passed, self._end(q.target)]
        arriving = self._arriving(answer) if passed else {}
        for source, target in pairwise(stops):
            is_last = target == stops[-1]
            verdict = answer.verdict if is_last else arriving.get(target, answer.verdict)
            so_far = f"{verdict.upper()} so far, {q.protocol} {','.join(q.ports)}"
            yield Edge(
                source=self._identify(source),
                target=self._identify(target),
                kind=EdgeKind.LEG,
                lines=tuple(leg_caption(answer, number)) if is_last else (so_far,),
                verdict=verdict,
            )

    def _arriving(self, answer: Answer) -> dict[Place, Verdict]:
        """Return the verdict that packets of a leg have when they first come to the places of its hops."""
        hops = [hop for leg in path_legs(answer) for hop in leg.hops]
        found: dict[Place, Verdict] = {}
        for hop, verdict in zip(hops, (Verdict.REACHABLE, *onward(answer, hops)), strict=False):
            found.setdefault(place_of(hop.kind, hop.resource, self._places), verdict)
        return found

    def _end(self, name: str) -> Place:
        """Return the place of an end; what the network does not show, a prefix, a tag or a group, gets a node."""
        place = self._places.end(name)
        return self._new(place, NodeKind.PLACE, name) if place[0] == "end" else place
