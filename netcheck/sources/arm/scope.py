"""One template as its expressions see it: its parameters, variables and functions, and where it is deployed.

Semantics: Microsoft Learn, "Parameters in ARM templates", "Variables in ARM templates", "User-defined functions in ARM
template", "Resource functions", "Deployment functions" and "Scope functions for ARM templates".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, describe, shorten
from netcheck.sources._record import suggest
from netcheck.sources.arm.evaluate import EMPTY, Arguments, Env, Evaluator, Lazy, eager
from netcheck.sources.arm.expression import Call
from netcheck.sources.arm.functions import Calling, check_count
from netcheck.sources.arm.functions_lazy import LAZY_FUNCTIONS
from netcheck.sources.arm.ids import Target
from netcheck.sources.arm.run import ArmError, Run
from netcheck.sources.arm.surroundings import surrounding_functions
from netcheck.sources.arm.values import kind_of, to_null, unknown

Given = Callable[[], Node]
_SECURE = frozenset(("securestring", "secureobject"))
_MOST_TYPE_REFERENCES = 8


class Outputs(Protocol):
    """A deployment whose outputs an expression may name."""

    def output(self, calling: Calling, name: str) -> Node | None:
        """Return the value of an output; None where it is not known what is deployed."""


class Scope:
    """The names of one template.

    `given` are the values of parameters, evaluated when they are first asked for. `label` tells the unknown values of
    nested templates from those of the template around them; `name` is that of the deployment. `outputs` finds the
    deployments nested in the template by their ids and names. `elsewhere` says why parameters that are not given here
    may be given elsewhere; then their defaults do not count.
    """

    def __init__(
        self,
        run: Run,
        body: Mapping,
        target: Target,
        given: dict[str, Given],
        label: str,
        name: Node,
        elsewhere: str = "",
    ) -> None:
        self.run, self.body, self.target, self.label, self.name = run, body, target, label, name
        self.outputs: Callable[[], dict[str, Outputs]] = dict
        self._given, self._elsewhere = given, elsewhere
        self._loops: set[str] = set()
        self._parameters = _section(run, body, "parameters")
        self._variables = _section(run, body, "variables")
        self._variables |= self._looped_variables()
        self._values: dict[tuple[str, str], Node] = {}
        self._open: list[tuple[str, str]] = []
        lazy = {**LAZY_FUNCTIONS, **surrounding_functions(target, label, name), **self._own_functions()}
        lazy |= {"parameters": self._parameter, "variables": self._variable}
        self.evaluator = Evaluator(run, lazy, self._shortcut)

    def resolve(self, node: Node, env: Env = EMPTY) -> Node:
        """Return a part of the template with its expressions evaluated."""
        return self.evaluator.resolve(node, env)

    def field(self, node: Mapping, name: str, env: Env = EMPTY) -> Node | None:
        """Return a property, evaluated, or None."""
        found = self.run.field(node, name)
        return None if found is None else self.resolve(found, env)

    def check_given(self, places: dict[str, Node]) -> None:
        """Report values that are given to parameters which the template does not have."""
        for name, node in places.items():
            if key(name) not in self._parameters:
                close = suggest(name, (spelled.text for spelled, _ in self._parameters.values()))
                advice = f"did you mean `{close}`?" if close else "Azure refuses it; remove it or declare the parameter"
                self.run.report(node, "NC185", f"the template has no parameter `{shorten(name)}`", advice)

    def _parameter(self, evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
        name = self._named(evaluator, calling, arguments, env)
        if isinstance(name, Unknown):
            return calling.unknown([name])
        if env.arguments is not None:
            found = env.arguments.get(key(name))
            if found is None:
                raise calling.fault(f"names no parameter of the function: `{shorten(name)}`")
            return found
        if key(name) not in self._parameters:
            raise self._missing(calling, "parameter", name, self._parameters)
        return self._remembered(calling, ("parameter", key(name)), lambda: self._parameter_value(key(name)))

    def _variable(self, evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
        name = self._named(evaluator, calling, arguments, env)
        if isinstance(name, Unknown):
            return calling.unknown([name])
        if key(name) not in self._variables:
            raise self._missing(calling, "variable", name, self._variables)
        return self._remembered(calling, ("variable", key(name)), lambda: self._variable_value(key(name)))

    def _named(self, evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> str | Unknown:
        check_count(calling, len(arguments), 1, 1)
        found = evaluator.evaluate(arguments[0], env, calling.at)
        if isinstance(found, Unknown):
            return found
        if not isinstance(found, Scalar) or kind_of(found) != "string":
            raise calling.fault(f"takes a name, not {describe(found)}")
        return found.text

    def _missing(self, calling: Calling, what: str, name: str, known: dict[str, tuple[Scalar, Node]]) -> ArmError:
        close = suggest(name, (spelled.text for spelled, _ in known.values()))
        advice = f"did you mean `{close}`?" if close else ""
        return ArmError("NC185", f"the template has no {what} `{shorten(name)}`", advice, calling.offset)

    def _remembered(self, calling: Calling, what: tuple[str, str], make: Callable[[], Node]) -> Node:
        found = self._values.get(what)
        if found is None:
            with self._guarded(calling, what), self.run.deeper(6):
                found = self._values[what] = make()
        return found

    @contextmanager
    def _guarded(self, calling: Calling, what: tuple[str, str]) -> Iterator[None]:
        if what in self._open:
            ring = " → ".join(f"`{name}`" for _, name in [*self._open[self._open.index(what) :], what])
            raise ArmError("NC185", f"{what[0]} `{shorten(what[1])}` leads back to itself: {ring}", "", calling.offset)
        self._open.append(what)
        try:
            yield
        finally:
            self._open.pop()

    def _looped_variables(self) -> dict[str, tuple[Scalar, Node]]:
        """Return the variables that `copy` loops make, with their loops; the section `copy` is none itself."""
        found: dict[str, tuple[Scalar, Node]] = {}
        _, node = self._variables.get("copy", (None, None))
        if not isinstance(node, Sequence):
            return found
        for loop in node.items:
            name = self.run.field(loop, "name") if isinstance(loop, Mapping) else None
            if not isinstance(name, Scalar):
                self.run.report(loop, "NC186", "a `copy` loop of variables needs a `name`")
            else:
                found[key(name.text)] = (name, loop)
                self._loops.add(key(name.text))
        return found

    def _variable_value(self, folded: str) -> Node:
        _, node = self._variables[folded]
        if folded in self._loops and isinstance(node, Mapping):
            return self.evaluator.resolve_loop(node, EMPTY)[1]
        return self.resolve(node)

    def _parameter_value(self, folded: str) -> Node:
        """Return what a parameter is: the value given, the default, or an unknown; null counts as not given."""
        name, declaration = self._parameters[folded]
        if not isinstance(declaration, Mapping):
            self.run.report(declaration, "NC186", f"a parameter must be a mapping, not {describe(declaration)}")
        if folded not in self._given and self._elsewhere:
            return self._unknown(name, self._elsewhere)
        found = self._given[folded]() if folded in self._given else None
        if found is None or kind_of(found) == "null":
            default = self._property(declaration, "defaultValue")
            found = None if default is None else self.resolve(default)
        if found is None or kind_of(found) == "null":
            if self._is_nullable(declaration):
                return to_null(name)
            return self._unknown(name, f"parameter `{shorten(name.text)}` has no value")
        is_empty = isinstance(found, Scalar) and not found.text
        if self._is_secure(declaration) and not is_empty and not isinstance(found, Unknown):
            return self._unknown(name, f"parameter `{shorten(name.text)}` is a secret, which is not looked at")
        return self._unknown(name, found.reason) if isinstance(found, Unknown) and _is_random(found) else found

    def _unknown(self, name: Scalar, reason: str) -> Unknown:
        return unknown(f"{self.label}parameters('{name.text}')", reason, name)

    def _property(self, declaration: Node, name: str) -> Node | None:
        """Return a property of a parameter, or of the type it refers to: `"$ref": "#/definitions/..."`."""
        node: Node | None = declaration
        for _ in range(_MOST_TYPE_REFERENCES):
            if not isinstance(node, Mapping):
                return None
            found = self.run.field(node, name)
            if found is not None:
                return found
            reference = self.run.field(node, "$ref")
            definitions = self.run.field(self.body, "definitions")
            if not isinstance(reference, Scalar) or not isinstance(definitions, Mapping):
                return None
            node = self.run.field(definitions, reference.text.rpartition("/")[2])
        return None

    def _is_secure(self, declaration: Node) -> bool:
        found = self._property(declaration, "type")
        return isinstance(found, Scalar) and key(found.text) in _SECURE

    def _is_nullable(self, declaration: Node) -> bool:
        found = self._property(declaration, "nullable")
        return isinstance(found, Scalar) and found.text == "true"

    def _own_functions(self) -> dict[str, Lazy]:
        """Return the functions the template defines itself, as `namespace.name`."""
        found: dict[str, Lazy] = {}
        node = self.run.field(self.body, "functions")
        for space in node.items if isinstance(node, Sequence) else ():
            if not isinstance(space, Mapping):
                continue
            name, members = self.run.field(space, "namespace"), self.run.field(space, "members")
            for member, body in members.entries if isinstance(members, Mapping) else []:
                if isinstance(name, Scalar) and isinstance(body, Mapping):
                    found[key(f"{name.text}.{member.text}")] = _own_function(self.run, body)
        return found

    def _shortcut(self, calling: Calling, call: Call, names: list[Node], env: Env) -> tuple[Node, int] | None:
        """Return the output of a nested deployment: `reference(id).outputs.name.value`."""
        if key(call.name) != "reference" or not call.arguments:
            return None
        words = [key(name.text) if isinstance(name, Scalar) else "" for name in names]
        skipped = 1 if words[:1] == ["properties"] else 0
        if words[skipped : skipped + 1] != ["outputs"] or words[skipped + 2 : skipped + 3] != ["value"]:
            return None
        wanted = self.evaluator.evaluate(call.arguments[0], env, calling.at)
        deployment = self.outputs().get(key(wanted.text)) if isinstance(wanted, Scalar | Unknown) else None
        name = names[skipped + 1]
        if deployment is None or not isinstance(name, Scalar):
            return None
        with self._guarded(calling, ("output", f"{wanted.text if isinstance(wanted, Scalar) else ''}.{name.text}")):
            found = deployment.output(calling, name.text)
        return None if found is None else (found, skipped + 3)


def _is_random(node: Unknown) -> bool:
    """Return whether a value differs each time it is computed, so that the expression is no name for it."""
    return "newguid()" in key(node.text)


def _own_function(run: Run, body: Mapping) -> Lazy:
    declared = run.field(body, "parameters")
    names = [_parameter_name(run, node) for node in declared.items] if isinstance(declared, Sequence) else []
    output = run.field(body, "output")
    value = run.field(output, "value") if isinstance(output, Mapping) else None

    def call(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
        check_count(calling, len(arguments), len(names), len(names))
        values = eager(evaluator, arguments, env, calling.at)
        if value is None:
            raise calling.fault("has no output")
        with run.deeper(4):
            return evaluator.resolve(value, Env(arguments=dict(zip(names, values, strict=True))))

    return call


def _parameter_name(run: Run, node: Node) -> str:
    found = run.field(node, "name") if isinstance(node, Mapping) else None
    return key(found.text) if isinstance(found, Scalar) else ""


def _section(run: Run, body: Mapping, name: str) -> dict[str, tuple[Scalar, Node]]:
    node = run.field(body, name)
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return {}
    if not isinstance(node, Mapping):
        run.report(node, "NC186", f"`{name}` must be a mapping, not {describe(node)}")
        return {}
    return {key(spelled.text): (spelled, value) for spelled, value in node.entries}
