"""Through a proxy VM: each client by itself, each connection by itself, nothing passes for want of a decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.model.site import Site
from tests.unit.sources.sites import load, write, write_tags

TEXT = """\
netcheck: 1
serviceTags: ServiceTags_Public.json
virtualNetworks:
  - name: v
    addressSpace: [10.0.0.0/24]
    subnets: [{name: s, addressPrefix: 10.0.0.0/24, defaultOutboundAccess: true, networkSecurityGroup: nsg}]
networkSecurityGroups:
  - {name: nsg, securityRules: [RULES]}
virtualMachines:
  - name: app
    hostFirewall: none
    networkInterfaces: [{name: n1, subnet: v/s, privateIPAddress: 10.0.0.4}]
  - name: proxy
    FIREWALL
    networkInterfaces: [{name: n2, subnet: v/s, privateIPAddress: 10.0.0.5}]
    proxyServer: PROXY
"""
SQUID = """\
http_port 8080
acl vms src SOURCES
http_access allow vms
http_access deny all
"""


def site(folder: Path, rules: str = "", sources: str = "", firewall: str = "hostFirewall: none") -> Site:
    """Load a network with a proxy; `sources` are the clients that its list allows, all where none is given."""
    write_tags(folder)
    write(folder, SQUID.replace("SOURCES", sources), "squid.conf")
    text = TEXT.replace("RULES", rules).replace("FIREWALL", firewall)
    return load(folder, text.replace("PROXY", "{squidConf: squid.conf}" if sources else "{port: 8080}"))


def by_source(answer: nc.Answer) -> dict[str, str]:
    """Return the verdict by source prefix."""
    found: Any = answer.to_dict()
    return {s: verdict for verdict, listed in found["packets"].items() for b in listed for s in b["source"]}


def test_a_list_of_clients_judges_every_address(tmp_path: Path) -> None:
    """Only one of eight addresses is allowed: the question about all eight is partial, by exactly that address."""
    answer = nc.can_reach(
        site(tmp_path, sources="10.0.0.8/32"), "10.0.0.8/29", "Storage.WestUS", tcp=[443], via="proxy"
    )
    assert answer.verdict == "partial"
    assert by_source(answer) == {
        "10.0.0.8/32": "reachable",
        "10.0.0.9/32": "blocked",
        "10.0.0.10/31": "blocked",
        "10.0.0.12/30": "blocked",
    }


def test_clients_named_inside_of_a_group_are_told_apart(tmp_path: Path) -> None:
    """A list of clients within `all-of` cuts the question as one by itself does."""
    sources = "10.0.0.9/32\nacl all-vms all-of CONNECT vms\nhttp_access allow all-vms\nacl vms src 10.0.0.8/32"
    found = site(tmp_path, sources=sources)
    answer = nc.can_reach(found, "10.0.0.8/30", "Storage.WestUS", tcp=[443], via="proxy")
    assert by_source(answer) == {"10.0.0.8/31": "reachable", "10.0.0.10/31": "blocked"}


def test_one_client_refused_does_not_refuse_the_others(tmp_path: Path) -> None:
    """Two clients in one question keep their own verdicts."""
    answer = nc.can_reach(
        site(tmp_path, sources="10.0.0.4/32"), "app,10.0.0.8", "Storage.WestUS", tcp=[443], via="proxy"
    )
    assert by_source(answer) == {"10.0.0.4/32": "reachable", "10.0.0.8/32": "blocked"}


def rule(name: str, direction: str, access: str, priority: int, source: str, sport: str, to: str, port: str) -> str:
    """Return a rule."""
    return (
        f"{{name: {name}, priority: {priority}, direction: {direction}, access: {access}, protocol: Tcp, "
        f'sourceAddressPrefix: "{source}", sourcePortRange: "{sport}", destinationAddressPrefix: "{to}", '
        f'destinationPortRange: "{port}"}}'
    )


def test_one_client_kept_from_the_proxy_does_not_keep_the_others(tmp_path: Path) -> None:
    """A rule that keeps one client from the proxy's port blocks its traffic and no other client's."""
    one = site(tmp_path, rule("no-app", "Inbound", "Deny", 100, "10.0.0.4", "*", "10.0.0.5", "8080"))
    answer = nc.can_reach(one, "app,10.0.0.8", "Storage.WestUS", tcp=[443], via="proxy")
    assert by_source(answer) == {"10.0.0.4/32": "blocked", "10.0.0.8/32": "reachable"}


def test_connections_that_depend_on_their_source_port_leave_it_open(tmp_path: Path) -> None:
    """Where only some connections to the proxy pass, a request passes or not, depending on the one it gets."""
    one = site(tmp_path, rule("odd", "Inbound", "Deny", 100, "*", "0-50000", "10.0.0.5", "8080"))
    assert nc.can_reach(one, "app", "Storage.WestUS", tcp=[443], via="proxy").verdict == "undetermined"


def test_an_unknown_host_firewall_stays_unknown_beside_a_rule_on_source_ports(tmp_path: Path) -> None:
    """A rule that allows some source ports by another rule than the rest does not settle what step B leaves open."""
    one = site(tmp_path, rule("web", "Inbound", "Allow", 100, "*", "80", "*", "*"), firewall="osType: Windows")
    assert nc.can_reach(one, "app", "proxy", tcp=[8080]).verdict == "undetermined"
    assert nc.can_reach(one, "app", "Storage.WestUS", tcp=[443], via="proxy").verdict == "undetermined"


def test_the_proxys_own_way_out_counts_not_the_clients(tmp_path: Path) -> None:
    """A rule against the proxy's address stops the proxied way; one against the client's address does not."""
    proxy = site(tmp_path, rule("no-proxy", "Outbound", "Deny", 100, "10.0.0.5", "*", "Internet", "*"))
    client = site(tmp_path, rule("no-client", "Outbound", "Deny", 100, "10.0.0.4", "*", "Internet", "*"))
    asked = {"tcp": [80, 443], "via": "proxy"}
    assert nc.can_reach(proxy, "app", "Storage.WestUS", **asked).verdict == "blocked"  # type: ignore[arg-type]  # words
    assert nc.can_reach(client, "app", "Storage.WestUS", **asked).verdict == "reachable"  # type: ignore[arg-type]  # words
    assert nc.can_reach(client, "app", "Storage.WestUS", tcp=[443]).verdict == "blocked"


@pytest.mark.parametrize("via", ["proxy", "PROXY", "10.0.0.5"])
def test_a_proxy_is_named_by_vm_or_address(via: str, tmp_path: Path) -> None:
    """The proxy VM may be named in any letter case, or by its address."""
    assert nc.can_reach(site(tmp_path), "app", "Storage.WestUS", tcp=[443], via=via).verdict == "reachable"
