"""The tools that are offered: one table, from which come their schemas and the check of what they are called with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from netcheck.remedy.options import Option
from netcheck.sources._nodes import shorten


class Kind(StrEnum):
    """What an argument holds."""

    TEXT = "string"
    LIST = "array"
    SWITCH = "boolean"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool. `flag` is the option of the command that it stands for, "" for what is no option."""

    name: str
    flag: str
    meaning: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    is_required: bool = False

    def schema(self) -> dict[str, object]:
        """Return the argument as JSON Schema."""
        told: dict[str, object] = {"type": str(self.kind), "description": self.meaning}
        if self.kind is Kind.LIST:
            told |= {"items": {"type": "string"}, "minItems": 1}
        return told | ({"enum": list(self.choices)} if self.choices else {})


@dataclass(frozen=True, slots=True)
class Tool:
    """A command as assistants see it."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]

    def listed(self) -> dict[str, object]:
        """Return the tool as `tools/list` tells it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": {
                "type": "object",
                "properties": {one.name: one.schema() for one in self.arguments},
                "required": [one.name for one in self.arguments if one.is_required],
                "additionalProperties": False,
            },
            "annotations": {
                "title": self.title,
                "readOnlyHint": True,
                "destructiveHint": False,
                "idempotentHint": True,
                "openWorldHint": False,
            },
        }


@dataclass(frozen=True, slots=True)
class Call:
    """A tool with what it is called with; `words` are options of the command, `flow` stands beside the site."""

    tool: str
    words: tuple[str, ...]
    site: tuple[str, ...] = ()
    flow: str = ""


class ArgumentsError(Exception):
    """A tool is called with what it does not take; the text says all of it."""


_SITE = Argument(
    "site", "", "Files or folders that together are one site, as paths relative to the working folder: a site file, "
    "exports of az or PowerShell, ARM templates, Terraform plans. Several are read as one network.", Kind.LIST,
    is_required=True,
)  # fmt: skip
_BACKUP = (
    Argument("vms", "--vm", "Only these VMs, by name. Without it: all.", Kind.LIST),
    Argument("profile", "--profile", "Backup profile, such as article-2015 or vm-modern. Without it: the site's own."),
    Argument("target", "--target", "What must be reached, such as Storage.WestUS. Without it: what the profile needs."),
    Argument("ports", "--port", "Ports and ranges, such as 443 or 80-443. Without it: the profile's.", Kind.LIST),
)
_ENDS = "a VM, NIC, subnet or application security group of the site, an address, a prefix, a service tag such as "
_ENDS += "Storage.WestUS, Internet, or the host name of a storage account"
_PATH = (
    Argument("from", "--from", f"Where the packets come from: {_ENDS}.", is_required=True),
    Argument("to", "--to", f"Where they go: {_ENDS}.", is_required=True),
    Argument("ports", "--port", "Destination ports and ranges, such as 443 or 80-443.", Kind.LIST),
    Argument("protocol", "--protocol", "tcp (when left out), udp, icmp, esp, ah or any."),
    Argument("via", "--via", "Judge both legs through this proxy VM instead of the direct path."),
)

_TOOLS = (
    Tool(
        "check",
        "Can backup traffic get out?",
        "Start here. For each VM of the site: does its Azure Backup traffic reach what it needs, the way the VM would "
        "really send it (its proxy settings included), and if not, which option to take. Verdicts are reachable, "
        "blocked, partial (some packets pass) and undetermined (the files lack a fact that decides; it is named). "
        "Undetermined is not reachable.",
        _BACKUP,
    ),
    Tool(
        "reach",
        "Can packets get from X to Y?",
        "The direct network path between two ends: exactly which packets pass, which are blocked and by which rule "
        "(with file and line), and which nobody can tell from the files. Use it for any two ends and ports, not only "
        "backup. For the reasons rule by rule, call explain.",
        _PATH,
    ),
    Tool(
        "explain",
        "Why does a packet pass or not?",
        "Hop by hop what happens to one flow (give `flow`), or to every kind of packet of a question as in reach (give "
        "`from`, `to` and `ports`): which rule decides, and for each rule passed over which field did not match.",
        (
            Argument("flow", "", "One packet, `SOURCE -> DESTINATION:PORT/PROTOCOL`: 10.0.0.4 -> 20.60.0.1:443/tcp."),
            *(replace(one, is_required=False) for one in _PATH),
        ),
    ),
    Tool(
        "compare",
        "Which way to open for backup?",
        "All options for letting backup traffic out, side by side: service tags, address prefixes, HTTP proxy, service "
        "endpoint, private endpoint. For each: does it work, how many rules against Azure's limits, how many addresses "
        "it opens beyond need, what has to change where. Names the one to take and why.",
        _BACKUP,
    ),
    Tool(
        "fix",
        "Write the plan that opens the way",
        "The proven plan of one option as text for a person to review and run: nothing is carried out. It comes with "
        "the commands to undo it and the proof (verdict before and after, what else opens: nothing). Call compare "
        "first to choose the option.",
        (
            Argument("option", "--option", "An option of compare.", choices=tuple(map(str, Option)), is_required=True),
            Argument("as", "--as", "Language of the plan. Without it: the site's own.",
                     choices=("classic", "az", "azps", "terraform", "bicep", "arm")),
            Argument("resource_group", "--resource-group", "Resource group for the commands, where no file says it."),
            Argument("as_documented", "--as-documented", "Microsoft's documented command, with its flaws named.",
                     Kind.SWITCH),
            *_BACKUP,
        ),
    ),
    Tool(
        "lint",
        "What is wrong with the rules?",
        "Findings about the whole site: rules that never decide anything and the earlier rules that cover them, "
        "redundant, clashing and over-wide rules, traps of service tags and limits, each with file and line.",
        (
            Argument("enable", "--enable", "Only these: codes such as NC201 or kinds such as dead.", Kind.LIST),
            Argument("disable", "--disable", "All but these codes or kinds.", Kind.LIST),
            Argument("severity", "--severity", "The least severe findings to tell. Without it: note.",
                     choices=("error", "warning", "note")),
            Argument("vnet", "--vnet", "Prefixes that VirtualNetwork means, where an NSG stands alone.", Kind.LIST),
        ),
    ),
)  # fmt: skip


def offered(is_site_named: bool) -> Mapping[str, Tool]:
    """Return the tools by name. Where the server was started for one site, no tool asks for it."""
    return {one.name: one if is_site_named else replace(one, arguments=(_SITE, *one.arguments)) for one in _TOOLS}


def read_call(tool: Tool, given: Mapping[str, object]) -> Call:
    """Return the call that arguments mean; raise ArgumentsError with everything that is wrong with them."""
    known = {one.name: one for one in tool.arguments}
    faults = [
        f"`{shorten(name)}` is no argument of {tool.name}: one of {', '.join(known)}"
        for name in given
        if name not in known
    ]
    faults += [f"`{one.name}` is missing" for one in tool.arguments if one.is_required and one.name not in given]
    values = {name: _values(known[name], value, faults) for name, value in given.items() if name in known}
    if faults:
        raise ArgumentsError("\n".join(faults))
    words = tuple(word for name, found in values.items() for word in _words(known[name], found))
    return Call(tool.name, words, tuple(values.get("site", ())), "".join(values.get("flow", ())))


def _values(argument: Argument, value: object, faults: list[str]) -> Sequence[str]:
    """Return the texts of an argument; of a switch its name when it is on.

    A text where a list of texts is meant, and a number where a text is meant, leave no doubt and are taken.
    """
    match argument.kind, value:
        case Kind.SWITCH, bool():
            return [argument.name] if value else []
        case Kind.LIST, list() if value and all(_is_text(one) for one in value):
            return [str(one) for one in value]
        case (Kind.LIST, str() | int()) if _is_text(value):
            return [str(value)]
        case (Kind.TEXT, str() | int()) if _is_text(value) and (not argument.choices or value in argument.choices):
            return [str(value)]
    faults.append(f"`{argument.name}` has to be {_wanted(argument)}")
    return []


def _is_text(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _wanted(argument: Argument) -> str:
    if argument.choices:
        return f"one of {', '.join(argument.choices)}"
    wanted = {Kind.TEXT: "a text", Kind.LIST: "a list of texts, at least one", Kind.SWITCH: "true or false"}
    return f"{wanted[argument.kind]}; leave it out where there is nothing to say"


def _words(argument: Argument, values: Sequence[str]) -> Iterator[str]:
    """Yield the option; a value cannot be taken for another option, since it is one word with its name."""
    if argument.flag and argument.kind is Kind.SWITCH:
        yield from (argument.flag for _ in values)
    elif argument.flag:
        yield f"{argument.flag}={','.join(values)}"
