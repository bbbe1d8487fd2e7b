"""The generated parts of pages: what argparse knows of a command, what a schema knows of a file, between two marks.

`pytest tests/docs --update-golden` writes them.
"""

import argparse
import re
from collections.abc import Iterator

from netcheck.cli.main import COMMANDS, build_parser
from tests.docs.site_keys import key_tables

_PART = re.compile(r"^(<!-- generated: (.+?) -->\n)(.*?)^(<!-- end -->)$", re.DOTALL | re.MULTILINE)
_SHARED = "on every command"


def regenerated(page: str) -> str:
    """Return the page with its generated parts as they are to be."""
    return _PART.sub(lambda found: f"{found[1]}{''.join(_lines(found[2]))}{found[4]}", page)


def generated_parts(page: str) -> list[str]:
    """Return what is generated on a page: a command, `commands PREFIX`, `options of every command`, …"""
    return [found[2] for found in _PART.finditer(page)]


def formats(command: str) -> list[str]:
    """Return the values of `-o`, the default first; none for a command without it."""
    for action in _own(command):
        if "-o" in action.option_strings:
            return sorted(map(str, action.choices or ()), key=lambda one: one != action.default)
    return []


def option_names(command: str) -> set[str]:
    """Return all options of a command, those that every command has among them."""
    return {name for actions in _groups(command).values() for action in actions for name in action.option_strings}


def _lines(what: str) -> Iterator[str]:
    if what == "options of every command":
        yield from _table(_groups("check")[_SHARED])
    elif what == "keys of the site file":
        yield from key_tables()
    elif what.startswith("commands "):
        yield from _commands(what.removeprefix("commands "))
    else:
        yield f"```synopsis\n{' '.join(['netcheck', what, *map(_synopsis, _sorted(_own(what)))])}\n```\n\n"
        yield from _table(_own(what))


def _commands(prefix: str) -> Iterator[str]:
    yield "| command | answers |\n|---|---|\n"
    for name, text in COMMANDS.items():
        yield f"| [`{name}`]({prefix}{name}.md) | {_cell(text)} |\n"


def _groups(command: str) -> dict[str, list[argparse.Action]]:
    """Return the arguments of a command by the headings of its help."""
    for action in build_parser(command)._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {str(one.title): one._group_actions for one in action.choices[command]._action_groups}
    raise AssertionError("netcheck has commands")


def _own(command: str) -> list[argparse.Action]:
    return [
        action
        for title, actions in _groups(command).items()
        for action in actions
        if title != _SHARED and action.dest != "help"
    ]


def _sorted(actions: list[argparse.Action]) -> list[argparse.Action]:
    """What has to be given first, files before options."""
    return sorted(actions, key=lambda one: (bool(one.option_strings), not one.required))


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    return str(action.metavar or ("FORMAT" if "-o" in action.option_strings else _choices(action)))


def _choices(action: argparse.Action) -> str:
    return "|".join(map(str, action.choices or ()))


def _synopsis(action: argparse.Action) -> str:
    if action.option_strings:
        value = _choices(action) or _value(action)
        text = f"{action.option_strings[0]} {value}".strip()
        return text if action.required else f"[{text}]"
    text = f"{action.metavar} ..." if action.nargs in ("+", "*") else str(action.metavar)
    return f"[{text}]" if action.nargs in ("?", "*") else text


def _table(actions: list[argparse.Action]) -> Iterator[str]:
    if not actions:
        yield "It has no options of its own.\n"
        return
    yield "| argument or option | means |\n|---|---|\n"
    for action in actions:
        names = [one for one in action.option_strings if not (one == "--format" and "-o" in action.option_strings)]
        written = ", ".join(f"`{f'{one} {_value(action)}'.strip()}`" for one in names) or f"`{action.metavar}`"
        yield f"| {_cell(written)} | {_cell(_meaning(action))} |\n"


def _meaning(action: argparse.Action) -> str:
    if "-o" not in action.option_strings or not action.choices:
        return str(action.help)
    named = [f"`{one}`{' (default)' if one == action.default else ''}" for one in action.choices]
    return f"{action.help}: {', '.join(named)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
