"""Cut and mutated nft rule sets give a firewall or messages, never a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.hosts import ChainFirewall
from netcheck.sources.linux.nft_ruleset import read_nft_ruleset
from tests.real_hosts.random_nft import Drawer

STORY = Path(__file__).resolve().parents[2] / "fixtures" / "corner-nftables"
TEXTS = tuple((STORY / name).read_text(encoding="utf-8") for name in ("maps.nft", "maps.json", "written.nft"))
PIECES = (
    "{", "}", "(", ")", "[", "]", ",", ";", "\n", "@", "$", "=", "!=", "<", "& 0xff", "|", "/", "-", ".", ":", "*",
    "#", "\\", '"', "0x", "::", "1.2.3.4/33", "65536", "-1", "accept", "vmap", "set", "map", "jump", "table",
    "chain", "rule", "define", "meta", "ct", "fib", "tcp option", "numgen", "limit rate", "counter packets", "null",
    "[]", "{}", "true", '"range": [1]', '"prefix"', '"concat"', '"elem"', "\x00", "\x0b", "\u2028", "é", "٣", "²",
)  # fmt: skip
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES)), max_size=6)


def _read(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules"
        file.write_text(text, encoding="utf-8")
        collector = Collector()
        try:
            firewall = read_nft_ruleset(str(file), collector)
        except InputError:
            return
        assert isinstance(firewall, ChainFirewall)
        for found in collector:
            assert found.render()


@given(st.integers(0, 1000), EDITS, st.floats(0, 1), st.sampled_from((0, 1, 2, 3)))
def test_mutated_rule_sets(seed: int, edits: list[tuple[float, int, str]], cut: float, which: int) -> None:
    text = Drawer(seed).ruleset() if which == 3 else TEXTS[which]
    for place, length, piece in edits:
        start = int(place * len(text))
        text = text[:start] + piece + text[start + length :]
    _read(text[: int(cut * len(text)) + 1] if seed % 2 else text)


@given(
    st.lists(st.sampled_from((*PIECES, "ip", "saddr", "dport", "tcp", "22", "inet", "t", "input", "type filter hook")))
)
def test_words_in_any_order(words: list[str]) -> None:
    body = " ".join(words)
    _read(f"table inet t {{\nchain c {{\ntype filter hook input priority 0\n{body}\n}}\n}}\n")


@pytest.mark.parametrize("name", ["maps.nft", "maps.json", "written.nft"])
def test_every_shortened_file(name: str) -> None:
    text = (STORY / name).read_text(encoding="utf-8")
    for length in range(1, len(text), 7):
        _read(text[:length])
