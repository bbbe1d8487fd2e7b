"""`netcheck init`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import write
from netcheck.cli.package_data import read_data

EXAMPLE = "netcheck init --output site.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command: it has none of its own, and one format."""
    parser.set_defaults(format="yaml")


def run(options: argparse.Namespace) -> int:
    """Print a site file to start from, or write it where no file is yet."""
    text = read_data("init.yaml")
    if options.output:
        _refuse_to_overwrite(options.output)
    write(options, text)
    return 0


def _refuse_to_overwrite(path: str) -> None:
    from pathlib import Path

    from netcheck.diagnostics import Diagnostic, Severity, Source
    from netcheck.errors import InputError

    if Path(path).exists() or Path(path).is_symlink():
        message, advice = f"`{path}` exists already", "name another file, or move this one away first"
        raise InputError(
            [Diagnostic(code="NC104", severity=Severity.ERROR, message=message, at=Source(path), help=advice)]
        )
