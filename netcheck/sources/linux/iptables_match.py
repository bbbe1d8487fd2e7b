"""What one iptables rule matches: a box of addresses and ports; what a header does not settle is kept as conditions.

Everything is judged for the first packet of a connection, which conntrack calls NEW. Semantics: manual pages
iptables(8) and iptables-extensions(8), iptables 1.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from netcheck.model.address import AddressError, AddressRange, Family, bits, parse_range
from netcheck.model.hosts import Hook
from netcheck.model.ports import ANY_PROTOCOL, Protocol
from netcheck.model.rules import Direction, HostAction, HostRule
from netcheck.sources.linux.ipset_match import Matched, both, limited, matched, negated
from netcheck.sources.linux.ipset_save import AddressSet, SetError
from netcheck.sources.linux.iptables_lines import PROTOCOLS, SaveRule, unquoted
from netcheck.sources.linux.iptables_spans import (
    RuleError,
    Span,
    common,
    complement,
    flags,
    merged,
    port_ranges,
    port_span,
    runs_backwards,
)

_DECIDED_MODULES = frozenset(
    (
        "tcp",
        "udp",
        "state",
        "conntrack",
        "multiport",
        "comment",
        "iprange",
        "owner",
        "addrtype",
        "pkttype",
        "icmp",
        "icmp6",
        "set",
    )
)
_EXTENSION_HEADERS = frozenset(("rt", "frag", "hbh", "dst"))
"""Modules that match packets with an IPv6 extension header, whatever else they ask of it."""

_MULTIPORT_LIMIT = 15


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A rule's matches (alternatives), its target ("" when it has none) and the target's options."""

    matches: tuple[HostRule, ...]
    target: str
    is_goto: bool
    target_options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rule's meaning depends on beside its words.

    `untracks`: the raw table exempts packets from connection tracking, so a first packet may lack the state NEW.
    `is_before_tracking`: in the raw table itself no packet has been looked up yet, which counts as the state INVALID.
    `has_nat`: the nat table is given, and packets that it changes are left open elsewhere: others have no such state.
    `sets`: the sets that rules may name, where their entries are given; without one that rules change.
    """

    hook: Hook
    family: Family
    untracks: bool
    is_before_tracking: bool = False
    has_nat: bool = False
    sets: Mapping[str, AddressSet] | None = None

    @property
    def direction(self) -> Direction:
        """Which end of a packet is the local one: of a packet that is passed on, its destination."""
        return Direction.OUTBOUND if self.hook is Hook.OUTPUT else Direction.INBOUND


def parse_rule(rule: SaveRule, setting: Setting) -> ParsedRule:
    """Return what a rule matches and where it sends; raise RuleError when it is malformed.

    A rule that no first packet from or to the network can match is returned disabled, with the reason as its condition.
    `--uid-owner 0` becomes the condition `owner: root`.
    """
    return _Parser(rule, setting).parse()


class _Parser:
    def __init__(self, rule: SaveRule, setting: Setting) -> None:
        self._rule = rule
        self._words = list(rule.words)
        self._position = 0
        self._setting = setting
        self._negated = False
        self._protocol = ANY_PROTOCOL
        self._sources: list[Span] | None = None
        self._destinations: list[Span] | None = None
        self._source_ports: list[Span] = [(0, 65535)]
        self._destination_ports: list[Span] = [(0, 65535)]
        self._either_ports: list[Span] | None = None
        self._conditions: list[str] = list(rule.conditions)
        self._by_sets: Matched | None = None
        self._impossible = ""
        self._target = ""
        self._is_goto = False
        self._target_options: list[str] = []

    def parse(self) -> ParsedRule:
        while self._position < len(self._words):
            word = self._words[self._position]  # a quoted word is a value, whatever stands in it
            self._position += 1
            if word == "!":
                self._negated = True
                continue
            handler = _HANDLERS.get(word)
            if handler:
                handler(self)
            else:
                self._other(word)
            self._negated = False
        if self._negated:
            raise RuleError("`!` negates nothing")
        matches = self._matches()
        if self._by_sets is not None:
            matches = tuple(cut for one in matches for cut in limited(one, self._by_sets, self._setting.family))
        return ParsedRule(matches, self._target, self._is_goto, tuple(self._target_options))

    def _matches(self) -> tuple[HostRule, ...]:
        pairs = [(self._source_ports, self._destination_ports)]
        if self._either_ports is not None:
            pairs = [
                (common(self._source_ports, self._either_ports), self._destination_ports),
                (self._source_ports, common(self._destination_ports, self._either_ports)),
            ]
        possible = [pair for pair in pairs if all(pair)]
        if not possible:
            self._impossible = self._impossible or "no port is left to match"
        return tuple(self._match(source, destination) for source, destination in possible or [([(0, 65535)],) * 2])

    def _match(self, source_ports: list[Span], destination_ports: list[Span]) -> HostRule:
        is_inbound = self._setting.direction is Direction.INBOUND
        source = (self._ranges(self._sources), port_ranges(source_ports))
        destination = (self._ranges(self._destinations), port_ranges(destination_ports))
        local, remote = (destination, source) if is_inbound else (source, destination)
        return HostRule(
            name=self._rule.text,
            direction=self._setting.direction,
            action=HostAction.ALLOW if self._target == "ACCEPT" else HostAction.BLOCK,
            at=self._rule.at,
            protocol=self._protocol,
            local_ports=local[1],
            remote_ports=remote[1],
            local_addresses=local[0],
            remote_addresses=remote[0],
            is_enabled=not self._impossible,
            conditions=(*self._conditions, *((self._impossible,) if self._impossible else ())),
        )

    def _ranges(self, spans: list[Span] | None) -> tuple[AddressRange, ...]:
        if spans is None:
            return ()
        if not spans:
            self._impossible = self._impossible or "no address is left to match"
            return ()
        return tuple(AddressRange(self._setting.family, first, last) for first, last in spans)

    def _next(self) -> str:
        if self._position >= len(self._words):
            raise RuleError(f"`{self._words[-1]}` needs a value")
        self._position += 1
        return unquoted(self._words[self._position - 1])

    def _value(self) -> str:
        """Return an option's value; iptables before 1.4.3 wrote the negation there (`-s ! 10.0.0.0/8`)."""
        if self._words[self._position : self._position + 1] == ["!"]:
            self._negated = not self._negated
            self._position += 1
        return self._next()

    def _decide(self, holds: bool, reason: str) -> None:
        """Take in a test whose outcome is the same for every packet in question."""
        if holds == self._negated:
            self._impossible = self._impossible or reason

    def _doubt(self, text: str) -> None:
        self._conditions.append(f"not {text}" if self._negated else text)

    def _other(self, word: str) -> None:
        """Keep an option that is not decided, with its values, as a condition; after `-j` it is the target's."""
        if not word.startswith("-"):
            raise RuleError(f"`{word[:60]}` belongs to no option")
        parts = [word]
        while self._position < len(self._words) and not self._is_option(self._words[self._position]):
            parts.append(self._next())
        if self._target:
            self._target_options += parts
        elif parts not in (["--icmp-type", "any"], ["--icmpv6-type", "any"]):
            self._doubt(" ".join(parts))

    def _is_option(self, word: str) -> bool:
        return word == "!" or (word.startswith("-") and len(word) > 1 and not word[1:].isdigit())

    def protocol(self) -> None:
        word = self._value().lower()
        if word in ("all", "0"):
            self._decide(True, "no protocol is left to match")
            return
        number = int(word) if word.isascii() and word.isdigit() else PROTOCOLS.get(word, -1)
        if not 0 <= number <= 255:
            raise RuleError(f"`{word[:30]}` is no protocol")
        self._protocol = Protocol(tuple(n for n in range(256) if n != number) if self._negated else (number,))

    def source(self) -> None:
        self._sources = self._addresses(self._sources)

    def destination(self) -> None:
        self._destinations = self._addresses(self._destinations)

    def _addresses(self, before: list[Span] | None) -> list[Span]:
        spans: list[Span] = []
        for text in self._value().split(","):
            try:
                found = parse_range(text)
            except AddressError as error:
                raise RuleError(str(error)) from None
            if found.family != self._setting.family:
                raise RuleError(f"`{text}` is of the other address family")
            spans.append((found.first, found.last))
        top = (1 << bits(self._setting.family)) - 1
        spans = complement(spans, top) if self._negated else merged(spans)
        return spans if before is None else common(before, spans)

    def source_ports(self) -> None:
        self._source_ports = common(self._source_ports, self._port_spans())

    def destination_ports(self) -> None:
        self._destination_ports = common(self._destination_ports, self._port_spans())

    def either_ports(self) -> None:
        negated = self._negated
        spans = self._port_spans(is_list=True)
        if negated:
            self._source_ports = common(self._source_ports, spans)
            self._destination_ports = common(self._destination_ports, spans)
        else:
            self._either_ports = spans

    def source_port_list(self) -> None:
        self._source_ports = common(self._source_ports, self._port_spans(is_list=True))

    def destination_port_list(self) -> None:
        self._destination_ports = common(self._destination_ports, self._port_spans(is_list=True))

    def _port_spans(self, is_list: bool = False) -> list[Span]:
        """Return the ports named. A range of `-m udp` that runs backwards is loaded and never matches."""
        parts = self._value().split(",")
        if sum(2 if ":" in part else 1 for part in parts) > _MULTIPORT_LIMIT:
            raise RuleError(f"more than {_MULTIPORT_LIMIT} ports in one rule")
        if not is_list and self._protocol.numbers == (17,) and runs_backwards(parts[0]):
            parts = []
        spans = [port_span(part) for part in parts]
        return complement(spans, 65535) if self._negated else merged(spans)

    def in_interface(self) -> None:
        self._interface(Direction.INBOUND, "in")

    def out_interface(self) -> None:
        self._interface(Direction.OUTBOUND, "out")

    def _interface(self, direction: Direction, word: str) -> None:
        name = self._value()
        if name == "+":
            self._decide(True, "no interface is left to match")
        elif self._setting.hook is not Hook.FORWARD and direction is not self._setting.direction:
            self._decide(False, f"a packet here has no `{word}` interface")
        elif name == "lo":
            self._decide(False, "only packets inside the machine use interface `lo`")
        else:
            self._doubt(f"{word} interface {name}")

    def state(self) -> None:
        states = set(self._value().upper().split(","))
        if self._setting.has_nat:
            states -= {"DNAT", "SNAT"}
        known = {"NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"}
        if self._setting.is_before_tracking and not states - known:
            self._decide("INVALID" in states, "before connection tracking every packet has the state INVALID")
        elif states - known or (self._setting.untracks and states & {"NEW", "UNTRACKED"}):
            self._doubt(f"state {','.join(sorted(states))}")
        else:
            self._decide("NEW" in states, "the first packet of a connection has the state NEW")

    def tcp_flags(self) -> None:
        mask, wanted = (flags(self._value()) for _ in range(2))
        self._decide(mask & {"SYN"} == wanted, "the first packet of a TCP connection has SYN set alone")

    def syn(self) -> None:
        self._decide(True, "the first packet of a TCP connection has SYN set alone")

    def fragment(self) -> None:
        self._decide(False, "a first packet is no later fragment")

    def owner(self) -> None:
        user = self._value()
        if self._setting.hook is Hook.FORWARD:
            self._decide(False, "no process of this machine sends a packet that it passes on")
            return
        is_root = user in ("0", "root", "0-0")
        self._doubt("owner: root" if is_root else f"owner: {user}")

    def destination_type(self) -> None:
        kinds = set(self._value().split(","))
        if self._setting.hook is Hook.INPUT:
            self._decide("LOCAL" in kinds, "the destination is local")
        elif kinds == {"LOCAL"}:
            self._decide(False, "the destination is another machine")
        else:
            self._doubt(f"--dst-type {','.join(sorted(kinds))}")

    def packet_type(self) -> None:
        kind = self._value()
        if self._setting.direction is Direction.INBOUND and kind in ("unicast", "broadcast", "multicast"):
            self._decide(kind == "unicast", "packets to a machine's own address are unicast")
        else:
            self._doubt(f"--pkt-type {kind}")

    def module(self) -> None:
        name = self._value()
        if name in _EXTENSION_HEADERS:
            self._impossible = self._impossible or "a first packet has no extension headers"
        elif name not in _DECIDED_MODULES:
            self._doubt(f"-m {name}")

    def address_set(self) -> None:
        """Take in a set whose entries are given; without them, or where rules change them, it may match or not."""
        name, ends = self._value(), self._next()
        sets, words = self._setting.sets, ends.split(",")
        if set(words) - {"src", "dst"}:
            raise RuleError(f"`{ends[:60]}` is no list of `src` and `dst`")
        if sets is None:
            self._doubt(f"--match-set {name} {ends}")
            return
        if name not in sets:
            raise RuleError(f"no set `{name[:60]}` in the file of ipset")
        if sets[name].is_changing:
            self._doubt(f"--match-set {name} {ends} (rules change the set)")
            return
        try:
            found = matched(sets, name, words, self._setting.family)
        except SetError as error:
            raise RuleError(f"set `{name[:60]}`: {error}") from None
        self._by_sets = both(self._by_sets, negated(found, self._setting.family) if self._negated else found)

    def only_four(self) -> None:
        self._decide(self._setting.family == 4, "the rule is for IPv4 alone")

    def only_six(self) -> None:
        self._decide(self._setting.family == 6, "the rule is for IPv6 alone")

    def comment(self) -> None:
        self._next()

    def counters(self) -> None:
        self._next()
        self._next()

    def jump(self) -> None:
        self._target = self._next()

    def goto(self) -> None:
        self._target, self._is_goto = self._next(), True


_BY_METHOD: Mapping[Callable[[_Parser], None], Sequence[str]] = MappingProxyType(
    {
        _Parser.protocol: ("-p", "--protocol"),
        _Parser.source: ("-s", "--source", "--src", "--src-range"),
        _Parser.destination: ("-d", "--destination", "--dst", "--dst-range"),
        _Parser.source_ports: ("--sport", "--source-port"),
        _Parser.destination_ports: ("--dport", "--destination-port"),
        _Parser.source_port_list: ("--sports", "--source-ports"),
        _Parser.destination_port_list: ("--dports", "--destination-ports"),
        _Parser.either_ports: ("--ports", "--port"),
        _Parser.in_interface: ("-i", "--in-interface"),
        _Parser.out_interface: ("-o", "--out-interface"),
        _Parser.state: ("--state", "--ctstate"),
        _Parser.tcp_flags: ("--tcp-flags",),
        _Parser.syn: ("--syn",),
        _Parser.fragment: ("-f", "--fragment"),
        _Parser.owner: ("--uid-owner",),
        _Parser.destination_type: ("--dst-type",),
        _Parser.packet_type: ("--pkt-type",),
        _Parser.address_set: ("--match-set",),
        _Parser.only_four: ("-4", "--ipv4"),
        _Parser.only_six: ("-6", "--ipv6"),
        _Parser.module: ("-m", "--match"),
        _Parser.comment: ("--comment",),
        _Parser.counters: ("-c", "--set-counters"),
        _Parser.jump: ("-j", "--jump"),
        _Parser.goto: ("-g", "--goto"),
    }
)
_HANDLERS = MappingProxyType({word: method for method, words in _BY_METHOD.items() for word in words})
