"""Inputs for which a certain verdict would be a guess: whatever decides and is not certain leaves the answer open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netcheck.errors import InputError
from netcheck.model.rules import Direction
from netcheck.model.site import Site
from netcheck.questions.filter import filter_packets
from netcheck.questions.packets import parse_prefixes
from netcheck.sources.load import load_site
from tests.unit.sources import test_arm_template as arm
from tests.unit.sources.test_assemble import (
    APP,
    BARE,
    ON_APP,
    STATE,
    TWO,
    Json,
    child,
    codes,
    load,
    lone_rule,
    made,
    nic,
    nsg,
    path_of,
    peer,
    ref,
    rule,
    subnet,
    verdict,
    vnet,
    without,
)
from tests.unit.sources.test_terraform_plan import RULE, block, configured, plan, refers
from tests.unit.sources.test_terraform_plan import made as planned

OPEN = ("undetermined", "refused")
SUBNET_ID = path_of("virtualNetworks", "vnet/subnets/app")
PUBLIC = "20.1.1.1"


def answer(folder: Path, source: str, target: str, *files: object) -> str:
    """The verdict, or `refused` where the files are."""
    try:
        return verdict(load(folder, *files), source, target)
    except InputError:
        return "refused"


# Exports: one resource twice, and names that two resource groups have in common.


@pytest.mark.parametrize("actions", [("Allow", "Deny"), ("Deny", "Allow")])
def test_a_rule_described_twice_and_differently_is_never_the_first_of_the_two(
    actions: tuple[str, str], tmp_path: Path
) -> None:
    """Two exports of one rule that differ are an error like those of two NSGs (NC146): which holds, nobody can tell."""
    rules = [lone_rule("r", action) for action in actions]
    assert answer(tmp_path, "n1", "n2", [nsg(**ON_APP), vnet(APP), *TWO], *rules) in OPEN


@pytest.mark.parametrize("hops", [("VnetLocal", "None"), ("None", "VnetLocal")])
def test_a_route_described_twice_and_differently_is_never_the_first_of_the_two(
    hops: tuple[str, str], tmp_path: Path
) -> None:
    """The same for routes that stand alone."""
    app = subnet("app", "10.0.0.0/24", routeTable=ref("routeTables", "rt"))
    table = made("routeTables", "rt", routes=[], **ON_APP)
    routes = [child("routeTables", "rt", "r", "routes", addressPrefix="10.0.1.0/24", nextHopType=hop) for hop in hops]
    site = [vnet(app, subnet("data", "10.0.1.0/24")), table, *TWO, nic("n3", "10.0.1.4", "vnet/subnets/data")]
    assert answer(tmp_path, "n1", "n3", site, [routes[0]], [routes[1]]) in OPEN


@pytest.mark.parametrize("states", [("Connected", "Disconnected"), ("Disconnected", "Connected")])
def test_a_peering_described_twice_and_differently_is_never_the_first_of_the_two(
    states: tuple[str, str], tmp_path: Path
) -> None:
    """The same for peerings that stand alone."""

    def peering(owner: str, remote: str, state: str = "Connected") -> Json:
        changes = {"peeringState": state, "remoteVirtualNetwork": ref("virtualNetworks", remote)}
        return child("virtualNetworks", owner, "p", "virtualNetworkPeerings", **{**STATE, **changes})

    hub = vnet(subnet("h", "10.9.0.0/24"), name="hub", space="10.9.0.0/16")
    site = [hub, vnet(BARE), nic("n1", "10.0.0.4"), nic("nh", "10.9.0.4", "hub/subnets/h"), peering("vnet", "hub")]
    files = [[peering("hub", "vnet", state)] for state in states]
    assert answer(tmp_path, "n1", "nh", site, *files) in OPEN


def test_an_nsg_that_lists_a_subnet_of_another_group_is_not_on_the_one_of_that_name(tmp_path: Path) -> None:
    """Attachments go by ID: `other/vnet/app` is in no file, and `rg/vnet/app` has no NSG."""
    deny = nsg("nsg", rule("deny"), subnets=[ref("virtualNetworks", "vnet/subnets/app", "other")])
    network = without(vnet({"name": "app", "properties": {"addressPrefix": "10.0.0.0/24"}}), "etag")
    assert answer(tmp_path, "n1", "n2", deny, network, TWO) == "reachable"


def test_an_nsg_that_lists_a_nic_of_another_group_is_not_on_the_one_of_that_name(tmp_path: Path) -> None:
    """The same for NICs."""
    deny = nsg("nsg", rule("deny"), networkInterfaces=[ref("networkInterfaces", "n2", "other")])
    assert answer(tmp_path, "n1", "n2", deny, vnet(BARE), [without(one, "etag") for one in TWO]) == "reachable"


def test_the_right_nsg_counts_where_another_lists_a_subnet_of_the_same_name(tmp_path: Path) -> None:
    """`nsg-b` says it is on this very subnet; `nsg-a`, read first, is on one of another group."""
    allow = nsg("nsg-a", rule("r", "Allow"), subnets=[ref("virtualNetworks", "vnet/subnets/app", "other")])
    deny = nsg("nsg-b", rule("r", "Deny"), **ON_APP)
    network = without(vnet({"name": "app", "properties": {"addressPrefix": "10.0.0.0/24"}}), "etag")
    assert answer(tmp_path, "n1", "n2", allow, deny, network, TWO) != "reachable"


def test_networks_are_not_peered_with_namesakes_of_other_groups(tmp_path: Path) -> None:
    """`eu/hub` is peered with `eu/spoke` and `us/spoke` with `us/hub`: `eu/hub` does not reach `us/spoke`."""
    hub = vnet(subnet("h", "10.9.0.0/24"), name="hub", group="eu", space="10.9.0.0/16",
               virtualNetworkPeerings=[peer("spoke", "eu")])  # fmt: skip
    spoke = vnet(BARE, name="spoke", group="us", virtualNetworkPeerings=[peer("hub", "us")])
    nics = [nic("nh", "10.9.0.4", "hub/subnets/h", "eu"), nic("n1", "10.0.0.4", "spoke/subnets/app", "us")]
    assert answer(tmp_path, "nh", "n1", hub, spoke, nics) != "reachable"


def test_a_vm_does_not_get_the_nic_of_that_name_of_another_group(tmp_path: Path) -> None:
    """The VM has `other/n1`, which no file describes; `rg/n1` is not taken for it."""
    profile = {"networkInterfaces": [ref("networkInterfaces", "n1", "other")]}
    site = load(tmp_path, made("virtualMachines", "vm", networkProfile=profile), vnet(BARE), TWO)
    assert "vm" not in [one.name for one in site.virtual_machines]


def test_vms_of_one_name_in_two_groups_stay_two(tmp_path: Path) -> None:
    """Of both only the NICs are given: a public IP of the one is none of the other."""
    nics = [
        nic("na", "10.0.0.4", virtualMachine=ref("virtualMachines", "vm", "a")),
        nic("nb", "10.0.0.5", virtualMachine=ref("virtualMachines", "vm", "b")),
    ]
    assert len(load(tmp_path, vnet(BARE), nics).virtual_machines) == 2


def test_two_nics_of_one_name_and_no_id_are_not_one(tmp_path: Path) -> None:
    """Like two NSGs (NC130): none of them may vanish."""
    nics = [without(nic("n", "10.0.0.4"), "id"), without(nic("n", "10.0.0.5"), "id"), nic("n3", "10.0.0.6")]
    try:
        site = load(tmp_path, vnet(BARE), nics)
    except InputError:
        return
    addresses = [str(one) for vm in site.virtual_machines for nic in vm.interfaces for one in nic.addresses]
    assert len(addresses) == 3


def test_an_nsg_without_a_list_of_rules_is_not_one_without_rules(tmp_path: Path) -> None:
    """A query for `defaultSecurityRules` says nothing about the rules of one's own."""
    default = rule("AllowVnetInBound", "Allow", priority=65000)
    default["properties"] |= {"sourceAddressPrefix": "VirtualNetwork", "destinationAddressPrefix": "VirtualNetwork"}
    part = made("networkSecurityGroups", "nsg", defaultSecurityRules=[default], **ON_APP)
    assert answer(tmp_path, "n1", "n2", part, vnet(APP), TWO) in OPEN


# Exports: what connects and what routes, without a place in the model.


def test_networks_connected_to_a_virtual_hub_may_reach_each_other(tmp_path: Path) -> None:
    """Microsoft Learn, "Virtual WAN": networks connected to one hub are connected any to any, without a peering."""
    connected = [
        {
            "id": path_of("virtualHubs", f"hub/hubVirtualNetworkConnections/{name}"),
            "name": name,
            "type": "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections",
            "properties": {"remoteVirtualNetwork": ref("virtualNetworks", name)},
        }
        for name in ("vnet", "far")
    ]
    far = vnet(subnet("f", "10.9.0.0/24"), name="far", space="10.9.0.0/16")
    nics = [nic("n1", "10.0.0.4"), nic("nf", "10.9.0.4", "far/subnets/f")]
    assert answer(tmp_path, "n1", "nf", vnet(BARE), far, nics, connected) in OPEN


def test_a_route_server_may_send_packets_elsewhere(tmp_path: Path) -> None:
    """Microsoft Learn, "Azure Route Server": routes its peers announce are in force in the network, as a gateway's."""
    hub = {
        "id": path_of("virtualHubs", "rs/ipConfigurations/c"),
        "name": "c",
        "type": "Microsoft.Network/virtualHubs/ipConfigurations",
        "properties": {"subnet": ref("virtualNetworks", "vnet/subnets/RouteServerSubnet")},
    }
    one = nic("n1", "10.0.0.4")
    one["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"] = ref("publicIPAddresses", "p")
    network = vnet(BARE, subnet("RouteServerSubnet", "10.0.9.0/24"))
    assert answer(tmp_path, "n1", PUBLIC, network, one, hub) in OPEN


# ARM templates.


def resource(kind: str, name: str, properties: object, **more: Any) -> Json:
    return {"type": f"Microsoft.Network/{kind}", "apiVersion": "2023-04-01", "name": name, "location": "westus",
            "properties": properties, **more}  # fmt: skip


def template(*resources: Json, **parameters: str) -> Json:
    return arm.template(*resources, parameters={name: {"type": kind} for name, kind in parameters.items()})


def id_of(kind: str, *names: str) -> Json:
    spelled = ", ".join(f"'{name}'" for name in (f"Microsoft.Network/{kind}", *names))
    return {"id": f"[resourceId({spelled})]"}


def t_nsg(*rules: Json) -> Json:
    return resource("networkSecurityGroups", "nsg", {"securityRules": list(rules)})


def t_rule(name: str, action: str, **more: Any) -> Json:
    return resource("networkSecurityGroups/securityRules", name, rule("r", action)["properties"], **more)


def t_vnet(**inner: Any) -> Json:
    app = {"name": "app", "properties": {"addressPrefix": "10.0.0.0/24", **inner}}
    return resource("virtualNetworks", "vnet", {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [app]})


def t_nic(name: str, address: str, **inner: Any) -> Json:
    inner |= {"privateIPAddress": address, "subnet": id_of("virtualNetworks/subnets", "vnet", "app")}
    return resource("networkInterfaces", name, {"ipConfigurations": [{"name": "c", "properties": inner}]})


T_BASE = (
    t_vnet(networkSecurityGroup=id_of("networkSecurityGroups", "nsg")),
    t_nic("n1", "10.0.0.4"),
    t_nic("n2", "10.0.0.5"),
)


def test_of_two_rules_under_opposite_conditions_both_may_be_there(tmp_path: Path) -> None:
    """One rule is deployed as Allow or as Deny: the second description is not dropped."""
    allow = t_rule("nsg/r", "Allow", condition="[parameters('x')]")
    deny = t_rule("nsg/r", "Deny", condition="[not(parameters('x'))]")
    assert answer(tmp_path, "n1", "n2", template(t_nsg(), allow, deny, *T_BASE, x="bool")) == "undetermined"


def test_a_rule_of_an_nsg_whose_name_is_not_known_may_be_of_each(tmp_path: Path) -> None:
    """`parameters('name')` may be `nsg`, for all the file says."""
    deny = t_rule("[concat(parameters('name'), '/r')]", "Deny")
    assert answer(tmp_path, "n1", "n2", template(t_nsg(), deny, *T_BASE, name="string")) == "undetermined"


def test_a_rule_deployed_to_a_group_that_is_not_known_may_be_of_the_nsg_here(tmp_path: Path) -> None:
    """`parameters('group')` may be the group that the rest is deployed to."""
    inner = {"mode": "Incremental", "template": template(t_rule("nsg/r", "Deny"))}
    nested = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d",
              "resourceGroup": "[parameters('group')]", "properties": inner}  # fmt: skip
    assert answer(tmp_path, "n1", "n2", template(t_nsg(), nested, *T_BASE, group="string")) == "undetermined"


def test_a_rule_that_a_template_adds_may_be_for_the_exported_nsg(tmp_path: Path) -> None:
    """Where the template goes is not said: its `nsg` may be the one of the export."""
    site = [nsg("nsg", **ON_APP), vnet(APP), *TWO]
    assert answer(tmp_path, "n1", "n2", site, template(t_rule("nsg/r", "Deny"))) == "undetermined"


def test_a_nic_in_a_group_of_unknown_name_may_be_in_the_one_of_the_rule(tmp_path: Path) -> None:
    """That the template also declares `asg` does not tell that `parameters('name')` is another one."""
    to_group = rule("r", destinationAddressPrefix=None)
    to_group["properties"]["destinationApplicationSecurityGroups"] = [id_of("applicationSecurityGroups", "asg")]
    member = {"id": "[resourceId('Microsoft.Network/applicationSecurityGroups', parameters('name'))]"}
    files = template(
        t_nsg(to_group),
        resource("applicationSecurityGroups", "asg", {}),
        T_BASE[0],
        t_nic("n1", "10.0.0.4"),
        t_nic("n2", "10.0.0.5", applicationSecurityGroups=[member]),
        name="string",
    )
    assert answer(tmp_path, "n1", "n2", files) == "undetermined"


@pytest.mark.parametrize("where", ["publicIPAddress", "natGateway"])
def test_a_way_out_whose_id_may_be_null_is_not_certain(where: str, tmp_path: Path) -> None:
    """`{"id": "[if(parameters('x'), resourceId(...), null())]"}` is a public IP, or a NAT gateway, or none."""
    kind = "publicIPAddresses" if where == "publicIPAddress" else "natGateways"
    may_be = {where: {"id": f"[if(parameters('x'), resourceId('Microsoft.Network/{kind}', 'p'), null())]"}}
    network = t_vnet(defaultOutboundAccess=False, **(may_be if where == "natGateway" else {}))
    one = t_nic("n1", "10.0.0.4", **(may_be if where == "publicIPAddress" else {}))
    assert answer(tmp_path, "n1", PUBLIC, template(network, one, x="bool")) == "undetermined"


# Terraform.

GROUP: Json = {"location": "westus", "resource_group_name": "rg"}
ANY_DENY: Json = {**RULE, "name": "r", "priority": 100, "access": "Deny", "protocol": "*",
                  "source_address_prefix": "*", "destination_port_range": "*"}  # fmt: skip


def p_nsg(*rules: Json, label: str = "nsg", actions: tuple[str, ...] = ("create",), **more: Any) -> Json:
    values = {"name": label, **GROUP, "security_rule": list(rules), **more}
    return planned(f"azurerm_network_security_group.{label}", values, {} if "id" in more else {"id": True}, actions)


def p_rule(actions: tuple[str, ...] = ("create",), **more: Any) -> Json:
    values = {**ANY_DENY, "network_security_group_name": "nsg", "resource_group_name": "rg", **more}
    return planned("azurerm_network_security_rule.r", values, {"id": True}, actions)


def p_nic(label: str, address: str, **more: Any) -> Json:
    part = {"name": "c", "private_ip_address": address, "private_ip_address_allocation": "Static",
            "subnet_id": SUBNET_ID, **more}  # fmt: skip
    values = {"name": label, **GROUP, "id": path_of("networkInterfaces", label), "ip_configuration": [part]}
    return planned(f"azurerm_network_interface.{label}", values, {}, ("no-op",))


def p_subnet(mode: str = "", **more: Any) -> Json:
    values = {"id": SUBNET_ID, "name": "app", "virtual_network_name": "vnet", "resource_group_name": "rg",
              "address_prefixes": ["10.0.0.0/24"], **more}  # fmt: skip
    return planned(f"{mode}azurerm_subnet.app", values, {}, ("read",) if mode else ("no-op",))


P_VNET = planned(
    "azurerm_virtual_network.vnet",
    {"name": "vnet", **GROUP, "id": path_of("virtualNetworks", "vnet"), "address_space": ["10.0.0.0/16"], "subnet": []},
    {},
    ("no-op",),
)
P_NICS = (p_nic("n1", "10.0.0.4"), p_nic("n2", "10.0.0.5"))
ON_SUBNET = planned(
    "azurerm_subnet_network_security_group_association.a",
    {"subnet_id": SUBNET_ID},
    {"id": True, "network_security_group_id": True},
)
ASSOCIATION = "subnet_network_security_group_association"
TO_NSG = {
    "network_security_group_id": refers("azurerm_network_security_group.nsg.id", "azurerm_network_security_group.nsg")
}
ATTACHED = block(ASSOCIATION, "a", TO_NSG)


@pytest.mark.parametrize("actions", [("create",), ("delete", "create")])
def test_an_inline_rule_of_a_new_nsg_stays_when_one_of_its_name_that_stood_alone_goes(
    actions: tuple[str, ...], tmp_path: Path
) -> None:
    """Rules moved into a `dynamic` block, which no plan shows: the new NSG has them, and they are not read back."""
    after = plan(
        P_VNET,
        p_subnet(),
        *P_NICS,
        p_nsg(ANY_DENY, actions=actions),
        p_rule(("delete",)),
        ON_SUBNET,
        **configured(ATTACHED, block("network_security_group", "nsg", {})),
    )
    assert answer(tmp_path, "n1", "n2", after) != "reachable"


@pytest.mark.parametrize("action", ["Allow", "Deny"])
def test_a_rule_of_another_group_does_not_join_the_exported_nsg_of_that_name(action: str, tmp_path: Path) -> None:
    """The rule is for `nsg` of group `rg`, in no file; the export has `nsg` of group `other`."""
    app = subnet("app", "10.0.0.0/24", networkSecurityGroup=ref("networkSecurityGroups", "nsg", "other"))
    here = [ref("virtualNetworks", "vnet/subnets/app", "other")]
    own = [rule("own", "Deny", priority=200)] if action == "Allow" else []
    nics = [nic("n1", "10.0.0.4", group="other"), nic("n2", "10.0.0.5", group="other")]
    site = [nsg("nsg", *own, group="other", subnets=here), vnet(app, group="other"), *nics]
    expected = "blocked" if action == "Allow" else "reachable"
    assert answer(tmp_path, "n1", "n2", site, plan(p_rule(access=action))) == expected


def test_a_rule_whose_nsg_is_not_known_may_be_of_each(tmp_path: Path) -> None:
    """As with associations, "each one of this file is taken as if it may be the one"."""
    lost = p_rule()
    del lost["values"]["network_security_group_name"]
    lost["unknown"]["network_security_group_name"] = True
    open_parent = block("network_security_rule", "r", {"network_security_group_name": refers("local.name")})
    blocks = configured(ATTACHED, open_parent, block("network_security_group", "nsg", {"security_rule": {}}))
    files = plan(P_VNET, p_subnet(), *P_NICS, p_nsg(), lost, ON_SUBNET, **blocks)
    assert answer(tmp_path, "n1", "n2", files) in OPEN


def test_what_azapi_changes_in_another_resource_leaves_the_answer_open(tmp_path: Path) -> None:
    """`azapi_update_resource` puts an NSG on a subnet, or rules into an NSG: a warning (NC191) is not enough."""
    body = {"properties": {"networkSecurityGroup": ref("networkSecurityGroups", "nsg")}}
    values = {"type": "Microsoft.Network/virtualNetworks/subnets@2023-04-01", "resource_id": SUBNET_ID, "body": body}
    update = planned("azapi_update_resource.u", values, {"id": True})
    deny = p_nsg(ANY_DENY, id=path_of("networkSecurityGroups", "nsg"), actions=("no-op",))
    assert answer(tmp_path, "n1", "n2", plan(P_VNET, p_subnet(), *P_NICS, deny, update)) != "reachable"


def test_a_backend_pool_that_an_association_gives_may_be_a_way_out(tmp_path: Path) -> None:
    """The outbound rules of a load balancer: the same pool inside the NIC leaves the answer open, too."""
    pool = planned(
        "azurerm_network_interface_backend_address_pool_association.a",
        {"network_interface_id": path_of("networkInterfaces", "n1"), "ip_configuration_name": "c",
         "backend_address_pool_id": path_of("loadBalancers", "lb/backendAddressPools/p")},
        {"id": True},
    )  # fmt: skip
    private = p_subnet(default_outbound_access_enabled=False)
    assert answer(tmp_path, "n1", PUBLIC, plan(P_VNET, private, P_NICS[0], pool)) in OPEN


def test_a_public_ip_that_may_be_null_is_not_certain(tmp_path: Path) -> None:
    """`try(azurerm_public_ip.p[0].id, null)` behind a `local`: what is known after the apply may be null."""
    one = p_nic("n1", "10.0.0.4")
    one["unknown"] = {"ip_configuration": [{"public_ip_address_id": True}]}
    expression = {"ip_configuration": [{"public_ip_address_id": refers("local.address")}]}
    blocks = configured(block("network_interface", "n1", expression))
    private = p_subnet(default_outbound_access_enabled=False)
    assert answer(tmp_path, "n1", PUBLIC, plan(P_VNET, private, one, **blocks)) == "undetermined"


def test_a_computed_index_leaves_open_which_instance_is_meant(tmp_path: Path) -> None:
    """`azurerm_subnet.s[count.index + 2].id` refers to what `[count.index]` does; four subnets for two NICs tell."""
    subnets, nics = [], []
    for index in range(4):
        values: Json = {"name": f"s{index}", "virtual_network_name": "vnet", "resource_group_name": "rg"}
        values["address_prefixes"] = [f"10.0.{index}.0/24"]
        subnets.append(planned(f"azurerm_subnet.s[{index}]", values, {"id": True}))
    for index in range(2):
        part = {"name": "c", "private_ip_address_allocation": "Dynamic"}
        values = {**GROUP, "name": f"n{index}", "ip_configuration": [part]}
        open_part = {"ip_configuration": [{"subnet_id": True, "private_ip_address": True}], "id": True}
        nics.append(planned(f"azurerm_network_interface.n[{index}]", values, open_part))
    attached = planned(
        "azurerm_subnet_network_security_group_association.a",
        {},
        {"id": True, "subnet_id": True, "network_security_group_id": True},
    )
    counted = {"ip_configuration": [{"subnet_id": refers("azurerm_subnet.s", "count.index")}]}
    to_last = {"subnet_id": refers("azurerm_subnet.s[3].id", "azurerm_subnet.s[3]", "azurerm_subnet.s")}
    blocks = configured(
        block("network_interface", "n", counted),
        block("subnet", "s", {}),
        block("network_security_group", "nsg", {"security_rule": {}}),
        block(ASSOCIATION, "a", {**to_last, **TO_NSG}),
    )
    files = plan(P_VNET, *subnets, *nics, p_nsg(ANY_DENY), attached, **blocks)
    assert answer(tmp_path, "n0", "n1", files) != "reachable"


def test_an_association_that_goes_says_it_better_than_a_data_source(tmp_path: Path) -> None:
    """The subnet was read before the apply, which takes its NSG away: the answer is not what it was before."""
    identity = path_of("networkSecurityGroups", "nsg")
    deny = p_nsg(ANY_DENY, id=identity, actions=("no-op",))
    goes = planned(
        "azurerm_subnet_network_security_group_association.a",
        {"id": SUBNET_ID, "subnet_id": SUBNET_ID, "network_security_group_id": identity},
        {},
        ("delete",),
    )
    read = p_subnet("data.", network_security_group_id=identity)
    assert answer(tmp_path, "n1", "n2", plan(P_VNET, read, *P_NICS, deny, goes)) != "blocked"


def test_an_nsg_that_a_data_source_sees_on_a_subnet_is_not_forgotten(tmp_path: Path) -> None:
    """The managed subnet says nothing about its NSG; the data source of the same subnet says that there is one."""
    read = p_subnet("data.", network_security_group_id=path_of("networkSecurityGroups", "outside"))
    assert answer(tmp_path, "n1", "n2", plan(P_VNET, p_subnet(), *P_NICS, read)) in OPEN


# Tables.

HEADER = (
    "Name,Priority,Direction,Access,Protocol,Source Address Prefix,Source Port Range,"
    "Destination Address Prefix,Destination Port Range"
)


def table(folder: Path, *rows: str, more: str = "") -> Site:
    path = folder / "rules.csv"
    path.write_text("\n".join([HEADER + more, *rows, ""]), encoding="utf-8")
    return load_site([str(path)])


def test_the_ids_of_rules_tell_nsgs_of_two_groups_apart(tmp_path: Path) -> None:
    """`a/nsg` and `b/nsg` are two NSGs, as they are with a column of resource groups (NC130 there)."""
    ids = [path_of("networkSecurityGroups", f"nsg/securityRules/r-{group}", group) for group in ("a", "b")]
    rows = (f"r-a,100,Inbound,Allow,*,*,*,*,*,{ids[0]}", f"r-b,101,Inbound,Deny,*,*,*,*,*,{ids[1]}")
    try:
        site = table(tmp_path, *rows, more=",Id")
    except InputError:
        return
    assert [len(one.rules) for one in site.network_security_groups] == [1, 1]


def test_a_number_with_a_separator_of_thousands_is_not_two_ports(tmp_path: Path) -> None:
    """A spreadsheet shows 8080 as `8,080`; ports `8` and `080` are nobody's (a leading zero is an error elsewhere)."""
    with pytest.raises(InputError):
        table(tmp_path, 'r,100,Inbound,Allow,Tcp,*,*,*,"8,080"')


@pytest.mark.parametrize(
    "row", ["DenyAllInBound,65500,Inbound,Allow,*,*,*,*,*", "AllowVnetInBound,65000,Inbound,Allow,*,*,*,*,*"]
)
def test_a_built_in_rule_that_azure_does_not_have_is_an_error(row: str, tmp_path: Path) -> None:
    """Built-in rules cannot be changed: one that allows everything was edited, and the table is not to be trusted."""
    with pytest.raises(InputError):
        table(tmp_path, row)


# Malformed files.


@pytest.mark.parametrize("properties", ["rules", -1, [[]]])
def test_properties_that_are_no_mapping_are_an_error(properties: object, tmp_path: Path) -> None:
    """An export with such is refused (NC168); a template's NSG is not one without rules either."""
    files = template(resource("networkSecurityGroups", "nsg", properties), *T_BASE)
    assert answer(tmp_path, "n1", "n2", files) in OPEN


@pytest.mark.parametrize("identity", ["/", "//"])
def test_an_nsg_reference_without_a_name_is_not_no_nsg(identity: str, tmp_path: Path) -> None:
    """What a reference means that ends in nothing is not known; "nothing is attached" it does not say."""
    network = vnet(subnet("app", "10.0.0.0/24", networkSecurityGroup={"id": identity}))
    assert answer(tmp_path, "n1", "n2", network, TWO) in OPEN


def test_a_change_that_the_planned_values_lack_is_an_error(tmp_path: Path) -> None:
    """`resource_changes` creates the association: planned values without it are not the whole plan."""
    deny = p_nsg(ANY_DENY, id=path_of("networkSecurityGroups", "nsg"), actions=("no-op",))
    on_subnet = planned(
        "azurerm_subnet_network_security_group_association.a",
        {"subnet_id": SUBNET_ID, "network_security_group_id": path_of("networkSecurityGroups", "nsg")},
        {"id": True},
    )
    cut = plan(P_VNET, p_subnet(), *P_NICS, deny, on_subnet)
    cut["planned_values"]["root_module"]["resources"].pop()
    assert answer(tmp_path, "n1", "n2", cut) in OPEN


def test_a_rule_that_lost_its_nsg_may_be_a_rule_of_any(tmp_path: Path) -> None:
    """`network_security_group_name` is required: a rule without it is not one of an NSG that nobody asks about."""
    lost = planned("azurerm_network_security_rule.r", {**RULE, "resource_group_name": "rg"})
    lost["values"].pop("network_security_group_name", None)
    site = load(tmp_path, plan(p_nsg(), lost))
    assert all(any(rule.unknown for rule in group.rules) for group in site.network_security_groups)


def test_two_slashes_in_flow_yaml_are_no_comment(tmp_path: Path) -> None:
    """The file begins with a brace and names a template's schema, and is YAML all the same."""
    rule = "{name: %s, priority: %d, direction: Inbound, access: Deny, protocol: Any, sourceAddressPrefix: Any, "
    rest = "sourcePortRange: Any, destinationAddressPrefix: Any, destinationPortRange: Any"
    first = rule % ("a", 200) + rest + ", description: see //x/deploymentTemplate.json}, "
    groups = f"[{{name: n, securityRules: [{first}{rule % ('b', 100)}{rest}\n}}]}}]"
    site = load(tmp_path, f"{{netcheck: 1, networkSecurityGroups: {groups}}}")
    assert [rule.name for rule in site.network_security_groups[0].rules] == ["a", "b"]


def test_what_get_az_resource_says_of_every_resource_is_known(tmp_path: Path) -> None:
    """`ResourceType` and its like decide nothing about packets and are not warned about."""
    head = {"ResourceType": "Microsoft.Network/networkSecurityGroups", "ResourceName": "n", "ParentResource": None}
    times = {"CreatedTime": None, "ChangedTime": None, "ExtensionResourceName": None, "ExtensionResourceType": None}
    found: Json = {"ResourceId": path_of("networkSecurityGroups", "n"), **head, **times}
    found["Properties"] = {"securityRules": []}
    assert codes(load(tmp_path, found)) == []


def filtered(folder: Path, *files: object) -> str:
    """What NSG `n` alone does with a packet to the Internet, which the default rules let out."""
    vnet = parse_prefixes(["10.0.0.0/16"])
    site = load(folder, *files)
    found = filter_packets(site, "n", Direction.OUTBOUND, "10.0.0.4", "52.0.0.1", ["443"], vnet=vnet)
    return str(found.verdict)


def test_an_nsg_none_of_whose_properties_are_known_is_not_one_without_rules(tmp_path: Path) -> None:
    """`properties` may be one expression of an ARM template: NC152 beside a firm answer is not enough."""
    bare = resource("networkSecurityGroups", "n", {"securityRules": []})
    assert filtered(tmp_path, template(bare)) == "reachable"
    whole = resource("networkSecurityGroups", "n", "[reference('x').properties]")
    assert filtered(tmp_path, template(whole)) == "undetermined"


def test_a_deployment_that_stands_elsewhere_may_hold_rules_of_an_nsg(tmp_path: Path) -> None:
    """A linked template can deploy `networkSecurityGroups/securityRules`; one NSG alone is not certain either."""
    bare = resource("networkSecurityGroups", "n", {"securityRules": []})
    linked = {"mode": "Incremental", "templateLink": {"uri": "https://example.org/rules.json"}}
    deployment = {"type": "Microsoft.Resources/deployments", "apiVersion": "2021-04-01", "name": "d"}
    assert filtered(tmp_path, template(bare, {**deployment, "properties": linked})) == "undetermined"


def test_what_azapi_changes_may_be_a_rule_of_an_nsg(tmp_path: Path) -> None:
    """`azapi_update_resource` on an NSG: the same for the NSG alone as for a path."""
    values = {"type": "Microsoft.Network/networkSecurityGroups@2024-05-01", "resource_id": "/x", "body": {}}
    group = p_nsg(ANY_DENY | {"access": "Allow", "direction": "Outbound"}, label="n")
    assert filtered(tmp_path, plan(group)) == "reachable"
    assert filtered(tmp_path, plan(group, planned("azapi_update_resource.u", values, {"id": True}))) == "undetermined"
