"""What is not known is written so that it stays unknown, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import netcheck
from netcheck.errors import QuestionError
from netcheck.model.address import ApplicationSecurityGroup, Endpoint, Unresolved, parse_address, parse_prefix
from netcheck.model.network import PublicIpSku
from netcheck.model.ports import ALL_PORTS
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import PublicIp, RouteTable, Unmodelled
from tests.unit.reports.sites import AT, alone, network, nic, reloaded, rule
from tests.unit.sources.sites import load


def test_an_uncertain_rule_stays_uncertain(tmp_path: Path) -> None:
    """Reason, priority 0 and two rules of one name and priority survive."""
    rules = (
        rule("u", 0, unknown="`priority` is `x`"),
        rule("twice", 300),
        rule("twice", 300, destination_ports=(ALL_PORTS,), unknown="some ports are not known"),
    )
    found = reloaded(alone(*rules), tmp_path).network_security_groups[0].rules
    assert [(one.name, one.priority, one.unknown) for one in found] == [
        (one.name, one.priority, one.unknown) for one in rules
    ]


@pytest.mark.parametrize("text", ["[parameters('p')]", "azurerm_subnet.a.prefix", "[[escaped]", "", "[x"])
def test_unknown_values_stay_unknown(text: str, tmp_path: Path) -> None:
    """Whatever stands for a value that no file gives is an expression in the site file."""
    found = reloaded(alone(rule(sources=(Unresolved(text, "why"),))), tmp_path)
    assert isinstance(found.network_security_groups[0].rules[0].sources[0], Unresolved)


def test_two_unknown_values_do_not_become_one() -> None:
    """Rules that name one unknown hold together; two that would be spelled alike are refused."""
    first, second = (rule(f"r-{text}", sources=(Unresolved(text, ""),)) for text in ("x", "[x]"))
    with pytest.raises(QuestionError, match="NC318"):
        netcheck.convert(alone(first, replace(second, priority=201)))


def test_routes_that_are_not_known(tmp_path: Path) -> None:
    """An unknown prefix, an appliance whose address nobody knows, and two routes that stand for an unknown next hop."""
    prefix = parse_prefix("10.9.0.0/16")[0]
    routes = (
        Route(name="a", prefix=Unresolved("x", ""), next_hop=NextHop.NONE, next_hop_address=None, at=AT),
        Route(
            name="b",
            prefix=parse_prefix("0.0.0.0/0")[0],
            next_hop=NextHop.VIRTUAL_APPLIANCE,
            next_hop_address=None,
            at=AT,
        ),
        Route(name="c (None)", prefix=prefix, next_hop=NextHop.NONE, next_hop_address=None, at=AT, unknown="why"),
        Route(
            name="c (Internet)", prefix=prefix, next_hop=NextHop.INTERNET, next_hop_address=None, at=AT, unknown="why"
        ),
    )
    site = replace(network(route_table="t"), route_tables=(RouteTable(name="t", routes=routes, at=AT),))
    found = reloaded(site, tmp_path).route_tables[0].routes
    assert [(one.name, one.next_hop, one.unknown) for one in found] == [
        (one.name, one.next_hop, one.unknown) for one in routes
    ]
    assert found[1].next_hop_address is None


def test_prefixes_that_are_not_known_leave_everything_open(tmp_path: Path) -> None:
    """A network without known prefixes is written so, and is not read as an empty one."""
    doubt = Unmodelled("subnet", AT, "no file describes subnet `v/s`")
    site = replace(network(nic("10.0.0.4"), prefixes=()), unmodelled=(doubt,))
    site = replace(site, virtual_networks=(replace(site.virtual_networks[0], address_space=()),))
    found = reloaded(site, tmp_path)
    assert doubt.unknown in [one.unknown for one in found.unmodelled]
    assert netcheck.can_reach(found, "vm", "203.0.113.9", tcp=[443]).verdict == "undetermined"


def test_a_prefix_that_is_not_known_taints_by_itself(tmp_path: Path) -> None:
    """Who writes `[not known]` by hand gets no verdict from an empty subnet."""
    vnet = '{name: v, addressSpace: "[x]", subnets: [{name: s, addressPrefix: "[y]"}]}'
    text = f"netcheck: 1\nvirtualNetworks: [{vnet}]\n"
    assert [one.name for one in load(tmp_path, text).unmodelled] == ["addressSpace", "addressPrefix"]


@pytest.mark.parametrize(
    ("own", "prefixes"),
    [((), "10.0.0.0/29"), (("fd00::4",), "10.0.0.0/29"), ((), "fd00::/125"), (("fd00::4",), "10.0.0.0/24")],
)
def test_addresses_that_azure_chooses(own: tuple[str, ...], prefixes: str, tmp_path: Path) -> None:
    """What may be chosen from is not written; the addresses that are known are."""
    listed = (
        f", privateIPAddress: '{own[0]}', ipConfigurations: [{{privateIPAllocationMethod: Dynamic}}]" if own else ""
    )
    method = "" if own else ", privateIPAllocationMethod: Dynamic"
    more = ", 'fd00::/125'" if own else ""
    text = (
        f"netcheck: 1\nvirtualNetworks:\n  - {{name: v, addressSpace: ['{prefixes}'{more}], "
        f"subnets: [{{name: s, addressPrefixes: ['{prefixes}'{more}]}}]}}\n"
        f"virtualMachines:\n  - name: vm\n    networkInterfaces: [{{name: n, subnet: v/s{listed}{method}}}]\n"
    )
    site = load(tmp_path, text)
    found = reloaded(site, tmp_path)
    assert found.virtual_machines[0].interfaces[0].addresses == site.virtual_machines[0].interfaces[0].addresses
    written = yaml.safe_load(netcheck.convert(site))["virtualMachines"][0]["networkInterfaces"][0]
    assert written.get("privateIPAddress") == (own[0] if own else None)


def test_public_addresses_that_are_not_known(tmp_path: Path) -> None:
    """A public IP resource without its address keeps its family, and each its SKU."""
    known = parse_address("203.0.113.9")
    skus = (None, PublicIpSku.BASIC, PublicIpSku.STANDARD)
    public = (PublicIp(6), *(PublicIp(4, sku=sku) for sku in skus), *(PublicIp(4, known, sku) for sku in skus))
    site = network(nic("10.0.0.4", public_ips=public))
    found = reloaded(site, tmp_path).virtual_machines[0].interfaces[0].public_ips
    assert found == site.virtual_machines[0].interfaces[0].public_ips


def test_groups_that_only_rules_name_stay_open(tmp_path: Path) -> None:
    """A declared group without members is empty; an undeclared one may be anything. Both go into one file."""
    ends: tuple[Endpoint, ...] = (ApplicationSecurityGroup("empty"), ApplicationSecurityGroup("open"))
    site = replace(alone(rule(sources=ends)), application_security_groups=("empty",))
    found = reloaded(site, tmp_path)
    assert found.application_security_groups == ("empty",)
    assert found.network_security_groups[0].rules[0].sources == ends


def test_what_has_no_word_is_listed(tmp_path: Path) -> None:
    """`unmodelled` brings back names and reasons, each once."""
    both = (Unmodelled("privateEndpoints", AT), Unmodelled("deployment", AT, "what `d` deploys is not known"))
    found = reloaded(replace(network(), unmodelled=(*both, *both)), tmp_path).unmodelled
    assert {(one.name, one.unknown) for one in found} == {(one.name, one.unknown) for one in both}
