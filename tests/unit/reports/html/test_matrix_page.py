"""The page of a matrix says what its JSON says, stays small whatever the site, and says what it leaves out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from netcheck.cli.package_data import read_assets, read_data
from netcheck.estate.asked import Ask
from netcheck.estate.grouping import Group
from netcheck.estate.matrix import Matrix, Slice
from netcheck.estate.outside import Outcome
from netcheck.estate.question import ANY_CELL
from netcheck.estate.rows import Row
from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.path.leg import Verdict
from netcheck.reports.html.matrix_page import matrix_page
from netcheck.reports.html.parts import SIGNS
from netcheck.sets.packets import EMPTY_PACKETS
from tests.unit.cli.shared import ROOT, run
from tests.unit.reports.html.reading import Read, read
from tests.unit.reports.sites import AT

SMALL = str(ROOT / "fixtures" / "matrix-small" / "site.yaml")
NEW = str(ROOT / "fixtures" / "matrix-small" / "site-new.yaml")
WORDS = {str(verdict) for verdict in Verdict}


def both(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[Read, Any]:
    """Return an answer as a page, read back, and as JSON."""
    page = run(capsys, ["matrix", *words, "-o", "html", "-q"])
    told = run(capsys, ["matrix", *words, "-o", "json", "-q"])
    assert (page.status, page.err) == (told.status, "")
    return read(page.out), json.loads(told.out)


def told(rows: list[Any]) -> set[tuple[str, str, str]]:
    """Return the verdicts of JSON in the same form."""
    return {(row["from"], goal, word) for row in rows for word in WORDS & set(row) for goal in row[word]}


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--by", "vm"),
        ("--by", "subnet", "--port", "22,1433"),
        ("--by", "group"),
        ("--port", "443"),
        ("--from", "web-1,jump-1", "--to", "db-1,db-2,web-1", "--by", "vm"),
    ],
)
def test_each_cell_is_the_verdict_of_the_json(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """All packets first, then each kind of ports; a cell without a verdict says why."""
    page, answer = both(capsys, SMALL, *words)
    kinds = [answer["rows"], *([one["rows"] for one in answer["ports"]] if len(answer["ports"]) > 1 else [])]
    names = [group["name"] for group in answer["groups"]]
    assert [anchor for anchor in page.tables if anchor.startswith("pairs-")] == [
        f"pairs-{n}" for n in range(len(kinds))
    ]
    for number, rows in enumerate(kinds):
        table = page.tables[f"pairs-{number}"]
        heads = table[0][1:]
        cells = {
            (sender, head, word)
            for sender, line in zip(
                [name for name in names if name in {row["from"] for row in answer["rows"]}], table[1:], strict=True
            )
            for head, word in zip(heads, line[1:], strict=True)
        }
        assert {cell for cell in cells if cell[2] in WORDS} == told(rows)
        assert {cell[2] for cell in cells} - WORDS <= {"itself", "no packet"}


def test_groups_are_told_with_their_vms(capsys: pytest.CaptureFixture[str]) -> None:
    """Label, how many, who, where."""
    page, answer = both(capsys, SMALL)
    assert page.tables["groups-table"][1:] == [
        [one["name"], str(len(one["vms"])), ", ".join(one["vms"]), ", ".join(one["subnets"])]
        for one in answer["groups"]
    ]


def test_outside_is_told_with_who_decides(capsys: pytest.CaptureFixture[str]) -> None:
    """The groups of an answer, by its verdict."""
    page, answer = both(capsys, SMALL, "--to", "Internet,20.60.0.1")
    for number, target in enumerate(answer["outside"]):
        found = {(line[0], label) for line in page.tables[f"outside-{number}"][1:] for label in line[1].split(", ")}
        assert found == {(SIGNS[Verdict(row["verdict"])] + row["verdict"], row["from"]) for row in target["rows"]}
        assert all(line[2] for line in page.tables[f"outside-{number}"][1:])


def test_what_changed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """One web server may reach the databases now, which are no longer kept from the Internet."""
    page = read(run(capsys, ["matrix", NEW, "--changed-from", SMALL, "-o", "html"]).out)
    assert page.tables["groups-table"][1:] == [["A", "1", "web-new"], ["B", "2", "db-1, db-2"]]
    assert page.tables["pairs-table"][1:] == [["tcp/1433", "A", "B", "\u00d7blocked", "\u2713reachable", "2"]]
    [line] = page.tables["outside-table"][1:]
    assert line[:2] == ["Internet", "B"]
    assert line[2].startswith("\u00d7blockedegress deny private subnet")
    assert line[3].startswith("\u2713reachablesubnet-nsg allow AllowInternetOutBound (65001) of db-nsg")


def test_nothing_changed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """No table, a sentence."""
    outcome = run(capsys, ["matrix", SMALL, "--changed-from", SMALL, "-o", "html"])
    assert outcome.status == 0
    assert "No pair of VMs changed, and nothing that VMs send to outside." in read(outcome.out).text
    assert read(outcome.out).tables == {}


def machine(name: str) -> VirtualMachine:
    """Return a VM of one NIC."""
    nic = NetworkInterface(name="n", subnet="v/s", addresses=(), at=AT)
    return VirtualMachine(name=name, os_type="", interfaces=(nic,), at=AT)


def estate(groups: int, size: int = 1, slices: int = 1, notes: int = 0, every: int = 2) -> Matrix:
    """Return a matrix in which each n-th group is reached by all, and others by nobody."""
    everyone = (1 << groups) - 1
    some = sum(1 << at for at in range(0, groups, every))
    row = Row(some, everyone & ~some, 0)
    cells = [Slice(ANY_CELL, tuple([row] * groups))] * slices
    outcomes = tuple((Outcome(Verdict.BLOCKED, (), (EMPTY_PACKETS, EMPTY_PACKETS)),) for _ in range(groups))
    return Matrix(
        ask=Ask(),
        site=Site(file="big", virtual_machines=tuple(machine(f"virtual-machine-{n}") for n in range(groups * size))),
        groups=tuple(Group(f"G{n + 1}", tuple(range(n * size, (n + 1) * size)), 1 << n) for n in range(groups)),
        rows=tuple([row] * groups),
        slices=tuple(cells),
        outside=(("Internet", outcomes),),
        pairs={Verdict.REACHABLE: 1, Verdict.BLOCKED: 10**9, Verdict.PARTIAL: 0, Verdict.UNDETERMINED: 0},
        sends=groups * size,
        receives=groups * size,
        notes=tuple(f"note {n}" for n in range(notes)),
    )


@pytest.mark.parametrize(("groups", "size", "slices"), [(300, 1, 30), (20, 15, 200), (320, 4, 30), (3_000, 10, 100)])
def test_a_page_stays_small(groups: int, size: int, slices: int) -> None:
    """Under three megabytes, whatever the site; what is shown and what is said to be left out is all there is."""
    html = matrix_page(estate(groups, size, slices), read_assets("matrix.css"))
    assert len(html) < 3_000_000
    found = read(html)
    left = re.search(r"and ([0-9]+) more kinds of ports", found.text)
    shown = sum(anchor.startswith("pairs-") for anchor in found.tables) - 1
    assert shown + int(left[1] if left else 0) == slices


def test_a_large_site_is_told_what_is_left_out() -> None:
    """Groups, names, rows of the table, kinds of ports and notes that are not there are counted."""
    found = read(matrix_page(estate(1_200, 30, 100, 12), read_assets("matrix.css")))
    text = re.sub(r"\s+", " ", found.text)
    assert "and 200 more groups, which this page leaves out; -o csv and -o json list all of them" in text
    assert (
        "Of each group the first 20 names are listed, and looked through; -o csv and -o json list all of them" in text
    )
    assert "The tables of signs show the first 100 of 1,200 groups; -o csv and -o json list all of them" in text
    assert "and 92 more kinds of ports, which this page leaves out" in text
    assert "and 2 more notes, which this page leaves out" in text
    assert ", and 10 more" in found.tables["groups-table"][1][2]
    assert "and 1,100 more" in found.tables["outside-0"][1][1]
    assert len(found.tables["pairs-0"]) == 101
    assert [line[2] for line in found.tables[""][1:]] == ["under 1 %", "over 99 %"]


def test_kinds_of_ports_without_room_for_a_table_are_lists() -> None:
    """300 VMs have one table of signs; who reaches whom on each kind of ports is listed as far as there is room."""
    found = read(matrix_page(estate(300, 1, 12, every=50), read_assets("matrix.css")))
    assert found.tables["pairs-1"][0] == ["from", "reachable to", "partial to", "undetermined to"]
    assert found.tables["pairs-1"][1] == ["G1", ", ".join(f"G{n + 1}" for n in range(0, 300, 50)), "", ""]
    assert [anchor for anchor in found.tables if "pairs" in anchor][-1] == "pairs-9"
    assert "and 3 more kinds of ports" in found.text


def test_the_style_sheet_has_the_signs_of_the_verdicts() -> None:
    """The sign of a cell and that of a badge are the same; a cell without a class is one that is blocked."""
    found = dict(re.findall(r"\.grid tbody td(\.[a-z])?::before \{[^}]*content: \"([^\"]+)\"", read_data("matrix.css")))
    classes = {verdict: "" if verdict is Verdict.BLOCKED else f".{verdict[0]}" for verdict in Verdict}
    assert found == {
        classes[verdict]: sign if sign.isascii() else f"\\{ord(sign):x}" for verdict, sign in SIGNS.items()
    }


NAMES = {"web-new": "<script>alert(1)<script>", "jump-1": "\"'><b>&amp;", "db-2": "\u05e9\u05dc\u05d5\u05dd-1"}
"""What VMs are called instead; control characters are refused where a site is read."""


def test_names_of_files_are_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A VM may be called anything; the page has no element more than with plain names."""
    plain = re.sub(r"^#.*\n", "", Path(SMALL).read_text(encoding="utf-8"))
    hostile = plain
    for name, other in NAMES.items():
        hostile = hostile.replace(f"name: {name},", f"name: {json.dumps(other)},")
    pages = []
    for name, text in (("plain.yaml", plain), ("hostile.yaml", hostile)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        pages.append(read(run(capsys, ["matrix", str(tmp_path / name), "-o", "html", "-q"]).out))
    assert [tag for tag, _ in pages[0].tags] == [tag for tag, _ in pages[1].tags]
    assert set(NAMES.values()) <= {part for text in pages[1].texts["bdi"] for part in text.split(", ")}
