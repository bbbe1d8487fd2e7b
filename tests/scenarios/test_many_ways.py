"""One network written down by many tools is one network: one digest, and one answer to every question."""

from __future__ import annotations

from pathlib import Path

import pytest

import netcheck
from netcheck.model.rules import Direction
from netcheck.model.site import Site
from netcheck.questions.filter import filter_packets
from netcheck.questions.packets import parse_prefixes

FIXTURES = Path(__file__).parents[2] / "fixtures"
TAGS = str(FIXTURES / "tags" / "ServiceTags_Public_Small.json")
NSG = FIXTURES / "one-nsg-many-ways"
CLASSIC = FIXTURES / "classic-exports"

Question = tuple[str, str, str, str, str, str, set[str]]

WAYS: dict[str, tuple[str, ...]] = {
    "az JSON": ("az-nsg-show.json",),
    "az YAML": ("az-nsg-list.yaml",),
    "REST": ("rest.json",),
    "Az PowerShell": ("az-powershell.json",),
    "Resource Graph": ("resource-graph.json",),
    "template": ("template.json", "template.parameters.json"),
    "Bicep": ("bicep-build.json",),
    "Terraform plan": ("terraform-plan.json",),
    "Terraform state": ("terraform.tfstate",),
    "table": ("rules.csv",),
    "site file": ("site-nsg.yaml",),
}
CLASSIC_WAYS: dict[str, tuple[str, ...]] = {
    "XML": ("nsg.xml",),
    "ConvertTo-Json": ("nsg.json",),
    "console": ("nsg.txt",),
}

# direction, source, destination, protocol, port; what happens and who decides, worked out from the README's rules.
QUESTIONS: tuple[Question, ...] = (
    ("Inbound", "93.184.216.34", "10.1.0.10", "tcp", "443", "reachable", {"allow-https"}),
    ("Inbound", "93.184.216.34", "10.1.0.10", "tcp", "8443", "reachable", {"allow-https"}),
    ("Inbound", "93.184.216.34", "10.1.0.10", "tcp", "444", "blocked", {"deny-rest-in"}),
    ("Inbound", "93.184.216.34", "10.1.1.10", "tcp", "443", "blocked", {"deny-rest-in"}),
    ("Inbound", "93.184.216.34", "10.1.0.10", "udp", "443", "blocked", {"deny-rest-in"}),
    ("Inbound", "192.0.2.255", "10.1.0.10", "tcp", "22", "reachable", {"allow-admins"}),
    ("Inbound", "198.51.100.16", "10.1.0.10", "tcp", "22", "reachable", {"allow-admins"}),
    ("Inbound", "198.51.100.15", "10.1.0.10", "tcp", "22", "blocked", {"deny-rest-in"}),
    ("Inbound", "168.63.129.16", "10.1.0.10", "tcp", "8080", "reachable", {"allow-probes"}),
    ("Inbound", "10.1.2.3", "10.1.0.10", "udp", "1024", "blocked", {"deny-high-udp"}),
    ("Inbound", "10.1.2.3", "10.1.0.10", "udp", "1023", "blocked", {"deny-rest-in"}),
    ("Inbound", "10.1.2.3", "10.1.0.10", "tcp", "443", "blocked", {"deny-rest-in"}),
    ("Outbound", "10.1.0.10", "20.60.1.9", "tcp", "443", "reachable", {"allow-storage"}),
    ("Outbound", "10.1.0.10", "20.60.1.9", "tcp", "80", "blocked", {"deny-internet"}),
    ("Outbound", "10.1.1.10", "20.60.1.9", "tcp", "443", "blocked", {"deny-internet"}),
    ("Outbound", "10.1.0.10", "20.60.0.9", "tcp", "443", "blocked", {"deny-internet"}),
    ("Outbound", "10.1.0.10", "Storage.WestUS", "tcp", "80,443", "partial", {"allow-storage", "deny-internet"}),
    ("Outbound", "10.1.0.10", "10.1.1.4", "udp", "53", "reachable", {"allow-dns"}),
    ("Outbound", "10.1.0.10", "10.1.1.6", "udp", "53", "reachable", {"AllowVnetOutBound"}),
    ("Outbound", "10.1.0.10", "10.1.1.4", "tcp", "53", "reachable", {"AllowVnetOutBound"}),
    ("Outbound", "10.1.0.10", "10.9.0.1", "tcp", "443", "blocked", {"DenyAllOutBound"}),
)
# VIRTUAL_NETWORK is 10.0.0.0/16 and, as Azure's own expansion shows, 168.63.129.16.
CLASSIC_QUESTIONS: tuple[Question, ...] = (
    ("Inbound", "93.184.216.34", "10.0.0.4", "tcp", "3389", "reachable", {"rdp-rule"}),
    ("Inbound", "93.184.216.34", "10.0.0.4", "tcp", "3390", "blocked", {"DENY ALL INBOUND"}),
    ("Inbound", "93.184.216.34", "10.0.0.4", "tcp", "8079", "blocked", {"DENY ALL INBOUND"}),
    ("Inbound", "93.184.216.34", "10.0.0.4", "tcp", "8090", "reachable", {"web-range"}),
    ("Inbound", "10.0.9.9", "10.0.0.4", "tcp", "1433", "blocked", {"deny sql from the network"}),
    ("Inbound", "10.0.9.9", "10.0.0.4", "udp", "1433", "reachable", {"ALLOW VNET INBOUND"}),
    ("Inbound", "168.63.129.16", "10.0.0.4", "tcp", "80", "reachable", {"ALLOW VNET INBOUND"}),
    ("Inbound", "168.63.129.16", "10.9.0.4", "tcp", "80", "reachable", {"ALLOW AZURE LOAD BALANCER INBOUND"}),
    ("Outbound", "10.0.0.4", "10.0.1.5", "tcp", "8080", "reachable", {"allow-proxy"}),
    ("Outbound", "10.0.0.4", "10.0.1.5", "tcp", "8081", "reachable", {"ALLOW VNET OUTBOUND"}),
    ("Outbound", "10.0.0.4", "20.60.1.9", "tcp", "443", "blocked", {"deny-internet"}),
    ("Outbound", "10.0.0.4", "20.60.1.9", "udp", "443", "blocked", {"deny-internet"}),
)


def load(folder: Path, way: tuple[str, ...]) -> Site:
    return netcheck.load(*(folder / name for name in way), tags=TAGS)


def answers(site: Site, vnet: str, questions: tuple[Question, ...]) -> list[tuple[str, set[str]]]:
    """Return the verdict and the deciding rules of each question."""
    found = []
    for direction, source, target, protocol, port, *_ in questions:
        network = parse_prefixes([vnet])
        answer = filter_packets(site, "", Direction(direction), source, target, port.split(","), protocol, network)
        found.append((str(answer.verdict), {one.rule for part in answer.parts for one in part.decided_by}))
    return found


@pytest.mark.parametrize("way", [pytest.param(way, id=name) for name, way in WAYS.items()])
def test_one_nsg_has_one_digest_and_one_answer_to_each_question(way: tuple[str, ...]) -> None:
    """The site file says the same as every tool; what is expected is worked out by hand from the rules."""
    site = load(NSG, way)
    assert netcheck.digest(load(NSG, WAYS["site file"])) == netcheck.digest(site)
    assert [(verdict, rules) for *_, verdict, rules in QUESTIONS] == answers(site, "10.1.0.0/16", QUESTIONS)


@pytest.mark.parametrize("way", [pytest.param(way, id=name) for name, way in CLASSIC_WAYS.items()])
def test_one_classic_nsg_has_one_digest_and_one_answer_to_each_question(way: tuple[str, ...]) -> None:
    """XML, JSON and the console's fixed columns hold the same rules."""
    site = load(CLASSIC, way)
    assert netcheck.digest(load(CLASSIC, CLASSIC_WAYS["XML"])) == netcheck.digest(site)
    expected = [(verdict, rules) for *_, verdict, rules in CLASSIC_QUESTIONS]
    assert expected == answers(site, "10.0.0.0/16", CLASSIC_QUESTIONS)


ALL_WAYS = [(NSG, way) for way in WAYS.values()] + [(CLASSIC, way) for way in CLASSIC_WAYS.values()]


@pytest.mark.parametrize(("folder", "way"), [pytest.param(*one, id=f"{one[1][0]}") for one in ALL_WAYS])
def test_what_tools_print_is_read_without_a_word(folder: Path, way: tuple[str, ...]) -> None:
    """A warning about what every export of a tool has would hide those that matter."""
    assert [found.render() for found in load(folder, way).warnings] == []


def test_another_rule_gives_another_digest(tmp_path: Path) -> None:
    """One port of one rule is enough: the digest does not agree by leaving rules out."""
    text = (NSG / "rest.json").read_text(encoding="utf-8")
    changed = tmp_path / "rest.json"
    changed.write_text(text.replace('"8443"', '"8444"', 1), encoding="utf-8")
    assert netcheck.digest(load(NSG, WAYS["REST"])) != netcheck.digest(load(tmp_path, ("rest.json",)))


def test_every_way_is_told() -> None:
    """No file of the two stories is left out of the comparison."""
    other = {"README.md", "cases.yaml"}
    told = {(folder, name) for folder, way in ALL_WAYS for name in way}
    assert {(folder, path.name) for folder in (NSG, CLASSIC) for path in folder.iterdir()} - told == {
        (folder, name) for folder in (NSG, CLASSIC) for name in other
    }
