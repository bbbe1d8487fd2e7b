"""Template functions that decide themselves which arguments they evaluate: conditions, lambdas, loops.

Semantics: Microsoft Learn, "Logical functions", "Lambda functions", "Comparison functions" (`coalesce`) and "Numeric
functions for ARM templates" (`copyIndex`).
"""

from __future__ import annotations

from functools import cmp_to_key

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, describe, made_text
from netcheck.sources.arm.evaluate import Arguments, Env, Evaluator, Lazy, constant, eager, same_or_none
from netcheck.sources.arm.expression import Call, Expression, Literal
from netcheck.sources.arm.functions import Calling, as_text, check_count
from netcheck.sources.arm.values import is_given, kind_of, shown, to_number

_NO_BRANCH = "…"


class _UndecidedError(Exception):
    """What a lambda says about an element is not known."""


def _if(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 3, 3)
    condition = evaluator.evaluate(arguments[0], env, calling.at)
    if not isinstance(condition, Unknown):
        return evaluator.evaluate(arguments[1 if _is_true(calling, condition) else 2], env, calling.at)
    branches = [evaluator.try_evaluate(argument, env, calling.at) for argument in arguments[1:]]
    shown = [made_text(_NO_BRANCH, calling.at) if branch is None else branch for branch in branches]
    return same_or_none(*branches) or calling.unknown([condition, *shown])


def _is_true(calling: Calling, node: Node) -> bool:
    if isinstance(node, Scalar) and kind_of(node) == "bool":
        return node.text == "true"
    raise calling.fault(f"takes a boolean, not {describe(node)}")


def _and(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    return _combined(evaluator, calling, arguments, env, stops_at=False)


def _or(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    return _combined(evaluator, calling, arguments, env, stops_at=True)


def _combined(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env, *, stops_at: bool) -> Node:
    """Evaluate from left to right until the answer is settled; behind an unknown, faults are not yet faults."""
    check_count(calling, len(arguments), 2, None)
    values: list[Node] = []
    is_open = False
    for argument in arguments:
        found: Node | None
        if is_open:
            found = evaluator.try_evaluate(argument, env, calling.at)
        else:
            found = evaluator.evaluate(argument, env, calling.at)
        values.append(made_text(_NO_BRANCH, calling.at) if found is None else found)
        if found is None or isinstance(found, Unknown):
            is_open = True
        elif _is_true(calling, found) is stops_at:
            return calling.boolean(stops_at)
    return calling.unknown(values) if is_open else calling.boolean(not stops_at)


def _coalesce(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 1, None)
    values: list[Node] = []
    for argument in arguments:
        if values:
            found = evaluator.try_evaluate(argument, env, calling.at) or made_text(_NO_BRANCH, calling.at)
        else:
            found = evaluator.evaluate(argument, env, calling.at)
        if kind_of(found) == "null":
            continue
        if not isinstance(found, Unknown) and not values:
            return found
        values.append(found)
        if not isinstance(found, Unknown):
            break
    return calling.unknown(values) if values else calling.null()


def _copy_index(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 0, 2)
    values = eager(evaluator, arguments, env, calling.at)
    name = as_text(values.pop(0)) if values and kind_of(values[0]) == "string" else ""
    offset = values[0] if values else to_number(0, calling.at)
    index = env.loops.get(key(name))
    if index is None and not name and env.loops:
        index = list(env.loops.values())[-1]
    if index is None:
        raise calling.fault(f"names no loop around it: `{name}`" if name else "stands outside of any `copy` loop")
    if kind_of(offset) not in ("int", "unknown") or len(values) > 1:
        raise calling.fault("takes the name of a loop and a number to add")
    if isinstance(index, Unknown) or isinstance(offset, Unknown):
        return index if shown(offset) == "0" else calling.unknown([index, offset])
    return calling.number(int(as_text(index)) + int(as_text(offset)))


def _lambda_variables(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 1, 1)
    name = evaluator.evaluate(arguments[0], env, calling.at)
    found = env.names.get(key(name.text)) if isinstance(name, Scalar) else None
    if found is None:
        raise calling.fault(f"names no variable of a lambda around it: {describe(name)}")
    return found


class _Lambda:
    """A function `lambda('a', 'b', body)` that stands as an argument."""

    def __init__(
        self, evaluator: Evaluator, calling: Calling, expression: Expression, env: Env, low: int, high: int
    ) -> None:
        if not isinstance(expression, Call) or key(expression.name) != "lambda":
            raise calling.fault("takes `lambda(...)` here")
        *names, self._body = expression.arguments or (expression,)
        self._names = [name.text for name in names if isinstance(name, Literal) and name.is_text]
        if len(self._names) != len(names) or not low <= len(names) <= high:
            raise calling.fault(
                f"takes a lambda of {low} variables" if low == high else f"takes a lambda of {low} or {high}"
            )
        self._evaluator, self._calling, self._env = evaluator, calling, env

    def __call__(self, *values: Node) -> Node:
        env = self._env
        for name, value in zip(self._names, values, strict=False):
            env = env.with_name(name, value)
        with self._evaluator.run.deeper(3):
            return self._evaluator.evaluate(self._body, env, self._calling.at)

    def decide(self, *values: Node) -> bool:
        """Return what the lambda says of an element; raise _UndecidedError when that is not known."""
        found = self(*values)
        if isinstance(found, Unknown):
            raise _UndecidedError
        return _is_true(self._calling, found)

    def name(self, value: Node, what: str) -> str:
        """Return the name the lambda gives to an element; raise _UndecidedError when that is not known."""
        found = self(value)
        if kind_of(found) not in ("string", "unknown"):
            raise self._calling.fault(f"makes {describe(found)} the name of a {what}")
        if not is_given(found):
            raise _UndecidedError
        return as_text(found)


def _elements(evaluator: Evaluator, calling: Calling, expression: Expression, env: Env) -> Node:
    found = evaluator.evaluate(expression, env, calling.at)
    if not isinstance(found, Sequence | Unknown):
        raise calling.fault(f"takes an array, not {describe(found)}")
    return found


def _closed(calling: Calling, node: Node, reason: str = "") -> Node:
    """Return what stands for the result where it is not known; the lambda shows by its place."""
    return calling.unknown([node, made_text(f"lambda {calling.offset} at {calling.at.start}", calling.at)], reason)


def _map(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 2, 2)
    items, body = _elements(evaluator, calling, arguments[0], env), _Lambda(evaluator, calling, arguments[1], env, 1, 2)
    if not isinstance(items, Sequence):
        return _closed(calling, items)
    return calling.array([body(item, calling.number(index)) for index, item in enumerate(items.items)])


def _filter(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 2, 2)
    items, body = _elements(evaluator, calling, arguments[0], env), _Lambda(evaluator, calling, arguments[1], env, 1, 2)
    if not isinstance(items, Sequence):
        return _closed(calling, items)
    try:
        kept = [item for index, item in enumerate(items.items) if body.decide(item, calling.number(index))]
    except _UndecidedError:
        return _closed(calling, items, "which elements a filter keeps is not known")
    return calling.array(kept)


def _reduce(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 3, 3)
    items = _elements(evaluator, calling, arguments[0], env)
    result = evaluator.evaluate(arguments[1], env, calling.at)
    body = _Lambda(evaluator, calling, arguments[2], env, 2, 3)
    if not isinstance(items, Sequence):
        return _closed(calling, items)
    for index, item in enumerate(items.items):
        result = body(result, item, calling.number(index))
    return result


def _sort(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 2, 2)
    items, body = _elements(evaluator, calling, arguments[0], env), _Lambda(evaluator, calling, arguments[1], env, 2, 2)
    if not isinstance(items, Sequence):
        return _closed(calling, items)

    def order(one: Node, other: Node) -> int:
        return -1 if body.decide(one, other) else 1 if body.decide(other, one) else 0

    try:
        return calling.array(sorted(items.items, key=cmp_to_key(order)))
    except _UndecidedError:
        return _closed(calling, items, "in which order a sort puts its elements is not known")


def _to_object(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 2, 3)
    items, naming = (
        _elements(evaluator, calling, arguments[0], env),
        _Lambda(evaluator, calling, arguments[1], env, 1, 1),
    )
    if not isinstance(items, Sequence):
        return _closed(calling, items)
    body = _Lambda(evaluator, calling, arguments[2], env, 1, 1) if len(arguments) > 2 else None
    entries: dict[str, tuple[str, Node]] = {}
    try:
        for item in items.items:
            name = naming.name(item, "property")
            entries[key(name)] = (name, body(item) if body else item)
    except _UndecidedError:
        return _closed(calling, items, "the name of a property is not known")
    return calling.object(entries.values())


def _map_values(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 2, 2)
    node = evaluator.evaluate(arguments[0], env, calling.at)
    body = _Lambda(evaluator, calling, arguments[1], env, 1, 1)
    if isinstance(node, Unknown):
        return _closed(calling, node)
    if not isinstance(node, Mapping):
        raise calling.fault(f"takes an object, not {describe(node)}")
    return calling.object([(name.text, body(value)) for name, value in node.entries])


def _group_by(evaluator: Evaluator, calling: Calling, arguments: Arguments, env: Env) -> Node:
    check_count(calling, len(arguments), 2, 2)
    items, naming = (
        _elements(evaluator, calling, arguments[0], env),
        _Lambda(evaluator, calling, arguments[1], env, 1, 1),
    )
    if not isinstance(items, Sequence):
        return _closed(calling, items)
    groups: dict[str, list[Node]] = {}
    try:
        for item in items.items:
            groups.setdefault(naming.name(item, "group"), []).append(item)
    except _UndecidedError:
        return _closed(calling, items, "the name of a group is not known")
    return calling.object([(name, calling.array(group)) for name, group in groups.items()])


LAZY_FUNCTIONS: dict[str, Lazy] = {
    "and": _and,
    "coalesce": _coalesce,
    "copyindex": _copy_index,
    "false": constant(lambda calling: calling.boolean(False)),
    "filter": _filter,
    "groupby": _group_by,
    "if": _if,
    "lambdavariables": _lambda_variables,
    "map": _map,
    "mapvalues": _map_values,
    "null": constant(Calling.null),
    "or": _or,
    "reduce": _reduce,
    "sort": _sort,
    "toobject": _to_object,
    "true": constant(lambda calling: calling.boolean(True)),
}
