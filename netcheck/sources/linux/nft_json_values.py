"""Fields and values in the JSON form of an nft rule. Schema: libnftables-json(5), nftables 1.0, "EXPRESSIONS"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NoReturn

from netcheck.sources import _nodes as nodes
from netcheck.sources._nodes import Node, Scalar, describe, text_of
from netcheck.sources.linux.nft_values import (
    Concat,
    Element,
    Elements,
    Every,
    Expression,
    Flags,
    Key,
    Masked,
    Named,
    NftError,
    Other,
    Prefix,
    Span,
    Verdict,
    Word,
)

_VERDICTS = frozenset(("accept", "drop", "continue", "return", "jump", "goto"))
_BOOLEANS = MappingProxyType({"true": "exists", "false": "missing"})


class NodeError(NftError):
    """A part of the JSON form is not what the schema says, at a node."""

    def __init__(self, message: str, node: Node) -> None:
        self.node = node
        super().__init__(message)


def fail(node: Node, what: str) -> NoReturn:
    """Raise NodeError: something else was expected."""
    raise NodeError(f"{what} is expected, not {describe(node)}", node)


def members(node: Node, what: str) -> dict[str, Node]:
    """Return the members of a mapping."""
    if not isinstance(node, nodes.Mapping):
        fail(node, what)
    return {name.text: value for name, value in node.entries}


def items(node: Node, what: str) -> tuple[Node, ...]:
    """Return the items of a list."""
    if not isinstance(node, nodes.Sequence):
        fail(node, what)
    return node.items


def only(node: Node, what: str) -> tuple[str, Node]:
    """Return the one member of a mapping."""
    found = members(node, what)
    if len(found) != 1:
        fail(node, what)
    return next(iter(found.items()))


def text(node: Node | None, what: str, owner: Node) -> str:
    """Return a text or number that must be there."""
    if not isinstance(node, Scalar) or node.is_null:
        fail(node if node is not None else owner, what)
    return node.text


def is_true(node: Node | None) -> bool:
    """Return whether a member is there and true."""
    return isinstance(node, Scalar) and node.is_plain and node.text == "true"


def read_expression(node: Node) -> Expression:
    """Return a field or value; what netcheck does not take apart is kept as Other."""
    if isinstance(node, Scalar):
        return _scalar(node)
    if isinstance(node, nodes.Sequence):
        return Flags(_words(node))
    found = members(node, "an expression")
    if len(found) != 1:  # `<<` is no key for the reader of JSON and YAML: what it shifts is not taken apart
        return Other("...")
    name, value = next(iter(found.items()))
    reader = _EXPRESSIONS.get(name)
    return reader(value) if reader else Other(name)


def _scalar(node: Scalar) -> Expression:
    if node.is_plain and node.text in _BOOLEANS:
        return Word(_BOOLEANS[node.text])
    if node.text.startswith("@"):
        return Named(node.text[1:])
    return Every() if node.text == "*" else Word(node.text)


def _words(node: Node) -> tuple[str, ...]:
    return tuple(text(item, "a flag", node) for item in items(node, "a list of flags"))


def _range(node: Node) -> Expression:
    ends = items(node, "a range")
    if len(ends) != 2:
        fail(node, "a range of two values")
    return Span(text(ends[0], "a value", node), text(ends[1], "a value", node))


def _prefix(node: Node) -> Expression:
    found = members(node, "a prefix")
    return Prefix(text(found.get("addr"), "an address", node), text(found.get("len"), "a length", node))


def _concat(node: Node) -> Expression:
    return Concat(tuple(read_expression(item) for item in items(node, "a list of fields or values")))


def _either(node: Node) -> Expression:
    words: list[str] = []
    for item in items(node, "a list of flags"):
        found = read_expression(item)
        if isinstance(found, Word):
            words.append(found.text)
        elif isinstance(found, Flags):
            words += found.words
        else:
            return Other("|")
    return Flags(tuple(words))


def _masked(node: Node) -> Expression:
    sides = [read_expression(item) for item in items(node, "a field and a mask")]
    if len(sides) == 2 and isinstance(sides[0], Key) and isinstance(sides[1], Word | Flags):
        return Masked(sides[0], sides[1])
    return Other(" & ".join(str(side) for side in sides))


def _element_value(node: Node) -> Expression:
    return read_expression(members(node, "an element").get("val", node))


def read_elements(node: Node, *, is_map: bool) -> Elements:
    """Return the content of a set, or of a map, whose elements are pairs."""
    found = [node] if not isinstance(node, nodes.Sequence) else list(node.items)
    return Elements(tuple(_element(item, is_map=is_map) for item in found))


def _element(node: Node, *, is_map: bool) -> Element:
    if not is_map:
        return Element(read_expression(node), expires=_expires(node))
    pair = items(node, "a pair of key and value")
    if len(pair) != 2:
        fail(node, "a pair of key and value")
    return Element(read_expression(pair[0]), read_verdict(pair[1]), _expires(pair[0]))


def _expires(node: Node) -> bool:
    if not isinstance(node, nodes.Mapping):
        return False
    found = members(node, "an element").get("elem")
    return found is not None and bool({"timeout", "expires"} & members(found, "an element").keys())


def read_verdict(node: Node) -> Verdict | None:
    """Return a verdict, None for anything else."""
    if not isinstance(node, nodes.Mapping) or len(node.entries) != 1:
        return None
    name, value = only(node, "a verdict")
    if name not in _VERDICTS:
        return None
    if name in ("jump", "goto"):
        return Verdict(name, text(members(value, "a target").get("target"), "the name of a chain", value))
    return Verdict(name)


def _set(node: Node) -> Expression:
    if isinstance(node, Scalar):
        return _scalar(node)
    return read_elements(node, is_map=False)


def _payload(node: Node) -> Expression:
    found = members(node, "a field of a header")
    if "base" in found:
        return Key(f"@{','.join(text_of(found.get(part)) for part in ('base', 'offset', 'len'))}")
    return Key(f"{text(found.get('protocol'), 'a protocol', node)} {text(found.get('field'), 'a field', node)}")


def _meta(node: Node) -> Expression:
    return Key(f"meta {text(members(node, 'a field').get('key'), 'a key', node)}")


def _ct(node: Node) -> Expression:
    found = members(node, "a field of a connection")
    way = f"{text_of(found['dir'])} " if "dir" in found else ""
    return Key(f"ct {way}{text(found.get('key'), 'a key', node)}")


def _fib(node: Node) -> Expression:
    found = members(node, "a look-up of a route")
    flags = found.get("flags", node)
    selectors = _words(flags) if isinstance(flags, nodes.Sequence) else (text(flags, "a selector", node),)
    return Key(f"fib {' . '.join(selectors)} {text(found.get('result'), 'a result', node)}")


def _extension(node: Node) -> Expression:
    found = members(node, "an extension header")
    name = text(found.get("name"), "a name", node)
    return Key(f"{name} {text_of(found['field'])}" if "field" in found else f"exthdr {name}")


def _option(kind: str) -> Callable[[Node], Expression]:
    def read(node: Node) -> Expression:
        found = members(node, "an option")
        parts = [text_of(found.get(name)) for name in ("name", "base", "offset", "len", "field") if name in found]
        return Key(" ".join([kind, *parts]))

    return read


def _system(kind: str) -> Callable[[Node], Expression]:
    def read(node: Node) -> Expression:
        found = members(node, "a field")
        return Key(" ".join([kind, *(text_of(found.get(name)) for name in ("family", "key") if name in found)]))

    return read


def _generator(kind: str) -> Callable[[Node], Expression]:
    def read(node: Node) -> Expression:
        found = members(node, "a generator")
        words = [kind]
        if "mode" in found:
            words.append(text_of(found["mode"]))
        if "expr" in found:
            words.append(str(read_expression(found["expr"])))
        for option in ("mod", "seed", "offset"):
            if text_of(found.get(option)) not in ("", "0"):
                words += [option, text_of(found.get(option))]
        return Key(" ".join(words))

    return read


_EXPRESSIONS: Mapping[str, Callable[[Node], Expression]] = MappingProxyType(
    {
        "range": _range,
        "prefix": _prefix,
        "concat": _concat,
        "|": _either,
        "&": _masked,
        "elem": _element_value,
        "set": _set,
        "payload": _payload,
        "meta": _meta,
        "ct": _ct,
        "fib": _fib,
        "exthdr": _extension,
        "tcp option": _option("tcp option"),
        "ip option": _option("ip option"),
        "sctp chunk": _option("sctp chunk"),
        "rt": _system("rt"),
        "socket": _system("socket"),
        "osf": _system("osf"),
        "ipsec": _system("ipsec"),
        "numgen": _generator("numgen"),
        "jhash": _generator("jhash"),
        "symhash": _generator("symhash"),
    }
)
