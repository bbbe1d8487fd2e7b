"""Reading a page back with the standard library's tokenizer, which shares nothing with what wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "hr", "img", "link"}


@dataclass
class Read:
    """What a page holds: its tags with their attributes in order, the texts by their elements, and
    the texts of the cells of each table that has an id, row by row."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)

    told: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text that a person can read, in the order of the page."""
        return "".join(self.told)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read()
        self.open: list[str] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), "an attribute is there twice"
        self.read.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.rows = self.read.tables.setdefault(dict(attrs).get("id") or "", [])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "elements overlap"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.read.texts.setdefault(self.open[-1], []).append(data)
            if self.open[-1] not in ("script", "style"):
                self.read.told.append(data)
        if ("td" in self.open or "th" in self.open) and data != "\n":
            self.rows[-1][-1] += data


def read(html: str) -> Read:
    """Return what a page holds; its elements are nested and all of them end."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader.read
