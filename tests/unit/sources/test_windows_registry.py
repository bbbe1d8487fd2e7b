"""Keys of the registry as `reg export` and `reg query` write them: rules, settings, Group Policy, and what is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.model.hosts import ProfileSettings
from netcheck.model.rules import ALL_PROFILES, Access, HostAction, Profile
from tests.unit.sources.windows_files import ALLOW, LOCAL, POLICY, errors, read, read_text, reg_file, reg_key

RULES = reg_key(rf"{LOCAL}\FirewallRules", f'"proxy-in"="{ALLOW}"')
UNKNOWN = ProfileSettings(
    is_enabled=None, default_inbound=None, default_outbound=None, allows_local_rules=None, allows_inbound_rules=None
)


def test_settings_of_each_profile(tmp_path: Path) -> None:
    """1 is Block for the default actions; StandardProfile of the machine's own keys is Private."""
    text = reg_file(
        RULES,
        reg_key(rf"{LOCAL}\DomainProfile", '"EnableFirewall"=dword:00000000'),
        reg_key(rf"{LOCAL}\StandardProfile", '"DefaultInboundAction"=dword:00000000', '"DoNotAllowExceptions"=dword:1'),
        reg_key(rf"{LOCAL}\PublicProfile", '"EnableFirewall"=dword:1', '"DefaultOutboundAction"=dword:00000001'),
    )
    assert dict(read_text(tmp_path, text).settings) == {
        Profile.DOMAIN: ProfileSettings(is_enabled=False),
        Profile.PRIVATE: ProfileSettings(default_inbound=Access.ALLOW, allows_inbound_rules=False),
        Profile.PUBLIC: ProfileSettings(default_outbound=Access.DENY),
    }


def test_rules_of_the_policy_are_its_own(tmp_path: Path) -> None:
    """Rules below the policy's key are Group Policy's; those of both keys count together."""
    text = reg_file(RULES, reg_key(POLICY), reg_key(rf"{POLICY}\FirewallRules", f'"{{1}}"="{ALLOW}"'))
    assert [rule.is_group_policy for rule in read_text(tmp_path, text).rules] == [False, True]


def test_settings_of_the_policy_win(tmp_path: Path) -> None:
    """What Group Policy says of a setting stands above the machine's own, whichever file is named first."""
    own = tmp_path / "own.reg"
    own.write_text(
        reg_file(reg_key(LOCAL), RULES, reg_key(rf"{LOCAL}\PublicProfile", '"EnableFirewall"=dword:1')), "utf-8"
    )
    policy = tmp_path / "policy.reg"
    policy.write_text(
        reg_file(
            reg_key(POLICY),
            reg_key(rf"{POLICY}\PublicProfile", '"EnableFirewall"=dword:0', '"AllowLocalPolicyMerge"=dword:0'),
        ),
        "utf-8",
    )
    for paths in ((own, policy), (policy, own)):
        firewall, _ = read(*paths)
        assert firewall.settings[Profile.PUBLIC] == ProfileSettings(is_enabled=False, allows_local_rules=False)
        assert firewall.settings[Profile.DOMAIN] == ProfileSettings()
        assert firewall.files == tuple(map(str, paths))


@pytest.mark.parametrize(
    ("own", "profiles"),
    [((), (Profile.PRIVATE, Profile.PUBLIC)), ((reg_key(rf"{POLICY}\PublicProfile", '"x"="y"'),), ())],
)
def test_standard_profile_of_the_policy(own: tuple[str, ...], profiles: tuple[Profile, ...], tmp_path: Path) -> None:
    """[MS-GPFAS] 2.2.3: it is for Private and Public, unless one of them has a key of its own."""
    standard = reg_key(rf"{POLICY}\StandardProfile", '"EnableFirewall"=dword:00000000')
    settings = read_text(tmp_path, reg_file(RULES, reg_key(POLICY), standard, *own)).settings
    assert [one for one in ALL_PROFILES if settings[one].is_enabled is False] == list(profiles)


def test_a_policy_alone_leaves_the_machine_open(tmp_path: Path) -> None:
    """Without the machine's own files its rules may allow or block; settings the policy leaves alone are unknown."""
    text = reg_file(reg_key(POLICY), reg_key(rf"{POLICY}\FirewallRules", f'"a"="{ALLOW}"'))
    firewall = read_text(tmp_path, text)
    assert dict(firewall.settings) == dict.fromkeys(ALL_PROFILES, UNKNOWN)
    own = [rule for rule in firewall.rules if not rule.is_group_policy]
    assert {(rule.direction, rule.action) for rule in own} == {
        (direction, action) for direction in ("Inbound", "Outbound") for action in (HostAction.ALLOW, HostAction.BLOCK)
    }
    assert {rule.conditions for rule in own} == {("unknown: the machine's own rules, which no file gives",)}


def test_disabled_interfaces_leave_the_profile_open(tmp_path: Path) -> None:
    """Whether the VM's interface is one on which the firewall is off, its identifier does not tell."""
    key = reg_key(rf"{LOCAL}\PublicProfile", '"DisabledInterfaces"="{0C6A}"', '"EnableFirewall"=dword:1')
    assert read_text(tmp_path, reg_file(RULES, key)).settings[Profile.PUBLIC].is_enabled is None


@pytest.mark.parametrize(
    ("key", "profiles"),
    [
        (rf"{POLICY}\DomainProfile\GloballyOpenPorts\List", (Profile.DOMAIN,)),
        (rf"{LOCAL}\StandardProfile\AuthorizedApplications\List", (Profile.PRIVATE,)),
        (rf"{POLICY}\Novelty", ALL_PROFILES),
    ],
)
def test_keys_that_are_not_read_may_open_and_close(key: str, profiles: tuple[Profile, ...], tmp_path: Path) -> None:
    """Exceptions in the form of Windows XP, and keys nobody knows, are rules that may match."""
    rules = read_text(tmp_path, reg_file(RULES, reg_key(POLICY), reg_key(key, '"80:TCP"="80:TCP:*:enabled:web"'))).rules
    assert [rule.profiles for rule in rules[1:]] == [profiles] * 4
    assert all(rule.conditions[0].startswith("unknown: the registry key") for rule in rules[1:])


@pytest.mark.parametrize(("action", "blocks"), [("SecureServer", 2), ("Secure", 2), ("Boundary", 0), ("Other", 2)])
def test_connection_security_rules_may_keep_out(action: str, blocks: int, tmp_path: Path) -> None:
    """A rule that demands IPsec keeps out who does not speak it; one that asks for it keeps nobody out."""
    key = reg_key(rf"{POLICY}\ConSecRules", f'"r"="v2.10|Action={action}|Active=TRUE|Name=r|"')
    rules = read_text(tmp_path, reg_file(RULES, reg_key(POLICY), key)).rules
    assert [rule.action for rule in rules[1:]] == [HostAction.BLOCK] * blocks


def test_names_of_values_and_escapes(tmp_path: Path) -> None:
    """A name in a resource file tells nobody anything; the value's does. Backslashes and quotes are escaped."""
    rule = r'"WINRM-In"="v2.10|Action=Allow|Active=TRUE|Dir=In|App=C:\\a \"b\".exe|Name=@FirewallAPI.dll,-30253|"'
    [found] = read_text(tmp_path, reg_file(reg_key(rf"{LOCAL}\FirewallRules", rule))).rules
    assert (found.name, found.conditions) == ("WINRM-In", ('program: C:\\a "b".exe',))


def test_a_number_may_be_written_in_bytes(tmp_path: Path) -> None:
    """`hex(4)` is a number like `dword`."""
    key = reg_key(rf"{LOCAL}\PublicProfile", '"EnableFirewall"=hex(4):00,00,00,00')
    assert read_text(tmp_path, reg_file(RULES, key)).settings[Profile.PUBLIC].is_enabled is False


def test_a_text_may_go_over_lines(tmp_path: Path) -> None:
    """A description with a line break is one value; what stands behind it is read."""
    first = '"a"="v2.10|Action=Allow|Active=TRUE|Dir=In|Desc=one'
    text = reg_file(reg_key(rf"{LOCAL}\FirewallRules", first, 'two|Name=a|"', f'"b"="{ALLOW}"'))
    assert [rule.name for rule in read_text(tmp_path, text).rules] == ["a", "in"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (reg_file(RULES)[:-20], "NC155 4: the value of `proxy-in` is cut off or of no known kind"),
        (reg_file("[HKEY_LOCAL_MACHINE\\SYS"), "NC155 3: a key has no `]`: the file is cut off"),
        (reg_file(reg_key(LOCAL, '"a"=dword:zz')), "NC155 4: the value of `a` is cut off or of no known kind"),
        (reg_file(reg_key(LOCAL, '"a"=hex:01,02,')), "NC155 4: the value of `a` is cut off or of no known kind"),
        (
            reg_file(reg_key(LOCAL, '"EnableFirewall"=dword:0')).rstrip(),
            "NC155 4: the value of `EnableFirewall` is cut",
        ),
        (reg_file('"EnableFirewall"=dword:00000000'), 'NC154 3: `"EnableFirewall"=dword:00000000` is no line'),
        (reg_file(reg_key(f"-{LOCAL}")), "NC154 3: the file deletes keys: it is a change, not an export"),
        (reg_file(reg_key(LOCAL, '"a"=-')), "NC154 4: `a` is deleted: the file is a change, not an export"),
        (
            reg_file(reg_key(rf"{LOCAL}\FirewallRules", '"a"="v2.10|Action=Al"')),
            "NC155 4: rule `a`: the rule string does",
        ),
        (
            reg_file(reg_key(rf"{LOCAL}\FirewallRules", '"a"="allow all"')),
            "NC154 4: rule `a`: a rule string begins with",
        ),
        (f"{LOCAL}\n{LOCAL}\\FirewallRules\n", "NC154 2: keys are listed here without anything in them"),
        (f"{LOCAL}\n    EnableFire", "NC155 2: `EnableFire` is no value: the file is cut off"),
        (
            f"{LOCAL}\\FirewallRules\n    a    REG_SZ    {ALLOW}\n\nEnd of search: 1 match(es) found.",
            "NC154 4: `End of",
        ),
    ],
)
def test_faults(text: str, message: str, tmp_path: Path) -> None:
    """A cut file, a file that changes keys, a listing of keys without values, a search: errors with their line."""
    found = errors(tmp_path, text)
    assert [one for one in found if one.startswith(message)], found


def test_files_that_differ_are_refused(tmp_path: Path) -> None:
    """Two exports of one machine that say different things: one is older."""
    paths = []
    for number in (0, 1):
        path = tmp_path / f"{number}.reg"
        path.write_text(
            reg_file(RULES, reg_key(rf"{LOCAL}\PublicProfile", f'"EnableFirewall"=dword:{number}')), "utf-8"
        )
        paths.append(path)
    _, said = read(*paths)
    assert [one for one in said if one.startswith("error NC154 7: this file and")]
