"""Security admin rules of a site file: Azure's words and bounds, groups and networks, what is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import AnyAddress, ServiceTag, Unresolved, parse_prefix
from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.rules import Direction
from tests.unit.sources.sites import NETWORK, load

NETWORK_ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks"
RULE = {"name": "r", "priority": "10", "direction": "Outbound", "access": "Deny", "protocol": "Any"}


def rules(folder: Path, **changes: str) -> tuple[AdminRule, ...]:
    body = ", ".join(f"{name}: {value}" for name, value in {**RULE, **changes}.items() if value)
    return load(folder, f"netcheck: 1\n{NETWORK}securityAdminRules:\n  - {{{body}}}\n").admin_rules


def rule(folder: Path, **changes: str) -> AdminRule:
    (found,) = rules(folder, **changes)
    return found


def test_what_is_left_out_is_everything(tmp_path: Path) -> None:
    """A rule without addresses, ports and networks matches everything in every network."""
    found = rule(tmp_path)
    assert (found.sources, found.destinations) == ((AnyAddress(),), (AnyAddress(),))
    assert (found.source_ports, found.destination_ports) == ((ALL_PORTS,), (ALL_PORTS,))
    assert (found.virtual_networks, found.manager, found.unknown) == ((), "", "")
    assert (found.priority, found.direction, found.access) == (10, Direction.OUTBOUND, AdminAccess.DENY)


@pytest.mark.parametrize(
    ("word", "numbers"),
    [("Tcp", (6,)), ("udp", (17,)), ("Icmp", (1, 58)), ("Esp", (50,)), ("Ah", (51,)), ("Any", ()), ('"*"', ())],
)
def test_protocols(word: str, numbers: tuple[int, ...], tmp_path: Path) -> None:
    """The six words of the REST interface, and the star."""
    assert rule(tmp_path, protocol=word).protocol.numbers == numbers


@pytest.mark.parametrize("word", list(AdminAccess))
def test_accesses(word: AdminAccess, tmp_path: Path) -> None:
    """`AlwaysAllow` is a word of its own."""
    assert rule(tmp_path, access=word.value.lower()).access is word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{addressPrefix: "*", addressPrefixType: IPPrefix}]', AnyAddress()),
        ("[{addressPrefix: 10.0.0.0/8, addressPrefixType: ipprefix}]", parse_prefix("10.0.0.0/8")[0]),
        ("[{addressPrefix: Internet, addressPrefixType: ServiceTag}]", ServiceTag("Internet")),
        ("[{addressPrefix: Storage}]", ServiceTag("Storage")),
        ("10.0.0.0/8", parse_prefix("10.0.0.0/8")[0]),
        ("[Internet]", ServiceTag("Internet")),
    ],
)
@pytest.mark.parametrize("side", ["sources", "destinations"])
def test_addresses(side: str, text: str, expected: object, tmp_path: Path) -> None:
    """As Azure prints them with their type, or as plain texts."""
    assert getattr(rule(tmp_path, **{side: text}), side) == (expected,)


@pytest.mark.parametrize(
    ("text", "name"),
    [("[{addressPrefix: /x/networkGroups/web, addressPrefixType: NetworkGroup}]", "/x/networkGroups/web"),
     ('["[not known]"]', "[not known]"), ('[{addressPrefix: "[parameters(\'p\')]"}]', "[parameters('p')]")],
)  # fmt: skip
def test_addresses_that_are_not_known(text: str, name: str, tmp_path: Path) -> None:
    """A network group has members that no file lists: it is no address, and not nothing either."""
    (found,) = rule(tmp_path, destinations=text).destinations
    assert isinstance(found, Unresolved)
    assert found.text == name


def test_ports(tmp_path: Path) -> None:
    """Ports and ranges in a list, or one alone in the singular key."""
    found = rule(tmp_path, sourcePortRanges='["0-65535"]', destinationPortRange="443")
    assert (found.source_ports, found.destination_ports) == ((ALL_PORTS,), (PortRange(443, 443),))
    found = rule(tmp_path, destinationPortRanges="[80, 8000-8080]")
    assert found.destination_ports == (PortRange(80, 80), PortRange(8000, 8080))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"priority": "0"}, ["NC135"]),
        ({"priority": "4097"}, ["NC135"]),
        ({"priority": "ten"}, ["NC124"]),
        ({"access": "Permit"}, ["NC123"]),
        ({"direction": "Out"}, ["NC123"]),
        ({"protocol": "Gre"}, ["NC123"]),
        ({"protocol": ""}, ["NC121"]),
        ({"name": ""}, ["NC121"]),
        ({"colour": "red"}, ["NC120"]),
        ({"destinationPortRanges": "[70000]"}, ["NC134"]),
        ({"sources": "[10.0.0.300]"}, ["NC132"]),
        ({"sources": "[{addressPrefix: x, addressPrefixType: Group}]"}, ["NC123"]),
        ({"sources": "[{addressPrefixType: IPPrefix}]"}, ["NC121"]),
        ({"virtualNetworks": "[vent]"}, ["NC131"]),
    ],
)
def test_faults(changes: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    """Microsoft Learn: priorities are 1 to 4096; the rest is what the REST interface accepts."""
    with pytest.raises(InputError) as caught:
        rules(tmp_path, **changes)
    assert [one.code for one in caught.value.diagnostics] == expected


@pytest.mark.parametrize("priority", ["1", "4096"])
def test_bounds_are_included(priority: str, tmp_path: Path) -> None:
    """The first and the last priority are fine."""
    assert rule(tmp_path, priority=priority).priority == int(priority)


def test_networks(tmp_path: Path) -> None:
    """By name or ID; a rule that applies to networks of other sites only decides nothing in this one."""
    assert rule(tmp_path, virtualNetworks="[VNET]").virtual_networks == ("vnet",)
    ours, other = f"{{id: {NETWORK_ID}/vnet}}", f"{{id: {NETWORK_ID}/elsewhere}}"
    assert rule(tmp_path, virtualNetworks=f"[{ours}, {other}]").virtual_networks == ("vnet",)
    assert rules(tmp_path, virtualNetworks=f"[{other}]") == ()


def test_networks_that_are_not_known(tmp_path: Path) -> None:
    """Then the rule may apply anywhere, or not."""
    found = rule(tmp_path, virtualNetworks='[vnet, "[not known]"]')
    assert found.virtual_networks == ()
    assert "which networks it applies to is not known" in found.unknown


def test_two_managers_of_one_name(tmp_path: Path) -> None:
    """Managers are told apart by their IDs, since the order between two is not documented."""
    one, other = (f"/subscriptions/0/resourceGroups/{group}/providers/x/networkManagers/nm" for group in "ab")
    text = "".join(
        "  - {" + ", ".join(f"{name}: {value}" for name, value in {**RULE, "networkManager": owner}.items()) + "}\n"
        for owner in (one, other, one)
    )
    first, second, third = load(tmp_path, f"netcheck: 1\n{NETWORK}securityAdminRules:\n{text}").admin_rules
    assert first.manager == third.manager == "nm"
    assert second.manager not in ("", "nm")


@pytest.mark.parametrize("key", ["priority", "protocol", "destinationPortRanges"])
def test_fields_that_are_not_known(key: str, tmp_path: Path) -> None:
    """The rule is there and may match anything of what its other fields say."""
    found = rule(tmp_path, **{key: '"[not known]"'})
    assert f"`{key}` is `[not known]`" in found.unknown
    assert (found.protocol.is_any, found.destination_ports) == (True, (ALL_PORTS,))


def test_an_access_that_is_not_known(tmp_path: Path) -> None:
    """Each of the three is possible."""
    found = rules(tmp_path, access='"[not known]"')
    assert [one.access for one in found] == list(AdminAccess)
    assert all(one.unknown for one in found)


def test_effective_output_of_azure(tmp_path: Path) -> None:
    """`az network manager list-effective-security-admin-rule` prints what else belongs to a rule."""
    more = {"kind": "Custom", "ruleGroups": "[]", "ruleCollectionAppliesToGroups": "[]", "description": "x"}
    assert rule(tmp_path, **more, configurationDescription="x", resourceGroup="rg").unknown == ""
    assert rule(tmp_path, kind="Default", flag="AllowVnetInbound").name == "r"
