"""What several commands share: loading the site, printing the answer, the status of a verdict."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

TYPE_CHECKING = False  # checkers know the name; small commands do without the typing module
if TYPE_CHECKING:
    from netcheck.model.site import Site
    from netcheck.sources._resources import Options

_STYLES = {"reachable": "green", "blocked": "bold red", "partial": "yellow", "undetermined": "magenta"}
STATUS = {"reachable": 0, "blocked": 1, "partial": 1, "undetermined": 4}
"""Exit statuses by verdict; `netcheck.path.leg.Verdict` is not named here, since small commands judge nothing."""


def add_site(parser: argparse.ArgumentParser) -> None:
    """Add the SITE argument."""
    parser.add_argument(
        "site", metavar="SITE", nargs="+", help="files or folders that make one site, `-` for standard input"
    )


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """Add `-o`; the first format is the default."""
    parser.add_argument("-o", "--format", dest="format", choices=formats, default=formats[0], help="output format")


def words(text: str | None) -> list[str]:
    """Split a comma-separated option; None means it was not given.

    Raise QuestionError when it was given and names nothing: an unset shell variable must not widen the question.
    """
    if text is None:
        return []
    found = [word.strip() for word in text.split(",") if word.strip()]
    if not found:
        from netcheck.errors import QuestionError

        raise QuestionError("NC304", "an option is given without a value", "leave the option out, or name something")
    return found


def word(text: str | None) -> str:
    """Return a single value, "" when the option was not given; raise QuestionError when it was given empty."""
    return words(text)[0] if text is not None else ""


def site_name(options: argparse.Namespace) -> str:
    """Return the SITE argument as one would type it again."""
    import shlex

    return shlex.join([*options.site, *(["--tags", options.tags] if options.tags else [])])


def load(options: argparse.Namespace, tolerated: Sequence[str] = ()) -> Site:
    """Load the site and say its warnings on standard error; errors that are tolerated are among them."""
    return load_named(options, options.site, tolerated)


def load_named(options: argparse.Namespace, paths: Sequence[str], tolerated: Sequence[str] = ()) -> Site:
    """Load what some paths name as one site, and say its warnings on standard error."""
    from netcheck.sources.load import load_site

    site = load_site(paths, options.tags, deployed(options), tolerated)
    say_warnings(options, site)
    return site


def deployed(options: argparse.Namespace) -> Options:
    """Return where templates are deployed."""
    from netcheck.sources._resources import Options

    return Options(
        subscription=options.subscription or "",
        resource_group=options.resource_group or "",
        location=options.location or "",
    )


def say_warnings(options: argparse.Namespace, site: Site) -> None:
    """Say on standard error what there is to say of the files of a site."""
    if not options.quiet:
        for warning in site.warnings:
            print(warning.render(), file=sys.stderr)
        _say_age(site)


def _say_age(site: Site) -> None:
    """Say how old the tag file is. The ranges change every week, so an old file is worth a word."""
    if site.tags is None or not site.tags.published:
        return
    from datetime import UTC, date, datetime  # read here only: answers carry no clock

    days = (datetime.now(UTC).date() - date.fromisoformat(site.tags.published)).days
    if days > 60:
        print(f"note: {site.tags.file} is {days} days old; Microsoft publishes a new one every week", file=sys.stderr)


def emit(options: argparse.Namespace, to_text: Callable[[], str], to_dict: Callable[[], object]) -> None:
    """Print the answer in the format asked for, to standard output or a file."""
    if options.format == "json":
        import json

        write(options, json.dumps(to_dict(), indent=2) + "\n")
    else:
        write(options, to_text())


def write(options: argparse.Namespace, text: str) -> None:
    """Write the answer to the file asked for, else to standard output."""
    if options.output:
        write_file(options.output, text, inputs(options))
    elif options.format == "text" and _wants_colour(options.color):
        _write_coloured(text)
    else:
        sys.stdout.write(text)


def inputs(options: argparse.Namespace) -> list[str]:
    """Return the files that a command reads: none of them may be written over."""
    named = [getattr(options, name, None) for name in ("tags", "since", "old", "new", "intents", "baseline")]
    return [*getattr(options, "site", []), *(file for file in named if file)]


def write_file(path: str, text: str, inputs: Sequence[str]) -> None:
    """Write a file of an answer; raise InputError where that cannot be, or would destroy what was read."""
    from pathlib import Path

    from netcheck.diagnostics import Diagnostic, Severity, Source
    from netcheck.errors import InputError

    if any(Path(one).exists() and Path(path).exists() and Path(one).samefile(path) for one in inputs):
        message, advice = f"`{path}` is one of the files read", "name another file for the answer"
        raise InputError(
            [Diagnostic(code="NC104", severity=Severity.ERROR, message=message, at=Source(path), help=advice)]
        )
    try:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        message = f"cannot write the answer: {error.strerror}"
        at = Source(path)
        raise InputError([Diagnostic(code="NC151", severity=Severity.ERROR, message=message, at=at)]) from None


def _wants_colour(choice: str) -> bool:
    """`auto` means a terminal, unless NO_COLOR says otherwise (no-color.org)."""
    return choice == "always" or (choice == "auto" and sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def _write_coloured(text: str) -> None:
    from rich.console import Console  # 50 ms that only a person at a terminal pays
    from rich.text import Text

    shown = Text(text)
    for word, style in _STYLES.items():
        shown.highlight_regex(rf"(?i)\b{word}\b", style)
    shown.highlight_regex(r"(?m)^\s*(note|e\.g\.|next):?", "dim")
    Console(force_terminal=True, highlight=False).print(shown, end="", soft_wrap=True)
