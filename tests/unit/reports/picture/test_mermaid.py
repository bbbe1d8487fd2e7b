"""The flowchart of a network: what it shows, and that names stay text."""

import html
import re
from dataclasses import replace

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, parse_prefix
from netcheck.model.ports import ALL_PORTS, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import (
    NetworkInterface,
    NetworkSecurityGroup,
    NoHostFirewall,
    Peering,
    ProxyAddress,
    ProxyClient,
    ProxyServer,
    PublicIp,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.path.leg import Verdict
from netcheck.questions.reach import reach
from netcheck.reports.picture.building import draw_scene
from netcheck.reports.picture.mermaid import escape, label, scene_mermaid
from netcheck.reports.picture.scene import DrawnPath

AT = Source("site.yaml", 1, 1)
HOSTILE = [
    '"]; click n0 "javascript:alert(1)"',
    "<script>alert(1)</script>",
    "a\nclick n0 call alert()\n",
    "]]) --> x[(end",
    "%%{init: {'securityLevel': 'loose'}}%%",
    "`**bold**` #quot; &amp; style:x#35;",
    "; linkStyle default stroke:red",
    "end",
    "a|b|c\\n\u2028d\x1b[31m",
]
_LABEL = r'"((?:[^\W_]|[ ._\-/,\ufffd]|#(?:quot|lt|gt|amp|[0-9]+);|<br/>)*)"'
_LINE = re.compile(
    "|".join(
        (
            r"flowchart LR",
            rf" +subgraph n[0-9]+\[{_LABEL}\]",
            r" +end",
            rf" +(?:n[0-9]+|notes)(?:\[\[{_LABEL}\]\]|\[{_LABEL}\]|\(\[{_LABEL}\]\)|>{_LABEL}\])",
            rf"  n[0-9]+ (?:---|-->|-\.->|==>)(?:\|{_LABEL}\|)? n[0-9]+",
            r"  linkStyle [0-9]+ [a-z0-9#:,\- ]+",
            r"  classDef (?:reachable|blocked|partial|undetermined) [a-z0-9#:,\- ]+",
            r"  class n[0-9]+ (?:reachable|blocked|partial|undetermined)",
        )
    )
)


def _prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]


def _site(name: str = "NSG-lockdown", vm: str = "app-vm") -> Site:
    """One subnet with an NSG that denies port 443, a VM and a proxy VM; `name` is the NSG's, `vm` the VM's."""
    rule = NsgRule(
        name=f"deny {name}", priority=4000, direction=Direction.OUTBOUND, access=Access.DENY, at=AT,
        protocol=Protocol((6,)), sources=(_prefix("10.0.0.0/24"),), source_ports=(ALL_PORTS,),
        destinations=(_prefix("198.51.100.0/24"),), destination_ports=(PortRange(443, 443),),
    )  # fmt: skip
    subnet = Subnet(
        name="default", virtual_network="vnet", prefixes=(_prefix("10.0.0.0/24"),), at=AT, network_security_group=name
    )
    app = NetworkInterface(name="app-nic", subnet="vnet/default", addresses=(_prefix("10.0.0.4"),), at=AT)
    proxy = NetworkInterface(
        name="proxy-nic", subnet="vnet/default", addresses=(_prefix("10.0.0.5"),), at=AT, public_ips=(PublicIp(4),)
    )
    client = ProxyClient(winhttp={"http": ProxyAddress(host="10.0.0.5", port=8080, at=AT)}, at=AT)
    none = NoHostFirewall(at=AT)
    return Site(
        file="site.yaml",
        virtual_networks=(
            VirtualNetwork(name="vnet", address_space=(_prefix("10.0.0.0/24"),), subnets=(subnet,), at=AT),
        ),
        network_security_groups=(NetworkSecurityGroup(name=name, rules=(rule,), at=AT),),
        virtual_machines=(
            VirtualMachine(
                name=vm, os_type="Windows", interfaces=(app,), at=AT, proxy_client=client, host_firewall=none
            ),
            VirtualMachine(
                name="proxy-vm", os_type="Linux", interfaces=(proxy,), at=AT, host_firewall=none,
                proxy_server=ProxyServer(port=8080, at=AT),
            ),
        ),
    )  # fmt: skip


def network_mermaid(site: Site, path: DrawnPath | None = None) -> str:
    return scene_mermaid(draw_scene(site, path))


def _path(site: Site, source: str, target: str, port: str = "443") -> DrawnPath:
    answer = reach(site, source, target, [port])
    return DrawnPath(whole=answer, legs=((answer,),))


def _shown(text: str) -> str:
    """Return what Mermaid shows for an escaped text: its codes are HTML's with `#` for `&`."""
    return html.unescape(re.sub(r"#([a-z]+|[0-9]+);", lambda m: f"&{'#' * m[1].isdigit()}{m[1]};", text))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_label_shows_the_name_itself(name: str) -> None:
    """What Mermaid shows is the name, with control characters replaced."""
    expected = "".join(c if c.isprintable() else "\ufffd" for c in name)
    assert _shown(escape(name)) == expected


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_its_label(name: str) -> None:
    """Every line is one of a few forms, whatever the names are."""
    site = _site(name, name)
    for text in (network_mermaid(site), network_mermaid(site, _path(site, "10.0.0.4", "198.51.100.7"))):
        assert [line for line in text.splitlines() if not _LINE.fullmatch(line)] == []


def test_a_label_keeps_its_own_line_breaks_apart_from_the_text() -> None:
    """A line break that a name holds is text; the breaks between lines are Mermaid's."""
    assert label(["a<br/>b", "", "c"]) == '"a#lt;br/#gt;b<br/>c"'


def test_the_network_shows_everything_on_the_way() -> None:
    """Networks, subnets with their NSG, VMs with addresses and host firewalls, the proxy and its clients."""
    text = network_mermaid(_site())
    for part in (
        'subgraph n0["virtual network vnet<br/>10.0.0.0/24"]',
        'subgraph n1["subnet default<br/>10.0.0.0/24<br/>NSG NSG-lockdown"]',
        'n2["VM app-vm<br/>NIC app-nic 10.0.0.4<br/>no host firewall"]',
        'n3[["proxy VM proxy-vm<br/>NIC proxy-nic 10.0.0.5, public IP address<br/>HTTP proxy on port 8080<br/>'
        'no host firewall"]]',
        'n4(["Internet and Azure services"])',
        'n2 -.->|"WinHTTP proxy port 8080"| n3',
    ):
        assert part in text


def test_a_blocked_path_says_so_in_words_at_the_hop_that_blocks() -> None:
    """The verdict stands in the text of the edge and of the subnet whose NSG decides, not in colour alone."""
    site = _site()
    text = network_mermaid(site, _path(site, "app-vm", "198.51.100.7"))
    assert '==>|"BLOCKED tcp 443<br/>subnet-nsg NSG-lockdown deny NSG-lockdown 4000"|' in text
    assert "NSG NSG-lockdown<br/>BLOCKED by deny NSG-lockdown 4000" in text
    assert "class n1 blocked" in text


def test_an_edge_carries_its_own_verdict() -> None:
    """With two destinations of which one is blocked, each edge tells its own."""
    site = _site()
    answers = tuple(reach(site, "app-vm", target, ["443"]) for target in ("198.51.100.7", "proxy-vm"))
    whole = reach(site, "app-vm", "198.51.100.7,proxy-vm", ["443"])
    text = network_mermaid(site, DrawnPath(whole=whole, legs=(answers,)))
    assert [answer.verdict for answer in answers] == [Verdict.BLOCKED, Verdict.REACHABLE]
    assert '==>|"REACHABLE tcp 443"| n3' in text
    assert ">" + '"PARTIAL app-vm to 198.51.100.7,proxy-vm, tcp 443"' in text


def test_a_reachable_path_marks_no_hop() -> None:
    """Where everything passes nothing is called blocked."""
    site = _site()
    text = network_mermaid(site, _path(site, "app-vm", "proxy-vm", "8080"))
    assert "BLOCKED" not in text
    assert "REACHABLE tcp 8080" in text


def test_a_peering_is_an_edge_between_networks() -> None:
    """A peering is drawn from the network that holds it, and says when it is not connected."""
    site = _site()
    peer = VirtualNetwork(name="hub", address_space=(_prefix("10.1.0.0/24"),), subnets=(), at=AT)
    peering = Peering(name="to-hub", remote_virtual_network="hub", at=AT, is_connected=False)
    network = replace(site.virtual_networks[0], peerings=(peering,))
    text = network_mermaid(replace(site, virtual_networks=(network, peer)))
    assert 'n0 -->|"peering to-hub, not connected"| n4' in text


def test_the_same_site_gives_the_same_text() -> None:
    """Output is repeatable to the byte."""
    assert network_mermaid(_site()) == network_mermaid(_site())
