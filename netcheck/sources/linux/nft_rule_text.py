"""One rule in the text of nft as statements. Semantics: manual page nft(8), nftables 1.0, "STATEMENTS"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from netcheck.diagnostics import NOWHERE, Source
from netcheck.sources.linux.nft_keys_text import read_key, read_operand, read_value, read_verdict
from netcheck.sources.linux.nft_statements import assignment, iptables_part, nat, reject_answer, set_update
from netcheck.sources.linux.nft_stream import Stream, written
from netcheck.sources.linux.nft_tokens import NftLexError, Token, tokens_of
from netcheck.sources.linux.nft_values import (
    FLAG_KEYS,
    Divert,
    Elements,
    Expression,
    Flags,
    Gate,
    Key,
    Masked,
    Match,
    Named,
    NftRule,
    Other,
    Passive,
    Reject,
    Statement,
    Unclear,
    Untrack,
    VerdictMap,
    Word,
)

_OPERATORS = frozenset(("==", "!=", "<=", ">=", "<", ">", "!"))
_ARITHMETIC = frozenset(("|", "^", "<<", ">>", "or", "xor", "lshift", "rshift"))
_OPERATOR_WORDS = MappingProxyType({"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="})


def read_statements(text: str, family: str) -> list[Statement]:
    """Return the statements in a piece of text, which nft puts in JSON where it has no other form for them."""
    try:
        return list(read_rule(list(tokens_of(text)), family, len(text), NOWHERE).statements)
    except NftLexError:
        return [Unclear(text)]


def read_rule(tokens: Sequence[Token], family: str, after: int, at: Source) -> NftRule:
    """Return the rule that tokens state; raise NftLexError when it is malformed.

    From a statement that is not known the rule is kept as Unclear: it may do anything.
    """
    stream = Stream(tokens, after)
    statements: list[Statement] = []
    comment = ""
    while not stream.is_done:
        if stream.take("comment"):
            comment = stream.name("the comment")
            continue
        found = _Reader(stream, family).read()
        statements += [found] if str(found) else []
    return NftRule(tuple(statements), comment, at)


class _Reader:
    def __init__(self, stream: Stream, family: str) -> None:
        self._stream = stream
        self._family = family

    def read(self) -> Statement:
        """Take one statement."""
        stream = self._stream
        token = stream.peek()
        verdict = read_verdict(stream)
        if verdict is not None:
            return verdict
        handler = _HANDLERS.get(token.text) if token.kind == "word" else None
        if handler is not None:
            stream.next()
            return handler(self)
        if stream.take("ct", "count"):
            return Gate(f"ct count {self._over()}{stream.name('a number')}")
        key = read_key(stream)
        return self._unclear() if key is None else self._about(key)

    def _about(self, key: Expression) -> Statement:
        stream = self._stream
        if isinstance(key, Key) and stream.take("set"):
            return self._assignment(key)
        follows = stream.peek()
        if follows.text in _ARITHMETIC and follows.kind in ("word", "symbol"):
            return self._unclear()
        if stream.take("&") or stream.take("and"):
            mask = read_value(stream)
            if not isinstance(key, Key) or not isinstance(mask, Word | Flags):
                return self._unclear()
            key = Masked(key, mask)
        if stream.take("vmap"):
            found = read_value(stream)
            return VerdictMap(key, found) if isinstance(found, Elements | Named) else self._unclear()
        operator = self._operator()
        value = read_value(stream)
        if isinstance(key, Key) and stream.take("/"):
            mask = read_value(stream)
            if not isinstance(mask, Word | Flags):
                return self._unclear()
            return Match(Masked(key, mask), operator or "==", value)
        if not operator:
            is_bits = isinstance(key, Key) and key.name in FLAG_KEYS and isinstance(value, Word | Flags)
            operator = "in" if is_bits else "=="
        return Match(key, operator, value)

    def _operator(self) -> str:
        word = self._stream.peek()
        if word.kind == "symbol" and word.text in _OPERATORS:
            return self._stream.next().text
        if word.kind == "word" and word.text in _OPERATOR_WORDS and self._stream.peek(1).is_value:
            return _OPERATOR_WORDS[self._stream.next().text]
        return ""

    def _assignment(self, key: Key) -> Statement:
        value = read_operand(self._stream)
        return assignment(key, value.shown, may_stop=value.may_stop)

    def _unclear(self) -> Statement:
        return Unclear(written(self._stream.rest()))

    def _over(self) -> str:
        for word in ("over", "until"):
            if self._stream.take(word):
                return "over " if word == "over" else ""
        return ""

    def _to_the_end(self) -> str:
        """Take what belongs to a statement that ends the rule; a comment may follow."""
        taken: list[Token] = []
        while not self._stream.is_done and not self._stream.is_at("comment"):
            taken.append(self._stream.next())
        return written(taken)

    def inline(self) -> Statement:
        return Unclear(f"jump {written(self._stream.rest())}")

    def counter(self) -> Statement:
        stream = self._stream
        if stream.is_at("packets") or stream.is_at("bytes"):
            while stream.take("packets") or stream.take("bytes"):
                stream.name("a number")
        elif stream.take("name"):
            name = self._object()
            return Gate("counter name ...") if name == "..." else Passive(f"counter name {name}")
        return Passive("counter")

    def _object(self) -> str:
        """Take the name of an object of the table, or how it is looked up."""
        if read_key(self._stream) is None:
            return self._stream.name("a name")
        self._stream.expect("map")
        read_value(self._stream)
        return "..."

    def log(self) -> Statement:
        stream = self._stream
        shown = "log"
        while stream.peek().text in ("prefix", "level", "group", "snaplen", "queue-threshold", "flags"):
            option = stream.next().text
            value = stream.name("a value")
            if option == "flags" and value in ("tcp", "ip"):
                stream.name("a flag")
                while stream.take(","):
                    stream.name("a flag")
            if option == "prefix":
                shown = f'log prefix "{value}"'
        return Passive(shown)

    def limit(self) -> Statement:
        stream = self._stream
        if stream.take("name"):
            return Gate(f"limit name {self._object()}")
        stream.expect("rate")
        over = self._over()
        rate = self._quantity()
        if stream.take("burst"):
            self._quantity()
        return Gate(f"limit rate {over}{rate}")

    def _quantity(self) -> str:
        """Take a number with its unit: `5/second`, `10 mbytes/second`, `5 packets`."""
        stream = self._stream
        number, unit, per = stream.name("a number"), "", ""
        if stream.peek().text.partition("/")[0] in ("bytes", "kbytes", "mbytes", "packets"):
            unit, _, per = stream.next().text.partition("/")
        if not per and stream.take("/"):
            per = stream.name("a unit of time")
        return f"{number}{f' {unit}' if unit and unit != 'packets' else ''}{f'/{per}' if per else ''}"

    def quota(self) -> Statement:
        if self._stream.take("name"):
            return Gate(f"quota name {self._object()}")
        over = self._over()
        amount = self._quantity()
        if self._stream.take("used"):
            self._quantity()
        return Gate(f"quota {over}{amount}")

    def last(self) -> Statement:
        if self._stream.take("used"):
            self._stream.name("a time")
        return Passive("last")

    def reject(self) -> Statement:
        stream = self._stream
        if not stream.take("with"):
            return Reject()
        if stream.take("tcp", "reset"):
            return Reject("tcp reset")
        kind = stream.name("an answer")
        stream.take("type")
        return Reject(reject_answer(self._family, kind, stream.name("a code")))

    def notrack(self) -> Statement:
        return Untrack()

    def dnat(self) -> Statement:
        self._to_the_end()
        return nat("dnat")

    def redirect(self) -> Statement:
        self._to_the_end()
        return nat("redirect")

    def snat(self) -> Statement:
        self._to_the_end()
        return nat("snat")

    def masquerade(self) -> Statement:
        self._to_the_end()
        return nat("masquerade")

    def tproxy(self) -> Statement:
        stream = self._stream
        stream.take("ip") or stream.take("ip6")
        stream.expect("to")
        while stream.peek().kind in ("address", "number") or stream.peek().text in ("[", "]", ":"):
            stream.next()
        return Divert("tproxy")

    def duplicate(self) -> Statement:
        self._stream.expect("to")
        may_stop = read_operand(self._stream).may_stop
        if self._stream.take("device"):
            may_stop |= read_operand(self._stream).may_stop
        return Gate("dup") if may_stop else Passive("dup")

    def flow(self) -> Statement:
        if not self._stream.take("add"):
            self._stream.expect("offload")
        self._stream.expect("@")
        self._stream.name("the name of a flowtable")
        return Gate("flow add")

    def queue(self) -> Statement:
        self._to_the_end()
        return Unclear("queue")

    def synproxy(self) -> Statement:
        self._to_the_end()
        return Unclear("synproxy")

    def forward(self) -> Statement:
        self._to_the_end()
        return Unclear("fwd")

    def meter(self) -> Statement:
        name = self._stream.name("a name")
        if self._stream.take("size"):
            self._stream.name("a number")
        self._braces()
        return Gate(f"meter {name}")

    def _braces(self) -> Sequence[Token]:
        self._stream.expect("{")
        inside = self._stream.until("}")
        self._stream.expect("}")
        return inside

    def add(self) -> Statement:
        return self._update("add")

    def update(self) -> Statement:
        return self._update("update")

    def delete(self) -> Statement:
        return self._update("delete")

    def _update(self, operation: str) -> Statement:
        self._stream.expect("@")
        name = self._stream.name("the name of a set")
        inside = Stream(self._braces(), self._stream.offset)
        return set_update(operation, name, str(read_key(inside) or Other("...")))

    def set(self) -> Statement:
        """Take the older form: `set add ip saddr timeout 1m @name`."""
        operation = self._stream.name("an operation")
        key = str(read_key(self._stream) or Other("..."))
        while not self._stream.is_done and not self._stream.take("@"):
            self._stream.next()
        return set_update(operation, self._stream.name("the name of a set"), key)

    def iptables(self) -> Statement:
        kind = self._stream.name("`match` or `target`")
        return iptables_part(kind, self._stream.name("a name"))


_HANDLERS: Mapping[str, Callable[[_Reader], Statement]] = MappingProxyType(
    {
        "jump": _Reader.inline,
        "goto": _Reader.inline,
        "counter": _Reader.counter,
        "log": _Reader.log,
        "limit": _Reader.limit,
        "quota": _Reader.quota,
        "last": _Reader.last,
        "reject": _Reader.reject,
        "notrack": _Reader.notrack,
        "dnat": _Reader.dnat,
        "redirect": _Reader.redirect,
        "snat": _Reader.snat,
        "masquerade": _Reader.masquerade,
        "tproxy": _Reader.tproxy,
        "dup": _Reader.duplicate,
        "flow": _Reader.flow,
        "queue": _Reader.queue,
        "synproxy": _Reader.synproxy,
        "fwd": _Reader.forward,
        "meter": _Reader.meter,
        "add": _Reader.add,
        "update": _Reader.update,
        "delete": _Reader.delete,
        "set": _Reader.set,
        "xt": _Reader.iptables,
    }
)
