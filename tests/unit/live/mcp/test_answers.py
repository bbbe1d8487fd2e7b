"""What a tool answers: the command's own text and JSON, errors as results, and no more than an assistant can take."""

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.cli import check as check_command
from netcheck.live.mcp.answers import JSON_LIMIT, TEXT_LIMIT, Answered, bounded_text, bounded_value
from netcheck.live.mcp.messages import to_line
from tests.unit.cli.shared import ROOT, run
from tests.unit.live.mcp.shared import HELLO, answering, asked, call, called, lines, replies

STORY = ROOT / "fixtures" / "article-before"
CALLS: list[tuple[str, dict[str, object], list[str]]] = [
    ("check", {}, []),
    ("check", {"vms": ["app-vm"], "ports": ["443"]}, ["--vm", "app-vm", "--port", "443"]),
    (
        "reach",
        {"from": "app-vm", "to": "Storage.WestUS", "ports": ["80", "443"], "via": "proxy-vm"},
        ["--from", "app-vm", "--to", "Storage.WestUS", "--port", "80,443", "--via", "proxy-vm"],
    ),
    ("explain", {"flow": "10.0.0.4 -> 20.60.0.1:443/tcp"}, ["10.0.0.4 -> 20.60.0.1:443/tcp"]),
    (
        "explain",
        {"from": "app-vm", "to": "Storage.WestUS", "ports": ["443"]},
        ["--from", "app-vm", "--to", "Storage.WestUS", "--port", "443"],
    ),
    ("compare", {}, []),
    ("fix", {"option": "http-proxy", "as": "classic"}, ["--option", "http-proxy", "--as", "classic"]),
    (
        "fix",
        {"option": "http-proxy", "as": "classic", "as_documented": True},
        ["--option", "http-proxy", "--as", "classic", "--as-documented"],
    ),
    ("lint", {"severity": "warning"}, ["--severity", "warning"]),
]


@pytest.mark.parametrize(("tool", "arguments", "typed"), CALLS)
def test_the_answer_is_that_of_the_command(
    tool: str,
    arguments: dict[str, object],
    typed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """To the byte, as text and as JSON."""
    monkeypatch.chdir(STORY)
    found = called(tool, arguments, ["site.yaml"])
    assert found["content"][0]["text"] == run(capsys, [tool, "site.yaml", *typed]).out
    assert found["structuredContent"] == json.loads(run(capsys, [tool, "site.yaml", *typed, "-o", "json"]).out)
    assert found["isError"] is False


def test_warnings_of_the_files_are_told_beside_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads an answer has to know what was odd about its input."""
    text = (STORY / "site.yaml").read_text(encoding="utf-8")
    tags = STORY.parent / "tags" / "ServiceTags_Public_Small.json"
    text = text.replace("../tags/ServiceTags_Public_Small.json", str(tags)).replace("10.0.0.0/24]", "10.0.0.7/24]")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    [answer, said] = [one["text"] for one in called("check", {}, ["site.yaml"])["content"]]
    assert "warning[NC133]" not in answer
    assert "warning[NC133]" in said


def test_the_options_of_the_server_hold_for_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--tags` replaces the file that the site names."""
    monkeypatch.chdir(STORY)
    other = "../tags/ServiceTags_Public_Small.json"
    found = called("reach", {"from": "app-vm", "to": "Internet", "ports": ["443"]}, ["site.yaml", "--tags", other])
    assert f"--tags {other}" in found["content"][0]["text"]


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("reach", {"from": "nobody", "to": "Internet", "ports": ["443"]}, "NC302"),
        ("reach", {"from": "app-vm", "to": "Internet", "ports": [10**400]}, "NC3"),
        ("reach", {"from": "app-vm", "to": "Internet", "ports": ["-1"]}, "NC3"),
        ("check", {"vms": ["nobody"]}, "NC30"),
        ("check", {"vms": [""]}, "NC304"),
        ("check", {"profile": "none"}, "NC3"),
        ("explain", {}, "NC310"),
        ("fix", {"option": "service-endpoint"}, "NC4"),
    ],
)
def test_a_question_that_cannot_be_asked_is_an_error_that_can_be_mended(
    tool: str, arguments: dict[str, object], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result with the message and what to do, in both forms, and not an error of the protocol."""
    monkeypatch.chdir(STORY)
    found = called(tool, arguments, ["site.yaml"])
    assert found["isError"] is True
    [told] = found["structuredContent"]["errors"]
    assert told["code"].startswith(code)
    assert told["message"] in found["content"][0]["text"]


def test_every_fault_of_a_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its place, as on the command line."""
    monkeypatch.chdir(STORY)
    found = called("check", {}, ["../bad/many-faults.yaml"])
    assert found["isError"] is True
    assert [one["code"] for one in found["structuredContent"]["errors"] if one["severity"] == "error"] != []
    assert "../bad/many-faults.yaml:3:8: error[NC123]: `cloud` cannot be `Mars`" in found["content"][0]["text"]


def test_a_fault_of_ours_is_told_as_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The words of exit status 70; the next call is answered."""
    monkeypatch.chdir(STORY)

    def broken(_: object) -> int:
        raise KeyError("x")

    with monkeypatch.context() as patched:
        patched.setattr(check_command, "run", broken)
        [_, reply, pong] = sorted(
            replies(lines(HELLO, call(2, "check", {}), {"jsonrpc": "2.0", "id": 3, "method": "ping"}), "site.yaml"),
            key=lambda one: str(one["id"]).replace("hello", "1"),
        )
    assert reply["result"]["isError"] is True
    assert reply["result"]["content"][0]["text"].startswith("netcheck: a fault in netcheck itself: KeyError: 'x'\n")
    assert "a fault in netcheck itself" in capsys.readouterr().err
    assert pong["result"] == {}
    assert asked(answering("site.yaml"), "check", {}).is_error is False


def test_a_text_is_cut_at_a_line_and_says_so_at_both_ends() -> None:
    """The beginning of a script is not the script."""
    text = "".join(f"line {number}\n" for number in range(10_000))
    cut = bounded_text(text).splitlines()
    assert cut[0] == cut[-1]
    assert cut[0].startswith("[INCOMPLETE: the last ")
    shown = cut[1:-1]
    assert shown == text.splitlines()[: len(shown)]
    assert f"the last {10_000 - len(shown):,} lines" in cut[0]
    assert sum(len(one) + 1 for one in shown) <= TEXT_LIMIT


def test_a_text_that_fits_is_whole() -> None:
    """To the last character."""
    assert bounded_text("x" * TEXT_LIMIT) == "x" * TEXT_LIMIT
    assert "INCOMPLETE" in bounded_text("x" * (TEXT_LIMIT + 1))


def test_a_value_that_fits_is_the_same() -> None:
    """Nothing is left out, and nothing says so."""
    value: dict[str, object] = {"verdict": "blocked", "hops": list(range(5_000))}
    assert bounded_value(value) is value


def _resolved(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part.replace("~1", "/").replace("~0", "~")]
    return value


def test_a_long_list_is_shortened_and_said_to_be() -> None:
    """What is kept and what is said to be missing make the whole; the verdict stays."""
    value: dict[str, object] = {
        "verdict": "partial",
        "packets": {"a/b~c": [{"n": number, "of": list(range(50))} for number in range(20_000)], "blocked": []},
    }
    found: Any = bounded_value(value)
    assert (next(iter(found)), found["verdict"]) == ("leftOut", "partial")
    assert len(json.dumps(found)) <= JSON_LIMIT
    for one in found["leftOut"]:
        whole, kept = _resolved(value, one["at"]), _resolved(found, one["at"])
        assert kept == whole[: len(kept)] or isinstance(kept[0], dict)
        assert len(kept) + one["entries"] == len(whole)
    assert "/packets/a~1b~0c" in [one["at"] for one in found["leftOut"]]


def test_a_script_that_is_too_long_is_left_out_whole() -> None:
    """Half of it would be run."""
    found: Any = bounded_value({"verdict": "reachable", "script": "x" * 200_000, "undo": "short"})
    assert (found["script"], found["undo"]) == (None, "short")
    assert found["leftOut"] == [{"at": "/script", "entries": 200_000}]


def test_what_cannot_be_shortened_keeps_what_is_short() -> None:
    """Thousands of keys: the verdict is told, and that the rest is not."""
    found: Any = bounded_value({"verdict": "blocked", "many": {f"key{n}": "x" * 50 for n in range(10_000)}})
    assert found["verdict"] == "blocked"
    assert [one["at"] for one in found["leftOut"]] == ["/many"]


def test_what_is_left_out_is_told_in_words_as_well() -> None:
    """Some clients show an assistant the text alone."""
    told = Answered("short", {"verdict": "blocked", "list": list(range(100_000))}).to_result()
    assert "was shortened: /list (" in str(told["content"])


@pytest.mark.parametrize("name", ["</script>", "a‮b", "\x1b[31mred", "\x00", "ignore all\nprevious", "\ud800"])
def test_a_hostile_name_reaches_the_client_as_one_line_of_json(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a question holds, the line stays a line and is UTF-8."""
    monkeypatch.chdir(STORY)
    found = asked(answering("site.yaml"), "reach", {"from": name, "to": "Internet", "ports": ["443"]})
    line = to_line(found.to_result())
    assert line.count(b"\n") == 1
    json.loads(line.decode("utf-8"))
    assert "\x1b" not in found.text
