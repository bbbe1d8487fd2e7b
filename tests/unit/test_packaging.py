"""What is published: the same bytes from the same files, and in the wheel what netcheck needs and nothing else."""

import os
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from netcheck._version import __version__
from tests.packages import build, copy_of_the_project
from tests.unit.cli.shared import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Path]]:
    """Two builds: other folders, times, permissions, time zones and users' settings."""
    first = copy_of_the_project(tmp_path_factory.mktemp("one"))
    second = copy_of_the_project(tmp_path_factory.mktemp("another, with a longer name") / "deeper")
    for number, path in enumerate(sorted(second.rglob("*"), reverse=True)):
        path.chmod(path.stat().st_mode & 0o700)  # what others may is the umask's, what runs is git's
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
    date = "1700000000"
    return [
        build(first, first / "dist", SOURCE_DATE_EPOCH=date, TZ="UTC", LC_ALL="C", PYTHONHASHSEED="1"),
        build(
            second, second.parent / "out", SOURCE_DATE_EPOCH=date, TZ="Asia/Tokyo", LC_ALL="C.UTF-8", PYTHONHASHSEED="2"
        ),
    ]


@pytest.mark.parametrize("kind", [0, 1], ids=["wheel", "sdist"])
def test_two_builds_are_the_same_byte_for_byte(built: list[tuple[Path, Path]], kind: int) -> None:
    """Whoever doubts a published file can build it again."""
    first, second = (pair[kind] for pair in built)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_no_path_or_name_of_the_builder_is_in_it(built: list[tuple[Path, Path]]) -> None:
    """Neither in the files nor in what the archive says of them."""
    _, archive = built[0]
    with tarfile.open(archive) as files:
        members = files.getmembers()
        told = {(one.uid, one.gid, one.uname, one.gname, one.mtime) for one in members}
        texts = [files.extractfile(one) for one in members if one.isfile() and one.name.endswith("PKG-INFO")]
        assert told == {(0, 0, "", "", 1_700_000_000)}
        assert not any(str(archive.parent.parent).encode() in text.read() for text in texts if text)


def _names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as files:
        return files.namelist()


def test_the_wheel_has_every_module_and_data_file(built: list[tuple[Path, Path]]) -> None:
    """What a command reads at run time is not left behind."""
    wanted = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "netcheck").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found = set(_names(built[0][0]))
    assert wanted - found == set()
    assert {Path(name).suffix for name in wanted} >= {".py", ".json", ".md", ".css", ".js", ".yaml", ".typed"}


def test_the_wheel_has_nothing_else(built: list[tuple[Path, Path]]) -> None:
    """No tests, no fixtures; its own description, the licence and the man page."""
    others = [name for name in _names(built[0][0]) if not name.startswith("netcheck/")]
    stem = f"azure_netcheck-{__version__}"
    assert sorted(others) == [
        f"{stem}.data/data/share/man/man1/netcheck.1",
        *(
            f"{stem}.dist-info/{name}"
            for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
        ),
    ]


def test_the_wheel_says_what_it_is(built: list[tuple[Path, Path]]) -> None:
    """Name, version, Python, and the command."""
    with zipfile.ZipFile(built[0][0]) as files:
        [metadata] = [files.read(name).decode() for name in files.namelist() if name.endswith("/METADATA")]
        [scripts] = [files.read(name).decode() for name in files.namelist() if name.endswith("/entry_points.txt")]
    assert re.findall(r"^(?:Name|Version|Requires-Python): (.+)$", metadata, re.MULTILINE) == [
        "azure-netcheck",
        __version__,
        ">=3.11",
    ]
    assert scripts.split("\n")[:2] == ["[console_scripts]", "netcheck = netcheck.cli.main:console"]


def test_the_source_archive_has_what_the_tests_need(built: list[tuple[Path, Path]]) -> None:
    """Distributions run them when they make their own package."""
    with tarfile.open(built[0][1]) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert names >= {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "tests/run_all.sh", "docs/netcheck.1"}
    assert names >= {str(path.relative_to(ROOT)) for path in (ROOT / "fixtures").rglob("site.yaml")}
