"""Which resource an expression of a Terraform configuration means, as far as a plan shows.

A plan does not hold expressions, only what each refers to. That is enough for a value which is not known: what is not
known can only come from a reference that is not known. So when one single resource is all an expression can have it
from, that resource is meant; anything less certain is told as such.

Semantics: Terraform documentation, "JSON Output Format", expression representation: a reference is followed by its
shorter forms (`x.y["a"].id`, `x.y["a"]`, `x.y`); an index that is computed is left out, and so is all behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, shorten
from netcheck.sources.terraform.configuration import Block, Configuration, Path, expression_at
from netcheck.sources.terraform.instances import Group, Instance, Stock, address_of, id_of
from netcheck.sources.terraform.nodes import field, texts

_DEPTH_LIMIT = 50
"""Modules through which a reference is followed."""
_LEAF_LIMIT = 100
_TOKEN = re.compile(r'\.?([^\W\d][\w-]*)|(\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\])')
_ALWAYS_KNOWN = frozenset(("count", "path", "terraform", "self"))
_OF_OTHERS = frozenset(("id", "name", "location", "resource_group_name"))


@dataclass(frozen=True, slots=True)
class Meant:
    """The resources that an expression may mean: one if `doubt` is "".

    `is_all` tells that no other resource can be meant.
    """

    instances: tuple[Instance, ...]
    doubt: str
    is_all: bool


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Where a reference ends: at a block, or an instance of it, and a field (`""`: an index hides which).

    `doubt` tells, in place of that, why it cannot be followed.
    """

    group: Group = ("", "", "", "")
    key: str = ""
    attribute: str = ""
    doubt: str = ""


class References:
    """Follows references through the modules of one configuration."""

    def __init__(self, stock: Stock, configuration: Mapping | None) -> None:
        self._stock = stock
        self._configuration = Configuration(configuration)
        self._followed: dict[tuple[str, int, str], tuple[_Leaf, ...]] = {}
        self._of_kind: dict[tuple[Group, str, str], tuple[Instance, ...]] = {}
        self._meant: dict[tuple[Group, Path, str, str], Meant] = {}

    def is_configured(self, instance: Instance, name: str) -> bool:
        """Return whether the configuration sets a field; one that only a `dynamic` block sets is not shown."""
        block = self._configuration.resource(*instance.group)
        return block is not None and field(block.expressions, name) is not None

    def meant(self, instance: Instance, path: Path, kind: str, attribute: str = "id") -> Meant:
        """Return which resources of one of Azure's types a field that is not known may mean by `attribute` of them."""
        wanted = (instance.group, path, kind, attribute)
        found = self._meant.get(wanted)
        if found is None:
            found = self._meant[wanted] = self._find(instance, path, kind, attribute)
        same = self._of_same_key(instance, path, found) if len(found.instances) > 1 and found.is_all else None
        return found if same is None else Meant((same,), "", is_all=True)

    def target(self, instance: Instance, name: str, kind: str) -> str:
        """Return the ID that a field holds or, where it is not known, that of the one resource it can mean.

        Else what stands for the field; "" where it holds no text.
        """
        node = field(instance.values, name)
        if isinstance(node, Unknown):
            meant = self.meant(instance, (name,), kind)
            return node.text if meant.doubt else id_of(meant.instances[0])
        return node.text if isinstance(node, Scalar) else ""

    def _of_same_key(self, instance: Instance, path: Path, meant: Meant) -> Instance | None:
        """Return the instance of the other block that has the key of this one, for `x.y[each.key]` and `[count.index]`.

        A plan shows that expression as the block and the key, and nothing else. Another one of the two that means
        another instance could be made up (a condition on the key); people do not write it.
        """
        block = self._configuration.resource(*instance.group)
        references = _references(expression_at(block.expressions, path)) if block is not None else []
        index = "each.key" if instance.key.startswith('["') else "count.index"
        heads = _heads(references)
        if not instance.key or len(heads) != 2 or index not in heads:
            return None
        other = next((head for head in heads if head != index), "")
        if len(_tokens(other)) != (3 if other.startswith("data.") else 2):
            return None
        found = [one for one in meant.instances if one.key == instance.key]
        groups = {one.group for one in meant.instances}
        if len(found) != 1 or len(groups) != 1:
            return None
        # `[count.index + 1]` shows as `[count.index]` does; it leads beyond the end where there are equally many.
        own = len(self._stock.of_block(instance.group, ""))
        return found[0] if index == "each.key" or own == len(meant.instances) else None

    def _find(self, instance: Instance, path: Path, kind: str, attribute: str) -> Meant:
        if self._configuration.is_empty:
            return Meant((), "the file holds no configuration that would say what is meant", is_all=False)
        block = self._configuration.resource(*instance.group)
        expression = expression_at(block.expressions, path) if block is not None else None
        if block is None or expression is None:
            return Meant((), "the plan does not show the expression", is_all=False)
        return self._sorted(self._leaves(expression, instance.module, block, 0), kind, attribute)

    def _sorted(self, leaves: Iterable[_Leaf], kind: str, attribute: str) -> Meant:
        """Tell what the leaves have in common: one resource, several, or something that cannot be followed."""
        parts: dict[tuple[Group, str], tuple[Instance, ...]] = {}
        doubts: list[str] = []
        for leaf in leaves:
            right = () if leaf.doubt else self._right(leaf.group, leaf.key, kind)
            if leaf.doubt:
                doubts.append(leaf.doubt)
            elif right and leaf.attribute in ("", attribute):
                parts[leaf.group, leaf.key] = right
            elif right or leaf.attribute not in _OF_OTHERS or not self._stock.of_block(leaf.group, leaf.key):
                doubts.append(f"it depends on `{shorten(_shown(leaf))}`")
        found = _united(list(parts.values()))
        if not doubts and len(found) == 1:
            return Meant(found, "", is_all=True)
        doubts += [f"which of {len(found)} resources is meant is not certain" if found else "no reference leads to it"]
        return Meant(found, doubts[0], is_all=bool(found) and len(doubts) == 1)

    def _right(self, group: Group, index: str, kind: str) -> tuple[Instance, ...]:
        """Return the instances of a block that are of a type of Azure's; asked for once by each block that refers."""
        found = self._of_kind.get((group, index, kind))
        if found is None:
            instances = self._stock.of_block(group, index)
            found = self._of_kind[group, index, kind] = tuple(one for one in instances if one.azure_type == kind)
        return found

    def _leaves(self, expression: Node, module: str, block: Block, depth: int) -> tuple[_Leaf, ...]:
        """Return where the references of an expression end; none when it refers to nothing that may be unknown."""
        found: dict[_Leaf, None] = {}
        for head in _heads(_references(expression)):
            found.update(dict.fromkeys(self._follow(head, module, block, depth)))
            if len(found) > _LEAF_LIMIT:
                return (_Leaf(doubt="it refers to too many things"),)
        return tuple(found)

    def _follow(self, head: str, module: str, block: Block, depth: int) -> tuple[_Leaf, ...]:
        place = (module, id(block.node), head)
        found = self._followed.get(place)
        if found is not None:
            return found
        if depth > _DEPTH_LIMIT:
            return (_Leaf(doubt=f"`{shorten(head)}` leads through too many modules"),)
        self._followed[place] = (_Leaf(doubt=f"`{shorten(head)}` leads back to itself"),)
        found = self._followed[place] = self._step(head, _tokens(head), module, block, depth + 1)
        return found

    def _step(self, head: str, tokens: list[str], module: str, block: Block, depth: int) -> tuple[_Leaf, ...]:
        first, second = (*tokens, "", "")[:2]
        if first in _ALWAYS_KNOWN or (first, second) == ("each", "key"):
            return ()
        if first == "each" and second == "value":
            over = field(block.node, "for_each_expression")
            return _below(self._leaves(over, module, block, depth), tokens[2:]) if over is not None else ()
        if first == "var":
            return self._variable(second, tokens[2:], module, depth)
        if first == "module":
            return self._output(head, tokens, module, depth)
        if first == "data":
            return _resource(module, "data", tokens[1:])
        if first in ("local", "each", "", "ephemeral"):
            return (_Leaf(doubt=f"it depends on `{shorten(head)}`, which a plan does not show"),)
        return _resource(module, "managed", tokens)

    def _variable(self, name: str, tail: list[str], module: str, depth: int) -> tuple[_Leaf, ...]:
        """Follow a variable to what the caller of the module gives; those of the root module are always known."""
        if not module:
            return ()
        call = self._configuration.call(module)
        if call is None:
            return (_Leaf(doubt=f"the plan does not show who calls `{shorten(module)}`"),)
        expression = field(call.expressions, name)
        if expression is None:  # its default, which is a constant
            return ()
        return _below(self._leaves(expression, call.module, call, depth), tail)

    def _output(self, head: str, tokens: list[str], module: str, depth: int) -> tuple[_Leaf, ...]:
        name, rest = "".join(tokens[1:2]), tokens[2:]
        index = rest.pop(0) if rest and rest[0].startswith("[") else ""
        child = ".".join(part for part in (module, "module", f"{name}{index}") if part)
        call = self._configuration.call(child)
        if call is None or not rest:
            return (_Leaf(doubt=f"which output of which `{shorten(head)}` is meant is not certain"),)
        output = self._configuration.output(child, rest[0])
        if output is None:
            return (_Leaf(doubt=f"the plan does not show `{shorten(head)}`"),)
        return _below(self._leaves(output, child, call, depth), rest[1:])


def _references(expression: Node | None) -> list[str]:
    return texts(field(expression, "references")) if isinstance(expression, Mapping) else []


def _united(parts: list[tuple[Instance, ...]]) -> tuple[Instance, ...]:
    if len(parts) == 1:
        return parts[0]
    return tuple({one.address: one for part in parts for one in part}.values())


def _resource(module: str, mode: str, tokens: list[str]) -> tuple[_Leaf, ...]:
    kind, label = (*tokens, "", "")[:2]
    rest = tokens[2:]
    index = rest.pop(0) if rest and rest[0].startswith("[") else ""
    return (_Leaf((module, mode, kind, label), index, ".".join(rest)),)


def _below(leaves: tuple[_Leaf, ...], tail: list[str]) -> tuple[_Leaf, ...]:
    """Return the leaves of a variable, output or `each.value`, seen through what stands behind it.

    An index into it may choose among what it holds, so it settles nothing; a name is a field of the resource where that
    was handed over whole. An object built from fields (`{x = a.id}`, then `.x`) keeps the field it was.
    """
    names = ".".join(token for token in tail if not token.startswith("["))
    return tuple(leaf if leaf.doubt or leaf.attribute else _Leaf(leaf.group, leaf.key, names) for leaf in leaves)


def _shown(leaf: _Leaf) -> str:
    start = f"{address_of(leaf.group)}{leaf.key}"
    return f"{start}.{leaf.attribute}" if leaf.attribute else start


def _tokens(reference: str) -> list[str]:
    return [name or index for name, index in _TOKEN.findall(reference)]


def _heads(references: list[str]) -> list[str]:
    """Return the references without the shorter forms that follow each."""
    heads: list[str] = []
    last, is_open = "", False
    for reference in references:
        is_shorter = is_open and len(reference) < len(last) and last.startswith(reference)
        if not (is_shorter and last[len(reference)] in ".["):
            heads.append(reference)
        # The shorter forms of a module's output end with the call; a call in its own right may follow.
        is_open = not (is_shorter and _is_call(reference))
        last = reference
    return heads


def _is_call(reference: str) -> bool:
    tokens = _tokens(reference)
    return tokens[:1] == ["module"] and all(token.startswith("[") for token in tokens[2:])
