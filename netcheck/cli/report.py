"""`netcheck report`."""

from __future__ import annotations

import argparse

from netcheck.cli.check import add_backup, load_with_profile, port_numbers
from netcheck.cli.common import STATUS, add_site, given, site_name, word, words, write

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.overview.html.typed import Typed

EXAMPLE = "netcheck report site.yaml -o report.html"
_HTML = "html"
_CHOSEN = ("vm", "profile", "target", "port", "resource_group")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    add_backup(parser)
    told = "the file to write (default: standard output); an ending such as .html tells it from a format"
    parser.add_argument("-o", "--format", dest="format", type=_file, default=_HTML, metavar="FILE", help=told)


def _file(text: str) -> str:
    """Return the file named, or `html` for the format; another format is refused, not written to a file of its name."""
    if text != _HTML and "." not in text:
        raise argparse.ArgumentTypeError(f"`{text}` is no file with an ending, and the only format is html")
    return text


def run(options: argparse.Namespace) -> int:
    """Write the page, return the status of `check`."""
    from netcheck.cli.package_data import read_all_data, read_assets, read_data
    from netcheck.overview.html.page import ASSETS, report_html
    from netcheck.overview.report import report
    from netcheck.questions.catalog import parse_catalog
    from netcheck.ready.checklist import parse_checklist

    _name_file(options)
    site, profile = load_with_profile(options)
    asked = (words(options.vm), profile, word(options.target), port_numbers(options.port))
    found = report(
        site,
        *asked,
        resource_group=word(options.resource_group),
        progress=lambda _done, _whole, what: options.progress.say(what),
        checklist=parse_checklist(read_data("checklist.yaml")),
    )
    catalog = parse_catalog(read_all_data("codes-", ".md"))
    write(options, report_html(found, typed_for(options, *_CHOSEN), catalog, read_assets(*ASSETS)))
    return STATUS[found.verdict]


def typed_for(options: argparse.Namespace, *chosen: str) -> Typed:
    """Return the words that a command needs to be about the same site and traffic; `chosen` are options for traffic."""
    from netcheck.overview.html.typed import Typed

    return Typed(site_name(options), tuple(given(options, *chosen)))


def _name_file(options: argparse.Namespace) -> None:
    """Let `-o FILE` mean what `--output FILE` means; two files are one too many."""
    if options.format != _HTML:
        if options.output:
            from netcheck.errors import QuestionError

            raise QuestionError("NC304", "the report is to go into two files", "give `-o FILE` or `--output FILE`")
        options.output, options.format = options.format, _HTML
