"""Completion for fish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.cli.shells.words import Command, Kind, Option, Value

_HEAD = """\
# fish completion for netcheck; load it with:  netcheck completion fish | source
function __netcheck_at
    set -l command ''
    for word in (commandline -opc)[2..-1]
        if not string match -q -- '-*' $word
            set command $word
            break
        end
    end
    test "$command" = "$argv[1]"
end
complete -c netcheck -f
"""


def fish(general: Sequence[Option], commands: Sequence[Command]) -> str:
    """Return the script."""
    return "".join(_lines(general, commands))


def _lines(general: Sequence[Option], commands: Sequence[Command]) -> Iterator[str]:
    yield _HEAD
    none = "__netcheck_at ''"
    for one in general:
        yield f"complete -c netcheck -n {_quoted(none)}{_option(one)}\n"
    for command in commands:
        yield f"complete -c netcheck -n {_quoted(none)} -a {command.name} -d {_quoted(command.help)}\n"
    for command in commands:
        is_here = _quoted(f"__netcheck_at {command.name}")
        for option in command.options:
            yield f"complete -c netcheck -n {is_here}{_option(option)}\n"
        choices = " ".join(choice for word in command.words for choice in word.choices)
        if choices:
            yield f"complete -c netcheck -n {is_here} -a {_quoted(choices)}\n"
        if any(word.kind is Kind.FILE for word in command.words):
            yield f"complete -c netcheck -n {is_here} -F\n"


def _option(option: Option) -> str:
    spelled = "".join(f" -l {flag[2:]}" if flag.startswith("--") else f" -s {flag[1:]}" for flag in option.flags)
    return f"{spelled}{_value(option.value)} -d {_quoted(option.help)}"


def _value(value: Value) -> str:
    match value.kind:
        case Kind.NONE:
            return ""
        case Kind.CHOICE:
            return f" -x -a {_quoted(' '.join(value.choices))}"
        case Kind.FILE:
            return " -r -F"
        case Kind.TEXT:
            return " -x"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
