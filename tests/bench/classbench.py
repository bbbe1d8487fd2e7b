"""ClassBench filter sets as neutral rules: lists of up to 10,000 filters on all five fields, IPv4 only.

Taylor and Turner, "ClassBench: A Packet Classification Benchmark", 2007. The sets have no actions: which rules are dead
does not depend on them. Every protocol has ports there, and a last column of TCP flags is not a field here.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

from tests.bench.plain import EVERY_PROTOCOL, Load, PlainRule, Span, to_addresses
from tests.bench.tagfile import shared_data

FOLDER = "filter_benchmarks/classbench"
_LINE = re.compile(
    r"@(?P<source>[0-9./]+)\s+(?P<destination>[0-9./]+)\s+(?P<sport>[0-9]+ : [0-9]+)\s+(?P<dport>[0-9]+ : [0-9]+)\s+"
    r"(?P<protocol>0x[0-9a-fA-F]{2})/(?P<mask>0x[0-9a-fA-F]{2})(\s.*)?"
)


def classbench_files() -> tuple[Path, ...]:
    """Return the ClassBench sets at hand, by name; none where the shared data are absent."""
    return tuple(sorted((shared_data() / FOLDER).glob("*")))


def classbench_load(path: Path) -> Load:
    """Return a ClassBench set: filters on all five fields, each with a random action."""
    draw = random.Random(path.name)
    with path.open(encoding="ascii") as lines:
        rules = tuple(classbench_rule(line, allow=draw.random() < 0.5) for line in lines if line.strip())
    return Load(name=path.name, rules=rules, ported=EVERY_PROTOCOL)


def classbench_rule(line: str, *, allow: bool) -> PlainRule:
    """Read one line `@source destination sport : sport dport : dport protocol/mask [flags]`; ValueError otherwise."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise ValueError(f"no ClassBench filter: {line!r}")
    protocol, mask = int(found["protocol"], 16), int(found["mask"], 16)
    if mask not in (0x00, 0xFF):
        raise ValueError(f"protocol mask {mask:#04x} is neither 0x00 nor 0xFF: {line!r}")
    return PlainRule(
        allow=allow,
        protocols=((protocol, protocol),) if mask else EVERY_PROTOCOL,
        destination_ports=(_port_span(found["dport"]),),
        source_ports=(_port_span(found["sport"]),),
        source=to_addresses((found["source"],)),
        destination=to_addresses((found["destination"],)),
    )


def _port_span(text: str) -> Span:
    first, last = (int(word) for word in text.split(" : "))
    return first, last
