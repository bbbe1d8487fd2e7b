"""A site that follows its files: never silently stale."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.live.live import Live
from netcheck.sources.load import load_site
from tests.unit.cli.shared import ROOT

FIXTURES = ROOT / "fixtures"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a story with a tag file beside it."""
    shutil.copytree(FIXTURES / "article-before", tmp_path / "article-before")
    shutil.copytree(FIXTURES / "tags", tmp_path / "tags")
    return tmp_path / "article-before"


def _live(*paths: Path) -> Live[tuple[str, ...]]:
    named = [str(path) for path in paths]
    return Live(named, lambda: tuple(vm.name for vm in load_site(named).virtual_machines))


def _edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_change_is_seen_by_the_next_question(folder: Path) -> None:
    """At once, and the version tells that there is something else to show."""
    live = _live(folder / "site.yaml")
    assert (live.now().version, live.now().value) == (1, ("app-vm", "proxy-vm"))
    _edit(folder / "site.yaml", lambda text: text.replace("app-vm", "web-vm"))
    state = live.now()
    assert (state.version, state.value, state.is_stale) == (2, ("web-vm", "proxy-vm"), False)
    assert live.now() is state


def test_files_that_the_site_names_are_followed(folder: Path) -> None:
    """The tag file in another folder is one of them."""
    live = _live(folder / "site.yaml")
    _edit(folder.parent / "tags" / "ServiceTags_Public_Small.json", lambda text: text + "\n")
    assert live.now().version == 2


def test_a_broken_file_leaves_what_was_said_and_marks_it(folder: Path) -> None:
    """With every fault; a second fault is something else to show, the mended file ends it."""
    site = folder / "site.yaml"
    whole = site.read_text(encoding="utf-8")
    live = _live(site)
    site.write_text(whole.replace("priority: 4000", "priority: 99"), encoding="utf-8")
    broken = live.now()
    assert (broken.version, broken.value, broken.is_stale) == (2, ("app-vm", "proxy-vm"), True)
    assert "error[NC135]: `priority` is 99" in broken.faults[0]
    assert live.now() is broken
    site.write_text(whole.replace("priority: 4000", "priority: 98"), encoding="utf-8")
    assert "`priority` is 98" in live.now().faults[0]
    site.write_text(whole.replace("app-vm", "web-vm"), encoding="utf-8")
    mended = live.now()
    assert (mended.version, mended.value, mended.is_stale) == (4, ("web-vm", "proxy-vm"), False)


def test_a_file_that_goes_and_comes_is_followed(folder: Path) -> None:
    """While it is gone that is said."""
    site = folder / "site.yaml"
    text = site.read_text(encoding="utf-8")
    live = _live(site)
    site.unlink()
    assert live.now().is_stale
    site.write_text(text, encoding="utf-8")
    assert not live.now().is_stale


def test_a_folder_is_followed(folder: Path) -> None:
    """A file that is added to it is read, though no file that was read has changed."""
    (folder / "site.yaml").rename(folder.parent / "kept.yaml")
    for file in folder.glob("*.yaml"):
        file.unlink()
    shutil.rmtree(folder / "golden")
    nsg = '{"name": "one", "type": "Microsoft.Network/networkSecurityGroups", "location": "westus",'
    nsg += '"properties": {"securityRules": []}}'
    (folder / "nsg.json").write_text(nsg, encoding="utf-8")
    named = [str(folder)]
    live = Live(named, lambda: tuple(nsg.name for nsg in load_site(named).network_security_groups))
    assert live.now().value == ("one",)
    (folder / "more.json").write_text(nsg.replace("one", "two"), encoding="utf-8")
    assert set(live.now().value) == {"one", "two"}


def test_what_cannot_be_read_at_first_is_an_error(folder: Path) -> None:
    """There is nothing to show then."""
    (folder / "site.yaml").write_text("netcheck: 1\nvirtualMachines: 7\n", encoding="utf-8")
    with pytest.raises(InputError):
        _live(folder / "site.yaml")


def test_input_that_is_nested_too_deeply_is_a_fault_of_the_input(folder: Path) -> None:
    """It is told like the others."""
    values = iter([1])

    def read() -> int:
        for value in values:
            return value
        raise RecursionError

    live = Live([str(folder)], read)
    (folder / "new.yaml").write_text("x", encoding="utf-8")
    assert (live.now().value, live.now().faults) == (1, ("the input is nested or linked too deeply",))
