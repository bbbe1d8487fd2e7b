"""Rules as separated text: CSV of `Export-FirewallRules` and the like, and what the console's "Export List" writes.

Format: RFC 4180, with `;` or a tab in place of the comma too. The console names its columns in the language of Windows
and writes inbound and outbound rules to two files, of which only the inbound one shows what it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice

from netcheck.sources.windows.part import COLLECT, EFFECTIVE_RULES, Faults, Part, shorten
from netcheck.sources.windows.table import PROPERTIES, WITHOUT_EFFECT, hidden, lacking, rule_of

_DELIMITERS = (";", ",", "\t")
_CONSOLE = {
    "name": "displayName",
    "override": "overrideBlockRules",
    "local address": "localAddress",
    "remote address": "remoteAddress",
    "local port": "localPort",
    "remote port": "remotePort",
    "authorized users": "remoteUser",
    "authorized computers": "remoteMachine",
    "authorized local principals": "localUser",
    "local user owner": "owner",
    "application package": "package",
}
_CONSOLE_WORDS = {
    "local subnet": "LocalSubnet",
    "rpc dynamic ports": "RPC",
    "rpc endpoint mapper": "RPCEPMap",
    "dns servers": "DNS",
    "dhcp servers": "DHCP",
    "wins servers": "WINS",
    "default gateway": "DefaultGateway",
}
_TABLE_WORDS = frozenset(("direction", "action", "enabled", "profile", "program", "protocol"))


def delimiter_of(header: str) -> str:
    """Return what separates the columns of a table of rules, "" where a line is no header of one."""
    for delimiter in _DELIMITERS:
        names = {cell.strip().strip('"').casefold() for cell in header.split(delimiter)}
        if len(names & _TABLE_WORDS) >= 3:
            return delimiter
    return ""


def read_delimited(text: str, delimiter: str, faults: Faults) -> Part:
    """Read the rows of a table of rules."""
    part = Part(faults.path, EFFECTIVE_RULES)
    rows = _rows(text, delimiter, faults)
    header = [cell.strip() for _, row in islice(rows, 1) for cell in row]
    columns = _Columns(header, faults)
    if not columns.is_usable(faults):
        return part
    silent = hidden(columns.given, faults)
    for line, row in rows:
        at = faults.at(line)
        if len(row) < len(header) or any(cell.strip() for cell in row[len(header) :]):
            message = f"a row has {len(row)} cells, and the header {len(header)}: the file is cut off"
            faults.unreadable(message, at)
            continue
        more = [f"{name}: {row[place]}" for place, name in columns.others.items() if row[place].strip()]
        part.rules.append(rule_of(columns.cells(row), at, ", ".join(filter(None, (silent, *more)))))
    if not part.rules:
        faults.malformed("no rules in it", None, COLLECT)
    return part


def _rows(text: str, delimiter: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        faults.unreadable(f"the table is cut off or broken: {error}", faults.at(start), COLLECT)


class _Columns:
    """The columns of a table: what they hold by their place, and those that are not known."""

    def __init__(self, header: list[str], faults: Faults) -> None:
        folded = [cell.casefold() for cell in header]
        self._is_console = bool(set(folded) & (set(_CONSOLE) - {"name", "override"}))
        known = {**PROPERTIES, **(_CONSOLE if self._is_console else {})}
        self._places: dict[int, str] = {}
        self._direction = ""
        self.others: dict[int, str] = {}
        for place, cell in enumerate(folded):
            name = known.get(cell, "")
            if name and name in self._places.values():
                faults.malformed(f"two columns are called `{shorten(header[place])}`", faults.at(1))
            elif name:
                self._places[place] = name
            elif cell and cell not in WITHOUT_EFFECT:
                self.others[place] = header[place]
                faults.open(f"the column `{shorten(header[place])}` is not known", faults.at(1))
        # Only inbound rules can override blocks and be restricted to users at the other end.
        is_inbound = self._is_console and {"override", "authorized users"} <= set(folded)
        self._direction = "Inbound" if is_inbound and "direction" not in self.given else ""

    @property
    def given(self) -> set[str]:
        """The properties that the table has."""
        return {*self._places.values(), *(("direction",) if self._direction else ())}

    def is_usable(self, faults: Faults) -> bool:
        """Return whether rules can be read from the columns; collect an error where they cannot."""
        if self._is_console and "direction" not in self.given:
            faults.malformed("the list does not say whether its rules are inbound or outbound", faults.at(1), COLLECT)
            return False
        return not lacking(self.given, faults, faults.at(1))

    def cells(self, row: list[str]) -> dict[str, tuple[str, ...]]:
        """Return the cells of a row by property."""
        cells: dict[str, tuple[str, ...]] = {
            name: (_word(row[place], is_console=self._is_console),) for place, name in self._places.items()
        }
        if self._direction:
            cells["direction"] = (self._direction,)
        return cells


def _word(text: str, *, is_console: bool) -> str:
    if not is_console:
        return text
    return ", ".join(_CONSOLE_WORDS.get(part.strip().casefold(), part.strip()) for part in text.split(","))
