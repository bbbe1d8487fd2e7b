"""Seeded random NSGs over the published service tags, and edits of them, as neutral rules.

An NSG of n rules: a fifth names a service tag as destination, the others one to five prefixes; 65 % are for TCP; 2 %
name source ports; 8 % are sub-boxes of an earlier rule, so that there is something dead to find. Three default rules
follow.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.bench.plain import (
    BITS,
    EVERY_PORT,
    EVERY_PROTOCOL,
    Addresses,
    Load,
    PlainRule,
    Question,
    Spans,
    merge,
    to_addresses,
    to_span,
)
from tests.bench.tagfile import VNET, Tags, builtin, full_tags, read_tags

MOST_RULES = 3997
"""Azure has the priorities 100 to 4096 for the rules of one direction."""
TCP, UDP = ((6, 6),), ((17, 17),)
_PORTS = (
    22, 25, 53, 80, 80, 80, 88, 123, 135, 389, 443, 443, 443, 443, 445, 636, 1433, 1521, 1688, 3306, 3389, 5432, 5671,
    5985, 6379, 8080, 8443, 9000, 9093, 9200, 10250, 10255, 11000, 11999, 27017, 30000, 32767, 49152, 50000, 65535,
)  # fmt: skip


def default_rules() -> tuple[PlainRule, ...]:
    """Return the three outbound rules that Azure puts behind every NSG."""
    virtual, anything = builtin("VirtualNetwork"), builtin("*")
    pairs = ((True, virtual, virtual), (True, anything, builtin("Internet")), (False, anything, anything))
    return tuple(
        PlainRule(
            allow=allow,
            protocols=EVERY_PROTOCOL,
            destination_ports=EVERY_PORT,
            source_ports=EVERY_PORT,
            source=source,
            destination=destination,
        )
        for allow, source, destination in pairs
    )


class Draw:
    """Random rules; equal seeds give equal rules on every machine and Python.

    With `few_tags`, tags are whole ones and a dozen regional ones, and half the sources are prefixes of 10.0.0.0/8: as
    many classes of sources as of destinations. Without it, tags of all regions cut the destinations finely.

    `v6` is the share of rules with IPv6 literals. Without `star_ports` a rule for any protocol is for any port too, so
    that nothing hangs on what ports mean for a protocol that has none.
    """

    def __init__(
        self, seed: int, tags: Tags, *, v6: float = 0.0, star_ports: bool = True, few_tags: bool = False
    ) -> None:
        self.random = random.Random(seed)
        self._tags, self._v6, self._star_ports, self._few_tags = tags, v6, star_ports, few_tags

    def rules(self, count: int) -> tuple[PlainRule, ...]:
        """Return user rules, without the default ones."""
        found: list[PlainRule] = []
        for _ in range(count):
            planted = found and self.random.random() < 0.08
            found.append(self._inside(self.random.choice(found)) if planted else self.rule())
        return tuple(found)

    def rule(self) -> PlainRule:
        """Return one rule, independent of any other."""
        draw = self.random.random
        family = 6 if draw() < self._v6 else 4
        destination = self._tag() if family == 4 and draw() < 0.2 else self._literals(family, is_local=False)
        protocols = self.random.choices((TCP, UDP, EVERY_PROTOCOL), (65, 20, 15))[0]
        is_bare = protocols == EVERY_PROTOCOL and not self._star_ports
        return PlainRule(
            allow=draw() < 0.6,
            protocols=protocols,
            destination_ports=EVERY_PORT if is_bare else self._ports(),
            source_ports=EVERY_PORT if is_bare or draw() >= 0.02 else self._range(),
            source=self._source(family),
            destination=destination,
        )

    def _tag(self) -> Addresses:
        is_whole = self.random.random() < (0.5 if self._few_tags else 0.1)
        step = len(self._tags.regional) // 12 if self._few_tags else 1
        return self._tags[self.random.choice(self._tags.whole if is_whole else self._tags.regional[::step])]

    def _source(self, family: int) -> Addresses:
        draw = self.random.random()
        anyone, network = (0.3, 0.2) if self._few_tags else (0.45, 0.15)
        if draw < anyone + network:
            return builtin("*" if draw < anyone else "VirtualNetwork")
        if self._few_tags and family == 4:
            lengths = [self.random.randint(16, 32) for _ in range(self.random.randint(1, 3))]
            return to_addresses([self._sub_prefix("10.0.0.0/8", length) for length in lengths])
        return self._literals(family, is_local=True)

    def _literals(self, family: int, *, is_local: bool) -> Addresses:
        return to_addresses([self._prefix(family, is_local) for _ in range(self.random.randint(1, 5))])

    def _prefix(self, family: int, is_local: bool) -> str:
        """Return a prefix: of the network, or for destinations half the time out of a tag, so that it cuts one."""
        low, high = (16, 32) if is_local else (12, 32)
        length = self.random.randint(low, high) if family == 4 else self.random.choice((32, 40, 48, 56, 64, 96, 128))
        draw = self.random.random()
        if is_local or draw < 0.25:
            within = (
                VNET[0 if family == 4 else 1] if is_local or draw < 0.1 else ("10.0.0.0/8", "fd00::/8")[family // 6]
            )
        elif draw < 0.75:
            prefixes = [p for p in self._tag().prefixes if (":" in p) == (family == 6)]
            within = self.random.choice(prefixes or ["20.0.0.0/8", "2603:1000::/24"][family // 6 :])
        else:
            within = ("0.0.0.0/1", "2000::/3")[family // 6]
        return self._sub_prefix(within, length)

    def _sub_prefix(self, within: str, length: int) -> str:
        """Return a prefix of the given length around a random address of another prefix."""
        family, (first, last) = to_span(within)
        bits = BITS[family] - length
        address = self.random.randint(first, last) >> bits << bits
        return f"{ipaddress.ip_address(address) if family == 4 else ipaddress.IPv6Address(address)}/{length}"

    def _ports(self) -> Spans:
        kind = self.random.choices(("single", "list", "range", "any"), (40, 20, 20, 20))[0]
        if kind == "any":
            return EVERY_PORT
        if kind == "range":
            return self._range()
        ports = [self._port() for _ in range(self.random.randint(2, 5) if kind == "list" else 1)]
        return merge((port, port) for port in ports)

    def _range(self) -> Spans:
        first, last = sorted((self._port(), self._port()))
        return ((first, last),)

    def _port(self) -> int:
        return self.random.choice(_PORTS) if self.random.random() < 0.95 else self.random.randint(1, 65535)

    def _inside(self, outer: PlainRule) -> PlainRule:
        """Return a rule that the other matches whole: a planted dead rule, if nothing else happens."""
        family = 4 if outer.destination.v4 and outer.source.v4 else 6
        return replace(
            outer,
            allow=self.random.random() < 0.5,
            protocols=outer.protocols if outer.protocols != EVERY_PROTOCOL else self.random.choice((TCP, UDP)),
            destination_ports=self._narrower(outer.destination_ports),
            source=outer.source if self.random.random() < 0.5 else self._within(outer.source, family),
            destination=self._within(outer.destination, family),
        )

    def _narrower(self, ports: Spans) -> Spans:
        inside = [port for port in _PORTS if any(first <= port <= last for first, last in ports)]
        return merge([(port, port) for port in self.random.choices(inside, k=2)]) if inside else ports

    def _within(self, outer: Addresses, family: int) -> Addresses:
        prefixes = [p for p in outer.prefixes if (":" in p) == (family == 6)]
        chosen = self.random.choice(prefixes)
        length = int(chosen.partition("/")[2])
        longer = min(BITS[family], max(length, 8) + self.random.randint(0, 8))
        return to_addresses((self._sub_prefix(chosen, longer),))


def nsg_load(
    count: int,
    seed: int = 1,
    *,
    v6: float = 0.0,
    star_ports: bool = True,
    tags: Path | None = None,
    few_tags: bool = False,
) -> Load:
    """Return an NSG of `count` random rules (3,997 at most: Azure has no more priorities) and the default ones."""
    table = read_tags(tags or full_tags())
    rules = Draw(seed, table, v6=v6, star_ports=star_ports, few_tags=few_tags).rules(min(count, MOST_RULES))
    name = f"nsg-{count}-seed-{seed}" + ("-both" if v6 else "") + ("-few-tags" if few_tags else "")
    return Load(name=name, rules=(*rules, *default_rules()), question=storage_question(table["Storage"], seed))


def storage_question(storage: Addresses, seed: int = 1) -> Question:
    """Return the question of B1: one machine, TCP 80 and 443, every IPv4 address of `Storage`."""
    prefixes = tuple(prefix for prefix in storage.prefixes if ":" not in prefix)
    ends = sorted({end for prefix in prefixes for end in to_span(prefix)[1]})
    points = tuple(sorted(random.Random(seed).sample(ends, min(50, len(ends)))))
    return Question(
        source=int(ipaddress.IPv4Address("10.0.0.4")),
        ports=(80, 443),
        source_ports=(49152,),
        asked=storage.v4,
        prefixes=prefixes,
        points=points,
    )


def at_every_source_port(load: Load) -> Load:
    """Return the load with its question asked at one source port of each range that the rules tell apart."""
    cuts = {end for rule in load.rules for first, last in rule.source_ports for end in (first, last + 1)}
    ports = tuple(sorted({0, *cuts} - {65536}))
    return replace(load, name=f"{load.name}-sports", question=replace(load.question, source_ports=ports))


def with_other(load: Load, other: Sequence[PlainRule], name: str) -> Load:
    """Return the load of B2: the same list and the one that it is compared with."""
    return replace(load, name=f"{load.name}-{name}", other=tuple(other))


def edited(
    load: Load, count: int, seed: int = 7, *, v6: float = 0.0, star_ports: bool = True, tags: Path | None = None
) -> Load:
    """Return the load of B2 whose other list has `count` edits: a rule turned, replaced, inserted or left out."""
    draw = Draw(seed, read_tags(tags or full_tags()), v6=v6, star_ports=star_ports)
    rules = list(load.rules[:-3])
    for _ in range(count):
        at, kind = draw.random.randrange(len(rules)), draw.random.randrange(4)
        if kind == 0:
            rules[at] = replace(rules[at], allow=not rules[at].allow)
        elif kind == 1:
            rules[at] = draw.rule()
        elif kind == 2:
            rules.insert(at, draw.rule())
        elif len(rules) > 1:
            del rules[at]
    return with_other(load, (*rules, *load.rules[-3:]), f"edits-{count}")


def unrelated(
    load: Load, seed: int = 99, *, v6: float = 0.0, star_ports: bool = True, tags: Path | None = None
) -> Load:
    """Return the load of B2 whose other list is another random NSG of the same size."""
    return with_other(
        load, nsg_load(len(load.rules) - 3, seed, v6=v6, star_ports=star_ports, tags=tags).rules, "unrelated"
    )
