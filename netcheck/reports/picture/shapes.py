"""The shapes that SVG pictures are made of. Markup is built as a tree, so that no name can be anything but text."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from netcheck.diagnostics import printable
from netcheck.path.leg import Verdict
from netcheck.reports.picture.lettering import shorten
from netcheck.reports.picture.style import NAME_SIZE, PICTURE_CSS, TEXT_SIZE, TITLE_SIZE

SIGN_RADIUS = 8
_SIGNS = {
    Verdict.REACHABLE: "M-3.6 0.3 L-1 3 L3.8 -2.8",
    Verdict.BLOCKED: "M-3 -3 L3 3 M3 -3 L-3 3",
    Verdict.PARTIAL: "M0 -5 A5 5 0 0 1 0 5 Z",
    Verdict.UNDETERMINED: "M-2.6 -2 C-2.6 -5.2 2.8 -5.2 2.6 -1.8 C2.5 -0.2 0 -0.2 0 1.6 M0 4.4 L0 4.5",
}
"""A tick, a cross, a half moon, a question mark."""
_SIZES = {"": (TEXT_SIZE, False), "name": (NAME_SIZE, True), "headline": (TITLE_SIZE, True), "word": (TEXT_SIZE, True)}


def number(value: float) -> str:
    """Return a coordinate: at most one digit behind the point."""
    return f"{round(value, 1):g}"


def picture(width: float, height: float, title: str, description: str) -> Element:
    """Return an empty picture with what a screen reader says of it; a page may make parts of it buttons."""
    size = {"width": number(width), "height": number(height), "viewBox": f"0 0 {number(width)} {number(height)}"}
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "picture", "role": "group", **size})
    SubElement(root, "title").text = printable(title)
    SubElement(root, "desc").text = lines_printable(description)
    SubElement(root, "rect", {"class": "ground", "width": size["width"], "height": size["height"]})
    return root


def set_height(root: Element, height: float) -> None:
    """Give a picture its height once that is known."""
    root.set("height", number(height))
    root.set("viewBox", f"0 0 {root.get('width')} {number(height)}")
    root[2].set("height", number(height))  # the ground, behind title and description


def to_file(root: Element) -> str:
    """Return a picture as the text of an SVG file: with a style of its own, and one image to a screen reader."""
    root.set("role", "img")
    style = Element("style")
    style.text = f"\n{PICTURE_CSS}"
    root.insert(2, style)
    indent(root, " ")
    return f"{tostring(root, encoding='unicode')}\n"


def group(parent: Element, css: str, title: str = "", **attributes: str) -> Element:
    """Return a new group with a title."""
    made = SubElement(parent, "g", {"class": css, **attributes})
    if title:
        SubElement(made, "title").text = lines_printable(title)
    return made


def lines_printable(text: str) -> str:
    """Return a text of several lines, each without control characters."""
    return "\n".join(map(printable, text.split("\n")))


def box(parent: Element, css: str, place: tuple[float, float, float, float], radius: float = 6) -> None:
    """Draw a rectangle with round corners: x, y, width, height."""
    x, y, width, height = map(number, place)
    SubElement(parent, "rect", {"class": css, "x": x, "y": y, "width": width, "height": height, "rx": number(radius)})


def line_of_text(parent: Element, at: tuple[float, float], text: str, room: float, css: str = "") -> None:
    """Write one line with its base at a point, shortened to the room there is; then the whole of it is its title."""
    size, is_bold = _SIZES.get(css.partition(" ")[0], (TEXT_SIZE, False))
    shown = shorten(text, room, size, is_bold=is_bold)
    made = SubElement(parent, "text", {**({"class": css} if css else {}), "x": number(at[0]), "y": number(at[1])})
    made.text = shown
    if shown != printable(text):
        SubElement(made, "title").text = printable(text)


def sign(parent: Element, at: tuple[float, float], verdict: Verdict) -> None:
    """Draw the sign of a verdict around a point."""
    made = SubElement(
        parent, "g", {"class": f"sign {verdict}", "transform": f"translate({number(at[0])} {number(at[1])})"}
    )
    SubElement(made, "circle", {"r": number(SIGN_RADIUS)})
    SubElement(made, "path", {"d": _SIGNS[verdict]})


def verdict_word(parent: Element, at: tuple[float, float], verdict: Verdict) -> None:
    """Write a verdict: its sign, and the word behind; the point is the left end of the base line."""
    sign(parent, (at[0] + SIGN_RADIUS, at[1] - 4), verdict)
    x = at[0] + 2 * SIGN_RADIUS + 5
    line_of_text(parent, (x, at[1]), verdict.upper(), 200, f"word {verdict}")


def polyline(parent: Element, css: str, points: Sequence[tuple[float, float]], *, has_tip: bool = True) -> None:
    """Draw a line through points, with a tip at its end; its corners are round."""
    SubElement(parent, "path", {"class": css, "d": _rounded(points)})
    if has_tip:
        SubElement(parent, "path", {"class": f"tip {css.partition(' ')[2]}".strip(), "d": _tip(points[-2], points[-1])})


def _rounded(points: Sequence[tuple[float, float]], radius: float = 6) -> str:
    words = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        words.append(f"L{_pair(start)} Q{_pair(corner)} {_pair(end)}")
    words.append(f"L{_pair(points[-1])}")
    return " ".join(words)


def _pair(point: tuple[float, float]) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _towards(start: tuple[float, float], end: tuple[float, float], most: float) -> tuple[float, float]:
    """Return the point on the way from one point to another, at a distance, half-way at most."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = abs(across) + abs(down)  # lines run level or upright
    share = min(most / length, 0.5) if length else 0
    return start[0] + across * share, start[1] + down * share


def _tip(before: tuple[float, float], end: tuple[float, float]) -> str:
    across, down = end[0] - before[0], end[1] - before[1]
    along = (across > 0) - (across < 0), (down > 0) - (down < 0)
    back = end[0] - 8 * along[0], end[1] - 8 * along[1]
    side = 4.5 * along[1], 4.5 * along[0]
    corners = [end, (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])]
    return "M" + " L".join(map(_pair, corners)) + " Z"
