"""Questions about a tag file, against plain sets of addresses made by the standard library."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcheck.errors import InputError, QuestionError
from netcheck.model.tags import TagEntry, TagFileForm, TagTable
from netcheck.questions.diff.tags import diff_tags
from netcheck.questions.tags.contains import contains
from netcheck.questions.tags.shown import show
from netcheck.questions.tags.which import which

Network = IPv4Network | IPv6Network
LENGTHS = {4: (28, 32), 6: (124, 128)}
BASES = {4: int(IPv4Network("20.0.0.0/28")[0]), 6: int(IPv6Network("2603::/124")[0])}


def entry(name: str, *prefixes: str, region: str = "", features: tuple[str, ...] | None = ("NSG",)) -> TagEntry:
    """Return a tag."""
    return TagEntry(name=name, region=region, system_service="S", prefixes=prefixes, network_features=features)


def table(*entries: TagEntry, file: str = "t.json", cloud: str = "Public") -> TagTable:
    """Return a tag file."""
    made = {one.name.casefold(): one for one in entries}
    return TagTable(file=file, cloud=cloud, change_number=1, published="", entries=made)


@st.composite
def prefixes(draw: st.DrawFn) -> str:
    """Draw a prefix out of sixteen addresses of either family."""
    family = draw(st.sampled_from([4, 6]))
    low, high = LENGTHS[family]
    length = draw(st.integers(low, high))
    size = 1 << (high - length)
    address = BASES[family] + draw(st.integers(0, 16 // size - 1)) * size
    kind = IPv4Network if family == 4 else IPv6Network
    return str(kind((address, length)))


TABLES = st.lists(st.lists(prefixes(), max_size=5), min_size=2, max_size=4).map(
    lambda tags: table(*(entry(f"T{number}", *own) for number, own in enumerate(tags)))
)


def points(texts: list[str] | tuple[str, ...]) -> set[tuple[int, int]]:
    """Return every address of some prefixes with its family, one by one."""
    networks = [ip_network(text) for text in texts]
    return {(one.version, int(address)) for one in networks for address in one}


@given(TABLES, prefixes())
def test_which_finds_every_tag_and_every_address(tags: TagTable, asked: str) -> None:
    """Held wholly, in part or not at all, and what is in no tag: address by address."""
    report = which(tags, [asked])
    (found,) = report.answers
    wanted = points([asked])
    expected = {
        one.name: points(one.prefixes) & wanted for one in tags.entries.values() if points(one.prefixes) & wanted
    }
    held = {one.entry.name: points(list(texts(one.held, asked))) for one in found.holders}
    assert held == expected
    assert {one.entry.name: one.is_whole for one in found.holders} == {n: own == wanted for n, own in expected.items()}
    assert points(list(texts(found.left, asked))) == wanted - set().union(*expected.values())
    assert report.is_all_held is (not found.left)
    family = ip_network(asked).version
    order = [
        (not one.is_whole, len([p for p in points(one.entry.prefixes) if p[0] == family])) for one in found.holders
    ]
    assert order == sorted(order), "the smallest tag that holds all of it comes first"


def texts(addresses: object, asked: str) -> list[str]:
    """Return a set of the asked family as prefixes."""
    from netcheck.questions.answer import prefixes as written

    return list(written(ip_network(asked).version, addresses))  # type: ignore[arg-type]  # an IntervalSet


@given(TABLES)
def test_contains_is_a_subset_of_sets(tags: TagTable) -> None:
    """Yes where no address is outside; else exactly those that are."""
    for one in tags.entries.values():
        for other in tags.entries.values():
            inner = points(other.prefixes)
            if not inner:
                with pytest.raises(QuestionError, match="NC302"):
                    contains(tags, one.name, other.name)
                continue
            report = contains(tags, one.name, other.name)
            printed = report.to_dict()["outside"]
            assert isinstance(printed, dict)
            outside = points([*printed["ipv4"], *printed["ipv6"]])
            assert outside == inner - points(one.prefixes)
            assert str(report.answer) == ("no" if outside else "yes")


@given(TABLES, TABLES)
def test_diff_says_each_prefix_and_each_address(old: TagTable, new: TagTable) -> None:
    """Prefix by prefix as lists, and address by address as sets; a tag that is not told is the same."""
    report = diff_tags(old, new)
    told = {one.tag: one for one in (*report.changes, *report.rewritten)}
    for name in {one.name for one in (*old.entries.values(), *new.entries.values())}:
        was, now = (found.prefixes if (found := side.get(name)) else () for side in (old, new))
        is_in = old.get(name) is not None, new.get(name) is not None
        if name not in told:
            assert set(was) == set(now)
            assert all(is_in)
            continue
        one = told[name]
        assert (set(one.added), set(one.removed), one.is_in) == (set(now) - set(was), set(was) - set(now), is_in)
        assert points(one.listed(one.gained)) == points(now) - points(was)
        assert points(one.listed(one.lost)) == points(was) - points(now)
        assert (one in report.rewritten) is (all(is_in) and points(was) == points(now))


def test_a_tag_that_rules_may_no_longer_name_has_changed() -> None:
    """Its addresses are the same, and what a rule with it does is not."""
    old, new = table(entry("A", "20.0.0.0/24")), table(entry("A", "20.0.0.0/24", features=None))
    (change,) = diff_tags(old, new).changes
    assert (change.word, change.is_usable, change.added, change.removed) == ("changed", (True, False), (), ())
    assert diff_tags(old, old).changes == ()


@pytest.mark.parametrize("features", [None, ("NSG",)])
def test_a_file_that_does_not_say_what_may_name_a_tag_changes_nothing(features: tuple[str, ...] | None) -> None:
    """The Discovery API and the files of 2019 have no features: that is no word about rules."""
    silent, telling = table(entry("A", "20.0.0.0/24", features=())), table(entry("A", "20.0.0.0/24", features=features))
    assert diff_tags(silent, telling).changes == diff_tags(telling, silent).changes == ()
    assert which(silent, ["20.0.0.1"]).answers[0].to_dict()["tags"][0]["usableInNsg"] is None  # type: ignore[index]


def test_the_older_xml_is_compared_with_its_like() -> None:
    """It lists no services: they are not gone from it."""
    xml = TagTable(file="p.xml", cloud="Public", change_number=None, published="", entries={}, form=TagFileForm.XML)
    with pytest.raises(QuestionError, match=r"NC323.*of p.xml and t.json, one lists data-centre ranges by region only"):
        diff_tags(xml, table(entry("A")))
    assert diff_tags(xml, xml).changes == ()


def test_some_tags_can_be_chosen() -> None:
    """Letter case aside; a name that is in neither file is no tag without changes."""
    old = table(entry("Storage", "20.0.0.0/24"), entry("Sql", "20.0.1.0/24"))
    new = table(entry("Storage", "20.0.2.0/24"), entry("Sql"))
    assert [one.tag for one in diff_tags(old, new).changes] == ["Sql", "Storage"]
    assert [one.tag for one in diff_tags(old, new, ["storage"]).changes] == ["Storage"]
    with pytest.raises(QuestionError, match="no service tag `Storag`") as caught:
        diff_tags(old, new, ["Storag"])
    assert caught.value.help == "did you mean `Storage`?"


@pytest.mark.parametrize(
    ("outer", "inner", "answer", "families"),
    [
        ("Internet", "A", "yes", {"ipv4": "yes"}),
        ("Internet", "10.0.0.0/8", "no", {"ipv4": "no"}),
        ("Internet", "21.0.0.0/8", "undetermined", {"ipv4": "undetermined"}),
        ("Internet", "21.0.0.0/8,10.0.0.0/8", "no", {"ipv4": "no"}),
        ("Internet", "2603::/64", "undetermined", {"ipv6": "undetermined"}),
        ("A", "Internet", "no", {"ipv4": "no", "ipv6": "undetermined"}),
        ("0.0.0.0/0,::/0", "Internet", "yes", {"ipv4": "yes", "ipv6": "yes"}),
        ("AzureLoadBalancer", "168.63.129.16", "yes", {"ipv4": "yes"}),
        ("A", "20.0.0.0-20.0.0.9", "yes", {"ipv4": "yes"}),
        ("a", "20.0.0.255", "yes", {"ipv4": "yes"}),
        ("A", "20.0.1.0", "no", {"ipv4": "no"}),
    ],
)
def test_tags_that_no_file_lists_and_addresses(outer: str, inner: str, answer: str, families: dict[str, str]) -> None:
    """`Internet` has a part that nobody knows for certain: that part answers neither yes nor no."""
    report = contains(table(entry("A", "20.0.0.0/24")), outer, inner)
    assert (str(report.answer), {name: str(one) for name, one in report.by_family.items()}) == (answer, families)
    if answer != "no":
        assert bool(report.reasons) is (answer == "undetermined")


@pytest.mark.parametrize(
    ("outer", "inner", "code"),
    [
        ("A", "B", "NC302"),
        ("A", "", "NC302"),
        ("VirtualNetwork", "A", "NC315"),
        ("A", "AzurePlatformDNS", "NC315"),
        ("A", "20.0.0.1/24", "NC302"),
        ("A", "20.0.0", "NC302"),
    ],
)
def test_what_cannot_be_asked(outer: str, inner: str, code: str) -> None:
    """An unknown tag is not an empty one, and `VirtualNetwork` is another in each network."""
    with pytest.raises(QuestionError, match=code):
        contains(table(entry("A", "20.0.0.0/24")), outer, inner)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("168.63.129.16", {"AzureLoadBalancer": "whole", "AzurePlatformDNS": "whole", "VirtualNetwork": "whole",
                           "Internet": "whole"}),
        ("169.254.169.254", {"AzurePlatformIMDS": "whole"}),
        ("10.0.0.1", {}),
        ("21.0.0.1", {"Internet": "perhaps"}),
        ("20.0.0.0/6", {"Internet": "part"}),
        ("2603::1", {"Internet": "perhaps"}),
        ("203.0.113.9", {"Internet": "whole"}),
        ("192.0.2.1", {}),
    ],
)  # fmt: skip
def test_built_in_tags_are_told_apart(asked: str, expected: dict[str, str]) -> None:
    """They are in no file, and do not make an address one of a published tag."""
    report = which(table(entry("A", "30.0.0.0/24")), [asked])
    assert {one.tag: one.holds for one in report.answers[0].builtin} == expected
    assert report.is_all_held is False


def test_one_bad_prefix_in_the_file_is_an_error_and_not_passed_over() -> None:
    """It may be the one that holds the address."""
    with pytest.raises(InputError, match="NC163"):
        which(table(entry("A", "20.0.0.0/24"), entry("B", "20.0.0.0/33")), ["20.0.0.1"])


def test_a_tag_is_shown_with_its_regions() -> None:
    """What no region holds, what `AzureCloud` does not, and who else states the same region."""
    tags = table(
        entry("S", "20.0.0.0/24", "20.0.1.0/24", "2603::/64"),
        entry("S.WestUS", "20.0.0.0/25", region="westus"),
        entry("S.WestUSStage", "20.0.0.128/26", region="westus"),
        entry("S.Core", "20.0.1.0/25"),
        entry("AzureCloud", "20.0.0.0/24", "2603::/64"),
        entry("AzureCloud.westus", "20.0.0.0/26", region="westus"),
    )
    shown = show(tags, "s").to_dict()
    assert shown["prefixes"] == {"ipv4": ["20.0.0.0/23"], "ipv6": ["2603::/64"]}
    assert shown["published"] == {"ipv4": ["20.0.0.0/24", "20.0.1.0/24"], "ipv6": ["2603::/64"]}
    assert shown["regions"] == ["S.WestUS", "S.WestUSStage"]
    assert shown["addressesInNoRegion"] == {"ipv4": 512 - 128 - 64, "ipv6": 1 << 64}
    assert shown["beside"] == [{"tag": "AzureCloud", "addressesOutside": {"ipv4": 256, "ipv6": 0}}]
    region = show(tags, "S.WestUS").to_dict()
    assert (region["location"], region["sameRegion"]) == ("westus", ["S.WestUSStage"])
    assert region["beside"] == [
        {"tag": "AzureCloud", "addressesOutside": {"ipv4": 0, "ipv6": 0}},
        {"tag": "AzureCloud.westus", "addressesOutside": {"ipv4": 64, "ipv6": 0}},
    ]
