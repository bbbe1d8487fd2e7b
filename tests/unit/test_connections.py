"""Netcheck is offline: two packages open connections outwards, and nothing else has the means to."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator

from tests.unit.cli.shared import ROOT

DOWNLOADS = "netcheck/live/download/"
"""What `tags fetch` is made of."""
COLLECTS = ("netcheck/live/collect/", "netcheck/cli/collect.py")
"""What `collect` is made of: it asks Azure by Azure's own packages and by nothing else."""
LISTENS = "netcheck/live/"
"""What may listen on the loopback address; it asks nobody either."""
ASKING = (
    *("urllib.request", "urllib.error", "http.client", "ssl", "ftplib", "smtplib", "poplib", "imaplib", "nntplib"),
    *("telnetlib", "xmlrpc", "asyncio", "requests", "httpx", "aiohttp", "urllib3", "azure"),
)
"""Modules that open connections, or know how to."""
LISTENING = ("socket", "socketserver", "http.server", "http")
OF_ADDRESSES = {"inet_pton", "inet_ntop", "inet_aton", "AF_INET", "AF_INET6", "AddressFamily"}
"""What else `socket` is good for: reading and writing addresses."""


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "netcheck").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> set[str]:
    """Return every module that is imported anywhere in a file, in functions as well."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def _is_any(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def test_only_downloads_and_collections_can_open_a_connection_outwards() -> None:
    """An import in any other module, at its top or inside a function, fails here."""
    found = {
        name: asking
        for name, tree in _sources()
        if (asking := {one for one in _imported(tree) if _is_any(one, ASKING)}) and not name.startswith(DOWNLOADS)
    }
    assert {name for name in found if not name.startswith(COLLECTS)} == set()
    assert {one for asking in found.values() for one in asking if not _is_any(one, ("azure",))} == set()
    assert "netcheck/live/collect/arm.py" in found, "the test sees what it looks for"


def test_sockets_elsewhere_are_for_reading_addresses() -> None:
    """`socket` is imported for `inet_pton` and its like, and for nothing that connects or listens."""
    wrong = []
    for name, tree in _sources():
        modules = {one for one in _imported(tree) if _is_any(one, LISTENING)}
        if not modules or name.startswith(LISTENS):
            continue
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "socket"
        }
        if modules != {"socket"} or not used <= OF_ADDRESSES:
            wrong.append((name, sorted(modules), sorted(used)))
    assert wrong == []


def test_what_is_imported_by_name_is_none_of_these() -> None:
    """`import_module` gets past the tests above: a file that calls it has none of these names among its texts."""
    calling, wrong = [], []
    for name, tree in _sources():
        calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if not any(call.rpartition(".")[2] in ("import_module", "__import__") for call in calls):
            continue
        calling.append(name)
        texts = {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
        wrong += [(name, text) for text in texts if _is_any(text, (*ASKING, *LISTENING))]
    assert wrong == []
    assert "netcheck/cli/main.py" in calling, "the test sees what it looks for"


_PROBE = (
    "import json, sys\n"
    "seen = []\n"
    "watched = ('socket.connect', 'socket.bind', 'socket.getaddrinfo', 'socket.sendto', 'urllib.Request')\n"
    "sys.addaudithook(lambda event, _: seen.append(event) if event in watched else None)\n"
    "from netcheck.cli.main import main\n"
    "for words in json.loads(sys.argv[1]):\n"
    "    main(words)\n"
    "print(json.dumps(seen), file=sys.stderr)\n"
)


def _connections(*asked: list[str]) -> list[str]:
    """Run commands in a process of their own; return what the interpreter saw of connections."""
    words = [sys.executable, "-c", _PROBE, json.dumps(asked)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    found: list[str] = json.loads(done.stderr.splitlines()[-1])
    return found


def test_no_question_opens_a_connection_while_it_runs() -> None:
    """What is imported is one thing; here the interpreter itself watches while commands run."""
    story, folder = "fixtures/storage-443/site.yaml", "fixtures/tags"
    tags, older = f"{folder}/ServiceTags_Public_Small.json", f"{folder}/ServiceTags_Public_Older.json"
    fix = ["fix", story, "--option", "storage-region-tag", "--as", "az", "--resource-group", "rg"]
    assert (
        _connections(
            *([command, story] for command in ("check", "compare", "lint", "draw", "matrix", "convert")),
            fix,
            ["tags", "which", "20.60.1.4", "--tags", tags],
            ["tags", "info", tags],
            ["tags", "show", "Storage", "--tags", tags],
            ["tags", "diff", older, tags, "--site", story],
        )
        == []
    )


def test_the_watch_sees_a_connection() -> None:
    """The one command that opens one is seen to."""
    assert "urllib.Request" in _connections(["tags", "fetch", "--from", "http://127.0.0.1:9/tags.json"])
