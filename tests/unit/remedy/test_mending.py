"""What no NSG rule can mend: each change has a command, and the site with the change made is mended by it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.diagnostics import Source
from netcheck.model.address import Endpoint, ServiceTag, parse_prefix
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.hosts import ProfileSettings, WindowsFirewall, under_all
from netcheck.model.ports import ALL_PORTS, TCP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, HostAction, HostRule, NextHop, Route
from netcheck.model.site import Site
from netcheck.remedy.changes import Change, with_vm
from netcheck.remedy.options import Option
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.task import make_task

FIXTURES = Path(__file__).parents[3] / "fixtures"
HERE = Source("changed by hand")


def plan(site: Site, vm: str, ports: Sequence[int] = (443,)) -> Plan:
    """Return the plan for one VM and the region's Storage."""
    return make_plan(make_task(site, Option.STORAGE_REGION_TAG, [vm], target="Storage.WestUS", ports=ports))


def only_change(site: Site, vm: str) -> Change:
    """Return the one change that a blocked VM needs; it is no part of the proof."""
    found = plan(site, vm)
    assert str(found.after) == "blocked"
    [change] = found.changes
    assert not change.is_in_proof
    return change


def options(command: str) -> dict[str, str]:
    """Return the options of a command with their values, what it asks for as `?`."""
    words = shlex.split(command)
    assert words[0] == "az"
    found: dict[str, str] = {}
    for word in words:
        if word.startswith("--"):
            found[word] = ""
        elif found:
            last = list(found)[-1]
            found[last] = f"{found[last]} {word}".strip()
    return {name: "?" if value.startswith("${") else value for name, value in found.items()}


def test_an_allow_rule_before_the_security_admin_rule_mends_it() -> None:
    """The rule that the command makes leaves the packets to the NSGs, and is deployed."""
    site = nc.load(FIXTURES / "corner-admin-rules" / "site-38-before-nsgs.yaml")
    change = only_change(site, "app-vm")
    create, commit = change.commands
    put, body = options(create), json.loads(options(create)["--body"])
    told = body["properties"]
    assert (change.kind, body["kind"], put["--method"], told["protocol"]) == ("adminRule", "Custom", "put", "Tcp")
    assert put["--url"] == "?"
    assert options(commit)["--commit-type"] == "SecurityAdmin"

    def side(name: str) -> tuple[Endpoint, ...]:
        return tuple(
            ServiceTag(one["addressPrefix"])
            if one["addressPrefixType"] == "ServiceTag"
            else parse_prefix(one["addressPrefix"])[0]
            for one in told[name]
        )

    [port] = map(int, told["destinationPortRanges"])
    rule = AdminRule(
        name="allow-backup",
        priority=told["priority"],
        direction=Direction(told["direction"]),
        access=AdminAccess(told["access"]),
        protocol=Protocol((TCP,)),
        sources=side("sources"),
        source_ports=(ALL_PORTS,),
        destinations=side("destinations"),
        destination_ports=(PortRange(port, port),),
        at=HERE,
    )
    mended = replace(site, admin_rules=(*site.admin_rules, rule))
    assert str(plan(mended, "app-vm").after) == "reachable"


def test_a_nat_gateway_is_a_way_out() -> None:
    """The command names the subnet and asks for the gateway."""
    site = nc.load(FIXTURES / "article-private-subnet" / "site.yaml")
    change = only_change(site, "app-vm")
    told = options(change.commands[0])
    assert (change.kind, told["--nat-gateway"]) == ("egress", "?")
    [network] = site.virtual_networks
    subnets = tuple(
        replace(one, nat_gateway="nat")
        if (one.virtual_network, one.name) == (told["--vnet-name"], told["--name"])
        else one
        for one in network.subnets
    )
    mended = replace(site, virtual_networks=(replace(network, subnets=subnets),))
    assert str(plan(mended, "app-vm").after) == "reachable"


def test_a_route_of_its_own_leads_the_tag_around_a_route_to_nowhere() -> None:
    """The route for the tag goes to the Internet and is more specific than the one that drops."""
    site = nc.load(FIXTURES / "corner-routes" / "site-45-service-endpoint.yaml")
    change = only_change(site, "nowhere-vm")
    told = options(change.commands[0])
    assert (change.kind, told["--next-hop-type"], told["--address-prefix"]) == ("route", "Internet", "Storage.WestUS")
    route = Route(
        name=told["--name"],
        prefix=ServiceTag(told["--address-prefix"]),
        next_hop=NextHop(told["--next-hop-type"]),
        next_hop_address=None,
        at=HERE,
    )
    tables = tuple(
        replace(table, routes=(*table.routes, route)) if table.name == told["--route-table-name"] else table
        for table in site.route_tables
    )
    assert tables != site.route_tables
    assert str(plan(replace(site, route_tables=tables), "nowhere-vm").after) != "blocked"


@pytest.mark.parametrize("is_by_rule", [True, False])
def test_a_host_firewall_is_opened_where_it_blocks(is_by_rule: bool) -> None:
    """A block rule has to go, since it wins over every allow rule; a default gets an allow rule."""
    site = nc.load(FIXTURES / "storage-443" / "site.yaml")
    [vm] = [one for one in site.virtual_machines if one.name == "proxy-vm"]
    block = HostRule(name="it's mine", direction=Direction.OUTBOUND, action=HostAction.BLOCK, at=HERE)
    default = Access.ALLOW if is_by_rule else Access.DENY
    settings = ProfileSettings(default_outbound=default)
    firewall = WindowsFirewall(rules=(block,) if is_by_rule else (), at=HERE, settings=under_all(settings))
    change = only_change(with_vm(site, replace(vm, host_firewall=firewall)), "proxy-vm")
    assert (change.kind, change.resource) == ("hostFirewallRule", "proxy-vm")
    if is_by_rule:
        assert change.commands == ("Disable-NetFirewallRule -DisplayName 'it''s mine'",)
    else:
        [command] = change.commands
        assert "-Direction Outbound -Action Allow -Protocol TCP -RemotePort 443" in command


def test_no_command_is_written_with_a_name_that_azure_does_not_allow() -> None:
    """The change is told in words then, and has no command."""
    site = nc.load(FIXTURES / "article-private-subnet" / "site.yaml")
    [network] = site.virtual_networks
    hostile = "vnet; $(id)"
    subnets = tuple(replace(one, virtual_network=hostile) for one in network.subnets)
    machines = tuple(
        replace(vm, interfaces=tuple(replace(nic, subnet=f"{hostile}/default") for nic in vm.interfaces))
        for vm in site.virtual_machines
    )
    network = replace(network, name=hostile, subnets=subnets)
    change = only_change(replace(site, virtual_networks=(network,), virtual_machines=machines), "app-vm")
    assert (change.kind, change.commands) == ("egress", ())


def test_an_address_is_no_tag() -> None:
    """Where what is needed is a prefix, no command for a tag is written."""
    site = nc.load(FIXTURES / "corner-admin-rules" / "site-38-before-nsgs.yaml")
    found = make_plan(make_task(site, Option.STORAGE_REGION_TAG, ["app-vm"], target="20.60.0.0/24", ports=(443,)))
    assert [change.commands for change in found.changes] == [()]
