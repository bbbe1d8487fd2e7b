"""The man page, made from the parsers: `pytest tests/docs --update-golden` writes `docs/netcheck.1`."""

from collections.abc import Iterator
from importlib import import_module

from netcheck._version import __version__
from netcheck.cli.main import COMMANDS, _module_name
from netcheck.cli.shells.words import Command, Option, Value, commands, general
from tests.docs.options import _groups

_MORE = " [\\fIOPTION\\fR ...]"
_SHARED = "on every command"
_ENVIRONMENT = {
    "NO_COLOR": "when it is not empty: no colour, unless --color=always says otherwise",
    "FORCE_COLOR": "when it is not empty, and NO_COLOR is: colour without a terminal as well",
    "COLUMNS": "the width of help texts and tables, in place of the terminal's own",
}
_STATUS = {
    "0": "yes: reachable, nothing found, intents hold, no difference",
    "1": "no: blocked or partial, findings, an intent fails, a difference",
    "2": "wrong usage",
    "3": "bad or empty input: every fault is listed with its place",
    "4": "undetermined: the files lack a fact, which is named",
    "70": "a fault in netcheck",
}


def man_page() -> str:
    """Return the page in the macros of man(7), which every formatter of manuals reads."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield f'.TH NETCHECK 1 "" "netcheck {__version__}" "User Commands"'
    yield from (".SH NAME", "netcheck \\- decide offline what gets through an Azure network")
    yield from (".SH SYNOPSIS", ".B netcheck", "\\fICOMMAND\\fR [\\fIOPTION\\fR ...] [\\fISITE\\fR ...]")
    yield ".SH DESCRIPTION"
    yield from (
        "netcheck reads files that describe an Azure network (a site file, exports, templates, plans) and answers for",
        "all packets at once what passes, what is blocked and by which rule, and what the files leave open.",
        "It opens no connection of its own accord, and changes nothing.",
        "\\fISITE\\fR is one or more files or folders, or \\- for standard input.",
        "The commands are told one by one below; \\fBnetcheck\\fR \\fICOMMAND\\fR \\fB\\-\\-help\\fR prints the same.",
    )
    yield ".SH OPTIONS"
    for one in general():
        yield from _option(one)
    yield ".SS Options of every command"
    shared = {flag for action in _groups("check")[_SHARED] for flag in action.option_strings}
    everything = commands()
    for one in everything[0].options:
        if set(one.flags) <= shared:
            yield from _option(one)
    yield ".SH COMMANDS"
    for command in everything:
        yield from _command(command, shared)
    yield ".SH EXIT STATUS"
    yield from _listed(_STATUS)
    yield ".SH ENVIRONMENT"
    yield from _listed(_ENVIRONMENT)
    yield from (".SH FILES", ".TP", "\\fInetcheck.toml\\fR, \\fIpyproject.toml\\fR")
    yield "options of a project, taken from the current folder; what is typed wins"
    yield from (".SH EXAMPLES", ".EX")
    yield from (_escaped(str(import_module(f"netcheck.cli.{_module_name(name)}").EXAMPLE)) for name in COMMANDS)
    yield ".EE"


def _command(command: Command, shared: set[str]) -> Iterator[str]:
    own = [one for one in command.options if not set(one.flags) <= shared and "--help" not in one.flags]
    yield f".SS netcheck {_escaped(command.name)}"
    yield f"{_escaped(command.help[0].upper() + command.help[1:])}."
    words = " ".join([f"\\fB{_escaped(command.name)}\\fR", *(f"\\fI{_escaped(one.name)}\\fR" for one in command.words)])
    yield from (".PP", f"\\fBnetcheck\\fR {words}{_MORE if own else ''}")
    for one in own:
        yield from _option(one)


def _option(option: Option) -> Iterator[str]:
    flags = ", ".join(f"\\fB{_escaped(flag)}\\fR" for flag in option.flags)
    yield from (".TP", f"{flags}{_value(option.value)}", _escaped(option.help))


def _value(value: Value) -> str:
    if value.choices and len(value.choices) <= 8:
        return f" {'|'.join(_escaped(one) for one in value.choices)}"
    return f" \\fI{_escaped(value.name)}\\fR" if value.name else ""


def _listed(named: dict[str, str]) -> Iterator[str]:
    for name, about in named.items():
        yield from (".TP", f"\\fB{name}\\fR", _escaped(about))


def _escaped(text: str) -> str:
    """Return a text in which nothing is an instruction to the formatter."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
