"""Template functions about the deployment and its surroundings, and those that only Azure can answer.

Semantics: Microsoft Learn, "Resource functions", "Deployment functions", "Scope functions", "Date functions" and
"String functions for ARM templates" (`guid`, `newGuid`, `uniqueString`).
"""

from __future__ import annotations

from collections.abc import Callable

from netcheck.sources._nodes import Mapping, Node, Scalar, made_mapping, made_text
from netcheck.sources.arm.evaluate import ASKS_AZURE, Arguments, Env, Evaluator, Lazy, constant, eager
from netcheck.sources.arm.functions import Calling, check_count
from netcheck.sources.arm.ids import (
    Level,
    Target,
    extension_resource_id,
    group_base,
    join,
    management_group_resource_id,
    resource_id,
    subscription_base,
    subscription_resource_id,
    tenant_resource_id,
)
from netcheck.sources.arm.values import is_symbolic, placed, shown, unknown

_IdFunction = Callable[[Calling, Target, list[Node]], Node]
_ID_FUNCTIONS: dict[str, _IdFunction] = {
    "extensionresourceid": extension_resource_id,
    "managementgroupresourceid": management_group_resource_id,
    "resourceid": resource_id,
    "subscriptionresourceid": subscription_resource_id,
    "tenantresourceid": tenant_resource_id,
}
_NOT_EVALUATED = "`{}(...)` is not evaluated"
_NOT_EVALUATED_HERE: dict[str, tuple[int, int | None, str]] = {
    "datetimeadd": (2, 3, _NOT_EVALUATED),
    "datetimefromepoch": (1, 1, _NOT_EVALUATED),
    "datetimetoepoch": (1, 1, _NOT_EVALUATED),
    "deployer": (0, 0, ASKS_AZURE),
    "externalinput": (1, 2, _NOT_EVALUATED),
    "guid": (1, None, _NOT_EVALUATED),
    "newguid": (0, 0, _NOT_EVALUATED),
    "pickzones": (3, 5, ASKS_AZURE),
    "providers": (1, 2, ASKS_AZURE),
    "reference": (1, 3, ASKS_AZURE),
    "references": (1, 3, ASKS_AZURE),
    "resourceinfo": (1, 1, ASKS_AZURE),
    "tophysicalzone": (3, 3, ASKS_AZURE),
    "tophysicalzones": (3, 3, ASKS_AZURE),
    "tologicalzone": (3, 3, ASKS_AZURE),
    "tologicalzones": (3, 3, ASKS_AZURE),
    "uniquestring": (1, None, _NOT_EVALUATED),
    "utcnow": (0, 1, _NOT_EVALUATED),
}
_CLOUD = "which cloud the template is deployed to is not known"


def surrounding_functions(target: Target, label: str, name: Node) -> dict[str, Lazy]:
    """Return the functions whose answer is where a template is deployed, or is not known.

    `name` is that of the deployment; `label` tells unknown values of nested templates apart.
    """
    found: dict[str, Lazy] = {}
    for word, body in _ID_FUNCTIONS.items():
        found[word] = _identifying(body, target)
    for word, (low, high, reason) in _NOT_EVALUATED_HERE.items():
        found[word] = _unevaluated(low, high, reason, label if word in ("newguid", "reference", "resourceinfo") else "")
    found |= {
        "deployment": constant(lambda calling: _deployment(calling, name, label, target)),
        "environment": constant(lambda calling: unknown("environment()", _CLOUD, calling.at)),
        "managementgroup": constant(lambda calling: _not_given(calling, "managementGroup()", "the management group")),
        "resourcegroup": constant(lambda calling: _resource_group(calling, target)),
        "subscription": constant(lambda calling: _subscription(calling, target)),
        "tenant": constant(lambda calling: _not_given(calling, "tenant()", "the tenant")),
    }
    return found


def _identifying(body: _IdFunction, target: Target) -> Lazy:
    def call(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
        check_count(calling, len(arguments), 1, None)
        return body(calling, target, eager(evaluator, arguments, env, calling.at))

    return call


def _unevaluated(low: int, high: int | None, reason: str, label: str) -> Lazy:
    def call(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
        check_count(calling, len(arguments), low, high)
        found = calling.unknown(eager(evaluator, arguments, env, calling.at), reason.format(calling.name))
        return unknown(f"{label}{found.text[1:-1]}", found.reason, calling.at) if label else found

    return call


def _not_given(calling: Calling, text: str, what: str) -> Node:
    return unknown(text, f"{what} is not given", calling.at)


def _subscription(calling: Calling, target: Target) -> Mapping:
    call = f"subscription({_spelled(target.subscription)})"
    identity = placed(join(subscription_base(target.subscription), calling.at), calling.at)
    entries: list[tuple[str, Node]] = [
        ("id", identity),
        ("subscriptionId", placed(target.subscription, calling.at)),
        ("tenantId", _not_given(calling, f"{call}.tenantId", "the tenant")),
        ("displayName", _not_given(calling, f"{call}.displayName", "the subscription's name")),
    ]
    return made_mapping(entries, calling.at)


def _resource_group(calling: Calling, target: Target) -> Node:
    if target.level is not Level.RESOURCE_GROUP:
        return unknown("resourceGroup()", "the template is not deployed to a resource group", calling.at)
    name = placed(target.resource_group, calling.at)
    call = f"resourceGroup({_spelled(target.resource_group)})"
    entries: list[tuple[str, Node]] = [
        ("id", join(group_base(target.subscription, target.resource_group), calling.at)),
        ("name", name),
        ("type", made_text("Microsoft.Resources/resourceGroups", calling.at)),
        ("location", placed(target.location, calling.at)),
        ("managedBy", _not_given(calling, f"{call}.managedBy", "who manages the resource group")),
        ("tags", _not_given(calling, f"{call}.tags", "what the resource group is tagged with")),
        ("properties", made_mapping([("provisioningState", made_text("Succeeded", calling.at))], calling.at)),
    ]
    return made_mapping(entries, calling.at)


def _spelled(node: Node) -> str:
    """Return what tells one group or subscription from the others; nothing for the one that nobody named."""
    return "" if isinstance(node, Scalar) and is_symbolic(node.text) else shown(node)


def _deployment(calling: Calling, name: Node, label: str, target: Target) -> Mapping:
    entries: list[tuple[str, Node]] = [
        ("name", placed(name, calling.at)),
        ("properties", _not_given(calling, f"{label}deployment().properties", "how the template is deployed")),
    ]
    if target.level is not Level.RESOURCE_GROUP:
        entries.append(("location", _not_given(calling, f"{label}deployment().location", "the deployment's location")))
    return made_mapping(entries, calling.at)
