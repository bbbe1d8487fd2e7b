"""How the pages are taken apart, and what counts as shown."""

import pytest

from tests.docs.blocks import Step, blocks, is_shown, shown_anew, steps, typed

PRINTED = "a\nb\nc\nd\n"


def test_commands_and_what_they_show() -> None:
    """A command may go on with lines that begin as a shell marks them."""
    found = steps("$ cat > f << 'END'\n> x\n>\n> END\n$ netcheck rule\nshown\n")
    assert found == [Step("cat > f << 'END'\n> x\n>\n> END", ""), Step("netcheck rule", "shown\n")]
    assert typed(found[0].command) == "cat > f << 'END'\nx\n\nEND"


def test_blocks_have_a_language_and_a_place() -> None:
    """The place is that of the text between the fences."""
    page = "words\n```sh\nls\n```\n\n```\nbare\n```\n"
    assert [(one.language, one.text, page[one.start : one.end]) for one in blocks(page)] == [
        ("sh", "ls\n", "ls\n"),
        ("", "bare\n", "bare\n"),
    ]


@pytest.mark.parametrize(
    "shown", [PRINTED, "a\n[...]\n", "[...]\nd\n", "a\n[...]\nd\n", "[...]\nb\n[...]\n", "a\nb\n[...]\nc\nd\n"]
)
def test_lines_that_are_left_out(shown: str) -> None:
    """They may be any lines, also none; what is shown stands in its order, whole lines each."""
    assert is_shown(shown, PRINTED)


@pytest.mark.parametrize(
    "shown", ["", "a\n", "a\nc\n[...]\n", "[...]\nc\n", "d\n[...]\na\n", "a\n[...]\nx\n[...]\n", "[...]\n.\n"]
)
def test_what_is_not_shown(shown: str) -> None:
    """Nothing is left out without its mark, and a mark stands for no part of a line."""
    assert not is_shown(shown, PRINTED)


@pytest.mark.parametrize(
    ("shown", "printed", "anew"),
    [
        ("a\nb\n", "a\nx\n", "a\nx\n"),
        ("a\n[...]\nd\n", "a\nb\nx\nd\ne\n", "a\n[...]\nd\ne\n"),
        ("a\n[...]\nd\n", "x\nb\nc\ny\n", "x\n[...]\ny\n"),
        ("a\nb\n[...]\n", "a\nnew\nb\nc\n", "a\nnew\nb\n[...]\n"),
    ],
)
def test_a_page_is_written_anew(shown: str, printed: str, anew: str) -> None:
    """What it leaves out stays left out."""
    assert anew == shown_anew(shown, printed)
    assert is_shown(anew, printed)
