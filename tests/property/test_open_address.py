"""A NIC whose address Azure chooses: the verdict is what every address it may get agrees on, and else open.

A small network is drawn with one or two such NICs. Each is then placed at every free address in turn, by writing that
address into the file, and the same question is asked. Nothing of the way open addresses are judged is used for that.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netcheck
from netcheck.model.site import Site

Json = dict[str, Any]
FREE = {"a": ("10.1.0.4", "10.1.0.5", "10.1.0.6"), "b": ("10.1.0.12", "10.1.0.13", "10.1.0.14")}
"""What Azure gives in subnets of eight addresses: the first four and the last one are its own."""
SPLITTING = (
    "*", "10.1.0.4", "10.1.0.4/31", "10.1.0.6/32", "10.1.0.0/29", "10.1.0.12/31", "10.1.0.0/28", "VirtualNetwork",
    "Internet", "20.60.0.0/31", "asg",
)  # fmt: skip
OUTSIDE = "20.60.0.0"


@st.composite
def rules(draw: st.DrawFn) -> list[Json]:
    """Draw up to three rules a direction, between places that split the subnets or name the group."""
    found = []
    for direction in ("Inbound", "Outbound"):
        for position in range(draw(st.integers(0, 3))):
            rule: Json = {"name": f"{direction}-{position}", "priority": 100 + position, "direction": direction}
            rule |= {"access": draw(st.sampled_from(("Allow", "Deny", "Deny"))), "protocol": "*"}
            rule |= {"sourcePortRange": "*", "destinationPortRange": draw(st.sampled_from(("*", "443", "80")))}
            for side in ("source", "destination"):
                place = draw(st.sampled_from(SPLITTING))
                named = {f"{side}ApplicationSecurityGroups": ["asg"]}
                rule |= named if place == "asg" else {f"{side}AddressPrefix": place}
            found.append(rule)
    return found


@st.composite
def networks(draw: st.DrawFn) -> Json:
    """Draw a site of two subnets: `open` has no address yet, `fixed` has one, `other` may be of either kind."""
    groups = [{"name": f"nsg-{i}", "securityRules": draw(rules())} for i in range(3)]
    some_group = st.sampled_from(("", "", "nsg-0", "nsg-1", "nsg-2"))

    def nic(name: str, subnet: str, address: str) -> Json:
        found: Json = {"name": f"nic-{name}", "subnet": f"v/{subnet}"}
        found |= {"privateIPAddress": address} if address else {"privateIPAllocationMethod": "Dynamic"}
        found |= {"networkSecurityGroup": group} if (group := draw(some_group)) else {}
        found |= {"applicationSecurityGroups": ["asg"]} if draw(st.booleans()) else {}
        return found | ({"publicIPAddress": f"pip-{name}"} if draw(st.booleans()) else {})

    nics = {"open": nic("open", "a", ""), "fixed": nic("fixed", "a", draw(st.sampled_from(FREE["a"])))}
    other = draw(st.sampled_from(("a", "b", "b")))
    taken = nics["fixed"]["privateIPAddress"]
    address = draw(st.sampled_from(("", *(one for one in FREE[other] if one != taken))))
    nics["other"] = nic("other", other, address)
    subnets = [
        {"name": name, "addressPrefix": prefix, "defaultOutboundAccess": draw(st.booleans())}
        | ({"networkSecurityGroup": group} if (group := draw(some_group)) else {})
        for name, prefix in (("a", "10.1.0.0/29"), ("b", "10.1.0.8/29"))
    ]
    return {
        "netcheck": 1,
        "virtualNetworks": [{"name": "v", "addressSpace": ["10.1.0.0/28"], "subnets": subnets}],
        "networkSecurityGroups": groups,
        "applicationSecurityGroups": ["asg"],
        "virtualMachines": [
            {"name": name, "hostFirewall": "none", "networkInterfaces": [one]} for name, one in nics.items()
        ],
    }


def load(data: Json) -> Site:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "site.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return netcheck.load(path)


def placements(data: Json) -> Iterator[Json]:
    """Yield the site with every NIC at an address: each way in which Azure may give them out."""
    nics = [vm["networkInterfaces"][0] for vm in data["virtualMachines"]]
    taken = {nic["privateIPAddress"] for nic in nics if "privateIPAddress" in nic}
    waiting = [nic for nic in nics if "privateIPAddress" not in nic]
    free = [[one for one in FREE[nic["subnet"][2:]] if one not in taken] for nic in waiting]
    for chosen in itertools.product(*free):
        if len(set(chosen)) == len(chosen):
            made = copy.deepcopy(data)
            addresses = {nic["name"]: address for nic, address in zip(waiting, chosen, strict=True)}
            for vm in made["virtualMachines"]:
                (nic,) = vm["networkInterfaces"]
                if nic["name"] in addresses:
                    nic["privateIPAddress"] = addresses[nic["name"]]
                    del nic["privateIPAllocationMethod"]
            yield made


def ask(site: Site, source: str, target: str) -> str:
    """Return the verdict about one port, so that there is one packet for each pair of addresses."""
    return str(netcheck.can_reach(site, source, target, tcp=[443]).verdict)


def expected(data: Json, source: str, target: str) -> str:
    """Return what all placements agree on, else `undetermined`."""
    found = {ask(load(made), source, target) for made in placements(data)}
    return found.pop() if len(found) == 1 else "undetermined"


def is_open(data: Json, name: str) -> bool:
    return any(
        vm["name"] == name and "privateIPAddress" not in vm["networkInterfaces"][0] for vm in data["virtualMachines"]
    )


PAIRS = [
    ("open", "fixed"), ("fixed", "open"), ("open", "other"), ("other", "open"), ("fixed", "other"), ("other", "fixed"),
    ("open", OUTSIDE), (OUTSIDE, "open"), ("other", OUTSIDE), (OUTSIDE, "other"), (OUTSIDE, "fixed"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(data=networks())
@settings(max_examples=60, deadline=None)
def test_the_verdict_is_what_every_address_agrees_on(source: str, target: str, data: Json) -> None:
    """Between machines and places outside: all addresses agree, or the verdict is open.

    Where both ends have no address yet and are in one subnet, the answer may be open for a pair of equal addresses that
    no two NICs have; then it is only never wrong.
    """
    whole, found = expected(data, source, target), ask(load(data), source, target)
    subnets = {vm["name"]: vm["networkInterfaces"][0]["subnet"] for vm in data["virtualMachines"]}
    are_both_open = is_open(data, source) and is_open(data, target)
    if are_both_open and subnets[source] == subnets[target]:
        assert found in (whole, "undetermined")
    else:
        assert whole == found


ADDRESSES = (*FREE["a"], FREE["b"][0])


@pytest.mark.parametrize("source", ["fixed", OUTSIDE])
@given(data=networks(), address=st.sampled_from(ADDRESSES))
@settings(max_examples=100, deadline=None)
def test_an_address_that_the_nic_may_have_is_not_judged_as_free(source: str, address: str, data: Json) -> None:
    """As a destination the address is the NIC's in some placements: never another verdict than all of them give."""
    assert ask(load(data), source, address) in (expected(data, source, address), "undetermined")


@pytest.mark.parametrize("target", ["fixed", OUTSIDE])
@given(data=networks(), address=st.sampled_from(ADDRESSES))
@settings(max_examples=100, deadline=None)
def test_packets_from_an_address_that_the_nic_may_have_meet_what_the_nic_has(
    target: str, address: str, data: Json
) -> None:
    """As a source, too: the NIC's own NSG and its public IP count where the NIC may be the sender."""
    assert ask(load(data), address, target) in (expected(data, address, target), "undetermined")
