"""Names that Azure allows, and that a shell, a command line or a URL could take for something else."""

from __future__ import annotations

from dataclasses import replace

import pytest

import netcheck as nc
from netcheck.model.site import Site
from tests.real_az.refusals import Json
from tests.real_az.session import ROOT, Azure
from tests.real_az.sites import nsg_id, to_arm

pytestmark = pytest.mark.real_az


def renamed(site: Site, name: str) -> Site:
    """Return a site of one NSG on its subnets with another name for it."""
    [nsg] = site.network_security_groups
    networks = tuple(
        replace(network, subnets=tuple(replace(subnet, network_security_group=name) for subnet in network.subnets))
        for network in site.virtual_networks
    )
    return replace(site, network_security_groups=(replace(nsg, name=name),), virtual_networks=networks)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("(rg).of_the-test", "1e3"),
        ("true", "x..y"),
        ("g" * 90, "0x10_"),
        ("2024", "n" * 80),
        ("rg", "null"),
        ("null", "nsg"),
    ],
)
def test_a_name_is_taken_as_it_is(azure: Azure, group: str, name: str) -> None:
    """The script reaches the NSG of exactly that name in exactly that group, and so does its undo."""
    site = renamed(nc.load(ROOT / "fixtures" / "storage-443" / "site.yaml"), name)
    path = nsg_id(group, name)
    azure.arm.store.clear()
    azure.arm.store.put(path, to_arm(site.network_security_groups[0], group))
    fix: Json = nc.fix(site, "storage-region-tag", resource_group=group).to_dict()
    azure.arm.requests.clear()
    ended = [azure.run(script) for script in (fix["script"], fix["undo"])]
    assert [(one.status, one.err) for one in ended] == [(0, ""), (0, "")]
    rule = f"{path}/securityRules/{fix['openings'][0]['name']}"
    assert [("PUT", rule), ("DELETE", rule)] == [(one.method, one.path) for one in azure.arm.requests]
