"""One network written by every tool, in every spelling, is one network; a damaged file is refused or says what is open.

`NETCHECK_EXAMPLES=50 pytest tests/property/test_encodings.py` draws fifty times as many examples.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import netcheck
from netcheck.errors import NetcheckError
from netcheck.model.rules import Direction
from netcheck.model.site import Site
from netcheck.questions.filter import filter_packets
from netcheck.questions.packets import parse_prefixes
from tests.property.encodings import DrawnNsg, Files, Style, nsgs
from tests.property.encodings_terraform import ALL_KINDS

TAGS = Path(__file__).parents[2] / "fixtures" / "tags" / "ServiceTags_Public_Small.json"
TIMES = int(os.environ.get("NETCHECK_EXAMPLES", "1"))
SEEDS = st.integers(0, 2**32 - 1)
ABOUT_VALUES = frozenset(("NC133", "NC145"))
"""Host bits that are set and integers taken for addresses: the file says so, and is warned about whoever wrote it."""


def examples(count: int) -> settings:
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


class Question(NamedTuple):
    """What is asked about one NSG."""

    direction: str
    source: str
    target: str
    protocol: str
    ports: tuple[str, ...]


ENDS = ("*", "10.1.0.4", "10.1.0.0/23", "93.184.216.34", "20.60.1.9", "0.0.3.21", "2001:db8::5", "fd00::1",
        "Storage.WestUS", "Internet", "168.63.129.16")  # fmt: skip
QUESTIONS = st.builds(
    Question,
    st.sampled_from(("Inbound", "Outbound")),
    st.sampled_from(ENDS),
    st.sampled_from(ENDS),
    st.sampled_from(("tcp", "udp", "icmp", "esp")),
    st.lists(st.sampled_from(("22", "443", "53", "80-90", "0-65535")), min_size=1, max_size=2).map(tuple),
)


def write(files: Files, folder: str) -> list[str]:
    paths = []
    for name, text in files.items():
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8", newline="")
        paths.append(str(path))
    return paths


def load(files: Files) -> Site:
    with TemporaryDirectory() as folder:
        return netcheck.load(*write(files, folder), tags=TAGS)


def verdict(site: Site, question: Question) -> tuple[str, frozenset[str]]:
    """Return the verdict and the deciding rules, or the code of the refusal."""
    network = parse_prefixes(["10.1.0.0/16"])
    ports = question.ports if question.protocol in ("tcp", "udp") else ()
    try:
        answer = filter_packets(
            site, "", Direction(question.direction), question.source, question.target, ports, question.protocol, network
        )
    except NetcheckError as error:
        return getattr(error, "code", type(error).__name__), frozenset()
    rules = {one.rule.casefold() for part in answer.parts for one in part.decided_by}
    return str(answer.verdict), frozenset(rules)


def converted(site: Site, form: str) -> Site:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"site.{form}"
        path.write_text(netcheck.convert(site, form=form, output=path), encoding="utf-8")
        return netcheck.load(path)


@pytest.mark.parametrize("kind", [kind for kind in ALL_KINDS if kind != "site file"])
def test_every_spelling_of_an_nsg_is_that_nsg(kind: str) -> None:
    """Digest, verdicts and deciding rules are those of the site file, no word is said, and a conversion keeps it."""

    @examples(8)
    @given(nsg=nsgs(), seed=SEEDS, questions=st.lists(QUESTIONS, min_size=1, max_size=4))
    def agrees(nsg: DrawnNsg, seed: int, questions: list[Question]) -> None:
        if kind == "table" and not nsg.rules:
            return  # a table of nothing but its header says nothing
        style = Style(Random(seed))
        plain = load(ALL_KINDS["site file"](nsg, style))
        site = load(ALL_KINDS[kind](nsg, style))
        assert [one.render() for one in site.warnings if one.code not in ABOUT_VALUES] == []
        assert len(nsg.rules) == len(site.network_security_groups[0].rules)
        assert netcheck.digest(plain) == netcheck.digest(site)
        assert [verdict(plain, one) for one in questions] == [verdict(site, one) for one in questions]
        assert netcheck.digest(plain) == netcheck.digest(converted(site, style.random.choice(("yaml", "json"))))

    agrees()
