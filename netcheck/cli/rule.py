"""`netcheck rule`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from netcheck.cli.common import add_format, emit
from netcheck.cli.package_data import read_all_data
from netcheck.cli.terminal import WIDTH

if TYPE_CHECKING:
    from netcheck.questions.catalog import CodeEntry

EXAMPLE = "netcheck rule NC115"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("code", metavar="CODE", nargs="?", default="", help="such as NC115; without it: list all codes")
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    from netcheck.questions.catalog import find_code, parse_catalog

    entries = parse_catalog(read_all_data("codes-", ".md"))
    if not options.code:
        listed = list(entries.values())
        emit(
            options,
            lambda width: "".join(_list(listed, width)),
            lambda: {"codes": [entry.to_dict() for entry in listed]},
        )
        return 0
    entry = find_code(entries, options.code)
    emit(options, lambda width: "".join(f"{line}\n" for line in entry_lines(entry, width)), entry.to_dict)
    return 0


def _list(entries: list[CodeEntry], width: int) -> Iterator[str]:
    import textwrap

    from netcheck.questions.catalog import GROUPS

    group = ""
    for entry in entries:
        if entry.code[:3] != group:
            yield f"{'' if not group else chr(10)}{GROUPS[entry.code[:3]]}\n"
            group = entry.code[:3]
        line = f"  {entry.code}  {entry.severity:<7}  {entry.title}"
        yield from (
            f"{one}\n" for one in textwrap.wrap(line, width, subsequent_indent=" " * 19, break_long_words=False)
        )


def entry_lines(entry: CodeEntry, width: int = WIDTH) -> Iterator[str]:
    """Yield the lines that explain one code, at most so wide apart from the example."""
    yield f"{entry.code} ({entry.severity}): {entry.title}"
    for name, text in entry.parts.items():
        yield ""
        yield name
        if name == "Example":
            yield from _example(entry, width)
        else:
            yield from _wrapped(text, width)


def _example(entry: CodeEntry, width: int) -> Iterator[str]:
    words, files = entry.example()
    yield from _wrapped(words, width)
    for file in files:
        if file.name:
            yield f"  {file.name}:"
        indent = "    " if file.name else "  "
        yield from (f"{indent}{line}" for line in file.text.splitlines())


def _wrapped(text: str, width: int) -> Iterator[str]:
    import textwrap

    for paragraph in text.split("\n\n"):
        yield from textwrap.wrap(
            paragraph,
            width,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
