"""`netcheck schema`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import add_format, write
from netcheck.cli.package_data import read_data

EXAMPLE = "netcheck schema --output site.schema.json"
KINDS = ("site", "intents", "profile")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command: the schema is JSON in either format."""
    parser.add_argument(
        "kind", metavar="KIND", nargs="?", choices=KINDS, default="site", help="site (default), intents, profile"
    )
    add_format(parser, "json", "text")


def run(options: argparse.Namespace) -> int:
    """Print the JSON Schema of a kind of file."""
    write(options, read_data(f"{options.kind}.schema.json"))
    return 0
