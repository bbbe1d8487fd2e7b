"""`netcheck schema`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import add_format, write
from netcheck.cli.package_data import read_data

EXAMPLE = "netcheck schema --output site.schema.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command: the schema is JSON in either format."""
    add_format(parser, "json", "text")


def run(options: argparse.Namespace) -> int:
    """Print the JSON Schema of the site file."""
    write(options, read_data("site.schema.json"))
    return 0
