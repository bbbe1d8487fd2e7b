"""Completion for zsh: a function for `fpath`, or to be sourced behind `compinit`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.cli.shells.words import Command, Kind, Option, Value

_HEAD = """\
#compdef netcheck
# zsh completion for netcheck; load it with:  source <(netcheck completion zsh)
_netcheck() {
  local context state state_descr line
  typeset -A opt_args
"""
_TAIL = """\
if [[ $funcstack[1] == _netcheck ]]; then
  _netcheck "$@"
else
  compdef _netcheck netcheck
fi
"""


def zsh(general: Sequence[Option], commands: Sequence[Command]) -> str:
    """Return the script."""
    return "".join(_lines(general, commands))


def _lines(general: Sequence[Option], commands: Sequence[Command]) -> Iterator[str]:
    yield _HEAD
    yield "  _arguments -C \\\n"
    for one in general:
        yield from (f"    {spec} \\\n" for spec in _specs(one))
    yield "    '1:command:->command' \\\n    '*:: :->words' && return\n"
    yield "  case $state in\n    command)\n      local -a commands=(\n"
    for command in commands:
        yield f"        {_quoted(f'{command.name}:{command.help}')}\n"
    yield "      )\n      _describe -t commands command commands\n      ;;\n"
    yield "    words)\n      case $line[1] in\n"
    for command in commands:
        yield f"        {command.name})\n          _arguments \\\n"
        for one in command.options:
            yield from (f"            {spec} \\\n" for spec in _specs(one))
        yield f"            {' '.join(_words(command))}\n          ;;\n"
    yield "      esac\n      ;;\n  esac\n}\n"
    yield _TAIL


def _specs(option: Option) -> Iterator[str]:
    """Yield the option as `_arguments` wants it: once for each spelling, which excludes the others."""
    others = f"({' '.join(option.flags)})" if len(option.flags) > 1 else ""
    for flag in option.flags:
        long = "=" if flag.startswith("--") and option.value.kind is not Kind.NONE else ""
        about = option.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
        yield _quoted(f"{others}{flag}{long}[{about}]{_action(option.value)}")


def _words(command: Command) -> list[str]:
    """Return the positional words; the last is offered again and again, as files may be."""
    if not command.words:
        return ["'*: :'"]
    last = command.words[-1]
    more = [_quoted(f"*{_action(last)}")] if last.kind is Kind.FILE else []
    named = [_quoted(f"{number}{_action(one)}") for number, one in enumerate(command.words[: -1 if more else None], 1)]
    return [*named, *more]


def _action(value: Value) -> str:
    name = value.name.replace(":", "\\:") or " "
    match value.kind:
        case Kind.NONE:
            return ""
        case Kind.CHOICE:
            return f":{name}:({' '.join(value.choices)})"
        case Kind.FILE:
            return f":{name}:_files"
        case Kind.TEXT:
            return f":{name}: "


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
