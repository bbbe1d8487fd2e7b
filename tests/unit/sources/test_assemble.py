"""How the resources of several files become one site: what is the same, what belongs together, what stays open."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import netcheck
from netcheck.errors import InputError
from netcheck.model.site import Site
from netcheck.sources._resources import Options
from netcheck.sources.load import NO_OPTIONS, load_site
from tests.unit.sources import test_arm_template as arm

Json = dict[str, Any]
FIXTURES = Path(__file__).parents[3] / "fixtures"


STATE = {"peeringState": "Connected", "allowVirtualNetworkAccess": True}


def type_of(kind: str) -> str:
    return f"Microsoft.Compute/{kind}" if kind == "virtualMachines" else f"Microsoft.Network/{kind}"


def path_of(kind: str, name: str, group: str = "rg") -> str:
    """Return a resource ID, as Azure spells it."""
    return f"/subscriptions/s/resourceGroups/{group}/providers/{type_of(kind)}/{name}"


def made(kind: str, name: str, group: str = "rg", *, is_azures: bool = True, **properties: Any) -> Json:
    """Return a resource as the REST interface has it; with an etag it is Azure's own output."""
    found = {"id": path_of(kind, name, group), "name": name, "type": type_of(kind), "properties": properties}
    return found | ({"etag": "1"} if is_azures else {})


def rule(name: str, action: str = "Deny", **fields: Any) -> Json:
    """Return an inbound rule of priority 100 for everything, with changes; None takes a field away."""
    found: Json = {"priority": 100, "direction": "Inbound", "access": action, "protocol": "*"}
    found |= {"sourceAddressPrefix": "*", "sourcePortRange": "*"}
    found |= {"destinationAddressPrefix": "*", "destinationPortRange": "*"} | fields
    return {"name": name, "properties": {key: value for key, value in found.items() if value is not None}}


def nsg(name: str = "nsg", *rules: Json, group: str = "rg", **more: Any) -> Json:
    return made("networkSecurityGroups", name, group, securityRules=list(rules), **more)


def ref(kind: str, name: str, group: str = "rg") -> Json:
    return {"id": path_of(kind, name, group)}


def subnet(name: str, prefix: str, **more: Any) -> Json:
    return {"name": name, "etag": "1", "properties": {"addressPrefix": prefix, **more}}


def vnet(*subnets: Json, name: str = "vnet", group: str = "rg", space: str = "10.0.0.0/16", **more: Any) -> Json:
    space_of = {"addressPrefixes": [space]}
    return made("virtualNetworks", name, group, addressSpace=space_of, subnets=list(subnets), **more)


def nic(name: str, address: str, where: str = "vnet/subnets/app", group: str = "rg", **more: Any) -> Json:
    inner = {"privateIPAddress": address, "subnet": {"id": path_of("virtualNetworks", where, group)}}
    inner |= {key: more.pop(key) for key in ("applicationSecurityGroups",) if key in more}
    return made("networkInterfaces", name, group, ipConfigurations=[{"name": "c", "properties": inner}], **more)


def child(kind: str, parent: str, name: str, inner: str, **properties: Any) -> Json:
    """Return a child resource that stands alone in an export, such as a rule of an NSG."""
    return made(f"{kind}/{parent}/{inner}", name, **properties) | {"type": type_of(f"{kind}/{inner}")}


def lone_rule(name: str = "lone", action: str = "Deny", **fields: Any) -> Json:
    """Return a rule of the NSG `nsg` that stands alone."""
    return child("networkSecurityGroups", "nsg", name, "securityRules", **rule(name, action, **fields)["properties"])


def peer(name: str, group: str) -> Json:
    """Return one side of a peering, inside its network."""
    remote = {"remoteVirtualNetwork": ref("virtualNetworks", name, group)}
    return {"name": f"to-{name}-{group}", "properties": {**STATE, **remote}}


def without(resource: Json, *names: str) -> Json:
    return {name: value for name, value in resource.items() if name not in names}


def load(folder: Path, *files: object, options: Options = NO_OPTIONS) -> Site:
    """Load files, of which each is a resource, a list of them, or a text."""
    paths = []
    for number, content in enumerate(files):
        path = folder / f"{number}.{'yaml' if isinstance(content, str) else 'json'}"
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
        paths.append(str(path))
    return load_site(paths, None, options)


def codes(site: Site) -> list[str]:
    return [found.code for found in site.warnings]


def refused(folder: Path, *files: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder, *files)
    return [found.code for found in caught.value.diagnostics]


def verdict(site: Site, source: str, target: str, port: int = 443) -> str:
    return str(netcheck.can_reach(site, source, target, tcp=[port]).verdict)


APP = subnet("app", "10.0.0.0/24", networkSecurityGroup=ref("networkSecurityGroups", "nsg"))
BARE = subnet("app", "10.0.0.0/24")
TWO = [nic("n1", "10.0.0.4"), nic("n2", "10.0.0.5")]
ON_APP: Json = {"subnets": [ref("virtualNetworks", "vnet/subnets/app")]}


# One resource, described once or twice.


def test_ids_are_compared_without_regard_to_case(tmp_path: Path) -> None:
    """Resource Graph prints them in small letters, and it is one NSG all the same."""
    one = nsg("nsg", rule("deny"), **ON_APP)
    other = json.loads(json.dumps(one))
    other["id"] = one["id"].lower()
    site = load(tmp_path, [vnet(APP), *TWO], one, other)
    assert [each.name for each in site.network_security_groups] == ["nsg"]
    assert codes(site) == []


def test_the_exports_of_two_tools_are_one_nsg() -> None:
    """az and Resource Graph printed it at one moment; spelling is all they differ in."""
    folder = FIXTURES / "one-nsg-many-ways"
    site = load_site([str(folder / name) for name in ("az-nsg-show.json", "resource-graph.json", "rest.json")])
    assert [each.name for each in site.network_security_groups] == ["nsg-web"]


@pytest.mark.parametrize(
    "change",
    [{"access": "Allow"}, {"priority": 101}, {"destinationPortRange": "80"}, {"sourceAddressPrefix": "10.0.0.0/8"}],
)
def test_two_descriptions_that_differ_are_an_error(change: Json, tmp_path: Path) -> None:
    """Which of the two holds, nobody can tell."""
    assert refused(tmp_path, nsg("nsg", rule("a")), nsg("nsg", rule("a", **change))) == ["NC146"]


def test_what_azure_counts_up_is_no_difference(tmp_path: Path) -> None:
    """Two exports of an unchanged resource have other etags."""
    assert (
        codes(load(tmp_path, nsg("nsg", rule("a")), {**nsg("nsg", rule("a")), "etag": "2", "tags": {"a": "b"}})) == []
    )


def test_two_resources_of_one_name_and_no_id_are_an_error(tmp_path: Path) -> None:
    """Without an ID the name is all there is, and two NSGs of one name cannot be told apart."""
    plain = {"name": "nsg", "securityRules": []}
    assert refused(tmp_path, plain, {**plain, "securityRules": [rule("a")]}) == ["NC130"]


def test_equal_names_in_two_resource_groups_are_told_apart(tmp_path: Path) -> None:
    """A reference by ID leads to the right one, and answers call them by their groups."""
    subnets = (
        subnet("app", "10.0.0.0/24", networkSecurityGroup=ref("networkSecurityGroups", "nsg", "open")),
        subnet("data", "10.0.1.0/24", networkSecurityGroup=ref("networkSecurityGroups", "nsg", "shut")),
    )
    groups = [nsg("nsg", group="open", **ON_APP), nsg("nsg", rule("deny"), group="shut", subnets=[
        ref("virtualNetworks", "vnet/subnets/data")])]  # fmt: skip
    nics = [nic("n1", "10.0.0.4"), nic("n2", "10.0.0.5"), nic("n3", "10.0.1.4", "vnet/subnets/data")]
    site = load(tmp_path, groups, vnet(*subnets), nics)
    assert [each.name for each in site.network_security_groups] == ["nsg (open)", "nsg (shut)"]
    assert [verdict(site, "n1", to) for to in ("n2", "n3")] == ["reachable", "blocked"]
    assert codes(site) == []


def test_a_reference_into_another_resource_group_is_not_the_nsg_of_that_name(tmp_path: Path) -> None:
    """`nsg` of group `other` is in no file; the one of group `rg` is not taken for it."""
    other = subnet("app", "10.0.0.0/24", networkSecurityGroup=ref("networkSecurityGroups", "nsg", "other"))
    site = load(tmp_path, nsg("nsg"), vnet(other), TWO)
    assert codes(site) == ["NC147"]
    assert verdict(site, "n1", "n2") == "undetermined"


@pytest.mark.parametrize("more", [{"subscriptionId": "s"}, {"tenantId": "t"}, {"kind": ""}, {"location": "West US"}])
def test_what_only_one_tool_prints_is_no_difference(more: Json, tmp_path: Path) -> None:
    """Resource Graph has columns that az has not, and tools spell regions in two ways."""
    one = {**nsg("nsg", rule("a")), "location": "westus"}
    assert codes(load(tmp_path, one, {**one, **more})) == []


def test_groups_of_one_name_in_two_resource_groups_are_two_groups(tmp_path: Path) -> None:
    """The rule lets in members of `other/asg`; the NIC is in `rg/asg`, and no file describes either."""
    allow = rule("allow", "Allow", destinationAddressPrefix=None, destinationApplicationSecurityGroups=[
        ref("applicationSecurityGroups", "asg", "other")])  # fmt: skip
    deny = rule("deny", priority=200)
    member = nic("n2", "10.0.0.5", applicationSecurityGroups=[ref("applicationSecurityGroups", "asg")])
    site = load(tmp_path, nsg("nsg", allow, deny, **ON_APP), vnet(APP), nic("n1", "10.0.0.4"), member)
    assert verdict(site, "n1", "n2") != "reachable"


def test_networks_of_one_name_are_peered_by_id(tmp_path: Path) -> None:
    """Two spokes are called `vnet`; the hub is connected with the one of group `a` only."""
    hub = vnet(subnet("h", "10.9.0.0/24"), name="hub", space="10.9.0.0/16", virtualNetworkPeerings=[peer("vnet", "a")])
    spokes = [
        vnet(BARE, group="a", virtualNetworkPeerings=[peer("hub", "rg")]),
        vnet(subnet("app", "10.1.0.0/24"), group="b", space="10.1.0.0/16"),
    ]
    nics = [
        nic("n-hub", "10.9.0.4", "hub/subnets/h"),
        nic("n-a", "10.0.0.4", group="a"),
        nic("n-b", "10.1.0.4", group="b"),
    ]
    site = load(tmp_path, hub, spokes, nics)
    assert [verdict(site, "n-hub", to) for to in ("n-a", "n-b")] == ["reachable", "blocked"]


# Children that stand alone.


LONE_RULE = lone_rule()


def test_a_rule_joins_its_nsg(tmp_path: Path) -> None:
    """The NSG is empty, and the rule that stands alone is in it."""
    site = load(tmp_path, nsg("nsg", **ON_APP), LONE_RULE, vnet(APP), TWO)
    assert [one.name for one in site.network_security_groups[0].rules] == ["lone"]
    assert (verdict(site, "n1", "n2"), codes(site)) == ("blocked", [])


def test_a_rule_that_the_nsg_has_already_is_one_rule(tmp_path: Path) -> None:
    """Exports of the NSG and of its rules say the same twice."""
    inside = {**rule("lone"), "id": LONE_RULE["id"], "etag": "1"}
    site = load(tmp_path, nsg("nsg", inside), LONE_RULE)
    assert [one.name for one in site.network_security_groups[0].rules] == ["lone"]


def test_a_rule_that_the_nsg_has_otherwise_is_an_error(tmp_path: Path) -> None:
    """One of the two descriptions is older."""
    inside = {**rule("lone", "Allow"), "id": LONE_RULE["id"], "etag": "1"}
    assert "NC1" in "".join(refused(tmp_path, nsg("nsg", inside), LONE_RULE))


def test_a_rule_without_its_nsg_leaves_the_rest_open(tmp_path: Path) -> None:
    """The rule lets 443 in; what else the NSG holds, and whether it comes first, no file says."""
    site = load(tmp_path, lone_rule(action="Allow"), vnet(APP), TWO)
    assert codes(site) == ["NC147"]
    assert verdict(site, "n1", "n2") == "undetermined"


def route(name: str, prefix: str, hop: str) -> Json:
    return {"name": name, "properties": {"addressPrefix": prefix, "nextHopType": hop}}


ROUTED = subnet("app", "10.0.0.0/24", routeTable=ref("routeTables", "rt"), defaultOutboundAccess=True)


@pytest.mark.parametrize(("has_table", "expected"), [(True, "blocked"), (False, "undetermined")])
def test_a_route_joins_its_table(has_table: bool, expected: str, tmp_path: Path) -> None:
    """With its table it decides; without it, other routes of the table may be longer."""
    lone = child("routeTables", "rt", "drop", "routes", **route("drop", "20.60.0.0/24", "None")["properties"])
    table = [made("routeTables", "rt", routes=[], **ON_APP)] if has_table else []
    site = load(tmp_path, [lone, *table], vnet(ROUTED), TWO)
    assert verdict(site, "n1", "20.60.0.9") == expected


@pytest.mark.parametrize("has_network", [True, False])
def test_a_subnet_joins_its_network(has_network: bool, tmp_path: Path) -> None:
    """A subnet alone is a part of a network whose address space nobody knows."""
    lone = child("virtualNetworks", "vnet", "app", "subnets", addressPrefix="10.0.0.0/24")
    network = [vnet()] if has_network else []
    site = load(tmp_path, lone, *network, TWO)
    assert [one.full_name for one in site.virtual_networks[0].subnets] == ["vnet/app"]
    assert verdict(site, "n1", "n2") == ("reachable" if has_network else "undetermined")


def test_a_peering_joins_its_network(tmp_path: Path) -> None:
    """Both sides are resources of their own, and together they connect the two networks."""
    sides = [
        child("virtualNetworks", one, f"to-{other}", "virtualNetworkPeerings",
              remoteVirtualNetwork=ref("virtualNetworks", other), **STATE)
        for one, other in (("vnet", "far"), ("far", "vnet"))
    ]  # fmt: skip
    far = vnet(subnet("app", "10.1.0.0/24"), name="far", space="10.1.0.0/16")
    nics = [nic("n1", "10.0.0.4"), nic("n2", "10.1.0.4", "far/subnets/app")]
    assert verdict(load(tmp_path, vnet(BARE), far, sides, nics), "n1", "n2") == "reachable"
    assert verdict(load(tmp_path, vnet(BARE), far, nics), "n1", "n2") == "blocked"


# Attachments.


@pytest.mark.parametrize("side", ["both", "nsg", "subnet"])
def test_an_attachment_that_one_side_states_is_one(side: str, tmp_path: Path) -> None:
    """Where files are not Azure's own output, a side that says nothing does not say no."""
    group = nsg("nsg", rule("deny"), is_azures=False, **(ON_APP if side != "subnet" else {}))
    where = APP if side != "nsg" else BARE
    site = load(tmp_path, group, vnet({**where, "etag": None}, is_azures=False), TWO)
    assert (verdict(site, "n1", "n2"), codes(site)) == ("blocked", [])


@pytest.mark.parametrize("side", ["nsg", "subnet"])
def test_an_attachment_that_one_of_two_exports_states_is_open(side: str, tmp_path: Path) -> None:
    """Azure prints both ends of it, so one of the two exports is older; which, they do not say."""
    group = nsg("nsg", rule("deny"), **(ON_APP if side == "nsg" else {}))
    site = load(tmp_path, group, vnet(BARE if side == "nsg" else APP), TWO)
    assert (verdict(site, "n1", "n2"), codes(site)) == ("undetermined", ["NC148"])
    assert verdict(site, "n1", "8.8.8.8") == verdict(load(tmp_path, vnet(BARE), TWO), "n1", "8.8.8.8")


@pytest.mark.parametrize("side", ["nsg", "nic"])
def test_a_nic_that_one_of_two_exports_attaches_is_open(side: str, tmp_path: Path) -> None:
    """The same holds of NICs."""
    listed: Json = {"networkInterfaces": [ref("networkInterfaces", "n2")]} if side == "nsg" else {}
    group = nsg("nsg", rule("deny"), **listed)
    own: Json = {"networkSecurityGroup": ref("networkSecurityGroups", "nsg")} if side == "nic" else {}
    site = load(tmp_path, group, vnet(BARE), nic("n1", "10.0.0.4"), nic("n2", "10.0.0.5", **own))
    assert (verdict(site, "n1", "n2"), codes(site)) == ("undetermined", ["NC148"])
    assert verdict(site, "n2", "n1") == "reachable"


@pytest.mark.parametrize("side", ["table", "subnet"])
def test_a_route_table_that_one_of_two_exports_attaches_is_open(side: str, tmp_path: Path) -> None:
    """Its routes may apply or not; where they do not matter, the verdict stands."""
    table = made(
        "routeTables", "rt", routes=[route("drop", "20.60.0.0/24", "None")], **(ON_APP if side == "table" else {})
    )
    where = subnet("app", "10.0.0.0/24", defaultOutboundAccess=True)
    site = load(tmp_path, table, vnet(where if side == "table" else ROUTED), TWO)
    assert codes(site) == ["NC148"]
    assert [verdict(site, "n1", to) for to in ("20.60.0.9", "20.60.1.9")] == ["undetermined", "reachable"]


def test_two_nsgs_on_one_subnet_are_an_error(tmp_path: Path) -> None:
    """A subnet has at most one."""
    assert "NC144" in refused(tmp_path, nsg("one", **ON_APP), nsg("two", **ON_APP), vnet(BARE), TWO)


def test_two_sides_that_name_different_nsgs_are_an_error(tmp_path: Path) -> None:
    """The subnet says `nsg`, and `other` says that it is on that subnet."""
    assert "NC144" in refused(tmp_path, nsg("nsg"), nsg("other", **ON_APP), vnet(APP), TWO)


def effective(target: Json, access: str) -> Json:
    everything = {"protocol": "All", "sourcePortRange": "0-65535", "destinationPortRange": "0-65535"}
    everything |= {"sourceAddressPrefix": "0.0.0.0/0", "destinationAddressPrefix": "0.0.0.0/0"}
    one = {"name": "securityRules/all", "access": access, "priority": 100, "direction": "Inbound", **everything}
    group = {"networkSecurityGroup": ref("networkSecurityGroups", "nsg"), "association": target}
    return {"value": [{**group, "effectiveSecurityRules": [one]}]}


SITE_FILE = """\
netcheck: 1
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/16]
    subnets: [{name: app, addressPrefix: 10.0.0.0/24}]
virtualMachines:
  - {name: v1, networkInterfaces: [{name: n1, subnet: vnet/app, privateIPAddress: 10.0.0.4}]}
  - {name: v2, networkInterfaces: [{name: n2, subnet: vnet/app, privateIPAddress: 10.0.0.5}]}
"""
TARGETS = [
    {"subnet": ref("virtualNetworks", "vnet/subnets/app")},
    {"networkInterface": ref("networkInterfaces", "n2")},
]


@pytest.mark.parametrize("target", TARGETS, ids=["subnet", "NIC"])
@pytest.mark.parametrize("around", ["exports", "site file"])
def test_an_association_attaches_wherever_its_target_is_described(around: str, target: Json, tmp_path: Path) -> None:
    """What a file states outside of both ends holds, whether the subnet or NIC is in an export or in the site file."""
    files: tuple[object, ...] = (SITE_FILE,) if around == "site file" else (vnet(BARE, is_azures=False), TWO)
    assert verdict(load(tmp_path, *files, effective(target, "Deny")), "n1", "n2") == "blocked"


@pytest.mark.parametrize("target", TARGETS, ids=["subnet", "NIC"])
def test_an_association_by_id_is_not_lost_where_its_target_has_no_id(target: Json, tmp_path: Path) -> None:
    """The network was written without IDs; names lead to the subnet and the NIC, or the answer is open."""
    network = without(vnet(BARE, is_azures=False), "id")
    nics = [without(one, "id", "etag") for one in TWO]
    assert verdict(load(tmp_path, network, nics, effective(target, "Deny")), "n1", "n2") != "reachable"


def test_a_nic_that_names_a_vm_which_does_not_list_it_is_not_a_second_vm(tmp_path: Path) -> None:
    """One of the two exports is older, as with every attachment that one side states: one VM `v1`, and a doubt."""
    nics = [nic("n1", "10.0.0.4", virtualMachine=ref("virtualMachines", "v1")), nic("n2", "10.0.0.5")]
    site = load(tmp_path, vnet(BARE), nics, vm("v1", "n2"))
    assert [one.name for one in site.virtual_machines].count("v1") == 1
    assert codes(site) == ["NC148"]


def test_an_association_of_a_plan_attaches_to_the_subnet_of_a_site_file(tmp_path: Path) -> None:
    """The plan makes the NSG and puts it on a subnet that only the site file describes."""
    subnet_id = path_of("virtualNetworks", "vnet/subnets/app")
    deny = {"name": "d", "priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "*"}
    deny |= {f"{side}_{what}": "*" for side in ("source", "destination") for what in ("address_prefix", "port_range")}
    values = {
        "name": "nsg",
        "resource_group_name": "rg",
        "id": path_of("networkSecurityGroups", "nsg"),
        "security_rule": [deny],
    }
    link = {"subnet_id": subnet_id, "network_security_group_id": values["id"]}
    kinds = (("azurerm_network_security_group", values), ("azurerm_subnet_network_security_group_association", link))
    resources = [{"address": f"{kind}.x", "type": kind, "name": "x", "values": held} for kind, held in kinds]
    state = {"format_version": "1.0", "values": {"root_module": {"resources": resources}}}
    assert verdict(load(tmp_path, SITE_FILE, state), "n1", "n2") == "blocked"


# What is referred to and not described.


def test_a_missing_nsg_of_a_subnet_is_open(tmp_path: Path) -> None:
    """Nothing of it is known, so both outcomes are possible."""
    site = load(tmp_path, vnet(APP), TWO)
    assert (verdict(site, "n1", "n2"), codes(site)) == ("undetermined", ["NC147"])


def test_a_missing_nsg_of_a_nic_is_open_for_that_nic(tmp_path: Path) -> None:
    """The other NICs of the subnet are judged as before."""
    own: Json = {"networkSecurityGroup": ref("networkSecurityGroups", "gone")}
    site = load(tmp_path, vnet(BARE), *TWO, nic("n3", "10.0.0.6", **own))
    assert [verdict(site, "n1", to) for to in ("n2", "n3")] == ["reachable", "undetermined"]


def test_a_missing_route_table_is_open(tmp_path: Path) -> None:
    """It may send packets anywhere, those inside the network too."""
    site = load(tmp_path, vnet(ROUTED), TWO)
    assert codes(site) == ["NC147"]
    assert verdict(site, "n1", "20.60.0.9") == "undetermined"


def test_a_missing_network_is_open(tmp_path: Path) -> None:
    """NICs name a subnet that no file describes: its NSG, its routes and its address space are open."""
    site = load(tmp_path, TWO)
    assert codes(site) == ["NC147"]
    assert [verdict(site, "n1", to) for to in ("n2", "8.8.8.8")] == ["undetermined", "undetermined"]


def test_a_missing_subnet_of_a_network_that_is_there_is_open(tmp_path: Path) -> None:
    """The network's export lacks the subnet, as one of an earlier day would."""
    site = load(tmp_path, vnet(subnet("other", "10.0.9.0/24")), TWO)
    assert verdict(site, "n1", "n2") == "undetermined"


def vm(name: str, *nics: str) -> Json:
    profile = {"networkInterfaces": [ref("networkInterfaces", one) for one in nics]}
    return made("virtualMachines", name, networkProfile=profile)


def test_a_missing_nic_of_a_vm_is_open(tmp_path: Path) -> None:
    """Packets may take the NIC that no file describes."""
    site = load(tmp_path, vnet(BARE), TWO, vm("v1", "n1", "gone"), vm("v2", "n2"))
    assert codes(site) == ["NC147"]
    assert verdict(site, "v1", "v2") == "undetermined"


def test_a_vm_without_any_nic_is_said(tmp_path: Path) -> None:
    """It cannot be asked about, and is not left out in silence."""
    site = load(tmp_path, vnet(BARE), TWO, vm("v1", "gone"))
    assert "NC147" in codes(site)
    assert [one.name for one in site.virtual_machines] == ["n1", "n2"]


def test_nics_are_joined_to_their_vm(tmp_path: Path) -> None:
    """A VM names its NICs, and a NIC its VM; either is enough."""
    of_v2: Json = {"virtualMachine": ref("virtualMachines", "v2")}
    site = load(tmp_path, vnet(BARE), nic("n1", "10.0.0.4"), nic("n2", "10.0.0.5", **of_v2), vm("v1", "N1"))
    assert {one.name: [each.name for each in one.interfaces] for one in site.virtual_machines} == {
        "v1": ["n1"],
        "v2": ["n2"],
    }


def test_what_the_model_has_no_place_for_is_said(tmp_path: Path) -> None:
    """A storage account decides nothing, and a virtual hub may."""
    storage = {"type": "Microsoft.Storage/storageAccounts", "name": "s", "id": "/x", "properties": {}}
    assert codes(load(tmp_path, vnet(BARE), TWO, storage)) == ["NC149"]
    assert verdict(load(tmp_path, vnet(BARE), TWO, made("virtualHubs", "hub")), "n1", "n2") == "undetermined"


# Files that do not make one site.


CLASSIC = '<NetworkSecurityGroup xmlns="http://schemas.microsoft.com/windowsazure"><Name>c</Name><Rules/></NetworkSecurityGroup>'


def test_classic_and_resource_manager_do_not_mix(tmp_path: Path) -> None:
    """A network is of one deployment model."""
    path = tmp_path / "classic.xml"
    path.write_text(CLASSIC, encoding="utf-8")
    (tmp_path / "0.json").write_text(json.dumps(nsg()), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_site([str(path), str(tmp_path / "0.json")])
    assert "NC109" in [found.code for found in caught.value.diagnostics]


def test_a_classic_export_beside_a_site_of_the_other_model_is_refused(tmp_path: Path) -> None:
    """The site file says Resource Manager by saying nothing."""
    path = tmp_path / "classic.xml"
    path.write_text(CLASSIC, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(SITE_FILE, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_site([str(tmp_path / "site.yaml"), str(path)])
    assert "NC109" in [found.code for found in caught.value.diagnostics]


def test_two_site_files_are_refused(tmp_path: Path) -> None:
    """What one says of the site as a whole the other would contradict."""
    assert refused(tmp_path, SITE_FILE, SITE_FILE) == ["NC109"]


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    """All orders of four files are one site."""
    files: list[object] = [nsg("nsg", rule("deny"), **ON_APP), vnet(APP), TWO, lone_rule(priority=300)]
    digests = {netcheck.digest(load(tmp_path, *order)) for order in itertools.permutations(files)}
    assert len(digests) == 1


# Values that are not known: every meaning they may have, and no other.


def template(*rules: Json) -> Json:
    """Return a template whose parameter `p` has no value."""
    parameters = {name: {"type": kind} for name, kind in (("p", "string"), ("n", "int"), ("l", "array"))}
    return arm.template(arm.nsg("nsg", {"securityRules": list(rules)}), parameters=parameters)


OPEN = "[parameters('p')]"
MEANINGS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "access": (OPEN, ("Allow", "Deny")),
    "direction": (OPEN, ("Inbound", "Outbound")),
    "priority": ("[parameters('n')]", (101, 150, 250, 350, 4096)),
    "protocol": (OPEN, ("Tcp", "Udp", "*")),
    "destinationPortRange": (OPEN, ("*", "443", "80-443", "1")),
    "sourcePortRange": (OPEN, ("*", "50000")),
    "sourceAddressPrefix": (OPEN, ("*", "10.0.0.0/24", "10.0.0.4", "192.0.2.1")),
    "destinationAddressPrefix": (OPEN, ("*", "10.0.0.0/24", "10.0.0.5", "192.0.2.1")),
}
AROUND = (
    rule("first", "Allow", priority=200, destinationPortRange="443", destinationAddressPrefix="10.0.0.5"),
    rule("second", "Deny", priority=300, destinationPortRange="80-443"),
)
PACKETS = tuple(itertools.product(("10.0.0.4", "192.0.2.1"), ("10.0.0.5", "10.0.0.9"), ("443", "80", "1")))


def outcome(site: Site, source: str, target: str, port: str) -> str:
    return str(netcheck.filter_packets(site, "nsg", "Inbound", source, target, tcp=[port]).verdict)


def every_meaning(name: str, access: str) -> Iterator[Json]:
    for meaning in MEANINGS[name][1]:
        yield rule("open", access, **{"priority": 150, name: meaning})


@pytest.mark.parametrize("name", MEANINGS)
@pytest.mark.parametrize("access", ["Allow", "Deny"])
def test_an_unknown_field_allows_every_meaning(name: str, access: str, tmp_path: Path) -> None:
    """A settled verdict is the one that each value of the field gives; where two values differ it is open."""
    open_rule = rule("open", access, **{"priority": 150, name: MEANINGS[name][0]})
    site = load(tmp_path, template(open_rule, *AROUND))
    possible = [load(tmp_path, template(one, *AROUND)) for one in every_meaning(name, access)]
    for packet in PACKETS:
        found = {outcome(each, *packet) for each in possible}
        assert outcome(site, *packet) in ({*found, "undetermined"} if len(found) == 1 else {"undetermined"}), packet


@pytest.mark.parametrize("access", ["Allow", "Deny"])
def test_an_unknown_field_taints_no_more_than_it_decides(access: str, tmp_path: Path) -> None:
    """An unknown source of a rule for port 443 leaves the other ports as they are."""
    open_rule = rule("open", access, priority=150, sourceAddressPrefix=OPEN, destinationPortRange="443")
    site, without = load(tmp_path, template(open_rule, *AROUND)), load(tmp_path, template(*AROUND))
    for source, target, port in PACKETS:
        if port != "443":
            assert outcome(without, source, target, port) == outcome(site, source, target, port)


def test_an_unknown_list_of_rules_leaves_everything_open(tmp_path: Path) -> None:
    """Every packet may be allowed or denied by a rule that nobody can read."""
    unread = template()
    unread["resources"][0]["properties"]["securityRules"] = "[parameters('l')]"
    site = load(tmp_path, unread)
    assert {outcome(site, *packet) for packet in PACKETS} == {"undetermined"}


def test_an_unknown_rule_among_others_leaves_everything_open(tmp_path: Path) -> None:
    """It may come first and match anything."""
    unread = template(*AROUND)
    unread["resources"][0]["properties"]["securityRules"].append("[parameters('p')]")
    assert {outcome(load(tmp_path, unread), *packet) for packet in PACKETS} == {"undetermined"}


@pytest.mark.parametrize("name", ["sourcePortRange", "destinationPortRange"])
def test_an_unknown_member_of_a_list_leaves_the_others_known(name: str, tmp_path: Path) -> None:
    """`[443, ?]` matches 443 for certain, and may match any other port."""
    ports = {name: None, f"{name}s": ["443" if name.startswith("d") else "0-65535", OPEN]}
    site = load(tmp_path, template(rule("open", "Allow", **{"priority": 150, **ports}), rule("deny", priority=4000)))
    assert outcome(site, "10.0.0.4", "10.0.0.5", "443") == "reachable"


def test_a_condition_that_is_not_known_leaves_the_resource_unsure(tmp_path: Path) -> None:
    """The NSG may be deployed or not, so what it denies is open, and what it allows is not."""
    made_template = template(rule("deny", destinationPortRange="80"))
    made_template["resources"][0]["condition"] = "[equals(parameters('p'), 'yes')]"
    network = vnet({**APP, "etag": None}, is_azures=False)
    site = load(tmp_path, made_template, network, TWO, options=Options(subscription="s", resource_group="rg"))
    assert [verdict(site, "n1", "n2", port) for port in (80, 443)] == ["undetermined", "reachable"]
