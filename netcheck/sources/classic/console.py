"""What `Get-AzureNetworkSecurityGroup -Detailed` prints on a console: NSGs, each with tables of fixed columns.

Shape: the format file of the Azure service management cmdlets; "Create NSGs (classic) in PowerShell" (printed example).
Column places are taken from the header, since the width of the window decides how far the tables are indented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from netcheck.sources._faults import INCOMPLETE, NOT_KNOWN, Faults
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Unknown, shorten
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources.classic.columns import (
    FIELDS,
    HEADER_WORDS,
    Columns,
    Piece,
    find_columns,
    joined,
    joined_words,
)
from netcheck.sources.classic.rules import DETAILED, classic_nsg, classic_rule, no_rules

_LINE = re.compile(r"([^\r\n]*)(\r\n?|\n|\Z)")
_KEY = re.compile(r"[ \t]*(Name|Location|Label|Rules) *:(?: (.*))?\Z")
_TYPE = re.compile(r"[ \t]*Type: *(\S+)[ \t]*\Z")
_DASHES = re.compile(r"[ \t]*-[- \t]*\Z")
_TALK = re.compile(r"[ \t]*(?:PS(?: [^>\r\n]{0,300})?>|VERBOSE:|WARNING:)")
_CUT = re.compile(r"\.\.\.|\u2026")
_LOOKS = re.compile(
    r"^[ \t]*Name[ \t]+Priority[ \t]+Action[ \t]+Source Address|"
    r"^[ \t]*Name {1,10}: .*\r?\n[ \t]*(?:Location|Label) {1,10}:.*\r?\n[ \t]*(?:Location|Label) {1,10}:",
    re.MULTILINE,
)
_HIGHEST_CUSTOM = 4096


def is_classic_console(text: str) -> bool:
    """Return whether a text is console output of the classic cmdlet: fields of an NSG, or the header of its rules."""
    return _LOOKS.search(text[:1_000_000]) is not None


def read_classic_console(document: Document, opening: Opening) -> list[Resource | Association]:
    """Read the NSGs of a console listing.

    A listing that was cut off, on the right or at the end, is an error. The console does not tell built-in rules from
    others: those with priorities over 4096, which no other rule can have, are the built-in ones.
    """
    reader = _Console(Faults(document, opening.collector))
    for found in _LINE.finditer(document.text):
        if found.start() < len(document.text):
            reader.line(found[1], found.start())
    return reader.finish()


@dataclass(slots=True)
class _Group:
    """An NSG being read. `rules_at` is the place of its line `Rules`, if it has one."""

    name: Scalar
    location: Scalar | None = None
    rules_at: Scalar | None = None
    rules: list[tuple[Mapping, bool]] = field(default_factory=list)
    complete: set[str] = field(default_factory=set)
    was_cut: bool = False


class _Console:
    """Line after line: what is open is an NSG, in it a direction, in it a table, in it a rule."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._found: list[Resource | Association] = []
        self._group: _Group | None = None
        self._key = ""
        self._direction: Scalar | None = None
        self._columns: Columns | None = None
        self._is_heading = False
        self._rule: list[tuple[list[Piece], int]] = []

    def line(self, text: str, start: int) -> None:
        """Read one line, which begins at an offset of the text."""
        if not text.strip():
            self._end_rule()
        elif (found := _KEY.match(text)) is not None:
            self._begin(found, start)
        elif (found := _TYPE.match(text)) is not None:
            self._end_rule()
            self._columns = None
            self._key = ""
            self._direction = self._scalar(found[1], start + found.start(1))
        elif (columns := find_columns(text)) is not None:
            self._end_rule()
            self._columns, self._is_heading = columns, True
        elif _TALK.match(text):
            self._end_rule()
            self._columns = None
        elif self._columns is not None:
            self._row(text, start)
        else:
            self._other(text, start)

    def finish(self) -> list[Resource | Association]:
        """Return the NSGs."""
        self._end_group()
        return self._found

    def _scalar(self, text: str, start: int) -> Scalar:
        base = self._faults.document.base
        return Scalar(text, False, start + base, start + base + max(1, len(text)))

    def _whole(self, text: str, start: int) -> Scalar:
        """Return a line without the blanks around it."""
        return self._scalar(text.strip(), start + len(text) - len(text.lstrip()))

    def _begin(self, found: re.Match[str], start: int) -> None:
        self._end_rule()
        self._columns = None
        name, value = found[1], (found[2] or "").strip()
        node = self._scalar(value, start + (found.start(2) if found[2] else found.start(1)))
        self._key = name
        if name == "Name":
            self._end_group()
            self._group = _Group(node)
            if not value:
                self._faults.error(node, INCOMPLETE, "a network security group lacks its name", DETAILED)
        elif self._group is None:
            self._faults.error(node, INCOMPLETE, f"`{name}` stands before the name of its group", DETAILED)
        elif name == "Location":
            self._group.location = node if value else None
        elif name == "Rules":
            self._group.rules_at = node
            if value:
                message = f"the rules of `{shorten(self._group.name.text)}` are only named: `{shorten(value)}`"
                self._faults.error(node, INCOMPLETE, message, DETAILED)
                self._group.was_cut = True

    def _other(self, text: str, start: int) -> None:
        """Read a line outside of all tables."""
        node = self._whole(text, start)
        if self._key == "Label" and text[0].isspace():
            return  # a long label goes on; it decides nothing
        if self._direction is not None or self._key:
            message = f"`{shorten(node.text)}` is neither the header of a table of rules nor a rule"
            self._faults.error(node, INCOMPLETE, message, f"make the window wider, or {DETAILED}")
        else:
            self._faults.warning(node, NOT_KNOWN, f"line `{shorten(node.text)}` is not known and is left out")

    def _row(self, text: str, start: int) -> None:
        pieces = self._columns.pieces(text) if self._columns is not None else None
        if self._is_heading and _DASHES.match(text):
            return
        if pieces is None:
            self._end_rule()
            node = self._whole(text, start)
            message = "this line does not keep to the columns of the table's header"
            self._faults.error(node, INCOMPLETE, message, f"give the listing as it was printed, or {DETAILED}")
            return
        if self._is_heading and not pieces[0].text and all(piece.text.strip() in HEADER_WORDS for piece in pieces):
            return
        self._is_heading = False
        if pieces[1].text:
            self._end_rule()
            self._rule = [(pieces, start)]
        elif self._rule:
            self._rule.append((pieces, start))
        else:
            node = self._whole(text, start)
            self._faults.error(node, INCOMPLETE, "this line goes on with a rule whose beginning is missing", DETAILED)

    def _end_rule(self) -> None:
        lines, self._rule = self._rule, []
        if not lines:
            return
        at = Mapping((), self._scalar("", lines[0][1] + lines[0][0][0].start).start)
        if self._group is None or self._direction is None:
            self._faults.error(at, INCOMPLETE, "a rule without its network security group or its direction", DETAILED)
            return
        given: dict[str, Node] = {"Type": self._direction}
        for index, name in enumerate(FIELDS):
            cell = self._cell(name, [(pieces[index], start) for pieces, start in lines])
            if cell is not None:
                given[name] = cell
        priority = given.get("Priority")
        text = priority.text if isinstance(priority, Scalar) else ""
        is_default = text.isascii() and text.isdigit() and len(text) < 10 and int(text) > _HIGHEST_CUSTOM
        if is_default:
            self._group.complete.add(self._direction.text.casefold())
            given["IsDefault"] = self._scalar("true", lines[0][1])
        self._group.rules.append(classic_rule(self._faults, given, at))

    def _cell(self, name: str, lines: list[tuple[Piece, int]]) -> Scalar | None:
        used = [(piece, start) for piece, start in lines if piece.text.strip()]
        if not used:
            return None
        pieces = [piece for piece, _ in used]
        if name == "Name":
            text, is_doubtful = joined_words(pieces)
        else:
            value, is_doubtful = joined(pieces), False
            text = value if value is not None else " ".join(piece.text for piece in pieces)
        node = self._scalar(pieces[0].text, used[0][1] + pieces[0].start)._replace(text=text)
        if _CUT.search(text):
            self._faults.error(node, INCOMPLETE, f"`{shorten(text)}` was cut off by the console", DETAILED)
        elif name != "Name" and value is None:
            message = f"`{shorten(text)}` goes on in a second line, although the first one had room left"
            self._faults.error(node, INCOMPLETE, message, f"give the listing as it was printed, or {DETAILED}")
        elif is_doubtful:
            message = f"the name `{shorten(text)}` fills its column; it is read without a blank where the line ends"
            self._faults.warning(node, NOT_KNOWN, message, DETAILED)
        return node

    def _end_group(self) -> None:
        self._end_rule()
        group, self._group = self._group, None
        self._direction, self._columns = None, None
        if group is None or not group.name.text:
            return
        label = shorten(group.name.text)
        rules: list[tuple[Mapping, bool]] | Unknown = group.rules
        if group.rules_at is None and not group.rules:
            reason = f"the listing of network security group `{label}` has no rules (it was made without `-Detailed`)"
            rules = no_rules(group.name.text, reason, group.name)
        elif not group.was_cut:
            self._check_end(group, label)
        at = group.rules_at or group.name
        self._found.append(classic_nsg(group.name, group.name, rules, at, location=group.location))

    def _check_end(self, group: _Group, label: str) -> None:
        """Refuse a listing that ends before the built-in rules, which are the last ones of both directions."""
        for direction in ("inbound", "outbound"):
            if direction not in group.complete:
                message = (
                    f"the {direction} rules of `{label}` do not end with the built-in ones: the listing was cut off"
                )
                self._faults.error(group.rules_at or group.name, INCOMPLETE, message, DETAILED)
