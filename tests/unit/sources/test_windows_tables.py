"""Rules of Windows as CSV, as the console's list, as JSON and as the report of a Group Policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.model.hosts import ProfileSettings
from netcheck.model.rules import ALL_PROFILES, Access, HostAction, HostRule, Profile
from netcheck.remedy.collect import WINDOWS_FIREWALL
from tests.dialects.trees import parse
from tests.unit.sources.windows_files import FIXTURES, errors, read_text

ROW: dict[str, Any] = json.loads((FIXTURES / "numbers.json").read_text(encoding="utf-8"))[0]
CONSOLE = (
    "Name\tGroup\tProfile\tEnabled\tAction\tOverride\tProgram\tLocal Address\tRemote Address\tProtocol\tLocal Port\t"
    "Remote Port\tAuthorized Users\tAuthorized Computers\tAuthorized Local Principals\tLocal User Owner\t"
    "Application Package\t\n"
)


def of_json(folder: Path, **changes: Any) -> HostRule:
    """Return the first rule of the fixture with changes."""
    [rule] = read_text(folder, json.dumps([{**ROW, **changes}])).rules
    return rule


@pytest.mark.parametrize(
    ("changes", "conditions"),
    [
        ({}, ()),
        ({"Program": "System"}, ("program: System",)),
        ({"Program": ["a.exe"]}, ("program: a.exe",)),
        ({"Program": {"value": ["a.exe"], "Count": 1}}, ("program: a.exe",)),
        ({"DynamicTarget": "WifiDirectPrinting"}, ("dynamicTarget: WifiDirectPrinting",)),
        ({"DynamicTarget": ""}, ("unknown: DynamicTarget",)),
        ({"LocalPort": None}, ("unknown: localPort is blank",)),
        ({"DynamicTarget": 3}, ("dynamicTarget: WifiDirectPrinting",)),
        ({"Authentication": 1, "Encryption": 2}, ("authentication: Required", "encryption: Dynamic")),
        ({"InterfaceType": 2}, ("interfaceType: Wireless",)),
        ({"Service": "*"}, ("service: *",)),
        ({"NewFilter": "x"}, ("unknown: newfilter",)),
        ({"Platform": ["6.2+"]}, ("platform: 6.2+",)),
        ({"Enabled": 3}, ("unknown: enabled 3",)),
        ({"Profile": 9}, ("unknown: profile 9",)),
    ],
)
def test_conditions_of_json(changes: dict[str, Any], conditions: tuple[str, ...], tmp_path: Path) -> None:
    """Values are scalars or lists; a blank where a word for everything is printed is something not known."""
    expected = tuple("unknown: dynamicTarget is blank" if c == "unknown: DynamicTarget" else c for c in conditions)
    assert of_json(tmp_path, **changes).conditions == expected


def test_numbers_of_json(tmp_path: Path) -> None:
    """Enumerations are numbers where `ConvertTo-Json` prints them so: 3 bypasses, 4 blocks, profiles are bits."""
    assert of_json(tmp_path, Action=3).action is HostAction.BYPASS
    assert of_json(tmp_path, Action=4, Enabled=2).is_enabled is False
    assert of_json(tmp_path, Profile=6).profiles == (Profile.PRIVATE, Profile.PUBLIC)
    assert of_json(tmp_path, Profile=2147483647).profiles == ALL_PROFILES
    assert of_json(tmp_path, PolicyStoreSourceType=2).is_group_policy


def test_rules_of_one_id_may_have_each_others_filters(tmp_path: Path) -> None:
    """The collected filters are joined by ID: two rules with one ID are both uncertain."""
    rules = read_text(tmp_path, json.dumps([{**ROW, "InstanceID": "a"}, {**ROW, "InstanceID": "a"}])).rules
    assert {rule.conditions for rule in rules} == {("unknown: its filters, since two rules have its ID",)}


def collected(**changes: Any) -> str:
    """Return what the collecting lines write, with changes."""
    known = json.loads((FIXTURES / "windows-firewall.json").read_text(encoding="utf-8"))
    return json.dumps({**known, **changes})


def test_collected_settings(tmp_path: Path) -> None:
    """Each profile has its own; a setting that is not configured has Windows' default."""
    profiles = [
        {"Name": "Domain", "Enabled": "False"},
        {"Name": "Private", "DefaultInboundAction": 2, "DefaultOutboundAction": 4, "AllowInboundRules": 0},
        {"Name": "Public", "Enabled": "NotConfigured", "AllowLocalFirewallRules": "False"},
    ]
    assert dict(read_text(tmp_path, collected(profiles=profiles)).settings) == {
        Profile.DOMAIN: ProfileSettings(is_enabled=False),
        Profile.PRIVATE: ProfileSettings(
            default_inbound=Access.ALLOW, default_outbound=Access.DENY, allows_inbound_rules=False
        ),
        Profile.PUBLIC: ProfileSettings(allows_local_rules=False),
    }


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        (["Public"], Profile.PUBLIC),
        ([2], Profile.DOMAIN),
        (["Private", "Private"], Profile.PRIVATE),
        (["Private", "Public"], None),
        ([], None),
        (["Moon"], None),
    ],
)
def test_active_profile(categories: list[object], expected: Profile | None, tmp_path: Path) -> None:
    """The profile is that of the networks the machine is in, where they agree."""
    connections = [{"InterfaceAlias": "e", "NetworkCategory": one} for one in categories]
    assert read_text(tmp_path, collected(connections=connections)).active_profile is expected


def test_the_collecting_lines_are_powershell() -> None:
    """Three lines that a parser of the language takes, and that ask for every property that is read."""
    assert len(WINDOWS_FIREWALL) == 3
    script = "\n".join(WINDOWS_FIREWALL)
    assert not parse("powershell", script).has_error
    known = json.loads((FIXTURES / "windows-firewall.json").read_text(encoding="utf-8"))
    for name in (*known["rules"][0], *known["profiles"][0], *known["connections"][0], *known):
        assert f"'{name}'" in script or f"{name} =" in script, name


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            [{"Name": "a", "Direction": 1, "Action": 2, "Enabled": 1, "Profile": 0}],
            "NC154 1: the rules have no `protocol`",
        ),
        ({"netcheckWindowsFirewall": 2, "rules": [ROW]}, "NC154 0: the form `2` of this file is not known"),
        ({"netcheckWindowsFirewall": 1, "rules": []}, "NC154 0: no rules in it"),
        ([{**ROW, "Direction": 7}], "NC154 1: the direction of rule `proxy-in` cannot be `7`"),
        (
            {"netcheckWindowsFirewall": 1, "rules": [ROW], "profiles": [{"Name": "Mars"}]},
            "NC154 1: there is no profile",
        ),
    ],
)
def test_faults_of_json(value: object, message: str, tmp_path: Path) -> None:
    """Rules without filters, a newer form, a direction nobody knows: errors."""
    found = errors(tmp_path, json.dumps(value))
    assert [one for one in found if one.startswith(message)], found


def console_row(**changes: str) -> str:
    """Return a row of the console's list of inbound rules."""
    row = {
        "name": "proxy-in", "group": "", "profile": "All", "enabled": "Yes", "action": "Allow", "override": "No",
        "program": "Any", "local": "Any", "remote": "Local subnet", "protocol": "TCP", "port": "3128, 8080",
        "theirs": "Any", "users": "Any", "computers": "Any", "principals": "Any", "owner": "Any", "package": "Any",
    }  # fmt: skip
    return "\t".join({**row, **changes}.values()) + "\t\n"


def test_the_list_of_the_console(tmp_path: Path) -> None:
    """Inbound rules as the console exports them: it shows no service and the like, so each may match."""
    [rule] = read_text(tmp_path, CONSOLE + console_row()).rules
    assert ([str(port) for port in rule.local_ports], rule.remote_keywords) == (["3128", "8080"], ("LocalSubnet",))
    [condition] = rule.conditions
    assert condition.startswith("unknown: service, interfaceType")


def test_the_console_names_keywords_in_words(tmp_path: Path) -> None:
    """`RPC Dynamic Ports` is RPC; `Override` is a rule that goes before blocks."""
    [rule] = read_text(tmp_path, CONSOLE + console_row(port="RPC Dynamic Ports", override="Yes")).rules
    assert (rule.action, rule.conditions[-1]) == (HostAction.BYPASS, "localPort: RPC")


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_separators(separator: str, tmp_path: Path) -> None:
    """Semicolons, commas and tabs separate; cells may be quoted and hold separators and line breaks."""
    cells = {key: "Any" if value is None else str(value) for key, value in ROW.items()}
    cells |= {"LocalPort": '"80,443"', "Description": '"a;b,c\nd"', "Direction": "Inbound", "Action": "Block"}
    cells |= {
        "Package": "",
        "Owner": "",
        "Platform": "",
        "Profile": "Public",
        "Enabled": "True",
        "InterfaceType": "Any",
    }
    text = separator.join(cells) + "\n" + separator.join(cells.values()) + "\n\n"
    [rule] = read_text(tmp_path, text).rules
    assert (rule.action, [str(port) for port in rule.local_ports]) == (HostAction.BLOCK, ["80", "443"])
    assert (rule.profiles, rule.conditions) == ((Profile.PUBLIC,), ())


@pytest.mark.parametrize("line", ["#TYPE System.Management.Automation.PSCustomObject", "sep=;", '"sep=;"'])
def test_lines_above_the_header(line: str, tmp_path: Path) -> None:
    """`Export-Csv` writes a line with the type, Excel one with the separator."""
    rules = read_text(tmp_path, f"{line}\n{CSV}").rules
    assert [rules[0].name, rules[0].at.line, len(rules)] == ["proxy-in", 3, 12]


CSV = (FIXTURES / "rules.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CSV[:-40], "NC155 13: "),
        ("\n".join(CSV.split("\n")[:3]) + '\n"a";"b"\n', "NC155 4: a row has 2 cells, and the header 31"),
        (CSV.replace('"Program"', '"Protocol"'), "NC154 1: two columns are called `Protocol`"),
        (CONSOLE.replace("Authorized Users\t", ""), "NC154 1: the list does not say whether its rules are inbound"),
    ],
)
def test_faults_of_csv(text: str, message: str, tmp_path: Path) -> None:
    """Cut rows, columns that stand twice, a list whose direction nobody knows: errors."""
    found = errors(tmp_path, text)
    assert [one for one in found if one.startswith(message)], found


def test_a_column_nobody_knows(tmp_path: Path) -> None:
    """What it says of a rule may narrow it: such a rule may match."""
    header, first, *_ = CSV.split("\n")
    rules = read_text(tmp_path, f'{header};"Novelty"\n{first};"x"\n{first};""\n').rules
    assert [rule.conditions for rule in rules] == [("unknown: Novelty: x",), ()]


def report(*parts: str, settings: str = "", enabled: str = "true") -> str:
    """Return a report of a policy with rules, settings, and other extensions behind them."""
    return (
        '<GPO xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Computer>'
        f"<Enabled>{enabled}</Enabled><ExtensionData>"
        '<Extension xmlns:q1="http://www.microsoft.com/GroupPolicy/Settings/WindowsFirewall"'
        f' xsi:type="q1:WindowsFirewallSettings">{settings}</Extension></ExtensionData>'
        f"{''.join(parts)}</Computer></GPO>"
    )


def template(name: str, category: str = "Network/Windows Firewall/Domain Profile", state: str = "Enabled") -> str:
    """Return an administrative template."""
    return (
        '<ExtensionData><Extension xsi:type="q2:RegistrySettings"><Policy>'
        f"<Name>Windows Firewall: {name}</Name><State>{state}</State><Category>{category}</Category>"
        "</Policy></Extension></ExtensionData>"
    )


def test_of_several_policies_the_first_has_its_way(tmp_path: Path) -> None:
    """`gpresult /x` lists a setting of each policy object with its precedence: 1 wins."""
    values = "".join(
        f"<EnableFirewall><Precedence>{rank}</Precedence><Value>{value}</Value></EnableFirewall>"
        for rank, value in ((2, "true"), (1, "false"), (3, "true"))
    )
    text = report(settings=f"<DomainProfile>{values}</DomainProfile>")
    for root in ("GPO", "Rsop"):
        other = text.replace("GPO", root).replace("<Computer>", "<ComputerResults>" if root == "Rsop" else "<Computer>")
        other = other.replace("</Computer>", "</ComputerResults>" if root == "Rsop" else "</Computer>")
        assert read_text(tmp_path, other).settings[Profile.DOMAIN].is_enabled is False


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (template("Protect all network connections", state="Disabled"), {Profile.DOMAIN: False}),
        (
            template("Protect all network connections", "Network/Windows Defender Firewall/Standard Profile"),
            {Profile.PRIVATE: True, Profile.PUBLIC: True},
        ),
        (template("Allow logging"), {}),
        (template("Protect all network connections", state="Not Configured"), {}),
    ],
)
def test_templates_that_switch_the_firewall(part: str, expected: dict[Profile, bool], tmp_path: Path) -> None:
    """The templates of Windows XP set the same values; those about logging decide nothing."""
    firewall = read_text(tmp_path, report(part))
    known = {
        one: firewall.settings[one].is_enabled for one in ALL_PROFILES if firewall.settings[one].is_enabled is not None
    }
    assert known == expected
    assert not any(rule.is_group_policy for rule in firewall.rules)


def test_templates_that_are_not_read_may_open(tmp_path: Path) -> None:
    """Exceptions of a template are rules that may match, under its profile."""
    rules = read_text(tmp_path, report(template("Define inbound port exceptions"))).rules
    assert [rule.profiles for rule in rules if rule.is_group_policy] == [(Profile.DOMAIN,)] * 4


def test_a_policy_that_is_off_says_nothing(tmp_path: Path) -> None:
    """The settings of a policy object whose part for machines is switched off do not count."""
    settings = "<DomainProfile><EnableFirewall><Value>false</Value></EnableFirewall></DomainProfile>"
    assert read_text(tmp_path, report(settings=settings, enabled="false")).settings[Profile.DOMAIN].is_enabled is None


def test_a_report_in_another_language(tmp_path: Path) -> None:
    """Templates are told by their names, so a report that is not in English is refused."""
    found = errors(tmp_path, report(template("x", state="Aktiviert")))
    assert [one for one in found if one.endswith("the report is not in English")]
