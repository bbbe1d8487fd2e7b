"""References of a plan: an ID that is not known yet leads to the one resource it can come from, or is told as open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netcheck.sources._resources import Association
from tests.unit.sources.plain import plain
from tests.unit.sources.test_terraform_plan import (
    Json,
    associations,
    block,
    configured,
    made,
    nsg,
    plan,
    read,
    read_text,
    refers,
    resources,
    unknowns,
)

ID = {"id": True}
NSG_ID = "network_security_group_id"


def subnet(address: str) -> Json:
    """A subnet that a plan makes."""
    values = {"name": "app", "resource_group_name": "rg", "virtual_network_name": "v", "address_prefixes": []}
    return made(f"azurerm_subnet.{address}", {**values, "address_prefixes": ["10.0.0.0/24"]}, ID)


def link(address: str = "a", module: str = "") -> Json:
    """An association whose two ends are not known yet."""
    marks = {"id": True, "subnet_id": True, NSG_ID: True}
    return made(f"{module}azurerm_subnet_network_security_group_association.{address}", {}, marks)


def link_block(subnet_id: Json, nsg_id: Json, **more: Any) -> Json:
    """The block of the association."""
    kind = "subnet_network_security_group_association"
    return block(kind, "a", {"subnet_id": subnet_id, NSG_ID: nsg_id}, **more)


TO_SUBNET = refers("azurerm_subnet.app.id", "azurerm_subnet.app")
TO_NSG = refers("azurerm_network_security_group.web.id", "azurerm_network_security_group.web")


def test_an_id_not_known_yet_leads_to_the_address_of_the_resource() -> None:
    """Both ends of an association are found through `configuration`, and named as the resources are."""
    data = plan(nsg("web"), subnet("app"), link(), **configured(link_block(TO_SUBNET, TO_NSG)))
    expected = ("azurerm_subnet.app", "networkSecurityGroup", {"id": "azurerm_network_security_group.web"}, "")
    assert associations(data) == [expected]


def test_an_id_of_an_existing_resource_is_that_id() -> None:
    """A resource that Azure has given an ID is called by it, also where the reference is not known."""
    real = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-web"
    data = plan(nsg("web", id=real), subnet("app"), link(), **configured(link_block(TO_SUBNET, TO_NSG)))
    data["resource_changes"][0]["change"]["after_unknown"] = {}
    assert [value for _, _, value, _ in associations(data)] == [{"id": real}]


def test_the_key_of_an_instance_tells_which_is_meant() -> None:
    """A constant index stands in the reference: `azurerm_subnet.app["x"].id`."""
    to_x = refers('azurerm_subnet.app["x"].id', 'azurerm_subnet.app["x"]', "azurerm_subnet.app")
    both = (subnet('app["x"]'), subnet('app["y"]'))
    data = plan(nsg("web"), *both, link(), **configured(link_block(to_x, TO_NSG)))
    assert [target for target, _, _, _ in associations(data)] == ['azurerm_subnet.app["x"]']


@pytest.mark.parametrize("index", ["each.key", "count.index", "var.which"])
def test_a_computed_index_leaves_open_which_instance_is_meant(index: str) -> None:
    """`azurerm_subnet.app[each.key].id` shows as `azurerm_subnet.app` and `each.key`: it may be any of them."""
    both = (subnet('app["x"]'), subnet('app["y"]'))
    data = plan(nsg("web"), *both, link(), **configured(link_block(refers("azurerm_subnet.app", index), TO_NSG)))
    why = (
        "which resource `azurerm_subnet_network_security_group_association.a` attaches something to is not certain: "
        "which of 2 resources is meant is not certain"
    )
    value = {"id": "azurerm_network_security_group.web"}
    assert associations(data) == [
        ('azurerm_subnet.app["x"]', "networkSecurityGroup", value, why),
        ('azurerm_subnet.app["y"]', "networkSecurityGroup", value, why),
    ]


def test_each_key_leads_to_the_instance_of_the_same_key() -> None:
    """`azurerm_subnet.app[each.key].id` of the association with the key "x" is the subnet with the key "x"."""
    both = (subnet('app["x"]'), subnet('app["y"]'))
    to_same = refers("azurerm_subnet.app", "each.key")
    links = (link('a["x"]'), link('a["y"]'))
    data = plan(nsg("web"), *both, *links, **configured(link_block(to_same, TO_NSG)))
    found = [(target, unsure) for target, _, _, unsure in associations(data)]
    assert found == [('azurerm_subnet.app["x"]', ""), ('azurerm_subnet.app["y"]', "")]


def test_each_key_beside_anything_else_settles_nothing() -> None:
    """`azurerm_subnet.app[each.value.subnet]` and a key that the other block does not have may mean any instance."""
    both = (subnet('app["x"]'), subnet('app["y"]'))
    for references, index in ((("azurerm_subnet.app", "each.value.subnet", "each.value"), "x"),
                              (("azurerm_subnet.app", "each.key", "var.which"), "x"),
                              (("azurerm_subnet.app", "each.key"), "z")):  # fmt: skip
        config = configured(link_block(refers(*references), TO_NSG))
        data = plan(nsg("web"), *both, link(f'a["{index}"]'), **config)
        assert len(associations(data)) == 2, references
        assert all(unsure for _, _, _, unsure in associations(data)), references


def test_count_index_leads_to_the_instance_of_the_same_number() -> None:
    """`azurerm_subnet.app[count.index].id` of the second association is the second subnet."""
    both = (subnet("app[0]"), subnet("app[1]"))
    to_same = refers("azurerm_subnet.app", "count.index")
    data = plan(nsg("web"), *both, link("a[0]"), link("a[1]"), **configured(link_block(to_same, TO_NSG)))
    found = [(target, unsure) for target, _, _, unsure in associations(data)]
    assert found == [("azurerm_subnet.app[0]", ""), ("azurerm_subnet.app[1]", "")]


def test_a_computed_index_into_a_single_instance_is_certain() -> None:
    """Where there is one instance, every index that does not fail leads to it."""
    to_any = refers("azurerm_subnet.app", "each.key")
    data = plan(nsg("web"), subnet('app["x"]'), link('a["x"]'), **configured(link_block(to_any, TO_NSG)))
    assert [(target, unsure) for target, _, _, unsure in associations(data)] == [('azurerm_subnet.app["x"]', "")]


def test_many_uncertain_associations_do_not_multiply() -> None:
    """Fifty instances that may each mean one of fifty subnets make fifty associations, each with an unknown NSG."""
    keys = [f'["{number}"]' for number in range(50)]
    groups = [nsg(f"web{key}") for key in keys]
    to_subnets, to_groups = refers("azurerm_subnet.app", "var.which"), refers("azurerm_network_security_group.web")
    config = configured(link_block(to_subnets, to_groups))
    data = plan(*groups, *(subnet(f"app{key}") for key in keys), *(link(f"a{key}") for key in keys), **config)
    found = associations(data)
    assert len(found) == 50
    unknown = f"?azurerm_subnet_network_security_group_association.a[*].{NSG_ID}"
    assert {value["id"] for _, _, value, _ in found} == {unknown}


@pytest.mark.parametrize(
    ("references", "doubt"),
    [
        (("local.subnet",), "it depends on `local.subnet`, which a plan does not show"),
        (("azurerm_subnet.app.name", "azurerm_subnet.app"), "it depends on `azurerm_subnet.app.name`"),
        (("azurerm_virtual_network.v.subnet",), "it depends on `azurerm_virtual_network.v.subnet`"),
        (("azurerm_network_security_group.web.id",), "no reference leads to it"),
        (("random_pet.p.id",), "it depends on `random_pet.p.id`"),
        (
            ("azurerm_subnet.app.id", "azurerm_subnet.app", "local.x"),
            "it depends on `local.x`, which a plan does not show",
        ),
        ((), "no reference leads to it"),
    ],
)
def test_what_cannot_be_followed_may_mean_any_subnet(references: tuple[str, ...], doubt: str) -> None:
    """Nothing is guessed: each subnet of the file may have the NSG, and the plan's reader is told."""
    data = plan(nsg("web"), subnet("app"), link(), **configured(link_block(refers(*references), TO_NSG)))
    found, faults = read_text(json.dumps(data))
    name = "which resource `azurerm_subnet_network_security_group_association.a` attaches something to"
    assert [(one.target, one.unsure) for one in found if isinstance(one, Association)] == [
        ("azurerm_subnet.app", f"{name} is not certain: {doubt}")
    ]
    assert [fault.partition(" ")[2] for fault in faults] == [f"warning[NC191] {name} is not known: {doubt}"]


def test_one_of_two_is_not_settled() -> None:
    """`var.x ? a.id : b.id` refers to both; which of them it is the plan does not say."""
    either = refers("var.x", "azurerm_subnet.a.id", "azurerm_subnet.a", "azurerm_subnet.b.id", "azurerm_subnet.b")
    data = plan(nsg("web"), subnet("a"), subnet("b"), link(), **configured(link_block(either, TO_NSG)))
    assert [(target, bool(unsure)) for target, _, _, unsure in associations(data)] == [
        ("azurerm_subnet.a", True),
        ("azurerm_subnet.b", True),
    ]


def test_a_choice_between_a_resource_and_what_is_known_is_settled() -> None:
    """`var.x ? a.id : "…"` would be known if it were not `a.id`: root variables are known when planning."""
    either = refers("var.x", "azurerm_subnet.app.id", "azurerm_subnet.app")
    data = plan(nsg("web"), subnet("app"), subnet("b"), link(), **configured(link_block(either, TO_NSG)))
    assert [(target, unsure) for target, _, _, unsure in associations(data)] == [("azurerm_subnet.app", "")]


def test_each_value_is_what_for_each_goes_through() -> None:
    """`for_each = azurerm_subnet.app`, `each.value.id`: one of its instances, and certain if there is one."""
    to_value = refers("each.value.id", "each.value")
    over = {"for_each_expression": refers("azurerm_subnet.app")}
    config = configured(link_block(to_value, TO_NSG, **over))
    one = plan(nsg("web"), subnet('app["x"]'), link('a["x"]'), **config)
    two = plan(nsg("web"), subnet('app["x"]'), subnet('app["y"]'), link('a["x"]'), **config)
    assert [bool(unsure) for _, _, _, unsure in associations(one)] == [False]
    assert [bool(unsure) for _, _, _, unsure in associations(two)] == [True, True]


def test_inputs_and_outputs_of_modules_are_followed() -> None:
    """The NSG comes out of one module and goes into another, whose variable the association uses."""
    group, inside = nsg("web"), link(module='module.use["k"].')
    group |= {"address": f"module.make.{group['address']}", "module": "module.make"}
    output = {"id": {"expression": TO_NSG}}
    calls = {
        "make": {"module": {"outputs": output, "resources": [block("network_security_group", "web", {})]}},
        "use": {
            "expressions": {"nsg": refers("module.make.id", "module.make"), "subnet": TO_SUBNET},
            "module": {"resources": [link_block(refers("var.subnet"), refers("var.nsg"))], "variables": {}},
        },
    }
    data = plan(group, subnet("app"), inside, **configured(module_calls=calls))
    value = {"id": "module.make.azurerm_network_security_group.web"}
    assert associations(data) == [("azurerm_subnet.app", "networkSecurityGroup", value, "")]


def test_a_resource_handed_over_whole_is_seen_through_its_field() -> None:
    """`var.subnet.id` with `subnet = azurerm_subnet.app` is the ID of that subnet; `var.subnet.name` is not."""
    calls = {
        "use": {
            "expressions": {"subnet": refers("azurerm_subnet.app"), "nsg": TO_NSG},
            "module": {"resources": [link_block(refers("var.subnet.id", "var.subnet"), refers("var.nsg"))]},
        }
    }
    data = plan(nsg("web"), subnet("app"), link(module="module.use."), **configured(module_calls=calls))
    assert [(target, unsure) for target, _, _, unsure in associations(data)] == [("azurerm_subnet.app", "")]


def test_the_keys_of_module_instances_tell_which_is_meant() -> None:
    """`module.net["a"].id` is followed into that instance; `module.net[each.key].id` hides the output."""
    calls = {"net": {"module": {"outputs": {"id": {"expression": TO_SUBNET}}, "resources": []}}}
    inside = []
    for name in ("a", "b"):
        one = subnet("app")
        inside.append({**one, "address": f'module.net["{name}"].{one["address"]}', "module": f'module.net["{name}"]'})
    constant = refers('module.net["a"].id', 'module.net["a"]')
    data = plan(nsg("web"), *inside, link(), **configured(link_block(constant, TO_NSG), module_calls=calls))
    assert [target for target, _, _, _ in associations(data)] == ['module.net["a"].azurerm_subnet.app']
    computed = configured(link_block(refers("module.net", "each.key"), TO_NSG), module_calls=calls)
    found, faults = read_text(json.dumps(plan(nsg("web"), *inside, link(), **computed)))
    assert [bool(one.unsure) for one in found if isinstance(one, Association)] == [True, True]
    assert "which output of which `module.net` is meant is not certain" in faults[0]


def test_a_second_call_behind_an_output_is_a_reference_of_its_own() -> None:
    """`c ? module.net["a"].id : module.net[each.key].id` shows `module.net` after the shorter forms of the first."""
    calls = {"net": {"module": {"outputs": {"id": {"expression": TO_SUBNET}}, "resources": []}}}
    one = subnet("app")
    one |= {"address": f'module.net["a"].{one["address"]}', "module": 'module.net["a"]'}
    either = refers('module.net["a"].id', 'module.net["a"]', "module.net", "each.key")
    _, faults = read_text(
        json.dumps(plan(nsg("web"), one, link(), **configured(link_block(either, TO_NSG), module_calls=calls)))
    )
    assert ["which output of which `module.net` is meant" in fault for fault in faults] == [True]


def test_modules_that_refer_to_each_other_in_a_circle_end() -> None:
    """Terraform refuses a circle; a file that holds one all the same is read to its end."""
    calls = {
        name: {
            "expressions": {"x": refers(f"module.{other}.y", f"module.{other}")},
            "module": {"outputs": {"y": {"expression": refers("var.x")}}, "resources": []},
        }
        for name, other in (("a", "b"), ("b", "a"))
    }
    config = configured(link_block(refers("module.a.y", "module.a"), TO_NSG), module_calls=calls)
    _, faults = read_text(json.dumps(plan(nsg("web"), subnet("app"), link(), **config)))
    assert [fault.endswith("leads back to itself") for fault in faults] == [True]


def test_a_chain_of_many_modules_ends() -> None:
    """A reference is followed through fifty modules and no further, whatever the file."""
    calls = {
        f"m{number}": {
            "expressions": {"x": refers(f"module.m{number + 1}.y", f"module.m{number + 1}")},
            "module": {"outputs": {"y": {"expression": refers("var.x")}}, "resources": []},
        }
        for number in range(5000)
    }
    config = configured(link_block(refers("module.m0.y", "module.m0"), TO_NSG), module_calls=calls)
    _, faults = read_text(json.dumps(plan(nsg("web"), subnet("app"), link(), **config)))
    assert [fault.endswith("leads through too many modules") for fault in faults] == [True]


def test_without_a_configuration_references_are_open() -> None:
    """A plan cut down to its values does not say what an unknown ID is."""
    _, faults = read_text(json.dumps(plan(nsg("web"), subnet("app"), link())))
    assert [fault.endswith("the file holds no configuration that would say what is meant") for fault in faults] == [
        True
    ]


def nic(configurations: int) -> Json:
    """A NIC with IP configurations whose subnets are not known yet."""
    parts = [{"name": f"c{number}", "private_ip_address_allocation": "Dynamic"} for number in range(configurations)]
    marks = [{"subnet_id": True, "private_ip_address": True} for _ in range(configurations)]
    return made("azurerm_network_interface.n", {"name": "n", "ip_configuration": parts}, {"ip_configuration": marks})


def test_references_inside_blocks_are_found_by_their_order() -> None:
    """The second block of the configuration makes the second element, as long as there are two of both."""
    to_b = refers("azurerm_subnet.b.id", "azurerm_subnet.b")
    blocks = [{"subnet_id": TO_SUBNET}, {"subnet_id": to_b}]
    config = configured(block("network_interface", "n", {"ip_configuration": blocks}))
    found = resources(plan(subnet("app"), subnet("b"), nic(2), **config))
    assert [part["subnet"]["id"] for part in plain(found[2].node)["ipConfigurations"]] == [
        "azurerm_subnet.app",
        "azurerm_subnet.b",
    ]


def test_dynamic_blocks_hide_which_block_makes_an_element() -> None:
    """A plan does not show `dynamic` blocks, so with more elements than blocks none can be told."""
    config = configured(block("network_interface", "n", {"ip_configuration": [{"subnet_id": TO_SUBNET}]}))
    found = resources(plan(subnet("app"), nic(2), **config))
    reasons = [unknown.reason for unknown in unknowns(found[1].node) if unknown.text.endswith("subnet_id")]
    assert ["the plan does not show the expression" in reason for reason in reasons] == [True, True]


def machine(count: int) -> Json:
    """A VM with NICs that are not known yet."""
    values = {"name": "vm", "network_interface_ids": [None] * count}
    return made("azurerm_linux_virtual_machine.vm", values, {"network_interface_ids": [True] * count})


def nics_of(data: Json) -> list[str]:
    """What the VM of a plan says its NICs are."""
    node = plain(next(found for found in resources(data) if found.name == "vm").node)
    return [nic["id"] for nic in node["networkProfile"]["networkInterfaces"]]


def test_a_list_of_as_many_ids_as_resources_names_them_all() -> None:
    """The IDs of a list differ, so two of them from two resources are those two, also of `n[*].id`."""
    pair = [made(f"azurerm_network_interface.n[{number}]", {"name": f"n{number}"}, ID) for number in range(2)]
    config = configured(
        block("linux_virtual_machine", "vm", {"network_interface_ids": refers("azurerm_network_interface.n")})
    )
    names = ["azurerm_network_interface.n[0]", "azurerm_network_interface.n[1]"]
    assert nics_of(plan(*pair, machine(2), **config)) == names


def test_a_list_of_fewer_ids_than_resources_is_open() -> None:
    """`[n[count.index].id]` is one of the two; which one the plan does not say."""
    pair = [made(f"azurerm_network_interface.n[{number}]", {"name": f"n{number}"}, ID) for number in range(2)]
    expression = refers("azurerm_network_interface.n", "count.index")
    config = configured(block("linux_virtual_machine", "vm", {"network_interface_ids": expression}))
    data = plan(*pair, machine(1), **config)
    assert nics_of(data) == ["?azurerm_linux_virtual_machine.vm.network_interface_ids[0]"]


def test_a_parent_whose_name_is_not_known_is_found_by_reference() -> None:
    """`network_security_group_name` may come from a resource whose name is made when applying."""
    group = made("azurerm_network_security_group.web", {"security_rule": []}, {"id": True, "name": True})
    values = {"name": "r", "resource_group_name": "rg"}
    rule = made("azurerm_network_security_rule.r", values, {"network_security_group_name": True})
    to_name = refers("azurerm_network_security_group.web.name", "azurerm_network_security_group.web")
    config = configured(block("network_security_rule", "r", {"network_security_group_name": to_name}))
    assert [found.parent for found in resources(plan(group, rule, **config))] == [
        "",
        "azurerm_network_security_group.web",
    ]


def test_a_rule_of_one_of_several_nsgs_may_be_in_each() -> None:
    """Which NSG it is in is not known, but that it is in one of them is."""
    pair = [
        made(f'azurerm_network_security_group.web["{name}"]', {"security_rule": []}, {"name": True}) for name in "ab"
    ]
    rule = made("azurerm_network_security_rule.r", {"name": "r"}, {"network_security_group_name": True})
    to_names = refers("azurerm_network_security_group.web", "each.key")
    config = configured(block("network_security_rule", "r", {"network_security_group_name": to_names}))
    rules = [found for found in resources(plan(*pair, rule, **config)) if found.name == "r"]
    why = (
        "what `azurerm_network_security_rule.r` belongs to is not certain: which of 2 resources is meant is not certain"
    )
    assert [(found.parent, found.unsure) for found in rules] == [
        ('azurerm_network_security_group.web["a"]', why),
        ('azurerm_network_security_group.web["b"]', why),
    ]


def test_a_data_source_that_is_read_later_can_be_meant() -> None:
    """`data.azurerm_subnet.x.id` leads to the data source, and to the managed resource that it reads."""
    values = {"name": "app", "resource_group_name": "rg", "virtual_network_name": "v"}
    later = made("data.azurerm_subnet.x", values, {"id": True, "address_prefixes": True}, ("read",))
    to_data = refers("data.azurerm_subnet.x.id", "data.azurerm_subnet.x")
    config = configured(link_block(to_data, TO_NSG))
    assert [a[0] for a in associations(plan(nsg("web"), later, link(), **config))] == ["data.azurerm_subnet.x"]
    both = associations(plan(nsg("web"), subnet("app"), later, link(), **config))
    assert [target for target, _, _, _ in both] == ["azurerm_subnet.app"]


def test_an_association_without_an_end_is_an_error() -> None:
    """An association that names no target cannot be passed over."""
    broken = made("azurerm_subnet_network_security_group_association.a", {NSG_ID: "/x"})
    text = json.dumps(plan(broken))
    found, faults = read_text(text)
    what = "`azurerm_subnet_network_security_group_association.a` lacks `subnet_id`"
    place = text.index('{"address"') + 1
    assert (found, faults) == ([], [f"1:{place} error[NC189] {what}"])


def test_known_ids_are_passed_as_they_stand() -> None:
    """What a plan knows needs no configuration."""
    known = made("azurerm_subnet_route_table_association.a", {"subnet_id": "/s/app", "route_table_id": "/r/rt"})
    (found,) = read(plan(known))
    assert isinstance(found, Association)
    assert (found.target, found.key, plain(found.value)) == ("/s/app", "routeTable", {"id": "/r/rt"})


def test_what_a_subnet_has_for_certain_excludes_what_it_may_get() -> None:
    """A subnet has one NSG: an association that may mean any subnet cannot mean one that has its own."""
    certain = {"mode": "managed", "type": "azurerm_subnet_network_security_group_association", "name": "b"}
    to_x = refers('azurerm_subnet.app["x"].id', 'azurerm_subnet.app["x"]', "azurerm_subnet.app")
    config = configured(
        link_block(refers("azurerm_subnet.app", "each.key"), TO_NSG),
        {**certain, "expressions": {"subnet_id": to_x, NSG_ID: TO_NSG}},
    )
    both = (subnet('app["x"]'), subnet('app["y"]'))
    found = associations(plan(nsg("web"), *both, link(), link("b"), **config))
    assert [(target, bool(unsure)) for target, _, _, unsure in found] == [
        ('azurerm_subnet.app["x"]', False),
        ('azurerm_subnet.app["y"]', True),
    ]


def test_a_target_of_several_uncertain_associations_gets_one_value() -> None:
    """Two associations that may mean the same subnet, each with its NSG: it may have either."""
    other = block("subnet_network_security_group_association", "b", {})
    to_db = refers("azurerm_network_security_group.db.id", "azurerm_network_security_group.db")
    other["expressions"] = {"subnet_id": refers("local.x"), NSG_ID: to_db}
    config = configured(link_block(refers("local.x"), TO_NSG), other)
    found, _ = read_text(json.dumps(plan(nsg("web"), nsg("db"), subnet("app"), link(), link("b"), **config)))
    values = [plain(one.value) for one in found if isinstance(one, Association)]
    assert values == [{"id": "?azurerm_network_security_group.web or another"}]


def test_associations_that_may_mean_anything_do_not_multiply() -> None:
    """A thousand associations that nobody can place, and a thousand subnets, are a thousand associations."""
    blocks = []
    for number in range(1000):
        one = link_block(refers("local.x"), TO_NSG)
        blocks.append({**one, "name": f"a{number}"})
    parts = [link(f"a{number}") for number in range(1000)] + [subnet(f"s{number}") for number in range(1000)]
    found, faults = read_text(json.dumps(plan(nsg("web"), *parts, **configured(*blocks))))
    assert len([one for one in found if isinstance(one, Association)]) == 1000
    assert len(faults) == 1000
