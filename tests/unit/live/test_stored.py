"""Keeping a download: atomically, with a checksum, the former file beside it, and never over anything else."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.live.download.checksum import beside, checksum
from netcheck.live.download.current import Download
from netcheck.live.download.stored import store, target_of
from netcheck.sources.service_tags import parse_tag_table
from tests.unit.live.download_server import GOVERNMENT, OLDER, PUBLIC

NAME = "ServiceTags_Public_20251027.json"
THIRD = PUBLIC.replace(b'"changeNumber": 1,', b'"changeNumber": 2,', 1)


def loaded(data: bytes = PUBLIC, name: str = NAME) -> Download:
    """Return a download as if it had come."""
    return Download(data, parse_tag_table(data.decode(), name, Collector()), name, "https://x/")


def names(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_into_a_folder_under_its_own_name(tmp_path: Path) -> None:
    """The checksum beside it is in the form that `sha256sum --check` reads."""
    found = store(loaded(), str(tmp_path))
    digest = hashlib.sha256(PUBLIC).hexdigest()
    assert (found.path, found.sha256, found.is_new, found.former) == (str(tmp_path / NAME), digest, True, "")
    assert names(tmp_path) == [NAME, f"{NAME}.sha256"]
    assert (tmp_path / NAME).read_bytes() == PUBLIC
    assert (tmp_path / f"{NAME}.sha256").read_text() == f"{digest}  {NAME}\n"
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", f"{NAME}.sha256"], cwd=tmp_path, check=True)


def test_the_former_file_is_kept_by_its_number(tmp_path: Path) -> None:
    """Under a name that says which it was, with a checksum of its own."""
    path = tmp_path / "tags.json"
    path.write_bytes(OLDER)
    found = store(loaded(), str(path))
    assert found.former == str(tmp_path / "tags.0.json")
    assert found.older is not None
    assert names(tmp_path) == ["tags.0.json", "tags.0.json.sha256", "tags.json", "tags.json.sha256"]
    assert (path.read_bytes(), (tmp_path / "tags.0.json").read_bytes()) == (PUBLIC, OLDER)
    assert (tmp_path / "tags.0.json.sha256").read_text().split()[0] == hashlib.sha256(OLDER).hexdigest()


def test_a_kept_file_is_never_written_over(tmp_path: Path) -> None:
    """Another file of the same number gets a name of its own; the same one is not kept twice."""
    path, kept = tmp_path / "tags.json", tmp_path / "tags.1.json"
    path.write_bytes(PUBLIC)
    kept.write_bytes(b"mine")
    assert store(loaded(THIRD), str(path)).former == str(tmp_path / "tags.1-2.json")
    path.write_bytes(PUBLIC)
    assert store(loaded(THIRD), str(path)).former == str(tmp_path / "tags.1-2.json")
    assert kept.read_bytes() == b"mine"


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    """It is the current one already; nothing is kept."""
    store(loaded(), str(tmp_path))
    found = store(loaded(), str(tmp_path))
    assert (found.is_new, found.former) == (False, "")
    assert names(tmp_path) == [NAME, f"{NAME}.sha256"]


def test_a_file_without_a_number_is_kept_by_its_date(tmp_path: Path) -> None:
    """The older XML has none."""
    region = '<Region Name="uswest"><IpRange Subnet="13.64.0.0/16"/></Region>'
    (tmp_path / "tags_20200824.json").write_text(f"<AzurePublicIpAddresses>{region}</AzurePublicIpAddresses>")
    assert store(loaded(), str(tmp_path / "tags_20200824.json")).former.endswith("tags_20200824.2020-08-24.json")


@pytest.mark.parametrize("text", ["netcheck: 1\n", "", '{"values": 1}'])
def test_what_is_no_tag_file_is_not_replaced(tmp_path: Path, text: str) -> None:
    """A slip in the name must not cost a site file."""
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match="NC355"):
        store(loaded(), str(path))
    assert names(tmp_path) == ["site.yaml"]
    assert path.read_text() == text


def test_a_file_of_another_cloud_is_not_replaced(tmp_path: Path) -> None:
    """A forgotten `--cloud` must not give a site of China the ranges of the public cloud."""
    path = tmp_path / "tags.json"
    path.write_bytes(GOVERNMENT)
    with pytest.raises(InputError, match=r"NC355.*is the file of cloud `AzureGovernment`, and this is one of `Public`"):
        store(loaded(), str(path))
    assert path.read_bytes() == GOVERNMENT


def test_when_writing_fails_the_former_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: no half file under the name, no temporary file left."""
    path = tmp_path / "tags.json"
    path.write_bytes(OLDER)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"NC151.*no space left on device"):
        store(loaded(), str(path))
    assert names(tmp_path) == ["tags.json"]
    assert path.read_bytes() == OLDER


def test_the_new_file_is_whole_before_it_has_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment of the replacement the new bytes are on disk, and the old file is still there."""
    path, seen = tmp_path / "tags.json", []
    path.write_bytes(OLDER)
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        before = target.read_bytes() if target.exists() else b""
        seen.append((target.name, self.parent == target.parent, self.read_bytes(), before))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    store(loaded(), str(path))
    assert ("tags.json", True, PUBLIC, OLDER) in seen
    assert [name for name, *_ in seen] == ["tags.0.json", "tags.0.json.sha256", "tags.json", "tags.json.sha256"]


def test_a_link_goes_on_pointing(tmp_path: Path) -> None:
    """The file it points at is replaced, not the link; permissions stay."""
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_bytes(OLDER)
    real.chmod(0o640)
    link.symlink_to(real)
    store(loaded(), str(link))
    assert link.is_symlink()
    assert real.read_bytes() == PUBLIC
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("output", ["nowhere/", "nowhere/tags.json"])
def test_a_folder_that_is_not_there_is_said_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    """The download would be for nothing."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"NC151.*`nowhere` is no folder"):
        target_of(output)
    assert [target_of(one) for one in ("", ".", "tags.json", str(tmp_path))] == [".", ".", "tags.json", str(tmp_path)]


def test_a_checksum_tells_whether_the_file_was_changed(tmp_path: Path) -> None:
    """None beside it says nothing; one that is no checksum is said."""
    path = Path(store(loaded(), str(tmp_path)).path)
    assert checksum(str(path)) == "as downloaded"
    path.write_bytes(OLDER)
    assert checksum(str(path)).startswith("NOT that of ")
    beside(path).write_text("hello\n")
    assert checksum(str(path)) == f"{NAME}.sha256 holds none"
    beside(path).unlink()
    assert checksum(str(path)) == ""
