"""`netcheck lint`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import add_format, add_site, emit, load, site_name, words

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
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Find, print, return the status: 1 for an error or a warning."""
    from netcheck.diagnostics import Severity
    from netcheck.lint.run import lint
    from netcheck.lint.text import lint_text
    from netcheck.questions.packets import parse_prefixes
    from netcheck.sources._site_rules import SAME_PRIORITY

    site = load(options, tolerated=[SAME_PRIORITY])  # told as a finding
    vnet = parse_prefixes(words(options.vnet)) if options.vnet is not None else None
    report = lint(site, words(options.enable), words(options.disable), Severity(options.severity), vnet)
    emit(options, lambda width: lint_text(report, site_name(options), width), report.to_dict)
    return 1 if report.has_problems else 0
