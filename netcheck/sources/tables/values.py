"""Cells of a table of NSG rules to nodes: lists in one cell, and what spreadsheets and PowerShell make of values."""

from __future__ import annotations

import re

from netcheck.sources._faults import BAD_CELL, Faults
from netcheck.sources._nodes import Node, Scalar, Sequence, Unknown, shorten
from netcheck.sources.tables.cells import Cell

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|m\u00e4r|mrz|mai|okt|dez"
_DATE = re.compile(
    rf"(?:\d{{1,4}}[-. ]*(?:{_MONTHS})[a-z]*\.?|(?:{_MONTHS})[a-z]*\.?[- ]*\d{{1,4}}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2})(?:[ T]\d\d:\d\d(?::\d\d)?)?\Z",
    re.IGNORECASE,
)
_FLOAT = re.compile(r"(\d{1,9})\.0{1,9}\Z")
_TYPE_NAME = re.compile(r"System\.(?:Collections|Object|String)\b|Microsoft\.Azure\.\w|@\{")
_ITEM = re.compile(r"[^\s;,|\"'\[\]{}]+")
_PORT_ITEM = re.compile(r"\d+\s*[-\u2013]\s*\d+|[^\s;,|\"'\[\]{}]+")
_INSIDE = re.compile(r"[\[\]{}]")
_JOIN = "write lists with `-join ','`, or export the NSG as JSON: `az network nsg show`"


class Cells:
    """Turns cells into nodes, and reports those that hold no value any more."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def text(self, cell: Cell) -> Scalar | None:
        """Return a cell as one text, or None when it is empty."""
        if not cell.text:
            return None
        node = self.node(cell.text, cell.start, cell.end)
        if _TYPE_NAME.match(cell.text):
            message = f"`{shorten(cell.text)}` is the name of a PowerShell type, not a value"
            self._faults.error(node, BAD_CELL, message, _JOIN)
        return node

    def number(self, cell: Cell) -> Scalar | None:
        """Return a cell as one number; spreadsheets write `100` as `100.0`."""
        node = self.text(cell)
        found = _FLOAT.match(node.text) if node is not None else None
        return node._replace(text=found[1]) if node is not None and found else node

    def values(self, cell: Cell, *, is_port: bool = False) -> list[Scalar | Unknown]:
        """Return the elements of a list in one cell: `a, b`, `a; b`, `a b`, `{a, b}` or `["a", "b"]`.

        What cannot be read is an error, and an unknown in its place, so that the rule is not said to lack it.
        """
        whole = self.text(cell)
        if whole is None:
            return []
        lost = Unknown(cell.text, f"the cell holds `{shorten(cell.text)}`", whole.start, whole.end)
        if _TYPE_NAME.match(cell.text):
            return [lost]
        if is_port and _DATE.match(cell.text):
            message = f"`{shorten(cell.text)}` is a date, made by a spreadsheet from a range of ports"
            self._faults.error(whole, BAD_CELL, message, "write the range as text, such as `1-2`, and save it again")
            return [lost]
        inner = cell.text[1:-1] if cell.text[0] + cell.text[-1] in ("[]", "{}") else cell.text
        if _INSIDE.search(inner):
            message = f"`{shorten(cell.text)}` is no list of values"
            self._faults.error(whole, BAD_CELL, message, "separate values by commas, without brackets")
            return [lost]
        raw = self._faults.document.text[cell.start : cell.end]
        items = (_PORT_ITEM if is_port else _ITEM).finditer(raw)
        found = [self.node(item[0], cell.start + item.start(), cell.start + item.end()) for item in items]
        return [self._port(node) if is_port else node for node in found]

    def _port(self, node: Scalar) -> Scalar:
        text = re.sub(r"\s*[-\u2013]\s*", "-", node.text)
        found = _FLOAT.match(text)
        # As a number: `080` is what is left of `8,080`, and no port.
        return node._replace(text=found[1] if found else text, is_plain=True)

    def node(self, text: str, start: int, end: int) -> Scalar:
        """Return a text as one value, at a stretch of the file's text."""
        base = self._faults.document.base
        return Scalar(text, False, start + base, max(end, start + 1) + base)


def one_or_list(name: str, values: list[Scalar | Unknown]) -> tuple[str, Node]:
    """Return a field of a rule as Azure spells it: one value in the singular field, more in the plural one."""
    singular = name.removesuffix("es") if name.endswith("Prefixes") else name.removesuffix("s")
    if len(values) == 1:
        return singular, values[0]
    plural = f"{singular}es" if singular.endswith("Prefix") else f"{singular}s"
    return plural, Sequence(tuple(values), values[0].start)
