"""What a terminal gets, and what a pipe does: colour, width, encodings, readers who leave, progress."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT
from tests.unit.cli.terminals import STYLE, at_terminal, environment, piped

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX")
FIXTURES = ROOT / "fixtures"
ARTICLE = FIXTURES / "article-before"
CHECK = ["check", "site.yaml"]
RED = "\x1b[1;31m"
REPORTS = {
    "check": ("article-before", ["check", "site.yaml", "-v"]),
    "compare": ("article-before", ["compare", "site.yaml"]),
    "since": ("article-before", ["compare", "site.yaml", "--since", "../tags/ServiceTags_Public_Older.json"]),
    "explain": ("article-before", ["explain", "site.yaml", "10.0.0.5 -> 20.60.1.1:443/tcp"]),
    "lint": ("lint-findings", ["lint", "site.yaml"]),
    "diff": ("what-a-change-does", ["diff", "site.yaml", "site-new.yaml"]),
    "matrix": ("matrix-small", ["matrix", "site.yaml"]),
    "changed": ("matrix-small", ["matrix", "site-new.yaml", "--changed-from", "site.yaml"]),
    "test": ("intents-ci", ["test", "site.yaml", "intents.yaml"]),
    "client": ("article-before", ["client", "site.yaml"]),
    "fix": ("article-before", ["fix", "site.yaml", "--option", "http-proxy"]),
    "rule": ("article-before", ["rule", "NC201"]),
}


@cache
def _plain(name: str) -> str:
    story, words = REPORTS[name]
    return piped([*words, "-q"], FIXTURES / story).stdout.decode()


@pytest.mark.parametrize(
    ("option", "variables", "is_coloured"),
    [
        ("auto", {}, True),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": ""}, True),
        ("auto", {"TERM": "dumb"}, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("never", {"FORCE_COLOR": "1"}, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, True),
    ],
)
def test_colour_on_a_terminal(option: str, variables: dict[str, str], is_coloured: bool) -> None:
    """What is typed wins over NO_COLOR, that over FORCE_COLOR, that over what the terminal can do."""
    shown = at_terminal([*CHECK, "--color", option], ARTICLE, 80, "", **variables)
    assert bool(STYLE.search(shown.text)) is is_coloured
    assert (f"{RED}BLOCKED" in shown.text) is is_coloured
    assert shown.status == 1


@pytest.mark.parametrize(
    ("option", "variables", "is_coloured"),
    [("auto", {}, False), ("auto", {"FORCE_COLOR": "1"}, True), ("always", {}, True), ("never", {}, False)],
)
def test_colour_in_a_pipe(option: str, variables: dict[str, str], is_coloured: bool) -> None:
    """Only where it is asked for; what is not text for people is never coloured."""
    assert bool(STYLE.search(piped([*CHECK, "--color", option], ARTICLE, **variables).stdout.decode())) is is_coloured
    json.loads(piped([*CHECK, "--color", option, "-o", "json"], ARTICLE, **variables).stdout)


@pytest.mark.parametrize("name", REPORTS)
def test_colour_changes_no_character(name: str) -> None:
    """Without its colours the text on a terminal is what a pipe gets, also where it is wider than 80 columns."""
    story, words = REPORTS[name]
    columns = 80 if name in ("compare", "matrix") else 200
    assert at_terminal([*words, "-q"], FIXTURES / story, columns).plain == _plain(name)


@pytest.mark.parametrize("columns", [40, 60])
@pytest.mark.parametrize("name", REPORTS)
def test_a_narrow_terminal_gets_the_same_words(name: str, columns: int) -> None:
    """Lines are cut at blanks only: every word of the wide text is there unbroken, commands to copy in one line."""
    story, words = REPORTS[name]
    plain = _plain(name)
    narrow = at_terminal([*words, "-q"], FIXTURES / story, columns).plain
    if name not in ("compare", "since", "matrix"):  # their tables are laid out another way
        assert [word for word in narrow.split() if word != "#"] == [word for word in plain.split() if word != "#"]
    commands = [line.strip() for line in plain.splitlines() if "netcheck " in line and "next: " in line]
    assert [line.strip() for line in narrow.splitlines() if "netcheck " in line and "next: " in line] == commands
    for line in narrow.splitlines():
        assert len(line) <= columns or _is_to_copy(line, plain) or " " not in line.strip("# ")


def _is_to_copy(line: str, plain: str) -> bool:
    """Return whether a line is one of the wide text: a command, a file line, or one that has no blank to cut at."""
    return line in plain.splitlines() or len(line.split()) == 1


@pytest.mark.parametrize("encoding", ["cp437", "cp850", "ascii", "cp932", "utf-8"])
def test_an_encoding_that_lacks_characters(encoding: str, tmp_path: Path) -> None:
    """Nothing is printed as what it is not: a name comes out as it is, or escaped, and that is said."""
    text = (ARTICLE / "site.yaml").read_text(encoding="utf-8").replace("NSG-lockdown", "NSG-größe-漢-Ж")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    tags = str(FIXTURES / "tags" / "ServiceTags_Public_Small.json")
    done = piped(["check", "site.yaml", "--tags", tags], tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 1
    shown = done.stdout.decode(encoding)
    assert "�" not in shown
    parts = {"größe": r"gr\xf6\xdfe", "漢": r"\u6f22", "Ж": r"\u0416"}
    expected = "-".join("".join(_fitting(one, encoding) for one in part) for part in parts)
    assert f"NSG-{expected}" in shown
    is_whole = expected == "größe-漢-Ж"
    assert ("lacks characters of the answer" in done.stderr.decode(encoding, "replace")) is not is_whole
    assert is_whole or done.stderr.decode("ascii", "replace").count("note: standard output is") == 1


def _fitting(character: str, encoding: str) -> str:
    try:
        return character.encode(encoding).decode(encoding)
    except UnicodeEncodeError:
        return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def test_our_own_marks_are_spelled(tmp_path: Path) -> None:
    """Where an encoding lacks `…`, three dots stand for it, also in help."""
    assert b"--vm NAME,..." in piped(["check", "--help"], tmp_path, PYTHONIOENCODING="cp437", PYTHONUTF8="0").stdout


def test_what_programs_read_is_utf_8(tmp_path: Path) -> None:
    """A site file that is redirected is the one that `--output` writes, whatever the console's code page."""
    text = (ARTICLE / "site.yaml").read_text(encoding="utf-8").replace("NSG-lockdown", "NSG-größe")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    tags = str(FIXTURES / "tags" / "ServiceTags_Public_Small.json")
    words = ["convert", "site.yaml", "--tags", tags]
    redirected = piped(words, tmp_path, PYTHONIOENCODING="cp850", PYTHONUTF8="0").stdout
    piped([*words, "--output", "written.yaml"], tmp_path)
    assert redirected == (tmp_path / "written.yaml").read_bytes()
    assert "NSG-größe" in redirected.decode("utf-8")


@pytest.mark.parametrize("words", [["rule"], ["schema"], ["matrix", "site.yaml", "-o", "json"], ["check", "--help"]])
def test_a_reader_who_leaves_is_no_fault(words: list[str]) -> None:
    """`| head -1` says nothing on standard error, and the status is the answer's."""
    command = [sys.executable, "-m", "netcheck", *words]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=FIXTURES / "matrix-small", env=environment()
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


def test_a_verdict_outlives_its_reader() -> None:
    """Blocked stays 1 where nobody reads on."""
    command = [sys.executable, "-m", "netcheck", *CHECK, "-q"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ARTICLE, env=environment())
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == 1


@pytest.mark.parametrize(
    ("story", "words", "status"),
    [
        ("bad", ["check", "many-faults.yaml"], 3),
        ("bad", ["check", "no-such-file.yaml"], 3),
        ("article-before", ["check", "site.yaml", "--profile", "no-such-profile"], 3),
        ("article-before", ["check", "site.yaml"], 1),
        ("article-rule", ["check", "site.yaml"], 0),
        ("article-before", ["no-such-command"], 2),
    ],
)
def test_a_status_outlives_those_who_listen(story: str, words: list[str], status: int) -> None:
    """Nobody reads standard error, or it is closed: bad input is no verdict for that, and a verdict no fault."""
    listening, said = os.pipe()
    os.close(listening)
    command = [sys.executable, "-m", "netcheck", *words]
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=said, cwd=FIXTURES / story, env=environment(), check=False
    )
    os.close(said)
    assert done.returncode == status
    line = f"'{sys.executable}' -m netcheck {' '.join(words)} 2>&-"
    closed = subprocess.run(
        ["/bin/sh", "-c", line], stdout=subprocess.PIPE, cwd=FIXTURES / story, env=environment(), check=False
    )
    assert closed.returncode == status
    assert b"error[" not in closed.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("words", [["rule"], ["check", "site.yaml", "-o", "json"]])
def test_an_answer_that_cannot_be_written_is_an_error(words: list[str]) -> None:
    """A full disk is never status 0 or 1, which would say that there is an answer, nor a fault of ours."""
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "netcheck", *words]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, cwd=ARTICLE, env=environment(), check=False, text=True
        )
    assert done.returncode == 3
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="closes standard output with a shell")
def test_a_closed_standard_output_is_an_error() -> None:
    """`>&-` as services do it: there is no answer, so there is no verdict."""
    line = f"'{sys.executable}' -m netcheck check site.yaml >&-"
    done = subprocess.run(
        ["/bin/sh", "-c", line], stderr=subprocess.PIPE, cwd=ARTICLE, env=environment(), check=False, text=True
    )
    assert done.returncode == 3
    assert "cannot write the answer" in done.stderr
    assert "Traceback" not in done.stderr


SLOW = """
import sys, time
from netcheck.cli import progress
progress.AFTER = 0.0
from netcheck.cli.main import console
from netcheck.sources import load
plain = load.load_site
def slow(*arguments):
    time.sleep(0.3)
    return plain(*arguments)
load.load_site = slow
console()
"""


def test_slow_work_shows_that_it_goes_on() -> None:
    """A line on standard error turns while a site is read, and is gone before the answer."""
    shown = at_terminal([*CHECK, "--color", "never", "-q", "-o", "json"], ARTICLE, script=SLOW)
    assert "reading" not in shown.text  # quiet
    shown = at_terminal([*CHECK, "--color", "never"], ARTICLE, script=SLOW)
    drawn, _, answer = shown.text.rpartition("\r\x1b[K")
    frames = re.findall(r"\r\x1b\[K(.) reading site\.yaml \([0-9]+ s\)", drawn)
    assert frames[:2] == ["|", "/"]
    assert answer == piped(CHECK, ARTICLE).stdout.decode()


def test_progress_fits_the_terminal() -> None:
    """A line that is too long would not be cleared as a whole."""
    shown = at_terminal([*CHECK, "--color", "never"], ARTICLE, 40, script=SLOW.replace('"""', ""), COLUMNS="40")
    drawn = shown.text.split("\r\x1b[K")[1:-1]
    assert drawn
    assert all(len(line) < 40 for line in drawn)


def test_what_is_quick_shows_no_progress() -> None:
    """Nor does anything in a pipe, however slow."""
    assert "reading" not in at_terminal(CHECK, ARTICLE).text
    done = subprocess.run(
        [sys.executable, "-c", SLOW, *CHECK], capture_output=True, cwd=ARTICLE, env=environment(), check=False
    )
    assert done.stderr == b""


def test_what_is_next_is_said_to_a_person_who_wrote_a_file(tmp_path: Path) -> None:
    """The file is what `-o yaml` prints and no more; a pipeline is told nothing."""
    output = str(tmp_path / "site.yaml")
    words = ["convert", "site.yaml", "--output", output]
    assert at_terminal(words, ARTICLE).text == f"next: netcheck lint {output}\n"
    assert piped(words, ARTICLE).stderr == b""


def test_plain_output_loads_no_terminal_library() -> None:
    """Only a person at a terminal pays for colours."""
    probe = "import sys\nfrom netcheck.cli.main import main\nmain(sys.argv[1:])\nprint('rich' in sys.modules)"
    command = [sys.executable, "-c", probe, *CHECK]
    done = subprocess.run(command, capture_output=True, cwd=ARTICLE, env=environment(), check=False, text=True)
    assert done.stdout.splitlines()[-1] == "False"
    assert at_terminal([*CHECK], ARTICLE, script=probe).text.splitlines()[-1] == "True"
