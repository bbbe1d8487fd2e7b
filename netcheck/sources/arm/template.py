"""ARM templates, written by hand or compiled from Bicep, to the resources they deploy.

Format: Microsoft Learn, "Understand the structure and syntax of ARM templates". Loops are expanded, nested deployments
opened, expressions evaluated; what only the deployment itself can tell is a named unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from netcheck.diagnostics import Severity
from netcheck.errors import InputError
from netcheck.model.names import key
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Unknown, describe, made_text, shorten
from netcheck.sources._resources import DEPLOYMENT, Association, Opening, Resource
from netcheck.sources.arm.deployment import (
    Deployment,
    condition,
    connect,
    copies,
    is_deployment,
    level_of,
    resources_of,
)
from netcheck.sources.arm.evaluate import EMPTY, Env
from netcheck.sources.arm.ids import Level, Target
from netcheck.sources.arm.parameters import read_parameters
from netcheck.sources.arm.resource import Parent, build
from netcheck.sources.arm.run import LimitError, Run
from netcheck.sources.arm.scope import Scope
from netcheck.sources.arm.values import RESOURCE_GROUP, SUBSCRIPTION, unknown

_ADVICE = "compile Bicep with `bicep build`, which puts modules in one file, or give the linked template too"


def read_arm_template(
    document: Document,
    root: Node,
    opening: Opening,
    parameters: Sequence[tuple[Document, Node]] = (),
    label: str = "",
) -> list[Resource | Association]:
    """Return the resources that a template deploys, with the values of parameter files, of which the last one counts.

    `label` tells the unknown values of one template from those of others that are read with it.

    A resource whose condition is false is left out; one that may not exist says why. Faults are collected; raise
    InputError when the template goes beyond a limit.
    """
    run = Run(opening)
    if not isinstance(root, Mapping):
        run.report(root, "NC186", f"a template must be a mapping, not {describe(root)}")
        return []
    try:
        values, places = read_parameters(run, parameters)
        scope = Scope(run, root, _root_target(run, root), values, label, _name(root))
        scope.check_given(places)
        connect(scope)
        reader = _Reader(run)
        reader.read(_Frame(scope, root, EMPTY, scope.target, ""))
    except LimitError as fault:  # outside of any expression: the number of resources
        opening.collector.add(document.fault(root, fault.code, fault.message, fault.advice))
        raise InputError(opening.collector) from None
    return reader.found


def _name(root: Mapping) -> Node:
    return unknown("deployment().name", "the name of the deployment is not given", root)


def _root_target(run: Run, root: Mapping) -> Target:
    options = run.options
    location: Node = unknown("resourceGroup().location", "where the resource group lies is not given", root)
    return Target(
        level=level_of(run, root, Level.RESOURCE_GROUP),
        subscription=made_text(options.subscription or SUBSCRIPTION, root),
        resource_group=made_text(options.resource_group or RESOURCE_GROUP, root),
        location=made_text(options.location, root) if options.location else location,
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """A template being read: whose names its expressions mean, where it goes, and why it may not be deployed."""

    scope: Scope
    body: Mapping
    env: Env
    target: Target
    unsure: str


class _Reader:
    def __init__(self, run: Run) -> None:
        self._run = run
        self.found: list[Resource | Association] = []

    def read(self, frame: _Frame) -> None:
        """Read all resources of a template."""
        for symbol, node in resources_of(self._run, frame.body):
            self._read_resource(frame, symbol, node, None)

    def _read_resource(self, frame: _Frame, symbol: str, node: Node, parent: Parent | None) -> None:
        if not isinstance(node, Mapping):
            self._run.report(node, "NC186", f"a resource must be a mapping, not {describe(node)}")
            return
        if self._is_loop_in_loop(node):
            return
        for copy in copies(frame.scope, node, frame.env):
            inner = replace(frame, env=copy.env, unsure=_joined(frame.unsure, copy.unsure))
            exists, unsure = condition(frame.scope, node, copy.env)
            if not is_deployment(self._run, node):
                self._read_one(inner, symbol + copy.index, node, parent, exists=exists, unsure=unsure)
            elif exists:
                self._read_deployment(replace(inner, unsure=_joined(inner.unsure, unsure)), node)

    def _is_loop_in_loop(self, node: Mapping) -> bool:
        """Refuse a `copy` of a resource that is no mapping: it would be read as a resource without a loop."""
        loop = self._run.field(node, "copy")
        if loop is None or isinstance(loop, Mapping) or (isinstance(loop, Scalar) and loop.is_null):
            return False
        self._run.report(loop, "NC186", f"the `copy` of a resource must be a mapping, not {describe(loop)}")
        return True

    def _read_one(
        self, frame: _Frame, symbol: str, node: Mapping, parent: Parent | None, *, exists: bool, unsure: str
    ) -> None:
        """Read one resource and those that stand in it; a condition is not one of those."""
        built = build(frame.scope, frame.target, frame.env, symbol, node, parent)
        if built is None:
            return
        existing = self._run.field(node, "existing")
        if exists and not (isinstance(existing, Scalar) and existing.text == "true"):
            self._run.add_resource(built.resource.node)
            self.found.append(built.resource._replace(unsure=_joined(frame.unsure, unsure)))
        if self._run.field(node, "resources") is not None:
            with self._run.deeper(4):
                for name, child in resources_of(self._run, node):
                    self._read_resource(frame, name, child, built.as_parent)

    def _read_deployment(self, frame: _Frame, node: Mapping) -> None:
        made = Deployment(frame.scope, node, frame.env, frame.target, frame.unsure)
        if made.body is None:
            self._add_unread(frame, node, made)
            return
        scope, env = made.opened()
        with self._run.deeper(8):
            self.read(_Frame(scope, made.body, env, made.target, frame.unsure))

    def _add_unread(self, frame: _Frame, node: Mapping, made: Deployment) -> None:
        """Keep a deployment whose template stands elsewhere, and say so."""
        where = made.elsewhere()
        if not where or not isinstance(made.name, Scalar | Unknown):
            what = "a `name`" if where else "a `template` or a `templateLink`"
            self._run.report(node, "NC186", f"a deployment needs {what}")
            return
        reason = f"what deployment `{shorten(made.name.text)}` deploys {where}"
        self._run.report(node, "NC187", f"{reason}, which is not read", _ADVICE, Severity.WARNING)
        kept = (pair for pair in node.entries if key(pair[0].text) in ("name", "type"))
        resource = Resource(
            type=DEPLOYMENT,
            node=Mapping(tuple(part for pair in kept for part in pair), node.start),
            name=made.name.text,
            id=made.id,
            unsure=_joined(frame.unsure, reason),
        )
        self._run.add_resource(resource.node)
        self.found.append(resource)


def _joined(*reasons: str) -> str:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))
