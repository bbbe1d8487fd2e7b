"""ARM templates become the resources they deploy: loops expanded, conditions judged, nested templates opened."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources._json import parse_json
from netcheck.sources._nodes import Library, Mapping, Node, Scalar, Sequence, Unknown
from netcheck.sources._resources import Opening, Options, Resource
from netcheck.sources.arm.template import read_arm_template
from tests.unit.sources.plain import as_value
from tests.unit.sources.plain import plain as plain_node

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
NSG = "Microsoft.Network/networkSecurityGroups"
GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroup}"
NETWORK = f"{GROUP}/providers/Microsoft.Network"


class Read:
    """What was read, and what was said about it."""

    def __init__(self, template: Any, *parameters: Any, options: Options | None = None) -> None:
        self.documents, self.collector = Library(), Collector()
        roots = [self._parse(f"p{index}.json", value) for index, value in enumerate(parameters)]
        document, root = self._parse("t.json", template)
        opening = Opening(self.documents, self.collector, options or Options())
        self.resources: list[Resource] = []
        with contextlib.suppress(InputError):  # it carries what the collector holds
            found = read_arm_template(document, root, opening, roots)
            self.resources = [one for one in found if isinstance(one, Resource)]

    def _parse(self, file: str, value: Any) -> Any:
        document = self.documents.open(file, value if isinstance(value, str) else json.dumps(value))
        return document, parse_json(document, self.collector)

    @property
    def codes(self) -> list[str]:
        """The codes of all faults."""
        return [found.code for found in self.collector]

    @property
    def messages(self) -> list[str]:
        """The texts of all faults."""
        return [found.message for found in self.collector]

    @property
    def places(self) -> list[str]:
        """Place and code of all faults."""
        return [f"{found.at} {found.code}" for found in self.collector]

    @property
    def only(self) -> Resource:
        """The one resource, of a template without faults."""
        assert self.messages == []
        [found] = self.resources
        return found


def template(*resources: Any, **parts: Any) -> dict[str, Any]:
    """Return a template with these resources and other parts."""
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", **parts, "resources": list(resources)}


def nsg(name: str = "nsg", properties: Any = None, **parts: Any) -> dict[str, Any]:
    """Return a network security group."""
    return {"type": NSG, "apiVersion": "2023-04-01", "name": name, "properties": properties or {}, **parts}


def nested(name: str, inner: Any, scope: str = "inner", parameters: Any = None, **parts: Any) -> dict[str, Any]:
    """Return a deployment with its template in it."""
    options = {"expressionEvaluationOptions": {"scope": scope}}
    properties = {"mode": "Incremental", **options, "parameters": parameters or {}, "template": inner}
    return {"type": "Microsoft.Resources/deployments", "name": name, "properties": properties, **parts}


def plain(node: Node) -> Any:
    """Return a value as Python's, an unknown one as `?` with its text."""
    return plain_node(node, as_value)


def place(file: str, text: str, part: str) -> str:
    """Return where a part of a one-line text first stands."""
    return f"{file}:1:{text.index(part) + 1}"


def field(resource: Resource, *names: str) -> Node:
    """Return a property of a resource."""
    node: Node = resource.node
    for name in names:
        assert isinstance(node, Mapping)
        node = next(value for spelled, value in node.entries if spelled.text == name)
    return node


def test_a_plain_resource_keeps_its_rest_form() -> None:
    """A resource without expressions is passed on as it stands, and known by its full ID."""
    rule = {"name": "web", "properties": {"priority": 100, "destinationPortRange": "443"}}
    found = Read(template(nsg("nsg-web", {"securityRules": [rule]}))).only
    assert found.type == "microsoft.network/networksecuritygroups"
    assert (found.name, found.parent, found.unsure) == ("nsg-web", "", "")
    assert found.id == f"{NETWORK}/networkSecurityGroups/nsg-web"
    assert plain(field(found, "properties", "securityRules")) == [rule]


def test_what_azure_reads_for_its_own_order_is_left_out() -> None:
    """`dependsOn`, `condition` and `copy` describe the deployment and not the resource."""
    found = Read(template(nsg(dependsOn=["[nonsense("], condition=True))).only
    assert [name.text for name, _ in found.node.entries] == ["name", "type", "apiVersion", "properties"]


def test_an_expression_stands_where_it_stands_in_the_template() -> None:
    """A value that an expression gives has the place of the expression; a number is a number."""
    text = json.dumps(template(nsg("n", {"port": "[add(440, 3)]"})))
    read = Read(text)
    port = field(read.only, "properties", "port")
    assert port == Scalar("443", True, text.index('"[add'), text.index('"[add') + len('"[add(440, 3)]"'))


def test_an_escaped_bracket_is_literal() -> None:
    """`[[` at the beginning stands for `[`."""
    found = Read(template(nsg("n", {"description": "[[not an expression]", "other": "[open"}))).only
    assert plain(field(found, "properties")) == {"description": "[not an expression]", "other": "[open"}


def test_parameters_have_given_values_then_defaults_then_none() -> None:
    """A parameter file overrides a default, the last of two files counts, and what nobody gives is an unknown."""
    parts = {"a": {"type": "string", "defaultValue": "default"}, "b": {"type": "string", "defaultValue": "kept"}}
    body = template(
        nsg("n", {"a": "[parameters('A')]", "b": "[parameters('b')]", "c": "[parameters('c')]"}),
        parameters={**parts, "c": {"type": "string"}},
    )
    found = Read(body, {"parameters": {"a": {"value": "first"}}}, {"a": {"value": "second"}}).only
    expected = {"a": "second", "b": "kept", "c": "?{parameters('c')}"}
    assert plain(field(found, "properties")) == expected
    missing = field(found, "properties", "c")
    assert isinstance(missing, Unknown)
    assert missing.reason == "parameter `c` has no value"


def test_an_array_from_a_parameter_file_keeps_its_places_there() -> None:
    """A rule that a parameter file holds is shown in the parameter file."""
    values = {"parameters": {"rules": {"value": [{"name": "web", "properties": {}}]}}}
    body = template(nsg("n", {"securityRules": "[parameters('rules')]"}), parameters={"rules": {"type": "array"}})
    read = Read(body, values)
    rules = field(read.only, "properties", "securityRules")
    assert isinstance(rules, Sequence)
    assert str(read.documents.source(rules.items[0])) == place("p0.json", json.dumps(values), '{"name"')


def test_text_in_a_parameter_file_is_no_expression() -> None:
    """Parameter files have no expressions: a bracket is a bracket."""
    body = template(nsg("n", {"a": "[parameters('a')]"}), parameters={"a": {"type": "string"}})
    found = Read(body, {"a": {"value": "[concat('x')]"}}).only
    assert plain(field(found, "properties", "a")) == "[concat('x')]"


def test_secrets_are_never_looked_at() -> None:
    """The value of a secure parameter, and what a key vault holds, are unknown; an empty one is empty."""
    reference = {"reference": {"keyVault": {"id": "/x"}, "secretName": "s"}}
    kinds = {"a": {"type": "securestring"}, "b": {"type": "string"}, "c": {"type": "secureString", "defaultValue": ""}}
    body = template(nsg("n", {name: f"[parameters('{name}')]" for name in kinds}), parameters=kinds)
    found = Read(body, {"parameters": {"a": {"value": "hunter2"}, "b": reference}}).only
    assert plain(field(found, "properties")) == {"a": "?{parameters('a')}", "b": "?{parameters('b')}", "c": ""}
    assert "hunter2" not in repr(found)


def test_a_nullable_parameter_without_value_is_null() -> None:
    """languageVersion 2.0: a nullable parameter, or one of a nullable type, is null when nobody gives it."""
    kinds = {"a": {"type": "string", "nullable": True}, "b": {"$ref": "#/definitions/port"}}
    definitions = {"port": {"type": "int", "nullable": True}}
    body = template(
        nsg("n", {"a": "[coalesce(parameters('a'), 'x')]", "b": "[parameters('b')]"}),
        parameters=kinds,
        definitions=definitions,
    )
    assert plain(field(Read(body).only, "properties")) == {"a": "x", "b": None}


def test_a_value_for_no_parameter_is_an_error_with_a_suggestion() -> None:
    """A misspelt name in a parameter file would leave the default in place."""
    body = template(nsg(), parameters={"location": {"type": "string", "defaultValue": "x"}})
    read = Read(body, {"parameters": {"locaton": {"value": "y"}}})
    assert read.places == ["p0.json:1:17 NC185"]
    assert next(iter(read.collector)).help == "did you mean `location`?"


def test_variables_are_evaluated_once_needed() -> None:
    """A variable may name parameters and other variables; a faulty one that nobody names does no harm."""
    variables = {"one": "[concat('a', variables('two'))]", "two": "b", "unused": "[nonsense()]"}
    assert Read(template(nsg("[variables('one')]"), variables=variables)).only.name == "ab"


def test_a_variable_that_names_itself_is_an_error() -> None:
    """A ring of variables has no value; it is shown where it closes."""
    text = json.dumps(template(nsg("[variables('a')]"), variables={"a": "[variables('b')]", "b": "[variables('a')]"}))
    read = Read(text)
    assert read.messages == ["variable `a` leads back to itself: `a` → `b` → `a`"]
    assert read.places == [place("t.json", text, "variables('a')") + " NC185"]


def test_variables_from_a_loop() -> None:
    """`copy` in `variables` makes arrays; the loop of an object inside of a variable makes a property."""
    loop = {"name": "ports", "count": 3, "input": "[string(copyIndex('ports', 8080))]"}
    inner = {"copy": [{"name": "list", "count": 2, "input": {"i": "[copyIndex('list')]"}}], "other": 1}
    body = template(
        nsg("n", {"a": "[variables('ports')]", "b": "[variables('object')]"}),
        variables={"copy": [loop], "object": inner},
    )
    expected = {"a": ["8080", "8081", "8082"], "b": {"other": 1, "list": [{"i": 0}, {"i": 1}]}}
    assert plain(field(Read(body).only, "properties")) == expected


def test_names_of_properties_may_be_expressions() -> None:
    """Compiled Bicep writes interpolated names so; with one that is not known, the object is not known."""
    body = template(
        nsg("n", {"known": {"[concat('a', 'b')]": 1}, "unknown": {"[parameters('p')]": 1}}),
        parameters={"p": {"type": "string"}},
    )
    found = Read(body).only
    assert plain(field(found, "properties", "known")) == {"ab": 1}
    assert isinstance(field(found, "properties", "unknown"), Unknown)


def test_resources_are_copied() -> None:
    """`copyIndex()` without a name is that of the resource's loop; an offset is added."""
    body = template(
        nsg("[concat('nsg-', copyIndex(1))]", copy={"name": "groups", "count": "[length(createArray(1, 2))]"})
    )
    assert [one.name for one in Read(body).resources] == ["nsg-1", "nsg-2"]


def test_rules_are_copied_inside_of_copied_resources() -> None:
    """A loop of a property names the loop of the resource as well as its own."""
    rule = {"name": "[format('r{0}-{1}', copyIndex(), copyIndex('securityRules'))]"}
    loop = [{"name": "securityRules", "count": 2, "input": rule}]
    body = template(nsg("[string(copyIndex('nsgs'))]", {"copy": loop}, copy={"name": "nsgs", "count": 2}))
    rules = [plain(field(one, "properties")) for one in Read(body).resources]
    assert rules == [
        {"securityRules": [{"name": "r0-0"}, {"name": "r0-1"}]},
        {"securityRules": [{"name": "r1-0"}, {"name": "r1-1"}]},
    ]


def test_a_loop_of_unknown_length_is_an_unknown_list() -> None:
    """Rules whose number is not known are not read as none."""
    loop = [{"name": "securityRules", "count": "[parameters('n')]", "input": {}}]
    found = Read(template(nsg("n", {"copy": loop}), parameters={"n": {"type": "int"}})).only
    rules = field(found, "properties", "securityRules")
    assert isinstance(rules, Unknown)
    assert rules.reason == "parameter `n` has no value"


def test_copies_of_unknown_number_are_one_that_may_not_exist() -> None:
    """A loop over a parameter without value leaves one resource that stands for all."""
    body = template(
        nsg("[parameters('names')[copyIndex()]]", copy={"name": "c", "count": "[length(parameters('names'))]"}),
        parameters={"names": {"type": "array"}},
    )
    found = Read(body).only
    assert found.name == "{parameters('names')[copyIndex('c')]}"
    assert found.unsure == "how many copies there are is not known: parameter `names` has no value"


def test_conditions_decide() -> None:
    """False: left out. True: there. Not known: may not exist."""
    body = template(
        nsg("a", condition="[equals('x', 'y')]"),
        nsg("b", condition=True),
        nsg("c", condition="[parameters('deploy')]"),
        parameters={"deploy": {"type": "bool"}},
    )
    found = {one.name: one.unsure for one in Read(body).resources}
    reason = "its condition `{parameters('deploy')}` is not known: parameter `deploy` has no value"
    assert found == {"b": "", "c": reason}


def test_a_condition_does_not_go_down_to_children() -> None:
    """Microsoft Learn, conditional deployment: it does not cascade to child resources."""
    child = {"type": "securityRules", "name": "web", "properties": {}}
    [found] = Read(template(nsg("a", condition=False, resources=[child]))).resources
    assert (found.name, found.parent, found.unsure) == ("web", f"{NETWORK}/networkSecurityGroups/a", "")


@pytest.mark.parametrize(
    "child",
    [
        {"type": "securityRules", "name": "web"},
        {"type": f"{NSG}/securityRules", "name": "web"},
        {"type": f"{NSG}/securityRules", "name": "[concat('nsg', '/web')]"},
    ],
)
def test_children_stand_in_their_parents(child: dict[str, Any]) -> None:
    """Type and name of a nested child are relative, or both or one of them whole."""
    found = Read(template(nsg("nsg", resources=[child]))).resources[1]
    assert found.type == "microsoft.network/networksecuritygroups/securityrules"
    assert (found.name, found.parent) == ("web", f"{NETWORK}/networkSecurityGroups/nsg")
    assert found.id == f"{NETWORK}/networkSecurityGroups/nsg/securityRules/web"
    assert plain(field(found, "name")) == "web"


def test_a_child_alone_has_its_parent_in_its_name() -> None:
    """`nsg/rule`, also where the name of the parent is not known."""
    rule = {"type": f"{NSG}/securityRules", "name": "[format('{0}/{1}', parameters('a/b'), 'web')]"}
    found = Read(template(rule, parameters={"a/b": {"type": "string"}})).only
    assert (found.name, found.parent) == ("web", f"{NETWORK}/networkSecurityGroups/{{parameters('a/b')}}")


def test_a_name_that_does_not_fit_its_type_is_an_error() -> None:
    """Azure refuses incorrect segment lengths."""
    text = json.dumps(template({"type": f"{NSG}/securityRules", "name": "web"}))
    read = Read(text)
    assert read.places == [place("t.json", text, '"web"') + " NC186"]
    assert read.messages == [f"name `web` has 1 parts, and type `{NSG}/securityRules` has 2 levels"]


def test_ids_match_the_functions_that_spell_them() -> None:
    """`resourceId` of a resource of the same deployment is its ID; of another group or scope it is not."""
    ids = {
        "here": f"[resourceId('{NSG}', 'nsg')]",
        "group": f"[resourceId('other', '{NSG}', 'nsg')]",
        "both": f"[resourceId('00000000-0000-0000-0000-000000000001', 'other', '{NSG}', 'nsg')]",
        "subscription": "[subscriptionResourceId('A.B/c', 'd')]",
        "tenant": "[tenantResourceId('A.B/c', 'd')]",
        "extension": f"[extensionResourceId(resourceId('{NSG}', 'nsg'), 'A.B/c', 'd')]",
    }
    found = Read(template(nsg("nsg", ids))).only
    other = "/resourceGroups/other/providers/Microsoft.Network/networkSecurityGroups/nsg"
    assert plain(field(found, "properties")) == {
        "here": found.id,
        "group": f"/subscriptions/{{subscription}}{other}",
        "both": f"/subscriptions/00000000-0000-0000-0000-000000000001{other}",
        "subscription": "/subscriptions/{subscription}/providers/A.B/c/d",
        "tenant": "/providers/A.B/c/d",
        "extension": f"{found.id}/providers/A.B/c/d",
    }


def test_options_say_where_the_template_goes() -> None:
    """With subscription, group and location given, nothing of them is symbolic."""
    options = Options(subscription="s", resource_group="rg", location="westeurope")
    body = template(nsg("[resourceGroup().name]", location="[resourceGroup().location]"))
    found = Read(body, options=options).only
    assert found.id == "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/rg"
    assert plain(field(found, "location")) == "westeurope"


def test_what_is_not_given_decides_nothing() -> None:
    """A comparison with the name of a group that nobody gave is open; outside of IDs the name is an unknown."""
    body = template(nsg("n", {"tag": "[resourceGroup().name]"}, condition="[equals(resourceGroup().name, 'prod')]"))
    found = Read(body).only
    assert found.unsure.startswith("its condition `{equals(")
    assert plain(field(found, "properties", "tag")) == "?{resourceGroup}"


def test_nested_templates_have_their_own_names() -> None:
    """Inner scope: the nested template sees its own parameters, given by the one around it."""
    inner = template(nsg("[parameters('name')]"), parameters={"name": {"type": "string", "defaultValue": "inner"}})
    body = template(
        nested("given", inner, parameters={"name": {"value": "[parameters('name')]"}}),
        nested("default", inner),
        parameters={"name": {"type": "string", "defaultValue": "outer"}},
    )
    assert [one.name for one in Read(body).resources] == ["outer", "inner"]


def test_without_inner_scope_expressions_mean_the_template_around() -> None:
    """The default scope is outer: the nested template's own parameters are not looked at."""
    inner = template(nsg("[parameters('name')]"), parameters={"name": {"type": "string", "defaultValue": "inner"}})
    body = template(nested("d", inner, "outer"), parameters={"name": {"type": "string", "defaultValue": "outer"}})
    assert [one.name for one in Read(body).resources] == ["outer"]


def test_unknown_values_of_nested_templates_are_their_own() -> None:
    """The same name in two templates is not the same unknown value."""
    inner = template(nsg("[parameters('name')]"), parameters={"name": {"type": "string"}})
    body = template(nsg("[parameters('name')]"), nested("d", inner), parameters={"name": {"type": "string"}})
    assert [one.name for one in Read(body).resources] == ["{parameters('name')}", "{d.parameters('name')}"]


@pytest.mark.parametrize(
    "parts", [{"parametersLink": {"uri": "https://x"}}, {"parameters": "[reference('y').outputs]"}]
)
def test_parameters_that_stand_elsewhere_leave_no_default(parts: Any) -> None:
    """Where the values of a nested template are not known, its defaults are not its values."""
    deployment = nested(
        "d", template(nsg("[parameters('n')]"), parameters={"n": {"type": "string", "defaultValue": "x"}})
    )
    deployment["properties"] |= parts
    assert Read(template(deployment)).only.name == "{d.parameters('n')}"


def test_parameters_may_come_from_one_expression() -> None:
    """All values at once, from a variable."""
    inner = template(nsg("[parameters('n')]"), parameters={"n": {"type": "string", "defaultValue": "x"}})
    deployment = nested("d", inner)
    deployment["properties"]["parameters"] = "[variables('all')]"
    assert Read(template(deployment, variables={"all": {"n": {"value": "given"}}})).only.name == "given"


def test_a_nested_template_may_go_elsewhere() -> None:
    """`resourceGroup` and `subscriptionId` of a deployment change the IDs of what it deploys."""
    body = template(
        nested("d", template(nsg(location="[resourceGroup().location]")), resourceGroup="hub", subscriptionId="s")
    )
    found = Read(body, options=Options(location="westeurope")).only
    assert found.id == "/subscriptions/s/resourceGroups/hub/providers/Microsoft.Network/networkSecurityGroups/nsg"
    assert isinstance(field(found, "location"), Unknown)


def test_outputs_of_nested_templates_are_known() -> None:
    """`reference(...).outputs.name.value` is how compiled Bicep hands values from module to module."""
    inner = template(
        nsg("[parameters('name')]"),
        parameters={"name": {"type": "string"}},
        outputs={"id": {"type": "string", "value": f"[resourceId('{NSG}', parameters('name'))]"}},
    )
    expression = "[reference(resourceId('Microsoft.Resources/deployments', 'd'), '2022-09-01').outputs.id.value]"
    subnet = {"type": "Microsoft.Network/virtualNetworks", "name": "v", "properties": {"nsg": {"id": expression}}}
    read = Read(template(nested("d", inner, parameters={"name": {"value": "x"}}), subnet))
    assert read.messages == []
    assert plain(field(read.resources[1], "properties", "nsg", "id")) == read.resources[0].id


def test_what_a_deployment_that_may_not_exist_puts_out_is_not_known() -> None:
    """An output is only as sure as its deployment; so are the resources in it."""
    inner = template(nsg("a"), outputs={"o": {"type": "string", "value": "x"}})
    body = template(
        nested("d", inner, condition="[parameters('c')]"),
        nsg("b", {"o": "[reference('d').outputs.o.value]"}),
        parameters={"c": {"type": "bool"}},
    )
    first, second = Read(body).resources
    assert first.unsure == "its condition `{parameters('c')}` is not known: parameter `c` has no value"
    assert plain(field(second, "properties", "o")) == "?{reference('d').outputs.o.value}"


def test_copied_deployments_are_told_apart() -> None:
    """Each copy of a deployment has its own index and its own parameters."""
    inner = template(nsg("[parameters('name')]"), parameters={"name": {"type": "string"}})
    parameters = {"name": {"value": "[format('nsg-{0}', copyIndex())]"}}
    body = template(
        nested("[format('d-{0}', copyIndex())]", inner, parameters=parameters, copy={"name": "c", "count": 2})
    )
    assert [one.name for one in Read(body).resources] == ["nsg-0", "nsg-1"]


def test_a_linked_template_is_not_read_and_said_so() -> None:
    """What stands in another file may hold the deciding rule: a warning, and a resource that is unsure."""
    link = {"templateLink": {"uri": "https://example.com/x.json"}}
    read = Read(template({"type": "Microsoft.Resources/deployments", "name": "net", "properties": link}))
    assert read.codes == ["NC187"]
    [found] = read.resources
    assert (found.type, found.name) == ("microsoft.resources/deployments", "net")
    assert found.unsure == "what deployment `net` deploys stands in another file"


def test_symbolic_names() -> None:
    """languageVersion 2.0: resources are a mapping, existing ones only named, and references are by symbol."""
    inner = template(nsg("[parameters('n')]"), parameters={"n": {"type": "string"}}, outputs={
        "name": {"type": "string", "value": "[parameters('n')]"}
    })  # fmt: skip
    modules = nested(
        "[format('d{0}', copyIndex())]", inner, parameters={"n": {"value": "[format('n{0}', copyIndex())]"}}
    )
    body = {
        **template(),
        "languageVersion": "2.0",
        "resources": {
            "old": {**nsg("old"), "existing": True},
            "modules": {**modules, "copy": {"name": "modules", "count": 2}},
            "new": nsg("new", {"from": "[reference(format('modules[{0}]', 1)).outputs.name.value]"}),
        },
    }
    read = Read(body)
    assert read.messages == []
    assert [one.name for one in read.resources] == ["n0", "n1", "new"]
    assert plain(field(read.resources[2], "properties", "from")) == "n1"


def test_user_defined_functions() -> None:
    """A function of the template's own sees its parameters and nothing else."""
    output = {"type": "string", "value": "[concat(toLower(parameters('a')), '-', parameters('b'))]"}
    member = {"parameters": [{"name": "a", "type": "string"}, {"name": "b", "type": "int"}], "output": output}
    functions = [{"namespace": "contoso", "members": {"name": member}}]
    assert Read(template(nsg("[contoso.name('NSG', 7)]"), functions=functions)).only.name == "nsg-7"


def test_types_of_no_network_are_named_and_not_evaluated() -> None:
    """A storage account is passed on with its type; its properties are not looked at."""
    account = {"type": "Microsoft.Storage/storageAccounts", "name": "s", "properties": {"x": "[nonsense()]"}}
    found = Read(template(account)).only
    assert found.type == "microsoft.storage/storageaccounts"
    assert plain(found.node) == {"type": "Microsoft.Storage/storageAccounts", "name": "s"}


def test_a_resource_on_another_one_has_its_id_behind_it() -> None:
    """`scope` of an extension resource, whole or relative to the deployment."""
    lock = {"type": "Microsoft.Authorization/locks", "name": "l", "scope": "Microsoft.Network/routeTables/r"}
    assert Read(template(lock)).only.id == f"{NETWORK}/routeTables/r/providers/Microsoft.Authorization/locks/l"


def test_a_subscription_template_deploys_groups() -> None:
    """At the scope of a subscription IDs have no group; a resource group has its own."""
    schema = SCHEMA.replace("deploymentTemplate", "subscriptionDeploymentTemplate")
    group = {"type": "Microsoft.Resources/resourceGroups", "name": "rg"}
    inner = nested("d", template(nsg()), resourceGroup="rg")
    first, second = Read({**template(group, inner), "$schema": schema}).resources
    assert first.id == "/subscriptions/{subscription}/resourceGroups/rg"
    assert second.id == f"{first.id}/providers/Microsoft.Network/networkSecurityGroups/nsg"


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (5, "a resource must be a mapping, not `5`"),
        ({}, "a resource needs a `type` such as `Microsoft.Network/routeTables`"),
        ({"type": NSG}, "a resource needs a text as `name`"),
        (nsg(copy=[]), "the `copy` of a resource must be a mapping, not a list"),
        (nsg(copy={"name": "c"}), "a `copy` loop needs a whole number as `count`, not null"),
        (nsg(copy={"name": "c", "count": -1}), "a `copy` loop needs a whole number as `count`, not `-1`"),
        (nsg(condition=5), "a `condition` must be true or false, not `5`"),
        (nsg("n", {"copy": [{"count": 1, "input": 1}]}), "a `copy` loop needs a text as `name`, not null"),
        (
            {"type": "Microsoft.Resources/deployments", "name": "d"},
            "a deployment needs a `template` or a `templateLink`",
        ),
    ],
)
def test_misshapen_parts_are_errors(resource: Any, message: str) -> None:
    """What could only be skipped is refused."""
    read = Read(template(resource))
    assert read.codes == ["NC186"]
    assert read.messages == [message]


def test_a_template_without_resources_is_an_error() -> None:
    """An empty list is a template of nothing; no list is no template."""
    read = Read({"$schema": SCHEMA})
    assert read.places == ["t.json:1:1 NC186"]


def test_a_parameter_without_value_in_its_file_is_an_error() -> None:
    """`{"vaule": 1}` would leave the default in place."""
    body = template(nsg(), parameters={"a": {"type": "string", "defaultValue": "x"}})
    read = Read(body, {"parameters": {"a": {"vaule": "y"}}})
    assert read.messages == ["parameter `a` has neither a `value` nor a `reference`"]
    assert read.places == ["p0.json:1:22 NC186"]
