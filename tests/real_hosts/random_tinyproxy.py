"""Random tinyproxy configurations over a small universe of clients, hosts, ports and methods."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

HOSTS = (
    ("239.1.1.1", "acct.blob.example"),
    ("239.1.1.2", "blob.example"),
    ("239.1.1.3", "other.blob.example"),
    ("239.1.1.5", "www.example.net"),
    ("127.0.0.5", "five.client.example"),
)
"""The names of the grid. A connection to a multicast address fails at once, and sends nothing."""

CLIENTS = ("127.0.0.1", "127.0.0.2", "127.0.0.5", "127.0.1.1", "127.1.0.1", "::1")
ASKED = ("acct.blob.example", "blob.example", "other.blob.example", "www.example.net")
PORTS = (22, 80, 443, 8443)
METHODS = ("CONNECT", "GET")

_CLIENT_LISTS = (
    *("127.0.0.1", "127.0.0.0/8", "127.0.0.0/30", "127.0.0.5/31", "127.1.0.0/16", "10.0.0.0/8", "::1", "::/0"),
    *("::1/128", "::/64", "0.0.0.0/0", "fe80::/10", "127.0.0.1/0", "127.0.0.0/33", "::ffff:127.0.0.5", "::ffff:0:0/96"),
    *(".client.example", "five.client.example", "300.1.1.1"),
)
_PATTERNS = (
    *(r"\.blob\.example$", "blob", "BLOB", "^blob", r"^.*\.example$", ".*blob.example$", "^acct", "example", "a("),
    *(
        r"(acct|other)\.blob\.example$",
        r"\(acct\|other\)\.blob\.example$",
        "[a-z]+",
        r"^blob\.example$",
        "*.blob.example",
    ),
    *(
        "?lob.example",
        "*",
        "^http://",
        ":443$",
        "blob.example:8443",
        "/container",
        "example$",
        "w+",
        "x*y",
        "# nothing",
    ),
    *("acct # why", "  acct", "http://blob.example/*", "blob.exampl[e]", r"\*"),
)
_ODD_LINES = (
    *("# a comment", "", "DisableViaHeader Yes", 'ViaProxyName "proxy"', "StartServers 3", "XTinyproxy Yes", "\t"),
    *('Upstream none "."', "BindSame No", "ReverseOnly Yes", 'AddHeader "A" "b"', "Syslog Off", "Timeout 4"),
    *("Upstream http 127.0.0.1:9", "BindSame Yes", 'Anonymous "Host"', 'StatHost "stats.example"', " Allow 127.0.0.2"),
)
_BAD_LINES = (
    *(
        "  # indented",
        "Nonsense 1",
        "Allow",
        "Allow 127.0.0.1 # why",
        "Allow 127.0.0.0/255.0.0.0",
        "ConnectPort 443-500",
    ),
    *(
        "Filter nofile",
        'Filter "nofile"',
        "BindSame maybe",
        "Port 70000",
        "FilterType foo",
        "Listen localhost",
        "Port 0",
    ),
    *("Allow 127.0.0.1,127.0.0.2", "Allow 127.0.0.1\r", "BasicAuth user", 'Upstream http "x"', "LogLevel Loud"),
)


@dataclass(slots=True)
class Drawn:
    """One configuration: its lines, and its filter, None without one."""

    lines: list[str] = field(default_factory=list)
    patterns: list[str] | None = None

    def write(self, folder: Path, settings: str) -> Path:
        """Write everything; return the tinyproxy.conf."""
        if self.patterns is not None:
            (folder / "filter").write_text("\n".join(self.patterns) + "\n", encoding="utf-8")
        conf = folder / "tinyproxy.conf"
        conf.write_text(settings + "\n".join(self.lines) + "\n", encoding="utf-8", newline="")
        return conf


def draw(chance: Random) -> Drawn:
    """Draw one configuration; one in seven has a line that tinyproxy may refuse."""
    drawn = Drawn()
    if chance.random() < 0.8:
        for _ in range(chance.randint(1, 4)):
            keyword = chance.choice(("Allow", "Allow", "Deny", "allow", "DENY"))
            drawn.lines.append(f"{keyword} {chance.choice(_CLIENT_LISTS)}")
    for _ in range(chance.choice((0, 0, 1, 2))):
        drawn.lines.append(f"ConnectPort {chance.choice((443, 8443, 0, 22, 99999, 80))}")
    if chance.random() < 0.08:
        drawn.lines.append("BasicAuth user word")
    if chance.random() < 0.6:
        _filter(chance, drawn)
    for line in chance.sample(_ODD_LINES, chance.choice((0, 0, 1, 2))):
        drawn.lines.insert(chance.randint(0, len(drawn.lines)), line)
    if chance.random() < 0.14:
        drawn.lines.insert(chance.randint(0, len(drawn.lines)), chance.choice(_BAD_LINES))
    return drawn


def _filter(chance: Random, drawn: Drawn) -> None:
    drawn.patterns = ["# patterns", *(chance.choice(_PATTERNS) for _ in range(chance.randint(0, 3)))]
    drawn.lines.append('Filter "filter"')
    for line in ("FilterDefaultDeny Yes", "FilterURLs On", "FilterExtended Yes", "FilterCaseSensitive Yes"):
        if chance.random() < (0.6 if line.startswith("FilterD") else 0.25):
            drawn.lines.append(line)
    if chance.random() < 0.5:
        drawn.lines.append(f"FilterType {chance.choice(('bre', 'ere', 'fnmatch', 'fnmatch'))}")
    if chance.random() < 0.1:
        drawn.lines.append(chance.choice(("FilterDefaultDeny No", "FilterURLs no", "FilterExtended off")))
