"""Options that a project gives once and for all: `netcheck.toml`, or `[tool.netcheck]` in pyproject.toml.

A key is a long option without its dashes. What stands outside of the tables is for every command that has the option,
a table named as a command is for that one: `[lint]` in netcheck.toml, `[tool.netcheck.lint]` in pyproject.toml. What is
typed wins.
"""

from __future__ import annotations

from pathlib import Path

from netcheck.cli.terminal import say

TYPE_CHECKING = False  # checkers know the name; most projects have no such file
if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Iterator, Mapping

OWN, SHARED = "netcheck.toml", "pyproject.toml"
_NOT_CONFIGURED = ("help", "version")


def configured(
    parser: argparse.ArgumentParser, command: str, commands: Collection[str], is_quiet: bool = False
) -> list[str]:
    """Return the options that the project's file in the current folder gives a command, as one would type them.

    What is taken is said on standard error, unless `is_quiet`. Raise InputError where the file is no TOML, or has a key
    or value that stands for no option.
    """
    file, table = _table()
    if not table:
        return []
    known = _known(parser, command)
    given = [*_words(file, table, known, commands), *_words_of(file, table.get(command, {}), known, command)]
    if given and not is_quiet:
        say(f"note: options of {file}: {' '.join(given)}")
    return given


def _known(parser: argparse.ArgumentParser, command: str) -> Mapping[str, argparse.Action]:
    """Return the options of a command by their names."""
    import argparse

    subparsers = next(one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    options: Mapping[str, argparse.Action] = subparsers.choices[command]._option_string_actions
    return {name.removeprefix("--"): action for name, action in options.items() if name.startswith("--")}


def _table() -> tuple[str, Mapping[str, object]]:
    """Return the file and what it holds for netcheck; pyproject.toml is read only where it names it."""
    for file in (OWN, SHARED):
        if Path(file).is_file():
            text = Path(file).read_text(encoding="utf-8", errors="replace")
            if file == OWN or "[tool.netcheck" in text:
                return file, _section(file, text)
    return "", {}


def _section(file: str, text: str) -> Mapping[str, object]:
    import tomllib

    try:
        whole: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _fault(file, f"not valid TOML: {error}") from None
    if file == OWN:
        return whole
    tools = whole.get("tool")
    section = tools.get("netcheck") if isinstance(tools, dict) else None
    return section if isinstance(section, dict) else {}


def _words(
    file: str, table: Mapping[str, object], known: Mapping[str, argparse.Action], commands: Collection[str]
) -> Iterator[str]:
    """Yield what stands for every command; a table has to be one's name."""
    for name, value in table.items():
        if isinstance(value, dict):
            if name not in commands:
                raise _fault(file, f"`{name}` is no command", f"one of {', '.join(commands)}")
        elif name in known:
            yield from _option(file, name, value, known[name])
        elif not _is_option_somewhere(name):
            raise _fault(file, f"no command has an option `--{name}`", "a key is a long option without its dashes")


def _words_of(file: str, table: object, known: Mapping[str, argparse.Action], command: str) -> Iterator[str]:
    if not isinstance(table, dict):
        raise _fault(file, f"`{command}` has to be a table of options", f"write `[{command}]`")
    for name, value in table.items():
        if name not in known or name in _NOT_CONFIGURED:
            raise _fault(file, f"`{command}` has no option `--{name}`", f"`netcheck {command} --help` lists them")
        yield from _option(file, name, value, known[name])


def _is_option_somewhere(name: str) -> bool:
    """Return whether some command has an option; asked only about a key that the present one lacks."""
    from netcheck.cli.main import COMMANDS, build_parser

    return any(name in _known(build_parser(one, is_first=True), one) for one in COMMANDS)


def _option(file: str, name: str, value: object, action: argparse.Action) -> Iterator[str]:
    is_flag = action.nargs == 0
    match value:
        case bool() if is_flag:
            yield from [f"--{name}"] if value else []
        case str() | int() if not is_flag and not isinstance(value, bool):
            yield f"--{name}={value}"
        case list() if not is_flag and value and all(isinstance(one, str | int) for one in value):
            yield f"--{name}={','.join(map(str, value))}"
        case _:
            wanted = "true or false" if is_flag else "a text, a number or a list of them"
            raise _fault(file, f"`{name}` has to be {wanted}")


def _fault(file: str, message: str, advice: str = "") -> Exception:
    from netcheck.diagnostics import Diagnostic, Severity, Source
    from netcheck.errors import InputError

    at = Source(file)
    return InputError([Diagnostic(code="NC127", severity=Severity.ERROR, message=message, at=at, help=advice)])
