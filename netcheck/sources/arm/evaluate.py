"""Expressions to values: calls, property access, and everything that is evaluated only when it is needed.

Semantics: Microsoft Learn, "ARM template functions". What only a deployment knows is a named unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from operator import is_

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, describe, made_text, shorten
from netcheck.sources._record import suggest
from netcheck.sources.arm.expression import Access, Call, Expression, Literal, is_expression, literal_text
from netcheck.sources.arm.functions import Calling, apply, check_count
from netcheck.sources.arm.functions_list import LIST_FUNCTIONS
from netcheck.sources.arm.functions_number import NUMBER_FUNCTIONS
from netcheck.sources.arm.functions_text import TEXT_FUNCTIONS
from netcheck.sources.arm.run import ArmError, LimitError, Run
from netcheck.sources.arm.values import (
    NOT_GIVEN,
    first_unknown,
    is_given,
    is_same,
    is_symbolic,
    kind_of,
    placed,
    shown,
    shown_key,
    to_null,
    to_number,
    unknown,
)

ASKS_AZURE = "`{}(...)` asks Azure when the template is deployed"
FUNCTIONS = {**TEXT_FUNCTIONS, **LIST_FUNCTIONS, **NUMBER_FUNCTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Env:
    """What an expression may name besides the template's own parts.

    `loops` are the indexes of the `copy` loops around it, "" for that of the resource; `names` the variables of
    lambdas; `arguments` those of the user's own function that is being evaluated, None outside of one.
    """

    loops: dict[str, Node] = field(default_factory=dict)
    names: dict[str, Node] = field(default_factory=dict)
    arguments: dict[str, Node] | None = None

    def in_loop(self, name: str, index: Node, *, is_resource: bool = False) -> Env:
        """Return the same inside of a loop; `copyIndex()` without a name means the loop of the resource."""
        return replace(self, loops={**self.loops, key(name): index, **({"": index} if is_resource else {})})

    def with_name(self, name: str, value: Node) -> Env:
        """Return the same with one more variable of a lambda."""
        return replace(self, names={**self.names, key(name): value})


EMPTY = Env()
Arguments = tuple[Expression, ...]
Lazy = Callable[["Evaluator", Calling, Arguments, Env], Node]
Shortcut = Callable[[Calling, Call, list[Node], Env], tuple[Node, int] | None]
"""From a call and the properties behind it to a value, and how many of the properties led to it."""


class Evaluator:
    """Evaluates the expressions of one template.

    `lazy` are the functions that evaluate their arguments themselves: those of the language (`if`, `map`) and those of
    the template (`parameters`, `resourceGroup`). `shortcut` knows some properties of results that as a whole are not
    known.
    """

    def __init__(self, run: Run, lazy: dict[str, Lazy], shortcut: Shortcut) -> None:
        self.run, self._lazy, self._shortcut = run, lazy, shortcut

    def resolve(self, node: Node, env: Env = EMPTY) -> Node:
        """Return a part of a template with every expression in it evaluated; faults are collected."""
        if isinstance(node, Scalar):
            return self._resolve_scalar(node, env)
        if isinstance(node, Unknown):
            return node
        with self.run.deeper(2):
            if isinstance(node, Sequence):
                items = tuple(self.resolve(item, env) for item in node.items)
                return node if all(map(is_, items, node.items)) else Sequence(items, node.start)
            return self._resolve_object(node, env)

    def evaluate(self, expression: Expression, env: Env, at: Node) -> Node:
        """Return the value of an expression that stands at `at`; raise ArmError where it has none."""
        if isinstance(expression, Literal):
            return made_text(expression.text, at) if expression.is_text else to_number(int(expression.text), at)
        with self.run.deeper(3):
            self.run.spend(1)
            if isinstance(expression, Call):
                return self._call(expression, env, at)
            return self._access(expression, env, at)

    def try_evaluate(self, expression: Expression, env: Env, at: Node) -> Node | None:
        """Return the value of what Azure may never evaluate, or None where it is faulty."""
        self.run.hush(1)
        try:
            return self.evaluate(expression, env, at)
        except LimitError:
            raise
        except ArmError:
            return None
        finally:
            self.run.hush(-1)

    def _resolve_scalar(self, node: Scalar, env: Env) -> Node:
        if node.is_plain or not node.text.startswith("["):
            return node
        if not is_expression(node.text):
            return Scalar(literal_text(node.text), False, node.start, node.end)
        try:
            found = placed(self.evaluate(self.run.parse(node.text), env, node), node)
            self.run.weigh(found)
        except ArmError as fault:
            return self.run.report_fault(node, fault)
        return found

    def _resolve_object(self, node: Mapping, env: Env) -> Node:
        """Return an object with what its loops add; with a name that is not known, none of its properties is."""
        children: list[Node] = []
        loops: tuple[Node, ...] = ()
        for name, value in node.entries:
            if key(name.text) == "copy" and isinstance(value, Sequence) and _are_loops(value):
                loops = value.items
                continue
            resolved = self._resolve_name(name, env)
            if isinstance(resolved, Unknown):
                return unknown(f"object at {node.start} with {resolved.text}", resolved.reason, name)
            children += (resolved, self.resolve(value, env))
        for loop in loops:
            assert isinstance(loop, Mapping)
            children += self.resolve_loop(loop, env)
        is_as_before = not loops and all(map(is_, children, node.children))
        return node if is_as_before else Mapping(tuple(children), node.start)

    def _resolve_name(self, name: Scalar, env: Env) -> Scalar | Unknown:
        if not name.text.startswith("["):
            return name
        found = self._resolve_scalar(name, env)
        if isinstance(found, Scalar) and kind_of(found) == "string":
            return found if is_given(found) else unknown(found.text, NOT_GIVEN, found)
        if isinstance(found, Unknown):
            return found
        fault = ArmError("NC184", f"the name of a property cannot be {describe(found)}")
        return self.run.report_fault(name, fault)

    def resolve_loop(self, loop: Mapping, env: Env) -> tuple[Scalar, Node]:
        """Return name and elements of a property that a `copy` loop makes; of an unknown number, it is unknown."""
        name = self.resolve(self.run.field(loop, "name") or to_null(loop), env)
        if not isinstance(name, Scalar) or kind_of(name) != "string":
            fault = ArmError("NC186", f"a `copy` loop needs a text as `name`, not {describe(name)}")
            return Scalar("", False, loop.start, loop.start + 1), self.run.report_fault(loop, fault)
        return name, self.resolve_elements(loop, name.text, env)

    def resolve_elements(self, loop: Mapping, name: str, env: Env) -> Node:
        """Return the elements that a `copy` loop makes; a loop of an output has no name."""
        count = self.count(loop, env)
        if isinstance(count, Unknown):
            return unknown(f"copy('{name}', {count.text}) at {loop.start}", count.reason, loop)
        body, items = self.run.field(loop, "input") or to_null(loop), list[Node]()
        for index in range(count):
            self.run.spend(1)
            items.append(self.resolve(body, env.in_loop(name, to_number(index, body))))
        return Sequence(tuple(items), loop.start)

    def count(self, loop: Mapping, env: Env) -> int | Unknown:
        """Return how often a loop runs."""
        node = self.run.field(loop, "count")
        found = self.resolve(node, env) if node is not None else to_null(loop)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, Scalar) and kind_of(found) == "int" and int(found.text) >= 0:
            return int(found.text)
        fault = ArmError("NC186", f"a `copy` loop needs a whole number as `count`, not {describe(found)}")
        return self.run.report_fault(node or loop, fault)

    def _call(self, call: Call, env: Env, at: Node) -> Node:
        folded = key(call.name)
        calling = Calling(self.run, call.name, at, call.at)
        lazy = self._lazy.get(folded)
        if lazy is not None:
            return lazy(self, calling, call.arguments, env)
        known = FUNCTIONS.get(folded)
        if known is not None:
            return apply(known, calling, eager(self, call.arguments, env, at))
        if folded.startswith("list") and "." not in folded:
            arguments = eager(self, call.arguments, env, at)
            check_count(calling, len(arguments), 1, 3)
            return calling.unknown(arguments, ASKS_AZURE.format(call.name))
        close = suggest(call.name, {**self._lazy, **FUNCTIONS})
        raise calling.fault("is no template function", f"did you mean `{close}`?" if close else "")

    def _access(self, access: Access, env: Env, at: Node) -> Node:
        names = [self.evaluate(expression, env, at) for expression in access.keys]
        steps = [(name, expression.at) for name, expression in zip(names, access.keys, strict=True)]
        if isinstance(access.base, Call):
            found = self._shortcut(Calling(self.run, access.base.name, at, access.at), access.base, names, env)
            if found is not None:
                return self._follow(found[0], steps[found[1] :], at)
        return self._follow(self.evaluate(access.base, env, at), steps, at)

    def _follow(self, node: Node, steps: list[tuple[Node, int]], at: Node) -> Node:
        for index, (name, offset) in enumerate(steps):
            if isinstance(node, Unknown) or _is_open(name):
                return self._beyond(node, [later for later, _ in steps[index:]], at)
            node = self._step(node, name, offset)
        return node

    def _beyond(self, node: Node, names: list[Node], at: Node) -> Node:
        """Return what stands for a property of a value that is not known, or for a property that is not known."""
        self.run.spend(self.run.weigh(node))
        missing = first_unknown([node, *names])
        reason = missing.reason if missing is not None else NOT_GIVEN
        return unknown(shown(node) + "".join(map(shown_key, names)), reason, at)

    def _step(self, node: Node, name: Node, at: int) -> Node:
        if isinstance(node, Mapping) and isinstance(name, Scalar) and kind_of(name) == "string":
            found = self.run.field(node, name.text)
            if found is not None:
                return found
            names = [spelled.text for spelled, _ in node.entries]
            close = suggest(name.text, names)
            known = ", ".join(f"`{shorten(known)}`" for known in names[:5])
            advice = f"did you mean `{close}`?" if close else f"it has {known}" if known else "it has none"
            raise ArmError("NC185", f"there is no property `{shorten(name.text)}`", advice, at)
        if isinstance(node, Sequence) and isinstance(name, Scalar) and kind_of(name) == "int":
            if 0 <= int(name.text) < len(node.items):
                return node.items[int(name.text)]
            raise ArmError("NC185", f"there is no element {name.text}: the array has {len(node.items)}", "", at)
        what = "property" if kind_of(name) == "string" else "element"
        raise ArmError("NC185", f"{_kind_word(node)} has no {what} {describe(name)}", "", at)


def _is_open(name: Node) -> bool:
    return isinstance(name, Unknown) or (isinstance(name, Scalar) and is_symbolic(name.text))


def _kind_word(node: Node) -> str:
    """Return what a value is, without the value: it may be a secret."""
    return describe(node) if isinstance(node, Mapping | Sequence) else f"a value of kind {kind_of(node)}"


def _are_loops(node: Sequence) -> bool:
    """Return whether the value of a key `copy` describes loops: a list of mappings with `count` or `input`."""
    names = [{key(name.text) for name, _ in item.entries} for item in node.items if isinstance(item, Mapping)]
    return 0 < len(names) == len(node.items) and all(found & {"count", "input"} for found in names)


def eager(evaluator: Evaluator, arguments: Arguments, env: Env, at: Node) -> list[Node]:
    """Return the values of all arguments."""
    return [evaluator.evaluate(argument, env, at) for argument in arguments]


def constant(make: Callable[[Calling], Node]) -> Lazy:
    """Return a function that takes no arguments."""

    def call(_: Evaluator, calling: Calling, arguments: Arguments, __: Env) -> Node:
        check_count(calling, len(arguments), 0, 0)
        return make(calling)

    return call


def same_or_none(one: Node | None, other: Node | None) -> Node | None:
    """Return the first of two values that are equal, else None."""
    return one if one is not None and other is not None and is_same(one, other) else None
