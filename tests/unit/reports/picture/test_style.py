"""The look of pictures: enough contrast in both schemes, and more than colour to tell verdicts apart."""

from __future__ import annotations

import pytest

from netcheck.path.leg import Verdict
from netcheck.reports.picture.style import DARK, DASHES, LIGHT, PICTURE_CSS, VERDICTS

_ON = [
    *(("ink", ground) for ground in ("ground", "network", "subnet", "node", *(f"{one}-fill" for one in VERDICTS))),
    *(("muted", ground) for ground in ("ground", "network", "subnet", "node", *(f"{one}-fill" for one in VERDICTS))),
    *((one, ground) for one in VERDICTS for ground in ("ground", "network", "subnet", "node", f"{one}-fill")),
]


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.1."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    """The extremes, as WCAG gives them."""
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), _ON)
def test_text_stands_out(palette: dict[str, str], text: str, ground: str) -> None:
    """4.5 to 1, the AA level of WCAG, for every text on every ground it may stand on."""
    assert _contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("line", ["line", *VERDICTS])
def test_lines_stand_out(palette: dict[str, str], line: str) -> None:
    """3 to 1 for what is no text, on every ground that lines cross."""
    assert all(_contrast(palette[line], palette[ground]) >= 3 for ground in ("ground", "network", "subnet"))


def test_both_schemes_say_the_same_about_the_same() -> None:
    """Every colour has its counterpart."""
    assert list(LIGHT) == list(DARK)


def test_the_lines_of_verdicts_differ_without_colour() -> None:
    """Each verdict's line is broken in a way of its own."""
    assert set(VERDICTS) == {str(verdict) for verdict in Verdict}
    assert len(set(DASHES.values())) == len(VERDICTS)


def test_every_rule_keeps_to_pictures() -> None:
    """In a page, the style touches nothing outside of a picture."""
    selectors = [line.partition("{")[0] for line in PICTURE_CSS.splitlines() if "{" in line and "@media" not in line]
    assert all(one.strip().startswith(".picture ") for rule in selectors for one in rule.split(","))
