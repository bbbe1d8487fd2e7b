"""What the drop-ins of the agent's systemd unit hand to its service."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Severity, Source
from netcheck.errors import InputError
from netcheck.model.site import ServiceEnvironment
from netcheck.sources.proxy.environment import read_unit_files

AT = Source("site.yaml", 9, 5)
ETC = "http_proxy=http://10.0.0.5:8080\nhttps_proxy=http://10.0.0.6:8080\nno_proxy=.corp\n"
FROM_ETC = "[Service]\nEnvironmentFile=/etc/environment\n"


def read(folder: Path, *drop_ins: str, etc: str | None = None) -> tuple[ServiceEnvironment, Collector]:
    paths = []
    for number, text in enumerate(drop_ins):
        path = folder / f"{number}.conf"
        path.write_text(text)
        paths.append(str(path))
    if etc is not None:
        (folder / "environment").write_text(etc)
    collector = Collector()
    named = str(folder / "environment") if etc is not None else None
    return read_unit_files(paths, named, collector, AT), collector


def told(found: ServiceEnvironment) -> tuple[dict[str, str], tuple[str, ...], bool]:
    return {s: f"{p.host}:{p.port}" for s, p in found.environment.items()}, found.no_proxy, bool(found.unknown)


BOTH = {"http": "10.0.0.5:8080", "https": "10.0.0.6:8080"}


@pytest.mark.parametrize(
    ("drop_in", "expected"),
    [
        (FROM_ETC, (BOTH, (".corp",), False)),
        ("# ours\n; old\n[Service]\nEnvironmentFile=-/etc/environment\n", (BOTH, (".corp",), False)),
        ("[Unit]\nEnvironmentFile=/etc/environment\n[Service]\nRestart=always\n", ({}, (), False)),
        ("[Service]\nEnvironmentFile=/etc/environment\nEnvironmentFile=\n", ({}, (), False)),
        ("[Service]\nEnvironmentFile=/etc/environment\nUnsetEnvironment=https_proxy no_proxy\n",
         ({"http": "10.0.0.5:8080"}, (), False)),
        ('[Service]\nEnvironment="https_proxy=http://p:1" LANG=C HTTP_PROXY=q:2\n',
         ({"https": "p:1", "http": "q:2"}, (), False)),
        ("[Service]\nEnvironment=https_proxy=p:1 \\\n  no_proxy=.a,.b\n", ({"https": "p:1"}, (".a", ".b"), False)),
        ("[Service]\nEnvironment=https_proxy=p:1\nEnvironment=\n", ({}, (), False)),
        (f"{FROM_ETC}Environment=https_proxy=p:1\n", (BOTH, (".corp",), False)),
        ("[Service]\nEnvironmentFile=/etc/sysconfig/proxy\n", ({}, (), True)),
        ("[Service]\nPassEnvironment=HOME https_proxy\n", ({}, (), True)),
        ("[Service]\nPassEnvironment=HOME\n", ({}, (), False)),
        ("[Service]\nEnvironment=https_proxy=%h\n", ({}, (), True)),
    ],
)  # fmt: skip
def test_a_drop_in(drop_in: str, expected: object, tmp_path: Path) -> None:
    """Files go before `Environment=`, an empty value takes back what stood before, other sections hand over nothing."""
    found, _ = read(tmp_path, drop_in, etc=ETC)
    assert told(found)[2] == expected[2]  # type: ignore[index]  # the table's rows are triples
    if not found.unknown:
        assert told(found) == expected


def test_drop_ins_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    """The later name wins, whatever the order in the site."""
    found, collector = read(
        tmp_path, "[Service]\nEnvironment=https_proxy=a:1\n", "[Service]\nEnvironment=https_proxy=b:2\n"
    )
    assert (told(found)[0], list(collector)) == ({"https": "b:2"}, [])
    reverse = [str(tmp_path / "1.conf"), str(tmp_path / "0.conf")]
    assert told(read_unit_files(reverse, None, Collector(), AT))[0] == {"https": "b:2"}


def test_a_file_that_is_not_in_the_site_is_not_known(tmp_path: Path) -> None:
    """The unit reads /etc/environment, and the site does not say what that holds."""
    found, _ = read(tmp_path, FROM_ETC)
    assert "/etc/environment" in found.unknown
    inline = {"https_proxy": ("http://10.0.0.6:8080", AT)}
    path = tmp_path / "0.conf"
    assert told(read_unit_files([str(path)], inline, Collector(), AT))[0] == {"https": "10.0.0.6:8080"}


def test_systemd_does_not_know_export(tmp_path: Path) -> None:
    """A line with `export` sets nothing for a service: said with a warning."""
    found, collector = read(tmp_path, FROM_ETC, etc="export https_proxy=http://10.0.0.6:8080\nhttp_proxy=p:1\n")
    assert told(found) == ({"http": "p:1"}, (), False)
    assert [(one.code, one.severity) for one in collector] == [("NC172", Severity.WARNING)]


@pytest.mark.parametrize("line", ["https_proxy=http://p:1 # ours", 'https_proxy="http://p:1', "https_proxy=p\\:1"])
def test_what_systemd_reads_otherwise_is_not_known(line: str, tmp_path: Path) -> None:
    """A comment behind a value, an open quote and a backslash mean something else to systemd than to pam_env."""
    assert read(tmp_path, FROM_ETC, etc=line + "\n")[0].unknown


@pytest.mark.parametrize(
    "text", ["nonsense\n", "[Service]\nnonsense\n", "https_proxy=a:1\n", '[Service]\nEnvironment="a\n']
)
def test_what_is_no_unit_file_is_refused(text: str, tmp_path: Path) -> None:
    """A line outside a section, one without `=`, and an open quote are errors, not a service without variables."""
    _, collector = read(tmp_path, text)
    assert {(one.code, one.severity) for one in collector} == {("NC172", Severity.ERROR)}


def test_a_missing_drop_in_is_an_error(tmp_path: Path) -> None:
    """A file that is not there is never one that hands over nothing."""
    with pytest.raises(InputError):
        read_unit_files([str(tmp_path / "none.conf")], None, Collector(), AT)


def test_cut_and_mangled_drop_ins_give_variables_or_an_error(tmp_path: Path) -> None:
    """No drop-in makes the reader fail, whatever it holds."""
    whole = '# ours\n[Service]\nEnvironment="https_proxy=http://p:1" \\\n  LANG=C\nEnvironmentFile=-/etc/environment\n'
    drawn = random.Random(172)
    texts = [whole[:length] for length in range(len(whole) + 1)]
    for _ in range(400):
        at = drawn.randrange(len(whole))
        texts.append(whole[:at] + drawn.choice("=[]#;\"'\\ \n%\u00e9") + whole[at + drawn.randrange(3) :])
    for text in texts:
        try:
            found, collector = read(tmp_path, text, etc=ETC)
        except InputError:
            continue
        assert isinstance(found, ServiceEnvironment)
        assert {one.code for one in collector} <= {"NC170", "NC171", "NC172"}
