"""Sites put together for the tests of the site file's writer, and the way there and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

import netcheck
from netcheck.diagnostics import Source
from netcheck.model.address import (
    AnyAddress,
    parse_address,
    parse_prefix,
)
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import (
    NetworkInterface,
    NetworkSecurityGroup,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from tests.unit.sources.test_schema import VALIDATOR

AT = Source("other.json", 3, 1)


def rule(name: str = "r", priority: int = 200, **changes: Any) -> NsgRule:
    """A rule that allows everything out."""
    made = NsgRule(
        name=name,
        priority=priority,
        direction=Direction.OUTBOUND,
        access=Access.ALLOW,
        protocol=ANY_PROTOCOL,
        sources=(AnyAddress(),),
        source_ports=(ALL_PORTS,),
        destinations=(AnyAddress(),),
        destination_ports=(ALL_PORTS,),
        at=AT,
    )
    return replace(made, **changes)


def alone(*rules: NsgRule, name: str = "nsg", **more: Any) -> Site:
    """A site that is one NSG."""
    return Site(file="x", network_security_groups=(NetworkSecurityGroup(name=name, rules=rules, at=AT, **more),))


def network(*nics: NetworkInterface, **changes: Any) -> Site:
    """A site of one subnet, with a VM that has the NICs."""
    subnet = Subnet(name="s", virtual_network="v", prefixes=(parse_prefix("10.0.0.0/24")[0],), at=AT)
    subnet = replace(subnet, **changes)
    vnet = VirtualNetwork(name="v", address_space=subnet.prefixes, subnets=(subnet,), at=AT)
    machine = VirtualMachine(name="vm", os_type="", interfaces=nics, at=AT)
    return Site(file="x", virtual_networks=(vnet,), virtual_machines=(machine,) if nics else ())


def nic(*addresses: str, **more: Any) -> NetworkInterface:
    """A NIC of the subnet `v/s`."""
    return NetworkInterface(
        name="n", subnet="v/s", addresses=tuple(parse_address(text) for text in addresses), at=AT, **more
    )


def reloaded(site: Site, folder: Path, form: str = "yaml") -> Site:
    """Write, load, and look that nothing was lost and that a second time writes the same."""
    path = folder / f"written.{form}"
    text = netcheck.convert(site, form=form, output=path)
    path.write_text(text, encoding="utf-8")
    assert [error.message for error in VALIDATOR.iter_errors(yaml.load(text, yaml.BaseLoader))] == []
    found = netcheck.load(path)
    assert netcheck.convert(found, form=form, output=path) == text
    assert netcheck.digest(found) == netcheck.digest(site)
    return found
