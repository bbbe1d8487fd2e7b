"""Answers say what is found in a site: of the NICs on the way, once, and not at all where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.questions.asking import Asking
from netcheck.questions.check import check
from netcheck.questions.explain import explain, explain_answer, explanation_dict, parse_flow
from netcheck.questions.reach import reach
from netcheck.sources.load import load_site
from tests.unit.cli.shared import ROOT, run
from tests.unit.questions.computed_sites import Json, machine, routes, site

STORY = ROOT / "fixtures" / "computed-rules"


@pytest.mark.parametrize("name", ["site-network.yaml", "site-same.yaml"])
def test_without_findings_an_answer_has_no_key_for_them(name: str) -> None:
    """What nobody has to look at is not printed."""
    found = load_site([str(STORY / name)])
    answers = [
        reach(found, "app-vm", "Storage.WestUS", ["443"]).to_dict(),
        explain(found, parse_flow(found, "app-vm -> 20.60.1.9:443")).to_dict(),
        check(found, target="Storage.WestUS", port_numbers=[443]).to_dict(),
    ]
    assert [answer for answer in answers if "findings" in answer] == []


def test_findings_are_found_once() -> None:
    """All questions of one asking share them."""
    asking = Asking(load_site([str(STORY / "site-other.yaml")]))
    assert len(asking.findings) == 4
    assert asking.findings is asking.findings
    report = check(asking.site, target="Storage.WestUS", port_numbers=[443], asking=asking)
    assert report.findings is asking.findings


def test_an_explained_answer_has_its_findings_once() -> None:
    """The answer has them, and the flows that stand for its parts have not."""
    asking = Asking(load_site([str(STORY / "site-other.yaml")]))
    answer = reach(asking.site, "app-vm", "Storage.WestUS", ["443"], asking=asking)
    flows = list(explain_answer(asking, answer))
    assert len(answer.findings) == 2
    assert [flow.findings for flow in flows] == [()]
    assert str(explanation_dict(flows, answer)).count("NC230") == 2


def test_the_nic_of_a_proxy_is_on_the_way(tmp_path: Path) -> None:
    """Packets come to it and leave it, whatever address they are for; that of a VM beside it is not."""
    odd: Json = {"effectiveRoutes": [one for one in routes() if one["addressPrefix"] != ["172.16.0.0/12"]]}
    proxy = machine("proxy", "proxy-nic", "10.0.0.9", **odd) | {"proxyServer": {"port": 8080}}
    machines = [machine("vm", "nic", "10.0.0.4"), machine("other", "other-nic", "10.0.0.5", **odd), proxy]
    found = site(tmp_path, {}, virtualMachines=machines)
    assert [one.resource for one in Asking(found).findings] == ["other-nic", "proxy-nic"]
    assert [one.resource for one in reach(found, "vm", "203.0.113.9", ["443"], via="proxy").findings] == ["proxy-nic"]
    assert reach(found, "vm", "203.0.113.9", ["443"]).findings == ()


@pytest.mark.parametrize(
    "command",
    [
        "netcheck reach site-other.yaml --from app-vm --to Storage.WestUS --port 443",
        "netcheck check site-other.yaml --target Storage.WestUS --port 443",
        "netcheck explain site-other.yaml 'app-vm -> 20.60.1.9:443'",
        "netcheck explain site-other.yaml --from app-vm --to Storage.WestUS --port 443",
    ],
)
def test_the_text_says_them_in_lines_of_a_terminal(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each once, wrapped, with both places."""
    monkeypatch.chdir(STORY)
    lines = run(capsys, command).out.splitlines()
    assert lines.count("  finding NC230: NIC `app-nic`, outbound at the subnet: Azure denies by") == 1
    told = " ".join(line.strip() for line in lines)
    assert "`deny-internet` (4000) at rules-older.json:25:9 what NSG `nsg-app` allows by `allow-storage` (200)" in told
    assert [line for line in lines if len(line) > 80 and not line.lstrip().startswith(("e.g.", "next:"))] == []
