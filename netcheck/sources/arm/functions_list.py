"""Template functions on arrays and objects.

Semantics: Microsoft Learn, "Array functions for ARM templates" and "Object functions for ARM templates".
"""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown
from netcheck.sources.arm.functions import Calling, Function, as_entries, as_items, as_number, as_text, function
from netcheck.sources.arm.values import given_parts, is_given, is_same, is_symbolic, kind_of

_LONGEST_RANGE = 10_000
_NULL_MERGED = "whether null overwrites a value in `union` is not documented"
_UNSORTED = "in which order Azure sorts these names is not documented"


def _array(calling: Calling, arguments: list[Node]) -> Node:
    return arguments[0] if isinstance(arguments[0], Sequence) else calling.array(arguments)


def _create_array(calling: Calling, arguments: list[Node]) -> Node:
    return calling.array(arguments)


def _create_object(calling: Calling, arguments: list[Node]) -> Node:
    names, values = arguments[::2], arguments[1::2]
    if len(names) != len(values):
        raise calling.fault("takes names and values in pairs")
    if any(kind_of(name) not in ("string", "unknown") for name in names):
        raise calling.fault("takes a text for each name")
    if not all(map(is_given, names)):
        return calling.unknown(arguments)
    if len({key(as_text(name)) for name in names}) < len(names):
        raise calling.fault("is given one name twice")
    return calling.object((as_text(name), value) for name, value in zip(names, values, strict=True))


def _contains(calling: Calling, arguments: list[Node]) -> Node:
    container, item = arguments
    if isinstance(container, Unknown) or isinstance(item, Unknown):
        return calling.unknown(arguments)
    if isinstance(container, Sequence):
        found = _find(calling, container.items, item)
        return calling.unknown(arguments) if found is None else calling.boolean(found)
    if not isinstance(item, Scalar):
        raise calling.fault("looks for a text in a text or object")
    if isinstance(container, Mapping):
        return calling.boolean(calling.run.field(container, item.text) is not None)
    if is_symbolic(container.text) or is_symbolic(item.text):
        is_there = item.text in given_parts(container.text)
        return calling.boolean(True) if is_there else calling.unknown(arguments)
    return calling.boolean(item.text in container.text)


def _find(calling: Calling, items: Iterable[Node], wanted: Node) -> bool | None:
    result: bool | None = False
    for item in items:
        calling.run.spend(1 if isinstance(item, Scalar) else calling.run.weigh(item))
        found = is_same(item, wanted)
        if found:
            return True
        result = None if found is None else result
    return result


def _empty(calling: Calling, arguments: list[Node]) -> Node:
    return calling.boolean(_length_of(arguments[0]) == 0)


def _length_of(node: Node) -> int:
    if isinstance(node, Mapping):
        return len(node.children) // 2
    if isinstance(node, Sequence):
        return len(node.items)
    return 0 if kind_of(node) == "null" else len(as_text(node))


def _length(calling: Calling, arguments: list[Node]) -> Node:
    node = arguments[0]
    if isinstance(node, Scalar) and is_symbolic(node.text):
        return calling.unknown(arguments)
    return calling.number(_length_of(node))


def _first(calling: Calling, arguments: list[Node]) -> Node:
    return _at(calling, arguments, 0)


def _last(calling: Calling, arguments: list[Node]) -> Node:
    return _at(calling, arguments, -1)


def _at(calling: Calling, arguments: list[Node], index: int) -> Node:
    node = arguments[0]
    if isinstance(node, Sequence):
        return node.items[index] if node.items else calling.unknown(arguments, "the array is empty")
    text = as_text(node)
    if is_symbolic(text):
        return calling.unknown(arguments)
    return calling.text(text[index] if text else "")


def _skip(calling: Calling, arguments: list[Node]) -> Node:
    return _part(calling, arguments, slice(max(0, as_number(arguments[1])), None))


def _take(calling: Calling, arguments: list[Node]) -> Node:
    return _part(calling, arguments, slice(max(0, as_number(arguments[1]))))


def _part(calling: Calling, arguments: list[Node], part: slice) -> Node:
    node = arguments[0]
    if isinstance(node, Sequence):
        return calling.array(node.items[part])
    return calling.unknown(arguments) if is_symbolic(as_text(node)) else calling.text(as_text(node)[part])


def _flatten(calling: Calling, arguments: list[Node]) -> Node:
    found: list[Node] = []
    for item in as_items(arguments[0]):
        if isinstance(item, Unknown):
            return calling.unknown(arguments)
        if not isinstance(item, Sequence):
            raise calling.fault("takes an array of arrays")
        found += item.items
        calling.run.spend(len(item.items))
    return calling.array(found)


def _range(calling: Calling, arguments: list[Node]) -> Node:
    start, count = map(as_number, arguments)
    if not 0 <= count <= _LONGEST_RANGE or start + count > 2**31 - 1:
        raise calling.fault(f"takes a count from 0 to {_LONGEST_RANGE}, not {count}")
    return calling.array(calling.number(number) for number in range(start, start + count))


def _union(calling: Calling, arguments: list[Node]) -> Node:
    if _are_arrays(calling, arguments):
        return _united_arrays(calling, arguments)
    result = arguments[0]
    for argument in arguments[1:]:
        result = _merged(calling, result, argument)
    return result


def _are_arrays(calling: Calling, arguments: list[Node]) -> bool:
    """Return whether all arguments are arrays; raise ArmError unless otherwise all are objects."""
    if all(isinstance(argument, Sequence) for argument in arguments):
        return True
    if not all(isinstance(argument, Mapping) for argument in arguments):
        raise calling.fault("takes either arrays or objects, not both")
    return False


def _united_arrays(calling: Calling, arguments: list[Node]) -> Node:
    found: list[Node] = []
    others: list[Node] = []  # what only a look at each of them can tell from the next one
    texts: set[tuple[str, bool]] = set()
    for item in (item for argument in arguments for item in as_items(argument)):
        is_text = isinstance(item, Scalar) and not is_symbolic(item.text)
        if isinstance(item, Scalar) and (item.text, item.is_plain) in texts:
            continue
        is_there = _find(calling, others if is_text else found, item)
        if is_there is None:
            return calling.unknown(arguments)
        if is_there:
            continue
        found.append(item)
        if isinstance(item, Scalar):
            texts.add((item.text, item.is_plain))
        if not is_text:
            others.append(item)
    return calling.array(found)


def _merged(calling: Calling, first: Node, second: Node) -> Node:
    """Merge objects; objects inside of them too, arrays not. Whether null overwrites is not documented."""
    is_open = isinstance(first, Unknown) and isinstance(second, Mapping)
    if is_open or (kind_of(second) == "null" and kind_of(first) != "null"):
        return calling.unknown([first, second], "" if is_open else _NULL_MERGED)
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return second
    entries = {key(name.text): (name.text, value) for name, value in first.entries}
    for name, value in second.entries:
        spelled, known = entries.get(key(name.text), (name.text, None))
        entries[key(name.text)] = (spelled, value if known is None else _merged(calling, known, value))
    calling.run.spend(len(entries))
    return calling.object(entries.values())


def _intersection(calling: Calling, arguments: list[Node]) -> Node:
    if _are_arrays(calling, arguments):
        return _common_items(calling, arguments)
    kept: list[tuple[str, Node]] = []
    for name, value in as_entries(arguments[0]):
        others = [calling.run.field(other, name.text) for other in arguments[1:] if isinstance(other, Mapping)]
        answers = [False if other is None else _find(calling, [other], value) for other in others]
        if False not in answers and None in answers:
            return calling.unknown(arguments)
        if all(answers):
            kept.append((name.text, value))
    return calling.object(kept)


def _common_items(calling: Calling, arguments: list[Node]) -> Node:
    kept: list[Node] = []
    for item in as_items(arguments[0]):
        answers = [_find(calling, as_items(other), item) for other in arguments[1:]]
        if False not in answers and None in answers:
            return calling.unknown(arguments)
        if all(answers) and not _find(calling, kept, item):
            kept.append(item)
    return calling.array(kept)


def _items(calling: Calling, arguments: list[Node]) -> Node:
    entries = {name.text: value for name, value in as_entries(arguments[0])}
    names = _by_alphabet(entries)
    if names is None:
        return calling.unknown(arguments, _UNSORTED)
    return calling.array([calling.object([("key", calling.text(name)), ("value", entries[name])]) for name in names])


def _object_keys(calling: Calling, arguments: list[Node]) -> Node:
    names = _by_alphabet(name.text for name, _ in as_entries(arguments[0]))
    if names is None:
        return calling.unknown(arguments, _UNSORTED)
    return calling.array([calling.text(name) for name in names])


def _by_alphabet(names: Iterable[str]) -> list[str] | None:
    """Return names by alphabet, or None where alphabets differ: on marks beside letters, and on hyphens."""
    found = sorted(names, key=str.lower)
    is_clear = found == sorted(found, key=str.upper) == sorted(found, key=lambda name: name.lower().replace("-", ""))
    return found if is_clear else None


def _shallow_merge(calling: Calling, arguments: list[Node]) -> Node:
    entries: dict[str, tuple[str, Node]] = {}
    for item in as_items(arguments[0]):
        if isinstance(item, Unknown):
            return calling.unknown(arguments)
        if not isinstance(item, Mapping):
            raise calling.fault("takes an array of objects")
        for name, value in item.entries:
            entries[key(name.text)] = (entries.get(key(name.text), (name.text, value))[0], value)
        calling.run.spend(len(entries))
    return calling.object(entries.values())


def _try_get(calling: Calling, arguments: list[Node]) -> Node:
    node = arguments[0]
    for index in arguments[1:]:
        if isinstance(node, Unknown) or isinstance(index, Unknown):
            return calling.unknown([node, *arguments[1:]])
        found: Node | None = None
        if isinstance(node, Mapping) and kind_of(index) == "string":
            found = calling.run.field(node, as_text(index))
        elif isinstance(node, Sequence) and kind_of(index) == "int":
            found = node.items[as_number(index)] if 0 <= as_number(index) < len(node.items) else None
        if found is None:
            return calling.null()
        node = found
    return node


def _index_from_end(calling: Calling, arguments: list[Node]) -> Node:
    found = _try_index_from_end(calling, arguments)
    if not 1 <= as_number(arguments[1]) <= len(as_items(arguments[0])):
        raise calling.fault(f"asks for element {as_text(arguments[1])} of {len(as_items(arguments[0]))} from the end")
    return found


def _try_index_from_end(calling: Calling, arguments: list[Node]) -> Node:
    items, index = as_items(arguments[0]), as_number(arguments[1])
    return items[-index] if 1 <= index <= len(items) else calling.null()


def _index_of(calling: Calling, arguments: list[Node]) -> Node:
    return _index(calling, arguments, is_last=False)


def _last_index_of(calling: Calling, arguments: list[Node]) -> Node:
    return _index(calling, arguments, is_last=True)


def _index(calling: Calling, arguments: list[Node], *, is_last: bool) -> Node:
    """Find an element, or a text in a text without regard to letter case."""
    container, item = arguments
    if isinstance(container, Scalar):
        if kind_of(item) != "string" or is_symbolic(container.text) or is_symbolic(as_text(item)):
            return calling.unknown(arguments)
        text, part = container.text.lower(), as_text(item).lower()
        if len(text) != len(container.text):
            return calling.unknown(arguments, "its letters change their number with their case")
        return calling.number(text.rfind(part) if is_last else text.find(part))
    indexes = range(len(as_items(container)))
    for index in reversed(indexes) if is_last else indexes:
        found = _find(calling, [as_items(container)[index]], item)
        if found is None:
            return calling.unknown(arguments)
        if found:
            return calling.number(index)
    return calling.number(-1)


_WITH_LENGTH = "array|string|object"

LIST_FUNCTIONS: dict[str, Function] = {
    "array": function("any", _array, takes_symbols=True),
    "contains": function(f"{_WITH_LENGTH} any", _contains, takes_symbols=True, takes_unknown=True),
    "createarray": function("any", _create_array, low=0, is_open=True, takes_symbols=True, takes_unknown=True),
    "createobject": function("any", _create_object, low=0, is_open=True, takes_symbols=True, takes_unknown=True),
    "empty": function(f"{_WITH_LENGTH}|null", _empty, takes_symbols=True),
    "first": function("array|string", _first, takes_symbols=True),
    "flatten": function("array", _flatten),
    "indexfromend": function("array int", _index_from_end),
    "indexof": function("array|string any", _index_of, takes_symbols=True),
    "intersection": function("array|object", _intersection, low=2, is_open=True),
    "items": function("object", _items),
    "last": function("array|string", _last, takes_symbols=True),
    "lastindexof": function("array|string any", _last_index_of, takes_symbols=True),
    "length": function(_WITH_LENGTH, _length, takes_symbols=True),
    "objectkeys": function("object", _object_keys),
    "range": function("int int", _range),
    "shallowmerge": function("array", _shallow_merge),
    "skip": function("array|string int", _skip, takes_symbols=True),
    "take": function("array|string int", _take, takes_symbols=True),
    "tryget": function("any any", _try_get, is_open=True, takes_symbols=True, takes_unknown=True),
    "tryindexfromend": function("array int", _try_index_from_end),
    "union": function("array|object", _union, low=1, is_open=True),
}
