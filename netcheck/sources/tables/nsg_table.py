"""NSG rules as a table: CSV from the portal, from `Export-Csv`, from a spreadsheet, one rule in a row.

Columns: Microsoft Learn, "Network security groups" (properties of a rule); `az network nsg rule list --output table`;
class `PSSecurityRule` of Azure PowerShell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from netcheck.model.names import key, last_segment
from netcheck.sources._faults import BAD_TABLE, Faults
from netcheck.sources._file_names import base_name
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Sequence, made_mapping, made_text, shorten
from netcheck.sources._plain import reference
from netcheck.sources._resources import NSG, Association, Opening, Resource
from netcheck.sources.tables.built_in import check_built_in, is_built_in
from netcheck.sources.tables.cells import Cell, CellError, find_start, first_line, split_rows
from netcheck.sources.tables.headers import find_columns, looks_like_rules
from netcheck.sources.tables.values import Cells, one_or_list

_LONGEST_HEADER = 10_000
_HIGHEST_CUSTOM = 4096
_DEFAULT_PREFIX = re.compile(r"(?:defaultSecurityRules/|DefaultRule[-_/])", re.IGNORECASE)
_RULE_ID = re.compile(r"/networkSecurityGroups/([^/]+)/(?:default)?securityRules/[^/]+\Z", re.IGNORECASE)
_NSG_ID = re.compile(r"/networkSecurityGroups/[^/]+/?\Z", re.IGNORECASE)
_LISTS = (
    "sourceAddressPrefix", "sourceAddressPrefixes", "sourcePortRange", "sourcePortRanges", "destinationAddressPrefix",
    "destinationAddressPrefixes", "destinationPortRange", "destinationPortRanges",
)  # fmt: skip
_GROUPS = ("sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups")
_OF_NSG = ("resourceGroup", "location")


def is_nsg_table(text: str) -> bool:
    """Return whether a text is a table of NSG rules, by the names in its first line."""
    start, delimiter = find_start(text)
    header = first_line(text, start)
    if not delimiter or header.count(delimiter) < 4 or len(header) > _LONGEST_HEADER:
        return False
    try:
        rows = split_rows(header, 0, delimiter)
    except CellError:
        return False
    return bool(rows) and looks_like_rules([cell.text for cell in rows[0]])


def read_nsg_table(document: Document, opening: Opening) -> list[Resource | Association]:
    """Read a table into one NSG, called as the file, or one for each name in a column of NSGs.

    Raise InputError where the text is no table or has no rules; a header alone does not say that an NSG has none.
    """
    faults = Faults(document, opening.collector)
    start, delimiter = find_start(document.text)
    try:
        rows = split_rows(document.text, start, delimiter or ",")
    except CellError as error:
        faults.fatal(faults.place(error.offset), BAD_TABLE, str(error), "write a quote inside of a cell twice")
    if len(rows) < 2:
        message = "the table has no rules: it ends with its header"
        faults.fatal(faults.place(start), BAD_TABLE, message, "leave the file out if the NSG has no rules of its own")
    return _Table(faults, rows[0], rows[1:]).read()


@dataclass(slots=True)
class _Group:
    """An NSG being gathered; `row` is its first row, `id` its resource ID if the table has it."""

    name: Scalar
    row: list[Cell]
    id: str
    rules: list[Mapping] = field(default_factory=list)
    defaults: list[Mapping] = field(default_factory=list)


class _Table:
    """The rows of one table, gathered by NSG."""

    def __init__(self, faults: Faults, header: list[Cell], rows: list[list[Cell]]) -> None:
        while len(header) > 1 and not header[-1].text:  # a delimiter at the end of the line
            header = header[:-1]
        self._faults, self._header = faults, header
        self._cells = Cells(faults)
        self._rows = [row for row in rows if self._is_whole(row)]
        self._columns = find_columns(faults, header, self._rows)
        self._groups: dict[tuple[str, str, str], _Group] = {}

    def read(self) -> list[Resource | Association]:
        """Return the NSGs in the order of the file."""
        for row in self._rows:
            self._read_row(row)
        return [self._resource(group) for group in self._groups.values()]

    def _is_whole(self, row: list[Cell]) -> bool:
        """Return whether a row has as many cells as the header; empty ones at the end do not count."""
        wanted = len(self._header)
        extra = next((cell for cell in row[wanted:] if cell.text), None)
        unnamed = next(
            (cell for name, cell in zip(self._header, row, strict=False) if cell.text and not name.text), None
        )
        if len(row) >= wanted and extra is None and unnamed is None:
            return True
        at = extra or unnamed or row[-1]
        message = f"this row has {len(row)} cells, the header has {wanted}"
        if extra is None and unnamed is not None and len(row) >= wanted:
            message = f"`{shorten(unnamed.text)}` stands in a column without a name"
        advice = "put a value that holds the delimiter into quotes"
        self._faults.error(self._faults.place(at.start, at.end), BAD_TABLE, message, advice)
        return False

    def _cell(self, row: list[Cell], name: str) -> Cell:
        index = self._columns.get(name)
        return row[index] if index is not None else Cell("", row[0].start, row[0].start)

    def _read_row(self, row: list[Cell]) -> None:
        first = next(cell for cell in row if cell.text)
        at = self._faults.place(first.start, first.end)
        entries: list[tuple[str, Node]] = []
        for name in ("name", "priority", "direction", "access", "protocol"):
            cell = self._cell(row, name)
            node = self._cells.number(cell) if name == "priority" else self._cells.text(cell)
            if node is not None:
                entries.append((name, node))
        entries += self._lists(row)
        group = self._group(row, at)
        if group is not None:
            rule = made_mapping(entries, at)
            fields = dict(entries)
            is_default = self._is_default(row, fields)
            if is_default:
                check_built_in(self._faults, _bare(reference(fields.get("name"))), fields)
            (group.defaults if is_default else group.rules).append(rule)

    def _lists(self, row: list[Cell]) -> list[tuple[str, Node]]:
        found: list[tuple[str, Node]] = []
        for name in _LISTS:
            values = self._cells.values(self._cell(row, name), is_port="Port" in name)
            if values:
                entry = one_or_list(name, values)
                both = entry[0] in (key_of for key_of, _ in found)  # two columns of one field: the reader compares them
                found.append((name, Sequence(tuple(values), values[0].start)) if both else entry)
        for name in _GROUPS:
            cell = self._cell(row, name)
            groups = self._cells.values(cell) if cell.text.casefold() != "none" else []
            if groups:
                found.append((name, Sequence(tuple(groups), groups[0].start)))
        return found

    def _is_default(self, row: list[Cell], entries: dict[str, Node]) -> bool:
        """Return whether a row is a built-in rule: the table says so, or name and priority are those of one."""
        if self._cell(row, "isDefault").text.casefold() in ("true", "yes", "1"):
            return True
        name, priority = entries.get("name"), entries.get("priority")
        if not isinstance(name, Scalar) or not isinstance(priority, Scalar):
            return False
        text = priority.text
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > _HIGHEST_CUSTOM):
            return False
        return is_built_in(_bare(name.text))

    def _group(self, row: list[Cell], at: Scalar) -> _Group | None:
        node = self._nsg_name(row, at)
        if node is None:
            self._faults.error(at, BAD_TABLE, "this row does not say which network security group it belongs to")
            return None
        place = (key(self._cell(row, "subscription").text), key(self._cell(row, "resourceGroup").text), key(node.text))
        name = last_segment(node.text) if _NSG_ID.search(node.text) else node.text
        found = _Group(node._replace(text=name), row, node.text if name != node.text else "")
        return self._groups.setdefault(place, found)

    def _nsg_name(self, row: list[Cell], at: Scalar) -> Scalar | None:
        if "nsg" in self._columns:
            return self._cells.text(self._cell(row, "nsg"))
        cell = self._cell(row, "id")
        found = _RULE_ID.search(cell.text)
        if found is not None:
            end = found.end(1)
            return self._cells.node(cell.text[:end], cell.start + found.start(1), cell.start + end)
        name = base_name(self._faults.document.file)
        return made_text(name.rpartition(".")[0] or name, at)

    def _resource(self, group: _Group) -> Resource:
        at = (group.rules or group.defaults)[0]
        entries: list[tuple[str, Node]] = [("name", group.name)]
        for name in _OF_NSG:
            node = self._cells.text(self._cell(group.row, name))
            if node is not None:
                entries.append((name, node))
        entries.append(("securityRules", Sequence(tuple(group.rules), at.start)))
        if group.defaults:
            entries.append(("defaultSecurityRules", Sequence(tuple(group.defaults), group.defaults[0].start)))
        return Resource(type=NSG, node=made_mapping(entries, at), name=group.name.text, id=group.id)


def _bare(name: str) -> str:
    """Return the name of a built-in rule without the prefixes and blanks that some views give it."""
    return _DEFAULT_PREFIX.sub("", name, count=1).replace(" ", "").casefold()
