"""Elements of a page. Text is escaped because it is text: nothing in here takes markup as a string.

Names come from files of any origin. Control characters, marks that turn the direction of writing and everything else
that does not print are shown as U+FFFD, as in all reports; `name` keeps right-to-left letters from moving their
neighbours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from netcheck.diagnostics import printable

Content = ET.Element | str
"""What an element holds: another element, or text."""
Value = str | int | bool
"""What an attribute holds; True is an attribute without a value, False leaves it out."""

_REFUSED = ("style", "src", "srcset", "action", "formaction")
_BLOCKS = (
    frozenset({"html", "head", "meta", "title", "style", "script", "body", "header", "nav", "main", "footer"})
    | {"section", "div", "p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "pre"}
    | {"table", "caption", "thead", "tbody", "tr", "svg", "g"}
)


def element(tag: str, *content: Content, classes: str = "", **attributes: Value) -> ET.Element:
    """Return an element; `aria_label` makes the attribute `aria-label`, `for_` makes `for`.

    What a strict Content-Security-Policy refuses cannot be made: styles, handlers, scripts, what loads a file.
    """
    assert tag not in ("script", "style"), "the page alone embeds scripts and styles"
    made = ET.Element(tag, {"class": classes} if classes else {})
    for word, value in attributes.items():
        if value is not False:
            made.set(*_attribute(word, value))
    return fill(made, content)


def _attribute(word: str, value: Value) -> tuple[str, str]:
    name = word.rstrip("_").replace("_", "-")
    text = "" if value is True else printable(str(value))
    assert name not in _REFUSED, name
    assert not name.startswith("on"), name
    assert name != "href" or text.startswith(("#", "https://")), text
    return name, text


def fill(parent: ET.Element, content: Iterable[Content]) -> ET.Element:
    """Append elements and text to an element, and return it."""
    for one in content:
        if isinstance(one, ET.Element):
            parent.append(one)
        else:
            _append_text(parent, printable(one))
    return parent


def _append_text(parent: ET.Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def name(text: str) -> ET.Element:
    """Return a name from a file: whatever direction its letters have, the text around it stays in place."""
    return element("bdi", text)


def code(text: str) -> ET.Element:
    """Return a word to type, or one that a file holds."""
    return element("code", text, dir="auto")


def preformatted(text: str, **attributes: Value) -> ET.Element:
    """Return lines as they are: a script or a command that is copied keeps its line ends, tabs and blanks."""
    made = element("pre", classes="", **attributes)
    is_plain = text.translate({ord("\n"): None, ord("\t"): None}).isprintable()
    kept = text if is_plain else "".join(one if _is_kept(one) else "\N{REPLACEMENT CHARACTER}" for one in text)
    _append_text(made, kept)
    return made


def _is_kept(character: str) -> bool:
    return character.isprintable() or character in "\n\t" or unicodedata.category(character) == "Zs"


def joined(separator: str, parts: Iterable[Content]) -> list[Content]:
    """Return parts with text between them."""
    found: list[Content] = []
    for part in parts:
        found += [separator, part] if found else [part]
    return found


def serialized(root: ET.Element) -> str:
    """Return the HTML of an element: ASCII, so that no code page on the way can spoil it, a block a line."""
    _end_lines(root)
    written: bytes = ET.tostring(root, encoding="us-ascii", method="html")
    return written.decode("ascii")


def _end_lines(root: ET.Element) -> None:
    """Put line ends after blocks, where they mean nothing: a difference of two pages is then one of lines."""
    for parent in root.iter():
        if parent.tag != "pre":
            for child in parent:
                if child.tag in _BLOCKS and not child.tail:
                    child.tail = "\n"
