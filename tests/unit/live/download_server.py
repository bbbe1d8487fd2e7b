"""A server on the loopback address that behaves as Microsoft's download pages do, or misbehaves as servers do.

The page is written by hand after what public programs look for in the real one: the `href` of the anchor of class
`dlcdetail__download-btn`, and `window.__DLCDetails__` with `dlcDetailsView.downloadFile[]` of `name`, `url`, `size`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FIXTURES = Path(__file__).parents[3] / "fixtures" / "tags"
PUBLIC = (FIXTURES / "ServiceTags_Public_Small.json").read_bytes()
OLDER = (FIXTURES / "ServiceTags_Public_Older.json").read_bytes()
GOVERNMENT = (FIXTURES / "ServiceTags_AzureGovernment_Small.json").read_bytes()
FOLDER = "/download/7/1/d/71d86715-5596-4529-9b13-da13a5de5b63"
PAGE_PATH = "/en-us/download/details.aspx?id=56519"

Send = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Served:
    """What a server has answers for, by path with query, and what it was asked, with the headers."""

    base: str = ""
    routes: dict[str, Send] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [path for path, _ in self.asked]


def sending(data: bytes, kind: str = "application/octet-stream", status: int = 200, length: int = -1) -> Send:
    """Answer with some bytes; `length` is what the header tells where that is not the truth."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data) if length < 0 else length))
        handler.end_headers()
        handler.wfile.write(data)

    return send


def moving(to: str, status: int = 302) -> Send:
    """Answer with a redirect."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return send


def chunked(data: bytes, *, is_whole: bool) -> Send:
    """Answer in chunks; one that is not whole breaks off without the last."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n" + (b"0\r\n\r\n" if is_whole else b""))
        handler.close_connection = True

    return send


def silent(until: threading.Event) -> Send:
    """Answer nothing until the test is over."""

    def send(_: BaseHTTPRequestHandler) -> None:
        until.wait(20)

    return send


def page(links: dict[str, str], *, with_button: bool = True) -> bytes:
    """Return a download page with links to files by their names."""
    files = [{"isPrimary": "False", "name": name, "url": url, "size": "4108133"} for name, url in links.items()]
    details = {"dlcDetailsView": {"downloadTitle": "Azure IP Ranges and Service Tags", "downloadFile": files}}
    script = json.dumps(details, separators=(",", ":")).replace("/", "\\/")
    buttons = "".join(
        f'<a class="dlcdetail__download-btn btn btn-primary" href="{url}" target="_self">Download</a>'
        for url in links.values()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-us"><head><title>Download Azure IP Ranges and Service Tags &#x2013; Public '
        'Cloud from Official Microsoft Download Center</title><link rel="canonical" '
        'href="https://www.microsoft.com/en-us/download/details.aspx?id=56519"/></head><body>'
        f"<script>window.__DLCDetails__={script}</script>{buttons if with_button else ''}</body></html>"
    ).encode()


@contextmanager
def serving() -> Iterator[Served]:
    """Serve on a free port of 127.0.0.1 while the block runs."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append((self.path, dict(self.headers)))
            send = served.routes.get(self.path, sending(b"<html>Not Found</html>", "text/html", 404))
            send(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
