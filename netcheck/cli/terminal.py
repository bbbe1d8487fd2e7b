"""Standard output: how wide it is, whether it takes colour, and what its encoding cannot express."""

from __future__ import annotations

import codecs
import os
import sys

TYPE_CHECKING = False  # checkers know the name; `--version` and `--help` do without the typing module
if TYPE_CHECKING:
    from typing import TextIO

WIDTH, NARROWEST = 80, 40
SPELLED = {"…": "...", "→": "->", "\N{REPLACEMENT CHARACTER}": "?"}
"""What our own marks are where an encoding lacks them; anything else is escaped."""


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a person looks at a stream; one that is closed nobody looks at."""
    return stream is not None and not stream.closed and stream.isatty()


def columns(stream: TextIO | None) -> int:
    """Return how many columns a terminal has; 80 where it does not tell."""
    try:
        told = int(os.environ.get("COLUMNS", 0))
    except ValueError:
        told = 0
    if told <= 0 and stream is not None:
        try:
            told = os.get_terminal_size(stream.fileno()).columns
        except (ValueError, OSError):  # closed, or no terminal
            told = 0
    return told if told > 0 else WIDTH


def text_width() -> int:
    """Return how wide an answer is written: 80 columns, and less on a terminal that has less."""
    return max(NARROWEST, min(WIDTH, columns(sys.stdout))) if is_terminal(sys.stdout) else WIDTH


def wants_colour(choice: str) -> bool:
    """Return whether text is coloured: `auto` means a terminal that is not dumb.

    For `auto`, NO_COLOR says no (no-color.org), and else FORCE_COLOR yes (force-color.org), where they are not empty.
    """
    if choice != "auto" or os.environ.get("NO_COLOR"):
        return choice == "always"
    return bool(os.environ.get("FORCE_COLOR")) or (is_terminal(sys.stdout) and os.environ.get("TERM") != "dumb")


def spell_what_lacks(stream: TextIO | None) -> None:
    """Let a stream spell what its encoding lacks, in place of an error."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        codecs.register_error(_SPELLED, _spelled)
        reconfigure(errors=_SPELLED)


def expressible(text: str, encoding: str) -> str:
    """Return a text in characters that an encoding has; what it lacks is spelled in ASCII, or escaped."""
    codecs.register_error(_SPELLED, _spelled)
    return text.encode(encoding, _SPELLED).decode(encoding)


_SPELLED = "netcheck.spelled"


def _spelled(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError), "it is registered for encoding"
    lacking = error.object[error.start : error.end]
    escaped = (SPELLED.get(one) or one.encode("ascii", "backslashreplace").decode("ascii") for one in lacking)
    return "".join(escaped), error.end


def put(text: str, *, is_for_people: bool, is_coloured: bool = False) -> bool:
    """Write an answer to standard output; return whether every character could be written as it is.

    What programs read is UTF-8 wherever it goes but to a terminal: a redirected file is the one that `--output` writes.
    A reader who has seen enough (`| head`) is no fault. Raise OSError where standard output takes nothing.
    """
    out = sys.stdout
    if out is None or out.closed:
        raise OSError("it is closed")
    exact = getattr(out, "buffer", None)
    try:
        out.flush()
        if exact is not None and not is_for_people and not out.isatty():
            exact.write(text.encode("utf-8", "backslashreplace"))
            exact.flush()
            return True
        shown = expressible(text, out.encoding or "utf-8")
        _write_coloured(shown) if is_coloured else out.write(shown)
        out.flush()
    except BrokenPipeError:
        leave(out)
        return True
    return shown == text


def say(text: str) -> None:
    """Say something beside the answer, on standard error; where nobody listens, the answer and its status stand."""
    if sys.stderr is None:  # closed: print would take standard output for it
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        leave(sys.stderr)


def leave(out: TextIO) -> None:
    """Send what is still to be written to a stream nowhere: its reader is gone, and Python would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, out.fileno())
    os.close(nowhere)


def _write_coloured(text: str) -> None:
    from rich.console import Console  # 50 ms that only a person at a terminal pays
    from rich.highlighter import RegexHighlighter
    from rich.theme import Theme

    class Words(RegexHighlighter):
        base_style = "netcheck."
        highlights = list(_PATTERNS)  # noqa: RUF012 - the library wants it so

    styles = {f"netcheck.{name}": style for name, style in _STYLES.items()}
    console = Console(
        force_terminal=True, color_system="standard", no_color=False, theme=Theme(styles), highlight=False, emoji=False
    )
    shown = Words()(text)
    console.print(shown, end="", soft_wrap=True)


_STYLES = {
    "reachable": "green",
    "blocked": "bold red",
    "partial": "yellow",
    "undetermined": "magenta",
    "code": "cyan",
    "label": "dim",
    "command": "bold",
    "place": "dim",
}
"""The sixteen colours of the terminal's own theme, so that they can be read on any background."""
_PATTERNS = (
    r"(?i)(?<!not )\b(?P<reachable>reachable)\b",
    r"(?i)\b(?P<blocked>blocked)\b",
    r"(?i)\b(?P<partial>partial)\b",
    r"(?i)\b(?P<undetermined>undetermined)\b",
    r"(?m)^(?P<reachable>HOLDS)\b",
    r"(?m)^(?P<blocked>FAILS)\b",
    r"(?m)^(?P<reachable>OPENED)\b|^(?P<blocked>CLOSED)\b",
    r"(?m)^ +(?P<blocked>error) (?P<code>NC\d{3})\b",
    r"(?m)^ +(?P<partial>warning) (?P<code>NC\d{3})\b",
    r"(?m)\b(?:note|finding) (?P<code>NC\d{3})\b",
    r"(?m)^\W*(?P<label>note|next|e\.g\.):? ",
    r"(?m)^\W*(?:next:|e\.g\.) (?P<command>netcheck .*)$",
    r"(?m)(?P<place> \S+:\d+:\d+)$",
    r"(?P<blocked>\bdeny)(?= by | ->|$)",
)
"""What is coloured; the words say it all, and stay."""
