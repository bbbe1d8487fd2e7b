"""`netcheck compare`."""

from __future__ import annotations

import argparse

from netcheck.cli.check import add_backup, asked_name, load_with_profile, port_numbers
from netcheck.cli.common import add_format, add_site, emit, word, words

EXAMPLE = "netcheck compare site.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    add_backup(parser)
    about_since = "an older service-tag file: what a list made from it misses today"
    parser.add_argument("--since", metavar="OLD_TAGS", help=about_since)
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status: 0 when an option is proven to work."""
    from netcheck.remedy.compare import compare
    from netcheck.remedy.compare_text import compare_text
    from netcheck.remedy.drift import read_older
    from netcheck.remedy.options import Option
    from netcheck.remedy.task import make_task

    site, profile = load_with_profile(options)
    vms, ports = words(options.vm), port_numbers(options.port)
    task = make_task(site, Option.HTTP_PROXY, vms, profile, word(options.target), ports)
    older = word(options.since)
    comparison = compare(task, read_older(older, site.tags) if older else None)
    emit(options, lambda width: compare_text(comparison, asked_name(options), width), comparison.to_dict)
    return 0 if comparison.recommended else 1
