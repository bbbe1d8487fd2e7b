"""Several files of one Windows firewall: whose rules count, whose settings win, what stays open."""

from __future__ import annotations

from pathlib import Path

from netcheck.model.rules import ALL_PROFILES, Profile
from tests.unit.sources.windows_files import ALLOW, FIXTURES, POLICY, placeless, read, reg_file, reg_key

ORIGIN = "unknown: whether it is a rule of Group Policy"


def test_rules_of_unknown_origin_where_only_the_policy_counts() -> None:
    """A CSV does not say where a rule comes from: where only Group Policy counts, it may count or not."""
    firewall, said = read(FIXTURES / "rules.csv", FIXTURES / "policy.reg")
    of_csv = [rule for rule in firewall.rules if rule.at.file.endswith("rules.csv")]
    assert len(of_csv) == 12
    assert all(rule.is_group_policy and ORIGIN in rule.conditions for rule in of_csv[:3])
    assert [one for one in said if "not known of 12 rules: whether it is a rule of Group Policy" in one]


def test_rules_whose_origin_is_known_keep_it() -> None:
    """The registry's own rules are the machine's, and do not count where only Group Policy does."""
    firewall, _ = read(FIXTURES / "local.reg", FIXTURES / "policy.reg")
    assert [rule.is_group_policy for rule in firewall.rules] == [False] * 12 + [True]
    assert not any(ORIGIN in rule.conditions for rule in firewall.rules)
    assert [firewall.settings[one].allows_local_rules for one in ALL_PROFILES] == [True, True, False]


def test_the_order_of_files_does_not_matter() -> None:
    """The same rules and settings, whichever file is named first."""
    paths = [FIXTURES / "local.reg", FIXTURES / "policy.reg"]
    first, second = read(*paths)[0], read(*reversed(paths))[0]
    assert dict(first.settings) == dict(second.settings)
    assert sorted(map(repr, placeless(first.rules))) == sorted(map(repr, placeless(second.rules)))


def test_a_policy_without_merging_needs_no_other_file(tmp_path: Path) -> None:
    """Where local rules do not count under any profile, no file of them is missed."""
    keys = [reg_key(rf"{POLICY}\{one}Profile", '"AllowLocalPolicyMerge"=dword:00000000') for one in ALL_PROFILES]
    path = tmp_path / "policy.reg"
    path.write_text(reg_file(reg_key(POLICY), *keys, reg_key(rf"{POLICY}\FirewallRules", f'"a"="{ALLOW}"')), "utf-8")
    firewall, said = read(path)
    assert [rule.name for rule in firewall.rules] == ["in"]
    assert said == []


def test_two_collections_with_different_networks_leave_the_profile_open(tmp_path: Path) -> None:
    """Files that name different active profiles give none."""
    text = (FIXTURES / "windows-firewall.json").read_text(encoding="utf-8")
    (tmp_path / "a").write_text(text, encoding="utf-8")
    (tmp_path / "b").write_text(text.replace('"NetworkCategory": "Public"', '"NetworkCategory": "Private"'), "utf-8")
    assert read(tmp_path / "a")[0].active_profile is Profile.PUBLIC
    assert read(tmp_path / "a", tmp_path / "b")[0].active_profile is None
