"""Fields that rules of firewalls and of network managers have in common: addresses and ports, and what is open of them.

A field that is not known is never an empty one: an address is `Unresolved`, ports are all ports and a doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netcheck.model.address import Endpoint
from netcheck.model.expressions import NOT_GIVEN
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.sources._nodes import Node, Scalar, Unknown
from netcheck.sources._record import Record
from netcheck.sources._rule_fields import read_port
from netcheck.sources._scope import Scope
from netcheck.sources._uncertain import UNKNOWN_PRIORITY, doubt, is_open, unresolved


def read_endpoints(
    record: Record, names: Iterable[str], read: Callable[[Scalar, str], Endpoint | None]
) -> list[Endpoint]:
    """Return what the keys name as addresses; `read` reads one that is known."""
    found: list[Endpoint] = []
    for name in names:
        for node in record.values(name):
            if isinstance(node, Unknown) or is_open(node):
                found.append(unresolved(node, name))
            elif (endpoint := read(node, name)) is not None:
                found.append(endpoint)
    return list(dict.fromkeys(found))


def read_ports(scope: Scope, record: Record, names: Iterable[str], doubts: list[str]) -> tuple[PortRange, ...]:
    """Return the ports that the keys name; nothing set and nothing known mean all ports."""
    found: list[PortRange] = []
    is_known = True
    for name in names:
        for node in record.values(name):
            if isinstance(node, Unknown) or is_open(node):
                is_known = False
                doubts.append(open_field(name, node))
            elif (port := read_port(scope, node, name)) is not None:
                found.append(port)
    return tuple(dict.fromkeys(found)) if found and is_known else (ALL_PORTS,)


def open_field(name: str, node: Node) -> str:
    """Return the sentence that says which field is not known."""
    text = node.text if isinstance(node, Scalar) else ""
    return doubt(name, node if isinstance(node, Unknown) else Unknown(text, NOT_GIVEN, 0, 0))


def read_priority(record: Record, lowest: int, highest: int, doubts: list[str]) -> int | None:
    """Return a priority within Azure's bounds; one that is not known stands before all others, with a doubt."""
    node = record.required("priority")
    if node is None:
        return None
    if is_open(node):
        doubts.append(open_field("priority", node))
        return UNKNOWN_PRIORITY
    text = node.text if isinstance(node, Scalar) else ""
    if any(doubts) and text == str(UNKNOWN_PRIORITY):
        return UNKNOWN_PRIORITY
    if text.isascii() and text.isdigit() and len(text) < 9 and str(int(text)) == text:
        if lowest <= int(text) <= highest:
            return int(text)
        record.reader.error(node, "NC135", f"`priority` is {text}, outside {lowest} to {highest}")
        return None
    return record.reader.integer(node, "priority", lowest, highest)
