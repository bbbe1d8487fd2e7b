"""Completion for PowerShell 5.1 and later. Where nothing is offered, PowerShell offers files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.cli.shells.words import Command, Kind, Option

_HEAD = """\
# PowerShell completion for netcheck; load it with:
#   netcheck completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName netcheck -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $commands = [ordered]@{
"""
_TAIL = """\
    $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    $command = $typed | Where-Object { $_ -notlike '-*' } | Select-Object -First 1
    $before = if ($typed.Count -gt 0) { $typed[-1] } else { '' }
    $offered = if (-not $command) {
        if ($wordToComplete -like '-*') { $general } else { $commands }
    } elseif ($values["$command $before"]) {
        $found = [ordered]@{}
        foreach ($one in $values["$command $before"]) { $found[$one] = $one }
        $found
    } elseif ($wordToComplete -like '-*') {
        $options[$command]
    }
    if ($offered) {
        foreach ($one in $offered.Keys) {
            if ($one.StartsWith($wordToComplete, [StringComparison]::Ordinal)) {
                [System.Management.Automation.CompletionResult]::new($one, $one, 'ParameterValue', $offered[$one])
            }
        }
    }
}
"""


def powershell(general: Sequence[Option], commands: Sequence[Command]) -> str:
    """Return the script. PowerShell's tables know no case: two flags that differ in it alone could not be offered."""
    return "".join(_lines(general, commands))


def _lines(general: Sequence[Option], commands: Sequence[Command]) -> Iterator[str]:
    yield _HEAD
    yield from (f"        {_quoted(one.name)} = {_quoted(one.help)}\n" for one in commands)
    yield "    }\n    $general = [ordered]@{\n"
    yield from _table(general, "        ")
    yield "    }\n    $options = @{\n"
    for command in commands:
        yield f"        {_quoted(command.name)} = [ordered]@{{\n"
        yield from _table(command.options, "            ")
        yield "        }\n"
    yield "    }\n    $values = @{\n"
    for command in commands:
        yield from _values(command)
    yield "    }\n"
    yield _TAIL


def _table(options: Sequence[Option], indent: str) -> Iterator[str]:
    yield from (f"{indent}{_quoted(flag)} = {_quoted(one.help)}\n" for one in options for flag in one.flags)


def _values(command: Command) -> Iterator[str]:
    if command.words and command.words[0].kind is Kind.CHOICE:
        yield f"        {_quoted(f'{command.name} {command.name}')} = {_listed(command.words[0].choices)}\n"
    for option in command.options:
        if option.value.kind is Kind.CHOICE:
            for flag in option.flags:
                yield f"        {_quoted(f'{command.name} {flag}')} = {_listed(option.value.choices)}\n"


def _listed(choices: Sequence[str]) -> str:
    return ", ".join(map(_quoted, choices))


def _quoted(text: str) -> str:
    """Return a text between single quotes, of which PowerShell knows five."""
    return "'" + "".join(one * 2 if one in "'‘’‚‛" else one for one in text) + "'"
