"""`netcheck fix`: what its options take."""

from __future__ import annotations

import argparse

from netcheck.cli.fix import add_arguments
from netcheck.remedy.dialects.dialect import Dialect


def test_every_dialect_can_be_asked_for() -> None:
    """The choices stand in the command, which does without the registry until it answers."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    [choices] = [list(action.choices) for action in parser._actions if action.dest == "dialect" and action.choices]
    assert list(map(str, Dialect)) == choices
