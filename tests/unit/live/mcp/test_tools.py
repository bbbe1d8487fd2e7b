"""The table of tools: its schemas are the commands' own options, and its check agrees with the schemas."""

import argparse
from typing import Any

import jsonschema
import pytest

from netcheck.cli.main import COMMANDS, build_parser
from netcheck.live.mcp.tools import Argument, ArgumentsError, Kind, Tool, offered, read_call
from tests.docs.options import _own

TOOLS = offered(is_site_named=False)
SITE: dict[str, object] = {"site": ["site.yaml"]}
REQUIRED: dict[str, dict[str, object]] = {
    "reach": {"from": "a", "to": "b"},
    "fix": {"option": "http-proxy"},
}


def _actions(tool: str) -> dict[str, argparse.Action]:
    return {name: one for one in _all(tool) for name in one.option_strings}


def _all(tool: str) -> list[argparse.Action]:
    for action in build_parser(tool)._actions:
        if isinstance(action, argparse._SubParsersAction):
            return list(action.choices[tool]._actions)
    raise AssertionError("netcheck has commands")


ARGUMENTS = [(tool.name, one) for tool in TOOLS.values() for one in tool.arguments if one.flag]


@pytest.mark.parametrize(("tool", "argument"), ARGUMENTS)
def test_an_argument_is_an_option_of_the_command(tool: str, argument: Argument) -> None:
    """With the same choices, required where the command requires it, and a switch where that is one."""
    action = _actions(tool)[argument.flag]
    assert (argument.kind is Kind.SWITCH) == (action.nargs == 0)
    assert argument.is_required <= action.required or tool == "explain"
    assert action.required <= argument.is_required
    if action.choices:
        assert list(argument.choices) == [str(one) for one in action.choices]


def test_what_writes_or_reads_other_files_is_not_offered() -> None:
    """No tool takes `--output`, and none an option whose value is a file; others may be left out with a reason."""
    left_out = {
        (tool, name)
        for tool in TOOLS
        for one in _own(tool)
        for name in one.option_strings[:1]
        if name not in {a.flag for a in TOOLS[tool].arguments}
    }
    assert left_out == {
        *((tool, "-o") for tool in TOOLS),  # both forms are answered
        ("compare", "--since"),  # reads another file
    }
    assert not {"--output", "--tags"} & {argument.flag for _, argument in ARGUMENTS}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_tool_tells_what_an_assistant_has_to_know(tool: Tool) -> None:
    """A command of that name, a title, what it is good for, valid schemas, and that it changes nothing."""
    assert tool.name in COMMANDS
    told: Any = tool.listed()
    jsonschema.Draft202012Validator.check_schema(told["inputSchema"])
    assert told["annotations"]["readOnlyHint"] is True
    assert told["annotations"]["openWorldHint"] is False
    assert len(tool.title) < 50 < len(tool.description)
    assert all(one["description"].endswith(".") for one in told["inputSchema"]["properties"].values())


def test_a_named_site_is_not_asked_for() -> None:
    """Where the server was started for one site there is nothing to choose, and no path to escape with."""
    assert all("site" not in [one.name for one in tool.arguments] for tool in offered(is_site_named=True).values())
    assert all(tool.arguments[0].name == "site" and tool.arguments[0].is_required for tool in TOOLS.values())


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"vms": ["a", "b"]},
        {"ports": ["443", "80-90"]},
        {"vms": []},
        {"vms": [[]]},
        {"vms": {"a": 1}},
        {"from": ["a"]},
        {"from": None},
        {"as": "cobol"},
        {"as": "az"},
        {"as_documented": True},
        {"as_documented": "yes"},
        {"severity": "error"},
        {"severity": 5},
        {"site": []},
        {"output": "/tmp/x"},
        {"--output": "/tmp/x"},
    ],
)
def test_the_check_agrees_with_the_schema(tool: str, more: dict[str, object]) -> None:
    """What the schema refuses is refused, and what it takes is taken."""
    given = {**SITE, **REQUIRED.get(tool, {}), **more}
    schema: Any = TOOLS[tool].listed()["inputSchema"]
    is_valid = jsonschema.Draft202012Validator(schema).is_valid(given)
    try:
        read_call(TOOLS[tool], given)
        is_taken = True
    except ArgumentsError:
        is_taken = False
    assert is_taken == is_valid


@pytest.mark.parametrize(
    ("given", "word"),
    [({"vms": "app-vm"}, "--vm=app-vm"), ({"ports": 443}, "--port=443"), ({"ports": [80, 443]}, "--port=80,443")],
)
def test_what_leaves_no_doubt_is_taken(given: dict[str, object], word: str) -> None:
    """Assistants write a text for a list of one, and numbers for ports."""
    assert read_call(TOOLS["check"], {**SITE, **given}).words == (word,)


def test_all_faults_of_a_call_are_told_at_once() -> None:
    """So that the next try can be right."""
    with pytest.raises(ArgumentsError) as told:
        read_call(TOOLS["reach"], {"frm": "a", "ports": True})
    assert str(told.value).splitlines() == [
        "`frm` is no argument of reach: one of site, from, to, ports, protocol, via",
        "`site` is missing",
        "`from` is missing",
        "`to` is missing",
        "`ports` has to be a list of texts, at least one; leave it out where there is nothing to say",
    ]


def test_a_value_cannot_become_another_option() -> None:
    """It is one word with the name of its option, however it begins."""
    call = read_call(TOOLS["check"], {**SITE, "vms": ["--output=/tmp/x", "-o"], "target": "--tags"})
    assert call.words == ("--vm=--output=/tmp/x,-o", "--target=--tags")
