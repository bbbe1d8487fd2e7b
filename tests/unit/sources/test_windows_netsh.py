"""netsh's listings in English: blocks of labelled lines, settings of profiles, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.model.hosts import ProfileSettings
from netcheck.model.rules import Access, HostRule, Profile
from tests.unit.sources.windows_files import FIXTURES, errors, read, read_text

HIDDEN = "unknown: program, service and the like, which this listing does not show"


def block(*changes: str, verbose: bool = True, name: str = "r") -> str:
    """Return one rule as netsh prints it; a change is a line that replaces the one with its label, or is added."""
    lines = {
        "Rule Name": name, "Enabled": "Yes", "Direction": "In", "Profiles": "Domain,Private,Public", "Grouping": "",
        "LocalIP": "Any", "RemoteIP": "Any", "Protocol": "TCP", "LocalPort": "3128", "RemotePort": "Any",
        "Edge traversal": "No",
    }  # fmt: skip
    if verbose:
        lines |= {"InterfaceTypes": "Any", "Security": "NotRequired", "Rule source": "Local Setting"}
    for change in changes:
        label, _, text = change.partition(": ")
        lines[label] = text
    lines |= {"Action": lines.pop("Action", "Allow")}
    first, *rest = [f"{label + ':':<38}{text}".rstrip() for label, text in lines.items() if text != "-"]
    return "\n".join(["", first, "-" * 70, *rest]) + "\n"


def one(folder: Path, *changes: str, verbose: bool = True) -> HostRule:
    """Return the only rule of a listing."""
    [rule] = read_text(folder, block(*changes, verbose=verbose) + "Ok.\n").rules
    return rule


def test_a_listing_that_is_not_verbose_hides_conditions(tmp_path: Path) -> None:
    """Without `verbose` netsh shows no program and no service: a rule may be for one program alone."""
    rule = one(tmp_path, verbose=False)
    assert (rule.conditions, [str(port) for port in rule.local_ports]) == ((HIDDEN,), ["3128"])
    assert one(tmp_path).conditions == ()


def test_rules_without_anything_may_be_of_an_app(tmp_path: Path) -> None:
    """netsh prints the rules of app packages, which allow any protocol, as if they were for everybody."""
    wide = one(tmp_path, "Protocol: Any", "LocalPort: -", "RemotePort: -")
    assert wide.conditions == ("unknown: app package and owner, which netsh does not show",)
    assert one(tmp_path, "LocalPort: Any", "RemoteIP: LocalSubnet").conditions == wide.conditions
    assert one(tmp_path, "Protocol: Any", "LocalPort: -", "RemotePort: -", "RemoteIP: 10.0.0.0/24").conditions == ()


@pytest.mark.parametrize(
    ("change", "conditions"),
    [
        ("Program: C:\\a.exe", ("program: C:\\a.exe",)),
        ("Service: dnscache", ("service: dnscache",)),
        ("Service: Any", ("service: *",)),
        ("InterfaceTypes: LAN,Wireless", ("interfaceType: Wired, Wireless",)),
        ("Security: AuthEnc", ("authentication: Required", "encryption: Required")),
        ("Security: Quantum", ("unknown: Security: Quantum",)),
        ("Remote computer group: x", ("unknown: Remote computer group: x",)),
        ("Rule source: Somewhere", ("unknown: Rule source: somewhere",)),
        ("Description: any text: at all", ()),
    ],
)
def test_verbose_lines(change: str, conditions: tuple[str, ...], tmp_path: Path) -> None:
    """What `verbose` adds; a label nobody knows makes the match possible."""
    assert one(tmp_path, change).conditions == conditions


def test_group_policy(tmp_path: Path) -> None:
    """A rule of Group Policy tells that there is one, and not whether local rules count beside it."""
    firewall = read_text(tmp_path, block("Rule source: Group Policy Setting") + block(name="other"))
    assert [rule.is_group_policy for rule in firewall.rules] == [True, False]
    assert {settings.allows_local_rules for settings in firewall.settings.values()} == {None}


def test_several_rules_of_one_name_and_a_prompt(tmp_path: Path) -> None:
    """Names may repeat; the command that was typed stands above."""
    text = "C:\\> netsh advfirewall firewall show rule name=all verbose\n" + block() + block("LocalPort: 80-90,443")
    assert [[str(port) for port in rule.local_ports] for rule in read_text(tmp_path, text).rules] == [
        ["3128"],
        ["80-90", "443"],
    ]


def test_no_rules(tmp_path: Path) -> None:
    """netsh says so itself; nothing else is read as a firewall without rules."""
    firewall = read_text(tmp_path, "\nNo rules match the specified criteria.\n\n")
    assert (firewall.rules, firewall.settings[Profile.PUBLIC]) == ((), ProfileSettings())


def settings(state: str = "ON", policy: str = "BlockInbound,AllowOutbound", merge: str = "N/A (GPO-store only)") -> str:
    """Return the settings of the profile Public as netsh prints them."""
    lines = [("State", state), ("Firewall Policy", policy), ("LocalFirewallRules", merge)]
    return "\n".join(["Public Profile Settings: ", "-" * 70, *(f"{k:<38}{v}" for k, v in lines), "", "Ok.", ""])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (settings(), ProfileSettings()),
        (settings(state="OFF"), ProfileSettings(is_enabled=False)),
        (settings(policy="BlockInboundAlways,AllowOutbound"), ProfileSettings(allows_inbound_rules=False)),
        (
            settings(policy="AllowInbound,BlockOutbound"),
            ProfileSettings(default_inbound=Access.ALLOW, default_outbound=Access.DENY),
        ),
        (settings(merge="Disable"), ProfileSettings(allows_local_rules=False)),
        (settings(state="SNOOZED"), ProfileSettings(is_enabled=None)),
    ],
)
def test_settings_of_a_profile(text: str, expected: ProfileSettings, tmp_path: Path) -> None:
    """State, defaults, `BlockInboundAlways`, the merging of local rules; a word nobody knows leaves it open."""
    assert read_text(tmp_path, block() + "Ok.\n\n" + text).settings[Profile.PUBLIC] == expected


def test_rules_and_settings_in_two_files(tmp_path: Path) -> None:
    """The rules of one command, the settings of another."""
    (tmp_path / "a").write_text(block(), encoding="utf-8")
    (tmp_path / "b").write_text(settings(state="OFF"), encoding="utf-8")
    firewall, _ = read(tmp_path / "a", tmp_path / "b")
    assert len(firewall.rules) == 1
    assert firewall.settings[Profile.PUBLIC] == ProfileSettings(is_enabled=False)


def test_settings_alone_leave_the_rules_open(tmp_path: Path) -> None:
    """Without a listing of the rules each packet may be allowed or blocked by one."""
    rules = read_text(tmp_path, settings()).rules
    assert {rule.conditions for rule in rules} == {("unknown: the machine's own rules, which no file gives",)}
    assert len(rules) == 4


GERMAN = (FIXTURES / "netsh-german.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GERMAN, "NC155 2: `Regelname:"),
        (block() + GERMAN, "NC155 19: `Regelname:"),
        ("規則名:   WSL\n" + "-" * 70 + "\n有効:   はい\n", "NC155 1: `規則名:"),
        (block("Action: -"), "NC155 2: rule `r` has no line `Action:`: the listing is cut off"),
        (block("Direction: -"), "NC155 2: rule `r` has no line `Direction:`"),
        ("Enabled:    Yes\n" + block(), "NC155 1: `Enabled:    Yes` belongs to no rule: the beginning"),
        (settings().replace("Ok.\n", ""), "NC155 1: the settings of profile Public do not end with `Ok.`"),
        (block("Action: Perhaps"), "NC154 2: the action of rule `r` cannot be `Perhaps`"),
    ],
)
def test_faults(text: str, message: str, tmp_path: Path) -> None:
    """Other languages, wherever they begin, and listings without their beginning or end are refused."""
    found = errors(tmp_path, text)
    assert [one for one in found if one.startswith(message)], found


def test_icmp_types(tmp_path: Path) -> None:
    """The types stand below the protocol, with the code where it is not any."""
    text = block("Protocol: ICMPv4", "LocalPort: -", "RemotePort: -")
    line = f"{'Protocol:':<38}ICMPv4\n"
    pad = " " * 38
    [rule] = read_text(
        tmp_path, text.replace(line, f"{line}{pad}Type    Code\n{pad}8       Any \n{pad}3       4\n")
    ).rules
    assert (rule.protocol.numbers, rule.conditions) == ((1,), ("icmpType: 8, 3:4",))
