"""What the reading of one template keeps count of: faults, steps, depth, sizes; and how much is too much.

A template is a program, and a short one can describe more than any machine holds. Azure's own limits are lower
(Microsoft Learn, "Best practices for ARM templates", "Template limits": 800 resources, 800 copies).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from netcheck.diagnostics import Severity
from netcheck.errors import InputError
from netcheck.model.names import key
from netcheck.sources._nodes import DEPTH_LIMIT, Mapping, Node, Scalar, Sequence, Unknown
from netcheck.sources._resources import Opening, Options
from netcheck.sources.arm.expression import Expression, GrammarError, parse_expression

RESOURCE_LIMIT = 100_000
NODE_LIMIT = 1_000_000
STEP_LIMIT = 1_500_000
LONGEST_TEXT = 1_000_000
EVALUATION_DEPTH = 500
_FEW = 16


class ArmError(Exception):
    """An expression cannot be evaluated; `at` is the offset in it."""

    def __init__(self, code: str, message: str, advice: str = "", at: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.advice, self.at = code, message, advice, at


class LimitError(ArmError):
    """A template goes beyond a limit: nothing further is read."""

    def __init__(self, message: str) -> None:
        super().__init__("NC188", message, "netcheck stops here, so that no template can take up a machine")


class Run:
    """The state of one reading, shared by the template and all that is nested in it."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._steps = self._nodes = self._resources = self._depth = self._quiet = 0
        self._parsed: dict[str, Expression | GrammarError] = {}
        self._sizes: dict[int, tuple[Node, int, int]] = {}
        self._indexes: dict[int, tuple[Mapping, dict[str, Node]]] = {}
        self._reported: set[tuple[str, int]] = set()

    @property
    def options(self) -> Options:
        """What the person who asks says about where the template is deployed."""
        return self.opening.options

    def spend(self, steps: int) -> None:
        """Count steps of evaluation; raise LimitError when they were too many."""
        self._steps += steps
        if self._steps > STEP_LIMIT:
            raise LimitError(f"the template takes more than {STEP_LIMIT:,} steps to evaluate")

    @contextmanager
    def deeper(self, levels: int) -> Iterator[None]:
        """Go deeper while a part is evaluated; raise LimitError when it is too deep.

        A level is a call of Python's: the limit keeps it from running out of stack.
        """
        self._depth += levels
        try:
            if self._depth > EVALUATION_DEPTH:
                raise LimitError("the expressions of the template lead to one another too many levels deep")
            yield
        finally:
            self._depth -= levels

    def add_resource(self, node: Mapping) -> None:
        """Count one resource and all it holds; raise InputError when they are too many."""
        self._resources += 1
        self._nodes += self.weigh(node)
        self.check_copies(node, 0)
        if self._nodes > NODE_LIMIT:
            self.report_fault(node, LimitError(f"the template expands to more than {NODE_LIMIT:,} values"))

    def check_copies(self, loop: Mapping, count: int) -> None:
        """Raise InputError, with the place of the loop, when so many resources more are too many."""
        if self._resources + count > RESOURCE_LIMIT:
            self.report_fault(loop, LimitError(f"the template expands to more than {RESOURCE_LIMIT:,} resources"))

    def weigh(self, node: Node) -> int:
        """Return how many nodes a value has; raise LimitError when they are too many or nested too deep."""
        return self._size(node)[0]

    def _size(self, node: Node) -> tuple[int, int]:
        if not isinstance(node, Mapping | Sequence):
            return 1, 0
        known = self._sizes.get(id(node))
        if known is not None:
            return known[1], known[2]
        inner = node.children if isinstance(node, Mapping) else node.items
        weight, depth = 1, 0
        for child in inner:
            if isinstance(child, Mapping | Sequence):
                of_child = self._size(child)
                weight, depth = weight + of_child[0], max(depth, of_child[1])
            else:
                weight += 1
        self.spend(len(inner) + 1)
        if weight > NODE_LIMIT:
            raise LimitError(f"one value of the template has more than {NODE_LIMIT:,} parts")
        if depth + 1 > DEPTH_LIMIT:
            raise LimitError(f"a value of the template is nested more than {DEPTH_LIMIT} levels deep")
        self._sizes[id(node)] = (node, weight, depth + 1)  # with the node, so that no other one can have its number
        return weight, depth + 1

    def check_text(self, length: int) -> None:
        """Count a text of so many characters before it is made; raise LimitError when it is too long."""
        if length > LONGEST_TEXT:
            raise LimitError(f"a text of the template has more than {LONGEST_TEXT:,} characters")
        self.spend(length // 64)

    def field(self, node: Mapping, name: str) -> Node | None:
        """Return a property, letter case aside as Azure compares them, or None."""
        folded = key(name)
        if len(node.children) <= 2 * _FEW:
            return next((value for spelled, value in node.entries if key(spelled.text) == folded), None)
        known = self._indexes.get(id(node))
        if known is None:
            index: dict[str, Node] = {}
            for spelled, value in node.entries:
                index.setdefault(key(spelled.text), value)
            known = self._indexes[id(node)] = (node, index)
            self.spend(len(index))
        return known[1].get(folded)

    def parse(self, text: str) -> Expression:
        """Return the tree of an expression; raise ArmError where it breaks the grammar."""
        found = self._parsed.get(text)
        if found is None:
            try:
                found = parse_expression(text)
            except GrammarError as fault:
                found = fault
            self._parsed[text] = found
        if isinstance(found, GrammarError):
            raise ArmError("NC183", found.message, "a bracket that is meant literally is written `[[`", found.at)
        return found

    def hush(self, change: int) -> None:
        """Say nothing of faults (+1) where a part is looked at that Azure may never evaluate, or speak again (-1)."""
        self._quiet += change

    def report_fault(self, node: Node, fault: ArmError) -> Unknown:
        """Collect the fault of an expression and return what stands for its value.

        Raise InputError at a limit, and the fault again where faults are hushed.
        """
        if self._quiet and not isinstance(fault, LimitError):
            raise fault
        self.report(_place(node, fault.at), fault.code, fault.message, fault.advice)
        if isinstance(fault, LimitError):
            raise InputError(self.opening.collector)
        return Unknown(f"{{faulty expression at {node.start}}}", "its expression is faulty", node.start, node.start + 1)

    def report(
        self, node: Node, code: str, message: str, advice: str = "", severity: Severity = Severity.ERROR
    ) -> None:
        """Collect a fault, once for each place: a loop meets the same one many times."""
        if (code, node.start) not in self._reported:
            self._reported.add((code, node.start))
            self.opening.collector.add(self.opening.documents.fault(node, code, message, advice, severity=severity))


def _place(node: Node, offset: int) -> Node:
    """Return the place inside an expression, or all of it where escapes have moved its characters."""
    if not offset or not isinstance(node, Scalar) or node.end - node.start != len(node.text) + 2:
        return node
    start = min(node.start + 1 + offset, node.end - 1)
    return Scalar("", True, start, start + 1)
