"""Load balancers of a site file: parts that name each other, who is in a pool, what is open, what Azure refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import parse_address
from netcheck.model.services import BalancingRule, LoadBalancer
from netcheck.model.site import Site
from tests.unit.sources.sites import NETWORK, load

ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network"
FRONTEND = "{name: fe, privateIPAddress: 10.0.0.100, subnet: vnet/default}"


def site_of(folder: Path, balancer: str, nic: str = "") -> Site:
    machines = f"""\
virtualMachines:
  - name: vm
    networkInterfaces:
      - {{name: nic, subnet: vnet/default, privateIPAddress: 10.0.0.4{nic}}}
  - name: other
    networkInterfaces:
      - {{name: other-nic, subnet: vnet/default, privateIPAddress: 10.0.0.5}}
"""
    balancers = f"loadBalancers:\n  - name: lb\n{balancer}" if balancer else ""
    return load(folder, f"netcheck: 1\n{NETWORK}{machines}{balancers}")


def balancer(folder: Path, **parts: str) -> LoadBalancer:
    (found,) = site_of(folder, "".join(f"    {name}: {value}\n" for name, value in parts.items())).load_balancers
    return found


def rule(folder: Path, body: str) -> BalancingRule | None:
    found = balancer(
        folder,
        frontendIPConfigurations=f"[{FRONTEND}]",
        backendAddressPools="[pool]",
        loadBalancingRules=f"[{{name: r, frontendIPConfiguration: fe, backendAddressPool: pool, {body}}}]",
    )
    return found.rules[0] if found.rules else None


def pools_of(site: Site) -> list[tuple[str, ...]]:
    return [nic.backend_pools for vm in site.virtual_machines for nic in vm.interfaces]


@pytest.mark.parametrize(
    ("sku", "expected"),
    [("Standard", True), ("{name: standard, tier: Regional}", True), ("Basic", False), ("null", None)],
)
def test_skus(sku: str, expected: bool | None, tmp_path: Path) -> None:
    """A SKU is a word or what Azure prints; where nothing says it, it is not known."""
    assert balancer(tmp_path, sku=sku).is_standard is expected


def test_frontends(tmp_path: Path) -> None:
    """A private frontend has a subnet, a public one an address or a resource; Azure may choose the address."""
    found = balancer(
        tmp_path,
        frontendIPConfigurations=f"""
      - {FRONTEND}
      - {{name: dynamic, subnet: vnet/default, privateIPAllocationMethod: Dynamic, zones: ["1"]}}
      - {{name: public, publicIPAddress: 203.0.113.9}}
      - {{name: resource, publicIPAddress: {{id: {ID}/publicIPAddresses/pip}}}}
      - {{name: inside, properties: {{publicIPAddress: {{ipAddress: 203.0.113.10}}}}}}
      - {{name: prefix, publicIPPrefix: {{id: {ID}/publicIPPrefixes/x}}}}""",
    )
    shown = [(one.name, one.subnet, str(one.address), one.is_public) for one in found.frontends]
    assert shown == [
        ("fe", "vnet/default", "10.0.0.100/32", False),
        ("dynamic", "vnet/default", "None", False),
        ("public", "", "203.0.113.9/32", True),
        ("resource", "", "None", True),
        ("inside", "", "203.0.113.10/32", True),
        ("prefix", "", "None", True),
    ]


def test_a_rule_for_all_ports(tmp_path: Path) -> None:
    """Microsoft Learn, "High availability ports overview": protocol All and port 0 on both sides."""
    found = rule(tmp_path, "protocol: All, frontendPort: 0, backendPort: 0, enableFloatingIP: true")
    assert found is not None
    assert (found.takes_all_ports, found.has_floating_ip, found.gives_outbound) == (True, True, True)
    assert found == rule(tmp_path, "protocol: all, enableFloatingIP: true")


def test_a_rule_for_one_port(tmp_path: Path) -> None:
    """Ports of both sides, and whether members leave by the frontend."""
    found = rule(tmp_path, "protocol: Tcp, frontendPort: 443, backendPort: 8443, disableOutboundSnat: true, probe: p")
    assert found is not None
    assert (found.protocol.numbers, found.frontend_port, found.backend_port) == ((6,), 443, 8443)
    assert (found.takes_all_ports, found.has_floating_ip, found.gives_outbound) == (False, False, False)


def test_parts_are_named_by_id(tmp_path: Path) -> None:
    """Azure refers to the parts of a load balancer by their IDs; probes and inbound NAT rules are passed over."""
    found = balancer(
        tmp_path,
        frontendIPConfigurations=f"[{FRONTEND}, {{name: out, publicIPAddress: 203.0.113.9}}]",
        backendAddressPools=f"[{{name: pool, id: {ID}/loadBalancers/lb/backendAddressPools/pool}}]",
        loadBalancingRules=f"""
      - name: r
        frontendIPConfiguration: {{id: {ID}/loadBalancers/lb/frontendIPConfigurations/FE}}
        backendAddressPools: [{{id: {ID}/loadBalancers/lb/backendAddressPools/Pool}}]
        properties: {{protocol: Udp, frontendPort: 53, backendPort: 53}}""",
        outboundRules="[{name: o, frontendIPConfigurations: [out], backendAddressPool: pool, protocol: All}]",
        inboundNatRules="[{name: n, frontendPort: 22}]",
        probes="[{name: p}]",
    )
    assert [(one.frontend, one.pool, one.protocol.numbers) for one in found.rules] == [("fe", "pool", (17,))]
    assert [(one.name, one.pool, one.protocol.is_any) for one in found.outbound_rules] == [("o", "pool", True)]
    assert found.unknown == ""


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"colour": "red"}, ["NC120"]),
        ({"sku": "Premium"}, ["NC123"]),
        ({"frontendIPConfigurations": "[{name: a}]"}, ["NC121"]),
        ({"frontendIPConfigurations": "[{name: a, privateIPAddress: 10.8.0.1, subnet: vnet/default}]"}, ["NC140"]),
        (
            {"frontendIPConfigurations": "[{name: a, publicIPAddress: 203.0.113.9, subnet: vnet/default}]"},
            ["NC139"],
        ),
        ({"backendAddressPools": "[a, A]"}, ["NC130"]),
        ({"loadBalancingRules": "[{name: r, protocol: All, frontendIPConfiguration: fe}]"}, ["NC131"]),
        ({"loadBalancingRules": "[{name: r, protocol: All}]"}, ["NC121"]),
        ({"outboundRules": "[{name: r, protocol: All, backendAddressPool: x}]"}, ["NC131"]),
    ],
)
def test_faults(parts: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    """What is missing, misspelled or impossible is an error."""
    with pytest.raises(InputError) as caught:
        balancer(tmp_path, **parts)
    assert [one.code for one in caught.value.diagnostics] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("protocol: Icmp, frontendPort: 1, backendPort: 1", ["NC123"]),
        ("protocol: Tcp, frontendPort: 0, backendPort: 0", ["NC139", "NC139"]),
        ("protocol: All, frontendPort: 80, backendPort: 0", ["NC139"]),
        ("protocol: Tcp, frontendPort: 80", ["NC121"]),
        ("protocol: Tcp, frontendPort: 80, backendPort: 70000", ["NC124"]),
        ("frontendPort: 80, backendPort: 80", ["NC121"]),
    ],
)
def test_faults_of_a_rule(body: str, expected: list[str], tmp_path: Path) -> None:
    """Protocol All and port 0 go together, and with nothing else."""
    with pytest.raises(InputError) as caught:
        rule(tmp_path, body)
    assert [one.code for one in caught.value.diagnostics] == expected


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"uncertain": "a condition"}, "a condition"),
        ({"sku": "Gateway"}, "gateway load balancer"),
        (
            {
                "frontendIPConfigurations": f"[{FRONTEND}]",
                "loadBalancingRules": '[{name: r, frontendIPConfiguration: fe, protocol: "[not known]"}]',
            },
            "protocol of rule `r` is not known",
        ),
        (
            {"backendAddressPools": "[{name: p, loadBalancerBackendAddresses: [{ipAddress: 10.0.0.77}]}]"},
            "holds `10.0.0.77/32`, and no file describes a NIC for it",
        ),
        (
            {"backendAddressPools": f"[{{name: p, backendIPConfigurations: [{{id: {ID}/networkInterfaces/x/y}}]}}]"},
            "no file describes a NIC for it",
        ),
    ],
)
def test_what_is_open(parts: dict[str, str], words: str, tmp_path: Path) -> None:
    """What is not known of a load balancer is told by the load balancer."""
    assert words in balancer(tmp_path, **parts).unknown


@pytest.mark.parametrize("text", ["lb/pool", f"{{id: {ID}/loadBalancers/LB/backendAddressPools/Pool}}"])
@pytest.mark.parametrize("key", ["", "ipConfigurations: [{{name: c, {}}}]"])
def test_a_nic_names_its_pools(key: str, text: str, tmp_path: Path) -> None:
    """On the NIC or its IP configuration, by name or ID; the spelling is that of the load balancer."""
    stated = f"loadBalancerBackendAddressPools: [{text}]"
    site = site_of(tmp_path, "    backendAddressPools: [pool]\n", f", {key.format(stated) if key else stated}")
    assert pools_of(site) == [("lb/pool",), ()]
    assert site.unmodelled == ()


def test_a_pool_of_an_unknown_load_balancer_stays_open(tmp_path: Path) -> None:
    """It may give a way in or out, and no file describes it."""
    site = site_of(tmp_path, "", ", loadBalancerBackendAddressPools: [lb/pool]")
    assert (pools_of(site)[0], [one.name for one in site.unmodelled]) == ((), ["loadBalancerBackendAddressPools"])
    site = site_of(tmp_path, "    backendAddressPools: [pool]\n", ", loadBalancerBackendAddressPools: [bl/pool]")
    assert (pools_of(site)[0], [one.name for one in site.unmodelled]) == ((), ["loadBalancerBackendAddressPools"])


def test_a_pool_that_its_load_balancer_lacks_is_an_error(tmp_path: Path) -> None:
    """A name of ours is a misspelling."""
    with pytest.raises(InputError) as caught:
        site_of(tmp_path, "    backendAddressPools: [pool]\n", ", loadBalancerBackendAddressPools: [lb/pol]")
    (found,) = caught.value.diagnostics
    assert (found.code, found.help) == ("NC131", "did you mean `lb/pool`?")


@pytest.mark.parametrize(
    "member",
    [
        f"backendIPConfigurations: [{{id: {ID}/networkInterfaces/Nic/ipConfigurations/c}}]",
        "loadBalancerBackendAddresses: [{name: a, ipAddress: 10.0.0.4}]",
        f"loadBalancerBackendAddresses: [{{ipAddress: 10.0.0.4, virtualNetwork: {{id: {ID}/virtualNetworks/vnet}}}}]",
        "virtualNetwork: vnet, loadBalancerBackendAddresses: [{name: a, properties: {ipAddress: 10.0.0.4}}]",
    ],
)
def test_a_pool_lists_its_members(member: str, tmp_path: Path) -> None:
    """By IP configuration or by address; the NIC need not say it again."""
    site = site_of(tmp_path, f"    backendAddressPools: [{{name: pool, {member}}}]\n")
    assert pools_of(site) == [("lb/pool",), ()]
    assert site.load_balancers[0].unknown == ""


def test_members_by_address_may_not_leave_through_the_pool(tmp_path: Path) -> None:
    """Microsoft Learn, "Backend pool management": pools by address and outbound rules do not go together."""
    found = balancer(
        tmp_path,
        frontendIPConfigurations="[{name: fe, publicIPAddress: 203.0.113.9}]",
        backendAddressPools="[{name: pool, loadBalancerBackendAddresses: [{ipAddress: 10.0.0.4}]}]",
        outboundRules="[{name: o, frontendIPConfigurations: [fe], backendAddressPool: pool, protocol: All}]",
    )
    assert "leave through it is not certain" in found.unknown


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("false", False), ("null", None)])
def test_what_azure_says_of_default_outbound_access(text: str, expected: bool | None, tmp_path: Path) -> None:
    """A NIC may tell whether it has default outbound access."""
    site = site_of(tmp_path, "", f", defaultOutboundConnectivityEnabled: {text}")
    assert site.virtual_machines[0].primary.has_default_outbound is expected


def test_the_address_of_a_frontend_is_one_address(tmp_path: Path) -> None:
    """Read as the address it is."""
    found = balancer(tmp_path, frontendIPConfigurations=f"[{FRONTEND}]").frontend("FE")
    assert found is not None
    assert found.address == parse_address("10.0.0.100")
