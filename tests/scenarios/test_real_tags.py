"""The article's network with the tag file that Microsoft published on 2025-10-28: verdicts, figures, commands.

The file is read where it lies and never copied; without it every test here is skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.cli.main import main
from netcheck.remedy.options import Option
from tests.oracle.internet import POSSIBLE
from tests.recorded.published_tags import option, tag_file

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
WESTUS_ADDRESSES, INTERNET_ADDRESSES = 15_808, 3_653_580_160
DOCUMENTED = (
    'Get-AzureNetworkSecurityGroup -Name "NSG-lockdown" |\n'
    'Set-AzureNetworkSecurityRule -Name "allow-proxy" -Action Allow -Protocol TCP -Type Outbound -Priority 200 '
    '-SourceAddressPrefix "10.0.0.5/32" -SourcePortRange "*" -DestinationAddressPrefix Internet '
    '-DestinationPortRange "80-443"\n'
)


@dataclass
class Shell:
    """Runs commands in the folder of a story, with the published tag file."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def text(self, story: str, *words: str) -> tuple[int, str, str]:
        """Return status, standard output and standard error."""
        self.monkeypatch.chdir(FIXTURES / story)
        status = main([*words, "--tags", tag_file(), "-q"])
        printed = self.capsys.readouterr()
        return status, printed.out, printed.err

    def json(self, story: str, *words: str) -> tuple[int, Any]:
        """Return status and the answer."""
        status, out, _ = self.text(story, *words, "-o", "json")
        return status, json.loads(out)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


def place(story: str, name: str, site: str = "site.yaml") -> str:
    """Return where the rule of that name stands in a site file: `file:line:column` of its mapping."""
    for number, line in enumerate((FIXTURES / story / site).read_text(encoding="utf-8").splitlines(), 1):
        if f"name: {name}" in line:
            first = "{" if "{" in line else "name:"
            return f"{site}:{number}:{line.index(first) + 1}"
    raise AssertionError(f"{story}/{site} has no rule {name}")


@dataclass(frozen=True)
class Row:
    """One line of the worked example: what a story says about one leg, and the rules that decide it."""

    story: str
    source: str
    target: str
    ports: str
    verdict: str
    deciders: tuple[tuple[str, str], ...]
    counts: tuple[int, int]


DENY, EXCEPTION = ("subnet-nsg", "deny-internet"), ("subnet-nsg", "allow-proxy")
INTERNAL = (("subnet-nsg", "ALLOW VNET OUTBOUND"), ("subnet-nsg", "ALLOW VNET INBOUND"), ("host-firewall", "proxy-in"))
INTERNAL_RM = (("subnet-nsg", "AllowVnetOutBound"), ("subnet-nsg", "AllowVnetInBound"), ("host-firewall", "proxy-in"))
BOTH = 2 * WESTUS_ADDRESSES
TO_STORAGE = ("Storage.WestUS", "80,443")
ROWS = [
    Row("article-before", "app-vm", *TO_STORAGE, "blocked", (DENY,), (0, BOTH)),
    Row("article-before", "app-vm", "proxy-vm", "8080", "reachable", INTERNAL, (1, 0)),
    Row("article-before", "proxy-vm", *TO_STORAGE, "blocked", (DENY,), (0, BOTH)),
    Row("article-rule", "app-vm", *TO_STORAGE, "blocked", (DENY,), (0, BOTH)),
    Row("article-rule", "app-vm", "proxy-vm", "8080", "reachable", INTERNAL, (1, 0)),
    Row("article-rule", "proxy-vm", *TO_STORAGE, "reachable", (EXCEPTION,), (BOTH, 0)),
    Row("storage-443", "app-vm", *TO_STORAGE, "blocked", (DENY,), (0, BOTH)),
    Row("storage-443", "app-vm", "proxy-vm", "8080", "reachable", INTERNAL_RM, (1, 0)),
    Row(
        *("storage-443", "proxy-vm", *TO_STORAGE, "partial"),
        (("subnet-nsg", "allow-storage"), DENY),
        (WESTUS_ADDRESSES, WESTUS_ADDRESSES),
    ),
    Row(
        *("storage-443", "proxy-vm", "Storage.WestUS", "443", "reachable"),
        (("subnet-nsg", "allow-storage"),),
        (WESTUS_ADDRESSES, 0),
    ),
    Row("article-shadowed-4001", "app-vm", *TO_STORAGE, "blocked", (DENY,), (0, BOTH)),
    Row("article-shadowed-4001", "proxy-vm", *TO_STORAGE, "blocked", (DENY,), (0, BOTH)),
    Row("article-deny-150", "app-vm", *TO_STORAGE, "blocked", (DENY,), (0, BOTH)),
    Row("article-deny-150", "proxy-vm", *TO_STORAGE, "blocked", (DENY,), (0, BOTH)),
    Row("article-private-subnet", "app-vm", *TO_STORAGE, "blocked", (DENY, ("egress", "")), (0, BOTH)),
    Row("article-private-subnet", "proxy-vm", *TO_STORAGE, "blocked", (("egress", ""),), (0, BOTH)),
]


@pytest.mark.parametrize("row", [pytest.param(r, id=f"{r.story}:{r.source}:{r.target}:{r.ports}") for r in ROWS])
def test_every_state_of_the_article_has_its_verdict(row: Row, shell: Shell) -> None:
    """Each leg has the verdict of the worked example, named rules decide it, and their places are right."""
    status, answer = shell.json(row.story, "reach", "site.yaml", *leg(row.source, row.target, row.ports))
    assert row.verdict == answer["verdict"]
    assert {"reachable": 0, "blocked": 1, "partial": 1}[row.verdict] == status
    assert (*row.counts, 0) == tuple(answer["counts"][v] for v in ("reachable", "blocked", "undetermined"))
    named = [d for d in answer["decisions"] if d["access"] == "Deny" or (d["rule"] and d["hop"] != "route")]
    assert sorted(row.deciders) == sorted((d["hop"], d["rule"] or "") for d in named)
    for decision in named:
        if decision["rule"] in ("deny-internet", "allow-proxy", "allow-storage", "proxy-in"):
            assert place(row.story, decision["rule"]) == decision["at"]


def leg(source: str, target: str, ports: str) -> tuple[str, ...]:
    """Return the words that ask about a leg."""
    return "--from", source, "--to", target, "--port", ports


def test_without_the_inbound_rule_the_proxy_is_blocked_at_its_host_firewall(shell: Shell) -> None:
    """The article's step B missing: the network lets the packets pass, the proxy's Windows does not."""
    status, answer = shell.json(
        "article-before", "reach", "site-no-firewall-rule.yaml", *leg("app-vm", "proxy-vm", "8080")
    )
    assert (status, answer["verdict"]) == (1, "blocked")
    assert [d["hop"] for d in answer["decisions"]] == ["host-firewall"]


def test_the_tag_file_stands_in_the_answer(shell: Shell) -> None:
    """The answer names the file it rests on, with cloud, number and date."""
    _, answer = shell.json("article-before", "reach", "site.yaml", *leg("proxy-vm", *TO_STORAGE))
    tags = answer["tags"]
    assert (tags["cloud"], tags["changeNumber"], tags["published"]) == ("Public", 375, "2025-10-28")
    assert Path(tags["file"]).name == "ServiceTags_Public_20251028.json"


def test_a_government_file_is_refused_for_a_public_site(capsys: pytest.CaptureFixture[str]) -> None:
    """The same tag names hold other ranges in another cloud, so the file is refused, not used."""
    site = str(FIXTURES / "article-rule" / "site.yaml")
    government = tag_file("ServiceTags_AzureGovernment_20250728.json")
    status = main(["reach", site, *leg("proxy-vm", "Storage", "443"), "--tags", government])
    told = capsys.readouterr()
    assert (status, told.out) == (3, "")
    assert "AzureGovernment" in told.err
    assert "Public" in told.err


def test_the_documented_command_is_the_articles_own(shell: Shell) -> None:
    """`fix --as-documented` ends with the article's command to the byte; what it opens too much is counted."""
    status, out, _ = shell.text("article-before", "fix", "site.yaml", *HTTP_PROXY, "--as-documented")
    assert status == 0
    assert out[-len(DOCUMENTED) :] == DOCUMENTED
    assert all(line.startswith("#") for line in out[: -len(DOCUMENTED)].splitlines())
    _, found = shell.json("article-before", "fix", "site.yaml", *HTTP_PROXY, "--as-documented")
    assert found["script"] == DOCUMENTED
    possible = sum(last - first + 1 for first, last in POSSIBLE) - 1  # one is the platform's, which no rule opens
    assert 362 * possible == found["proof"]["openedBeyondRequest"]["count"]
    told = " ".join(found["notes"])
    assert "364 ports" in told
    assert "space" in told


HTTP_PROXY = ("--option", "http-proxy", "--as", "classic")


def test_the_exact_plan_is_two_rules_and_nothing_else(shell: Shell) -> None:
    """Without --as-documented: a rule for 80, one for 443, both from the proxy, nothing opened beyond, none closed."""
    status, found = shell.json("article-before", "fix", "site.yaml", *HTTP_PROXY)
    assert status == 0
    fields = ("nsg", "direction", "access", "sourceAddressPrefix", "destinationAddressPrefix", "destinationPortRange")
    same = ("NSG-lockdown", "Outbound", "Allow", "10.0.0.5/32")
    assert {"80", "443"} == {o["destinationPortRange"] for o in found["openings"]}
    assert [same] * 2 == [tuple(o[f] for f in fields[:4]) for o in found["openings"]]
    assert [o["destinationAddressPrefix"].lower() for o in found["openings"]] == ["internet"] * 2
    proof = found["proof"]
    assert (proof["before"], proof["after"]) == ("blocked", "reachable")
    assert (proof["openedBeyondRequest"]["count"], proof["openedBeyondRequest"]["packets"]) == (0, [])
    assert proof["closed"] == []
    assert all(o["priority"] < 4000 for o in found["openings"])


def test_the_two_options_of_the_article_side_by_side(shell: Shell) -> None:
    """Whitelisting WestUS takes 182 rules and fits; the proxy takes 2; a Storage tag is not feasible in classic."""
    status, found = shell.json(
        "article-before", "compare", "site.yaml", "--target", "Storage.WestUS", "--port", "80,443"
    )
    assert status == 0
    assert found["recommended"] == "http-proxy"
    rules = {name: option(found, name)["rulesNeeded"] for name in ("storage-region-prefixes", "http-proxy")}
    assert rules == {"storage-region-prefixes": 182, "http-proxy": 2}
    for name in ("storage-region-prefixes", "http-proxy", "internet"):
        assert (option(found, name)["verdict"], option(found, name)["feasible"]) == ("reachable", True)
    for name in ("storage-region-tag", "storage-tag", "azurecloud-region-tag", "azurecloud-tag"):
        assert option(found, name)["feasible"] is False
    assert option(found, "internet")["addressesOpened"] == INTERNET_ADDRESSES


def test_allowing_azurecloud_leaves_part_of_storage_closed(tmp_path: Path) -> None:
    """Allow AzureCloud, deny Internet: the regional tag is reachable, global Storage only in part."""
    text = (FIXTURES / "storage-443" / "site.yaml").read_text(encoding="utf-8")
    file = tmp_path / "site.yaml"
    file.write_text(text.replace("destinationAddressPrefix: Storage.WestUS", "destinationAddressPrefix: AzureCloud"))
    site = nc.load(file, tags=tag_file())
    assert nc.can_reach(site, "proxy-vm", "Storage.WestUS", tcp=[443]).verdict == "reachable"
    answer = nc.can_reach(site, "proxy-vm", "Storage", tcp=[443])
    assert answer.verdict == "partial"
    packets: Any = answer.to_dict()["packets"]
    assert ipv4_addresses(packets["reachable"]) == 498_017 - 56_896
    assert ipv4_addresses(packets["blocked"]) == 56_896


def ipv4_addresses(blocks: list[Any]) -> int:
    """Return the number of IPv4 destination addresses of blocks, which have one port each."""
    assert all(block["destinationPorts"] == ["443"] for block in blocks)
    return sum(IPv4Network(text).num_addresses for b in blocks if b["family"] == 4 for text in b["destination"])


def test_an_unknown_tag_leaves_the_answer_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule that names a tag the file does not have: undetermined, status 4, and rule, tag and place are named."""
    text = (FIXTURES / "storage-443" / "site.yaml").read_text(encoding="utf-8")
    (tmp_path / "site.yaml").write_text(text.replace("Prefix: Storage.WestUS", "Prefix: Storage.WestSU"))
    monkeypatch.chdir(tmp_path)
    at = place("storage-443", "allow-storage")
    for command in (["reach", "site.yaml", *leg("proxy-vm", "Storage.WestUS", "443")], ["check", "site.yaml"]):
        only = ["--vm", "proxy-vm", "--port", "443"] if command[0] == "check" else []
        status = main([*command, *only, "--tags", tag_file(), "-q", "-o", "json"])
        found = json.loads(capsys.readouterr().out)
        assert (status, found["verdict"]) == (4, "undetermined")
        entry = found["entries"][0] if command[0] == "check" else found
        [reason] = [text for text in entry["reasons"] if "Storage.WestSU" in text]
        assert all(word in reason for word in ("allow-storage", "200", at, "Storage.WestUS"))
        assert {"allow-storage", "deny-internet"} <= {d["rule"] for d in entry["decisions"]}


def test_resource_manager_plan_opens_the_region_only() -> None:
    """On the same network in Resource Manager one rule for the regional tag opens 443 and 80, and nothing else."""
    from netcheck.remedy.plan import make_plan
    from netcheck.remedy.task import make_task

    site = nc.load(FIXTURES / "article-before" / "site-rm.yaml", tags=tag_file())
    plan = make_plan(make_task(site, Option.STORAGE_REGION_TAG, ["proxy-vm"], "article-2015"))
    assert (plan.before, plan.after) == ("blocked", "reachable")
    assert (plan.opened.count_pairs(), plan.beyond.count_pairs(), bool(plan.closed)) == (BOTH, 0, False)
    assert len(plan.openings) == 1


COMMANDS = {
    "check": ["check", "site.yaml"],
    "reach": ["reach", "site.yaml", *leg("app-vm,proxy-vm", *TO_STORAGE)],
    "compare": ["compare", "site.yaml"],
    "fix": ["fix", "site.yaml", *HTTP_PROXY],
    "explain": ["explain", "site.yaml", "10.0.0.5 -> 20.60.1.1:443/tcp"],
}


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("name", list(COMMANDS))
def test_whole_runs_repeat_to_the_byte(name: str, form: str) -> None:
    """Two processes with different hash seeds print the same bytes and end with the same status."""
    words = [sys.executable, "-m", "netcheck", *COMMANDS[name], "-o", form, "--tags", tag_file()]
    runs = [
        subprocess.run(
            words,
            cwd=FIXTURES / "article-before",
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
        )
        for seed in ("1", "4242")
    ]
    assert runs[0].stdout, runs[0].stderr.decode()
    assert (runs[0].returncode, runs[0].stdout) == (runs[1].returncode, runs[1].stdout)
    assert runs[0].returncode in (0, 1)
