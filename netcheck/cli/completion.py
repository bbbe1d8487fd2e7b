"""`netcheck completion`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import write

EXAMPLE = "netcheck completion bash"
SHELLS = ("bash", "zsh", "fish", "powershell")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    parser.set_defaults(format="script")


def run(options: argparse.Namespace) -> int:
    """Print the script for a shell: it knows all that can be typed, and does not call netcheck again."""
    from netcheck.cli.shells.bash import bash
    from netcheck.cli.shells.fish import fish
    from netcheck.cli.shells.powershell import powershell
    from netcheck.cli.shells.words import commands, general
    from netcheck.cli.shells.zsh import zsh

    writers = {"bash": bash, "zsh": zsh, "fish": fish, "powershell": powershell}
    write(options, writers[options.shell](general(), commands()))
    return 0
