"""Health probes come from 168.63.129.16: a member that keeps them out gets no connection, whoever else may come in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.diagnostics import Source
from netcheck.model.address import parse_address
from netcheck.model.hosts import HostFirewall, NoHostFirewall, WindowsFirewall
from netcheck.model.ports import TCP, PortRange, Protocol
from netcheck.model.rules import Direction, HostAction, HostRule
from netcheck.questions.reach import reach

STORY = Path(__file__).parents[3] / "fixtures" / "plans-on-the-way"
HERE = Source("changed by hand")


def firewall(*sources: str) -> WindowsFirewall:
    """Return a firewall that lets some addresses in to port 3128."""
    rule = HostRule(
        name="in",
        direction=Direction.INBOUND,
        action=HostAction.ALLOW,
        protocol=Protocol((TCP,)),
        local_ports=(PortRange(3128, 3128),),
        remote_addresses=tuple(map(parse_address, sources)),
        at=HERE,
    )
    return WindowsFirewall(rules=(rule,), at=HERE)


@pytest.mark.parametrize(
    ("of_first", "told"),
    [
        (firewall("10.0.1.4"), ["proxy-1"]),
        (firewall("10.0.1.4", "168.63.129.16"), []),
        (NoHostFirewall(at=HERE), []),
        (None, []),
    ],
)
def test_a_member_that_keeps_probes_out_is_named(of_first: HostFirewall | None, told: list[str]) -> None:
    """On the port of the members, which the rule names, and only where the site describes the firewall."""
    site = nc.load(STORY / "site-balanced-proxy.yaml")
    machines = (replace(vm, host_firewall=of_first) if vm.name == "proxy-1" else vm for vm in site.virtual_machines)
    answer = reach(replace(site, virtual_machines=tuple(machines)), "app-vm", "10.0.2.100", ["8080"])
    found = [reason for reason in answer.reasons if "health probes" in reason]
    assert [f"`{name}`" in reason and "3128" in reason for name, reason in zip(told, found, strict=True)] == [
        True for _ in told
    ]
