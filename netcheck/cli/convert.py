"""`netcheck convert`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import add_format, add_site, load, say_next, typed, write

EXAMPLE = "netcheck convert exports -o yaml --output site.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    add_format(parser, "yaml", "json", "digest")


def run(options: argparse.Namespace) -> int:
    """Write the site as a site file, or its digest."""
    site = load(options)
    if options.format == "digest":
        from netcheck.questions.digest import digest

        write(options, f"{digest(site)}\n")
    else:
        from netcheck.api import convert

        write(options, convert(site, form=options.format, output=options.output or ""))
        if options.output:
            say_next(options, f"lint {typed([options.output], options)}")
    return 0
