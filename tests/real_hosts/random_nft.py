"""Random nft rule sets, and packets that probe their edges."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeVar

from netcheck.model.hosts import Hook
from netcheck.sets.packets import Header
from tests.real_hosts.frames import AH, ESP, ICMP, ICMPV6, TCP, UDP
from tests.real_hosts.namespaces import HOST_ADDRESSES

T = TypeVar("T")
FAR = {
    4: ("10.1.0.0", "10.1.0.1", "10.1.0.9", "10.1.0.255", "10.1.1.0", "10.1.128.7", "10.2.0.1", "198.51.100.1"),
    6: ("fd00:1::1", "fd00:1::2", "fd00:1::ffff", "fd00:1:0:1::", "fd00:2::1", "2001:db8::1"),
}
SERVED = {4: ("10.8.0.1", "10.8.0.255", "10.8.1.0", "10.8.255.254"), 6: ("fd00:8::1", "fd00:8::2", "fd00:8:1::1")}
NEAR = {version: tuple(str(a) for a in HOST_ADDRESSES if a.version == version) for version in (4, 6)}
_RANGES = {
    4: ("10.1.0.0/24", "10.1.0.0/16", "10.0.0.0/8", "10.1.0.1-10.1.0.9", "10.8.0.0/24", "10.9.0.4/31", "0.0.0.0/1"),
    6: ("fd00:1::/64", "fd00::/16", "fd00:1::1-fd00:1::2", "fd00:8::/48", "fd00:9::/32", "2000::/3"),
}
PORTS = (1, 22, 53, 79, 80, 81, 443, 1023, 1024, 8080, 65535)
_PORT_RANGES = ("1-1023", "80-443", "1024-65535", "22-53")
_FAMILY_WORD = {4: "ip", 6: "ip6"}
_HOOKS = ("input", "input", "input", "output", "forward", "prerouting", "postrouting")
_MASKS = ("255.255.0.255 == 10.1.0.1", "0.0.0.1 != 0.0.0.1", "255.0.0.0 == 10.0.0.0")
_ORDERED = re.compile(r" [<>]=? ")
_DIVERTING = ("tcp dport set 80", "udp dport set 53", "meta pkttype set broadcast", "notrack", "tcp flags set ack")
_FRAMES = (
    "table netdev n {\nchain i {\ntype filter hook ingress device eth0 priority 0;\nip saddr 10.1.0.0/24 drop\n}\n}",
    "table netdev n {\nchain i {\ntype filter hook ingress device eth0 priority 0;\ncounter accept\n}\n}",
    "table arp n {\nchain i {\ntype filter hook input priority 0;\narp operation reply drop\n}\n}",
    "table bridge n {\nchain i {\ntype filter hook forward priority 0;\npolicy drop;\n}\n}",
)
"""Tables for frames, which are not followed."""
_PRIORITIES = ("filter", "filter - 10", "-5", "10", "security", "mangle", "raw", "filter + 1", "-250")


@dataclass
class _Table:
    family: str
    name: str
    lines: list[str] = field(default_factory=list)
    sets: dict[str, list[str]] = field(default_factory=dict)
    """Names of sets and verdict maps by what they hold: `addr4`, `port`, `addr4.port`, `vmap port`."""


@dataclass(frozen=True)
class _Frame:
    """What one rule is about. nft lists a rule that contradicts itself wrongly (`meta protocol ip ip6 saddr ::1`)."""

    table: _Table
    version: int
    transport: str

    @property
    def word(self) -> str:
        """The header that holds the addresses."""
        return _FAMILY_WORD[self.version]


class Drawer:
    """Draws rule sets, one after the other, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def ruleset(self) -> str:
        """Return the text of a rule set, one rule a line."""
        kinds = ("inet", "inet", "inet", "ip", "ip6")
        tables = [_Table(self._of(kinds), f"t{i}") for i in range(self.random.randint(1, 3))]
        lines = [line for table in tables for line in self._table(table)]
        if self._chance(0.02):
            lines += self._of(_FRAMES).split("\n")
        return "\n".join(lines)

    def headers(self, hook: Hook, most: int) -> list[Header]:
        """Return different headers of first packets on a way."""
        return list(dict.fromkeys(self._header(hook) for _ in range(most)))

    def _header(self, hook: Hook) -> Header:
        family = self._of((4, 6))
        source, destination = {
            Hook.INPUT: (FAR, NEAR),
            Hook.OUTPUT: (NEAR, FAR),
            Hook.FORWARD: (FAR, SERVED),
        }[hook]
        protocol = self._of((TCP, TCP, TCP, UDP, UDP, ICMP if family == 4 else ICMPV6, ESP, AH))
        ports = (self._of(PORTS), self._of((*PORTS, 40000))) if protocol in (TCP, UDP) else (0, 0)
        ends = (int(ip_address(self._of(pool[family]))) for pool in (source, destination))
        return Header(family, protocol, *ports, *ends)

    def _table(self, table: _Table) -> list[str]:
        table.lines = [f"table {table.family} {table.name} {{"]
        called = [f"c{i}" for i in range(self.random.randint(0, 3))]
        for name in called:
            table.lines.append(f"chain {name} {{")
            table.lines.append("}")
        for i in range(self.random.randint(0, 3)):
            self._named_set(table, f"s{i}")
        for i in range(self.random.randint(0, 2)):
            self._named_map(table, f"m{i}", called)
        for i, name in enumerate(called):
            self._chain(table, name, "", called[i + 1 :])
        for i in range(self.random.randint(1, 3)):
            hook, policy = self._of(_HOOKS), self._of(("accept", "accept", "drop"))
            kind, priority = "filter", self._of(_PRIORITIES)
            if self._chance(0.06) and hook != "forward":
                kind, priority, policy = "nat", self._of(("dstnat", "10", "srcnat")), "accept"
            spec = f"type {kind} hook {hook} priority {priority}; policy {policy};"
            self._chain(table, f"b{i}", spec, called)
        table.lines.append("}")
        return table.lines

    def _chain(self, table: _Table, name: str, spec: str, below: Sequence[str]) -> None:
        table.lines += [f"chain {name} {{", *([spec] if spec else [])]
        nat_hook = spec.split()[3] if "type nat" in spec else ""
        for _ in range(self.random.randint(1, 6)):
            table.lines.append(self._rule(table, below, nat_hook))
        table.lines.append("}")

    def _rule(self, table: _Table, below: Sequence[str], nat_hook: str) -> str:
        frame = self._frame(table)
        words = list(dict.fromkeys(self._match(frame) for _ in range(self._of((0, 1, 1, 1, 2, 2, 3)))))
        # nft 1.0.6 lists `tcp sport >= 10 tcp dport <= 20` as `tcp dport 10-20`: one such comparison in a rule.
        ordered = [word for word in words if _ORDERED.search(word)]
        words = [word for word in words if word not in ordered[1:]]
        if self._chance(0.02):
            words.append(self._of(("limit rate 5/second", "meta mark 7", "icmp type echo-request", "quota 10 mbytes")))
        if self._chance(0.2):
            passing = ("counter", 'log prefix "x "', "meta mark set 1", "ct mark set 2", f"{frame.word} dscp set cs1")
            words.append(self._of(passing))
        if self._chance(0.12):
            return " ".join([*words, self._lookup(frame, below)])
        if self._chance(0.01):
            return " ".join([*words, self._of(_DIVERTING), self._of(("", "accept", "drop"))])
        if nat_hook and self._chance(0.3):
            return " ".join([*words, self._nat(frame, nat_hook)])
        return " ".join([*words, self._verdict(below)])

    def _nat(self, frame: _Frame, hook: str) -> str:
        """Return a statement that changes an address; all are for protocols with ports.

        With one source for all, two flows of another protocol cannot be told apart, and the second is dropped.
        """
        start = f"meta l4proto {frame.transport.replace('th', 'udp')}"
        word = f"{frame.word} " if frame.table.family == "inet" else ""
        near, far = self._of(NEAR[frame.version]), self._of((*NEAR[frame.version], *SERVED[frame.version]))
        if hook in ("prerouting", "output"):
            return f"{start} {self._of((f'redirect to :{self._of(PORTS)}', f'dnat {word}to {far}'))}"
        return f"{start} {self._of(('masquerade', 'masquerade', f'snat {word}to {near}'))}"

    def _verdict(self, below: Sequence[str]) -> str:
        if below and self._chance(0.4):
            return f"{self._of(('jump', 'jump', 'goto'))} {self._of(below)}"
        return self._of(("accept", "accept", "drop", "drop", "return", "continue", "reject", ""))

    def _frame(self, table: _Table) -> _Frame:
        version = {"ip": 4, "ip6": 6}.get(table.family) or self._of((4, 6))
        return _Frame(table, version, self._of(("tcp", "tcp", "udp", "th")))

    def _match(self, frame: _Frame) -> str:
        kinds: list[Callable[[_Frame], str]] = [
            self._address, self._address, self._port, self._port, self._port, self._protocol, self._joined,
            self._state, self._interface, self._fixed, self._named, self._family,
        ]  # fmt: skip
        return self._of(kinds)(frame)

    def _not(self) -> str:
        return "!= " if self._chance(0.25) else ""

    def _address(self, frame: _Frame) -> str:
        version = frame.version
        field_ = f"{frame.word} {self._of(('saddr', 'saddr', 'daddr'))}"
        if version == 4 and self._chance(0.08):
            return f"{field_} & {self._of(_MASKS)}"
        return f"{field_} {self._not()}{self._values(self._addresses(version))}"

    def _addresses(self, version: int) -> list[str]:
        return [*FAR[version], *NEAR[version], *SERVED[version], *_RANGES[version]]

    def _values(self, pool: Sequence[str], *, is_single: bool = False) -> str:
        if is_single or self._chance(0.5):
            return self._of(pool)
        return "{ " + ", ".join(self._some(pool)) + " }"

    def _some(self, pool: Sequence[str]) -> list[str]:
        """Return some values that do not overlap: points, or one range and what lies outside is left to nft."""
        return self.random.sample(list(pool), self.random.randint(1, min(4, len(pool))))

    def _port(self, frame: _Frame) -> str:
        field_ = f"{frame.transport} {self._of(('dport', 'dport', 'sport'))}"
        if frame.transport == "th":
            field_ = f"meta l4proto {{ tcp, udp }} {field_}"
        if self._chance(0.15):
            return f"{field_} {self._of(('<', '>', '<=', '>='))} {self._of(PORTS[1:-1])}"
        return f"{field_} {self._not()}{self._values([*map(str, PORTS), *_PORT_RANGES])}"

    def _protocol(self, frame: _Frame) -> str:
        pool = ["tcp", "udp", "icmp", "ipv6-icmp", "esp", "ah", "47", "sctp"]
        others = [one for one in pool if one != frame.transport]
        field_ = self._of(("meta l4proto", "meta l4proto", {4: "ip protocol", 6: "ip6 nexthdr"}[frame.version]))
        if self._chance(0.5):
            return f"{field_} != {self._values(others)}"
        return f"{field_} {{ {', '.join([frame.transport.replace('th', 'udp'), *self._some(others)])} }}"

    def _family(self, frame: _Frame) -> str:
        words = {4: ("ipv4", "ip", "ipv6"), 6: ("ipv6", "ip6", "ipv4")}[frame.version]
        if frame.table.family != "inet":
            return f"meta protocol {words[1]}"
        return self._of((f"meta nfproto {words[0]}", f"meta protocol {words[1]}", f"meta nfproto != {words[2]}"))

    def _state(self, frame: _Frame) -> str:
        del frame
        return self._of(
            (
                "ct state new", "ct state established,related", "ct state { new, untracked }", "ct state != new",
                "ct state invalid", "ct state new,established", "ct direction original", "ct direction reply",
                "ct state & (established|related) == established", "ct state ! established",
                "ct state != { established, related }",
            )
        )  # fmt: skip

    def _interface(self, frame: _Frame) -> str:
        del frame
        field_ = self._of(("iifname", "iifname", "oifname", "iif", "oif"))
        pool = ["eth0", "eth1", "lo"] if field_ in ("iif", "oif") else ["eth0", "eth1", "lo", "eth*", "wg0"]
        quoted = [f'"{name}"' for name in pool]
        return f"{field_} {self._not()}{self._values(quoted)}"

    def _fixed(self, frame: _Frame) -> str:
        flags = ("tcp flags & (fin|syn|rst|ack) == syn", "tcp flags & (fin|syn|rst|ack) != syn", "tcp flags syn")
        if frame.transport == "tcp" and self._chance(0.3):
            return self._of((*flags, "tcp flags & (syn|ack) == (syn|ack)"))
        return self._of(
            (
                "fib daddr type local", "fib daddr type != local", "meta pkttype host",
                "meta pkttype { broadcast, multicast }",
                "meta skuid 0", "meta skuid != 0", "meta skuid { 0, 1000 }",
                "meta pkttype != host",
            )
        )  # fmt: skip

    def _keys(self, frame: _Frame) -> tuple[list[str], list[Callable[[], str]]]:
        """Return fields side by side, and for each what draws one value."""
        version, word, transport = frame.version, frame.word, frame.transport.replace("th", "tcp")
        addresses, ports = self._addresses(version), [*map(str, PORTS), *_PORT_RANGES]
        address, port = (lambda: self._of(addresses)), (lambda: self._of(ports))
        return self._of(
            (
                ([f"{word} saddr", f"{transport} dport"], [address, port]),
                ([f"{word} saddr", f"{word} daddr"], [address, address]),
                ([f"{word} daddr", f"{transport} sport"], [address, port]),
                ([f"{word} saddr", f"{word} daddr", f"{transport} dport"], [address, address, port]),
                (["meta l4proto", "th dport"], [lambda: transport, port]),
                (["iifname", f"{transport} dport"], [lambda: self._of(('"eth0"', '"lo"', '"eth1"')), port]),
            )
        )

    def _elements(self, draws: Sequence[Callable[[], str]]) -> list[str]:
        return list(dict.fromkeys(" . ".join(draw() for draw in draws) for _ in range(self.random.randint(1, 4))))

    def _joined(self, frame: _Frame) -> str:
        keys, draws = self._keys(frame)
        return f"{' . '.join(keys)} {self._not()}{{ {', '.join(self._elements(draws))} }}"

    def _named_set(self, table: _Table, name: str) -> None:
        kind = self._of(("addr", "port", "joined"))
        version = self._frame(table).version
        if kind == "addr":
            spec, values, use = (
                f"ipv{version}_addr",
                self._some(self._addresses(version)),
                f"{_FAMILY_WORD[version]} saddr",
            )
        elif kind == "port":
            spec, values, use = "inet_service", self._some([*map(str, PORTS), *_PORT_RANGES]), "tcp dport"
        else:
            addresses, ports = self._addresses(version), [*map(str, PORTS), *_PORT_RANGES]
            spec, use = f"ipv{version}_addr . inet_service", f"{_FAMILY_WORD[version]} saddr . udp dport"
            values = self._elements([lambda: self._of(addresses), lambda: self._of(ports)])
        table.lines += [f"set {name} {{", f"type {spec}; flags interval; auto-merge"]
        table.lines += [f"elements = {{ {', '.join(values)} }}", "}"]
        table.sets.setdefault("set", []).append(f"{use} @{name}")

    def _named(self, frame: _Frame) -> str:
        known = [use for use in frame.table.sets.get("set", []) if _suits(use, frame)]
        if not known:
            return self._port(frame)
        use = self._of(known)
        return use.replace("@", "!= @") if self._chance(0.25) else use

    def _named_map(self, table: _Table, name: str, called: Sequence[str]) -> None:
        values = [f"{value} : {self._map_verdict(called)}" for value in self._some([*map(str, PORTS), "30000-30005"])]
        table.lines += [f"map {name} {{", "type inet_service : verdict; flags interval"]
        table.lines += [f"elements = {{ {', '.join(values)} }}", "}"]
        table.sets.setdefault("vmap", []).append(f"tcp dport vmap @{name}")

    def _map_verdict(self, called: Sequence[str]) -> str:
        return self._verdict(called).replace("reject", "drop") or "accept"

    def _lookup(self, frame: _Frame, below: Sequence[str]) -> str:
        known = [use for use in frame.table.sets.get("vmap", []) if _suits(use, frame)]
        if known and self._chance(0.5):
            return self._of(known)
        if self._chance(0.3):
            keys, draws = self._keys(frame)
            values = self._elements(draws)
        else:
            key, pool = self._of(
                (
                    (f"{frame.transport.replace('th', 'udp')} dport", [*map(str, PORTS)]),
                    (f"{frame.word} saddr", [*FAR[frame.version]]),
                    ("meta l4proto", ["tcp", "udp", "icmp", "esp"]),
                    ("ct state", ["established", "related", "invalid", "new"]),
                    ("iifname", ['"eth0"', '"eth1"', '"lo"']),
                    ("meta nfproto", ["ipv4", "ipv6"]),
                )
            )
            if key == "meta nfproto" and frame.table.family != "inet":
                key, pool = "meta protocol", ["ip", "ip6"]
            keys, values = [key], self._some(pool)
        if self._chance(0.2):
            values.append("*")
        return f"{' . '.join(keys)} vmap {{ {', '.join(f'{v} : {self._map_verdict(below)}' for v in values)} }}"

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _of(self, pool: Sequence[T]) -> T:
        return self.random.choice(pool)


def _suits(use: str, frame: _Frame) -> bool:
    """Return whether the use of a named set or map is about the packets that a rule is about."""
    words = use.split()
    other = {"tcp": "udp", "udp": "tcp", "th": ""}[frame.transport]
    return other not in words and _FAMILY_WORD[10 - frame.version] not in words
