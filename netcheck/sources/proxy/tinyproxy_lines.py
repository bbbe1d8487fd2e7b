"""The lines of a tinyproxy.conf: a keyword and its values, in the forms that tinyproxy takes.

Semantics: the manual page tinyproxy.conf(5) of version 1.11, and the program (tests/real_hosts/test_tinyproxy.py): it
does not start with a line of another form, a comment after a value among them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source

_TEXT, _FLAG, _NUMBER, _NAME = r'"([^"]+)"', r"(yes|on|no|off)", r"([0-9]+)", r"([-a-z0-9._]+)"
_IPV4 = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
_IPV6 = rf"(?:[0-9a-f:]{{2,39}}|[0-9a-f:]{{0,29}}:{_IPV4})"
_ADDRESS = f"({_IPV4}|{_IPV6})"
_CLIENTS = rf"((?:{_IPV4}|{_IPV6})(?:/[0-9]+)?|[-a-z0-9._]+)"
_UPSTREAM = r'(none[ \t]+"[^"]+"|(?:http|socks4|socks5)[ \t]+(?:[^:]*:[^@]*@)?[-a-z0-9._]+:[0-9]+(?:[ \t]+"[^"]+")?)'

_FORMS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("logfile", "pidfile", "anonymous", "viaproxyname", "defaulterrorfile", "statfile"), _TEXT),
        **dict.fromkeys(("stathost", "filter", "reversebaseurl"), _TEXT),
        **dict.fromkeys(
            ("xtinyproxy", "syslog", "bindsame", "disableviaheader", "filterurls", "filterextended"), _FLAG
        ),
        **dict.fromkeys(("filterdefaultdeny", "filtercasesensitive", "reverseonly", "reversemagic"), _FLAG),
        **dict.fromkeys(
            ("port", "maxclients", "timeout", "connectport", "maxspareservers", "minspareservers"), _NUMBER
        ),
        **dict.fromkeys(("startservers", "maxrequestsperchild"), _NUMBER),
        **dict.fromkeys(("user", "group"), _NAME),
        **dict.fromkeys(("listen", "bind"), _ADDRESS),
        **dict.fromkeys(("allow", "deny"), _CLIENTS),
        "basicauth": rf"{_NAME}[ \t]+{_NAME}",
        "errorfile": rf"{_NUMBER}[ \t]+{_TEXT}",
        "addheader": rf"{_TEXT}[ \t]+{_TEXT}",
        "reversepath": rf"{_TEXT}(?:[ \t]+{_TEXT})?",
        "upstream": _UPSTREAM,
        "loglevel": "(critical|error|warning|notice|connect|info)",
        "filtertype": "(bre|ere|fnmatch)",
    }
)
_LONGEST_LINE = 2047
"""Characters of a line that tinyproxy reads at once; it takes what follows for a line of its own."""


@dataclass(frozen=True, slots=True)
class TinyLine:
    """One line: its keyword in small letters, its value as written, its place."""

    word: str
    value: str
    at: Source

    @property
    def is_set(self) -> bool:
        """Whether a flag is on: `no` leaves what an earlier line set."""
        return self.value.lower() in ("yes", "on")


def tiny_lines(text: str, path: str, collector: Collector) -> list[TinyLine]:
    """Return the lines in order; those that tinyproxy does not take are collected."""
    found = []
    for number, raw in enumerate(text.split("\n"), 1):
        if raw.startswith("#") or not raw.strip(" \t\v\f\r"):
            continue
        at = Source(path, number, len(raw) - len(raw.lstrip()) + 1)
        parts = raw.lstrip().split(maxsplit=1)
        word, rest = parts[0], raw.lstrip()[len(parts[0]) :]
        form = _FORMS.get(word.lower())
        match = re.fullmatch(rf"[ \t]+{form}[ \t]*", rest, re.IGNORECASE) if form else None
        if match is None:
            collector.add(_syntax(word, form, rest, at))
        elif len(raw) > _LONGEST_LINE:
            message = f"a line of more than {_LONGEST_LINE} characters, which tinyproxy reads as several"
            collector.add(Diagnostic(code="NC179", severity=Severity.ERROR, message=message, at=at))
        else:
            found.append(TinyLine(word.lower(), match[1], at))
    return found


def _syntax(word: str, form: str | None, rest: str, at: Source) -> Diagnostic:
    if form is None:
        message, advice = f"tinyproxy does not know `{word[:60]}`", "a comment starts with `#` in the first column"
    elif "\r" in rest:
        message, advice = f"`{word}` ends with a carriage return", "give the file the line ends of Linux"
    else:
        message, advice = (
            f"`{word}` is not followed by what tinyproxy takes",
            "put texts in double quotes, and no comment",
        )
    return Diagnostic(code="NC179", severity=Severity.ERROR, message=message, at=at, help=advice)
