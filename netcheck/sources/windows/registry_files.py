"""The text of `reg export` and of `reg query`: keys and values, not yet what they mean.

Formats: "Registry Editor" files of version 5 and 4 (Microsoft Support, "How to add, modify, or delete registry subkeys
and values by using a .reg file"), and what `reg query KEY /s` prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netcheck.sources.windows.part import Faults, is_cut_line, numbered, shorten
from netcheck.sources.windows.registry import Value

HEADERS = ("Windows Registry Editor Version 5.00", "REGEDIT4")
_NAMED = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|@)\s*=\s*(.*)\Z', re.DOTALL)
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:;.*)?\Z', re.DOTALL)
_DWORD = re.compile(r"dword:([0-9a-fA-F]{1,8})\s*(?:;.*)?\Z")
_HEX = re.compile(r"hex(?:\([0-9a-f]+\))?:\s*((?:[0-9a-fA-F]{2},?\s*)*)\Z")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_QUERIED = re.compile(r" {4}(.*?) {4}(REG_[A-Z_0-9]+)(?: {4}(.*))?\Z")
_BYTES_FOLLOW = re.compile(r"=\s*hex[^\"]*\\\Z")
_DELETED = "-"
_MOST_LINES = 100
"""Lines that a text may go over: a description has a few."""


def values_of_reg_file(text: str, faults: Faults) -> Iterator[Value]:
    """Yield the values of a .reg file; what is no line of one is an error."""
    key = ""
    for number, line in _statements(text):
        at = faults.at(number)
        if line.startswith("["):
            if not line.rstrip().endswith("]"):
                faults.unreadable("a key has no `]`: the file is cut off", at)
                return
            key = line.strip()[1:-1].casefold()
            yield Value(key, "", "", at, is_key=True)
            if key.startswith(_DELETED):
                faults.malformed("the file deletes keys: it is a change, not an export", at)
        elif line.strip() in HEADERS or not line.strip() or line.lstrip().startswith(";"):
            continue
        else:
            value = _value(line, key, number, faults)
            if value is not None:
                yield value


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers; bytes go on behind a backslash, a text until its quote is closed."""
    held: list[str] = []
    start, quotes = 0, 0
    for number, line in numbered(text):
        start = start or number
        is_bytes = bool(held) and held[0].endswith("\\") and quotes % 2 == 0
        held.append(line.strip() if is_bytes else line)
        quotes += 0 if is_bytes else _ESCAPE.sub("", line).count('"')
        is_named = held[0].startswith(('"', "@"))
        if is_named and quotes % 2 and len(held) < _MOST_LINES:
            continue
        if is_named and _BYTES_FOLLOW.search(held[0]) and line.endswith("\\"):
            continue
        yield start, _joined(held)
        held, start, quotes = [], 0, 0
    if held:
        yield start, _joined(held)


def _joined(lines: list[str]) -> str:
    if _BYTES_FOLLOW.search(lines[0]):
        return "".join(line.removesuffix("\\") for line in lines)
    return "\n".join(lines)


def _value(line: str, key: str, number: int, faults: Faults) -> Value | None:
    named = _NAMED.match(line)
    if named is None:
        message = f"`{shorten(line)}` is no line of a registry export"
        if line.startswith('"'):
            faults.unreadable("the text does not end: the file is cut off", faults.at(number))
        else:
            faults.malformed(message, faults.at(number))
        return None
    name, data = _ESCAPE.sub(r"\1", named[1] or ""), named[2].strip()
    text, number_found = _TEXT.match(data), _DWORD.match(data)
    if text is not None:
        return Value(key, name, _ESCAPE.sub(r"\1", text[1]), faults.at(number))
    if number_found is not None:
        return Value(key, name, str(int(number_found[1], 16)), faults.at(number))
    bytes_found = _HEX.match(data)
    if bytes_found is not None and not data.endswith(","):
        return Value(key, name, _decoded(bytes_found[1]), faults.at(number))
    if data == _DELETED:
        faults.malformed(f"`{shorten(name)}` is deleted: the file is a change, not an export", faults.at(number))
    else:
        faults.unreadable(f"the value of `{shorten(name)}` is cut off or of no known kind", faults.at(number))
    return None


def _decoded(digits: str) -> str:
    """Return bytes as text: `hex(2)` is a text with variables in it, in UTF-16."""
    data = bytes(int(one, 16) for one in re.findall(r"[0-9a-fA-F]{2}", digits))
    return data.decode("utf-16-le", errors="replace").rstrip("\0")


def values_of_query(text: str, faults: Faults) -> Iterator[Value]:
    """Yield the values that `reg query KEY /s` printed; a filtered search is no listing."""
    key, lines = "", numbered(text)
    for number, line in lines:
        at = faults.at(number)
        queried = _QUERIED.match(line)
        if line.upper().startswith("HKEY_"):
            key = line.strip().casefold()
            yield Value(key, "", "", at, is_key=True)
        elif queried is not None:
            data = (queried[3] or "").strip()
            is_number = queried[2] == "REG_DWORD" and re.fullmatch(r"0x[0-9a-fA-F]{1,8}", data)
            shown = str(int(data, 16)) if is_number else data
            yield Value(key, queried[1], shown, at, is_last=is_cut_line(number, lines))
        elif line.strip():
            if line.startswith("    "):
                faults.unreadable(f"`{shorten(line.strip())}` is no value: the file is cut off", at)
            else:
                advice = "give what `reg query KEY /s` prints, without `/f`"
                faults.malformed(f"`{shorten(line)}` is no line of `reg query`", at, advice)
