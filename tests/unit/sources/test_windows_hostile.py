"""Files of a Windows firewall that somebody wrote to break a reader: rules or an InputError, never anything else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.rules import HostRule
from netcheck.sources.windows.export import read_windows_export
from tests.unit.sources.windows_files import ALLOW, FIXTURES, FORMS, LOCAL, placeless, reg_file, reg_key

MODEST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POLICIES = {name: (FIXTURES / name).read_bytes() for name in (*FORMS, "policy.reg")}
NOT_GIVEN = ("unknown: the machine's own rules, which no file gives",)
PIECES = (
    b"v2.10|", b"|", b"=", b"Action=Allow|", b"Dir=In|", b"\r\n", b"\n\n", b"-" * 30, b"Rule Name: x", b"\xff\xfe",
    b"\0", b'"', b"[", b"]", b"{", b"}", b"<", b"</GPO>", b"&#0;", b",", b";", b"\t", b"9" * 400, b"hex(2):",
    b"\\", b"\xe2\x80\xa8",
    b"Windows Registry Editor Version 5.00\n", b"HKEY_LOCAL_MACHINE\\", b"Domain Profile Settings:\n", b"LPort=",
)  # fmt: skip


def survives(folder: Path, data: bytes) -> tuple[int, bool]:
    """Read a file; return the number of rules and whether there were errors. Anything but InputError is raised."""
    path = folder / "file"
    path.write_bytes(data)
    collector = Collector()
    try:
        firewall = read_windows_export([str(path)], collector)
    except InputError:
        return 0, True
    return len(firewall.rules), collector.has_errors


@pytest.mark.parametrize("name", POLICIES)
def test_cut_at_every_place(name: str, tmp_path: Path) -> None:
    """A file that lost its end is refused; or it gives whole rules from its beginning, the last perhaps in doubt.

    Where no rule of it is left, it says that there may be rules.
    """
    data, path = POLICIES[name], tmp_path / "file"
    whole = placeless(read_windows_export([str(FIXTURES / name)], Collector()).rules)
    for end in range(0, len(data), 7):
        path.write_bytes(data[:end])
        collector = Collector()
        try:
            firewall = read_windows_export([str(path)], collector)
        except InputError:
            continue
        rules = placeless(rule for rule in firewall.rules if rule.conditions != NOT_GIVEN)
        is_told = collector.has_errors or len(rules) < len(firewall.rules)
        expected = whole[: len(rules)]
        assert is_told or (rules and rules[:-1] == expected[:-1] and rules[-1] in (expected[-1], doubted(rules[-1]))), (
            end
        )


def doubted(rule: HostRule) -> HostRule | None:
    """Return a rule that has a condition about what is not known; None for one that is certain."""
    return rule if any(text.startswith("unknown: ") for text in rule.conditions) else None


@MODEST
@given(
    name=st.sampled_from(sorted(POLICIES)),
    place=st.integers(0, 10_000),
    piece=st.sampled_from(PIECES),
    lost=st.integers(0, 200),
)
@example(name="rules.csv", place=0, piece=b"\0", lost=0)
def test_pieces_in_the_wrong_place(name: str, place: int, piece: bytes, lost: int, tmp_path: Path) -> None:
    """A piece put in somewhere, and some bytes lost behind it."""
    data = POLICIES[name]
    at = place % (len(data) + 1)
    survives(tmp_path, data[:at] + piece + data[at + lost :])


@MODEST
@given(pieces=st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=30))
def test_random_pieces(pieces: list[bytes], tmp_path: Path) -> None:
    """Pieces of all forms, one after the other."""
    survives(tmp_path, b"".join(pieces))


@pytest.mark.parametrize(
    "text",
    [
        "v2.31|" + "LPort=1|" * 20_000 + "Action=Allow|Dir=In|Active=TRUE|Name=r|\n",
        "v2.31|Action=Allow|Dir=In|Active=TRUE|Protocol=" + "9" * 5000 + "|Name=r|\n",
        "v2.31|Action=Allow|Dir=In|Active=TRUE|RA4=" + "1" * 5000 + "/" + "9" * 5000 + "|Name=r|\n",
        "v2.31|Action=Allow|Dir=In|Active=TRUE|Protocol=6|LPort=" + "9" * 5000 + "|Name=" + "n" * 50_000 + "|\n",
        reg_file(reg_key(rf"{LOCAL}\FirewallRules", *(['"'] * 20_000))),
        reg_file(reg_key(rf"{LOCAL}\FirewallRules", '"a"="' + '\\"' * 50_000)),
        reg_file(reg_key(rf"{LOCAL}\FirewallRules", '"a"=hex:\\', *(["00,\\"] * 20_000))),
        "<GPO>" + "<a>" * 5000,
        "[" * 5000,
        "Rule Name: x\n" + "-" * 70 + "\n" + "a: b\n" * 20_000,
        ('"' * 40_001) + "direction;action;profile",
        "Direction;Action;Profile\n" + ";" * 100_000,
    ],
)
def test_big_nonsense_costs_little(text: str, tmp_path: Path) -> None:
    """Huge numbers, endless lists, deep nesting and open quotes end soon, in rules or errors."""
    began = time.process_time()
    survives(tmp_path, text.encode())
    assert time.process_time() - began < 3


def test_many_rules_are_read_fast(tmp_path: Path) -> None:
    """Five thousand rules take about a second at most, in the widest form."""
    header, first, *_ = POLICIES["rules.csv"].decode().split("\n")
    path = tmp_path / "many"
    path.write_text("\n".join([header, *[first] * 5000]), encoding="utf-8")
    began = time.process_time()
    assert len(read_windows_export([str(path)], Collector()).rules) == 5000
    assert time.process_time() - began < 3


def test_a_hundred_thousand_rule_strings(tmp_path: Path) -> None:
    """A machine with absurdly many rules is read whole."""
    path = tmp_path / "many"
    path.write_text(f"{ALLOW}\n" * 100_000, encoding="utf-8")
    assert len(read_windows_export([str(path)], Collector()).rules) == 100_000


def test_names_drive_no_terminal(tmp_path: Path) -> None:
    """Control characters in a name or a program are shown, not printed."""
    path = tmp_path / "file"
    path.write_text(ALLOW.replace("Name=in", "App=\x1b[2J|Name=\x1b]0;x\x07"), encoding="utf-8")
    [rule] = read_windows_export([str(path)], Collector()).rules
    assert rule.name.isprintable()
    assert all(text.isprintable() for text in rule.conditions)
