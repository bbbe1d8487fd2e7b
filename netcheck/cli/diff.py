"""`netcheck diff`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from netcheck.cli.common import add_format, emit, load_named, reading, words, write

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.model.site import Site
    from netcheck.model.tags import TagTable
    from netcheck.questions.diff.diff import DiffReport
    from netcheck.reports.diff_words import Names

EXAMPLE = "netcheck diff site.yaml site-new.yaml --fail-on opened"
FAIL_ON = ("any", "opened", "closed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("old", metavar="OLD", help="the site as it was, a file or a folder, or a service-tag file")
    parser.add_argument("new", metavar="NEW", help="the same as it is to be")
    words_of = "which difference ends with status 1 (default: any)"
    parser.add_argument("--fail-on", choices=FAIL_ON, default="any", help=words_of)
    parser.add_argument("--vnet", metavar="PREFIX,…", help="what `VirtualNetwork` is, for NSGs alone")
    add_format(parser, "text", "json", "markdown")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status: 1 a difference that counts, 4 one that depends on an open fact."""
    from netcheck.sources.load import load_tags

    options.progress.say(f"reading {options.old}")
    old, new = load_tags(options.old), load_tags(options.new)
    if old is not None and new is not None:
        return diff_tag_files(options, old, new)
    from netcheck.questions.diff.changed import Kind
    from netcheck.questions.diff.diff import diff
    from netcheck.questions.packets import parse_prefixes

    sites = load_named(options, [options.old]), load_named(options, [options.new])
    report = diff(*sites, parse_prefixes(words(options.vnet)) if options.vnet is not None else None)
    if options.format == "markdown":
        from netcheck.reports.diff_markdown import diff_markdown

        write(options, diff_markdown(report, _names(sites)))
    else:
        emit(options, lambda width: _to_text(options, report, sites, width), report.to_dict)
    opens, closes, depends = (report.has(kind) for kind in Kind)
    return _status(options.fail_on, opens=opens, closes=closes, depends=depends)


def _names(sites: tuple[Site, Site]) -> Names:
    from netcheck.reports.diff_words import Names

    return Names(*reversed(sites))


def _to_text(options: argparse.Namespace, report: DiffReport, sites: tuple[Site, Site], width: int) -> str:
    from netcheck.reports.diff_text import diff_text  # JSON does without it

    new = "" if sites[1].is_bare_nsg else reading(options, [options.new])
    return diff_text(report, _names(sites), new, width)


def diff_tag_files(options: argparse.Namespace, old: TagTable, new: TagTable, only: Sequence[str] = ()) -> int:
    """Compare two service-tag files: `netcheck diff` and `netcheck tags diff` are one question here."""
    from netcheck.questions.diff.tags import diff_tags

    report = diff_tags(old, new, only)

    def to_text(width: int) -> str:
        from netcheck.reports.diff_tags_text import tags_text

        return tags_text(report, bool(only) or options.verbose, width)

    emit(options, to_text, report.to_dict)
    fail_on = getattr(options, "fail_on", "any")
    return 1 if {"any": bool(report.changes), "opened": report.opens, "closed": report.closes}[fail_on] else 0


def _status(fail_on: str, *, opens: bool, closes: bool, depends: bool) -> int:
    counts = {"any": opens or closes, "opened": opens, "closed": closes}
    return 1 if counts[fail_on] else 4 if depends else 0
