"""Every path of every story as a picture: it has the verdict that `reach` gives, and each hop of the answer."""

from __future__ import annotations

import json
from xml.etree.ElementTree import fromstring

import pytest

from netcheck.cli.main import main
from tests.scenarios.test_scenarios import CASES, Case

SVG = "{http://www.w3.org/2000/svg}"
PATHS = [case for case in CASES if case.facts["run"][0] == "reach" and case.facts["exit"] in (0, 1, 4)]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in PATHS])
def test_a_path_is_drawn_as_it_is_told(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The title begins with the verdict, what leads to the end has it as well, and no hop is left out."""
    monkeypatch.chdir(case.folder)
    words = [str(word) for word in case.facts["run"]]
    assert main([*words, "-o", "json"]) == case.facts["exit"]
    told = json.loads(capsys.readouterr().out)
    assert main(["draw", *words[1:], "-o", "svg"]) == case.facts["exit"]
    root = fromstring(capsys.readouterr().out)
    assert (root.findtext(f"{SVG}title") or "").startswith(f"{told['verdict'].upper()}: ")
    titles = [group.findtext(f"{SVG}title") or "" for group in root.iter(f"{SVG}g") if group.get("data-hop")]
    for hop in told["hops"]:
        shown = [title for title in titles if (hop["resource"] or "") in title.partition("\n")[0]]
        assert shown
        for decision in hop["decisions"]:
            assert any((decision["rule"] or decision.get("note", "")) in title for title in shown)
    if "," not in f"{told['question']['from']}{told['question']['to']}":
        [picture] = [one for one in root if one.get("class") == "path"]
        ways = [path.get("class") for path in picture.findall(f"{SVG}path") if "way" in (path.get("class") or "")]
        assert ways[-1] == f"way {told['verdict']}"
