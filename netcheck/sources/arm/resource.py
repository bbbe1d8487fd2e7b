"""One resource of a template: its type and name, its place among its parents, its ID, and its evaluated properties.

Semantics: Microsoft Learn, "Set name and type for child resources" and "Set scope for extension resources in ARM
templates".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from operator import is_

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, describe, made_text, shorten, text_of
from netcheck.sources._resources import Resource
from netcheck.sources.arm.evaluate import Env
from netcheck.sources.arm.ids import (
    RESOURCE_GROUP_TYPE,
    Target,
    group_base,
    join,
    split_name,
    subscription_base,
    with_type,
)
from netcheck.sources.arm.scope import Scope
from netcheck.sources.arm.values import NOT_GIVEN, is_symbolic, kind_of, shown, unknown

_READ_TYPES = re.compile(r"microsoft\.(?:classic)?network/|microsoft\.compute/virtualmachine(?:s|scalesets)\Z")
_LEFT_OUT = frozenset(("copy", "condition", "dependson", "resources", "comments", "existing", "metadata", "scope"))
_KEPT = frozenset(("name", "type"))


@dataclass(frozen=True, slots=True)
class Parent:
    """The resource that another one stands in."""

    type: str
    name: list[Node]
    id: list[Node]


@dataclass(frozen=True, slots=True)
class Built:
    """A resource, and what it is to the resources that stand in it."""

    resource: Resource
    as_parent: Parent


@dataclass(frozen=True, slots=True)
class _Identity:
    type: str
    names: list[Node]
    base: list[Node]


def build(scope: Scope, target: Target, env: Env, symbol: str, node: Mapping, parent: Parent | None) -> Built | None:
    """Return one resource, or None after a fault was collected: it has no type, or its name does not fit its type."""
    if scope.run.field(node, "import") is not None or scope.run.field(node, "extension") is not None:
        return _extensible(scope, symbol, node)
    identity = _identify(scope, target, env, node, parent)
    if identity is None:
        return None
    full = _spell(identity, target)
    names = identity.names
    is_child = len(names) > 1 and "/providers/" not in key(identity.type)
    owner = ""
    if is_child:
        upper = replace(identity, type=identity.type.rpartition("/")[0], names=names[:-1])
        owner = text_of(join(_spell(upper, target), node))
    resource = Resource(
        type=key(identity.type),
        node=_evaluated(scope, env, node, key(identity.type), names[-1]),
        name=text_of(names[-1]),
        id=text_of(join(full, node)),
        parent=owner,
    )
    return Built(resource, Parent(identity.type, names, full))


def _identify(scope: Scope, target: Target, env: Env, node: Mapping, parent: Parent | None) -> _Identity | None:
    type_node, name = scope.field(node, "type", env), scope.field(node, "name", env)
    if not isinstance(type_node, Scalar) or ("/" not in type_node.text.strip("/") and parent is None):
        scope.run.report(
            type_node or node, "NC186", "a resource needs a `type` such as `Microsoft.Network/routeTables`"
        )
        return None
    if not isinstance(name, Scalar | Unknown) or (isinstance(name, Scalar) and kind_of(name) != "string"):
        found = "" if name is None else f", not {describe(name)}"
        scope.run.report(name or node, "NC186", f"a resource needs a text as `name`{found}")
        return None
    spelled = type_node.text.strip("/")
    base = _base(scope, target, env, node)
    if parent is not None:
        return _inside(scope, parent, spelled, name, base)
    return _outside(scope, spelled, name, base)


def _outside(scope: Scope, spelled: str, name: Scalar | Unknown, base: list[Node]) -> _Identity | None:
    parts, levels = split_name(name), spelled.count("/")
    if len(parts) == levels:
        return _Identity(spelled, parts, base)
    if isinstance(name, Unknown) and len(parts) < levels:
        return _Identity(spelled, _guessed(name, levels), base)
    message = f"name `{shorten(name.text)}` has {len(parts)} parts, and type `{shorten(spelled)}` has {levels} levels"
    scope.run.report(name, "NC186", message, "a child is called `PARENT/CHILD`, one name for each level of its type")
    return None


def _guessed(name: Unknown, levels: int) -> list[Node]:
    """Return names of the levels of an unknown name: a word of it for each, so that equal names stay equal."""
    return [
        unknown(f"split({shown(name)}, '/')[{index}]", name.reason, name)
        for index in range(levels)
    ]  # fmt: skip


def _inside(scope: Scope, parent: Parent, spelled: str, name: Scalar | Unknown, base: list[Node]) -> _Identity | None:
    """Place a resource that stands in another one: its type and name go on where those of its parent end."""
    parts = split_name(name)
    is_whole = key(spelled).startswith(f"{key(parent.type)}/")
    if not is_whole and "." in spelled.partition("/")[0]:
        return _Identity(spelled, parts[-1:], parent.id)
    whole = spelled if is_whole else f"{parent.type}/{spelled}"
    missing = whole.count("/") - len(parent.name)
    if len(parts) == missing:
        return _Identity(whole, [*parent.name, *parts], base)
    if len(parts) == whole.count("/"):
        return _Identity(whole, parts, base)
    if isinstance(name, Unknown):
        return _Identity(whole, [*parent.name, *_guessed(name, missing)], base)
    return _outside(scope, whole, name, base)


def _base(scope: Scope, target: Target, env: Env, node: Mapping) -> list[Node]:
    """Return the beginning of the resource's ID: where the template goes, unless the resource says otherwise."""
    subscription, group = scope.field(node, "subscriptionId", env), scope.field(node, "resourceGroup", env)
    on = scope.field(node, "scope", env)
    base = target.base()
    if isinstance(group, Scalar | Unknown):
        base = group_base(subscription if isinstance(subscription, Scalar | Unknown) else target.subscription, group)
    elif isinstance(subscription, Scalar | Unknown):
        base = subscription_base(subscription)
    if not isinstance(on, Scalar | Unknown):
        return base
    if isinstance(on, Scalar) and on.text == "/":
        return []
    return [on] if on.text.startswith("/") else [*base, made_text("/providers/", on), on]


def _spell(identity: _Identity, target: Target) -> list[Node]:
    if key(identity.type) == RESOURCE_GROUP_TYPE:
        return group_base(target.subscription, identity.names[0])
    return with_type(identity.base, identity.type, identity.names)


def _extensible(scope: Scope, symbol: str, node: Mapping) -> Built:
    """Return what is deployed elsewhere than in Azure, such as an object of Kubernetes."""
    found = scope.run.field(node, "type")
    resource = Resource(type=key(text_of(found)), node=_bare(node, made_text(symbol, node)), name=symbol)
    return Built(resource, Parent(text_of(found), [], []))


def _evaluated(scope: Scope, env: Env, node: Mapping, kind: str, name: Node) -> Mapping:
    """Return the resource as Azure would be given it; of what says nothing about the network, name and type only."""
    if not _READ_TYPES.match(kind):
        return _bare(node, name)
    kept = [pair for pair in node.entries if key(pair[0].text) not in _LEFT_OUT and key(pair[0].text) != "name"]
    evaluated = scope.resolve(Mapping(tuple(part for pair in kept for part in pair), node.start), env)
    if not isinstance(evaluated, Mapping):
        scope.run.report(node, "NC186", "a resource has a property whose name is not known")
        return _bare(node, name)
    title = next(spelled for spelled, _ in node.entries if key(spelled.text) == "name")
    return _settled_mapping(Mapping((title, name, *evaluated.children), node.start))


def _bare(node: Mapping, name: Node) -> Mapping:
    children: list[Node] = []
    for spelled, value in node.entries:
        if key(spelled.text) in _KEPT:
            children += (spelled, name if key(spelled.text) == "name" else value)
    return Mapping(tuple(children), node.start)


def _settled(node: Node) -> Node:
    """Turn symbolic texts into unknowns, except for IDs, which match one another as they are."""
    if isinstance(node, Scalar):
        if node.is_plain or not is_symbolic(node.text) or node.text.startswith("/"):
            return node
        return Unknown(node.text, NOT_GIVEN, node.start, node.end)
    if isinstance(node, Sequence):
        items = tuple(map(_settled, node.items))
        return node if all(map(is_, items, node.items)) else Sequence(items, node.start)
    return _settled_mapping(node) if isinstance(node, Mapping) else node


def _settled_mapping(node: Mapping) -> Mapping:
    children = tuple(map(_settled, node.children))
    return node if all(map(is_, children, node.children)) else Mapping(children, node.start)
