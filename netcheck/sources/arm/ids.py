"""Resource IDs: where a deployment puts its resources, and the functions that spell IDs.

Semantics: Microsoft Learn, "Resource functions for ARM templates" (`resourceId` and its kin), "Scope functions for ARM
templates" and "Set name and type for child resources".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from netcheck.sources._nodes import Node, Scalar, Unknown, made_text, text_of
from netcheck.sources.arm.functions import Calling
from netcheck.sources.arm.values import MANAGEMENT_GROUP, SUBSCRIPTION, kind_of, unknown_text

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
RESOURCE_GROUP_TYPE = "microsoft.resources/resourcegroups"


class Level(StrEnum):
    """What a template is deployed to; the words are those of its schema."""

    RESOURCE_GROUP = "deploymenttemplate"
    SUBSCRIPTION = "subscriptiondeploymenttemplate"
    MANAGEMENT_GROUP = "managementgroupdeploymenttemplate"
    TENANT = "tenantdeploymenttemplate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a template is deployed to; the names are symbolic where nobody says them, or not known.

    `location` is that of the resource group.
    """

    level: Level
    subscription: Node
    resource_group: Node
    location: Node

    def base(self) -> list[Node]:
        """Return the beginning of the IDs of the resources there, in parts."""
        if self.level is Level.RESOURCE_GROUP:
            return group_base(self.subscription, self.resource_group)
        if self.level is Level.SUBSCRIPTION:
            return subscription_base(self.subscription)
        if self.level is Level.MANAGEMENT_GROUP:
            return management_group_base(made_text(MANAGEMENT_GROUP, self.subscription))
        return []


def subscription_base(subscription: Node) -> list[Node]:
    """Return the ID of a subscription, in parts."""
    return [made_text("/subscriptions/", subscription), subscription]


def group_base(subscription: Node, group: Node) -> list[Node]:
    """Return the ID of a resource group, in parts."""
    return [*subscription_base(subscription), made_text("/resourceGroups/", group), group]


def management_group_base(group: Node) -> list[Node]:
    """Return the ID of a management group, in parts."""
    return [made_text("/providers/Microsoft.Management/managementGroups/", group), group]


def with_type(base: list[Node], type_text: str, names: Iterable[Node]) -> list[Node]:
    """Return an ID in parts: the type's words and the names in turn behind the base."""
    provider, *words = type_text.split("/")
    at = base[0] if base else Scalar("", False, 0, 1)
    parts = [*base, made_text(f"/providers/{provider}", at)]
    for word, name in zip(words, names, strict=False):
        parts += (made_text(f"/{word}/", at), name)
    return parts


def join(parts: Iterable[Node], at: Node) -> Node:
    """Return the parts of an ID as one text, which is unknown where a part is."""
    pieces = list(parts)
    text = "".join(map(text_of, pieces))
    missing = next((piece for piece in pieces if isinstance(piece, Unknown)), None)
    return unknown_text(text, missing.reason, at) if missing is not None else made_text(text, at)


def _is_subscription(node: Node) -> bool:
    return isinstance(node, Scalar) and (node.text == SUBSCRIPTION or _GUID.match(node.text) is not None)


def resource_id(calling: Calling, target: Target, arguments: list[Node]) -> Node:
    """Return the ID of a resource: `resourceId([subscription], [group], type, name, ...)`."""
    index = _type_index(calling, arguments, 2)
    if index < 0:
        return calling.unknown(arguments)
    base = target.base()
    if index == 2:
        base = group_base(arguments[0], arguments[1])
    elif index == 1 and _is_subscription(arguments[0]):
        is_group = target.level is Level.RESOURCE_GROUP
        base = group_base(arguments[0], target.resource_group) if is_group else subscription_base(arguments[0])
    elif index == 1:
        base = group_base(target.subscription, arguments[0])
    return _spell(calling, base, arguments[index:])


def subscription_resource_id(calling: Calling, target: Target, arguments: list[Node]) -> Node:
    """Return the ID of a resource of a subscription: `subscriptionResourceId([subscription], type, name, ...)`."""
    index = _type_index(calling, arguments, 1)
    if index < 0:
        return calling.unknown(arguments)
    return _spell(calling, subscription_base(arguments[0] if index else target.subscription), arguments[index:])


def management_group_resource_id(calling: Calling, target: Target, arguments: list[Node]) -> Node:
    """Return the ID of a resource of a management group: `managementGroupResourceId([group], type, name, ...)`."""
    index = _type_index(calling, arguments, 1)
    if index < 0:
        return calling.unknown(arguments)
    group = arguments[0] if index else made_text(MANAGEMENT_GROUP, target.subscription)
    return _spell(calling, management_group_base(group), arguments[index:])


def tenant_resource_id(calling: Calling, _: Target, arguments: list[Node]) -> Node:
    """Return the ID of a resource of the tenant: `tenantResourceId(type, name, ...)`."""
    return calling.unknown(arguments) if _type_index(calling, arguments, 0) < 0 else _spell(calling, [], arguments)


def extension_resource_id(calling: Calling, _: Target, arguments: list[Node]) -> Node:
    """Return the ID of a resource on another one: `extensionResourceId(id, type, name, ...)`."""
    if not arguments or _type_index(calling, arguments[1:], 0) < 0:
        return calling.unknown(arguments)
    return _spell(calling, [arguments[0]], arguments[1:])


def _type_index(calling: Calling, arguments: list[Node], highest: int) -> int:
    """Return which argument is the type, or -1 where it is not known."""
    for index, argument in enumerate(arguments[: highest + 1]):
        if isinstance(argument, Scalar) and "/" in argument.text and "." in argument.text.partition("/")[0]:
            return index
    if any(isinstance(argument, Unknown) for argument in arguments[: highest + 1]):
        return -1
    raise calling.fault("names no type of resource", "a type looks like `Microsoft.Network/networkSecurityGroups`")


def _spell(calling: Calling, base: list[Node], arguments: list[Node]) -> Node:
    node, names = arguments[0], arguments[1:]
    type_text = node.text.strip("/") if isinstance(node, Scalar) else ""
    wanted = type_text.count("/")
    for part in (*base, *names):
        if kind_of(part) not in ("string", "int", "unknown"):
            raise calling.fault(f"takes texts, not {kind_of(part)}")
    if len(names) != wanted:
        raise calling.fault(f"names a type of {wanted} levels and {len(names)} names: `{type_text}`")
    return calling.joined(with_type(base, type_text, names))


def split_name(node: Node) -> list[Node]:
    """Return the parts of a name between slashes, those inside of the braces of unknown parts aside."""
    if isinstance(node, Scalar):
        return [made_text(part, node) for part in node.text.split("/")]
    assert isinstance(node, Unknown)
    parts, depth, start = [], 0, 0
    for found in re.finditer(r"[{}/]", node.text):
        if found[0] != "/":
            depth += 1 if found[0] == "{" else -1
        elif not depth:
            parts.append(node.text[start : found.start()])
            start = found.end()
    parts.append(node.text[start:])
    return [unknown_text(part, node.reason, node) if "{" in part else made_text(part, node) for part in parts]
