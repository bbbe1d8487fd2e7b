"""Fields and values in the text of an nft rule. Semantics: manual page nft(8), nftables 1.0, "EXPRESSIONS"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from netcheck.sources.linux.nft_statements import every_packet_has
from netcheck.sources.linux.nft_stream import Stream
from netcheck.sources.linux.nft_tokens import Token
from netcheck.sources.linux.nft_values import (
    Concat,
    Element,
    Elements,
    Every,
    Expression,
    Flags,
    Key,
    Named,
    Prefix,
    Span,
    Verdict,
    Word,
)
from netcheck.sources.linux.nft_words import FIELDS, META, META_WORDS

_DEPTH = 16
"""Braces in braces; rules that nft prints have one pair."""
_VERDICTS = frozenset(("accept", "drop", "continue", "return", "jump", "goto"))
_NO_VALUES = _VERDICTS | {"counter", "log", "limit", "quota", "reject", "comment", "queue", "notrack", "vmap", "set"}
"""Words of nft's own that cannot stand as a value: where one does, the value is missing."""
_SELECTORS = frozenset(("saddr", "daddr", "mark", "iif", "oif"))


def read_key(stream: Stream) -> Expression | None:
    """Take one field or several joined by ` . `; None, nothing taken, where no field stands."""
    start = stream.position
    items: list[Expression] = []
    while True:
        found = _one_key(stream)
        if found is None:
            stream.position = start
            return None
        items.append(found)
        if not stream.take("."):
            return items[0] if len(items) == 1 else Concat(tuple(items))


def _one_key(stream: Stream) -> Key | None:
    token = stream.peek()
    if token.kind == "symbol" and token.text == "@":
        return _raw(stream)
    if token.kind != "word":
        return None
    match token.text:
        case "meta":
            return _meta(stream)
        case "ct":
            return _ct(stream)
        case "fib":
            return _fib(stream)
        case "numgen" | "jhash" | "symhash":
            return _generator(stream)
        case "socket" | "osf" | "rt" | "ipsec" | "exthdr":
            return _system(stream)
        case word if word in META_WORDS:
            stream.next()
            return Key(f"meta {word}")
        case word if word in FIELDS:
            return _payload(stream)
        case _:
            return None


def _raw(stream: Stream) -> Key | None:
    if stream.peek(1).text not in ("ll", "nh", "th", "ih") or stream.peek(2).text != ",":
        return None
    words = [stream.next().text for _ in range(6)]
    return Key("".join(words))


def _meta(stream: Stream) -> Key | None:
    word = stream.peek(1).text
    if word not in META:
        return None
    stream.position += 2
    return Key(f"meta {word}")


def _ct(stream: Stream) -> Key | None:
    words = ["ct"]
    ahead = 1
    if stream.peek(ahead).text in ("original", "reply"):
        words.append(stream.peek(ahead).text)
        ahead += 1
        if stream.peek(ahead).text in ("ip", "ip6"):
            words.append(stream.peek(ahead).text)
            ahead += 1
    last = stream.peek(ahead)
    if last.kind != "word" or last.text == "count":
        return None
    stream.position += ahead + 1
    return Key(" ".join([*words, last.text]))


def _fib(stream: Stream) -> Key | None:
    start = stream.position
    stream.next()
    words = ["fib"]
    while stream.peek().text in _SELECTORS:
        words.append(stream.next().text)
        if not stream.take("."):
            break
    result = stream.peek().text
    if len(words) == 1 or result not in ("type", "oif", "oifname"):
        stream.position = start
        return None
    stream.next()
    return Key(f"fib {' . '.join(words[1:])} {result}")


def _generator(stream: Stream) -> Key | None:
    start = stream.position
    words = [stream.next().text]
    if words[0] == "numgen":
        words.append(stream.next().text)
    elif words[0] == "jhash":
        hashed = read_key(stream)
        words.append(str(hashed) if hashed else "")
    if not stream.is_at("mod"):
        stream.position = start
        return None
    for option in ("mod", "seed", "offset"):
        if stream.is_at(option):
            words += [stream.next().text, stream.next().text]
    return Key(" ".join(words).removesuffix(" offset 0"))


def _system(stream: Stream) -> Key | None:
    """Take what the kernel looks up; `rt` is also the name of an IPv6 routing header."""
    words = [stream.next().text]
    if words[0] == "ipsec":
        words += [stream.next().text for _ in range(3 if stream.peek(1).text == "spnum" else 1)]
    if stream.peek().text in ("ip", "ip6"):
        words.append(stream.next().text)
    if stream.take("ttl"):
        words += ["ttl", stream.next().text]
    words.append(stream.name("a field"))
    if words[:2] == ["socket", "cgroupv2"]:
        words += [stream.next().text, stream.next().text]
    return Key(" ".join(words))


def _payload(stream: Stream) -> Key | None:
    protocol, field = stream.peek().text, stream.peek(1)
    if field.text in ("option", "chunk"):
        return _option(stream)
    if field.kind != "word" or field.text not in FIELDS[protocol]:
        return None
    stream.position += 2
    return Key(f"{protocol} {field.text}")


def _option(stream: Stream) -> Key:
    words = [stream.next().text, stream.next().text]
    if stream.is_at("@"):
        return Key(" ".join([*words, "".join(stream.next().text for _ in range(6))]))
    words.append(stream.name("an option"))
    follows = stream.peek()
    if follows.kind == "word" and follows.text not in ("exists", "missing", "set", "vmap"):
        words.append(stream.next().text)
    return Key(" ".join(words))


def read_value(stream: Stream, depth: int = 0) -> Expression:
    """Take what a field is compared with: a set, a named set, values, several flags."""
    if stream.is_at("{"):
        return read_elements(stream, depth)
    if stream.take("@"):
        return Named(stream.name("the name of a set"))
    first = _joined(stream)
    if isinstance(first, Word) and (stream.is_at(",") or stream.is_at("|")):
        words = [first.text]
        while stream.take(",") or stream.take("|"):
            words.append(stream.name("a flag"))
        return Flags(tuple(words))
    return first


def _joined(stream: Stream) -> Expression:
    items = [_scalar(stream)]
    while stream.take("."):
        items.append(_scalar(stream))
    return items[0] if len(items) == 1 else Concat(tuple(items))


def _scalar(stream: Stream) -> Expression:
    if stream.take("("):
        inner = read_value(stream)
        stream.expect(")")
        return inner
    if stream.take("*"):
        return Every()
    if stream.take("@"):
        return Named(stream.name("the name of a set"))
    if stream.peek().kind == "word" and stream.peek().text in _NO_VALUES:
        stream.fail("a value is missing")
    first = stream.name("a value")
    if stream.is_at("-") and stream.peek(1).is_value:
        stream.next()
        return Span(first, stream.name("the end of a range"))
    if stream.is_at("/") and stream.peek(1).kind == "number":
        stream.next()
        return Prefix(first, stream.name("a length"))
    return Word(first)


def read_elements(stream: Stream, depth: int = 0) -> Elements:
    """Take `{ ... }`, with sets in it laid flat, as variables bring them."""
    if depth > _DEPTH:
        stream.fail("sets stand in each other too deep")
    stream.expect("{")
    items: list[Element] = []
    stream.skip_ends()
    while not stream.take("}"):
        if stream.is_at("{"):
            items += read_elements(stream, depth + 1).items
        else:
            items.append(_element(stream))
        stream.skip_ends()
        if not stream.take(",") and not stream.is_at("}"):
            stream.fail("`,` or `}` is missing")
        stream.skip_ends()
    return Elements(tuple(items))


def _element(stream: Stream) -> Element:
    value = _flags_or(_joined(stream), stream)
    options = stream.until(",", ":", "}")
    expires = any(token.kind == "word" and token.text in ("timeout", "expires") for token in options)
    verdict = None
    if stream.take(":"):
        verdict = read_verdict(stream)
        if verdict is None and not stream.until(",", "}"):
            stream.fail("a value is missing")
    return Element(value, verdict, expires)


def _flags_or(value: Expression, stream: Stream) -> Expression:
    if not isinstance(value, Word) or not stream.is_at("|"):
        return value
    words = [value.text]
    while stream.take("|"):
        words.append(stream.name("a flag"))
    return Flags(tuple(words))


def read_verdict(stream: Stream) -> Verdict | None:
    """Take a verdict; None, nothing taken, where none stands."""
    token = stream.peek()
    if token.kind != "word" or token.text not in _VERDICTS or stream.is_at(token.text, "{"):
        return None  # `jump { ... }` holds the chain itself
    kind = stream.next().text
    if kind in ("jump", "goto"):
        return Verdict(kind, stream.name("the name of a chain"))
    return Verdict(kind)


class Operand(NamedTuple):
    """What a statement assigns: its tokens, and whether the rule may stop at a packet that has no such value."""

    tokens: Sequence[Token]
    may_stop: bool

    @property
    def shown(self) -> str:
        """The value, where it is a plain one."""
        texts = [token.text for token in self.tokens]
        return "".join(texts) if len(texts) == 1 or texts[1:2] == [":"] else "..."


def read_operand(stream: Stream) -> Operand:
    """Take what a `set` statement assigns: fields and numbers joined by operators, or looked up in a map."""
    start = stream.position
    may_stop = False
    while True:
        if stream.take("("):
            may_stop |= read_operand(stream).may_stop
            stream.expect(")")
        else:
            key = read_key(stream)
            may_stop |= key is not None and not (isinstance(key, Key) and every_packet_has(key.name))
            if key is None:
                stream.name("a value")
            if key is None and stream.take(":"):  # a handle of traffic control: `meta priority set 1:2`
                stream.name("a value")
        if stream.take("map"):
            may_stop = True
            _map(stream)
        if not any(stream.take(sign) for sign in ("&", "|", "^", "<<", ">>", ".", ",", "-", "/")):
            return Operand(stream.between(start), may_stop)


def _map(stream: Stream) -> None:
    if stream.take("@"):
        stream.name("the name of a map")
    else:
        read_elements(stream)
