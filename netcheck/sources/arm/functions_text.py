"""Template functions on texts: Microsoft Learn, "String functions for ARM templates"."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote, unquote

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources._json import parse_json
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Sequence, Unknown
from netcheck.sources.arm.functions import Calling, Function, as_items, as_number, as_text, function
from netcheck.sources.arm.values import first_unknown, is_symbolic, kind_of, placed, to_json, unknown_text

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9]{1,3})(?:,(-?[0-9]{1,4}))?(?::([^{}]*))?\}|[{}]")
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,19}\s*\Z")
_PRINTED_EMPTY = "how Azure prints this value as a text is not documented"


def _string(calling: Calling, arguments: list[Node]) -> Node:
    node = arguments[0]
    if isinstance(node, Scalar | Unknown):
        return calling.unknown(arguments, _PRINTED_EMPTY) if kind_of(node) == "null" else calling.joined([node])
    calling.run.spend(calling.run.weigh(node))
    text, missing = to_json(node), first_unknown([node])
    calling.run.check_text(len(text))
    return calling.text(text) if missing is None else unknown_text(text, missing.reason, calling.at)


def _concat(calling: Calling, arguments: list[Node]) -> Node:
    kinds = [kind_of(argument) for argument in arguments]
    if "array" not in kinds:
        return calling.joined(arguments)
    if any(kind not in ("array", "unknown") for kind in kinds):
        raise calling.fault("takes either texts or arrays, not both")
    if "unknown" in kinds:
        return calling.unknown(arguments)
    return calling.array(item for argument in arguments for item in as_items(argument))


def _format(calling: Calling, arguments: list[Node]) -> Node:
    """Fill in `{0}`, `{1,10}`, `{2:D3}`: the composite formatting of .NET, to which the documentation refers."""
    if isinstance(arguments[0], Unknown):
        return calling.unknown(arguments)
    pattern, pieces, position = as_text(arguments[0]), list[Node](), 0
    for found in _PLACEHOLDER.finditer(pattern):
        pieces.append(calling.text(pattern[position : found.start()]))
        position = found.end()
        pieces.append(_formatted(calling, found, arguments[1:]))
    pieces.append(calling.text(pattern[position:]))
    return calling.joined(pieces)


def _formatted(calling: Calling, found: re.Match[str], arguments: list[Node]) -> Node:
    if found[0] in ("{{", "}}"):
        return calling.text(found[0][0])
    if found[1] is None:
        raise calling.fault(f"has a stray `{found[0]}` in its pattern", "a brace that is meant literally is doubled")
    index, width, style = int(found[1]), int(found[2] or 0), found[3] or ""
    if index >= len(arguments):
        raise calling.fault(f"has `{found[0]}` in its pattern, and {len(arguments)} values to fill in")
    piece = _styled(calling, arguments[index], style)
    if isinstance(piece, Unknown) or (width and is_symbolic(as_text(piece))):
        return calling.unknown([calling.text(found[0]), piece]) if width else piece
    calling.run.check_text(abs(width))
    text = as_text(calling.joined([piece]))
    return calling.text(text.rjust(width) if width > 0 else text.ljust(-width))


def _styled(calling: Calling, node: Node, style: str) -> Node:
    kind = kind_of(node)
    if kind in ("array", "object", "float", "null"):
        return calling.unknown([node], _PRINTED_EMPTY)
    if not style or kind != "int":
        return node if not style or kind in ("string", "bool") else calling.unknown([calling.text(style), node])
    number, letter, digits = as_number(node), style[0].upper(), style[1:]
    if not re.fullmatch(r"[DXN][0-9]{0,3}", style, re.IGNORECASE) or (letter == "N" and digits != "0"):
        return calling.unknown([calling.text(style), node], f"the format `{style}` is not evaluated")
    if letter == "N":
        return calling.text(f"{number:,}")
    if letter == "X":
        printed = f"{number % 2**64:X}" if style[0] == "X" else f"{number % 2**64:x}"
        return calling.text(printed.zfill(int(digits or 0)))
    return calling.text("-" * (number < 0) + str(abs(number)).zfill(int(digits or 0)))


def _pad_left(calling: Calling, arguments: list[Node]) -> Node:
    width = as_number(arguments[1])
    filling = as_text(arguments[2]) if len(arguments) > 2 else " "
    if len(filling) != 1:
        raise calling.fault("takes one character to pad with")
    calling.run.check_text(max(0, width))
    return calling.text(as_text(arguments[0]).rjust(width, filling))


def _replace(calling: Calling, arguments: list[Node]) -> Node:
    text, old, new = map(as_text, arguments)
    if not old:
        raise calling.fault("is given an empty text to replace")
    calling.run.check_text(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return calling.text(text.replace(old, new))


def _split(calling: Calling, arguments: list[Node]) -> Node:
    if first_unknown(arguments) is not None:
        return calling.unknown(arguments)
    marks = [arguments[1]] if isinstance(arguments[1], Scalar) else list(as_items(arguments[1]))
    delimiters = [as_text(mark) for mark in marks if isinstance(mark, Scalar) and mark.text]
    text = as_text(arguments[0])
    calling.run.check_text(len(text))
    if is_symbolic(text) and delimiters != ["/"]:  # names of groups hold no slash, and may hold anything else
        return calling.unknown(arguments)
    if not delimiters:
        return calling.array([calling.text(text)])
    pattern = "|".join(map(re.escape, sorted(delimiters, key=len, reverse=True)))
    return calling.array(calling.text(part) for part in re.split(pattern, text))


def _join(calling: Calling, arguments: list[Node]) -> Node:
    if isinstance(arguments[0], Unknown) or isinstance(arguments[1], Unknown):
        return calling.unknown(arguments)
    pieces: list[Node] = []
    for item in as_items(arguments[0]):
        if isinstance(item, Mapping | Sequence) or kind_of(item) == "null":
            return calling.unknown(arguments, _PRINTED_EMPTY)
        pieces += (arguments[1], item)
    return calling.joined(pieces[1:])


def _substring(calling: Calling, arguments: list[Node]) -> Node:
    text, start = as_text(arguments[0]), as_number(arguments[1])
    length = as_number(arguments[2]) if len(arguments) > 2 else len(text) - start
    if start < 0 or length < 0 or start + length > len(text):
        raise calling.fault(f"reaches beyond the text, which has {len(text)} characters")
    return calling.text(text[start : start + length])


def _starts_with(calling: Calling, arguments: list[Node]) -> Node:
    text, part = (as_text(node).lower() for node in arguments)
    return calling.boolean(text.startswith(part))


def _ends_with(calling: Calling, arguments: list[Node]) -> Node:
    text, part = (as_text(node).lower() for node in arguments)
    return calling.boolean(text.endswith(part))


def _to_lower(calling: Calling, arguments: list[Node]) -> Node:
    return calling.text(as_text(arguments[0]).lower())


def _to_upper(calling: Calling, arguments: list[Node]) -> Node:
    return calling.text(as_text(arguments[0]).upper())


def _trim(calling: Calling, arguments: list[Node]) -> Node:
    return calling.text(as_text(arguments[0]).strip())


def _to_base64(calling: Calling, arguments: list[Node]) -> Node:
    return calling.text(base64.b64encode(as_text(arguments[0]).encode()).decode())


def _decoded(calling: Calling, text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError as error:
        raise calling.fault("is given a text that is not base64 of UTF-8") from error


def _from_base64(calling: Calling, arguments: list[Node]) -> Node:
    return calling.text(_decoded(calling, as_text(arguments[0])))


def _base64_to_json(calling: Calling, arguments: list[Node]) -> Node:
    return _parsed(calling, _decoded(calling, as_text(arguments[0])), arguments)


def _to_data_uri(calling: Calling, arguments: list[Node]) -> Node:
    encoded = base64.b64encode(as_text(arguments[0]).encode()).decode()
    return calling.text(f"data:text/plain;charset=utf8;base64,{encoded}")


def _from_data_uri(calling: Calling, arguments: list[Node]) -> Node:
    head, _, body = as_text(arguments[0]).partition(",")
    if not head.startswith("data:") or not head.endswith(";base64"):
        return calling.unknown(arguments, "a data URI of this form is not evaluated")
    return calling.text(_decoded(calling, body))


def _json(calling: Calling, arguments: list[Node]) -> Node:
    return _parsed(calling, as_text(arguments[0]), arguments)


def _parsed(calling: Calling, text: str, arguments: list[Node]) -> Node:
    """Return JSON as a value; what is no strict JSON is not known: Azure reads some of it, such as single quotes."""
    calling.run.check_text(len(text))
    collector = Collector()
    try:
        found = parse_json(Document("", text), collector)
    except InputError:
        return calling.unknown(arguments, "its text is not strict JSON")
    if collector.has_errors:
        return calling.unknown(arguments, "its text is not strict JSON")
    return _moved(found, calling)


def _moved(node: Node, calling: Calling) -> Node:
    if isinstance(node, Sequence):
        return calling.array([_moved(item, calling) for item in node.items])
    if isinstance(node, Mapping):
        return calling.object([(name.text, _moved(value, calling)) for name, value in node.entries])
    return placed(node, calling.at)


def _uri(calling: Calling, arguments: list[Node]) -> Node:
    base, relative = map(as_text, arguments)
    slash = base.rfind("/")
    if base.endswith("/") or slash <= base.find("//") + 1:
        return calling.text(base + relative)
    return calling.text(base[: slash + 1] + relative)


def _uri_component(calling: Calling, arguments: list[Node]) -> Node:
    return calling.text(quote(as_text(arguments[0]), safe="!*'()"))


def _uri_component_to_string(calling: Calling, arguments: list[Node]) -> Node:
    return calling.text(unquote(as_text(arguments[0])))


def _to_integer(calling: Calling, arguments: list[Node]) -> Node:
    node = arguments[0]
    text = as_text(node)
    if kind_of(node) == "int" or _INTEGER.match(text):
        return calling.number(int(text))
    if kind_of(node) == "float":
        return calling.unknown(arguments, "how Azure rounds this number is not documented")
    raise calling.fault("is given a text that is no whole number")


_SCALAR = "string|int|bool|float"

TEXT_FUNCTIONS: dict[str, Function] = {
    "base64": function("string", _to_base64),
    "base64tojson": function("string", _base64_to_json),
    "base64tostring": function("string", _from_base64),
    "concat": function(f"{_SCALAR}|array", _concat, is_open=True, takes_symbols=True, takes_unknown=True),
    "datauri": function("string", _to_data_uri),
    "datauritostring": function("string", _from_data_uri),
    "endswith": function("string string", _ends_with),
    "format": function("string any", _format, low=1, is_open=True, takes_symbols=True, takes_unknown=True),
    "int": function("string|int|float", _to_integer),
    "join": function("array string", _join, takes_symbols=True, takes_unknown=True),
    "json": function("string", _json, takes_symbols=True),
    "padleft": function("string|int int string", _pad_left, low=2),
    "replace": function("string string string", _replace),
    "split": function("string string|array", _split, takes_symbols=True),
    "startswith": function("string string", _starts_with),
    "string": function("any", _string, takes_symbols=True, takes_unknown=True),
    "substring": function("string int int", _substring, low=1),
    "tolower": function("string", _to_lower, takes_symbols=True),
    "toupper": function("string", _to_upper, takes_symbols=True),
    "trim": function("string", _trim, takes_symbols=True),
    "uri": function("string string", _uri),
    "uricomponent": function("string", _uri_component),
    "uricomponenttostring": function("string", _uri_component_to_string),
}
