"""The lines of a chain that are no rules: where it hooks, its policy."""

from __future__ import annotations

import re

from netcheck.model.rules import Access
from netcheck.sources.linux.nft_draft import ChainDraft
from netcheck.sources.linux.nft_stream import Stream
from netcheck.sources.linux.nft_tokens import NftLexError, Token
from netcheck.sources.linux.nft_values import NftHook
from netcheck.sources.linux.nft_words import PRIORITIES

TYPES = ("filter", "nat", "route")
HOOKS = ("ingress", "prerouting", "input", "forward", "output", "postrouting", "egress")
POLICIES = {"accept": Access.ALLOW, "drop": Access.DENY}
_NAMED_OFFSET = re.compile(r"([a-z]+)-(\d+)\Z")


def read_chain_line(stream: Stream, chain: ChainDraft) -> bool:
    """Take a line that says something about the chain as a whole; False, nothing taken, where a rule stands."""
    if stream.take("type"):
        chain.hook = _hook(stream)
    elif stream.take("policy"):
        word = stream.name("a policy")
        if word not in POLICIES:
            stream.fail(f"`{word[:40]}` is no policy")
        chain.policy = POLICIES[word]
    elif stream.take("flags"):
        stream.until("end", "}")
    elif stream.is_at("comment") and stream.peek(1).kind == "string":
        stream.position += 2
    elif stream.is_at("devices", "=") or stream.is_at("device"):
        stream.until("end", "}")
    else:
        return False
    return True


def _hook(stream: Stream) -> NftHook:
    kind = stream.name("the type of the chain")
    stream.expect("hook")
    hook = stream.name("the hook of the chain")
    if kind not in TYPES or hook not in HOOKS:
        stream.fail(f"`type {kind[:20]} hook {hook[:20]}` is not known")
    device = ""
    if stream.take("device") or stream.take("devices"):
        device = " ".join(token.text for token in _until_priority(stream))
    stream.expect("priority")
    return NftHook(kind, hook, _priority(stream), device)


def _until_priority(stream: Stream) -> list[Token]:
    found: list[Token] = []
    while not stream.is_done and not stream.is_at("priority") and stream.peek().kind != "end":
        token = stream.next()
        if token.kind == "string" or token.kind == "word":
            found.append(token)
    return found


def _priority(stream: Stream) -> int:
    """Take a number, or a name with an offset: `filter - 10`."""
    if stream.take("-"):
        return -_number(stream)
    word = stream.name("a priority")
    joined = _NAMED_OFFSET.match(word)
    if joined and joined[1] in PRIORITIES:
        return PRIORITIES[joined[1]] - int(joined[2])
    if word not in PRIORITIES:
        return _as_number(word, stream)
    base = PRIORITIES[word]
    if stream.take("+"):
        return base + _number(stream)
    return base - _number(stream) if stream.take("-") else base


def _number(stream: Stream) -> int:
    return _as_number(stream.name("a number"), stream)


def _as_number(word: str, stream: Stream) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 10):
        raise NftLexError(f"`{word[:40]}` is no priority", stream.offset)
    return int(word)
