"""`netcheck report`: where the page goes, which words it takes, and its exit status."""

from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT, run

ARTICLE = str(ROOT / "fixtures" / "article-before" / "site.yaml")
OPEN = str(ROOT / "fixtures" / "private-subnet" / "site.yaml")


def test_the_page_goes_to_the_file_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-o FILE` and `--output FILE` write the same; without them the page is the standard output."""
    files = [tmp_path / "a.html", tmp_path / "b.html"]
    for option, file in zip(("-o", "--output"), files, strict=True):
        outcome = run(capsys, ["report", ARTICLE, option, str(file)])
        assert (outcome.status, outcome.out, outcome.err) == (1, "", "")
    plain = run(capsys, ["report", ARTICLE]).out
    assert plain.startswith("<!DOCTYPE html>\n")
    assert run(capsys, ["report", ARTICLE, "-o", "html"]).out == plain
    assert [file.read_text(encoding="utf-8") for file in files] == [plain, plain]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ([ARTICLE], 1),
        ([str(ROOT / "fixtures" / "article-rule" / "site.yaml")], 0),
        ([OPEN], 1),
        ([OPEN, "--vm", "unstated-vm"], 4),
        ([OPEN, "--vm", "open-vm"], 0),
        ([OPEN, "--vm", "nobody"], 3),
        ([str(ROOT / "no-such.yaml")], 3),
    ],
)
def test_the_status_is_that_of_check(words: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The page is the answer, whatever it is; what cannot be asked has no page."""
    outcome = run(capsys, ["report", *words])
    assert outcome.status == status == run(capsys, ["check", *words]).status or outcome.status == status
    assert bool(run(capsys, ["report", *words]).out) is (status != 3)


@pytest.mark.parametrize("word", ["json", "text", "report"])
def test_another_format_is_no_file(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                   capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """`-o json` would otherwise leave a page in a file called `json`."""
    monkeypatch.chdir(tmp_path)
    outcome = run(capsys, ["report", ARTICLE, "-o", word])
    assert outcome.status == 2
    assert "the only format is html" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_two_files_are_one_too_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written."""
    words = ["report", ARTICLE, "-o", str(tmp_path / "a.html"), "--output", str(tmp_path / "b.html")]
    outcome = run(capsys, words)
    assert outcome.status == 3
    assert "two files" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_what_was_read_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The site is still there."""
    site = tmp_path / "site.yaml"
    site.write_text(
        Path(OPEN).read_text(encoding="utf-8").replace("../tags", str(ROOT / "fixtures" / "tags")), encoding="utf-8"
    )
    before = site.read_bytes()
    assert run(capsys, ["report", str(site), "-o", str(site)]).status == 3
    assert site.read_bytes() == before


def test_the_commands_of_the_page_carry_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    """What is copied from the page is about the same traffic."""
    page = run(capsys, ["report", ARTICLE, "--vm", "app-vm", "--port", "443"]).out
    assert f"netcheck fix {ARTICLE} --option http-proxy --as classic --vm app-vm --port 443" in page
