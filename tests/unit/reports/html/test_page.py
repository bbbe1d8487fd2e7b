"""A whole page: its policy fits what is in it, and the style sheet keeps its promises."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from netcheck.cli.package_data import read_assets, read_data
from netcheck.path.leg import Verdict
from netcheck.reports.html.markup import element
from netcheck.reports.html.page import Assets, Section, page
from netcheck.reports.html.parts import Tab, filter_box, tabs
from tests.unit.reports.html.reading import Read, read

HOSTILE = '<script>alert(1)</script>\u202e & "x"'


def made(assets: Assets) -> Read:
    """Return a page with a hostile title, read back."""
    sections = [Section("one", "One", ["text"]), Section("two", "Two", [element("p", HOSTILE)])]
    return read(page(HOSTILE, [element("p", "lead")], sections, assets))


def policy(found: Read) -> dict[str, str]:
    """Return the directives of the policy."""
    [meta] = [one for one in found.attributes("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    parts = (one.strip().partition(" ") for one in str(meta["content"]).split(";"))
    return {name: value for name, _, value in parts}


def hashes(texts: list[str]) -> str:
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in texts)


def test_the_policy_lets_the_embedded_texts_run_and_nothing_else() -> None:
    """The hashes are those of the texts as a browser reads them out of the page."""
    found = made(read_assets())
    assert policy(found) == {
        "default-src": "'none'",
        "style-src": hashes(found.texts["style"]),
        "script-src": hashes(found.texts["script"]),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert found.texts["style"] == [read_data("page.css")]
    assert found.texts["script"] == [read_data("page.js")]


def test_a_page_without_scripts_lets_none_run() -> None:
    """No script is no leave for one."""
    assert policy(made(Assets(("p{}",), ())))["script-src"] == "'none'"


def test_the_policy_comes_before_what_it_is_about() -> None:
    """A policy in a meta element holds for what follows it only."""
    tags = [tag for tag, _ in made(read_assets()).tags]
    assert tags.index("meta") < tags.index("style") < tags.index("script")
    assert tags[:3] == ["html", "head", "meta"]


def test_names_do_not_become_elements() -> None:
    """A hostile title is text in both places."""
    found = made(read_assets())
    shown = HOSTILE.replace("\u202e", "\ufffd")
    assert found.texts["title"] == [f"{shown} - netcheck"]
    assert found.texts["h1"] == [shown]
    assert len(found.attributes("script")) == 1


def test_sections_are_linked_from_the_top() -> None:
    """Each link leads to an element of the page."""
    found = made(read_assets())
    targets = {f"#{attributes['id']}" for _, attributes in found.tags if "id" in attributes}
    links = [one["href"] for one in found.attributes("a")]
    assert links == ["#main", "#one", "#two"]
    assert set(links) <= targets


@pytest.mark.parametrize("text", ["x='</script>'", "/* </STYLE */", "'<!--'", "'\u00e9'"])
def test_a_text_that_would_end_its_element_is_refused(text: str) -> None:
    """The files of the package are embedded as they are: they must not hold what HTML reads as an end."""
    with pytest.raises(AssertionError):
        page("x", [], [], Assets((), (text,)))


def test_what_needs_a_script_is_hidden_without_one() -> None:
    """A field that filters nothing is not shown."""
    box = filter_box("Find", "groups", ["a", "b"], "f")
    assert (box.get("hidden"), box.get("data-tables")) == ("", "a b")


def test_one_view_has_no_tabs() -> None:
    """A choice of one is none."""
    assert tabs("Views", [Tab("a", [])], "t").get("class") is None
    assert tabs("Views", [Tab("a", []), Tab("b", [])], "t").get("class") == "tabs"


def colours(scheme: str) -> dict[str, str]:
    """Return the custom properties of a colour scheme."""
    light, _, rest = read_data("page.css").partition("@media screen and (prefers-color-scheme: dark)")
    text = rest.partition("* {")[0] if scheme == "dark" else light
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))


def luminance(colour: str) -> float:
    """Return relative luminance. Semantics: WCAG 2.2."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours. Semantics: WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(scheme: str) -> None:
    """All text has a contrast of 4.5 at least, verdicts on their own ground and on that of the page."""
    found = colours(scheme)
    pairs = [("text", "paper"), ("text", "panel"), ("soft", "paper"), ("soft", "panel"), ("link", "paper")]
    pairs += [(verdict, ground) for verdict in Verdict for ground in (f"{verdict}-back", "paper")]
    assert {pair: contrast(found[pair[0]], found[pair[1]]) >= 4.5 for pair in pairs} == dict.fromkeys(pairs, True)
