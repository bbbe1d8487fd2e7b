"""Shell scripts for the Azure CLI read back: first what the shell hands to az, then what az takes it for.

POSIX Shell Command Language, "Quoting"; Azure/azure-cli, doc/shorthand_syntax.md ("Single Quotes String", "Null") and
`_expand_file_prefixed_files` of azure.cli.core.commands.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from netcheck.remedy.spelled import SpelledRule
from tests.dialects.meaning import ASKED, Put, Removal, Step
from tests.dialects.trees import NotIntendedError, only, parse, text_of, without_comments

_ASKED_FOR = '"${RESOURCE_GROUP:?set it to the resource group of the NSG}"'
_MARK = "\0asked\0"
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_./:=-]+")
_WHICH = {"--resource-group", "--nsg-name", "--name"}
_FIELDS = {
    "--priority", "--direction", "--access", "--protocol", "--source-address-prefixes", "--source-port-ranges",
    "--destination-address-prefixes", "--destination-port-ranges",
}  # fmt: skip


def read(script: str) -> list[Step]:
    """Return what a script does, in order."""
    return [_step(_words(node)) for node in without_comments(parse("bash", script))]


def _words(node: Node) -> list[str]:
    if node.type != "command":
        raise NotIntendedError(f"{node.type}: {text_of(node)}")
    name, *arguments = node.children
    assert name.type == "command_name", text_of(node)
    return [_word(only(name, "word")), *(_word(argument) for argument in arguments)]


def _word(node: Node) -> str:
    text = text_of(node)
    match node.type:
        case "word" | "number" if _PLAIN_WORD.fullmatch(text):
            return text
        case "raw_string":
            assert text[0] == text[-1] == "'", text
            assert "'" not in text[1:-1], text
            return text[1:-1]
        case "string" if text == _ASKED_FOR:
            return _MARK
        case "string" if not set(text[1:-1]) & set('$`\\"!'):
            return text[1:-1]
        case "concatenation":
            return "".join(_word(child) for child in node.children)
        case _:
            raise NotIntendedError(f"{node.type}: {text}")


def _step(words: list[str]) -> Step:
    assert words[:4] == ["az", "network", "nsg", "rule"], words
    options = _options(words[5:])
    [given], [nsg], [name] = options["--resource-group"], options["--nsg-name"], options["--name"]
    group = ASKED if given == _MARK else given
    if words[4] == "delete":
        assert set(options) == _WHICH
        return Removal(group, nsg, name)
    assert words[4] == "create", words
    return Put(group, _rule(options, nsg, name))


def _options(words: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the options with their values, as argparse finds them and az decodes them."""
    found: dict[str, tuple[str, ...]] = {}
    option = ""
    for word in words:
        _check_file(word)
        if word.startswith("--"):
            option, sign, value = word.partition("=")
            assert option not in found, option
            found[option] = (_decoded(value),) if sign else ()
            option = "" if sign else option
        else:
            assert option, f"{word} belongs to no option"
            if word.startswith("-") or "=" in word:
                raise NotIntendedError(f"az takes {word} for an option, or for a part of a value")
            found[option] += (_decoded(word),)
    return found


def _check_file(word: str) -> None:
    """Az reads the file that an argument or the part behind its first sign of equality names with `@`."""
    before, sign, after = word.partition("=")
    if (after if sign else before).startswith("@"):
        raise NotIntendedError(f"az reads a file for {word}")


def _decoded(value: str) -> str:
    """Return the text that a value in shorthand syntax stands for."""
    if value in ("null", "??"):
        raise NotIntendedError(f"{value} is no text")
    if not value.startswith("'"):
        return value
    if not re.fullmatch("'(?:[^']|'/)*'", value, re.DOTALL):
        raise NotIntendedError(f"{value} is no quoted text")
    return value[1:-1].replace("'/", "'")


def _rule(options: dict[str, tuple[str, ...]], nsg: str, name: str) -> SpelledRule:
    assert set(options) in (_WHICH | _FIELDS, _WHICH | _FIELDS | {"--description"})
    [priority], [direction], [access] = options["--priority"], options["--direction"], options["--access"]
    [protocol], [description] = options["--protocol"], options.get("--description", ("",))
    return SpelledRule(
        nsg=nsg,
        name=name,
        priority=int(priority),
        direction=direction,
        access=access,
        protocol=protocol,
        sources=options["--source-address-prefixes"],
        source_ports=options["--source-port-ranges"],
        destinations=options["--destination-address-prefixes"],
        destination_ports=options["--destination-port-ranges"],
        description=description,
    )
