"""`netcheck doctor`."""

from __future__ import annotations

import argparse
import sys

from netcheck.cli.common import OLD_TAGS, add_format, emit, load, tags_age
from netcheck.cli.terminal import SPELLED, expressible, is_terminal

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netcheck.live.machine import Finding

EXAMPLE = "netcheck doctor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    about = "a site, to see how old its service tags are"
    parser.add_argument("site", metavar="SITE", nargs="*", help=about)
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Look around, print, return the status: 1 where something is to be mended."""
    from netcheck.live.machine import State

    found = list(_findings(options))
    is_fine = all(one.state is not State.MEND for one in found)
    emit(
        options,
        lambda width: _text(found, width),
        lambda: {"format": "netcheck/1", "isFine": is_fine, "findings": [one.to_dict() for one in found]},
    )
    return 0 if is_fine else 1


def _findings(options: argparse.Namespace) -> Iterator[Finding]:
    import os
    import sysconfig
    from importlib.metadata import distributions

    from netcheck._version import __version__
    from netcheck.cli.main import COMMANDS
    from netcheck.live import machine

    yield from machine.installed(__version__)
    yield from machine.optional((*machine.PARTS, *([machine.AZURE] if "collect" in COMMANDS else [])))
    yield machine.owners(distributions())
    suffixes = os.environ.get("PATHEXT", ".EXE").split(os.pathsep) if sys.platform == "win32" else [""]
    ours = machine.our_command(sys.argv[0], sysconfig.get_path("scripts"))
    yield machine.on_path(ours, os.get_exec_path(), suffixes)
    encoding = sys.stdout.encoding or "utf-8"
    lacking = "".join(one for one in SPELLED if expressible(one, encoding) != one)
    yield machine.signs(encoding, lacking, is_terminal=is_terminal(sys.stdout))
    if options.site:
        site = load(options)
        tags = site.tags
        yield machine.tag_file(tags.file if tags else "", tags.published if tags else "", tags_age(tags), OLD_TAGS)


def _text(found: Sequence[Finding], width: int) -> str:
    from netcheck.live.machine import State

    lines: list[str] = []
    for one in found:
        state = str(one.state).upper() if one.state is State.MEND else one.state
        head = f"{state:<7} {one.about:<9} "
        lines += [*_wrapped(one.told, head, width), *_wrapped(one.help, " " * len(head), width)]
    count = sum(one.state is State.MEND for one in found)
    return "\n".join([*lines, "", f"{count} to mend" if count else "nothing to mend", ""])


def _wrapped(text: str, head: str, width: int) -> list[str]:
    """Return lines; paths and commands are not broken, since they are to be copied."""
    import textwrap

    indent = " " * len(head)
    return textwrap.wrap(
        text, width, initial_indent=head, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
