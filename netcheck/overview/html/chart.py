"""The options as a chart: the rules each takes of the limit, and the addresses it opens for each that is needed."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, log10
from xml.etree import ElementTree as ET

from netcheck.remedy.compare_text import factor_text
from netcheck.remedy.comparison import Choice, Comparison
from netcheck.reports.html.markup import element
from netcheck.reports.html.parts import SIGNS

_WIDTH, _ROW, _TOP = 900, 26, 44
_RULES, _EXPOSURE, _BAR = 210, 545, 230
"""Where the two columns begin, and how long a whole bar is; behind it is room for the figures."""


def chart(comparison: Comparison) -> ET.Element:
    """Return the chart; its figures stand in the table as well."""
    choices = [comparison[option] for option in comparison.order]
    height = _TOP + _ROW * len(choices) + 8
    most = max((choice.over_exposure for choice in choices), default=1)
    decades = max(1, ceil(log10(max(most, 1))))
    parts = [*_heads(decades, height)]
    for number, choice in enumerate(choices):
        parts += _row(choice, comparison, _TOP + _ROW * number, decades)
    told = "Rules needed of the limit, and addresses opened for each one needed; the table has the figures"
    drawn = element("svg", *parts, viewBox=f"0 0 {_WIDTH} {height}", width=_WIDTH, height=height, role="img",
                    aria_label=told, classes="chart")  # fmt: skip
    caption = element(
        "figcaption",
        "Filled: works and fits; outlined: not proven, or does not fit. On the right each line is ten times the last.",
    )
    frame = element("div", drawn, classes="scroll", role="region", tabindex=0, aria_label="Chart of the options")
    return element("figure", caption, frame)


def _heads(decades: int, height: int) -> Iterator[ET.Element]:
    yield _text(_RULES, 16, "rules needed of the limit", "head")
    yield _text(_EXPOSURE, 16, "addresses opened for each one needed", "head")
    yield _line(_RULES + _BAR, 24, height - 8, "limit")
    yield _text(_RULES + _BAR, 36, "limit", "scale", anchor="end")
    for decade in range(decades + 1):
        x = _EXPOSURE + _BAR * decade / decades
        yield _line(x, 38, height - 8, "grid")
        if decades <= 4 or decade % 2 == 0:
            yield _text(x, 36, factor_text(float(10**decade)), "scale", anchor="middle" if decade else "start")


def _row(choice: Choice, comparison: Comparison, y: int, decades: int) -> Iterator[ET.Element]:
    star = " \u2605" if choice.option == comparison.recommended else ""
    works = "works" if choice.works else "unfit"
    yield _text(8, y + 17, f"{SIGNS[choice.verdict]} {choice.option}{star}", works)
    share = choice.rules_needed / choice.rules_limit if choice.rules_limit else 0.0
    over = " over" if share > 1 else ""
    yield _bar(_RULES, y, _BAR * min(share, 1.0), f"{works}{over}")
    yield _text(_RULES + _BAR + 6, y + 17, f"{choice.rules_needed:,}/{choice.rules_limit:,}{over}", "figure")
    if choice.addresses_opened and choice.over_exposure > 0:
        length = _BAR * min(1.0, max(0.0, log10(max(choice.over_exposure, 1.0)) / decades))
        yield _bar(_EXPOSURE, y, max(length, 3), works)
        yield _text(_EXPOSURE + _BAR + 8, y + 17, factor_text(choice.over_exposure), "figure")
    else:
        yield _text(_EXPOSURE, y + 17, "opens nothing", "figure")


def _bar(x: float, y: float, width: float, classes: str) -> ET.Element:
    return element(
        "rect", x=f"{x:g}", y=f"{y + 5:g}", width=f"{max(width, 2):.1f}", height=_ROW - 10, classes=f"bar {classes}"
    )


def _line(x: float, top: float, bottom: float, classes: str) -> ET.Element:
    return element("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=f"{top:g}", y2=f"{bottom:g}", classes=classes)


def _text(x: float, y: float, text: str, classes: str, anchor: str = "start") -> ET.Element:
    return element("text", text, x=f"{x:.1f}", y=f"{y:g}", text_anchor=anchor, classes=classes)
