"""The Azure CLI dialect of a plan."""

import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from netcheck.diagnostics import Source
from netcheck.errors import PlanError
from netcheck.model.address import AnyAddress, Endpoint, ServiceTag, parse_address, parse_prefix
from netcheck.model.ports import ALL_PORTS, TCP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.remedy.dialects.azcli import render
from netcheck.remedy.dialects.dialect import Setting
from netcheck.remedy.edits import Opening


def opening(nsg: str = "nsg", name: str = "allow-storage", sources: tuple[Endpoint, ...] = (AnyAddress(),)) -> Opening:
    return Opening(
        nsg,
        NsgRule(
            name=name,
            priority=200,
            direction=Direction.OUTBOUND,
            access=Access.ALLOW,
            protocol=Protocol((TCP,)),
            sources=sources,
            source_ports=(ALL_PORTS,),
            destinations=(ServiceTag("Storage.WestUS"),),
            destination_ports=(PortRange(80, 80), PortRange(443, 443)),
            at=Source("plan"),
        ),
    )


def options(command: str) -> dict[str, list[str]]:
    """Return what the shell hands to az: each option with its values."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:5] == ["az", "network", "nsg", "rule", "create"]
    found: dict[str, list[str]] = {}
    for word in words[5:]:
        if word.startswith("--"):
            found[word] = []
        else:
            found[list(found)[-1]].append(word)
    return found


def test_every_field_is_written_out() -> None:
    """Nothing is left to the command's own defaults, which are inbound, any protocol and port 80."""
    sources = (parse_address("10.0.0.4"), parse_prefix("10.0.1.0/24")[0])
    assert options(render([opening(sources=sources)], Setting(groups={"nsg": "rg"})).text) == {
        "--resource-group": ["rg"],
        "--nsg-name": ["nsg"],
        "--name": ["allow-storage"],
        "--priority": ["200"],
        "--direction": ["Outbound"],
        "--access": ["Allow"],
        "--protocol": ["Tcp"],
        "--source-address-prefixes": ["10.0.0.4/32", "10.0.1.0/24"],
        "--source-port-ranges": ["*"],
        "--destination-address-prefixes": ["Storage.WestUS"],
        "--destination-port-ranges": ["80", "443"],
    }


def test_a_star_reaches_az_as_a_star() -> None:
    """An unquoted star would be expanded to the names of files."""
    text = render([opening()], Setting(groups={"nsg": "rg"})).text
    assert "--source-address-prefixes '*'" in text
    assert "--source-port-ranges '*'" in text


def test_undo_deletes_the_same_rule() -> None:
    """The undo names the rule that was made."""
    expected = "az network nsg rule delete --resource-group my-rg --nsg-name nsg --name allow-storage\n"
    assert expected == render([opening()], Setting(groups={"nsg": "my-rg"})).undo


def test_an_unknown_resource_group_is_asked_for(tmp_path: Path) -> None:
    """Without a resource group the shell stops before az is called, and says what to set."""
    script = render([opening()], Setting(groups={"nsg": ""})).text
    bash = shutil.which("bash")
    assert bash is not None
    az = tmp_path / "az"
    az.write_text('#!/bin/sh\necho "$@"\n')
    az.chmod(0o755)
    without = subprocess.run(
        [bash, "-c", script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (without.returncode != 0, "set it to the resource group" in without.stderr, without.stdout) == (
        True,
        True,
        "",
    )
    env = {"PATH": str(tmp_path), "RESOURCE_GROUP": "my rg"}
    given = subprocess.run([bash, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert given.stdout.startswith("network nsg rule create --resource-group my rg --nsg-name nsg")


@pytest.mark.parametrize("group", ["-x", "rg;id", "rg name", "rg.", "x" * 91])
def test_resource_groups_outside_the_rule_are_refused(group: str) -> None:
    """A resource group that Azure does not allow is not put into a command."""
    with pytest.raises(PlanError, match="NC409"):
        render([opening()], Setting(groups={"nsg": group}))


@pytest.mark.parametrize("name", ["nsg; rm -rf /", "$(id)", "a b", "-x", "x" * 81])
def test_names_outside_the_rule_are_refused(name: str) -> None:
    """A name that Azure does not allow is not put into a command."""
    with pytest.raises(PlanError, match="NC409"):
        render([opening(nsg=name)], Setting(groups={name.casefold(): "rg"}))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words", "'plain words'"),
        ("-x", "'-x'"),
        ("~", "'~'"),
        ("x=@file", "'x=@file'"),
        ("@file", "''\"'\"'@file'\"'\"''"),
        ("null", "''\"'\"'null'\"'\"''"),
        ("??", "''\"'\"'??'\"'\"''"),
        ("'a' b", "''\"'\"''\"'\"'/a'\"'\"'/ b'\"'\"''"),
    ],
)
def test_az_takes_a_description_for_what_it_is(text: str, written: str) -> None:
    """It follows a sign of equality, so that it is no option; what az would read as a file, as no value, as a call for
    help or as a quoted text stands in az's own quotes."""
    edit = opening()
    script = render([Opening(edit.nsg, replace(edit.rule, description=text))], Setting(groups={"nsg": "rg"}))
    assert script.text.endswith(f" \\\n  --description={written}\n")


def test_a_rule_may_be_named_null() -> None:
    """That is a name in Azure, and no value for az."""
    script = render([opening(nsg="null", name="null")], Setting(groups={"null": "null"}))
    assert (
        script.undo
        == "az network nsg rule delete "
        + " ".join(f"{option} ''\"'\"'null'\"'\"''" for option in ("--resource-group", "--nsg-name", "--name"))
        + "\n"
    )


@pytest.mark.parametrize("character", ["\t", "\r", "\x1b", "\u202e", "\u200b"])
def test_an_invisible_character_of_a_description_is_refused(character: str) -> None:
    """In quotes of the shell every character stands as it is, and drives or deceives the reader's terminal."""
    edit = opening()
    with pytest.raises(PlanError, match="NC415"):
        render([Opening(edit.nsg, replace(edit.rule, description=f"a{character}"))], Setting(groups={"nsg": "rg"}))
