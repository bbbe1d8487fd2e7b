"""`netcheck explain`: one flow, directly or through a proxy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run

SITE = ROOT / "fixtures" / "article-rule" / "site.yaml"
BALANCED = ROOT / "fixtures" / "corner-load-balancer" / "site-33-client.yaml"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SITE.parent)


def test_a_flow_through_a_proxy_has_two_legs(capsys: pytest.CaptureFixture[str]) -> None:
    """The client's connection to the proxy's port, then the proxy's own to the destination."""
    command = "netcheck explain site.yaml 'app-vm -> x.blob.core.windows.net:443' --via proxy-vm -o json"
    outcome = run(capsys, command)
    told = json.loads(outcome.out)
    legs = [(f["flow"]["source"], f["flow"]["destinationPort"], f["verdict"]) for f in told["flows"]]
    assert (outcome.status, told["verdict"], told["question"]["via"]) == (0, "reachable", "proxy-vm")
    assert legs == [("10.0.0.4", 8080, "reachable"), ("10.0.0.5", 443, "reachable")]
    assert any(hop["hop"] == "proxy-server" for hop in told["hops"])


def test_an_address_without_a_name_leaves_the_list_open(capsys: pytest.CaptureFixture[str]) -> None:
    """The proxy's list is by name, and the flow has none."""
    outcome = run(capsys, "netcheck explain site.yaml '10.0.0.4 -> 13.83.72.16:443/tcp' --via proxy-vm")
    assert (outcome.status, outcome.out.split()[0]) == (4, "UNDETERMINED")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("'app-vm#5 -> 13.83.72.16:443' --via proxy-vm", "has a source port"),
        ("'app-vm -> 13.83.72.16:443' --port 80", "`--port` gives another"),
        ("'app-vm => 13.83.72.16:443' --via proxy-vm", "names no flow"),
        ("'app-vm -> 13.83.72.16' --via proxy-vm", "is no flow"),
        ("'app-vm -> 13.83.72.16:443/udp' --via proxy-vm", "carries TCP only"),
    ],
)
def test_what_cannot_be_asked(words: str, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing that is typed is passed over in silence."""
    outcome = run(capsys, f"netcheck explain site.yaml {words}")
    assert outcome.status != 0
    assert fault in outcome.err


def test_the_direct_way_of_one_flow_says_what_the_client_does(capsys: pytest.CaptureFixture[str]) -> None:
    """The backup client is set to a proxy, so its own requests take another way than this flow."""
    outcome = run(capsys, "netcheck explain site.yaml 'app-vm -> 13.83.72.16:443' -o json")
    reasons = json.loads(outcome.out)["reasons"]
    assert [r for r in reasons if "sends such requests to proxy 10.0.0.5:8080" in r and "`--via proxy-vm`" in r]


def test_a_load_balancer_in_front_of_proxies(capsys: pytest.CaptureFixture[str]) -> None:
    """The client's connection goes to the frontend; behind it each proxy has a connection of its own."""
    words = ["explain", str(BALANCED), "--from", "app-vm", "--to", "20.60.34.1", "--port", "443", "--via", "lb-proxy"]
    flows = json.loads(run(capsys, [*words, "-o", "json"]).out)["flows"]
    assert [(f["flow"]["source"], f["flow"]["destination"], f["flow"]["destinationPort"]) for f in flows] == [
        ("10.0.1.4", "10.0.2.100", 8080),
        ("10.0.2.4", "20.60.34.1", 443),
        ("10.0.2.5", "20.60.34.1", 443),
    ]


OWNER = """\
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT DROP [0:0]
-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A OUTPUT -p tcp -m owner --uid-owner 0 -j ACCEPT
COMMIT
"""
"""Root may send, and nobody else for certain; answers pass."""


def test_a_proxy_sends_as_a_user_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The backup extension runs as root, a proxy does not: its leg is as open as the whole, not reachable."""
    text = SITE.read_text(encoding="utf-8").replace("../tags", str(ROOT / "fixtures" / "tags"))
    firewall = text[text.index("    hostFirewall:\n") : text.index("    proxyServer:")]
    (tmp_path / "owner.save").write_text(OWNER, encoding="utf-8")
    site = tmp_path / "site.yaml"
    site.write_text(text.replace(firewall, "    hostFirewall: {kind: iptables, save: owner.save}\n"), encoding="utf-8")
    command = f"netcheck explain {site} --from app-vm --to Storage.WestUS --port 443 --via proxy-vm -o json"
    told = json.loads(run(capsys, command).out)
    legs = [(flow["flow"]["source"], flow["verdict"]) for flow in told["flows"]]
    assert told["verdict"] == "undetermined"
    assert legs == [("10.0.0.4", "reachable"), ("10.0.0.5", "undetermined")]
