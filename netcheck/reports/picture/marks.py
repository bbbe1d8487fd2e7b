"""What a path found out, place by place: who does not let packets pass, and where that is in the picture."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.answer import Answer
from netcheck.reports.captions import decider_text
from netcheck.reports.picture.places import Place, Places, subnet_place, vm_place
from netcheck.reports.picture.scene import DrawnPath, Mark

_OWN_PLACE = {
    HopKind.AZURE_FIREWALL: "firewall",
    HopKind.LOAD_BALANCER: "balancer",
    HopKind.PRIVATE_ENDPOINT: "endpoint",
    HopKind.PROXY_SERVER: "vm",
}
"""The hops that are places themselves: the resource is the name."""
_ON_THE_WAY = (HopKind.APPLIANCE, HopKind.AZURE_FIREWALL, HopKind.LOAD_BALANCER)


class Marks:
    """The marks of a path, found by the place, the kind of hop and the resource that decides there."""

    def __init__(self, site: Site, places: Places, path: DrawnPath | None) -> None:
        self._site, self._places = site, places
        self._found: dict[tuple[Place, str, str], dict[str, Verdict]] = {}
        for answer in (answer for leg in path.legs for answer in leg) if path else ():
            self._add_leg(answer)
        for verdict, decision in _deciders(path.whole) if path else ():
            if decision.hop is HopKind.PROXY_SERVER:
                self._add(("vm", key(decision.resource)), verdict, decision)

    def _add_leg(self, answer: Answer) -> None:
        ends = {"Outbound": answer.question.source, "Inbound": answer.question.target}
        passed = way_through(answer, self._places)
        for found, decision in _deciders(answer):
            is_some = found is Verdict.BLOCKED and answer.verdict is Verdict.PARTIAL
            verdict = Verdict.PARTIAL if is_some else found
            if decision.hop in _OWN_PLACE:
                self._add((_OWN_PLACE[decision.hop], key(decision.resource)), verdict, decision)
                continue
            near = self._places.end(ends.get(decision.direction, answer.question.source))
            for place in [near] if decision.hop is HopKind.EGRESS else [*self._around(near), *passed]:
                self._add(place, verdict, decision)
            for place in passed:
                for around in self._around(place):
                    self._add(around, verdict, decision)

    def _add(self, place: Place, verdict: Verdict, decision: Decision) -> None:
        texts = self._found.setdefault((place, decision.hop, key(decision.resource)), {})
        texts.setdefault(decider_text(decision), verdict)

    def _around(self, place: Place) -> Iterator[Place]:
        """Yield a place with what packets pass there: the subnets of a VM, the VMs of a subnet, members of a pool."""
        yield place
        for vm in self._site.virtual_machines:
            for nic in vm.interfaces:
                behind = {key(pool.rpartition("/")[0]) for pool in nic.backend_pools}
                is_member = place[0] == "balancer" and place[1] in behind
                if is_member or place == subnet_place(nic.subnet):
                    yield vm_place(vm)
                if is_member or place == vm_place(vm):
                    yield subnet_place(nic.subnet)
        for endpoint in self._site.private_endpoints:
            if place == ("endpoint", key(endpoint.name)):
                yield subnet_place(endpoint.subnet)

    def at(self, place: Place, *hops: tuple[HopKind, str]) -> tuple[Mark, ...]:
        """Return the marks of a place: who decides at its hops, each told by its kind and the resource."""
        found: dict[str, Verdict] = {}
        for hop, resource in hops:
            if resource:
                for text, verdict in self._found.get((place, hop, key(resource)), {}).items():
                    found.setdefault(text, verdict)
        return tuple(Mark(verdict, text) for text, verdict in found.items())


def place_of(hop: HopKind, resource: str, places: Places) -> Place:
    """Return the place of a hop that is one itself, else of the VM or NIC that the resource names."""
    own = _OWN_PLACE.get(hop)
    return (own, key(resource)) if own else places.end(resource)


def way_through(answer: Answer, places: Places) -> tuple[Place, ...]:
    """Return what the packets of a leg pass between its ends: the load balancer, else appliances and firewalls.

    Behind a load balancer each member is one of several ways, so none of them is on the way of all packets.
    """
    passed = [place_of(HopKind(hop.hop), hop.resource, places) for hop in answer.hops if hop.hop in _ON_THE_WAY]
    balancers = [place for place in passed if place[0] == "balancer"][:1]
    ends = {places.end(answer.question.source), places.end(answer.question.target)}
    return tuple(place for place in dict.fromkeys(balancers or passed) if place not in ends)


def _deciders(answer: Answer) -> Iterator[tuple[Verdict, Decision]]:
    """Yield who decides about packets that do not certainly pass: the hops that block them, or may do so."""
    for part in answer.parts:
        if part.verdict is not Verdict.REACHABLE:
            denying = {(d.hop, d.direction, d.resource) for d in part.decided_by if not d.passes}
            yield from (
                (part.verdict, one) for one in part.decided_by if (one.hop, one.direction, one.resource) in denying
            )
