"""Random rule lists of iptables, ip6tables and ipset, the packets sent through them, and what netcheck says of those.

A list has chains that call each other, in the tables raw, mangle and filter, for all three ways of a packet. What is
read is what the real programs print after loading it. `python -m tests.real_hosts.random_iptables 500 1` runs 500 lists
from seed 1 and prints how they compare.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from netcheck.diagnostics import Collector, Source
from netcheck.model.hosts import ChainFirewall, Hook
from netcheck.model.network import NetworkInterface, VirtualMachine
from netcheck.model.rules import Direction
from netcheck.model.site import Site
from netcheck.policy.decision import HopCase, HopResult
from netcheck.policy.hostfw import judge_forwarding, judge_host_firewall
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, Header, PacketSet
from netcheck.sources.linux.iptables_save import read_iptables_files
from tests.real_hosts.namespaces import HOST_ADDRESSES, Machines, machines, missing

PROGRAMS = ("iptables-restore", "ip6tables-restore", "ipset")
HERE = Source("save")
FAR = {
    4: ("203.0.113.7", "203.0.113.8", "198.51.100.20", "10.9.1.1", "192.0.2.130"),
    6: ("2001:db8::7", "2001:db8::8", "2001:db8:1::20", "fd00:9:1::1", "fd12::82"),
}
SERVED = {4: ("10.8.3.4", "10.8.3.5", "10.8.200.1"), 6: ("fd00:8::1", "fd00:8::2", "fd00:8:7::1")}
NEAR = {family: tuple(str(one) for one in HOST_ADDRESSES if one.version == family) for family in (4, 6)}
PORTS = (22, 53, 80, 443, 8080, 40000, 65535)
ECHO = {4: 1, 6: 58}
INTERFACES = {Hook.INPUT: ("eth0", ""), Hook.OUTPUT: ("", "eth0"), Hook.FORWARD: ("eth0", "eth1")}
"""By which a packet comes in and goes out, as `namespaces` has it."""

CHAINS = {
    "raw": (("PREROUTING", "in"), ("OUTPUT", "out")),
    "mangle": (("PREROUTING", "in"), ("INPUT", "in"), ("FORWARD", "both"), ("OUTPUT", "out"), ("POSTROUTING", "out")),
    "filter": (("INPUT", "in"), ("FORWARD", "both"), ("OUTPUT", "out")),
}


@dataclass
class Drawn:
    """One rule list: what the programs are given."""

    tables: dict[int, str]
    sets: str
    is_legacy: bool


@dataclass
class Compared:
    """What a run of lists found."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


class Draw:
    """Draws lists from one source of chance."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def rule_list(self) -> Drawn:
        """Return a list for both families, with the sets that its rules name."""
        sets = "".join(self._sets())
        tables = {family: "".join(self._tables(family)) for family in (4, 6)}
        return Drawn(tables, sets, is_legacy=self._random.random() < 0.25)

    def headers(self, hook: Hook) -> list[Header]:
        """Return packets for a way, each different."""
        found: dict[Header, None] = {}
        while len(found) < 60:
            family = self._random.choice((4, 6))
            near, far, served = (self._random.choice(pool[family]) for pool in (NEAR, FAR, SERVED))
            ends = {Hook.INPUT: (far, near), Hook.OUTPUT: (near, far), Hook.FORWARD: (far, served)}[hook]
            protocol = self._random.choice((6, 6, 6, 17, 17, ECHO[family], 50))
            ports = (self._random.choice(PORTS), self._random.choice((*PORTS, 1024, 50000)))
            ports = ports if protocol in (6, 17) else (0, 0)
            source, destination = (int(ip_address(one)) for one in ends)
            found[Header(family, protocol, *ports, source, destination)] = None
        return list(found)

    def _sets(self) -> Iterator[str]:
        for family in (4, 6):
            kind = "inet6" if family == 6 else "inet"
            yield f"create ip{family} hash:ip family {kind}\n"
            yield f"create net{family} hash:net family {kind}\n"
            yield f"create two{family} hash:ip,port family {kind}\n"
            yield f"create list{family} list:set\n"
            for address in self._some((*FAR[family], *NEAR[family], *SERVED[family])):
                yield f"add ip{family} {address}\n"
            networks = {self._prefix(family, min_bits=1): self._random.choice(("", " nomatch")) for _ in range(4)}
            for network, option in networks.items():
                yield f"add net{family} {network}{option}\n"
            for address in self._some((*FAR[family], *NEAR[family], *SERVED[family])):
                protocol, port = self._random.choice((("tcp", 80), ("udp", 53), ("tcp", 443), ("esp", 0)))
                yield f"add two{family} {address},{protocol}:{port}\n"
            yield f"add list{family} ip{family}\nadd list{family} net{family}\n"
        yield "create ports bitmap:port range 0-65535\n"
        for number in self._some(PORTS):
            yield f"add ports {number}\n"

    def _some(self, values: tuple[object, ...]) -> list[object]:
        return self._random.sample(values, self._random.randint(1, len(values)))

    def _prefix(self, family: int, min_bits: int = 0) -> str:
        pool = (*FAR[family], *NEAR[family], *SERVED[family])
        width = 32 if family == 4 else 128
        lengths = (width, width, width - 1, width - 8, width // 2, 8, 1, min_bits)
        length = self._random.choice(lengths)
        value = int(ip_address(self._random.choice(pool))) >> (width - length) << (width - length)
        text = str(ip_address(value.to_bytes(width // 8, "big")))
        return f"{text}/{length}"

    def _tables(self, family: int) -> Iterator[str]:
        for table, chains in CHAINS.items():
            is_busy = table == "filter" or self._random.random() < 0.4
            names = [f"C{i}" for i in range(self._random.randint(0, 4))] if is_busy else []
            yield f"*{table}\n"
            for chain, _ in chains:
                denies = table == "filter" and self._random.random() < 0.6
                yield f":{chain} {'DROP' if denies else 'ACCEPT'} [0:0]\n"
            yield from (f":{name} - [0:0]\n" for name in names)
            for chain, side in chains if is_busy else ():
                for _ in range(self._random.randint(0, 7 if table == "filter" else 2)):
                    yield f"-A {chain} {self._rule(family, side, names, table)}\n"
            for i, name in enumerate(names):
                for _ in range(self._random.randint(0, 5)):
                    yield f"-A {name} {self._rule(family, 'none', names[i + 1 :], table)}\n"
            yield "COMMIT\n"

    def _rule(self, family: int, side: str, chains: list[str], table: str) -> str:
        """Return matches and a target; `side`: which interfaces may be named."""
        words: list[str] = []
        protocol = self._random.choice(("", "", "tcp", "tcp", "udp", "udp", "echo", "esp", "!tcp", "!udp"))
        if protocol.startswith("!"):
            words += ["!", "-p", protocol[1:]]
        elif protocol:
            words += ["-p", {"echo": "icmp" if family == 4 else "ipv6-icmp"}.get(protocol, protocol)]
        for match in self._random.sample(
            self._matches(family, side, protocol), self._random.choice((0, 1, 1, 2, 2, 3))
        ):
            words += match.split()
        return " ".join([*words, *self._target(chains, table)])

    def _matches(self, family: int, side: str, protocol: str) -> list[str]:
        """Return one match of each kind that is allowed here; some are negated."""
        sign = self._random.choice(("", "", "! "))
        ends = sorted(
            (int(ip_address(self._random.choice(FAR[family]))), int(ip_address(self._random.choice(SERVED[family]))))
        )
        width = 4 if family == 4 else 16
        span = "-".join(str(ip_address(end.to_bytes(width, "big"))) for end in ends)
        states = ",".join(self._random.sample(("NEW", "ESTABLISHED", "RELATED", "INVALID"), self._random.randint(1, 3)))
        found = [
            *(
                f"{'' if prefix.endswith('/0') else sign}-{end} {prefix}"
                for end in "sd"
                for prefix in [self._prefix(family)]
            ),
            f"-m iprange {sign}--{self._random.choice(('src', 'dst'))}-range {span}",
            f"-m conntrack {sign}--ctstate {states}",
            f"-m state --state {states}",
            f"-m addrtype {sign}--dst-type LOCAL" if family == 4 else "-m comment --comment x",
            f"-m owner {sign}--uid-owner {self._random.choice((0, 1000))}" if side == "out" else "",
            f"-m pkttype {sign}--pkt-type {self._random.choice(('unicast', 'broadcast'))}" if side == "in" else "",
            *self._set_matches(family, sign),
        ]
        if side in ("in", "both"):
            found.append(f"{sign}-i {self._random.choice(('eth0', 'eth1', 'lo', 'eth+'))}")
        if side in ("out", "both"):
            found.append(f"{sign}-o {self._random.choice(('eth0', 'eth1', 'lo', 'eth+'))}")
        if protocol in ("tcp", "udp"):
            found += self._port_matches(protocol, sign) * 2
        return [one for one in found if one]

    def _set_matches(self, family: int, sign: str) -> list[str]:
        end, other = self._random.choice(("src", "dst")), self._random.choice(("src", "dst"))
        name = self._random.choice(("ip", "net", "list"))
        return [
            f"-m set {sign}--match-set {name}{family} {end}",
            f"-m set {sign}--match-set two{family} {end},{other}",
            f"-m set {sign}--match-set ports {end}",
        ]

    def _port_matches(self, protocol: str, sign: str) -> list[str]:
        end = self._random.choice(("dport", "dport", "sport"))
        # Without 65535: `! --dport :65535` never matches, and iptables 1.8 loses it when it prints the rule.
        low, high = sorted(self._random.sample(PORTS[:-1], 2))
        backwards = [f"{high}:{low}"] if protocol == "udp" else []
        port = self._random.choice([str(low), f"{low}:{high}", f":{high}", f"{low}:", *backwards])
        several = ",".join(str(one) for one in sorted(self._random.sample(PORTS, 3)))
        kind = self._random.choice(("dports", "sports", "ports"))
        found = [f"-m {protocol} {sign}--{end} {port}", f"-m multiport {sign}--{kind} {several},{low}:{high}"]
        if protocol == "tcp":
            found.append(f"-m tcp {sign}--tcp-flags FIN,SYN,RST,ACK {self._random.choice(('SYN', 'ACK', 'SYN,ACK'))}")
        return found

    def _target(self, chains: list[str], table: str) -> list[str]:
        targets = ["ACCEPT", "ACCEPT", "DROP", "DROP", "RETURN", "", *(["REJECT"] if table == "filter" else [])]
        if chains and self._random.random() < 0.5:
            return [self._random.choice(("-j", "-j", "-g")), self._random.choice(chains)]
        target = self._random.choice(targets)
        return ["-j", target] if target else []


def load(host: Machines, drawn: Drawn) -> None:
    """Put a list into the host, in place of the one before."""
    empty = "".join(
        f"*{table}\n" + "".join(f":{chain} ACCEPT [0:0]\n" for chain, _ in chains) + "COMMIT\n"
        for table, chains in CHAINS.items()
    )
    for kind in ("nft", "legacy"):
        for program in ("iptables", "ip6tables"):
            host.load((f"{program}-{kind}-restore",), empty)
    host.load(("ipset", "flush"), "")
    host.load(("ipset", "-exist", "restore"), drawn.sets)
    for family, program in ((4, "iptables"), (6, "ip6tables")):
        host.load((f"{program}-{_kind(drawn)}-restore",), drawn.tables[family])


def _kind(drawn: Drawn) -> str:
    return "legacy" if drawn.is_legacy else "nft"


def read_back(host: Machines, drawn: Drawn, folder: Path) -> ChainFirewall:
    """Read what the programs print of the list that is loaded."""
    printed = {
        "four": host.run((f"iptables-{_kind(drawn)}-save",)).stdout,
        "six": host.run((f"ip6tables-{_kind(drawn)}-save",)).stdout,
        "sets": host.run(("ipset", "save")).stdout,
    }
    for name, text in printed.items():
        (folder / name).write_text(text, encoding="utf-8")
    collector = Collector()
    saves = (str(folder / "four"), str(folder / "six"))
    firewall = read_iptables_files(saves, collector, (str(folder / "sets"),))
    assert not collector.has_errors, [one.render() for one in collector]
    return firewall


def told(firewall: ChainFirewall, hook: Hook, headers: list[Header]) -> list[bool | None]:
    """Return for each packet whether netcheck lets it pass; None where it says that this is not known."""
    nic = NetworkInterface(name="eth0", subnet="v/a", addresses=(), at=HERE)
    vm = VirtualMachine(name="vm", os_type="Linux", interfaces=(nic,), at=HERE, host_firewall=firewall)
    packets = EMPTY_PACKETS
    for header in headers:
        packets = packets | _only(header)
    book = AddressBook(Site(file="-"))
    if hook is Hook.FORWARD:
        results = judge_forwarding(vm, nic, None, packets, book)
    else:
        direction = Direction.INBOUND if hook is Hook.INPUT else Direction.OUTBOUND
        results = judge_host_firewall(vm, nic, None, direction, packets, book)
    return [_outcome(results, hook, header) for header in headers]


def _only(header: Header) -> PacketSet:
    return ps.box(header.family, *(IntervalSet.point(value) for value in header[1:]))


def _outcome(results: tuple[HopResult, ...], hook: Hook, header: Header) -> bool | None:
    outcomes = set()
    for result in results:
        (cases,) = (part.cases for part in result.parts if header in part.packets)
        passes = {case.passes for case in cases if _agrees(case, hook)}
        outcomes.add(passes.pop() if len(passes) == 1 else None)
    return False if False in outcomes else None if None in outcomes else True


def _agrees(case: HopCase, hook: Hook) -> bool:
    """Return whether a case is about the world that the namespaces are: its interfaces are known here."""
    for fact, value in case.when:
        name = fact.name.removeprefix("not ")
        known: Mapping[str, str] = dict(zip(("in interface ", "out interface "), INTERFACES[hook], strict=True))
        for start, interface in known.items():
            if name.startswith(start):
                pattern = name.removeprefix(start).split(" of ")[0]
                holds = interface.startswith(pattern[:-1]) if pattern.endswith("+") else interface == pattern
                if (holds is not (name != fact.name)) is not value:
                    return False
    return True


def compare(host: Machines, seed: int, compared: Compared) -> None:
    """Draw one list, send packets all three ways, and note where netcheck says something else."""
    draw = Draw(seed)
    drawn = draw.rule_list()
    load(host, drawn)
    with tempfile.TemporaryDirectory() as folder:
        firewall = read_back(host, drawn, Path(folder))
    compared.counts["lists"] += 1
    for hook in Hook:
        headers = draw.headers(hook)
        host.forget_connections()
        really = host.send(hook, headers)
        for header, is_delivered, said in zip(headers, really, told(firewall, hook, headers), strict=True):
            compared.counts["delivered" if is_delivered else "dropped"] += 1
            if said is None:
                compared.counts["not known"] += 1
            elif said is not is_delivered:
                compared.differences.append(f"seed {seed} {hook}: {header} delivered {is_delivered}, said {said}")


def main() -> None:
    """Run as many lists as asked, from a seed on."""
    count, first = (int(one) for one in [*sys.argv[1:], "500", "1"][:2])
    compared = Compared()
    with machines() as host:
        for seed in range(first, first + count):
            compare(host, seed, compared)
    sys.stdout.write(f"{dict(compared.counts)}, {len(compared.differences)} differences\n")
    sys.stdout.write("".join(f"{one}\n" for one in compared.differences[:20]))


if __name__ == "__main__":
    why = missing(*PROGRAMS)
    if why:
        sys.exit(why)
    main()
