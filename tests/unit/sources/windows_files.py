"""Hand-written files of a Windows firewall, and what the tests of its readers share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from netcheck.diagnostics import NOWHERE, Collector, Severity
from netcheck.model.hosts import WindowsFirewall
from netcheck.model.rules import HostRule
from netcheck.sources.windows.export import read_windows_export

FIXTURES = Path(__file__).parents[3] / "fixtures" / "corner-windows-formats"
FORMS = (
    "strings.txt", "local.reg", "query.txt", "rules.csv", "windows-firewall.json", "numbers.json", "gpreport.xml",
    "netsh.txt",
)  # fmt: skip
LOCAL = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
POLICY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\WindowsFirewall"
ALLOW = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3128|Name=in|"


def read(*paths: Path) -> tuple[WindowsFirewall, list[str]]:
    """Read files as one firewall; return it with the codes, severities and messages of all diagnostics."""
    collector = Collector()
    firewall = read_windows_export([str(path) for path in paths], collector)
    return firewall, [f"{one.severity} {one.code} {one.at.line}: {one.message}" for one in collector]


def read_text(folder: Path, text: str, name: str = "rules.txt", encoding: str = "utf-8") -> WindowsFirewall:
    """Write a file and read it; warnings and notes may be there, errors not."""
    path = folder / name
    path.write_text(text, encoding=encoding)
    firewall, said = read(path)
    assert [one for one in said if one.startswith(Severity.ERROR)] == []
    return firewall


def errors(folder: Path, text: str, name: str = "rules.txt") -> list[str]:
    """Write a file and return the errors it is refused with, as `code line: message`."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    _, said = read(path)
    return [one.removeprefix("error ") for one in said if one.startswith(Severity.ERROR)]


def one_string(folder: Path, fields: str) -> HostRule:
    """Return the only rule of a file with one rule string, which allows inbound but for what the fields say."""
    [rule] = read_text(folder, f"v2.31|Action=Allow|Active=TRUE|Dir=In|{fields}Name=r|\n").rules
    return rule


def placeless(rules: Iterable[HostRule]) -> list[HostRule]:
    """Return rules without their places and without where they come from."""
    return [replace(rule, at=NOWHERE, is_group_policy=False) for rule in rules]


def reg_file(*keys: str) -> str:
    """Return a .reg file with keys, each a path and the lines below it."""
    return "Windows Registry Editor Version 5.00\n\n" + "\n".join(keys)


def reg_key(path: str, *lines: str) -> str:
    """Return one key of a .reg file."""
    return "\n".join((f"[{path}]", *lines, ""))
