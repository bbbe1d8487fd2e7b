"""Template functions on numbers, booleans and prefixes.

Semantics: Microsoft Learn, "Numeric functions", "Logical functions", "Comparison functions" and "CIDR functions for ARM
templates".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from netcheck.sources._nodes import Node, Sequence, Unknown
from netcheck.sources.arm.functions import Calling, Function, as_items, as_number, as_text, function
from netcheck.sources.arm.values import is_same, kind_of

_EASILY_SORTED = re.compile(r"[0-9a-z]*\Z")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _computed(compute: Callable[[int, int], int]) -> Function:
    def body(calling: Calling, arguments: list[Node]) -> Node:
        return calling.number(compute(as_number(arguments[0]), as_number(arguments[1])))

    return function("int int", body)


def _quotient(calling: Calling, arguments: list[Node]) -> Node:
    dividend, divisor = _divisible(calling, arguments)
    quotient = abs(dividend) // abs(divisor)
    return calling.number(quotient if (dividend < 0) == (divisor < 0) else -quotient)


def _remainder(calling: Calling, arguments: list[Node]) -> Node:
    dividend, divisor = _divisible(calling, arguments)
    remainder = abs(dividend) % abs(divisor)
    return calling.number(-remainder if dividend < 0 else remainder)


def _divisible(calling: Calling, arguments: list[Node]) -> tuple[int, int]:
    dividend, divisor = map(as_number, arguments)
    if not divisor:
        raise calling.fault("divides by zero")
    return dividend, divisor


def _extreme(choose: Callable[[list[int]], int]) -> Function:
    def body(calling: Calling, arguments: list[Node]) -> Node:
        is_list = len(arguments) == 1 and isinstance(arguments[0], Sequence)
        nodes = list(as_items(arguments[0])) if is_list else arguments
        if not nodes or any(kind_of(node) not in ("int", "unknown") for node in nodes):
            raise calling.fault("takes whole numbers or one array of them")
        if any(isinstance(node, Unknown) for node in nodes):
            return calling.unknown(arguments)
        return calling.number(choose([as_number(node) for node in nodes]))

    return function("int|array", body, is_open=True)


def _compared(decide: Callable[[int], bool]) -> Function:
    def body(calling: Calling, arguments: list[Node]) -> Node:
        order = _order(calling, arguments)
        return calling.unknown(arguments, _UNSORTED) if order is None else calling.boolean(decide(order))

    return function("int|float|string int|float|string", body)


_UNSORTED = "how Azure sorts these two is not documented"


def _order(calling: Calling, arguments: list[Node]) -> int | None:
    kinds = {kind_of(argument) for argument in arguments}
    one, other = map(as_text, arguments)
    if kinds == {"int"}:
        return (int(one) > int(other)) - (int(one) < int(other))
    if "string" in kinds and len(kinds) > 1:
        raise calling.fault("compares a text with a number")
    if one == other:
        return 0
    if kinds == {"string"} and _EASILY_SORTED.match(one) and _EASILY_SORTED.match(other):
        return 1 if one > other else -1
    return None


def _equals(calling: Calling, arguments: list[Node]) -> Node:
    calling.run.spend(min(calling.run.weigh(argument) for argument in arguments))
    found = is_same(*arguments)
    return calling.unknown(arguments) if found is None else calling.boolean(found)


def _not(calling: Calling, arguments: list[Node]) -> Node:
    return calling.boolean(as_text(arguments[0]) != "true")


def _to_boolean(calling: Calling, arguments: list[Node]) -> Node:
    text, kind = as_text(arguments[0]).lower(), kind_of(arguments[0])
    if kind == "int" or text in ("0", "1"):
        return calling.boolean(text != "0")
    if text in ("true", "false"):
        return calling.boolean(text == "true")
    raise calling.fault("takes `true`, `false` or a number")


def _to_float(calling: Calling, arguments: list[Node]) -> Node:
    text = as_text(arguments[0]).strip()
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text):
        raise calling.fault("takes a number")
    return calling.text(text)._replace(is_plain=True)


def _network(calling: Calling, node: Node) -> _Network:
    try:
        return ipaddress.ip_network(as_text(node).strip(), strict=False)
    except ValueError as error:
        raise calling.fault("takes a prefix such as `10.0.0.0/16`") from error


def _cidr_subnet(calling: Calling, arguments: list[Node]) -> Node:
    network = _network(calling, arguments[0])
    length, index = as_number(arguments[1]), as_number(arguments[2])
    if not network.prefixlen <= length <= network.max_prefixlen:
        raise calling.fault(f"takes a length from {network.prefixlen} to {network.max_prefixlen}, not {length}")
    if not 0 <= index < 2 ** (length - network.prefixlen):
        raise calling.fault(f"asks for part {index} of {2 ** (length - network.prefixlen)}")
    first = network.network_address + index * 2 ** (network.max_prefixlen - length)
    return calling.text(f"{first}/{length}")


def _cidr_host(calling: Calling, arguments: list[Node]) -> Node:
    network, index = _network(calling, arguments[0]), as_number(arguments[1])
    if network.version == 6 or network.prefixlen > 30:
        return calling.unknown(arguments, "what the first usable address of this prefix is, is not documented")
    if not 0 <= index < network.num_addresses - 2:
        raise calling.fault(f"asks for host {index} of {network.num_addresses - 2}")
    return calling.text(str(network.network_address + 1 + index))


def _parse_cidr(calling: Calling, arguments: list[Node]) -> Node:
    network = _network(calling, arguments[0])
    first: Node = calling.text(str(network.network_address))
    last: Node = calling.text(str(network.broadcast_address))
    entries: list[tuple[str, Node]] = [("network", first), ("netmask", calling.text(str(network.netmask)))]
    if network.version == 4:
        entries.append(("broadcast", last))
        if network.prefixlen > 30:
            first = last = calling.unknown(arguments, "the usable addresses of this prefix are not documented")
        else:
            first = calling.text(str(network.network_address + 1))
            last = calling.text(str(network.broadcast_address - 1))
    entries += [("firstUsable", first), ("lastUsable", last), ("cidr", calling.number(network.prefixlen))]
    return calling.object(entries)


NUMBER_FUNCTIONS: dict[str, Function] = {
    "add": _computed(lambda one, other: one + other),
    "bool": function("string|int|bool", _to_boolean),
    "cidrhost": function("string int", _cidr_host),
    "cidrsubnet": function("string int int", _cidr_subnet),
    "div": function("int int", _quotient),
    "equals": function("any any", _equals, takes_symbols=True, takes_unknown=True),
    "float": function("string|int|float", _to_float),
    "greater": _compared(lambda order: order > 0),
    "greaterorequals": _compared(lambda order: order >= 0),
    "less": _compared(lambda order: order < 0),
    "lessorequals": _compared(lambda order: order <= 0),
    "max": _extreme(max),
    "min": _extreme(min),
    "mod": function("int int", _remainder),
    "mul": _computed(lambda one, other: one * other),
    "not": function("bool", _not),
    "parsecidr": function("string", _parse_cidr),
    "sub": _computed(lambda one, other: one - other),
}
