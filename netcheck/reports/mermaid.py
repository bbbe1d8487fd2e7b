"""The network as a Mermaid flowchart, with the verdict about one path where one was asked.

Names come from files of any origin. A label holds nothing but letters, digits, spaces and a few harmless signs as they
are; everything else is written as a Mermaid entity code (`#quot;`), which Mermaid shows as text and never reads as syntax.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from netcheck.model.address import AddressRange
from netcheck.model.names import key, last_segment
from netcheck.model.site import (
    ChainFirewall,
    HostFirewall,
    NetworkInterface,
    NoHostFirewall,
    ProxyAddress,
    Site,
    Subnet,
    UnreadHostFirewall,
    VirtualMachine,
    VirtualNetwork,
    WindowsFirewall,
)
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.answer import Answer

_PLAIN = frozenset(" ._-/,")
_NAMED = {'"': "quot", "<": "lt", ">": "gt", "&": "amp"}
_BREAK = "<br/>"
_SHOWN_ADDRESSES = 4
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPath:
    """A path to draw: the answer about the whole, and one answer for each of its legs (one, or two through a proxy)."""

    whole: Answer
    legs: tuple[Answer, ...]


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


def label(*lines: str) -> str:
    """Return a quoted label; each line is text, empty ones are left out."""
    return '"' + _BREAK.join(escape(line) for line in lines if line) + '"'


class _Chart:
    """One flowchart in the making: numbers for what is drawn, and the marks that the path leaves."""

    def __init__(self, site: Site, path: DrawnPath | None) -> None:
        self._site, self._path = site, path
        self._ids: dict[tuple[str, str], str] = {}
        self._edges = 0
        self._marks = _marks(path) if path else {}
        self._classes: dict[str, Verdict] = {}

    def lines(self) -> Iterator[str]:
        yield "flowchart LR"
        for network in self._site.virtual_networks:
            yield from self._network(network)
        for vm in self._site.virtual_machines:
            if not any(self._site.subnet(nic.subnet) for nic in vm.interfaces):
                yield f"  {self._vm(vm)}"
        yield f"  {self._id('outside', '')}([{label('Internet and Azure services')}])"
        yield from self._connections()
        if self._path is not None:
            yield from self._drawn_path(self._path)
        yield from self._styles()

    def _network(self, network: VirtualNetwork) -> Iterator[str]:
        space = _addresses(network.address_space)
        yield f"  subgraph {self._id('vnet', network.name)}[{label(f'virtual network {network.name}', space)}]"
        for subnet in network.subnets:
            yield from self._subnet(subnet)
        yield "  end"

    def _subnet(self, subnet: Subnet) -> Iterator[str]:
        here = self._id("subnet", subnet.full_name)
        nsg = subnet.network_security_group
        lines = [f"subnet {subnet.name}", _addresses(subnet.prefixes), f"NSG {nsg}" if nsg else "no NSG"]
        lines += [f"route table {subnet.route_table}"] if subnet.route_table else []
        lines += [f"NAT gateway {last_segment(subnet.nat_gateway)}"] if subnet.nat_gateway else []
        lines += ["private: no default outbound access"] if subnet.default_outbound_access is False else []
        yield f"    subgraph {here}[{label(*lines, *self._mark(here, HopKind.SUBNET_NSG, nsg))}]"
        for vm in self._site.virtual_machines:
            if key(vm.primary.subnet) == key(subnet.full_name):
                yield f"      {self._vm(vm)}"
        yield "    end"

    def _vm(self, vm: VirtualMachine) -> str:
        here = self._id("vm", vm.name)
        lines = [f"{'proxy VM' if vm.proxy_server else 'VM'} {vm.name}"]
        lines += [_nic(nic) for nic in vm.interfaces]
        if vm.proxy_server:
            lines.append(f"HTTP proxy on port {vm.proxy_server.port}")
        lines.append(_firewall(vm.host_firewall))
        for hop, resources in (
            (HopKind.HOST_FIREWALL, [vm.name]),
            (HopKind.PROXY_SERVER, [vm.name]),
            (HopKind.NIC_NSG, [nic.network_security_group for nic in vm.interfaces]),
            (HopKind.INGRESS, [nic.name for nic in vm.interfaces]),
        ):
            for resource in dict.fromkeys(resources):
                lines += self._mark(here, hop, resource)
        opening, closing = ("[[", "]]") if vm.proxy_server else ("[", "]")
        return f"{here}{opening}{label(*lines)}{closing}"

    def _mark(self, here: str, hop: HopKind, resource: str) -> list[str]:
        """Return what the path found out at a place, and give the place the class of the worst verdict there."""
        marks = self._marks.get((hop, key(resource)), {}) if resource else {}
        for verdict in marks.values():
            if _rank(verdict) > _rank(self._classes.get(here, Verdict.REACHABLE)):
                self._classes[here] = verdict
        return [f"{verdict.upper()} by {text}" for text, verdict in marks.items()]

    def _connections(self) -> Iterator[str]:
        """Yield the edges that every picture has: the ways out, the peerings, and the clients' proxy settings."""
        for network in self._site.virtual_networks:
            here = self._id("vnet", network.name)
            yield self._edge(here, "---", self._id("outside", ""), "")
            for peering in network.peerings:
                peer = self._site.virtual_network(last_segment(peering.remote_virtual_network))
                if peer is not None:
                    state = "" if peering.is_connected else ", not connected"
                    yield self._edge(here, "-->", self._id("vnet", peer.name), f"peering {peering.name}{state}")
        for vm in self._site.virtual_machines:
            for told, proxy in _client_proxies(vm):
                target = self._owner(proxy.host)
                if target:
                    port = f" port {proxy.port}" if proxy.port else ""
                    yield self._edge(self._id("vm", vm.name), "-.->", target, f"{told} proxy{port}")

    def _owner(self, host: str) -> str:
        for vm in self._site.virtual_machines:
            own = {f"{address}".partition("/")[0] for nic in vm.interfaces for address in nic.addresses}
            if host in own or key(host.partition(".")[0]) == key(vm.name):
                return self._id("vm", vm.name)
        return ""

    def _drawn_path(self, path: DrawnPath) -> Iterator[str]:
        for number, leg in enumerate(path.legs, 1):
            for source in self._ends(leg.question.source):
                for target in self._ends(leg.question.target):
                    yield from self._new_ends(source, target)
                    self._classes.setdefault(target[0], leg.verdict)
                    yield self._edge(source[0], "==>", target[0], *_leg_lines(number, leg), verdict=leg.verdict)
        q = path.whole.question
        via = f" via {q.via}" if q.via else ""
        said = f"{path.whole.verdict.upper()}: {q.source} to {q.target}{via}, {q.protocol} {','.join(q.ports)}"
        node = self._id("verdict", "")
        yield f"  {node}>{label(said, *path.whole.reasons)}]"
        self._classes[node] = path.whole.verdict

    def _ends(self, text: str) -> list[tuple[str, str]]:
        """Return the nodes that the names of a question mean, each with the label of a node that is still to be drawn."""
        return [self._end(word.strip()) for word in text.split(",") if word.strip()]

    def _end(self, word: str) -> tuple[str, str]:
        wanted = key(last_segment(word)) if word.startswith("/") else key(word)
        for vm in self._site.virtual_machines:
            if wanted in (key(vm.name), *(key(nic.name) for nic in vm.interfaces)):
                return self._id("vm", vm.name), ""
        for network in self._site.virtual_networks:
            for subnet in network.subnets:
                if wanted in (key(subnet.full_name), key(subnet.name)):
                    return self._id("subnet", subnet.full_name), ""
        is_new = ("end", wanted) not in self._ids
        return self._id("end", wanted), word if is_new else ""

    def _new_ends(self, *ends: tuple[str, str]) -> Iterator[str]:
        for node, word in dict.fromkeys(ends):
            if word:
                yield f"  {node}([{label(word)}])"

    def _edge(self, source: str, arrow: str, target: str, *lines: str, verdict: Verdict | None = None) -> str:
        number, self._edges = self._edges, self._edges + 1
        text = f"|{label(*lines)}|" if any(lines) else ""
        style = f"\n  linkStyle {number} {_LINES[verdict]}" if verdict else ""
        return f"  {source} {arrow}{text} {target}{style}"

    def _styles(self) -> Iterator[str]:
        for verdict in dict.fromkeys(self._classes.values()):
            yield f"  classDef {verdict} {_STYLES[verdict]}"
        for node, verdict in self._classes.items():
            yield f"  class {node} {verdict}"

    def _id(self, kind: str, name: str) -> str:
        """Return the identifier of something drawn: a number, never a name."""
        return self._ids.setdefault((kind, key(name)), f"n{len(self._ids)}")


def _rank(verdict: Verdict) -> int:
    return (Verdict.REACHABLE, Verdict.UNDETERMINED, Verdict.PARTIAL, Verdict.BLOCKED).index(verdict)


def _marks(path: DrawnPath) -> dict[tuple[str, str], dict[str, Verdict]]:
    """Return, for each hop that does not let everything pass, who decides there and the verdict of the packets."""
    found: dict[tuple[str, str], dict[str, Verdict]] = {}
    for answer in (*path.legs, path.whole):
        for part in answer.parts:
            if part.verdict is not Verdict.REACHABLE:
                for decision in part.decided_by:
                    texts = found.setdefault((decision.hop, key(decision.resource)), {})
                    texts.setdefault(_decider(decision), part.verdict)
    return found


def _decider(decision: Decision) -> str:
    number = f" {decision.priority}" if decision.priority is not None else ""
    return f"{decision.rule}{number}" if decision.rule else decision.note


def _leg_lines(number: int, leg: Answer) -> list[str]:
    q = leg.question
    lines = [f"{number}. {leg.verdict.upper()}, {q.protocol} {','.join(q.ports)}"]
    deciders: dict[str, None] = {}
    for part in leg.parts:
        if part.verdict is not Verdict.REACHABLE:
            for d in part.decided_by:
                deciders.setdefault(f"{d.hop} {d.resource}: {_decider(d)}".replace("  ", " "))
    return lines + list(deciders)


def _nic(nic: NetworkInterface) -> str:
    public = f", public {nic.public_ip}".removesuffix("/32") if nic.public_ip else ""
    public = public or (", public IP address" if nic.has_public_ip else "")
    nsg = f", NSG {nic.network_security_group}" if nic.network_security_group else ""
    return f"NIC {nic.name} {_addresses(nic.addresses)}{public}{nsg}"


def _addresses(ranges: Sequence[AddressRange]) -> str:
    shown = [str(r).removesuffix("/32").removesuffix("/128") for r in ranges[:_SHOWN_ADDRESSES]]
    more = f" and {len(ranges) - _SHOWN_ADDRESSES} more" if len(ranges) > _SHOWN_ADDRESSES else ""
    return ", ".join(shown) + more


def _firewall(firewall: HostFirewall | None) -> str:
    match firewall:
        case None:
            return "host firewall: not given"
        case NoHostFirewall():
            return "host firewall: none"
        case WindowsFirewall(is_enabled=False):
            return "host firewall: Windows, switched off"
        case WindowsFirewall(rules=rules):
            return f"host firewall: Windows, {_count(len(rules), 'rule')}"
        case ChainFirewall(kind=kind, base_chains=chains):
            return f"host firewall: {kind}, {_count(sum(len(c.rules) for c in chains), 'rule')}"
        case UnreadHostFirewall(kind=kind):
            return f"host firewall: {kind}, not read"
        case _:
            assert_never(firewall)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _client_proxies(vm: VirtualMachine) -> Iterable[tuple[str, ProxyAddress]]:
    """Return the proxies of a VM's settings, each once, with the setting that names it first."""
    client = vm.proxy_client
    if client is None:
        return ()
    told = [("WinHTTP", proxy) for _, proxy in sorted((client.winhttp or {}).items())]
    told += [(f"{scheme}_proxy", proxy) for scheme, proxy in sorted(client.environment.items())]
    told += [("waagent.conf", client.agent)] if client.agent else []
    found = {(proxy.host, proxy.port): (name, proxy) for name, proxy in reversed(told)}
    return tuple(reversed(found.values()))
