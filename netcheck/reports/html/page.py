"""A whole page: one file with its style and its scripts in it, under a policy that lets nothing else run or load."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from netcheck.reports.html.markup import Content, element, fill, serialized

_ENDS_EARLY = re.compile(r"</(script|style)|<!--", re.IGNORECASE)


class Assets(NamedTuple):
    """The texts of style sheets and scripts: files that come with the package, read by whoever does I/O."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]


class Section(NamedTuple):
    """A part of a page with a heading; `anchor` is unique in the page and never made of a name of a site."""

    anchor: str
    title: str
    content: Sequence[Content]


_ALONE = "This page loads nothing and sends nothing."
_SERVED = "This page asks nobody but netcheck on this machine."


def page(
    title: str, lead: Sequence[Content], sections: Sequence[Section], assets: Assets, *, is_served: bool = False
) -> str:
    """Return a page: its title, what there is to say first, then the sections, which a list at the top leads to.

    Without the scripts all of it can be read. The same arguments give the same text. A page that is served may ask its
    server, and nobody else.
    """
    head = fill(element("head"), _head(title, assets, is_served=is_served))
    body = element(
        "body",
        element("a", "Skip to the answer", classes="skip", href="#main"),
        element("header", element("h1", title, dir="auto"), *_contents(sections)),
        element("main", *lead, *(_section(one) for one in sections), id="main", tabindex=-1),
        element("footer", element("p", f"Made by netcheck. {_SERVED if is_served else _ALONE}")),
    )
    fill(body, (_embedded("script", text) for text in assets.scripts))
    return f"<!DOCTYPE html>\n{serialized(element('html', head, body, lang='en'))}\n"


def _head(title: str, assets: Assets, *, is_served: bool) -> Sequence[ET.Element]:
    return [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(assets, is_served=is_served)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title} - netcheck"),
        *(_embedded("style", text) for text in assets.styles),
    ]


def policy(assets: Assets, *, is_served: bool = False) -> str:
    """Return the policy: nothing is loaded, and only these very texts style the page and run.

    See "Content Security Policy Level 3", W3C, 2.3.1 (source lists, hashes) and 3.3 (the meta element).
    """
    styles, scripts = (" ".join(_hash(text) for text in texts) or "'none'" for texts in assets)
    asks = "form-action 'self'; connect-src 'self'" if is_served else "form-action 'none'"
    return f"default-src 'none'; style-src {styles}; script-src {scripts}; base-uri 'none'; {asks}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _embedded(tag: str, text: str) -> ET.Element:
    """Return a style or a script, the one kind of element whose text is written as it is."""
    assert text.isascii(), "a page is ASCII"
    assert not _ENDS_EARLY.search(text), "the text would end its element"
    made = ET.Element(tag)
    made.text = text
    return made


def _contents(sections: Sequence[Section]) -> list[ET.Element]:
    if len(sections) < 2:
        return []
    links = (element("li", element("a", one.title, href=f"#{one.anchor}")) for one in sections)
    return [element("nav", element("ul", *links), aria_label="Sections")]


def _section(section: Section) -> ET.Element:
    return element("section", element("h2", section.title), *section.content, id=section.anchor)
