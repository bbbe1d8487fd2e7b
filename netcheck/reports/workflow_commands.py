"""Annotations of GitHub Actions.

GitHub Docs, "Workflow commands for GitHub Actions": `::error file=…,line=…,col=…,title=…::message`. In values of a
command `%`, carriage return and line feed are escaped, in properties `:` and `,` as well.
"""

from __future__ import annotations

from netcheck.diagnostics import printable
from netcheck.reports.file_places import Place

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def annotation(name: str, place: Place, title: str, message: str) -> str:
    """Return the command that puts a message at a place; `name` is error, warning or notice."""
    properties = {"file": place.file}
    if place.line:
        properties |= {"line": str(place.line), "col": str(place.column)}
    properties["title"] = printable(title)
    said = ",".join(f"{name}={_replaced(value, _PROPERTY)}" for name, value in properties.items())
    return f"::{name} {said}::{_replaced(message, _DATA)}"


def _replaced(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)
