"""Completion for bash, version 3.2 (macOS) or later, without the package bash-completion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.cli.shells.words import Command, Kind, Option, Value

_HEAD = """\
# bash completion for netcheck; load it with:  source <(netcheck completion bash)
_netcheck() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' options='' choices='' at word
  local IFS=$' \\t\\n'
  COMPREPLY=()
  # bash takes `--option=value` for three words
  if [[ $current == = ]]; then
    current=''
  elif [[ $before == = ]] && ((COMP_CWORD > 1)); then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [[ ${COMP_WORDS[at]} != -* ]]; then
      command=${COMP_WORDS[at]}
      break
    fi
  done
"""
_TAIL = """\
  if [[ $choices == '<file>' ]]; then
    choices=''
  elif [[ $choices == '<text>' ]]; then
    return
  elif [[ -z $choices && $current == -* ]]; then
    choices=$options
  fi
  if [[ -n $choices ]]; then
    COMPREPLY=($(compgen -W "$choices" -- "$current"))
    return
  fi
  compopt -o filenames 2>/dev/null
  IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _netcheck netcheck
"""
_BEHIND = """\
      for word in "${COMP_WORDS[@]:at + 1:COMP_CWORD - at - 1}"; do
        [[ " $choices " == *" $word "* ]] && choices='OFFER'
      done
"""
"""Once one of the first words is typed, those that come behind it are offered."""


def bash(general: Sequence[Option], commands: Sequence[Command]) -> str:
    """Return the script; choices and options are words without spaces or signs that a shell knows."""
    return "".join(_lines(general, commands))


def _lines(general: Sequence[Option], commands: Sequence[Command]) -> Iterator[str]:
    yield _HEAD
    yield "  case $command in\n"
    yield f"    '')\n      options='{_flags(general)}'\n      [[ $current == -* ]] || choices='"
    yield f"{' '.join(one.name for one in commands)}'\n      ;;\n"
    for command in commands:
        yield f"    {command.name})\n      options='{_flags(command.options)}'\n"
        first = command.words[0] if command.words else Value(Kind.TEXT)
        yield f"      [[ $current == -* ]] || choices='{_offer(first)}'\n"
        if first.kind is Kind.CHOICE and len(command.words) > 1:
            yield _BEHIND.replace("OFFER", _offer(command.words[1]))
        yield from _values(command)
        yield "      ;;\n"
    yield "  esac\n"
    yield _TAIL


def _values(command: Command) -> Iterator[str]:
    valued = [one for one in command.options if one.value.kind is not Kind.NONE]
    if valued:
        yield "      case $before in\n"
        for one in valued:
            yield f"        {' | '.join(one.flags)}) choices='{_offer(one.value)}' ;;\n"
        yield "      esac\n"


def _flags(options: Sequence[Option]) -> str:
    return " ".join(flag for one in options for flag in one.flags)


def _offer(value: Value) -> str:
    match value.kind:
        case Kind.CHOICE:
            return " ".join(value.choices)
        case Kind.FILE:
            return "<file>"
        case _:
            return "<text>"
