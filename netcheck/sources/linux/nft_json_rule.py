"""One rule in the JSON form of nft as statements. Schema: libnftables-json(5), nftables 1.0, "STATEMENTS"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netcheck.sources._nodes import Mapping as MappingNode
from netcheck.sources._nodes import Node, Scalar, text_of
from netcheck.sources._nodes import Sequence as SequenceNode
from netcheck.sources.linux.nft_json_values import (
    NodeError,
    fail,
    is_true,
    members,
    only,
    read_elements,
    read_expression,
    read_verdict,
    text,
)
from netcheck.sources.linux.nft_statements import (
    assignment,
    every_packet_has,
    iptables_part,
    nat,
    reject_answer,
    set_update,
)
from netcheck.sources.linux.nft_values import (
    Divert,
    Elements,
    Expression,
    Gate,
    Key,
    Match,
    Named,
    Other,
    Passive,
    Reject,
    Statement,
    Unclear,
    Untrack,
    VerdictMap,
    Word,
)

_OPERATORS = frozenset(("==", "!=", "<", ">", "<=", ">=", "in", "!"))


def read_statement(node: Node, family: str) -> Statement:
    """Return one statement; raise NodeError when it is malformed. One that is not known is Unclear."""
    verdict = read_verdict(node)
    if verdict is not None:
        return verdict
    name, value = only(node, "a statement")
    if name == "reject":
        return _reject(value, family)
    reader = _STATEMENTS.get(name)
    return reader(value) if reader else _PLAIN.get(name, Unclear(name))


def _match(node: Node) -> Statement:
    found = members(node, "a match")
    left = read_expression(found.get("left", node))
    right = read_expression(found.get("right", node))
    operator = text_of(found.get("op")) or "=="
    if operator not in _OPERATORS:
        raise NodeError(f"`{operator[:20]}` is no operator", node)
    return Match(_as_key(left), operator, right)


def _as_key(left: Expression) -> Expression:
    return Key(left.text) if isinstance(left, Other) else left


def _vmap(node: Node) -> Statement:
    found = members(node, "a verdict map")
    key = read_expression(found.get("key", node))
    return VerdictMap(_as_key(key), _map_data(found.get("data", node)))


def _map_data(node: Node) -> Elements | Named:
    if isinstance(node, Scalar) and node.text.startswith("@"):
        return Named(node.text[1:])
    name, value = only(node, "a map")
    if name != "set":
        fail(node, "a map")
    return read_elements(value, is_map=True)


def _named(kind: str, shown: Callable[[dict[str, Node]], str]) -> Callable[[Node], Statement]:
    """Return the reader of a limit or quota: the name of one, or what it counts."""

    def read(node: Node) -> Statement:
        if isinstance(node, Scalar):
            return Gate(f"{kind} name {node.text}")
        found = members(node, f"a {kind}")
        if "map" in found:
            return Gate(f"{kind} name ...")
        return Gate(f"{kind} {shown(found)}")

    return read


def _rate(found: dict[str, Node]) -> str:
    unit = text_of(found.get("rate_unit"))
    shown = f" {unit}" if unit not in ("", "packets") else ""
    over = "over " if is_true(found.get("inv")) else ""
    return f"rate {over}{text_of(found.get('rate'))}{shown}/{text_of(found.get('per')) or 'second'}"


def _amount(found: dict[str, Node]) -> str:
    over = "over " if is_true(found.get("inv")) else ""
    return f"{over}{text_of(found.get('val'))} {text_of(found.get('val_unit')) or 'bytes'}"


def _count(node: Node) -> Statement:
    found = members(node, "a number of connections")
    return Gate(f"ct count {'over ' if is_true(found.get('inv')) else ''}{text_of(found.get('val'))}")


def _counter(node: Node) -> Statement:
    if isinstance(node, Scalar) and not node.is_null:
        return Passive(f"counter name {node.text}")
    is_looked_up = isinstance(node, MappingNode) and "map" in members(node, "a counter")
    return Gate("counter name ...") if is_looked_up else Passive("counter")


def _duplicate(node: Node) -> Statement:
    found = members(node, "a dup") if isinstance(node, MappingNode) else {}
    return Gate("dup") if any(_may_stop(one) for one in found.values()) else Passive("dup")


def _log(node: Node) -> Statement:
    prefix = text_of(members(node, "a log").get("prefix")) if isinstance(node, MappingNode) else ""
    return Passive(f'log prefix "{prefix}"' if prefix else "log")


def _reject(node: Node, family: str) -> Statement:
    if not isinstance(node, MappingNode):
        return Reject()
    found = members(node, "a reject")
    code = text_of(found.get("expr")) or "port-unreachable"
    return Reject(reject_answer(family, text_of(found.get("type")), code))


def _mangle(node: Node) -> Statement:
    found = members(node, "an assignment")
    key = read_expression(found.get("key", node))
    if not isinstance(key, Key):
        return Unclear("mangle")
    value = found.get("value", node)
    shown = read_expression(value)
    return assignment(key, shown.text if isinstance(shown, Word) else "...", may_stop=_may_stop(value))


def _may_stop(value: Node) -> bool:
    """Return whether a value is looked up, or read from a field that not every packet has."""
    if isinstance(value, SequenceNode):
        return any(_may_stop(item) for item in value.items)
    if not isinstance(value, MappingNode):
        return False
    for name, inner in members(value, "a value").items():
        if name in ("meta", "numgen", "symhash"):
            found = read_expression(value)
            if not (isinstance(found, Key) and every_packet_has(found.name)):
                return True
        elif name not in ("|", "&", "^", ">>", "range", "concat") or _may_stop(inner):
            return True
    return not members(value, "a value")


def _assigned(key: str) -> Callable[[Node], Statement]:
    def read(node: Node) -> Statement:
        return assignment(Key(key), text_of(node) or "...", may_stop=not isinstance(node, Scalar))

    return read


def _update(node: Node) -> Statement:
    found = members(node, "an update of a set")
    name = text(found.get("set") or found.get("map"), "the name of a set", node).removeprefix("@")
    key = read_expression(found.get("elem", node))
    return set_update(text_of(found.get("op")) or "add", name, str(key))


def _meter(node: Node) -> Statement:
    return Gate(f"meter {text_of(members(node, 'a meter').get('name'))}")


def _iptables(node: Node) -> Statement:
    if not isinstance(node, MappingNode):
        return Unclear("xt")
    found = members(node, "a part of iptables")
    return iptables_part(text_of(found.get("type")), text_of(found.get("name")))


_STATEMENTS: Mapping[str, Callable[[Node], Statement]] = MappingProxyType(
    {
        "match": _match,
        "vmap": _vmap,
        "counter": _counter,
        "log": _log,
        "limit": _named("limit", _rate),
        "quota": _named("quota", _amount),
        "ct count": _count,
        "mangle": _mangle,
        "ct helper": _assigned("ct helper"),
        "ct timeout": _assigned("ct timeout"),
        "ct expectation": _assigned("ct expectation"),
        "secmark": _assigned("meta secmark"),
        "set": _update,
        "map": _update,
        "meter": _meter,
        "xt": _iptables,
        "dup": _duplicate,
    }
)
_PLAIN: Mapping[str, Statement] = MappingProxyType(
    {
        "last": Passive("last"),
        "notrack": Untrack(),
        "dnat": nat("dnat"),
        "redirect": nat("redirect"),
        "snat": nat("snat"),
        "masquerade": nat("masquerade"),
        "tproxy": Divert("tproxy"),
        "flow": Gate("flow add"),
        "queue": Unclear("queue"),
        "synproxy": Unclear("synproxy"),
        "fwd": Unclear("fwd"),
    }
)
"""Statements whose members change nothing that matters here."""
