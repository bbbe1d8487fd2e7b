"""A site written as a site file: spelling, quoting, what is left out, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

import netcheck
from netcheck.errors import QuestionError
from netcheck.model.address import parse_prefix
from netcheck.model.ports import Protocol
from netcheck.model.rules import Access
from netcheck.model.site import RouteTable, Site, Subnet, Unmodelled, VirtualNetwork
from tests.unit.reports.sites import AT, alone, network, nic, reloaded, rule
from tests.unit.sources.sites import ARTICLE, NETWORK, load, write_tags
from tests.unit.sources.test_schema import VALIDATOR

ODD = (
    "no",
    "22:30",
    "0100",
    "789",
    "1e3",
    "*",
    "~",
    "null",
    "a b ",
    " x",
    "nsg (rg-a)",
    "a: b",
    "#x",
    "ä€",
    "[x]",
    '"',
    "-",
    *('"x', "...", "\\", "é's", ".5", "{x}", "%a", "@b", "&c", "!d", "|", ">", "?", ",", "y", "=", "<<"),
)


def test_the_article_is_written_as_people_write_it(tmp_path: Path) -> None:
    """Rules are one line each, stars and ports are quoted, one value stands in the singular field."""
    write_tags(tmp_path)
    text = netcheck.convert(load(tmp_path, ARTICLE), output=tmp_path / "site.yaml")
    assert text.startswith("# yaml-language-server: $schema=site.schema.json\nnetcheck: 1\ncloud: Public\n")
    assert (
        '      - {name: deny-internet, priority: 4000, direction: Outbound, access: Deny, protocol: "*", '
        'sourceAddressPrefix: "*", sourcePortRange: "*", destinationAddressPrefix: Internet, '
        'destinationPortRange: "*"}\n'
    ) in text
    assert "serviceTags: ServiceTags_Public.json\n" in text
    assert VALIDATOR.is_valid(yaml.safe_load(text))


def test_json_holds_the_same(tmp_path: Path) -> None:
    """A site file may be JSON, and both say one thing."""
    write_tags(tmp_path)
    site = load(tmp_path, ARTICLE)
    text = netcheck.convert(site, form="json", output=tmp_path / "site.json")
    in_yaml = yaml.load(netcheck.convert(site, output=tmp_path / "site.yaml"), yaml.BaseLoader)
    assert json.loads(text, parse_int=str) == in_yaml


@pytest.mark.parametrize("name", ODD)
def test_odd_names_come_back_as_they_are(name: str, tmp_path: Path) -> None:
    """A text that YAML could take for a number, a time, a truth value or an alias is quoted."""
    site = network(network_security_group=name, nat_gateway=name)
    site = replace(site, network_security_groups=alone(rule(name), name=name).network_security_groups)
    found = reloaded(site, tmp_path)
    assert [found.network_security_groups[0].name, found.network_security_groups[0].rules[0].name] == [name, name]
    assert found.virtual_networks[0].subnets[0].network_security_group == name
    assert yaml.safe_load(netcheck.convert(site))["networkSecurityGroups"][0]["name"] == name


@pytest.mark.parametrize("label", ["nsg (on v/s?)", "nsg (/subscriptions/1/resourceGroups/a/providers/x/nsg)"])
def test_labels_with_slashes_are_found(label: str, tmp_path: Path) -> None:
    """What tells resources of one name apart may hold slashes, and is no resource ID."""
    site = network(nic("10.0.0.4", network_security_group=label), network_security_group=label, route_table=label)
    groups = alone(rule(), name=label).network_security_groups
    tables = (RouteTable(name=label, routes=(), at=AT),)
    found = reloaded(replace(site, network_security_groups=groups, route_tables=tables), tmp_path)
    assert found.virtual_machines[0].interfaces[0].network_security_group == label


@pytest.mark.parametrize("network_name", ["a/b", "v (/subscriptions/1/virtualNetworks/v)"])
def test_networks_with_slashes_are_found(network_name: str, tmp_path: Path) -> None:
    """So do the subnets of such a network."""
    site = network(nic("10.0.0.4"))
    vnet = site.virtual_networks[0]
    subnet = replace(vnet.subnets[0], virtual_network=network_name)
    machine = replace(site.virtual_machines[0], interfaces=(replace(nic("10.0.0.4"), subnet=f"{network_name}/s"),))
    site = replace(
        site,
        virtual_networks=(replace(vnet, name=network_name, subnets=(subnet,)),),
        virtual_machines=(machine,),
    )
    assert reloaded(site, tmp_path).virtual_machines[0].interfaces[0].subnet == f"{network_name}/s"


def test_default_rules_are_left_out_unless_they_differ(tmp_path: Path) -> None:
    """The platform has its own in any case; one that differs from them is listed."""
    usual = rule("AllowInternetOutBound", 65001, is_default=True, destinations=(parse_prefix("0.0.0.0/0")[0],))
    found = reloaded(alone(default_rules=(usual,)), tmp_path)
    assert [one.priority for one in found.network_security_groups[0].default_rules] == [65001]
    plain = rule("DenyAllOutBound", 65500, is_default=True, access=Access.DENY)
    assert "defaultSecurityRules" not in netcheck.convert(alone(default_rules=(plain,)))


def test_a_stub_beside_its_network_is_one_network(tmp_path: Path) -> None:
    """Subnets that no file describes come as a second network of the name, and are written into the first."""
    site = network()
    stub = Subnet(name="s2", virtual_network="v", prefixes=(), at=AT)
    second = VirtualNetwork(name="v", address_space=(), subnets=(stub,), at=AT)
    doubt = Unmodelled("subnet", AT, "not described")
    site = replace(site, virtual_networks=(*site.virtual_networks, second), unmodelled=(doubt,))
    assert [len(one.subnets) for one in reloaded(site, tmp_path).virtual_networks] == [2]


def _with_protocol(site: Site) -> Site:
    return site.with_rules("nsg", (rule(protocol=Protocol((47,))),))


REFUSED: list[Callable[[Site], Site]] = [
    _with_protocol,
    lambda site: site.with_rules("nsg", (rule(sources=()),)),
    lambda site: site.with_rules("nsg", (rule(priority=99),)),
    lambda site: site.with_rules("nsg", (rule(), rule())),
    lambda site: replace(site, virtual_networks=(replace(network().virtual_networks[0], has_gateway=True),)),
]


@pytest.mark.parametrize("change", REFUSED)
def test_what_would_not_come_back_is_not_written(change: Callable[[Site], Site]) -> None:
    """A site that no file can hold is an error, never a file that says something else."""
    with pytest.raises(QuestionError, match="NC318"):
        netcheck.convert(change(alone(rule())))


def test_tags_without_a_file_are_refused(tmp_path: Path) -> None:
    """Standard input, or a table put together by a program, is nothing that a site file can name."""
    write_tags(tmp_path)
    site = load(tmp_path, ARTICLE)
    assert site.tags is not None
    with pytest.raises(QuestionError, match="does not come from a file"):
        netcheck.convert(replace(site, tags=replace(site.tags, path="-")))


def test_the_network_of_the_tests_is_valid(tmp_path: Path) -> None:
    """Two families side by side stand in the plural fields."""
    text = netcheck.convert(load(tmp_path, f"netcheck: 1\n{NETWORK}"))
    assert 'addressPrefixes: [10.0.0.0/24, "fd00:1::/64"]' in text
    jsonschema.validate(yaml.safe_load(text), VALIDATOR.schema)
