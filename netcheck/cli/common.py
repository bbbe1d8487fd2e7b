"""What several commands share: loading the site, printing the answer, the status of a verdict."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from netcheck.cli.terminal import WIDTH, is_terminal, put, say, text_width, wants_colour

TYPE_CHECKING = False  # checkers know the name; small commands do without the typing module
if TYPE_CHECKING:
    from netcheck.errors import InputError
    from netcheck.model.site import Site
    from netcheck.model.tags import TagTable
    from netcheck.sources._resources import Options

OLD_TAGS = 60
"""Days. The ranges change every week, so an older file is worth a word."""
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
    """Return the SITE argument as one would type it again, with what else says how it is read."""
    return reading(options, options.site)


def reading(options: argparse.Namespace, paths: Sequence[str]) -> str:
    """Return paths of a site as one would type them again, with the options that say how they are read."""
    return typed(paths, options, "tags", "subscription", "resource_group", "location")


def typed(words: Sequence[str], options: argparse.Namespace, *names: str) -> str:
    """Return words and those of the named options that were given, quoted as one would type them again."""
    import shlex

    return shlex.join([*words, *given(options, *names)])


def given(options: argparse.Namespace, *names: str) -> list[str]:
    """Return those of the named options that were given, as words."""
    found = [(name, getattr(options, name, None)) for name in names]
    return [word for name, value in found if value for word in _option(name, value)]


def _option(name: str, value: str) -> list[str]:
    """Return an option as words; a value that looks like one is kept with its name."""
    flag = f"--{name.replace('_', '-')}"
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def load(options: argparse.Namespace, tolerated: Sequence[str] = ()) -> Site:
    """Load the site and say its warnings on standard error; errors that are tolerated are among them."""
    return load_named(options, options.site, tolerated)


def load_named(options: argparse.Namespace, paths: Sequence[str], tolerated: Sequence[str] = ()) -> Site:
    """Load what some paths name as one site, and say its warnings on standard error.

    A host (`netcheck mcp`) has sites of its own, and is told of the answer instead of standard output.
    """
    host = getattr(options, "host", None)
    if host is not None:
        loaded: Site = host.load(paths, tolerated)
        return loaded
    from netcheck.sources.load import load_site

    is_typed = "-" in paths and is_terminal(sys.stdin)
    if not is_typed:
        options.progress.say(f"reading {paths[0]}")
    site = load_site(paths, options.tags, deployed(options), tolerated)
    options.progress.close()
    say_warnings(options, site)
    options.progress.say("working out the answer")
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
        for one in told_of(site):
            say(one)


def told_of(site: Site) -> list[str]:
    """Return what there is to say of the files of a site: warnings, and that its service tags are old."""
    old = [age_note(site.tags)] if site.tags is not None and tags_age(site.tags) > OLD_TAGS else []
    return [*(one.render() for one in site.warnings), *old]


def say_age(table: TagTable, least: int = OLD_TAGS + 1) -> None:
    """Say how old a tag file is, from so many days on."""
    if table.published and tags_age(table) >= least:
        say(age_note(table))


def age_note(table: TagTable) -> str:
    """Return how old a tag file is, in words."""
    return f"note: {table.file} is {tags_age(table)} days old; Microsoft publishes a new one every week"


def tags_age(table: TagTable | None) -> int:
    """Return how many days old a file of service tags is; 0 where there is none, or its name does not say it."""
    if table is None or not table.published:
        return 0
    from datetime import UTC, date, datetime  # read here only: answers carry no clock

    return (datetime.now(UTC).date() - date.fromisoformat(table.published)).days


def emit(options: argparse.Namespace, to_text: Callable[[int], str], to_dict: Callable[[], object]) -> None:
    """Print the answer in the format asked for; a text is told how wide it may be."""
    host = getattr(options, "host", None)
    if host is not None:
        host.take(to_text(WIDTH), to_dict())
        return
    if options.format == "json":
        import json

        write(options, json.dumps(to_dict(), indent=2) + "\n")
    else:
        write(options, to_text(WIDTH if options.output else text_width()))


def write(options: argparse.Namespace, text: str) -> None:
    """Write the answer to the file asked for, else to standard output."""
    if options.output:
        write_file(options.output, text, inputs(options))
        return
    options.progress.close()
    is_for_people = options.format == "text"
    try:
        is_whole = put(text, is_for_people=is_for_people, is_coloured=is_for_people and wants_colour(options.color))
    except OSError as error:
        raise _unwritten("standard output", error) from None
    if not is_whole and not options.quiet:
        lacking = f"note: standard output is {sys.stdout.encoding}, which lacks characters of the answer"
        say(f"{lacking}: they are escaped; --output FILE writes UTF-8")


def say_next(options: argparse.Namespace, command: str) -> None:
    """Say to a person what to type next, where the answer itself is a file with no room for it."""
    if not options.quiet and is_terminal(sys.stderr) and command.isprintable():
        say(f"next: netcheck {command}")


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
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise _unwritten(path, error) from None


def _unwritten(where: str, error: OSError) -> InputError:
    from netcheck.diagnostics import Diagnostic, Severity, Source
    from netcheck.errors import InputError

    message = f"cannot write the answer: {error.strerror or error}"
    return InputError([Diagnostic(code="NC151", severity=Severity.ERROR, message=message, at=Source(where))])
