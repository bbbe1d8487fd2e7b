"""`netcheck ready`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import add_format, add_site, emit, load, word, words

EXAMPLE = "netcheck ready site.yaml"
_STATUS = {"pass": 0, "notApplicable": 0, "fail": 1, "unknown": 4}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    parser.add_argument("--vm", metavar="NAME,…", help="only these VMs (default: all)")
    parser.add_argument("--profile", metavar="NAME", help="whose checklist, such as article-2015")
    add_format(parser, "text", "json", "markdown")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    from netcheck.cli.package_data import read_data
    from netcheck.ready.checklist import parse_checklist
    from netcheck.ready.run import ready

    site = load(options)
    checklist = parse_checklist(read_data("checklist.yaml"))
    report = ready(site, checklist, words(options.vm), word(options.profile))

    def text(width: int) -> str:
        if options.format == "markdown":
            from netcheck.reports.ready_markdown import ready_markdown

            return ready_markdown(report)
        from netcheck.reports.ready_text import ready_text

        return ready_text(report, options.verbose, width)

    emit(options, text, report.to_dict)
    return _STATUS[report.status]
