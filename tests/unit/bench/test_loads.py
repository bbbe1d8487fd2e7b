"""The loads of the side-by-side runs: equal seeds give equal loads, and digests of answers can differ."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import loads, tagfile
from tests.bench.classbench import classbench_rule
from tests.bench.nsg_files import nsg_mapping, rule_index, rule_name
from tests.bench.peers import naive
from tests.bench.plain import EVERY_PORT, EVERY_PROTOCOL, Load, boxes, read_load, volume, whole, write_load

SMALL_TAGS = tagfile.ROOT / "fixtures" / "tags" / "ServiceTags_Public_Small.json"
LINE = "@10.0.0.0/8\t192.0.2.1/32\t0 : 65535\t1521 : 1600\t0x06/0xFF\t0x1000/0x1000\t\n"


def small(seed: int = 1, rules: int = 12) -> Load:
    """Return a small load of both families."""
    return loads.nsg_load(rules, seed, v6=0.3, tags=SMALL_TAGS)


def test_a_classbench_line_is_a_filter_on_five_fields() -> None:
    """Source, destination, both port ranges and the protocol are read; the flags at the end are not a field."""
    rule = classbench_rule(LINE, allow=True)
    ports = (EVERY_PORT, ((1521, 1600),))
    addresses = (((0x0A000000, 0x0AFFFFFF),), ((0xC0000201, 0xC0000201),))
    assert ports == (rule.source_ports, rule.destination_ports)
    assert addresses == (rule.source.v4, rule.destination.v4)
    assert rule.protocols == ((6, 6),)
    assert classbench_rule(LINE.replace("0x06/0xFF", "0x00/0x00"), allow=True).protocols == EVERY_PROTOCOL


@pytest.mark.parametrize("line", ["", "10.0.0.0/8", LINE.replace("0xFF", "0x0F"), LINE.replace("1521 :", "1521")])
def test_another_line_is_an_error(line: str) -> None:
    """A line that is no filter, or has a protocol mask that no set has, is never skipped or guessed."""
    with pytest.raises(ValueError, match=r"0x0f|no ClassBench filter"):
        classbench_rule(line, allow=True)


def test_equal_seeds_give_equal_loads() -> None:
    """A load depends on its numbers alone, and another seed gives another one."""
    assert small() == small()
    assert loads.edited(small(), 3, tags=SMALL_TAGS) == loads.edited(small(), 3, tags=SMALL_TAGS)
    assert small().rules != small(seed=2).rules


def test_a_load_file_holds_the_whole_load(tmp_path: Path) -> None:
    """What a peer reads is what was written."""
    load = loads.unrelated(small(), tags=SMALL_TAGS)
    assert load == read_load(write_load(load, tmp_path / "load.json"))


def test_rule_names_lead_back_to_the_rules() -> None:
    """The names in the files for the command are unique and give the index of the rule, the default ones included."""
    load = small()
    names = [rule_name(load, index) for index in range(len(load.rules))]
    assert list(range(len(load.rules))) == [rule_index(load, name) for name in names]
    assert names[:-3] == [rule["name"] for rule in json.loads(json.dumps(nsg_mapping(load)))["securityRules"]]


def test_a_protocol_without_ports_has_one_pair_of_ports() -> None:
    """All packets of a family: two protocols with 65,536 by 65,536 ports, 254 with one pair."""
    load = small()
    pairs = 2 * 65536**2 + 254
    assert pairs * 2**64 == sum(volume(box) for box in whole(4, load.ported))
    assert [pairs * 2**64] == [sum(volume(box) for box in boxes(load.rules[-1], 4, load.ported))]


def test_answers_can_disagree() -> None:
    """Turning one rule changes the reachable addresses, and a rule put in front changes who decides."""
    load = small()
    before = naive.b1(load).digest
    turned = replace(load, rules=(*load.rules[:-2], replace(load.rules[-2], allow=False), load.rules[-1]))
    shifted = replace(load, rules=(load.rules[-2], *load.rules))
    spans, rules = "tcp/443 from 49152: spans", "tcp/443 from 49152: rules"
    assert naive.b1(turned).digest[spans] != before[spans]
    assert naive.b1(shifted).digest[rules] != before[rules]


def test_the_naive_oracle_finds_the_planted_dead_rule() -> None:
    """A rule repeated at the end of the user rules is dead, and the permitted packets stay the same."""
    load = small(rules=5)
    again = (*load.rules[:-3], load.rules[0], *load.rules[-3:])
    assert 5 in naive.b3(replace(load, rules=again)).digest["dead"]
    digest = naive.b2(replace(load, other=again)).digest
    assert {0} == {digest[f"{way} ipv{family}"] for way in ("opened", "closed") for family in (4, 6)}
