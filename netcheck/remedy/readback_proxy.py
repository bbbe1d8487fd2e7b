"""What the lines printed for a proxy do there: the port open for its clients, the names allowed on its list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.address import AddressRange
from netcheck.model.ports import TCP
from netcheck.model.proxies import ProxyServer
from netcheck.model.rules import Access, Direction
from netcheck.model.site import ChainFirewall, Hook, HostFirewallKind, NoHostFirewall, Site, VirtualMachine
from netcheck.path.leg import Region, Verdict, combine, cut
from netcheck.policy.decision import HopResult
from netcheck.policy.hostfw import judge_host_firewall
from netcheck.policy.proxyacl import AclVerdict, ProxyRequest, judge_acl
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.questions.packets import packets_from
from netcheck.questions.profiles import shown_name
from netcheck.questions.proxied import summarise_leg
from netcheck.remedy.entered import entered
from netcheck.remedy.firewall_spelling import firewall_snippets, host_text
from netcheck.remedy.snippet import PRINTED, ReadBack, Snippet
from netcheck.sets.intervals import IntervalSet
from netcheck.sources.linux.firewalld_names import IN_ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The port of a proxy VM, and the addresses that are to get in."""

    site: Site
    vm: VirtualMachine
    port: int
    clients: tuple[AddressRange, ...]
    book: AddressBook

    def results(self) -> tuple[HopResult, ...]:
        """Return what the VM's host firewall does with the clients' connections."""
        nic = self.vm.primary
        addresses = {a.family: to_set(nic.addresses, a.family) for a in nic.addresses}
        packets = packets_from(self.clients, addresses, IntervalSet.point(TCP), IntervalSet.point(self.port))
        subnet = self.site.subnet(nic.subnet)
        return judge_host_firewall(self.vm, nic, subnet, Direction.INBOUND, packets, self.book)

    def regions(self) -> tuple[Region, ...]:
        """Return the connections by what becomes of them."""
        results = self.results()
        packets = results[0].packets
        return cut(packets, results)

    def shut_chains(self) -> tuple[str, ...]:
        """Return the base chains of a Linux firewall that do not let all connections in, by name."""
        firewall = self.vm.host_firewall
        if not isinstance(firewall, ChainFirewall):
            return ()
        bases = [base for base in firewall.base_chains if base.hook is Hook.INPUT]
        if not bases:
            return ()
        passed = (all(case.passes for part in one.parts for case in part.cases) for one in self.results())
        return tuple(base.name for base, is_open in zip(bases, passed, strict=True) if not is_open)


def ways_in(site: Site, vm: VirtualMachine, port: int, clients: Sequence[AddressRange]) -> tuple[str, ...]:
    """Return where a rule has to go that lets clients into a proxy VM, where its kind of firewall has a choice.

    For nftables the base chains that do not let all clients in, as `FAMILY TABLE CHAIN`; for firewalld the zone that
    their connections come into, where that is not the default one; for ufw, which moves no rule that it has, the
    addresses of the VM where a rule for any of them is there.
    """
    door = Door(site=site, vm=vm, port=port, clients=tuple(clients), book=AddressBook(site))
    match vm.host_firewall:
        case ChainFirewall(kind=HostFirewallKind.NFTABLES):
            return door.shut_chains()
        case ChainFirewall(kind=HostFirewallKind.FIREWALLD, chains=chains):
            zones = [name.removeprefix(IN_ZONE) for name in chains if name.startswith(IN_ZONE)]
            return next(((zone,) for zone in zones if _opens(door, zone)), ()) if not _opens(door, "") else ()
        case ChainFirewall(kind=HostFirewallKind.UFW) as firewall:
            from netcheck.remedy.entered_linux import has_ufw_rule

            is_there = any(has_ufw_rule(firewall, one.family, (one,), (), port) for one in clients)
            return tuple(host_text(one) for one in vm.primary.addresses) if is_there else ()
        case _:
            return ()


def _opens(door: Door, zone: str) -> bool:
    """Return whether a rule in a zone of firewalld opens a door; "" stands for the default zone."""
    (snippet,) = firewall_snippets(door.vm, door.port, door.clients, (zone,) if zone else ())
    opened = replace(door.vm, host_firewall=entered(door.vm.host_firewall, snippet))
    return read_door(replace(door, vm=opened)).verdict is Verdict.REACHABLE


def read_door(door: Door) -> ReadBack:
    """Return whether a proxy's port is open for its clients, as the VM's host firewall now is."""
    regions = door.regions()
    verdict = combine(region.verdict for region in regions)
    told = {
        Verdict.REACHABLE: f"TCP {door.port} is open for the clients",
        Verdict.BLOCKED: f"TCP {door.port} stays closed for the clients",
        Verdict.PARTIAL: f"TCP {door.port} is open for some of the clients only",
        Verdict.UNDETERMINED: f"whether TCP {door.port} is open for the clients is not known",
    }
    decided = () if verdict is Verdict.REACHABLE else summarise_leg("", "", regions).decided_by
    is_bare = door.vm.host_firewall is None or isinstance(door.vm.host_firewall, NoHostFirewall)
    return ReadBack(verdict, told[verdict] + (" (no host firewall)" if is_bare else ""), decided)


def server_after(server: ProxyServer | None, snippet: Snippet, port: int) -> ProxyServer:
    """Return a proxy once the lines of a squid snippet stand before its own `http_access` lines.

    Without lines it stays as it is. Raise InputError when squid would not take a line.
    """
    if server is not None and not snippet.lines:
        return server
    from netcheck.sources.proxy.squid_conf import squid_server
    from netcheck.sources.proxy.squid_lines import lines_of

    collector = Collector()
    is_whole = any(line.startswith("http_port") for line in snippet.lines)
    text = "".join(f"{line}\n" for line in snippet.lines)
    given = text if is_whole else f"http_port {port}\n{text}"
    read = squid_server(lines_of(given, PRINTED.file, collector), PRINTED.file, port, collector)
    if collector.has_errors:
        raise InputError(collector)
    if is_whole or server is None:
        return replace(read, file="")
    default = server.default if server.acl else Access.DENY
    return replace(server, acl=(*read.acl, *server.acl), default=default)


def read_server(
    server: ProxyServer, clients: Sequence[AddressRange], hosts: Sequence[str], ports: Sequence[int]
) -> ReadBack:
    """Return whether a proxy passes on all requests of its clients for some names; port 80 is asked in plain HTTP."""
    refused: list[str] = []
    open_: list[str] = []
    for client, host, port in product(clients, hosts, ports):
        request = ProxyRequest(family=client.family, client=client.first, host=host, port=port, is_connect=port != 80)
        judged = judge_acl(server, request)
        if judged.verdict is not AclVerdict.ALLOW:
            told = f"{shown_name(host)}:{port}" + (f" ({judged.reason})" if judged.reason else "")
            (refused if judged.verdict is AclVerdict.DENY else open_).append(told)
    names = f"{', '.join(shown_name(host) for host in hosts)} on {','.join(map(str, ports))}"
    if refused:
        return ReadBack(Verdict.BLOCKED, f"refused: {'; '.join(dict.fromkeys(refused))}")
    if open_:
        return ReadBack(Verdict.UNDETERMINED, f"not known: {'; '.join(dict.fromkeys(open_))}")
    return ReadBack(Verdict.REACHABLE, f"the clients may ask for {names}")
