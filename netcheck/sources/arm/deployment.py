"""Deployments nested in a template: where they go, what they are given, and what they put out.

Semantics: Microsoft Learn, "Using linked and nested templates when deploying Azure resources" (scope of expressions,
parameters) and "Deployments across multiple resource groups".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, describe, shorten, text_of
from netcheck.sources._resources import DEPLOYMENT
from netcheck.sources.arm.evaluate import EMPTY, Env
from netcheck.sources.arm.expression import is_expression
from netcheck.sources.arm.functions import Calling
from netcheck.sources.arm.ids import Level, Target, join, with_type
from netcheck.sources.arm.run import ArmError, Run
from netcheck.sources.arm.scope import Outputs, Scope
from netcheck.sources.arm.values import shown, to_null, to_number, unknown

_SCHEMA = re.compile(r"([a-z]*deploymenttemplate)\.json", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Copy:
    """One instance of a resource: what its expressions may name, why it may not exist, and its place in a loop."""

    env: Env
    unsure: str
    index: str


def copies(scope: Scope, node: Mapping, env: Env) -> Iterator[Copy]:
    """Return the instances of a resource; one that stands for all where their number is not known.

    Semantics: Microsoft Learn, "Resource iteration in ARM templates".
    """
    loop = scope.run.field(node, "copy")
    if not isinstance(loop, Mapping):
        yield Copy(env, "", "")
        return
    name = scope.field(loop, "name", env)
    spelled = name.text if isinstance(name, Scalar) else ""
    count = scope.evaluator.count(loop, env)
    if isinstance(count, Unknown):
        index = unknown(f"copyIndex('{spelled}')", f"{count.reason}, so how many there are is not known", loop)
        yield Copy(
            env.in_loop(spelled, index, is_resource=True), f"how many copies there are is not known: {count.reason}", ""
        )
        return
    scope.run.check_copies(loop, count)
    for number in range(count):
        scope.run.spend(1)
        yield Copy(env.in_loop(spelled, to_number(number, loop), is_resource=True), "", f"[{number}]")


def condition(scope: Scope, node: Mapping, env: Env) -> tuple[bool, str]:
    """Return whether a resource is deployed, and why that is not certain.

    Semantics: Microsoft Learn, "Conditional deployment in ARM templates".
    """
    place = scope.run.field(node, "condition")
    if place is None:
        return True, ""
    found = scope.resolve(place, env)
    if isinstance(found, Unknown):
        return True, f"its condition `{shorten(found.text)}` is not known: {found.reason}"
    if isinstance(found, Scalar) and key(found.text) in ("true", "false"):
        return key(found.text) == "true", ""
    fault = ArmError("NC186", f"a `condition` must be true or false, not {describe(found)}")
    return True, scope.run.report_fault(place, fault).reason


class Deployment:
    """One deployment that stands in a template, with its own template in it or a link to one."""

    def __init__(self, scope: Scope, node: Mapping, env: Env, target: Target, unsure: str) -> None:
        self.scope, self.node, self.env, self.unsure = scope, node, env, unsure
        self.name = scope.field(node, "name", env) or to_null(node)
        properties = scope.run.field(node, "properties")
        self._properties = properties if isinstance(properties, Mapping) else None
        template = scope.run.field(properties, "template") if isinstance(properties, Mapping) else None
        self.body = template if isinstance(template, Mapping) else None
        self.target = _target(scope, node, env, target, self.body)
        self.is_inner = self._is_inner()
        self._inner: Scope | None = None

    @property
    def id(self) -> str:
        """The resource ID of the deployment itself."""
        return text_of(join(with_type(self.target.base(), "Microsoft.Resources/deployments", [self.name]), self.node))

    def opened(self) -> tuple[Scope, Env]:
        """Return whose parameters and variables the expressions of the template mean: its own, or those around it."""
        assert self.body is not None
        if not self.is_inner:
            return self.scope, self.env
        if self._inner is None:
            label = f"{self.scope.label}{text_of(self.name)}."
            given, places, elsewhere = self._given()
            self._inner = Scope(self.scope.run, self.body, self.target, given, label, self.name, elsewhere)
            self._inner.check_given(places)
            connect(self._inner)
        return self._inner, EMPTY

    def output(self, calling: Calling, name: str) -> Node | None:
        """Return the value of an output; None where it is not known what is deployed."""
        if self.body is None or self.unsure:
            return None
        run = self.scope.run
        outputs = run.field(self.body, "outputs")
        declared = run.field(outputs, name) if isinstance(outputs, Mapping) else None
        if not isinstance(declared, Mapping):
            raise ArmError("NC185", f"the nested deployment has no output `{shorten(name)}`", "", calling.offset)
        scope, env = self.opened()
        with run.deeper(6):
            loop = run.field(declared, "copy")
            if isinstance(loop, Mapping):
                return scope.evaluator.resolve_elements(loop, "", env)
            value = run.field(declared, "value")
            return None if value is None or run.field(declared, "condition") is not None else scope.resolve(value, env)

    def elsewhere(self) -> str:
        """Return where the template stands when it is not here; "" when there is none."""
        run, properties = self.scope.run, self._properties
        if properties is None:
            return ""
        template = run.field(properties, "template")
        if isinstance(template, Scalar) and is_expression(template.text):
            return "is computed by an expression"
        return "stands in another file" if run.field(properties, "templateLink") is not None else ""

    def _is_inner(self) -> bool:
        if self._properties is None:
            return False
        options = self.scope.field(self._properties, "expressionEvaluationOptions", self.env)
        word = self.scope.run.field(options, "scope") if isinstance(options, Mapping) else None
        return isinstance(word, Scalar) and key(word.text) == "inner"

    def _given(self) -> tuple[dict[str, Callable[[], Node]], dict[str, Node], str]:
        """Return the values of the parameters, where each is named, and why there may be others."""
        run, properties = self.scope.run, self._properties
        assert properties is not None
        node = run.field(properties, "parameters")
        is_linked = run.field(properties, "parametersLink") is not None
        elsewhere = "the parameters of the deployment stand in another file" if is_linked else ""
        if isinstance(node, Scalar) and is_expression(node.text):
            found = self.scope.resolve(node, self.env)
            if not isinstance(found, Mapping):
                return {}, {}, found.reason if isinstance(found, Unknown) else "its parameters cannot be read"
            constants = {key(name.text): self._constant(name, entry) for name, entry in found.entries}
            return constants, dict.fromkeys((name.text for name, _ in found.entries), node), elsewhere
        entries = node.entries if isinstance(node, Mapping) else []
        values = {key(name.text): self._lazy(name, entry) for name, entry in entries}
        return values, {name.text: name for name, _ in entries}, elsewhere

    def _lazy(self, name: Scalar, entry: Node) -> Callable[[], Node]:
        value = self.scope.run.field(entry, "value") if isinstance(entry, Mapping) else None

        def evaluate() -> Node:
            if value is not None:
                return self.scope.resolve(value, self.env)
            found = self.scope.resolve(entry, self.env) if isinstance(entry, Scalar) else entry
            return self._constant(name, found)()

        return evaluate

    def _constant(self, name: Scalar, entry: Node) -> Callable[[], Node]:
        value = self.scope.run.field(entry, "value") if isinstance(entry, Mapping) else None
        text = f"{self.scope.label}{text_of(self.name)}.parameters('{name.text}')"
        found = value or unknown(text, f"parameter `{shorten(name.text)}` comes from elsewhere", name)
        return lambda: found


def connect(scope: Scope) -> None:
    """Let the expressions of a template name the outputs of the deployments nested in it."""
    found: dict[str, Outputs] = {}
    is_read = False

    def find() -> dict[str, Outputs]:
        nonlocal is_read
        if not is_read:
            is_read = True  # first: the name of a deployment may ask for the output of another one
            for symbol, node in resources_of(scope.run, scope.body):
                if isinstance(node, Mapping) and is_deployment(scope.run, node):
                    found.update(_named(scope, symbol, node))
        return found

    scope.outputs = find


def _named(scope: Scope, symbol: str, node: Mapping) -> Iterator[tuple[str, Deployment]]:
    for copy in copies(scope, node, EMPTY):
        exists, unsure = condition(scope, node, copy.env)
        if exists:
            made = Deployment(scope, node, copy.env, scope.target, unsure or copy.unsure)
            yield key(made.id), made
            yield key(text_of(made.name)), made
            if symbol:
                yield key(symbol + copy.index), made


def resources_of(run: Run, body: Mapping) -> list[tuple[str, Node]]:
    """Return the resources of a template, with their symbolic names where it has them (languageVersion 2.0)."""
    node = run.field(body, "resources")
    if isinstance(node, Mapping):
        return [(name.text, value) for name, value in node.entries]
    if node is None or isinstance(node, Scalar | Unknown):
        run.report(node or body, "NC186", "the template has no list `resources`")
        return []
    return [("", item) for item in node.items]


def is_deployment(run: Run, node: Mapping) -> bool:
    """Return whether a resource is a deployment of another template."""
    found = run.field(node, "type")
    return isinstance(found, Scalar) and key(found.text) == DEPLOYMENT


def level_of(run: Run, body: Mapping, default: Level) -> Level:
    """Return what a template is deployed to, by its schema."""
    schema = run.field(body, "$schema")
    found = _SCHEMA.search(schema.text) if isinstance(schema, Scalar) else None
    words = [level.value for level in Level]
    return Level(key(found[1])) if found is not None and key(found[1]) in words else default


def _target(scope: Scope, node: Mapping, env: Env, around: Target, body: Mapping | None) -> Target:
    """Return where a nested template is deployed to: `subscriptionId`, `resourceGroup` and `scope` say so."""
    subscription = scope.field(node, "subscriptionId", env)
    group = scope.field(node, "resourceGroup", env)
    is_elsewhere = scope.run.field(node, "scope") is not None
    level = around.level
    if group is not None:
        level = Level.RESOURCE_GROUP
    elif subscription is not None:
        level = Level.SUBSCRIPTION
    elif is_elsewhere and body is not None:
        level = level_of(scope.run, body, around.level)
    if not isinstance(subscription, Scalar | Unknown):
        subscription = around.subscription
    if not isinstance(group, Scalar | Unknown):
        return replace(around, level=level, subscription=subscription)
    is_here = text_of(group) == text_of(around.resource_group) and text_of(subscription) == text_of(around.subscription)
    location = (
        around.location
        if is_here
        else unknown(
            f"resourceGroup({shown(subscription)}, {shown(group)}).location",
            f"where resource group `{shorten(text_of(group))}` lies is not given",
            group,
        )
    )
    return Target(level=level, subscription=subscription, resource_group=group, location=location)
