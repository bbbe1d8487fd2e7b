"""The network as a Mermaid flowchart, with the verdict about one path where one was asked.

Names come from files of any origin. A label holds nothing but letters, digits, spaces and a few harmless signs as they
are; everything else is written as a Mermaid entity code (`#quot;`), which Mermaid shows as text and never reads as
syntax.
Semantics: Mermaid documentation, "Flowcharts - Basic Syntax", entity codes to escape characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netcheck.model.names import key, last_segment
from netcheck.model.site import Site, Subnet, VirtualMachine, VirtualNetwork
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.answer import Answer
from netcheck.reports.captions import (
    client_proxies,
    decider_text,
    leg_caption,
    network_caption,
    path_caption,
    subnet_caption,
    vm_caption,
)

_PLAIN = frozenset(" ._-/,")
_NAMED = {'"': "quot", "<": "lt", ">": "gt", "&": "amp"}
_STYLES = {
    Verdict.REACHABLE: "fill:#e6f4ea,stroke:#137333,color:#000",
    Verdict.BLOCKED: "fill:#fce8e6,stroke:#b3261e,stroke-width:3px,color:#000",
    Verdict.PARTIAL: "fill:#fef7e0,stroke:#8a5a00,stroke-width:3px,color:#000",
    Verdict.UNDETERMINED: "fill:#f1f3f4,stroke:#5f6368,stroke-dasharray:5 4,color:#000",
}
_LINES = {
    Verdict.REACHABLE: "stroke:#137333,stroke-width:3px",
    Verdict.BLOCKED: "stroke:#b3261e,stroke-width:3px",
    Verdict.PARTIAL: "stroke:#8a5a00,stroke-width:3px",
    Verdict.UNDETERMINED: "stroke:#5f6368,stroke-width:3px,stroke-dasharray:5 4",
}
_WORST_FIRST = (Verdict.BLOCKED, Verdict.PARTIAL, Verdict.UNDETERMINED, Verdict.REACHABLE)

Place = tuple[str, str]
"""What is drawn: its kind (`vnet`, `subnet`, `vm`, `end`) and its name as `key` folds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPath:
    """A path to draw: the answer about the whole, and its legs (one, or two through a proxy).

    A leg has one answer for each pair of ends, because an edge must not carry the verdict of another.
    """

    whole: Answer
    legs: tuple[tuple[Answer, ...], ...]


def network_mermaid(site: Site, path: DrawnPath | None = None) -> str:
    """Return the flowchart of a site. The same site gives the same text."""
    return "\n".join(_Chart(site, path).lines()) + "\n"


def escape(text: str) -> str:
    """Return text as it may stand inside a quoted Mermaid label."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character.isalnum() or character in _PLAIN:
        return character
    if character in _NAMED:
        return f"#{_NAMED[character]};"
    return f"#{ord(character)};" if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def label(lines: Sequence[str]) -> str:
    """Return a quoted label; each line is text, empty ones are left out."""
    return '"' + "<br/>".join(escape(line) for line in lines if line) + '"'


class _Chart:
    """One flowchart in the making: the numbers of what is drawn, and the marks that the path leaves."""

    def __init__(self, site: Site, path: DrawnPath | None) -> None:
        self._site, self._path = site, path
        self._ids: dict[Place, str] = {}
        self._edges = 0
        self._marks = _Marks(site, path)
        self._classes: dict[str, Verdict] = {}

    def lines(self) -> Iterator[str]:
        yield "flowchart LR"
        for network in self._site.virtual_networks:
            yield from self._network(network)
        for vm in self._site.virtual_machines:
            if self._site.subnet(vm.primary.subnet) is None:
                yield f"  {self._vm(vm)}"
        yield f"  {self._id(('end', 'internet'))}([{label(['Internet and Azure services'])}])"
        yield from self._connections()
        if self._path is not None:
            yield from self._drawn_path(self._path)
        for verdict in dict.fromkeys(self._classes.values()):
            yield f"  classDef {verdict} {_STYLES[verdict]}"
        yield from (f"  class {node} {verdict}" for node, verdict in self._classes.items())

    def _network(self, network: VirtualNetwork) -> Iterator[str]:
        yield f"  subgraph {self._id(('vnet', key(network.name)))}[{label(network_caption(network))}]"
        for subnet in network.subnets:
            yield from self._subnet(subnet)
        yield "  end"

    def _subnet(self, subnet: Subnet) -> Iterator[str]:
        place = ("subnet", key(subnet.full_name))
        marks = self._mark(place, HopKind.SUBNET_NSG, subnet.network_security_group)
        for hop in (HopKind.ROUTE, HopKind.EGRESS):
            marks += self._mark(place, hop, subnet.full_name)
        yield f"    subgraph {self._id(place)}[{label([*subnet_caption(subnet), *marks])}]"
        for vm in self._site.virtual_machines:
            if key(vm.primary.subnet) == key(subnet.full_name):
                yield f"      {self._vm(vm)}"
        yield "    end"

    def _vm(self, vm: VirtualMachine) -> str:
        place = ("vm", key(vm.name))
        marks = self._mark(place, HopKind.HOST_FIREWALL, vm.name) + self._mark(place, HopKind.PROXY_SERVER, vm.name)
        for nic in vm.interfaces:
            marks += self._mark(place, HopKind.NIC_NSG, nic.network_security_group)
            marks += self._mark(place, HopKind.INGRESS, nic.name) + self._mark(place, HopKind.EGRESS, nic.subnet)
        opening, closing = ("[[", "]]") if vm.proxy_server else ("[", "]")
        return f"{self._id(place)}{opening}{label(list(dict.fromkeys([*vm_caption(vm), *marks])))}{closing}"

    def _mark(self, place: Place, hop: HopKind, resource: str) -> list[str]:
        """Return what the path found out at a place, and give the place the class of the worst verdict there."""
        found = self._marks.at(place, hop, resource) if resource else {}
        for verdict in found.values():
            self._classify(self._id(place), verdict)
        return [f"{verdict.upper()} by {text}" for text, verdict in found.items()]

    def _classify(self, node: str, verdict: Verdict) -> None:
        known = self._classes.get(node, Verdict.REACHABLE)
        self._classes[node] = min(known, verdict, key=_WORST_FIRST.index)

    def _connections(self) -> Iterator[str]:
        """Yield the edges that every picture has: the ways out, the peerings, and the clients' proxy settings."""
        for network in self._site.virtual_networks:
            here = self._id(("vnet", key(network.name)))
            yield self._edge(here, "---", self._id(("end", "internet")))
            for peering in network.peerings:
                peer = self._site.virtual_network(last_segment(peering.remote_virtual_network))
                if peer is not None:
                    state = "" if peering.is_connected else ", not connected"
                    caption = [f"peering {peering.name}{state}"]
                    yield self._edge(here, "-->", self._id(("vnet", key(peer.name))), caption)
        for vm in self._site.virtual_machines:
            for told, proxy in client_proxies(vm):
                owner = _owner(self._site, proxy.host)
                if owner is not None:
                    caption = [f"{told} proxy{f' port {proxy.port}' if proxy.port else ''}"]
                    yield self._edge(self._id(("vm", key(vm.name))), "-.->", self._id(("vm", key(owner.name))), caption)

    def _drawn_path(self, path: DrawnPath) -> Iterator[str]:
        for number, answers in enumerate(path.legs, 1):
            for answer in answers:
                caption = leg_caption(answer, number if len(path.legs) > 1 else 0)
                source, target = _end(self._site, answer.question.source), _end(self._site, answer.question.target)
                yield from self._new_end(source, answer.question.source)
                yield from self._new_end(target, answer.question.target)
                yield self._edge(self._id(source), "==>", self._id(target), caption, answer.verdict)
        node = self._id(("path", ""))
        self._classify(node, path.whole.verdict)
        yield f"  {node}>{label(path_caption(path.whole))}]"

    def _new_end(self, place: Place, name: str) -> Iterator[str]:
        """Yield the node of an end that the network does not show: a prefix, a tag, a group."""
        if place not in self._ids:
            yield f"  {self._id(place)}([{label([name])}])"

    def _edge(
        self, source: str, arrow: str, target: str, caption: Sequence[str] = (), verdict: Verdict | None = None
    ) -> str:
        number, self._edges = self._edges, self._edges + 1
        text = f"|{label(caption)}|" if caption else ""
        style = f"\n  linkStyle {number} {_LINES[verdict]}" if verdict else ""
        return f"  {source} {arrow}{text} {target}{style}"

    def _id(self, place: Place) -> str:
        """Return the identifier of something drawn: a number, never a name."""
        return self._ids.setdefault(place, f"n{len(self._ids)}")


class _Marks:
    """Who does not let packets pass, and where on the path."""

    def __init__(self, site: Site, path: DrawnPath | None) -> None:
        self._found: dict[tuple[Place, str, str], dict[str, Verdict]] = {}
        for answer in (answer for leg in path.legs for answer in leg) if path else ():
            ends = {"Outbound": answer.question.source, "Inbound": answer.question.target}
            for verdict, decision in _deciders(answer):
                place = _end(site, ends.get(decision.direction, answer.question.source))
                for near in [place] if decision.hop is HopKind.EGRESS else _around(site, place):
                    self._add(near, verdict, decision)
        for verdict, decision in _deciders(path.whole) if path else ():
            if decision.hop is HopKind.PROXY_SERVER:
                self._add(("vm", key(decision.resource)), verdict, decision)

    def _add(self, place: Place, verdict: Verdict, decision: Decision) -> None:
        texts = self._found.setdefault((place, decision.hop, key(decision.resource)), {})
        texts.setdefault(decider_text(decision), verdict)

    def at(self, place: Place, hop: HopKind, resource: str) -> dict[str, Verdict]:
        """Return who decides at a place, with the verdict about the packets decided."""
        return self._found.get((place, hop, key(resource)), {})


def _deciders(answer: Answer) -> Iterator[tuple[Verdict, Decision]]:
    """Yield who decides about packets that do not certainly pass: the hops that block them, or may do so."""
    for part in answer.parts:
        if part.verdict is not Verdict.REACHABLE:
            denying = {(d.hop, d.direction, d.resource) for d in part.decided_by if not d.passes}
            yield from (
                (part.verdict, one) for one in part.decided_by if (one.hop, one.direction, one.resource) in denying
            )


def _end(site: Site, word: str) -> Place:
    """Return the place that a name of a question means; what the network does not show is an `end`."""
    wanted = key(last_segment(word)) if word.startswith("/") else key(word)
    for vm in site.virtual_machines:
        if wanted in (key(vm.name), *(key(nic.name) for nic in vm.interfaces)):
            return "vm", key(vm.name)
    for network in site.virtual_networks:
        for subnet in network.subnets:
            if wanted in (key(subnet.full_name), key(subnet.name)):
                return "subnet", key(subnet.full_name)
    owner = _owner(site, word)
    return ("vm", key(owner.name)) if owner else ("end", wanted)


def _around(site: Site, place: Place) -> Iterator[Place]:
    """Yield a place with what packets pass there: the subnets of a VM, the VMs of a subnet."""
    yield place
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            if place == ("vm", key(vm.name)):
                yield "subnet", key(nic.subnet)
            elif place == ("subnet", key(nic.subnet)):
                yield "vm", key(vm.name)


def _owner(site: Site, host: str) -> VirtualMachine | None:
    """Return the VM with that address or host name."""
    for vm in site.virtual_machines:
        own = {str(address).partition("/")[0] for nic in vm.interfaces for address in nic.addresses}
        if host in own or key(host.partition(".")[0]) == key(vm.name):
            return vm
    return None
