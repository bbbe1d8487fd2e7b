"""The text of `reg export` and of `reg query`: keys and typed values, not yet what they mean.

Formats: "Registry Editor" files of version 5 and 4 (Microsoft Support, "How to add, modify, or delete registry subkeys
and values by using a .reg file"), and what `reg query KEY /s` prints. What Windows would skip in silence is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from netcheck.diagnostics import Source, printable
from netcheck.sources._nodes import shorten
from netcheck.sources._text import is_cut_line, numbered

_HEADERS = ("Windows Registry Editor Version 5.00", "REGEDIT4")
_SHORT_ROOTS: Mapping[str, str] = MappingProxyType(
    {
        "hklm": "hkey_local_machine",
        "hku": "hkey_users",
        "hkcu": "hkey_current_user",
        "hkcr": "hkey_classes_root",
        "hkcc": "hkey_current_config",
    }
)
_ROOTS = frozenset(_SHORT_ROOTS.values())
_NAMED = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|@)\s*=\s*(.*)\Z', re.DOTALL)
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\s*;[^\n]*)?\Z', re.DOTALL)
_DWORD = re.compile(r"dword:([0-9a-fA-F]{1,8})(?:\s*;.*)?\Z")
_HEX = re.compile(r"hex(?:\(([0-9a-f]{1,8})\))?:((?:(?:[0-9a-fA-F]{2},)*[0-9a-fA-F]{2})?)(?:\s*;.*)?\Z")
_BYTES_FOLLOW = re.compile(r'(?:"(?:[^"\\]|\\.)*"|@)\s*=\s*hex[^;]*[,:]\\\Z')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_QUERIED = re.compile(r" {4}(.*?) {4}(REG_[A-Z_0-9]+)(?: {4}(.*))?\Z")
_QUERIED_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,8}\Z")
_QUERIED_BYTES = re.compile(r"(?:[0-9A-Fa-f]{2})*\Z")
_MOST_LINES = 100
"""Lines that a text may go over: a description has a few."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, its name whole and in small letters. The hive `.DEFAULT` is LocalSystem's and stands as `s-1-5-18`."""

    key: str
    at: Source


@dataclass(frozen=True, slots=True)
class Value:
    """One value by what it holds: a number, a text or bytes; all None for another kind, which only `written` shows.

    `may_be_cut`: it is the end of a file without a last line break, and more of it may be missing.
    """

    key: str
    name: str
    at: Source
    written: str
    number: int | None = None
    text: str | None = None
    data: bytes | None = None
    may_be_cut: bool = False

    @property
    def shown(self) -> str:
        """A number in decimal, a text as it is, anything else as the file writes it, which is never empty."""
        if self.number is not None:
            return str(self.number)
        return self.written if self.text is None else self.text


@dataclass(frozen=True, slots=True)
class Deletion:
    """The file takes a value away, or with the name None a whole key: it is a change and no export."""

    key: str
    name: str | None
    at: Source


@dataclass(frozen=True, slots=True)
class SearchEnd:
    """`reg query` ends a search with this line: what it did not look for is not shown."""

    line: str
    at: Source


@dataclass(frozen=True, slots=True)
class Fault:
    """What cannot be read; `is_cut` where the end of something is missing."""

    message: str
    at: Source
    is_cut: bool = False


RegistryItem = Key | Value | Deletion | SearchEnd | Fault


def read_registry(text: str, path: str) -> Iterator[RegistryItem]:
    """Yield what a `.reg` file or a listing of `reg query` holds, in its order; a value comes after its key."""
    is_export = text.lstrip().startswith(("Windows Registry Editor", "REGEDIT4"))
    return _export(text, path) if is_export else _query(text, path)


def _fault(message: str, at: Source, *, is_cut: bool = False) -> Fault:
    return Fault(printable(message), at, is_cut)


def _key(name: str) -> str | None:
    """Return a key's name in small letters; None where the root is none of the registry's."""
    root, _, rest = name.casefold().partition("\\")
    if root not in _ROOTS:
        return None
    first, separator, below = rest.partition("\\")
    if root == "hkey_users" and first == ".default":
        rest = f"s-1-5-18{separator}{below}"
    return f"{root}\\{rest}"


def _export(text: str, path: str) -> Iterator[RegistryItem]:
    key: str | None = None
    for number, line, is_last in _statements(text):
        at = Source(path, number, 1)
        if line.startswith("["):
            if not line.rstrip().endswith("]"):
                yield _fault("a key has no `]`: the file is cut off", at, is_cut=True)
                return
            name = line.strip()[1:-1]
            key = _key(name.removeprefix("-"))
            if key is None:
                yield _fault(f"`{shorten(name)}` is no key of the registry", at)
                return
            yield Deletion(key, None, at) if name.startswith("-") else Key(key, at)
        elif line.strip() in _HEADERS or not line.strip() or line.lstrip().startswith(";"):
            continue
        else:
            yield _exported(line, key, at, is_last=is_last)


def _statements(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield the lines with their numbers, and whether each ends the file without a line break.

    Bytes go on behind a backslash, a text until its quote is closed.
    """
    held: list[str] = []
    start, quotes, has_bytes = 0, 0, False
    lines = numbered(text)
    for number, line in lines:
        if not held:
            start, quotes, has_bytes = number, 0, _BYTES_FOLLOW.match(line) is not None
        held.append(line.strip() if has_bytes and held else line)
        is_named = held[0].startswith(('"', "@"))
        if has_bytes and line.endswith((",\\", ":\\")) and ";" not in line:
            continue
        quotes += 0 if has_bytes else _ESCAPE.sub("", line).count('"')
        if is_named and quotes % 2 and len(held) < _MOST_LINES:
            continue
        yield start, _joined(held, has_bytes=has_bytes), is_cut_line(number, lines)
        held = []
    if held:
        yield start, _joined(held, has_bytes=has_bytes), True


def _joined(lines: list[str], *, has_bytes: bool) -> str:
    return "".join(line.removesuffix("\\") for line in lines) if has_bytes else "\n".join(lines)


def _exported(line: str, key: str | None, at: Source, *, is_last: bool) -> RegistryItem:
    named = _NAMED.match(line)
    if named is None and line.startswith('"'):
        return _fault("the text does not end: the file is cut off", at, is_cut=True)
    if named is None or key is None:
        return _fault(f"`{shorten(line)}` is no line of a registry export", at)
    name, data = _ESCAPE.sub(r"\1", named[1] or ""), named[2].strip()
    if data == "-":
        return Deletion(key, name, at)
    text = _TEXT.match(data)
    if text is not None:
        return Value(key, name, at, data, text=_ESCAPE.sub(r"\1", text[1]))
    number, bytes_found = _DWORD.match(data), _HEX.match(data)
    # An export writes all eight digits; Windows takes fewer, but of `00000001` cut short nothing is known.
    if number is not None and (len(number[1]) == 8 or not (is_last or number[1][:-1].startswith("0"))):
        return Value(key, name, at, data, number=int(number[1], 16))
    if bytes_found is not None:
        return _typed(Value(key, name, at, data, may_be_cut=is_last), bytes_found[1], bytes_found[2])
    return _fault(f"the value of `{shorten(name)}` is cut off or of no known kind", at, is_cut=True)


def _typed(value: Value, kind: str | None, digits: str) -> Value:
    """Return a value of bytes by its kind: `hex(1)` and `hex(2)` are texts in UTF-16, `hex(4)` is a number."""
    data = bytes.fromhex(digits.replace(",", ""))
    match kind:
        case None | "3":
            return replace(value, data=data)
        case "1" | "2" if len(data) % 2 == 0:
            return replace(value, text=data.decode("utf-16-le", "replace").rstrip("\0"))
        case "4" if len(data) == 4:
            return replace(value, number=int.from_bytes(data, "little"))
        case _:
            return value


def _query(text: str, path: str) -> Iterator[RegistryItem]:
    key: str | None = None
    lines = numbered(text)
    for number, line in lines:
        at = Source(path, number, 1)
        root, separator, rest = line.strip().partition("\\")
        named = _key(f"{_SHORT_ROOTS.get(root.casefold(), root)}{separator}{rest}")
        if named is not None and not line[0].isspace():
            key = named
            yield Key(key, at)
        elif line.startswith("End of search:"):
            yield SearchEnd(line, at)
        elif line.strip():
            yield _queried(line, key, at, is_last=is_cut_line(number, lines))


def _queried(line: str, key: str | None, at: Source, *, is_last: bool) -> Value | Fault:
    found = _QUERIED.match(line) if key is not None else None
    if found is not None and key is not None:
        name, kind, data = found[1], found[2], (found[3] or "").strip()
        value = Value(key, name, at, f"{kind} {data}", may_be_cut=is_last)
        match kind:
            case "REG_DWORD" if _QUERIED_NUMBER.match(data):
                return replace(value, number=int(data, 16))
            case "REG_BINARY" if _QUERIED_BYTES.match(data):
                return replace(value, data=bytes.fromhex(data))
            case "REG_SZ" | "REG_EXPAND_SZ":
                return replace(value, text=data)
            case "REG_DWORD" | "REG_BINARY":
                pass
            case _:
                return value
    if line.startswith("    "):
        return _fault(f"`{shorten(line.strip())}` is no value: the file is cut off", at, is_cut=True)
    return _fault(f"`{shorten(line)}` is no line of `reg query`", at)
