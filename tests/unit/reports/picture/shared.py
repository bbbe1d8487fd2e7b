"""What tests of pictures share: hostile names, a site with a name in every place, the boxes and texts of an SVG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring

from netcheck.reports.picture.lettering import width_of
from netcheck.reports.picture.scene import Scene
from netcheck.reports.picture.style import NAME_SIZE, TEXT_SIZE, TITLE_SIZE

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    "]]></text><script>alert(1)</script><!--",
    '"]; n0 -> n1 [URL="javascript:alert(1)"',
    '\\N\\G\\"; }\\',
    "&quot;&#34;&amp;&lt;b&gt;",
    "a\nb\r\x00\x1b[31m\u2028\u202eevil\u200f",
    "%label% `math` $$x$$ |a|b|",
    "\ufffe\uffff\udcff",
    "]]) --> x[(end",
    "W" * 300,
]


class Rectangle(NamedTuple):
    """A rectangle of a picture."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, other: Rectangle) -> bool:
        """Return whether another lies within, edges included."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width + 0.2
            and other.y + other.height <= self.y + self.height + 0.2
        )

    def meets(self, other: Rectangle) -> bool:
        """Return whether the insides have a point in common."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def parsed(svg: str) -> Element:
    """Return a picture as XML; an SVG that is none fails here."""
    return fromstring(svg)


def rectangle(element: Element) -> Rectangle:
    """Return where a `rect` is."""
    return Rectangle(*(float(element.get(name, "0")) for name in ("x", "y", "width", "height")))


def text_rectangle(text: Element) -> Rectangle:
    """Return about where a line of text is: the widths are tested against a font in `test_lettering`."""
    css = text.get("class", "").split()
    size = TITLE_SIZE if "headline" in css else NAME_SIZE if "name" in css else TEXT_SIZE
    width = width_of(text.text or "", size, is_bold=bool({"headline", "name", "word"} & set(css)))
    return Rectangle(float(text.get("x", "0")), float(text.get("y", "0")) - size, width, size + 2)


def texts(root: Element) -> Iterator[str]:
    """Yield what a reader can see and select."""
    return (found.text or "" for found in root.iter(f"{SVG}text"))


def titles(root: Element) -> str:
    """Return all titles, which tell in full what the picture shortens."""
    return "\n".join(found.text or "" for found in root.iter(f"{SVG}title"))


def renamed(scene: Scene, name: str) -> Scene:
    """Return a scene with one name in every place."""
    return replace(
        scene,
        title=name,
        notes=(name,),
        groups=tuple(replace(one, name=name, lines=(name,)) for one in scene.groups),
        nodes=tuple(replace(one, name=name, lines=(name,), members=(name, name)) for one in scene.nodes),
        edges=tuple(replace(one, lines=(name,)) for one in scene.edges),
    )
