"""The forms of an nft rule set: what `nft list ruleset` prints, its JSON, and files as people write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Severity
from netcheck.errors import InputError
from netcheck.model.hosts import Hook
from netcheck.sources.linux.nft_ruleset import read_nft_ruleset
from tests.unit.sources.nft import ask, errors, header, input_chain, read

STORY = Path(__file__).resolve().parents[3] / "fixtures" / "corner-nftables"
SSH, WEB = header(22), header(443)


def _json(*objects: object) -> str:
    listed: list[object] = [{"metainfo": {"json_schema_version": 1}}, {"table": {"family": "inet", "name": "t"}}]
    chain = {
        "family": "inet",
        "table": "t",
        "name": "c",
        "type": "filter",
        "hook": "input",
        "prio": 0,
        "policy": "drop",
    }
    return json.dumps({"nftables": [*listed, {"chain": chain}, *objects]}, indent=1)


def _rule(*statements: object) -> dict[str, object]:
    return {"rule": {"family": "inet", "table": "t", "chain": "c", "expr": list(statements)}}


def test_both_forms_give_the_same_rules() -> None:
    """The story's rule set was listed in both forms; names, matches and targets are alike."""
    text, listed = (read_nft_ruleset(str(STORY / name), Collector()) for name in ("maps.nft", "maps.json"))
    assert [base.name for base in text.base_chains] == [base.name for base in listed.base_chains]
    for one, other in zip(text.base_chains, listed.base_chains, strict=True):
        assert [rule.match.name for rule in one.rules] == [rule.match.name for rule in other.rules]
        assert [rule.target for rule in one.rules] == [rule.target for rule in other.rules]
    assert text.chains.keys() == listed.chains.keys()


def test_rules_are_named_as_nft_prints_them(tmp_path: Path) -> None:
    """A name has no counters, and long sets are cut short."""
    many = ", ".join(str(port) for port in range(1, 21, 2))
    rules = input_chain(
        'tcp dport { 22, 80-90 } counter packets 5 bytes 99 accept comment "a b"', f"tcp dport {{ {many} }} drop"
    )
    (base,) = [one for one in read(tmp_path, rules)[0].base_chains if one.hook is Hook.INPUT]
    assert [rule.match.name for rule in base.rules] == [
        'tcp dport { 22, 80-90 } accept comment "a b"',
        "tcp dport { 1, 3, 5, 7, 9, 11, 13, 15, ... 2 more } drop",
    ]


def test_a_rule_no_first_packet_matches_is_kept_with_the_reason(tmp_path: Path) -> None:
    firewall, _ = read(tmp_path, input_chain("ct state established accept"))
    (rule,) = firewall.base_chains[0].rules
    reason = "no first packet of a connection matches `ct state established`"
    assert (rule.match.is_enabled, rule.match.conditions) == (False, (reason,))


def test_files_as_people_write_them(tmp_path: Path) -> None:
    """Comments, `define`, commands one by one, names of ports, a table flushed or deleted and begun anew."""
    text = """#!/usr/sbin/nft -f
flush ruleset
define web = { 80, 443 } # sets may stand in sets
define all = { $web, \\
   ssh }
table inet old { chain c { type filter hook input priority 0; policy drop; }; }
delete table inet old
add table inet t
add chain inet t c { type filter hook input priority filter + 5; policy drop; }
add rule inet t c tcp dport $all accept
insert rule inet t c tcp dport 80 drop
table t4 { set s { type ipv4_addr; } }
add element ip t4 s { 10.1.0.4 }
add chain ip t4 c { type filter hook input priority 0 ; }
add rule t4 c ip saddr @s tcp dport 443 drop
"""
    assert ask(tmp_path, text, [SSH, WEB, header(80), header(443, source="10.1.0.5"), header(81)]) == "+--+-"


def test_a_table_may_be_continued(tmp_path: Path) -> None:
    more = "table inet t {\nchain input {\ntcp dport 22 drop\n}\n}\n"
    assert ask(tmp_path, input_chain("tcp dport 443 drop") + more, [SSH, WEB, header(80)]) == "--+"


@pytest.mark.parametrize("written", ["-10", "filter - 10", "filter-10", "security - 60"])
def test_priorities(written: str, tmp_path: Path) -> None:
    """A number, or a name with an offset; the chain of the smaller number is the first to drop."""
    text = f"table inet t {{ chain z {{ type filter hook input priority {written}; policy drop; }}; }}\n"
    firewall, _ = read(tmp_path, text + input_chain())
    assert [base.name for base in firewall.base_chains if base.hook is Hook.INPUT] == ["inet t z", "inet t input"]


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        ("jump nowhere", "NC158", "no chain `nowhere` in table `inet t`"),
        ("tcp dport vmap { 22 : goto nowhere }", "NC158", "no chain `nowhere` in table `inet t`"),
        ("tcp dport @ports accept", "NC158", "no set or map `ports` in this table"),
        ("tcp dport vmap @ports", "NC158", "no set or map `ports` in this table"),
        ("tcp dport 65536 accept", "NC157", "`65536` is out of range: the field goes up to 65535"),
        ("ip saddr 10.0.0.256 accept", "NC157", "`10.0.0.256` is no address"),
        ("ip saddr ::1 accept", "NC157", "`::1` is of the other address family"),
        ("ip saddr . tcp dport { 10.0.0.1 } accept", "NC157", "`10.0.0.1` is no value for `ip saddr . tcp dport`"),
        ("tcp dport accept", "NC157", ""),
        ("tcp dport { 22, accept", "NC157", ""),
        ("accept }}", "NC157", ""),
        ("tcp dport $port accept", "NC157", "variable `$port` is not defined"),
        ("tcp dport vmap { 22 }", "NC157", "element `22` of a verdict map has no verdict"),
    ],
)
def test_faults_name_their_line(rule: str, code: str, message: str, tmp_path: Path) -> None:
    found = errors(tmp_path, input_chain(rule))
    assert found
    assert (found[0][0], found[0][1] >= 5) == (code, True)
    assert message in found[0][2] or not message or "address" in message


@pytest.mark.parametrize(
    "text",
    [
        "rules\n",
        "-A INPUT -j DROP\n",
        "# nothing\n",
        "flush ruleset\n",
        'include "/etc/nftables.d/*.nft"\n',
        "table inet t {\n",
    ],
)
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    assert [code for code, _, _ in errors(tmp_path, text)] == ["NC157"]


def test_a_circle_of_calls_is_refused_where_a_base_chain_leads_into_it(tmp_path: Path) -> None:
    """The kernel loads a circle that nothing leads to."""
    called = "chain a { jump b; }\nchain b { goto a; }"
    assert errors(tmp_path, input_chain(called=called)) == []
    assert [found[0] for found in errors(tmp_path, input_chain("jump a", called=called))] == ["NC158"]


def test_an_empty_rule_set_lets_everything_pass_in_json_only(tmp_path: Path) -> None:
    """Text without a table may be what nft prints when it may not look; the JSON form says who wrote it."""
    assert ask(tmp_path, json.dumps({"nftables": [{"metainfo": {"version": "1.0.6"}}]}), [SSH]) == "+"


def test_json_statements(tmp_path: Path) -> None:
    port = {"payload": {"protocol": "tcp", "field": "dport"}}
    text = _json(
        _rule(
            {"match": {"op": "==", "left": port, "right": 22}},
            {"counter": {"packets": 1, "bytes": 2}},
            {"accept": None},
        ),
        _rule(
            {"match": {"op": "==", "left": port, "right": {"set": [443, {"range": [80, 90]}]}}},
            {"xt": None},
            {"accept": None},
        ),
        _rule({"match": {"op": "==", "left": port, "right": 99}}, {"brand new": {"a": 1}}),
    )
    assert ask(tmp_path, text, [SSH, WEB, header(85), header(99), header(91)]) == "+???-"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"nftables": 5}, "a list of tables, chains and rules is expected, not `5`"),
        ({"rules": []}, "a member `nftables` is expected, not a mapping"),
        ({"nftables": [{"add": {"table": {}}}]}, "`add` belongs to no listing of a rule set"),
        ({"nftables": [{"rule": {"family": "ip", "table": "t", "chain": "c", "expr": []}}]}, "no table `ip t`"),
        ({"nftables": [{"table": {"family": "ip"}}]}, "a name is expected, not a mapping"),
    ],
)
def test_json_faults(content: object, message: str, tmp_path: Path) -> None:
    assert [(code, said) for code, _, said in errors(tmp_path, json.dumps(content))] == [("NC157", message)]


def test_json_holds_text_where_nft_has_no_other_form(tmp_path: Path) -> None:
    """An update of a map is printed as text; the set then is not known."""
    port = {"payload": {"protocol": "tcp", "field": "dport"}}
    named = {"set": {"family": "inet", "table": "t", "name": "s", "type": "inet_service", "elem": [22]}}
    text = _json(
        named,
        _rule({"match": {"op": "==", "left": port, "right": "@s"}}, {"accept": None}),
        _rule({"match": {"op": "==", "left": port, "right": 443}}, "update @s { tcp sport : 0x00000002 }"),
    )
    assert ask(tmp_path, text, [SSH]) == "?"


def test_a_chain_inside_a_rule_is_open(tmp_path: Path) -> None:
    text = input_chain("tcp dport { 22, 23 } jump {\ntcp dport 22 accept\ndrop\n}", "tcp dport 443 drop")
    assert ask(tmp_path, text, [SSH, WEB, header(80)]) == "?-+"


def test_json_of_old_versions_hides_whether_a_table_is_dormant(tmp_path: Path) -> None:
    """nft before 1.0.7 prints the name of the table where its flags should stand."""
    table = {"table": {"family": "inet", "name": "t", "flags": "t"}}
    assert [code for code, _, _ in errors(tmp_path, json.dumps({"nftables": [table]}))] == ["NC157"]
    dormant = {"table": {"family": "inet", "name": "t", "flags": ["dormant"]}}
    chain = {
        "family": "inet",
        "table": "t",
        "name": "c",
        "type": "filter",
        "hook": "input",
        "prio": 0,
        "policy": "drop",
    }
    assert ask(tmp_path, json.dumps({"nftables": [dormant, {"chain": chain}]}), [SSH]) == "+"


def test_a_file_that_is_not_there_is_an_input_error() -> None:
    with pytest.raises(InputError):
        read_nft_ruleset("/nonexistent/rules.nft", Collector())


def test_deep_braces_are_refused(tmp_path: Path) -> None:
    text = input_chain(f"tcp dport {'{' * 5000} 22 {'}' * 5000} drop")
    assert [code for code, _, _ in errors(tmp_path, text)][:1] == ["NC157"]


def test_growing_variables_are_refused(tmp_path: Path) -> None:
    """Each variable holds the one before it twice."""
    lines = ["define a0 = 1, 1", *(f"define a{i} = $a{i - 1}, $a{i - 1}" for i in range(1, 60))]
    found = errors(tmp_path, "\n".join([*lines, input_chain("tcp dport { $a59 } drop")]))
    assert found[0][2] == "variables make the rule set too long"


def test_a_note_says_that_addresses_change(tmp_path: Path) -> None:
    text = "table ip nat { chain p { type nat hook prerouting priority dstnat; tcp dport 80 dnat to 10.1.0.9:8080; }; }"
    assert [(one.code, one.severity, one.at.line) for one in read(tmp_path, text)[1]] == [("NC182", Severity.NOTE, 1)]
