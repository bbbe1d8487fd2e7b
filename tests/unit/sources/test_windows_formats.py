"""One Windows firewall in every form gives the same rules; what kind a file is shows in its content."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.hosts import ProfileSettings, WindowsFirewall
from netcheck.model.rules import ALL_PROFILES, Access, HostAction, Profile
from netcheck.sources.load import load_site
from netcheck.sources.windows.kinds import read_part
from tests.unit.sources.windows_files import FIXTURES, FORMS, errors, placeless, read


def written_rules() -> WindowsFirewall:
    """The twelve rules as the site file spells them."""
    site = load_site([str(FIXTURES / "site-yaml.yaml")])
    [found] = [vm.host_firewall for vm in site.virtual_machines if vm.name == "proxy-vm"]
    assert isinstance(found, WindowsFirewall)
    return found


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_rules(name: str) -> None:
    """Twelve rules with all kinds of fields, hand-written in each form, are the rules of the site file."""
    firewall, _ = read(FIXTURES / name)
    expected = written_rules()
    assert placeless(firewall.rules) == placeless(expected.rules)
    assert [rule.is_group_policy for rule in firewall.rules] == [name == "gpreport.xml"] * 12


def test_the_rules_are_what_the_fixture_says() -> None:
    """So that equal forms are not equally wrong: a few of the rules field by field."""
    rules = {rule.name: rule for rule in read(FIXTURES / "rules.csv")[0].rules}
    assert [str(port) for port in rules["web"].local_ports] == ["80", "443", "8080-8090"]
    assert [str(one) for one in rules["web"].remote_addresses] == ["10.0.0.0/8"]
    assert rules["web"].profiles == (Profile.DOMAIN, Profile.PRIVATE)
    assert (rules["no-app-subnet"].action, rules["no-app-subnet"].protocol.numbers) == (HostAction.BLOCK, ())
    assert rules["rpc"].conditions == (
        r"program: %SystemRoot%\system32\svchost.exe", "service: RPCSS", "localPort: RPC",
    )  # fmt: skip
    assert (rules["ping"].conditions, [str(p) for p in rules["ping"].local_ports]) == (("icmpType: 8",), ["0-65535"])
    assert (rules["admins-bypass"].action, rules["admins-bypass"].conditions) == (
        HostAction.BYPASS,
        ("authentication: Required",),
    )
    assert not rules["telnet-off"].is_enabled


@pytest.mark.parametrize("name", FORMS)
def test_the_name_of_a_file_says_nothing(name: str, tmp_path: Path) -> None:
    """A file is what its content is, whatever it is called."""
    for other in ("saved", "file.csv", "x.json"):
        shutil.copy(FIXTURES / name, tmp_path / other)
        assert placeless(read(tmp_path / other)[0].rules) == placeless(written_rules().rules)


@pytest.mark.parametrize("name", FORMS)
def test_utf_16_as_windows_writes_it(name: str, tmp_path: Path) -> None:
    """`reg export` and `>` of PowerShell write UTF-16 with a byte order mark and Windows' line ends."""
    text = (FIXTURES / name).read_text(encoding="utf-8").replace('encoding="utf-8"', 'encoding="utf-16"')
    (tmp_path / "saved").write_bytes(text.replace("\n", "\r\n").encode("utf-16"))
    assert placeless(read(tmp_path / "saved")[0].rules) == placeless(written_rules().rules)


def test_settings_and_active_profile_of_the_collected_file() -> None:
    """The collected file gives the settings in force, and the profile of the only network."""
    firewall, said = read(FIXTURES / "windows-firewall.json")
    assert (firewall.active_profile, said) == (Profile.PUBLIC, [])
    assert dict(firewall.settings) == dict.fromkeys(ALL_PROFILES, ProfileSettings())


def test_places_of_rules() -> None:
    """A rule knows the line it begins on."""
    lines = {name: read(FIXTURES / name)[0].rules[1].at.line for name in FORMS}
    assert lines == {
        "strings.txt": 3,
        "local.reg": 16,
        "query.txt": 7,
        "rules.csv": 3,
        "windows-firewall.json": 4,
        "numbers.json": 3,
        "gpreport.xml": 38,
        "netsh.txt": 19,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# a comment\n[Unicode]\nUnicode=yes\n", "NC154 0: no file of the Windows firewall that netcheck knows"),
        ("<Policy><a/></Policy>", "NC154 0: no Group Policy report: the root is `Policy`"),
        ("<GPO><Computer></GPO>", "NC155 1: not well-formed XML: mismatched tag"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><GPO/>', "NC154 1: a DOCTYPE is refused"),
        ('{"PolicyName": "Windows Firewall"}', "NC154 0: no rules of the Windows firewall in it"),
        ("[]", "NC154 0: no rules of the Windows firewall in it"),
        ("Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\Software]\n", "NC154 0: no key of the Windows"),
        ("The number of arguments provided is not valid.\n\nUsage: set x\n", "NC154 0: this is netsh's help"),
        ("Name,Direction,Action,Enabled,Profile\na,Inbound,Allow,True,Any\n", "NC154 1: the rules have no `protocol`"),
    ],
)
def test_other_files_are_refused(text: str, message: str, tmp_path: Path) -> None:
    """A file of another kind is an error that says what is expected, never a firewall without rules."""
    found = errors(tmp_path, text)
    assert [one.startswith(message) for one in found] == [True], found


@pytest.mark.parametrize(("text", "code"), [("", "NC101"), ("\0\0", "NC102"), ('[{"a": 1', "NC107")])
def test_files_that_are_no_text(text: str, code: str, tmp_path: Path) -> None:
    """An empty, binary or broken file is an InputError."""
    (tmp_path / "file").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "file")
    assert [one.code for one in caught.value.diagnostics] == [code]


def test_default_settings_are_said_to_be_taken() -> None:
    """A file with rules alone: Windows' defaults hold, and a note says that they are taken."""
    firewall, said = read(FIXTURES / "rules.csv")
    assert firewall.settings[Profile.PUBLIC] == ProfileSettings(
        is_enabled=True, default_inbound=Access.DENY, default_outbound=Access.ALLOW
    )
    assert said == [
        "note NC156 0: no file gives the settings of the profiles: taken as on, Block inbound, Allow outbound"
    ]


def test_nothing_is_imported_that_is_not_needed() -> None:
    """Reading a CSV loads no XML and no registry reader: start-up time is a feature."""
    import subprocess
    import sys

    code = (
        "import sys; from netcheck.sources.windows.kinds import read_part; from netcheck.diagnostics import Collector;"
        f"read_part({str(FIXTURES / 'rules.csv')!r}, Collector());"
        "print([m for m in sys.modules if 'gpreport' in m or 'expat' in m or 'registry' in m or '_xml' in m])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
    assert read_part.__module__ == "netcheck.sources.windows.kinds"
