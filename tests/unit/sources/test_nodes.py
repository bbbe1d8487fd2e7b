"""YAML and JSON become the same nodes: text untouched, places kept, hostile shapes refused quickly."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources import _yaml
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._nodes import Document, Library, Mapping, Node, Scalar, Sequence, Unknown, is_absent, pointer_to
from netcheck.sources._yaml import parse_yaml
from tests.unit.sources.plain import as_value, plain


def read_yaml(text: str) -> Node:
    collector = Collector()
    node = parse_yaml(Document("f.yaml", text), collector)
    assert list(collector) == []
    return node


def faults(text: str) -> list[str]:
    collector = Collector()
    document = Document("f", text)
    with contextlib.suppress(InputError):  # it carries what the collector holds
        (parse_json if looks_like_json(text) else parse_yaml)(document, collector)
    return [f"{found.at} {found.code}" for found in collector]


@pytest.mark.parametrize(
    "text",
    [
        "22:30",
        "no",
        "Yes",
        "on",
        "0100",
        "0x1F",
        "443_444",
        "1e3",
        "1.0",
        ".inf",
        "2025-10-28",
        "=",
        "10.0.0.0/24",
        "+1",
    ],
)
def test_plain_scalars_stay_text(text: str) -> None:
    """Nothing is converted: YAML 1.1 would make a number, a truth value or a date of each of these."""
    node = read_yaml(f"value: {text}\n")
    assert {"value": text} == plain(node)


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL", '""', "''", "[]"])
def test_absent_values(text: str) -> None:
    """Null in YAML's spellings, the empty text and the empty list all mean "not set" in Azure's exports."""
    node = read_yaml(f"value: {text}\n")
    assert isinstance(node, Mapping)
    assert is_absent(node.entries[0][1])


@pytest.mark.parametrize("text", ['"null"', "'~'", "none", "nULL", "{}", "0", "false"])
def test_present_values(text: str) -> None:
    """A quoted null is a text, and so are words that only resemble it."""
    node = read_yaml(f"value: {text}\n")
    assert isinstance(node, Mapping)
    assert not is_absent(node.entries[0][1])


def test_places_count_lines_and_columns_from_one() -> None:
    """Places are those an editor shows, with any line ending and with letters outside ASCII before them."""
    text = "a: 1\r\nü: [é, {b: x}]\r\n"
    document = Document("f.yaml", text)
    root = parse_yaml(document, Collector())
    assert isinstance(root, Mapping)
    items = root.entries[1][1]
    assert isinstance(items, Sequence)
    inner = items.items[1]
    assert isinstance(inner, Mapping)
    assert [str(document.source(node)) for node in (items, items.items[0], inner, inner.entries[0][1])] == [
        "f.yaml:2:4",
        "f.yaml:2:5",
        "f.yaml:2:8",
        "f.yaml:2:12",
    ]
    assert document.line(2) == "ü: [é, {b: x}]"


def test_alias_stands_for_its_anchor() -> None:
    """An alias gives the very node it names."""
    assert plain(read_yaml("a: &l [x, y]\nb: *l\n")) == {"a": ["x", "y"], "b": ["x", "y"]}


def test_deep_nesting_ends_quickly() -> None:
    """50,000 levels, in YAML or JSON, give one clean error within a second."""
    start = time.perf_counter()
    [told] = faults("a: " + "[" * 50_000)
    assert told.endswith(" NC111")  # the place is ours, or that of the limit which newer parsers have themselves
    assert faults("[" * 50_000) == ["f:1:65 NC111"]
    assert faults('{"a":' * 50_000) == ["f:1:321 NC111"]
    assert faults("".join(" " * level + "a:\n" for level in range(200))) == ["f:65:65 NC111"]
    assert time.perf_counter() - start < 10


def test_billion_laughs_ends_quickly() -> None:
    """Ten levels of ten aliases stop at a million nodes, long before memory does."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    start = time.perf_counter()
    assert [found.split()[1] for found in faults("\n".join(lines))] == ["NC112"]
    assert time.perf_counter() - start < 10


def test_alias_under_the_limit_is_read() -> None:
    """Aliases as people use them are fine: 1,000 rules that repeat one list."""
    text = "l: &l [80, 443]\nr:\n" + "  - *l\n" * 1000
    node = plain(read_yaml(text))
    assert node["r"] == [["80", "443"]] * 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: *\n", ["f:1:4 NC115"]),
        ("a: *.x\n", ["f:1:4 NC115"]),
        ("*: 1\n", ["f:1:1 NC115"]),
        ("a: [*, x]\n", ["f:1:5 NC115"]),
        ("a: *x\nb: *y\n", ["f:1:4 NC115", "f:2:4 NC115"]),
        ("a: 1\nb: 2\na: 3\nb: 4\n", ["f:3:1 NC110", "f:4:1 NC110"]),
        ("a: !x 1\nb: !!int 2\nc: ! 3\nd: !y [1]\n", ["f:1:4 NC113", "f:2:4 NC113", "f:3:4 NC113", "f:4:4 NC113"]),
        ("a: 1\n---\nb: 1\n", ["f:2:1 NC114"]),
        ("a: 1\n...\n---\n", ["f:3:1 NC114"]),
        ("<<: {a: 1}\n", ["f:1:1 NC116"]),
        ("? {a: 1}\n: b\n", ["f:1:3 NC106"]),
        ("a: [1\n", ["f:1:5 NC106"]),
        ("a:\n\tb: 1\n", ["f:2:1 NC106"]),
        ("a: @x\n", ["f:1:4 NC106"]),
        ("a: \x07\n", ["f:1:4 NC106"]),
        ("- a\nb: c\n", ["f:2:1 NC106"]),
        ("%FOO\n", ["f:1:4 NC106"]),
    ],
)
def test_yaml_faults_have_a_place(text: str, expected: list[str]) -> None:
    """Each fault of YAML's own is one diagnostic at its place; faults that leave a tree are all found."""
    assert expected == faults(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,}', ["f:1:9 NC107"]),
        ("[1,]", []),
        ('["a",]', ["f:1:6 NC107"]),
        ('{"a" 1}', ["f:1:6 NC107"]),
        ('{"a": 1 "b": 2}', ["f:1:9 NC107"]),
        ('{"a": 01}', ["f:1:7 NC107"]),
        ('{"a": .5}', ["f:1:7 NC107"]),
        ('{"a": -Infinity}', ["f:1:7 NC107"]),
        ('{"a": True}', ["f:1:7 NC107"]),
        ("{\"a\": 'b'}", ["f:1:7 NC107"]),
        ('{"a": "b\nc"}', ["f:1:9 NC107"]),
        ('{"a": "\\x"}', ["f:1:8 NC107"]),
        ('{"a": "\\ud800"}', ["f:1:7 NC107"]),
        ('{"a": 1}\n{"b": 2}', ["f:2:1 NC107"]),
        ('{"a": [1}', ["f:1:9 NC107"]),
        ('["a"}', ["f:1:5 NC107"]),
        ('{"a": {"b"', ["f:1:10 NC107"]),
        ('{"a": 1, "a": 2, "a": 3}', ["f:1:10 NC110", "f:1:18 NC110"]),
        ('{"a": 1' + "0" * 40 + "}", ["f:1:7 NC107"]),
    ],
)
def test_json_faults_have_a_place(text: str, expected: list[str]) -> None:
    """JSON is read strictly; what starts like YAML (`[1,]`) is YAML, where a trailing comma is fine."""
    assert expected == faults(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('abc\\"\n\u00e9', max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


def as_json(node: Node) -> Any:
    def leaf(one: Scalar | Unknown) -> Any:
        assert isinstance(one, Scalar), one
        return as_value(one)

    return plain(node, leaf)


@given(st.dictionaries(st.text("abc", max_size=3), VALUES, max_size=4), st.booleans(), st.sampled_from([None, 0, 2]))
def test_json_reads_what_the_standard_library_reads(value: object, is_ascii: bool, indent: int | None) -> None:
    """Any JSON text gives the value `json.loads` gives, and every scalar's place holds that scalar."""
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    collector = Collector()
    node = parse_json(Document("f.json", text), collector)
    assert list(collector) == []
    assert value == as_json(node)

    def check(inner: Node) -> None:
        if isinstance(inner, Scalar):
            assert text[inner.start : inner.end] == (inner.text if inner.is_plain else text[inner.start : inner.end])
            assert json.loads(text[inner.start : inner.end]) == as_json(inner)
        for child in (
            inner.children if isinstance(inner, Mapping) else inner.items if isinstance(inner, Sequence) else ()
        ):
            check(child)

    check(node)


EXPORT = (
    '[{"name": "a","ports" :["22", "80" ] , "priority":-10,"on":true, '
    '"tags":{}, "e\\u0041": [ ],\t"inner": ["y",["z"]]}]\n'
)


def test_json_is_as_strict_as_the_standard_library_wherever_it_is_broken() -> None:
    """Every character left out, doubled or changed: a fault exactly where `json.loads` finds one, else its value."""
    for at, character in enumerate(EXPORT):
        for other in ("", character * 2, *'{}[],:" 0xe-\\\n'):
            text = EXPORT[:at] + other + EXPORT[at + 1 :]
            collector = Collector()
            try:
                expected = json.loads(text)
            except ValueError:
                with pytest.raises(InputError):
                    parse_json(Document("f.json", text), collector)
            else:
                assert expected == as_json(parse_json(Document("f.json", text), collector)), text


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, max_size=4))
def test_yaml_reads_what_was_written(value: object) -> None:
    """A YAML text written by PyYAML gives the texts of the scalars it was written from."""
    text = yaml.safe_dump(value, allow_unicode=True)
    expected = yaml.load(text, Loader=yaml.BaseLoader)  # BaseLoader also leaves every scalar a text
    assert expected == plain(read_yaml(text))


@pytest.mark.parametrize(
    "text", ["a: *\n", "a: [1\n", "a: 'x\n", "a: \x07\n", "a: 1\na: 2\n", "a: !x 1\n", "b: {c: [d]}\n"]
)
def test_pure_python_parser_gives_the_same_codes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML lacks libyaml its Python parser takes over, with the same nodes and message codes."""
    before = [found.split()[-1] for found in faults(text)]
    monkeypatch.setattr(_yaml, "_LOADER", yaml.SafeLoader)
    assert before == [found.split()[-1] for found in faults(text)]


@pytest.mark.parametrize(
    ("find", "pointer"),
    [
        ('{"a": [', ""),
        ("10", "/a/0"),
        ("11", "/a/1"),
        ("true", "/a/2/b~1c"),
        ('"~"', "/d~0"),
        ('"a"', "/a"),
    ],
)
def test_a_place_in_json_is_also_a_pointer(find: str, pointer: str) -> None:
    """RFC 6901: `/` and `~` in keys are escaped; a key stands for its value."""
    text = '{"a": [10, 11, {"b/c": true}], "d~": "~"}'
    root = parse_json(Document("f.json", text), Collector())
    assert pointer == pointer_to(root, text.index(find))


def test_a_fault_in_a_file_without_line_breaks_names_its_pointer() -> None:
    """Nobody finds column 2,945 of a line; in a file with lines the line is enough."""
    long = json.dumps([{"a": i} for i in range(200)])
    for text, expected in ((long, "/150/a"), (json.dumps([{"a": i} for i in range(200)], indent=1), "")):
        document = Document("f.json", text)
        document.root = root = parse_json(document, Collector())
        assert isinstance(root, Sequence)
        item = root.items[150]
        assert isinstance(item, Mapping)
        assert expected == document.fault(item.children[1], "NC100", "x").at.pointer


def test_nodes_of_several_files_know_theirs() -> None:
    """Offsets go on from file to file, so that one tree may hold values of several."""
    library = Library()
    first, second = library.open("a.json", "[1,\n 2]"), library.open("b.json", "[3,\n 4]")
    roots = [parse_json(one, Collector()) for one in (first, second)]
    places = [library.source(item) for root in roots if isinstance(root, Sequence) for item in root.items]
    assert [str(place) for place in places] == ["a.json:1:2", "a.json:2:2", "b.json:1:2", "b.json:2:2"]
