"""`netcheck test`."""

from __future__ import annotations

import argparse
import os

from netcheck.cli.common import (
    add_format,
    add_site,
    deployed,
    emit,
    inputs,
    load,
    say_warnings,
    site_name,
    write,
    write_file,
)

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.questions.intents.result import IntentsReport

EXAMPLE = "netcheck test site.yaml intents.yaml -o github"
STATUS = {"holds": 0, "fails": 1, "undetermined": 4}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    parser.add_argument("intents", metavar="INTENTS", help="the intents file (`netcheck schema intents`)")
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="only the intent of this name")
    known = "failures that it lists do not count, unless they grow"
    parser.add_argument("--baseline", metavar="FILE", help=known)
    parser.add_argument("--write-baseline", metavar="FILE", help="write the failures of today as a baseline")
    add_format(parser, "text", "json", "junit", "sarif", "github")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status: 1 an intent fails, 4 none fails and one is open."""
    from netcheck.questions.intents.judge import chosen, judge_intents
    from netcheck.sources.intents.baseline import read_baseline
    from netcheck.sources.intents.file import read_intents
    from netcheck.sources.intents.old_sites import load_old_sites

    if options.only and options.write_baseline:
        from netcheck.errors import QuestionError

        advice = "write it without --only: a baseline of some intents would forget what it knew of the others"
        raise QuestionError("NC334", "a baseline is of all intents", advice)
    file = read_intents(options.intents)
    baseline = read_baseline(options.baseline) if options.baseline else None
    options.progress.say("reading the sites of before")
    old = load_old_sites(chosen(file, options.only), options.tags, deployed(options))
    options.progress.close()
    for one in old.values():
        say_warnings(options, one)
    report = judge_intents(load(options), file, old, options.only)
    if options.write_baseline:
        _write_baseline(options, report)
    if baseline is not None:
        from netcheck.questions.intents.known import seen_with

        report = seen_with(report, baseline)
    _print(options, report)
    return STATUS[report.status]


def _write_baseline(options: argparse.Namespace, report: IntentsReport) -> None:
    import json

    from netcheck.questions.intents.known import baseline_dict

    text = json.dumps(baseline_dict(report.breaches), indent=2) + "\n"
    write_file(options.write_baseline, text, [one for one in inputs(options) if one != options.baseline])


def _print(options: argparse.Namespace, report: IntentsReport) -> None:
    name = "" if report.site.is_bare_nsg else site_name(options)
    match options.format:
        case "junit":
            from netcheck.reports.intents.junit import intents_junit

            write(options, intents_junit(report, name))
        case "sarif":
            write(options, _sarif(report, name))
        case "github":
            from netcheck.reports.intents.github import intents_github

            write(options, intents_github(report))
            _add_summary(report)
        case _:
            from netcheck.reports.intents.text import intents_text

            emit(options, lambda width: intents_text(report, name, width), report.to_dict)


def _sarif(report: IntentsReport, name: str) -> str:
    import json

    from netcheck._version import __version__
    from netcheck.cli.package_data import read_all_data
    from netcheck.questions.catalog import parse_catalog
    from netcheck.reports.intents.sarif import intents_sarif

    catalog = parse_catalog(read_all_data("codes-8-intents", ".md"))
    log = intents_sarif(report, catalog, __version__, STATUS[report.status], name)
    return json.dumps(log, indent=2) + "\n"


def _add_summary(report: IntentsReport) -> None:
    """Add the outcome to the summary of a GitHub job, where the runner names a file for it."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from pathlib import Path

    from netcheck.diagnostics import Diagnostic, Severity, Source
    from netcheck.errors import InputError
    from netcheck.reports.intents.github import intents_summary

    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(intents_summary(report))
    except OSError as error:
        message = f"cannot write the job summary: {error.strerror}"
        found = Diagnostic(code="NC151", severity=Severity.ERROR, message=message, at=Source(path))
        raise InputError([found]) from None
