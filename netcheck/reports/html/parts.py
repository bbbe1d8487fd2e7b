"""What pages are made of: verdicts, tables, notes, a filter over rows, a copy button, tabs.

What only a script brings to life (filter, copy button) is hidden until the script shows it; tabs are headings with
their content one after the other until the script makes tabs of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from netcheck.path.leg import Verdict
from netcheck.reports.html.markup import Content, element, preformatted

SIGNS = {Verdict.REACHABLE: "\u2713", Verdict.BLOCKED: "\u00d7", Verdict.PARTIAL: "\u25d0", Verdict.UNDETERMINED: "?"}
"""A tick, a cross, a half moon, a question mark, as in pictures. `matrix.css` has the same, for cells without words."""


def badge(verdict: Verdict | None) -> ET.Element:
    """Return a verdict as its sign and its word; None: there is no packet to have a verdict about."""
    if verdict is None:
        return element("span", "no packet", classes="verdict none")
    sign = element("span", SIGNS[verdict], classes="sign", aria_hidden="true")
    return element("span", sign, str(verdict), classes=f"verdict {verdict}")


def row(head: Content, *cells: Content | Sequence[Content], key: str = "") -> ET.Element:
    """Return a row of a table, whose first cell heads it. A filter shows a row of another table with any of its keys.

    A cell is text, an element, or several of them; an element that is a cell itself stays as it is.
    """
    made = element("tr", _cell("th", head, scope="row"), *(_cell("td", one) for one in cells))
    if key:
        made.set("data-key", key)
    return made


def _cell(tag: str, content: Content | Sequence[Content], **attributes: str) -> ET.Element:
    if isinstance(content, str):
        return element(tag, content, **attributes)
    if isinstance(content, ET.Element):
        return content if content.tag in ("td", "th") else element(tag, content, **attributes)
    return element(tag, *content, **attributes)


def number(value: int) -> ET.Element:
    """Return a cell with a count."""
    return element("td", f"{value:,}", classes="number")


def table(
    caption: str, heads: Iterable[Content], rows: Iterable[ET.Element], *, anchor: str = "", classes: str = ""
) -> ET.Element:
    """Return a table with its caption; one that is too wide scrolls by itself, and by keyboard.

    A head is text or what stands in its cell; an element that is a cell itself stays as it is.
    """
    head = element("thead", element("tr", *(_cell("th", one, scope="col") for one in heads)))
    made = element("table", element("caption", caption), head, element("tbody", *rows), classes=classes)
    if anchor:
        made.set("id", anchor)
    return element("div", made, classes="scroll", role="group", aria_label=caption, tabindex=0)


def note(text: str) -> ET.Element:
    """Return a paragraph that limits what the page says; words in back-ticks are to be typed."""
    parts = text.split("`")
    return element("p", *(element("code", one) if at % 2 else one for at, one in enumerate(parts)), classes="note")


def lines(texts: Iterable[str]) -> list[ET.Element]:
    """Return each text as a line of a cell."""
    return [element("div", text) for text in texts]


def filter_box(label: str, noun: str, tables: Sequence[str], anchor: str) -> ET.Element:
    """Return a field that keeps the rows which hold all words typed.

    `tables` are anchors: rows of the first are searched, rows of the others follow by their keys. `noun` names what a
    row of the first is: "groups".
    """
    field = element("input", id=anchor, type="search", autocomplete="off", spellcheck="false")
    return element(
        "div",
        element("label", label, for_=anchor),
        field,
        element("output", for_=anchor),
        classes="filter",
        role="search",
        aria_label=label,
        data_tables=" ".join(tables),
        data_noun=noun,
        hidden=True,
    )


def copyable(text: str, label: str, anchor: str) -> ET.Element:
    """Return lines to run or to paste, with a button that copies exactly what is shown; `label` says what they are."""
    button = element("button", "Copy", type="button", data_copy=anchor, aria_label=f"Copy {label}", hidden=True)
    shown = preformatted(text, id=anchor, tabindex=0, role="group", aria_label=label)
    return element("div", button, element("span", role="status"), shown, classes="copyable")


class Tab(NamedTuple):
    """One of several views of a thing, of which one is looked at."""

    title: str
    content: Sequence[Content]


def tabs(label: str, several: Sequence[Tab], anchor: str, level: int = 3) -> ET.Element:
    """Return views to choose from by mouse and arrow keys; one alone is no choice, and has no tabs.

    See "ARIA Authoring Practices Guide: Tabs Pattern", W3C.
    """
    views = [
        element("section", element(f"h{level}", one.title), *one.content, id=f"{anchor}-{number}", classes="view")
        for number, one in enumerate(several, 1)
    ]
    return element("div", *views, classes="tabs" if len(views) > 1 else "", data_label=label)
