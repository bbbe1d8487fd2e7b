"""One network written by every tool, in every spelling, is one network; a damaged file is refused or says what is open.

`NETCHECK_EXAMPLES=50 pytest tests/property/test_encodings.py` draws fifty times as many examples.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import netcheck
from netcheck.errors import InputError, NetcheckError, QuestionError
from netcheck.model.rules import Direction
from netcheck.model.site import Site
from netcheck.questions.answer import Answer
from netcheck.questions.filter import filter_packets
from netcheck.questions.packets import parse_prefixes
from tests.property.drawn_networks import DrawnNetwork, networks
from tests.property.drawn_nsgs import DrawnNsg, nsgs
from tests.property.edits import edited, without_one_field
from tests.property.encoded_networks import DEPLOYMENT, WAYS
from tests.property.encodings import ALL_KINDS, JSON_KINDS, NEEDS_RULES
from tests.property.spelling import Files, Style

TAGS = Path(__file__).parents[2] / "fixtures" / "tags" / "ServiceTags_Public_Small.json"
TIMES = int(os.environ.get("NETCHECK_EXAMPLES", "1"))
SEEDS = st.integers(0, 2**32 - 1)
TEXT = ("utf-8", "utf-8-sig", "utf-16")
"""How tools and editors write text; PowerShell's `>` writes the last."""
ABOUT_VALUES = frozenset(("NC133", "NC145"))
"""Host bits that are set and integers taken for addresses: the file says so, and is warned about whoever wrote it."""


def examples(count: int) -> settings:
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


Outcome = tuple[str, frozenset[str]]


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


def write(files: Files, folder: str, encoding: str) -> list[str]:
    paths = []
    for name, text in files.items():
        path = Path(folder) / name
        path.write_text(text, encoding=encoding, newline="")
        paths.append(str(path))
    return paths


def load(files: Files, encoding: str = "utf-8", *, is_folder: bool = False) -> Site:
    with TemporaryDirectory() as folder:
        paths = write(files, folder, encoding)
        return netcheck.load(*([folder] if is_folder else paths), tags=TAGS, **DEPLOYMENT)


def outcome(answer: Answer) -> Outcome:
    """Return the verdict and the deciding rules."""
    rules = {one.rule.casefold() for part in answer.parts for one in part.decided_by}
    return str(answer.verdict), frozenset(rules)


def verdict(site: Site, question: Question) -> Outcome:
    """Return the verdict and the deciding rules, or the code of the refusal."""
    network = parse_prefixes(["10.1.0.0/16"])
    ports = question.ports if question.protocol in ("tcp", "udp") else ()
    try:
        answer = filter_packets(
            site, "", Direction(question.direction), question.source, question.target, ports, question.protocol, network
        )
    except NetcheckError as error:
        return getattr(error, "code", type(error).__name__), frozenset()
    return outcome(answer)


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
        assume(nsg.rules or kind not in NEEDS_RULES)
        style = Style(Random(seed))
        plain = load(ALL_KINDS["site file"](nsg, style))
        site = load(ALL_KINDS[kind](nsg, style), style.random.choice(TEXT))
        said = [one for one in site.warnings if one.code not in ABOUT_VALUES]
        assert [one.render() for one in said] == []
        assert len(nsg.rules) == len(site.network_security_groups[0].rules)
        assert netcheck.digest(plain) == netcheck.digest(site)
        assert [verdict(plain, one) for one in questions] == [verdict(site, one) for one in questions]
        assert netcheck.digest(plain) == netcheck.digest(converted(site, style.random.choice(("yaml", "json"))))

    agrees()


def reached(site: Site) -> list[Outcome]:
    """Return verdict and deciding rules of each way between VMs and out of the network."""
    vms = [vm.name for vm in site.virtual_machines]
    found: list[Outcome] = []
    for source in sorted(vms):
        for target in sorted({*vms, "Storage.WestUS", "93.184.216.34", "10.2.0.9"} - {source}):
            try:
                answer = netcheck.can_reach(site, source, target, tcp=["80-90", 443])
            except QuestionError as error:  # a NIC whose address is not known
                found.append((error.code, frozenset()))
                continue
            found.append(outcome(answer))
    return found


@pytest.mark.parametrize("way", [way for way in WAYS if way != "site file"])
def test_every_spelling_of_a_network_is_that_network(way: str) -> None:
    """Digest, verdicts and deciding rules are those of the site file, no word is said, and a conversion keeps it."""

    @examples(8)
    @given(network=networks(), seed=SEEDS)
    def agrees(network: DrawnNetwork, seed: int) -> None:
        style = Style(Random(seed))
        plain = load(WAYS["site file"](network, style))
        site = load(WAYS[way](network, style), is_folder=way == "exports in a folder")
        assert [one.render() for one in site.warnings if one.code not in ABOUT_VALUES] == []
        assert netcheck.digest(plain) == netcheck.digest(site)
        assert reached(plain) == reached(site)
        assert netcheck.digest(plain) == netcheck.digest(converted(site, style.random.choice(("yaml", "json"))))

    agrees()


MOST_SECONDS = 2


def survives(files: Files, question: Question) -> None:
    """Load damaged files: a site or an error with its place, soon; then ask, digest and convert what there is."""
    started = time.process_time()
    try:
        site = load(files)
    except InputError:
        return
    finally:
        assert time.process_time() - started < MOST_SECONDS
    verdict(site, question)
    for vm in site.virtual_machines[:1]:
        with contextlib.suppress(NetcheckError):
            netcheck.can_reach(site, vm.name, question.target, tcp=[443])
    found = netcheck.digest(site)
    with contextlib.suppress(QuestionError):
        assert found == netcheck.digest(converted(site, "yaml"))


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_one_edit_of_an_nsg_ends_in_a_site_or_an_error(kind: str) -> None:
    """Whatever one slip makes of a file, no other exception comes out of it."""

    @examples(10)
    @given(nsg=nsgs(3), seed=SEEDS, question=QUESTIONS)
    def ends_well(nsg: DrawnNsg, seed: int, question: Question) -> None:
        random = Random(seed)
        survives(edited(ALL_KINDS[kind](nsg, Style(random)), random), question)

    ends_well()


@pytest.mark.parametrize("way", WAYS)
def test_one_edit_of_a_network_ends_in_a_site_or_an_error(way: str) -> None:
    """The same of networks, with references that lead nowhere or to something else."""

    @examples(10)
    @given(network=networks(), seed=SEEDS, question=QUESTIONS)
    def ends_well(network: DrawnNetwork, seed: int, question: Question) -> None:
        random = Random(seed)
        survives(edited(WAYS[way](network, Style(random)), random), question)

    ends_well()


@pytest.mark.parametrize("kind", JSON_KINDS)
def test_a_field_that_is_lost_loses_no_rule(kind: str) -> None:
    """Without one field of one rule a file is refused, or means the same, or says that something is not known."""

    @examples(8)
    @given(nsg=nsgs(3), seed=SEEDS)
    def keeps(nsg: DrawnNsg, seed: int) -> None:
        assume(nsg.rules)
        random = Random(seed)
        files = ALL_KINDS[kind](nsg, Style(random))
        damaged, lost = dict(files), ""
        for name in [name for name in files if name.endswith(("json", "tfstate")) and not lost]:
            damaged[name], lost = without_one_field(files[name], random)
        try:
            site = load(damaged)
        except InputError:
            return
        group = next(group for group in site.network_security_groups if group.name == nsg.name)
        is_open = bool(site.unmodelled) or any(rule.unknown for rule in group.rules)
        assert (lost, is_open or netcheck.digest(load(files)) == netcheck.digest(site)) == (lost, True)

    keeps()
