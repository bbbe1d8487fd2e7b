"""Intents files: every fault with its place, names taken apart, and what a demand means where words are left out."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from netcheck.cli.package_data import read_data
from netcheck.errors import InputError
from netcheck.model.intents import Allowed, BackingUp, Exactly, Intent, Reaching, UnchangedFrom
from netcheck.sources.intents.baseline import read_baseline
from netcheck.sources.intents.file import read_intents
from netcheck.sources.load import load_site


def read(folder: Path, text: str) -> tuple[Intent, ...]:
    """Return the intents of a file with the text after its first line."""
    path = folder / "intents.yaml"
    path.write_text(f"netcheckIntents: 1\n{text}", encoding="utf-8")
    return read_intents(str(path)).intents


def one(folder: Path, demand: str, before: str = "") -> Intent:
    """Return the one intent of a file."""
    [intent] = read(folder, f"{before}intents:\n  - {demand}\n")
    return intent


def faults(folder: Path, text: str) -> list[str]:
    """Return the faults of a file as `line:column code message`."""
    with pytest.raises(InputError) as found:
        read(folder, text)
    return [f"{d.at.line}:{d.at.column} {d.code} {d.message}" for d in found.value.diagnostics]


def texts(words: object) -> list[str]:
    """Return the texts of words."""
    assert isinstance(words, tuple)
    return [word.text for word in words]


def test_groups_and_variables_are_taken_apart(tmp_path: Path) -> None:
    """A group may hold groups, variables, several names in one text; each name counts once, whatever its case."""
    names = """\
variables:
  office: [198.51.100.0/24, 203.0.113.0/24]
  all: $office
  web: 443
groups:
  front: web-1, web-2
  machines: [Front, db-1, WEB-2, $all]
"""
    intent = one(tmp_path, "mustReach: {from: machines, to: [front, db-1], port: [$web, 8000-8010]}", names)
    assert isinstance(intent.demand, Reaching)
    assert texts(intent.demand.sources) == ["web-1", "WEB-2", "db-1", "198.51.100.0/24", "203.0.113.0/24"]
    assert texts(intent.demand.targets) == ["web-1", "web-2", "db-1"]
    assert intent.demand.ports == ("443", "8000-8010")


@pytest.mark.parametrize(
    ("demand", "protocols", "ports"),
    [
        ("mustReach: {from: a, to: b, port: 443}", ("tcp",), ("443",)),
        ("mustReach: {from: a, to: b, port: '*'}", ("tcp",), ("0-65535",)),
        ("mustReach: {from: a, to: b, protocol: icmp}", ("icmp",), ()),
        ("mustReach: {from: a, to: b, protocol: any}", ("any",), ()),
        ("mustReach: {from: a, to: b, protocol: [TCP, udp], port: 53}", ("tcp", "udp"), ("53",)),
        ("mustNotReach: {from: a, to: b}", ("any",), ()),
        ("mustNotReach: {from: a, to: b, port: 53}", ("tcp", "udp"), ("53",)),
        ("mustNotReach: {from: a, to: b, protocol: udp}", ("udp",), ()),
        ("mustNotReach: {from: a, to: b, port: 53, via: p}", ("tcp",), ("53",)),
    ],
)
def test_what_is_left_out_is_what_is_safe(
    tmp_path: Path, demand: str, protocols: tuple[str, ...], ports: tuple[str, ...]
) -> None:
    """A ban without a protocol is a ban of both that have ports, and one without anything is a ban of everything."""
    found = one(tmp_path, demand).demand
    assert isinstance(found, Reaching)
    assert (found.protocols, found.ports) == (protocols, ports)


def test_a_list_may_be_empty_and_names_what_it_allows(tmp_path: Path) -> None:
    """`allow: []` says that nobody may; an entry with a port alone is tcp, one without is everything."""
    nobody = one(tmp_path, "exactly: {to: db, allow: []}").demand
    assert isinstance(nobody, Exactly)
    assert (nobody.is_inbound, nobody.allowed, nobody.among) == (True, (), ())
    some = one(tmp_path, "exactly: {from: db, allow: [{to: a, port: 1}, {to: b}, {to: c, protocol: udp}]}").demand
    assert isinstance(some, Exactly)
    assert not some.is_inbound
    assert [(texts(e.peers), e.protocols, e.ports) for e in some.allowed if isinstance(e, Allowed)] == [
        (["a"], ("tcp",), ("1",)),
        (["b"], ("any",), ()),
        (["c"], ("udp",), ()),
    ]


def test_old_sites_are_found_beside_the_file(tmp_path: Path) -> None:
    """Paths are relative to the intents file, not to where netcheck runs."""
    assert one(tmp_path, "unchangedFrom: old.yaml").demand == UnchangedFrom(files=(str(tmp_path / "old.yaml"),))
    several = one(tmp_path, "unchangedFrom: {site: [a.json, b.json], allow: opened}").demand
    assert several == UnchangedFrom(files=(str(tmp_path / "a.json"), str(tmp_path / "b.json")), allows="opened")


def test_backup_takes_what_check_takes(tmp_path: Path) -> None:
    """Profile, target and single ports."""
    found = one(tmp_path, "mustBackUp: {vm: [a, b], profile: VM-2018, target: Storage.WestUS, port: '443,8443'}").demand
    assert isinstance(found, BackingUp)
    assert (texts(found.vms), found.profile, found.target, found.ports) == (
        ["a", "b"],
        "vm-2018",
        "Storage.WestUS",
        (443, 8443),
    )


def test_a_demand_reads_as_it_is_written(tmp_path: Path) -> None:
    """The label stands for intents without a name; different demands have different ones."""
    assert one(tmp_path, "mustReach: {port: 443, to: b, from: [a, $c]}", "variables: {c: d}\n").label == (
        "mustReach a,$c -> b port 443"
    )
    two = [
        one(tmp_path, f"exactly: {{to: db, allow: [{{from: [a, b], port: 22}}, {{from: {last}}}]}}").label
        for last in ("c", "[c, d]")
    ]
    assert two == [
        "exactly to db allow {from a,b port 22},{from c}",
        "exactly to db allow {from a,b port 22},{from c,d}",
    ]


FAULTS = [
    ("intents: []\n", ["1:1 NC121 the intents file lacks `intents`"]),
    ("intents: none\n", ["2:10 NC122 `intents` must be a list, not `none`"]),
    ("intents:\n  - why: x\n", ["3:5 NC121 an intent lacks `mustReach`"]),
    ("intents:\n  - mustReach:\n", ["3:15 NC122 `mustReach` must be a mapping, not null"]),
    (
        "intents:\n  - mustReach: {from: a, to: b, port: 1}\n    mustNotReach: {from: a, to: b}\n",
        ["4:19 NC139 an intent is one of `mustReach` and `mustNotReach`, not both"],
    ),
    ("intents:\n  - mustReach: {from: a, to: b}\n", ["3:16 NC121 `mustReach` lacks `port`"]),
    ("intents:\n  - mustReach: {to: b, port: 1}\n", ["3:16 NC121 `mustReach` lacks `from`"]),
    ("intents:\n  - mustReach: {from: [], to: b, port: 1}\n", ["3:16 NC121 `mustReach` lacks `from`"]),
    (
        "intents:\n  - mustReach: {from: [a, ''], to: b, port: 1}\n",
        ["3:27 NC122 `from` holds an empty element"],
    ),
    ("intents:\n  - mustReach: {from: 'a,', to: b, port: 1}\n", ["3:23 NC122 `a,` holds an empty element"]),
    ("intents:\n  - mustReach: {from: a, to: b, port: 99999}\n", ["3:39 NC134 port `99999` is out of range"]),
    ("intents:\n  - mustReach: {from: a, to: b, protocol: tpc, port: 1}\n", ["3:43 NC123 `tpc` is not a protocol"]),
    ("intents:\n  - mustReach: {from: a, too: b, to: b, port: 1}\n", ["3:26 NC120 unknown key `too` in `mustReach`"]),
    ("intents:\n  - mustReech: {from: a, to: b, port: 1}\n", [
        "3:5 NC120 unknown key `mustReech` in an intent",
        "3:5 NC121 an intent lacks `mustReach`",
    ]),
    ("intents:\n  - mustReach: {from: $x, to: b, port: 1}\n", ["3:23 NC131 there is no variable `$x`"]),
    ("intents:\n  - mustReach: {from: a, to: b, port: 1, via: 'p,q'}\n", ["3:47 NC122 `via` is one proxy"]),
    (
        "groups: {a: [b], b: [a]}\nintents:\n  - mustNotReach: {from: a, to: c}\n",
        [
            "2:14 NC125 group `b` stands for itself in the end",
            "2:22 NC125 group `a` stands for itself in the end",
        ],
    ),
    ("variables: {a: $a}\nintents:\n  - unchangedFrom: x\n", ["2:16 NC125 variable `$a` stands for itself in the end"]),
    ("variables: {1a: x}\nintents:\n  - unchangedFrom: x\n", ["2:13 NC122 `1a` is no name for a variable"]),
    ("groups: {'a,b': x}\nintents:\n  - unchangedFrom: x\n", ["2:10 NC122 `a,b` is no name for a group"]),
    ("groups: {a: []}\nintents:\n  - unchangedFrom: x\n", ["2:13 NC122 `a` holds nothing"]),
    ("groups: {a: {b: c}}\nintents:\n  - unchangedFrom: x\n", ["2:13 NC122 `a` must be text, not a mapping"]),
    ("groups: [a]\nintents:\n  - unchangedFrom: x\n", ["2:9 NC122 `groups` must be a mapping of names, not a list"]),
    ("groups: {a: x, A: y}\nintents:\n  - unchangedFrom: x\n", ["2:16 NC110 key `A` stands twice in one mapping"]),
    (
        "intents:\n  - {name: x, unchangedFrom: a}\n  - {name: X, unchangedFrom: b}\n",
        ["4:12 NC130 two intents have the name `X`"],
    ),
    ("intents:\n  - exactly: {to: a}\n", ["3:14 NC121 `exactly` lacks `allow`"]),
    ("intents:\n  - exactly: {to: a, allow: }\n", ["3:14 NC121 `exactly` lacks `allow`"]),
    ("intents:\n  - exactly: {to: a, from: b, allow: []}\n", ["3:28 NC139 `from` and `to` are both given"]),
    ("intents:\n  - exactly: {allow: []}\n", ["3:14 NC121 `exactly` lacks `to`"]),
    ("intents:\n  - exactly: {to: a, allow: [{to: b}]}\n", [
        "3:30 NC121 an entry of `allow` lacks `from`",
        "3:31 NC120 unknown key `to` in an entry of `allow`",
    ]),
    ("intents:\n  - unchangedFrom: [[a]]\n", ["3:21 NC122 `unchangedFrom` must be the path of a site, not a list"]),
    ("intents:\n  - unchangedFrom: {site: a, allow: both}\n", ["3:37 NC123 `allow` cannot be `both`"]),
    ("intents:\n  - mustBackUp: {vm: a, port: 1-2}\n", ["3:31 NC134 `port` takes single ports here, not `1-2`"]),
    ("intents:\n  - mustBackUp: {vm: a, profile: weekly}\n", ["3:34 NC123 `profile` cannot be `weekly`"]),
    ('intents:\n  - {name: "a\\u0007b", unchangedFrom: x}\n', ["3:12 NC122 `name` holds a control character"]),
    ("intents:\n  - !!str x\n", [
        "3:5 NC113 tag `!!str` is not allowed",
        "3:5 NC122 an intent must be a mapping, not `x`",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FAULTS, ids=[text[:60] for text, _ in FAULTS])
def test_every_fault_has_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    """Faults of the file stop the run, with line and column: none of them makes an intent that holds."""
    assert faults(tmp_path, text) == expected


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """Somebody who mends a file wants to run it twice, not ten times."""
    text = "variables: {a: $b}\nintents:\n  - mustReach: {from: a, to: b}\n  - exactly: {to: a}\n"
    assert [line.split()[1] for line in faults(tmp_path, text)] == ["NC131", "NC121", "NC121"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("netcheck: 1\n", "this is a site file: give SITE first, then INTENTS"),
        ("[]\n", "this is no intents file"),
        ("intents: []\n", "this is no intents file"),
        ('{"changeNumber": 1, "cloud": "Public", "values": []}', "this is a service-tag file"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, text: str, expected: str) -> None:
    """The two files of the command are easily exchanged."""
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as found:
        read_intents(str(path))
    assert [(d.code, d.message) for d in found.value.diagnostics] == [("NC108", expected)]


def test_intents_are_no_part_of_a_site(tmp_path: Path) -> None:
    """Given as a site, an intents file is refused by its kind, not read as an empty network."""
    path = tmp_path / "intents.yaml"
    path.write_text("netcheckIntents: 1\nintents: [{unchangedFrom: x}]\n", encoding="utf-8")
    with pytest.raises(InputError, match="this is an intents file, not a part of a site"):
        load_site([str(path)])


def test_another_format_is_refused(tmp_path: Path) -> None:
    """A file of a later format may mean something else by the same words."""
    path = tmp_path / "intents.yaml"
    path.write_text("netcheckIntents: 2\nintents: [{unchangedFrom: x}]\n", encoding="utf-8")
    with pytest.raises(InputError, match="intents format `2` is not known"):
        read_intents(str(path))


def test_json_is_read_as_well(tmp_path: Path) -> None:
    """What a program writes is JSON."""
    path = tmp_path / "intents.json"
    demand = {"mustReach": {"from": ["a"], "to": "b", "port": [443]}}
    path.write_text(json.dumps({"netcheckIntents": 1, "intents": [demand]}), encoding="utf-8")
    [intent] = read_intents(str(path)).intents
    assert isinstance(intent.demand, Reaching)
    assert intent.demand.ports == ("443",)


ENTRY = {"fingerprint": "f", "intent": "i", "code": "NC240", "subject": "s", "packets": []}
BLOCK = {
    "family": 4, "protocol": "tcp", "source": ["10.0.0.0/8"], "sourcePorts": ["0-65535"],
    "destination": ["10.0.0.4/32"], "destinationPorts": ["443"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"breaches": []}, "NC108 this is no baseline of format 1"),
        ([], "NC108 this is no baseline of format 1"),
        ({"netcheckBaseline": 2, "breaches": []}, "NC108 this is no baseline of format 1"),
        ({"netcheckBaseline": 1}, "NC121 the baseline lacks `breaches`"),
        ({"netcheckBaseline": 1, "breaches": [{**ENTRY, "code": None}]}, "NC121 a breach lacks `code`"),
        ({"netcheckBaseline": 1, "breaches": [{**ENTRY, "more": 1}]}, "NC120 unknown key `more` in a breach"),
        (
            {"netcheckBaseline": 1, "breaches": [{k: v for k, v in ENTRY.items() if k != "packets"}]},
            "NC121 a breach lacks `packets`",
        ),
        (
            {"netcheckBaseline": 1, "breaches": [{**ENTRY, "packets": [{**BLOCK, "source": ["10.0.0.0/33"]}]}]},
            "NC122 ",
        ),
        (
            {"netcheckBaseline": 1, "breaches": [{**ENTRY, "packets": [{**BLOCK, "destinationPorts": []}]}]},
            "NC121 a block lacks `destinationPorts`",
        ),
        (
            {"netcheckBaseline": 1, "breaches": [{**ENTRY, "packets": [{**BLOCK, "protocol": "tpc"}]}]},
            "NC122 `tpc` is not a protocol",
        ),
    ],
)
def test_a_baseline_is_read_whole_or_not_at_all(tmp_path: Path, value: object, expected: str) -> None:
    """An entry that cannot be read may not become one that knows more than was written."""
    path = tmp_path / "known.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(InputError) as found:
        read_baseline(str(path))
    assert [f"{d.code} {d.message}".startswith(expected) for d in found.value.diagnostics] == [True]


def test_a_baseline_that_is_no_json_is_refused(tmp_path: Path) -> None:
    """Half a file, as a full disk leaves it, knows nothing."""
    path = tmp_path / "known.json"
    path.write_text('{"netcheckBaseline": 1, "breaches": [', encoding="utf-8")
    with pytest.raises(InputError):
        read_baseline(str(path))


SCHEMA = jsonschema.Draft202012Validator(json.loads(read_data("intents.schema.json")))
NOT_OF_SHAPE = {"NC110", "NC113", "NC125", "NC130", "NC131", "NC134"}
"""Faults that no schema can see: what stands twice, what is not there, what a text means."""


@pytest.mark.parametrize(("text", "expected"), FAULTS, ids=[text[:60] for text, _ in FAULTS])
def test_the_schema_sees_faults_of_shape(text: str, expected: list[str]) -> None:
    """An editor that knows the schema tells them before netcheck runs."""
    codes = {line.split()[1] for line in expected}
    if codes <= NOT_OF_SHAPE or any(word in text for word in ("tpc", "'a,'", "p,q", "control", "u0007")):
        return
    assert not SCHEMA.is_valid(yaml.safe_load(f"netcheckIntents: 1\n{text}"))


@pytest.mark.parametrize(
    "demand",
    [
        "mustReach: {from: [a, b], to: c, port: [443, 80-90, $x], protocol: [tcp, 17], via: p}",
        "mustNotReach: {from: a, to: b}",
        "exactly: {to: [a, b], among: c, allow: []}",
        "exactly: {from: a, allow: [{to: b, port: 1}, {to: [c, d], protocol: udp}]}",
        "unchangedFrom: old.yaml",
        "unchangedFrom: [a.json, b.json]",
        "unchangedFrom: {site: old.yaml, allow: opened}",
        "mustBackUp: {vm: [a, b], profile: vm-2018, target: Storage, port: 443}",
        "{name: x, why: y, unchangedFrom: z}",
    ],
)
def test_reader_and_schema_take_the_same(tmp_path: Path, demand: str) -> None:
    """Every key of every demand is read, and is in the schema."""
    text = f"variables: {{x: [1, 2]}}\ngroups: {{g: [a, h], h: b}}\nintents:\n  - {demand}\n"
    assert len(read(tmp_path, text)) == 1
    SCHEMA.validate(yaml.safe_load(f"netcheckIntents: 1\n{text}"))
