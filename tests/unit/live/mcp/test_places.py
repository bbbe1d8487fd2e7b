"""Which files an assistant can have read: those below the working folder, or of the named site; nothing blocks."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from netcheck.live.files import SETTLED_NS
from tests.unit.cli.shared import ROOT
from tests.unit.live.mcp.shared import HELLO, NSG, answering, asked, call, called, lines, replies, write_nsg

SECRET = "s3cr3t-in-a-file"
HEAD = "netcheck: 1\nvirtualMachines:\n  - name: vm\n    networkInterfaces: []\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an NSG in it, and a secret beside it."""
    here = tmp_path / "work"
    here.mkdir()
    (tmp_path / "secret.json").write_text(f'{{"a": "{SECRET}", \n', encoding="utf-8")
    (tmp_path / "confs").mkdir()
    (tmp_path / "confs" / f"{SECRET}.conf").write_text(f"acl {SECRET}\n", encoding="utf-8")
    write_nsg(tmp_path / "outside.json")
    write_nsg(here / "nsg.json")
    monkeypatch.chdir(here)
    return here


def refused(site: str, *words: str) -> str:
    """Return what an assistant is told of a site that cannot be read; nothing of the secret is in it."""
    found = called("lint", {} if words else {"site": [site]}, words)
    assert found["isError"] is True
    text: str = found["content"][0]["text"]
    assert SECRET not in str(found)
    assert found["structuredContent"]["errors"][0]["code"] in text
    return text


def test_a_file_below_the_working_folder_is_read(folder: Path) -> None:
    """The measure of all that is refused below: the same file by an admitted name."""
    (folder / "sub").mkdir()
    shutil.copy("nsg.json", "sub/other.json")
    assert called("lint", {"site": ["nsg.json"]})["isError"] is False
    assert called("lint", {"site": ["./sub/other.json"]})["isError"] is False
    assert called("lint", {"site": ["sub"]})["isError"] is False


@pytest.mark.parametrize(
    "site",
    [
        "../secret.json",
        "../outside.json",
        "..",
        "sub/../../outside.json",
        "./.././outside.json",
        "nsg.json/../../outside.json",
        "/etc/passwd",
        "/proc/self/environ",
        "/dev/zero",
        "/dev/stdin",
        "//etc/passwd",
        "-",
        "",
    ],
)
def test_a_path_that_leads_out_is_refused(site: str) -> None:
    """By `..`, absolute, standard input, or no name at all; the file itself is not looked at."""
    assert "error[NC119]" in refused(site)


def test_an_absolute_path_is_refused_even_below_the_folder(folder: Path) -> None:
    """One rule that can be told in one line."""
    assert "error[NC119]" in refused(str(folder / "nsg.json"))


@pytest.mark.parametrize("target", ["../secret.json", "../outside.json", "/etc/passwd", "/proc/self/environ", ".."])
def test_a_link_that_leads_out_is_refused(folder: Path, target: str) -> None:
    """Links are followed before anything is decided."""
    (folder / "link.json").symlink_to(target)
    assert "error[NC119]" in refused("link.json")


def test_a_link_inside_of_the_folder_is_followed(folder: Path) -> None:
    """It leads nowhere that could not be named."""
    (folder / "link.json").symlink_to("nsg.json")
    assert called("lint", {"site": ["link.json"]})["isError"] is False


def test_a_folder_that_is_a_link_is_refused(folder: Path) -> None:
    """What lies below it does not lie below the working folder."""
    (folder / "up").symlink_to("..")
    assert "error[NC119]" in refused("up/outside.json")
    assert "error[NC119]" in refused("up")


def test_links_in_a_circle_end(folder: Path) -> None:
    """They are a file that cannot be read."""
    (folder / "a.json").symlink_to("b.json")
    (folder / "b.json").symlink_to("a.json")
    assert "NC1" in refused("a.json")


def test_a_link_in_a_folder_that_leads_out_is_refused(folder: Path) -> None:
    """A folder stands for its files, and a link may be one of them."""
    (folder / "sub").mkdir()
    shutil.copy("nsg.json", "sub/nsg.json")
    (folder / "sub" / "more.json").symlink_to("../../outside.json")
    assert "NC118" in refused("sub")


def test_a_site_file_that_is_a_link_is_refused(folder: Path) -> None:
    """A folder with a `site.yaml` stands for that file."""
    (folder / "sub").mkdir()
    (folder / "sub" / "site.yaml").symlink_to("../../secret.json")
    assert "NC119" in refused("sub")


@pytest.mark.parametrize(
    "lines_of_site",
    [
        "netcheck: 1\nserviceTags: ../secret.json\n",
        "netcheck: 1\nserviceTags: /etc/passwd\n",
        f"{HEAD}    hostFirewall: {{kind: iptables, save: ../secret.json}}\n",
        f"{HEAD}    hostFirewall: {{kind: firewalld, zones: ../confs}}\n",
        f"{HEAD}    hostFirewall: {{kind: ufw, status: /etc/passwd}}\n",
        f"{HEAD}    hostFirewall: {{kind: windows, export: ../secret.json}}\n",
        f"{HEAD}    proxyClient: {{etcEnvironment: /proc/self/environ}}\n",
        f"{HEAD}    proxyClient: {{waagentConf: ../secret.json}}\n",
        f"{HEAD}    proxyServer: {{squidConf: ../confs/{SECRET}.conf}}\n".replace(SECRET, "x"),
        f"{HEAD}    proxyServer: {{tinyproxyConf: ../secret.json}}\n",
    ],
)
def test_a_file_that_a_site_names_lies_below_the_folder_as_well(folder: Path, lines_of_site: str) -> None:
    """An assistant that can write a site file could otherwise read any file with it."""
    (folder / "site.yaml").write_text(lines_of_site, encoding="utf-8")
    assert "error[NC119]" in refused("site.yaml")


@pytest.mark.parametrize(
    "line", ["include ../confs/*.conf", "include confs/*.conf", 'acl a dstdomain "../secret.json"']
)
def test_a_file_that_a_proxy_file_names_lies_below_the_folder_as_well(folder: Path, line: str) -> None:
    """Not even the names in a folder elsewhere are told."""
    (folder / "confs").symlink_to("../confs")
    (folder / "squid.conf").write_text(f"http_port 3128\n{line}\n", encoding="utf-8")
    text = f"{HEAD}    proxyServer: {{squidConf: squid.conf}}\n"
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    assert "NC119" in refused("site.yaml")


def test_a_folder_of_zones_that_is_a_link_is_refused(folder: Path) -> None:
    """`policies` of firewalld is told by the names in it alone."""
    (folder / "fw" / "zones").mkdir(parents=True)
    (folder / "fw" / "zones" / "public.xml").write_text("<zone><short>public</short></zone>", encoding="utf-8")
    (folder / "fw" / "policies").symlink_to("../../confs")
    shutil.copy("../secret.json", f"../confs/{SECRET}.xml")
    text = f"{HEAD}    hostFirewall: {{kind: firewalld, zones: fw}}\n"
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    assert "NC119" in refused("site.yaml")


def test_tags_that_the_user_has_named_are_read_from_anywhere(folder: Path) -> None:
    """`--tags` on the command line is the user's word, not the assistant's."""
    tags = ROOT / "fixtures" / "tags" / "ServiceTags_Public_Small.json"
    shutil.copy(tags, "../tags.json")
    write_site(folder, "../tags.json")
    found = asked(answering("--tags", "../tags.json"), "lint", {"site": ["nsg.json"]})
    assert found.is_error is False
    assert "ServiceTags" in found.text or "tags.json" in found.text


def write_site(folder: Path, tags: str) -> None:
    (folder / "site.yaml").write_text(f"netcheck: 1\nserviceTags: {tags}\n", encoding="utf-8")


def test_a_named_site_may_have_its_files_anywhere() -> None:
    """The user has named it on the command line, and with it what it refers to."""
    shutil.copytree(ROOT / "fixtures" / "article-before", "../elsewhere/article-before")
    shutil.copytree(ROOT / "fixtures" / "tags", "../elsewhere/tags")
    found = called("check", {}, ["../elsewhere/article-before/site.yaml"])
    assert found["isError"] is False
    assert found["structuredContent"]["verdict"] == "blocked"


@pytest.mark.parametrize("is_named", [True, False])
def test_a_pipe_is_refused_at_once(is_named: bool) -> None:
    """Opening it would wait for a writer for ever."""
    os.mkfifo("pipe.json")
    assert "it is a pipe or a device" in refused("pipe.json", *(["pipe.json"] if is_named else []))


@pytest.mark.parametrize("is_named", [True, False])
def test_a_pipe_that_a_site_names_is_refused_at_once(folder: Path, is_named: bool) -> None:
    """However deep it stands."""
    os.mkfifo("tags.json")
    write_site(folder, "tags.json")
    assert "it is a pipe or a device" in refused("site.yaml", *(["site.yaml"] if is_named else []))


def test_a_pipe_in_a_folder_is_refused_at_once(folder: Path) -> None:
    """It has the name of a data file."""
    (folder / "sub").mkdir()
    os.mkfifo("sub/a.json")
    assert "it is a pipe or a device" in refused("sub")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "/dev/tty"])
def test_a_device_is_refused_in_a_named_site_as_well(folder: Path, path: str) -> None:
    """Standard input is the protocol, and `/dev/zero` has no end."""
    write_site(folder, path)
    text = refused("site.yaml", "site.yaml")
    assert "it is a pipe or a device" in text or "cannot be read" in text


def test_a_socket_is_refused() -> None:
    """It is no file."""
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket.json")
        assert "it is a pipe or a device" in refused("socket.json")


def test_a_huge_file_is_refused_without_reading_it() -> None:
    """A terabyte that takes no space on the disk."""
    with Path("huge.json").open("wb") as stream:
        stream.truncate(2**40)
    assert "error[NC103]" in refused("huge.json")


@pytest.mark.parametrize(
    "site",
    [
        "nsg\0.json",
        "x" * 5_000,
        "a/" * 3_000,
        "\ud800.json",
        "CON",
        "~/nsg.json",
        "*.json",
        "\x1b[31m.json",
        "a\u202eb.json",
    ],
)
def test_a_name_that_no_file_has_is_an_error(site: str) -> None:
    """None of them is anything else than a file that cannot be read, and the text of the answer shows what it holds."""
    text = refused(site)
    assert "NC1" in text
    assert text.replace("\n", "").isprintable()


def test_a_file_that_is_gone_is_told_and_found_when_it_is_back(folder: Path) -> None:
    """The server stays: each question is about the files as they are now."""
    one, text = answering(), (folder / "nsg.json").read_text(encoding="utf-8")
    answers = []
    for step in ("there", "gone", "back"):
        if step == "gone":
            (folder / "nsg.json").unlink()
        else:
            (folder / "nsg.json").write_text(text, encoding="utf-8")
        answers.append(asked(one, "lint", {"site": ["nsg.json"]}).is_error)
    assert answers == [False, True, False]


@pytest.mark.parametrize("is_settled", [True, False])
def test_a_site_is_read_again_when_its_file_has_changed(folder: Path, is_settled: bool) -> None:
    """Within the same second as well, and when neither size nor time tell; what has not changed is kept."""
    sites = answering().sites
    if is_settled:
        old = (folder / "nsg.json").stat().st_mtime_ns - 10 * SETTLED_NS
        os.utime("nsg.json", ns=(old, old))
    first = sites.load(["nsg.json"])
    assert sites.load(["nsg.json"]) is first
    (folder / "nsg.json").write_text(json.dumps(NSG).replace("4000", "3999"), encoding="utf-8")
    second = sites.load(["nsg.json"])
    assert [one.network_security_groups[0].rules[0].priority for one in (first, second)] == [4000, 3999]


def test_a_file_that_becomes_a_pipe_or_leads_out_is_not_read_again(folder: Path) -> None:
    """Between two questions a file can become anything."""
    one = answering()
    assert asked(one, "lint", {"site": ["nsg.json"]}).is_error is False
    (folder / "nsg.json").unlink()
    os.mkfifo("nsg.json")
    assert "pipe" in asked(one, "lint", {"site": ["nsg.json"]}).text
    (folder / "nsg.json").unlink()
    (folder / "nsg.json").symlink_to("../outside.json")
    assert "NC119" in asked(one, "lint", {"site": ["nsg.json"]}).text


def test_a_file_that_becomes_huge_is_not_read_again() -> None:
    """It is told from the former one without reading a terabyte."""
    one = answering()
    assert asked(one, "lint", {"site": ["nsg.json"]}).is_error is False
    with Path("nsg.json").open("wb") as stream:
        stream.truncate(2**40)
    assert "NC103" in asked(one, "lint", {"site": ["nsg.json"]}).text


def test_a_site_argument_is_refused_where_the_site_is_named() -> None:
    """There is no such argument then."""
    [_, reply] = replies(lines(HELLO, call(1, "lint", {"site": ["../outside.json"]})), "nsg.json")
    assert reply["result"]["isError"] is True
    assert "`site` is no argument" in reply["result"]["content"][0]["text"]
