"""What can be typed behind `netcheck`: the commands with their options and values, as their parsers have them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from netcheck.cli.main import COMMANDS, build_parser
from netcheck.model.rules import Direction
from netcheck.questions.profiles import PROFILE_NAMES
from netcheck.remedy.options import Option as PlanOption

_FILES = frozenset(("SITE", "FILE", "OLD", "NEW", "OLD_TAGS", "INTENTS"))
"""Metavars of values that are files or folders."""
_CODE = "CODE"
_CHECKED = {("fix", "--option"): tuple(PlanOption), ("filter", "--direction"): tuple(Direction)}
"""Choices that a command checks by itself, because to list them in its parser would make its help slow."""
_CHECKED_EVERYWHERE = {"--profile": PROFILE_NAMES}


class Kind(StrEnum):
    """What a shell can offer for a value."""

    CHOICE = "choice"
    FILE = "file"
    TEXT = "text"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an option, or a word that stands alone."""

    kind: Kind
    name: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """An option with all its spellings."""

    flags: tuple[str, ...]
    value: Value
    help: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command. Of its positional words the last may be repeated."""

    name: str
    help: str
    options: tuple[Option, ...]
    words: tuple[Value, ...]


def commands() -> tuple[Command, ...]:
    """Return all commands in the order of the help."""
    return tuple(_command(name, text) for name, text in COMMANDS.items())


def general() -> tuple[Option, ...]:
    """Return the options that stand before a command."""
    return tuple(_option("", one) for one in build_parser("")._actions if one.option_strings)


def _command(name: str, text: str) -> Command:
    [group] = [one for one in build_parser(name)._actions if isinstance(one, argparse._SubParsersAction)]
    actions: list[argparse.Action] = group.choices[name]._actions
    options = tuple(_option(name, one) for one in actions if one.option_strings)
    return Command(name, text, options, tuple(_value(name, one) for one in actions if not one.option_strings))


def _option(command: str, action: argparse.Action) -> Option:
    return Option(tuple(action.option_strings), _value(command, action), " ".join((action.help or "").split()))


def _checked(command: str, flag: str) -> Sequence[str]:
    return _CHECKED.get((command, flag), _CHECKED_EVERYWHERE.get(flag, ()))


def _value(command: str, action: argparse.Action) -> Value:
    name = str(action.metavar or action.dest.upper())
    checked = next((_checked(command, one) for one in action.option_strings), ())
    choices = tuple(map(str, action.choices or checked))
    if action.nargs == 0:
        return Value(Kind.NONE)
    if choices:
        return Value(Kind.CHOICE, name, choices)
    is_file = name in _FILES or (not action.option_strings and name != _CODE)
    return Value(Kind.FILE if is_file else Kind.TEXT, name)
