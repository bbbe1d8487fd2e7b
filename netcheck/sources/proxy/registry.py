"""Values of the Windows registry, from a `.reg` export or from what `reg query` prints.

Formats: Microsoft Support, "How to add, modify, or delete registry subkeys and values by using a .reg file"; what
`reg query /?` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from netcheck.diagnostics import Collector, Source
from netcheck.sources.proxy.address import fault

_REG_HEADS = ("Windows Registry Editor Version 5.00", "REGEDIT4")
_QUERY_VALUE = re.compile(r" {4}(?P<name>.*?) {4}(?P<kind>REG_[A-Z_]+)(?: {4}(?P<data>.*))?\Z")
_REG_VALUE = re.compile(r'\s*(?:@|"(?P<name>(?:[^"\\]|\\.)*)")\s*=\s*(?P<data>.*?)\s*\Z')
_HEX = re.compile(r"hex(?:\((?P<kind>[0-9a-f]+)\))?:(?P<bytes>[0-9a-f, \t]*)\Z", re.IGNORECASE)
_ROOTS = {"hklm": "hkey_local_machine", "hku": "hkey_users", "hkcu": "hkey_current_user"}
_ADVICE = "give a `.reg` file of `reg export`, or what `reg query KEY /s` prints"


class RegistryValue(NamedTuple):
    """One value, by what it holds: a number, a text or bytes; all None for a kind that no proxy setting has."""

    at: Source
    number: int | None = None
    text: str | None = None
    data: bytes | None = None


Registry = dict[str, dict[str, RegistryValue]]
"""Keys and names in small letters; the hive `.DEFAULT` is LocalSystem's and stands under `s-1-5-18`."""


def read_registry_file(path: str, collector: Collector) -> Registry | None:
    """Read registry values; None when the file is of neither kind or has a line that cannot be read."""
    from netcheck.sources._text import read_text

    lines = read_text(path).splitlines()
    first = next(line.strip() for line in lines if line.strip())
    found: Registry = {}
    key = ""
    is_export = first in _REG_HEADS
    for at, line in _joined(path, lines) if is_export else _numbered(path, lines):
        if not line.strip() or (is_export and (line.lstrip().startswith(";") or line.strip() == first)):
            continue
        named = _key_of(line, is_export=is_export)
        if named is not None:
            key = named
            found.setdefault(key, {})
            continue
        value = (_exported if is_export else _queried)(line, at) if key else None
        if value is None:
            if not is_export and line.startswith("End of search:"):
                continue
            collector.add(fault("NC174", "this line is no registry key and no value", at, _ADVICE))
            return None
        found[key][value[0].casefold()] = value[1]
    return found


def _numbered(path: str, lines: list[str]) -> Iterator[tuple[Source, str]]:
    return ((Source(path, number, 1), line) for number, line in enumerate(lines, 1))


def _joined(path: str, lines: list[str]) -> Iterator[tuple[Source, str]]:
    """Yield the lines of an export; a value in hexadecimal goes on in the next line after a backslash."""
    waiting, start = "", 0
    for number, line in enumerate(lines, 1):
        start = start if waiting else number
        waiting += line.lstrip() if waiting else line
        if waiting.rstrip().endswith("\\") and "=hex" in waiting.casefold():
            waiting = waiting.rstrip()[:-1]
            continue
        yield Source(path, start, 1), waiting
        waiting = ""
    if waiting:
        yield Source(path, start, 1), waiting


def _key_of(line: str, *, is_export: bool) -> str | None:
    text = line.strip()
    if is_export:
        if not (text.startswith("[") and text.endswith("]")):
            return None
        text = text[1:-1].removeprefix("-")
    elif not line.startswith("HK"):
        return None
    root, _, rest = text.casefold().partition("\\")
    root = _ROOTS.get(root, root)
    if root == "hkey_users" and rest.startswith(".default\\"):
        rest = "s-1-5-18\\" + rest.removeprefix(".default\\")
    return f"{root}\\{rest}"


def _queried(line: str, at: Source) -> tuple[str, RegistryValue] | None:
    match = _QUERY_VALUE.match(line)
    if match is None:
        return None
    kind, data = match["kind"], (match["data"] or "").strip()
    if kind == "REG_DWORD":
        is_number = re.fullmatch(r"0x[0-9a-fA-F]{1,8}", data)
        return (match["name"], RegistryValue(at, number=int(data, 16))) if is_number else None
    if kind == "REG_BINARY":
        is_bytes = re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", data)
        return (match["name"], RegistryValue(at, data=bytes.fromhex(data))) if is_bytes else None
    return match["name"], RegistryValue(at, text=data if kind in ("REG_SZ", "REG_EXPAND_SZ") else None)


def _exported(line: str, at: Source) -> tuple[str, RegistryValue] | None:
    match = _REG_VALUE.match(line)
    if match is None:
        return None
    name, data = re.sub(r"\\(.)", r"\1", match["name"] or ""), match["data"]
    if data == "-":  # takes the value away: as good as not there, and of no kind
        return f"deleted {name}", RegistryValue(at)
    if re.fullmatch(r"dword:[0-9a-fA-F]{8}", data):
        return name, RegistryValue(at, number=int(data[6:], 16))
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', data)
    if quoted:
        return name, RegistryValue(at, text=re.sub(r"\\(.)", r"\1", quoted[1]))
    return _hexadecimal(name, data, at)


def _hexadecimal(name: str, data: str, at: Source) -> tuple[str, RegistryValue] | None:
    match = _HEX.match(data)
    parts = [part.strip() for part in match["bytes"].split(",")] if match else []
    if match is None or not all(re.fullmatch(r"[0-9a-fA-F]{1,2}", part) for part in parts if part or len(parts) > 1):
        return None
    found = bytes(int(part, 16) for part in parts if part)
    match match["kind"]:
        case None | "3":
            return name, RegistryValue(at, data=found)
        case "1" | "2" if len(found) % 2 == 0:
            return name, RegistryValue(at, text=found.decode("utf-16-le", "replace").rstrip("\0"))
        case "4" if len(found) == 4:
            return name, RegistryValue(at, number=int.from_bytes(found, "little"))
        case _:
            return name, RegistryValue(at)
