"""`netcheck lint`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import add_format, add_site, emit, load, site_name, words, write

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.lint.run import LintReport

EXAMPLE = "netcheck lint site.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    names = "codes or kinds of findings, such as NC201 or dead"
    parser.add_argument("--enable", metavar="NAME,…", help=f"look for these only: {names}")
    parser.add_argument("--disable", metavar="NAME,…", help="look for all but these")
    about = "the least severe findings to tell (default: note); notes alone are status 0"
    parser.add_argument("--severity", choices=["error", "warning", "note"], default="note", help=about)
    parser.add_argument("--vnet", metavar="PREFIX,…", help="what `VirtualNetwork` is, for an NSG alone")
    add_format(parser, "text", "json", "sarif", "github")


def run(options: argparse.Namespace) -> int:
    """Find, print, return the status: 1 for an error or a warning."""
    from netcheck.diagnostics import Severity
    from netcheck.lint.run import lint
    from netcheck.questions.packets import parse_prefixes
    from netcheck.sources._site_rules import SAME_PRIORITY

    site = load(options, tolerated=[SAME_PRIORITY])  # told as a finding
    vnet = parse_prefixes(words(options.vnet)) if options.vnet is not None else None
    report = lint(site, words(options.enable), words(options.disable), Severity(options.severity), vnet)
    status = 1 if report.has_problems else 0
    _print(options, report, status)
    return status


def _print(options: argparse.Namespace, report: LintReport, status: int) -> None:
    match options.format:
        case "sarif":
            write(options, _sarif(report, status))
        case "github":
            from netcheck.lint.github import lint_github

            write(options, lint_github(report))
        case _:
            from netcheck.lint.text import lint_text

            emit(options, lambda width: lint_text(report, site_name(options), width), report.to_dict)


def _sarif(report: LintReport, status: int) -> str:
    import json

    from netcheck._version import __version__
    from netcheck.cli.package_data import read_all_data
    from netcheck.lint.sarif import lint_sarif
    from netcheck.questions.catalog import parse_catalog

    catalog = parse_catalog(read_all_data("codes-7", ".md"))
    return json.dumps(lint_sarif(report, catalog, __version__, status), indent=2) + "\n"
