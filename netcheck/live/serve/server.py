"""The local server: who may ask, and what is asked. It listens on 127.0.0.1 alone and serves no file.

A page of another origin must not get at a site. It does not know the token in the address; a name that it has made
to mean 127.0.0.1 (DNS rebinding) is no host of this server; a form that it sends has its origin with it. See "Fetch
Metadata Request Headers", W3C, and RFC 6454.
"""

from __future__ import annotations

import json
import secrets
import socket
import socketserver
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from netcheck.errors import PlanError, QuestionError
from netcheck.live.live import Live
from netcheck.live.serve.pages import Overview, Pages
from netcheck.live.serve.question import Asked, answer_to, asked_in
from netcheck.reports.html.page import policy

ADDRESS = "127.0.0.1"
MOST_BYTES, MOST_FIELDS = 16_384, 16
"""What a question may take; the longest list of ports is far shorter."""
SECONDS = 30
"""How long a client may take to send its request."""


class Reply(NamedTuple):
    """What is sent back."""

    status: HTTPStatus
    kind: str
    body: str


class Service(ThreadingHTTPServer):
    """One site at one address; `url` is the only way in."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"  # there it would let another program listen as well

    def __init__(self, live: Live[Overview], pages: Pages, port: int = 0) -> None:
        """Listen on a port, 0 for one that is free; raise OSError where that cannot be."""
        self.live, self.pages = live, pages
        self.token = secrets.token_urlsafe(24)
        super().__init__((ADDRESS, port), Handler)
        self.hosts = tuple(f"{name}:{self.server_port}" for name in (ADDRESS, "localhost"))
        self.policy = f"{policy(pages.embedded, is_served=True)}; frame-ancestors 'none'"

    def server_bind(self) -> None:
        """Bind without asking for the name of the machine, which might ask a name server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://{ADDRESS}:{self.server_port}/{self.token}/"

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Say a fault on standard error; a client that has gone away is none."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Service
    server_version, sys_version = "netcheck", ""
    timeout = SECONDS

    def do_GET(self) -> None:
        """Send the report, or whether it is still what the files say."""
        refusal = self._refusal()
        self._send(refusal or self._page())

    do_HEAD = do_GET  # noqa: N815 - the same without the body

    def do_POST(self) -> None:
        """Answer the question of the form."""
        refusal = self._refusal() or self._foreign()
        self._send(refusal or self._answer())

    def _refusal(self) -> Reply | None:
        """Return why a request is not answered at all; the same for every address that is not the one."""
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            return _refused(HTTPStatus.MISDIRECTED_REQUEST, "this is not the host that you have asked for")
        site = self.headers.get("Sec-Fetch-Site", "none")
        if site not in ("none", "same-origin"):
            return _refused(HTTPStatus.FORBIDDEN, "another site asks")
        token = urlsplit(self.path).path.split("/")[1:2]
        if not token or not secrets.compare_digest(token[0].encode(), self.server.token.encode()):
            return _refused(HTTPStatus.NOT_FOUND, "there is nothing here")
        return None

    def _foreign(self) -> Reply | None:
        """Return why a form is not answered: it is of another origin. A program that is no browser sends none."""
        origins = [f"http://{host}" for host in self.server.hosts]
        if any(one.lower() not in origins for one in self.headers.get_all("Origin") or []):
            return _refused(HTTPStatus.FORBIDDEN, "another site asks")
        return None

    def _where(self) -> str:
        return "/".join(urlsplit(self.path).path.split("/")[2:])

    def _page(self) -> Reply:
        state = self.server.live.now()
        match self._where():
            case "":
                if not urlsplit(self.path).path.endswith("/"):
                    return _refused(HTTPStatus.NOT_FOUND, "there is nothing here")
                return Reply(HTTPStatus.OK, "text/html", self.server.pages.whole(state))
            case "state":
                told = {"version": state.version, "faults": list(state.faults)}
                return Reply(HTTPStatus.OK, "application/json", json.dumps(told))
            case _:
                return _refused(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _answer(self) -> Reply:
        if self._where() != "":
            return _refused(HTTPStatus.NOT_FOUND, "there is nothing here")
        fields = self._fields()
        if fields is None:
            return _refused(HTTPStatus.BAD_REQUEST, "the question is no form, or too long")
        wants_json = self.headers.get("Accept", "") == "application/json"
        state = self.server.live.now()
        asked = Asked(*(fields.get(name, "") for name in ("from", "to", "port", "protocol", "via")))
        try:
            asked = asked_in(fields)
            if wants_json:
                told = {**answer_to(state.value.site, asked).to_dict(), "faults": list(state.faults)}
                return Reply(HTTPStatus.OK, "application/json", json.dumps(told))
            return Reply(HTTPStatus.OK, "text/html", self.server.pages.answered(state, asked))
        except (QuestionError, PlanError) as error:
            if wants_json:
                why = {"code": error.code, "message": error.message, "help": error.help}
                return Reply(HTTPStatus.UNPROCESSABLE_ENTITY, "application/json", json.dumps({"error": why}))
            page = self.server.pages.refused(state, asked, error)
            return Reply(HTTPStatus.UNPROCESSABLE_ENTITY, "text/html", page)

    def _fields(self) -> Mapping[str, str] | None:
        """Return the fields of the form that was sent, None for anything else."""
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get_content_type()
        if kind != "application/x-www-form-urlencoded" or not length.isdecimal() or int(length) > MOST_BYTES:
            return None
        body = self.rfile.read(int(length))
        try:
            return dict(
                parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
            )
        except ValueError:  # not UTF-8, or too many fields
            return None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse what the library refuses: a line that is no request, and methods that this server has not.

        The library's words may repeat the request, which holds the token.
        """
        is_method = code == HTTPStatus.NOT_IMPLEMENTED
        status = HTTPStatus.METHOD_NOT_ALLOWED if is_method else HTTPStatus(code)
        self._send(_refused(status, "GET, HEAD and POST are answered" if is_method else status.phrase.lower()))

    def _send(self, reply: Reply) -> None:
        body = reply.body.encode("utf-8")
        self.send_response(reply.status)
        self.send_header("Content-Type", f"{reply.kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if reply.status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD, POST")
        for name, value in self._guards().items():
            self.send_header(name, value)
        self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _guards(self) -> Mapping[str, str]:
        """Return the headers of every reply: nothing is kept, framed, guessed, or told to others."""
        return {
            "Cache-Control": "no-store",
            "Content-Security-Policy": self.server.policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing of requests: their addresses hold the token."""


def _refused(status: HTTPStatus, why: str) -> Reply:
    return Reply(status, "text/plain", f"{status.value} {why}\n")
