"""What kind of Windows firewall file a text is: that shows in its content, never in its name."""

from __future__ import annotations

import re

from netcheck.diagnostics import Collector
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._nodes import Document
from netcheck.sources._text import read_text
from netcheck.sources.windows.part import COLLECT, Faults, Part, shorten

_RULER = re.compile(r"^-{20,}\s*$", re.MULTILINE)
_RULE_STRING = re.compile(r'^\s*"?v\d{1,3}\.\d{1,3}\|', re.MULTILINE)
_USAGE = re.compile(r"^Usage:", re.MULTILINE)
_PREAMBLE = re.compile(r'\A(?:"?#TYPE [^\r\n]*|"?sep=[;,\t]"?)\r?\n', re.IGNORECASE)
"""A line that `Export-Csv` or Excel puts above the header."""

_NO_RULES = "No rules match the specified criteria."


def read_part(path: str, collector: Collector) -> Part:
    """Read one file of whatever kind; faults are collected, no readable file is an InputError."""
    text, faults = _PREAMBLE.sub("\n", read_text(path)), Faults(path, collector)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if looks_like_json(text):
        from netcheck.sources.windows.objects import read_objects

        document = Document(path, text)
        return read_objects(parse_json(document, collector), document, faults)
    if first.startswith("<"):
        return _xml(text, faults)
    if first.startswith(("Windows Registry Editor", "REGEDIT4")) or first.upper().startswith("HKEY_"):
        from netcheck.sources._registry_text import read_registry
        from netcheck.sources.windows.registry import read_values

        return read_values(read_registry(text, path), faults)
    return _lines(text, first, faults)


def _xml(text: str, faults: Faults) -> Part:
    from netcheck.sources._xml import XmlError, read_xml
    from netcheck.sources.windows.gpreport import read_report

    try:
        root = read_xml(text, faults.path, drops_prefixes=True)
    except XmlError as error:
        (faults.unreadable if error.is_broken else faults.malformed)(str(error), error.at, "give the whole report")
        return Part(faults.path)
    return read_report(root, faults)


def _lines(text: str, first: str, faults: Faults) -> Part:
    from netcheck.sources.windows.delimited import delimiter_of, read_delimited

    delimiter = delimiter_of(first)
    if delimiter:
        return read_delimited(text, delimiter, faults)
    if _RULER.search(text) or _NO_RULES in text:
        from netcheck.sources.windows.netsh import read_netsh

        return read_netsh(text, faults)
    if _RULE_STRING.search(text):
        from netcheck.sources.windows.registry import read_rule_lines

        return read_rule_lines(text, faults)
    if _USAGE.search(text):
        faults.malformed("this is netsh's help after a mistyped command, not its answer", None, COLLECT)
    else:
        message = f"no file of the Windows firewall that netcheck knows: it begins with `{shorten(first)}`"
        faults.malformed(message, None, COLLECT)
    return Part(faults.path)
