"""Elements of pages: text stays text, and what a strict policy refuses cannot be made."""

from __future__ import annotations

import pytest

from netcheck.path.leg import Verdict
from netcheck.reports.html.markup import Content, element, joined, name, preformatted, serialized
from netcheck.reports.html.parts import SIGNS, badge, copyable, row, table
from tests.unit.reports.html.reading import read
from tests.unit.reports.test_intents_formats import NASTY

MARKUP = [
    "<script>alert(1)</script>",
    "</style><b>",
    "</title>",
    "a & b &lt;",
    "\"'><img src=x onerror=alert(1)>",
    "<!--",
]


@pytest.mark.parametrize("text", [*NASTY, *MARKUP])
def test_text_is_read_back_as_text(text: str) -> None:
    """Whatever a name holds is text of the element and value of the attribute, with U+FFFD for what does not print."""
    shown = "".join(one if one.isprintable() else "\ufffd" for one in text)
    html = serialized(element("p", text, element("b", "x"), text, title=text))
    assert html.isascii()
    assert read(html).tags == [("p", {"title": shown}), ("b", {})]
    assert "".join(read(html).texts["p"]) == shown + shown


@pytest.mark.parametrize("text", ["\u202egnp.exe", "\u2066x", "a\u200fb", "\u200b", "a\u0085b", "two\nlines"])
def test_marks_that_turn_or_hide_text_are_shown(text: str) -> None:
    """No mark of direction, no blank of width zero, no line end gets into a page as itself."""
    assert "\ufffd" in read(serialized(name(text))).text


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("p", {"style": "color:red"}),
        ("p", {"onclick": "x()"}),
        ("img", {"src": "x"}),
        ("a", {"href": "javascript:alert(1)"}),
        ("a", {"href": " javascript:alert(1)"}),
        ("form", {"action": "x"}),
        ("script", {}),
        ("style", {}),
    ],
)
def test_what_the_policy_refuses_cannot_be_made(tag: str, attributes: dict[str, str]) -> None:
    """A page with any of these would be broken by its own policy."""
    with pytest.raises(AssertionError):
        element(tag, **attributes)


def test_attributes_are_spelled_as_in_html() -> None:
    """Python's names stand for those of HTML; False leaves an attribute out."""
    made = element("label", for_="x", aria_label="y", hidden=True, open=False, tabindex=-1, classes="a b")
    expected = {"class": "a b", "for": "x", "aria-label": "y", "hidden": "", "tabindex": "-1"}
    assert read(serialized(made)).tags == [("label", expected)]


def test_lines_to_copy_keep_their_blanks() -> None:
    """What is copied is what was written: line ends, tabs and no-break blanks stay, marks that hide text do not."""
    text = "az x \\\n\t--name 'a\u00a0b'\n\u202e\x00\n"
    assert "".join(read(serialized(preformatted(text))).texts["pre"]) == "az x \\\n\t--name 'a\u00a0b'\n\ufffd\ufffd\n"


def test_line_ends_after_blocks_alone() -> None:
    """A line end inside a line of text would be a blank."""
    made = element("div", element("p", "a", element("b", "b"), element("i", "c")), element("p", "d"))
    assert serialized(made) == "<div><p>a<b>b</b><i>c</i></p>\n<p>d</p>\n</div>"


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_is_a_word_with_a_sign(verdict: Verdict) -> None:
    """Colour is never the only sign, and no two verdicts share one."""
    found = read(serialized(badge(verdict)))
    assert found.text == SIGNS[verdict] + verdict
    assert len(set(SIGNS.values())) == len(Verdict)


def test_no_packet_is_no_verdict() -> None:
    """A pair without packets has a word of its own."""
    assert read(serialized(badge(None))).text == "no packet"


def test_a_table_names_itself_and_heads_its_rows_and_columns() -> None:
    """Caption and scopes are what a screen reader says."""
    made = table("All of it", ["who", "what"], [row(name("x"), "y", key="3"), row("z", [element("b", "1"), "2"])])
    found = read(serialized(made))
    assert found.texts["caption"] == ["All of it"]
    assert [one["scope"] for one in found.attributes("th")] == ["col", "col", "row", "row"]
    assert [one.get("data-key") for one in found.attributes("tr")] == [None, "3", None]


def test_a_button_without_its_script_is_hidden() -> None:
    """Nothing is offered that does not work."""
    [button] = read(serialized(copyable("ls", "the command", "c1"))).attributes("button")
    assert button == {
        "type": "button", "data-copy": "c1", "aria-label": "Copy the command", "hidden": ""
    }  # fmt: skip


def test_joined_puts_text_between() -> None:
    """Between, and neither before nor after."""
    parts: list[Content] = ["a", "b", "c"]
    assert joined(", ", parts) == ["a", ", ", "b", ", ", "c"]
    assert joined(", ", []) == []
