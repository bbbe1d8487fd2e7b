"""Traffic through an HTTP proxy VM: two connections, and the proxy's own list between them.

The client must reach the proxy's port, the proxy must permit the URL, and the proxy must reach the destination. The
outcome is told in the client's terms: packets from the client's address to the destination.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from netcheck.diagnostics import Source
from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES, AddressRange, Family
from netcheck.model.proxyacl import ClientAddresses, all_tests
from netcheck.model.site import ProxyServer, VirtualMachine
from netcheck.path.leg import Region, Verdict, combine
from netcheck.policy.branches import Branch, together
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, depends, settled
from netcheck.policy.facts import ANY_WORLD, Fact
from netcheck.policy.proxyacl import AclJudgement, AclVerdict, ProxyRequest, judge_acl
from netcheck.policy.resolve import to_set
from netcheck.questions.answer import HopSummary, summarise
from netcheck.questions.asking import Asking, Leg
from netcheck.questions.places import Origin, Target, check_unambiguous
from netcheck.questions.proxies import Proxy, Relay
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import PacketSet

TCP = IntervalSet.point(6)
_CHAIN_WORDS = {
    Verdict.REACHABLE: "allow",
    Verdict.BLOCKED: "deny",
    Verdict.PARTIAL: "deny some",
    Verdict.UNDETERMINED: "undetermined",
}


@dataclass(frozen=True, slots=True)
class LegSummary:
    """One leg by itself: from where to where, the verdict, who decided, and every hop in one line."""

    source: str
    target: str
    verdict: Verdict
    decided_by: tuple[Decision, ...]
    chain: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the leg as JSON."""
        decided = [decision.to_dict() for decision in self.decided_by]
        found: dict[str, object] = {"from": self.source, "to": self.target, "verdict": str(self.verdict)}
        return {**found, "chain": self.chain, "decisions": decided} if self.chain else {**found, "decisions": decided}


def summarise_leg(source: str, target: str, regions: Sequence[Region], results: Sequence[HopResult] = ()) -> LegSummary:
    """Return a leg with its verdict; the deciders are those of the packets that do not pass, if there are any."""
    verdict = combine(region.verdict for region in regions)
    telling = [r for r in regions if r.verdict is not Verdict.REACHABLE] or regions
    decided = dict.fromkeys(decision for region in telling for decision in region.decided_by())
    return LegSummary(source, target, verdict, tuple(decided), chain_of(results))


def chain_of(results: Sequence[HopResult]) -> str:
    """Return the hops that decide something, in travel order: `subnet-nsg allow -> route allow -> egress deny`."""
    hops = [hop for hop in summarise(results) if hop.decided_by]
    return " -> ".join(f"{hop.hop} {_CHAIN_WORDS[hop.verdict]}" for hop in hops)


@dataclass(frozen=True, slots=True)
class ProxiedLeg:
    """The outcome in the client's terms, and the hops of both legs with what each does.

    `lists` are what the proxy's own list says about the requests, for each VM that may get them.
    """

    regions: tuple[Region, ...]
    hops: tuple[HopSummary, ...]
    results: tuple[HopResult, ...]
    legs: tuple[LegSummary, ...]
    lists: tuple[HopSummary, ...] = ()


def through_proxy(
    asking: Asking, origins: Sequence[Origin], proxy: Proxy, target: Target, ports: IntervalSet
) -> ProxiedLeg:
    """Judge both legs through a proxy for every packet from the origins to the target."""
    seconds = [
        asking.leg(
            [Origin(vm.primary.addresses, vm, vm.primary, is_relay=True)],
            target.addresses,
            TCP,
            ports,
            hosts=target.hosts,
        )
        for vm in (relay.vm for relay in proxy.relays)
    ]
    firsts = [_to_proxy(asking, origin, proxy) for origin in origins]
    clients = [part for origin, first in zip(origins, firsts, strict=True) for part in _clients(origin, first, proxy)]
    regions: list[Region] = []
    lists: list[HopResult] = []
    for client in clients:
        found, told = _as_client_sees(client, proxy, seconds, target, ports)
        regions += found
        lists += told
    if not regions:
        raise QuestionError("NC304", "the question holds no packet", "client and destination share no address family")
    results = [result for first in firsts for result in first.results]
    names = ",".join(dict.fromkeys(o.vm.name for o in origins if o.vm)) or "client"
    said = tuple(summary for one in together(lists) for summary in summarise([one], one.resource))
    hops = (
        *summarise(results, f"{names} -> {proxy.name}"),
        *said,
        *(
            summary
            for relay, second in zip(proxy.relays, seconds, strict=True)
            for summary in summarise(second.results, f"{relay.vm.name} -> {target.label}")
        ),
    )
    legs = (
        summarise_leg(names, f"{proxy.name}:{proxy.port}", [r for first in firsts for r in first.regions], results),
        *(
            summarise_leg(relay.vm.name, target.label, second.regions, second.results)
            for relay, second in zip(proxy.relays, seconds, strict=True)
        ),
    )
    passed = (*results, *(r for second in seconds for r in second.results))
    return ProxiedLeg(tuple(regions), hops, passed, legs, said)


def _as_client_sees(
    client: _Client, proxy: Proxy, seconds: Sequence[Leg], target: Target, ports: IntervalSet
) -> tuple[list[Region], list[HopResult]]:
    """Return what becomes of a client's requests, and what the lists say; each relay decides in its own worlds."""
    pieces: list[Region] = [Region(ps.EVERYTHING, client.gate)]
    lists: list[HopResult] = []
    for relay, second in zip(proxy.relays, seconds, strict=True):
        parts = tuple(_url_list(client, relay, target, ports))
        lists.append(HopResult(HopKind.PROXY_SERVER, "", relay.vm.name, parts))
        branch = Branch(ps.EVERYTHING, relay.when, relay.unless)
        pieces = [
            Region(both, (*piece.hops, *in_worlds(branch, both, (part.cases, *_chosen_anew(region, proxy.choice)))))
            for part in parts
            for region in second.regions
            if (told := _as_client(region.packets & part.packets, client.addresses))
            for piece in pieces
            if (both := piece.packets & told)
        ]
    return pieces, lists


def in_worlds(branch: Branch, packets: PacketSet, hops: Iterable[tuple[HopCase, ...]]) -> Iterator[tuple[HopCase, ...]]:
    """Yield what hops do with packets that come to them in the worlds of a branch only."""
    return (branch.told(HopPart(packets, cases)).cases for cases in hops)


def _chosen_anew(region: Region, choice: Fact | None) -> Iterator[tuple[HopCase, ...]]:
    """The proxy's connection is another one than its client's: where it meets the same rule, the choice is another."""
    for cases in region.hops:
        yield tuple(
            case._replace(
                when=frozenset((replace(f, side="behind the proxy") if f == choice else f, v) for f, v in case.when)
            )
            for case in cases
        )


@dataclass(frozen=True, slots=True)
class _Client:
    """Client addresses that the way to the proxy and the proxy's list treat alike, and the hops of that way."""

    addresses: tuple[AddressRange, ...]
    gate: tuple[tuple[HopCase, ...], ...]


def _clients(origin: Origin, first: Leg, proxy: Proxy) -> Iterator[_Client]:
    """Cut the addresses of an origin by what becomes of their connections to the proxy, and by the proxy's list.

    Facts about an address of the first leg are not facts about the second, so they get a name of their own. Where only
    some connections of an address pass (a rule on source ports), each request depends on which one it gets.
    """
    for family in FAMILIES:
        left = to_set(origin.addresses, family)
        mixed = EMPTY
        for region in first.regions:
            for box in region.packets.boxes():
                if box.family == family and box.source_ports != ps.ALL_PORTS:
                    mixed = mixed | box.sources
        for region in first.regions:
            whole = union(box.sources for box in region.packets.boxes() if box.family == family) - mixed
            gate = tuple(tuple(_relabel(case, proxy.choice) for case in cases) for cases in region.hops)
            yield from _cut_by_list(family, whole & left, gate, proxy)
        yield from _cut_by_list(family, mixed & left, _some_pass(first, proxy), proxy)


def _cut_by_list(
    family: Family, addresses: IntervalSet, gate: tuple[tuple[HopCase, ...], ...], proxy: Proxy
) -> Iterator[_Client]:
    """Cut addresses at the edges of the ranges that the proxy's list names."""
    servers = [relay.vm.proxy_server for relay in proxy.relays]
    tests = [
        test for server in servers for rule in (server.acl if server else ()) for test in all_tests(rule.conditions)
    ]
    pieces = [addresses]
    for test in tests:
        if isinstance(test, ClientAddresses):
            for one in (*test.ranges, *test.doubtful):
                named = to_set([one], family)
                pieces = [part for piece in pieces for part in (piece & named, piece - named) if part]
    for piece in pieces:
        if piece:
            yield _Client(tuple(AddressRange(family, first, last) for first, last in piece.spans()), gate)


def _to_proxy(asking: Asking, origin: Origin, proxy: Proxy) -> Leg:
    if proxy.port is None:
        raise QuestionError(
            "NC305", f"`{proxy.vm.name}` has no `proxyServer` in the site", "add `proxyServer: {port: 8080}` to the VM"
        )
    check_unambiguous(asking.site, proxy.addresses)
    return asking.leg([origin], proxy.addresses, TCP, IntervalSet.point(proxy.port), proxy.end)


def _some_pass(first: Leg, proxy: Proxy) -> tuple[tuple[HopCase, ...], ...]:
    reason = f"only some connections to the proxy `{proxy.name}` pass"
    fact = Fact(f"connection to {proxy.name} passes", "", reason)
    blocking = [d for r in first.regions for d in r.decided_by() if not d.passes]
    denial = blocking[0] if blocking else _says(proxy.vm, False, reason)
    verdict = combine(region.verdict for region in first.regions)
    if verdict in (Verdict.REACHABLE, Verdict.BLOCKED):
        return tuple(
            tuple(_relabel(case, proxy.choice) for case in cases) for region in first.regions for cases in region.hops
        )
    return ((HopCase(frozenset({(fact, True)}), None), HopCase(frozenset({(fact, False)}), denial)),)


def _relabel(case: HopCase, shared: Fact | None) -> HopCase:
    """Facts about an address, and choices made for each connection, are others on the way to the proxy.

    `shared` is the choice of the proxy itself: the VM that gets the client's connection sends the second one.
    """
    when = frozenset(
        (replace(f, side=f"{f.side} towards the proxy".strip()), value)
        if (f.side or isinstance(value, str)) and f != shared
        else (f, value)
        for f, value in case.when
    )
    return case._replace(when=when)


def _url_list(client: _Client, relay: Relay, target: Target, ports: IntervalSet) -> Iterator[HopPart]:
    """Yield what the proxy itself does, for ports that it treats alike."""
    vm, server = relay.vm, relay.vm.proxy_server
    everything = _on_ports(ports)
    if server is None:
        fact = Fact(f"proxy on {vm.name}", "", f"the site does not say that a proxy listens on `{vm.name}`", vm.at)
        yield depends(everything, fact, _says(vm, True, "proxy assumed"), _says(vm, False, "no proxy listens"))
    elif relay.port is not None and relay.port != server.port:
        note = f"the proxy listens on port {server.port}, the client asks port {relay.port}"
        yield settled(everything, _says(vm, False, note, server.at))
    elif server.listen is not None and server.listen not in relay.addresses:
        note = f"the proxy listens on {server.listen} only, which clients do not ask"
        yield settled(everything, _says(vm, False, note, server.at))
    else:
        found: dict[tuple[HopCase, ...], list[tuple[int, int]]] = {}
        for first, last in ports.spans():
            for port in range(first, last + 1):
                found.setdefault(_judge(vm, server, client, target, port), []).append((port, port))
        for cases, spans in found.items():
            yield HopPart(_on_ports(IntervalSet.of(spans)), cases)


def _judge(vm: VirtualMachine, server: ProxyServer, client: _Client, target: Target, port: int) -> tuple[HopCase, ...]:
    """Join the judgements about every name the client asks for: one refusal is enough."""
    judged = [
        (
            host,
            judge_acl(
                server, ProxyRequest(family=c.family, client=c.first, host=host, port=port, is_connect=port != 80)
            ),
        )
        for c in client.addresses[:1]
        for host in target.hosts or ("",)
    ]
    by_verdict = {judgement.verdict: judgement for _, judgement in reversed(judged)}
    if denied := by_verdict.get(AclVerdict.DENY):
        refused = dict.fromkeys(host for host, j in judged if j.verdict is AclVerdict.DENY and host)
        note, at, rule = _line(server, denied)
        note = "; ".join(word for word in (f"refused: {', '.join(refused)}" if refused else "", note) if word)
        return (HopCase(ANY_WORLD, _says(vm, False, note, at, rule)),)
    if unknown := by_verdict.get(AclVerdict.UNKNOWN):
        note, at, rule = _line(server, unknown)
        return _open(vm, Fact(f"list of {vm.name} on port {port}", "", note, at), note, at, rule)
    return (HopCase(ANY_WORLD, _says(vm, True, *_line(server, by_verdict[AclVerdict.ALLOW]))),)


def _line(server: ProxyServer, judgement: AclJudgement) -> tuple[str, Source, str]:
    if judgement.rule is None:
        return judgement.reason or "no line of the list matches", server.at, ""
    return judgement.reason, judgement.rule.at, judgement.rule.text


def _open(vm: VirtualMachine, fact: Fact, note: str, at: Source, rule: str = "") -> tuple[HopCase, ...]:
    yes, no = _says(vm, True, note, at, rule), _says(vm, False, note, at, rule)
    return HopCase(frozenset({(fact, True)}), yes), HopCase(frozenset({(fact, False)}), no)


def _says(vm: VirtualMachine, passes: bool, note: str, at: Source | None = None, rule: str = "") -> Decision:
    return Decision(
        hop=HopKind.PROXY_SERVER, passes=passes, resource=vm.name, rule=rule, at=str(at or vm.at), note=note
    )


def _on_ports(ports: IntervalSet) -> PacketSet:
    return ps.box(4, TCP, ports) | ps.box(6, TCP, ports)


def _as_client(packets: PacketSet, clients: Sequence[AddressRange]) -> PacketSet:
    """Return the packets with the proxy's source address replaced by the clients' addresses of the same family."""
    told = ps.EMPTY_PACKETS
    for one in packets.boxes():
        sources = to_set(clients, 4 if one.family == 4 else 6)
        if sources:
            told = told | ps.box(
                one.family, one.protocols, one.destination_ports, one.source_ports, sources, one.destinations
            )
    return told
