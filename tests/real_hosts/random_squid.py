"""Random squid configurations: access lists over a small universe of clients, hosts, ports and methods.

Every draw is one that squid might be given; some it must refuse. The grid of requests is the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

HOSTS = (
    ("239.1.1.1", "acct.blob.example"),
    ("239.1.1.2", "blob.example"),
    ("239.1.1.3", "other.blob.example"),
    ("239.1.1.4", "evilblob.example"),
    ("239.1.1.5", "www.example.net"),
    ("127.0.1.9", "nine.queue.example"),
)
"""The names of the grid. A connection to a multicast address fails at once, and sends nothing."""

CLIENTS = ("127.0.0.1", "127.0.0.2", "127.0.0.5", "127.0.0.9", "127.0.1.1", "127.1.0.1", "127.200.0.1", "::1")
ASKED = ("acct.blob.example", "BLOB.example", "other.blob.example.", "evilblob.example", "www.example.net", "127.0.1.9")
PORTS = (22, 80, 443, 8443)
METHODS = ("CONNECT", "GET", "PUT")

_ADDRESSES = (
    *("127.0.0.1", "127.0.0.0/30", "127.0.0.0/8", "127.0.0.0/255.255.255.0", "127.0.0.2-127.0.0.5", "127.1.0.1/16"),
    *("all", "0.0.0.0/0", "::1", "::/0", "ipv4", "ipv6", "fe80::/10", "127.0.0.9-127.0.0.1", "127.1", "127/8"),
    *("127.0.0.1-127.0.1.0/24", "10.0.0.0/8", "::1-::5", "127.0.0.5/31", "127.200.0.0/16", "0.0.0.0/1", "::/1"),
)
_BAD_ADDRESSES = ("127.0.0.0/33", "300.1.1.1", "-n", "[::1]", "127.0.0.1/", "127.0.0.1#x")
_DESTINATIONS = ("127.0.1.9", "127.0.1.0/24", "127.0.0.0/8", "239.1.1.0/24", "all", "::1", "10.0.0.0/8", "239.1.1.1")
_DOMAINS = (
    *(".blob.example", "blob.example", "acct.blob.example", "other.blob.example", ".example", ".example.net"),
    *("BLOB.Example", ".Blob.example", "blob.example.", "*.blob.example", ".", "..blob.example", "evilblob.example"),
    *("127.0.1.9", ".1.9", ".queue.example", "blob", ".com", "www.example.net", ".acct.blob.example", "none"),
)
_PORT_LISTS = ("80", "443", "8443", "22", "1025-65535", "0-1024", "80-443", "443-443", "080", "0", "1-65535", "21")
_BAD_PORTS = ("http", "443-80", "70000", "80,443", "-80", "80-", "0x50")
_METHOD_LISTS = ("CONNECT", "connect", "GET", "put", "POST", "PURGE", "FOO", "Connect")
_PROTOCOLS = ("HTTP", "http", "HTTPS", "FTP", "cache_object", "urn", "foo")
_EXPRESSIONS = (
    *(
        r"\.blob\.example$",
        "blob",
        "-i BLOB",
        "BLOB",
        "^blob",
        r"^.*\.example$",
        ".*blob.example$",
        "^evil",
        "-n nine",
        "-in NINE",
        "a -n nine",
    ),
    *(
        r"(acct|other)\.blob\.example$",
        "[a-z]+",
        "^acct",
        "example",
        r"^[0-9]+\.[0-9]+\.[0-9.]+$",
        r"^[^.]*\.blob",
        "^[a-z0-9.-]+t",
        "b*ob[.]ex",
        r"^blob\.example$",
        "-i ^ACCT +i BLOB",
        "q.eue",
    ),
)
_URLS = (
    *(r"^https?://.*\.blob\.example", r"\.blob\.example", ":443$", "^http://", "^acct", r"\.blob\.example:443$"),
    *("container/blob$", "-i EXAMPLE", "^http://blob.example/", "[0-9]+$", r"blob\.example(:443)?$", "/container"),
)
_UNKNOWN = ("time 00:00-24:00", "browser -i curl", "maxconn 100", "random 0.5", "req_header X-A b", "urlpath_regex c")
_BAD_LINES = (
    *("nonsense 1", "endif", "if true", "acl lonely", "acl odd nosuchtype 1", "http_access allow nobody", "include"),
    *("include nowhere.conf", "http_access allow !!all", "acl CONNECT port 443", "acl manager src 127.0.0.1"),
    *("acl late_user any-of nobody", "acl dup dstdomain a.example .a.example", "acl p proxy_auth REQUIRED"),
    *("acl p external nobody", "acl x port 443\\\nhttp_access allow all", "HTTP_ACCESS allow all"),
    *(
        "http_access allow all#x",
        "acl dup dstdomain b.a.example .a.example",
        "http_access allow later\nacl later src all",
    ),
    *("if true # why\nendif", "if false\nif maybe\nendif\nendif", "acl p dstdomain - a"),
    *("acl p dstdomain -i .a.example", "acl p any-of -i all", "include nowhere.conf # gone"),
)
_ODD_LINES = (
    *("http_access", "http_access allow", "http_access maybe all", "http_access Allow all", "# a comment \\"),
    *("acl localhost src 127.0.0.5", "acl CONNECT method GET", "acl manager proto cache_object", "\t"),
    *("acl to_localhost dst 127.0.0.0/8", "acl localhost src 127.0.0.1/255.255.255.255", "forwarded_for delete"),
    *("if false\nhttp_access deny all\nelse\nhttp_access deny manager\nendif", "deny_info ERR_ACCESS_DENIED all"),
    *(
        "if 1 = 1\nhttp_access deny to_localhost\nendif",
        "acl all src 127.0.0.1",
        "acl empty src\nhttp_access allow empty",
    ),
    *("acl none all-of\nhttp_access deny none to_localhost", "acl nobody any-of\nhttp_access allow nobody"),
    *(
        "http_access \\\n\n# between\ndeny to_localhost",
        "http_access de\\\nny to_localhost",
        "acl http proto HTTP\r lost",
    ),
)
_IDIOM = """acl SSL_ports port 443
acl Safe_ports port 80 443
acl Safe_ports port 1025-65535 # unregistered
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access allow localhost manager
http_access deny manager
"""


@dataclass(slots=True)
class Drawn:
    """One configuration: its lines, and the files beside it."""

    lines: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path, settings: str) -> Path:
        """Write everything in place of what was drawn before; return the squid.conf."""
        for path in list(folder.rglob("*")):
            if path.is_file() and path.name != "hosts":
                path.unlink()
        for name, text in self.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", newline="")
        conf = folder / "squid.conf"
        # newline="": a carriage return that was drawn stays as it is
        conf.write_text(settings + "\n".join(self.lines) + "\n", encoding="utf-8", newline="")
        return conf


def draw(chance: Random) -> Drawn:
    """Draw one configuration; one in six has a line that squid may refuse."""
    drawn = Drawn()
    if chance.random() < 0.2:
        drawn.lines.append("auth_param basic program /usr/lib/squid/basic_fake_auth")
        drawn.lines.append("acl user proxy_auth REQUIRED")
    if chance.random() < 0.3:
        drawn.lines += _IDIOM.splitlines()
    names = ["all", "localhost", "CONNECT", "manager", "to_localhost", "ALL"]
    names += ["user"] * (len(drawn.lines) > 0 and "user" in drawn.lines[-1])
    for number in range(chance.randint(1, 5)):
        name = f"a{number}"
        _acl(chance, name, names, drawn)
        names.append(name)
        if chance.random() < 0.15:
            names.append(name.upper())
    for _ in range(chance.randint(0, 6)):
        drawn.lines.insert(chance.randint(0, len(drawn.lines)), chance.choice(_ODD_LINES)) if (
            chance.random() < 0.12
        ) else drawn.lines.append(_access(chance, names))
    if chance.random() < 0.5:
        drawn.lines.append(chance.choice(("http_access deny all", "http_access allow all")))
    if chance.random() < 0.16:
        drawn.lines.insert(chance.randint(0, len(drawn.lines)), chance.choice(_BAD_LINES))
    if drawn.lines and chance.random() < 0.25:
        _include(chance, drawn)
    return drawn


def _include(chance: Random, drawn: Drawn) -> None:
    """Put some lines into a file of their own, or into two of a folder, and an `include` in their place."""
    first, last = sorted((chance.randint(0, len(drawn.lines)), chance.randint(0, len(drawn.lines))))
    moved = drawn.lines[first:last]
    if chance.random() < 0.5:
        drawn.files["part.conf"] = "\n".join(["# moved", *moved, ""])
        word = chance.choice(("part.conf", '"part.conf"'))
    else:
        middle = len(moved) // 2
        for name, lines in (("10.conf", moved[:middle]), ("20.conf", moved[middle:])):
            drawn.files[f"conf.d/{name}"] = "\n".join(["# moved", *lines, ""])
        word = "conf.d/*.conf"
    drawn.lines[first:last] = [f"include {word}"]


def _access(chance: Random, names: list[str]) -> str:
    words = [("!" if chance.random() < 0.3 else "") + chance.choice(names) for _ in range(chance.randint(1, 3))]
    comment = " # why" if chance.random() < 0.1 else ""
    return f"http_access {chance.choice(('allow', 'deny'))} {' '.join(words)}{comment}"


def _acl(chance: Random, name: str, names: list[str], drawn: Drawn) -> None:
    kind = chance.choices(
        ("src", "dstdomain", "port", "method", "dst", "proto", "group", "dstdom_regex", "url_regex", "unknown"),
        (6, 6, 3, 2, 2, 1, 2, 2, 2, 1),
    )[0]
    if kind == "unknown":
        drawn.lines.append(f"acl {name} {chance.choice(_UNKNOWN)}")
        return
    if kind == "group":
        kind = chance.choice(("any-of", "all-of"))
    option = "-n " if kind in ("dst", "dstdomain") and chance.random() < 0.2 else ""
    for _ in range(chance.choice((1, 1, 2))):
        values = _values(chance, kind, names)
        if kind in ("src", "dstdomain", "port") and chance.random() < 0.12:
            values = [_list_file(chance, values, drawn, name), *values[:1]]
        drawn.lines.append(f"acl {name} {kind} {option}{' '.join(values)}")


def _values(chance: Random, kind: str, names: list[str]) -> list[str]:
    if kind in ("any-of", "all-of"):
        return [("!" if chance.random() < 0.3 else "") + chance.choice(names) for _ in range(chance.randint(1, 3))]
    if kind in ("dstdom_regex", "url_regex"):
        return [chance.choice(_EXPRESSIONS if kind == "dstdom_regex" else _URLS)]
    good, bad = {
        "src": (_ADDRESSES, _BAD_ADDRESSES),
        "dst": (_DESTINATIONS, ("[::1]",)),
        "dstdomain": (_DOMAINS, ("-x",)),
        "port": (_PORT_LISTS, _BAD_PORTS),
        "method": (_METHOD_LISTS, ("-i",)),
        "proto": (_PROTOCOLS, ("-i",)),
    }[kind]
    values = [chance.choice(good) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    return [*values, chance.choice(bad)] if chance.random() < 0.015 else values


def _list_file(chance: Random, values: list[str], drawn: Drawn, name: str) -> str:
    """Put values into a file; return how the line names it: by either quote, the second one is not needed."""
    if chance.random() < 0.1:
        values = ["-n", *values]  # no option where it stands in a file
    rows = ["# a list", *(f"  {value} # why" if chance.random() < 0.3 else value for value in values), ""]
    drawn.files[f"{name}.txt"] = "\n".join(rows)
    path = f"{name}.txt"
    return chance.choice((f'"{path}"', f"'{path}'", f'"{path}'))
