"""A small Azure Resource Manager on 127.0.0.1: sign-in, one subscription, and resources that come and go by id."""

from __future__ import annotations

import json
import ssl
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.real_az.reading import Reading, Reply, error_body
from tests.real_az.refusals import Json, RefusalError
from tests.real_az.store import Store

TENANT = "11111111-1111-1111-1111-111111111111"
SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
CLIENT = "33333333-3333-3333-3333-333333333333"


@dataclass(frozen=True)
class Request:
    """One request as it came: the path without its query, and the body (None where there is none)."""

    method: str
    path: str
    body: Json | None
    query: str = ""


@dataclass
class Arm:
    """The service: what it holds, and every request it was sent, in order."""

    url: str
    store: Store = field(default_factory=Store)
    requests: list[Request] = field(default_factory=list)
    reading: Reading = field(default_factory=Reading)

    def answer(self, request: Request) -> Reply:
        """Return the answer to one request."""
        self.requests.append(request)
        fixed = _fixed(self.url, request.path)
        try:
            return Reply(200, fixed) if fixed is not None else self._resource(request)
        except RefusalError as refusal:
            return Reply(refusal.status, error_body(refusal.code, str(refusal)))

    def _resource(self, request: Request) -> Reply:
        told = self.reading.fault(request.path)
        if told is not None:
            return told
        match request.method:
            case "GET" | "POST":
                return self.reading.answer(self.url, self.store, request.method, request.path, request.query)
            case "PUT":
                body, is_new = self.store.put(request.path, request.body or {})
                return Reply(201 if is_new else 200, body)
            case "DELETE":
                return Reply(200 if self.store.delete(request.path) else 204)
            case method:
                return Reply(405, error_body("MethodNotAllowed", f"{method} is not served"))


def _fixed(url: str, path: str) -> Json | None:
    """Return what does not change: who issues tokens, a token, the tenant and the subscription."""
    account = {
        "id": f"/subscriptions/{SUBSCRIPTION}",
        "subscriptionId": SUBSCRIPTION,
        "tenantId": TENANT,
        "displayName": "test",
        "state": "Enabled",
    }
    issuer = f"{url}/{TENANT}"
    match path.strip("/").split("/"):
        case [tenant, "v2.0", ".well-known", "openid-configuration"] if tenant == TENANT:
            return {
                "issuer": f"{issuer}/v2.0",
                "authorization_endpoint": f"{issuer}/oauth2/v2.0/authorize",
                "token_endpoint": f"{issuer}/oauth2/v2.0/token",
            }
        case [tenant, "oauth2", "v2.0", "token"] if tenant == TENANT:
            return {"token_type": "Bearer", "expires_in": 86400, "access_token": _token(issuer)}
        case ["tenants"]:
            return {"value": [{"id": f"/tenants/{TENANT}", "tenantId": TENANT}]}
        case ["subscriptions"]:
            return {"value": [account]}
        case ["subscriptions", name] if name == SUBSCRIPTION:
            return account
    return None


def _token(issuer: str) -> str:
    """Return a token that nobody signed: the client only looks into it."""
    parts = ({"alg": "none", "typ": "JWT"}, {"iss": issuer, "tid": TENANT, "oid": CLIENT, "appid": CLIENT})
    return ".".join([*(urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts), "x"])


class _Handler(BaseHTTPRequestHandler):
    """HTTP to `Arm.answer` and back."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: in two, the second one waits for an answer to the first
    arm: Arm

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in (self.headers.get("Content-Type") or "")
        body = json.loads(raw) if raw and is_json else None
        asked = urlsplit(self.path)
        reply = self.arm.answer(Request(self.command, unquote(asked.path), body, unquote(asked.query)))
        text = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the requests are recorded."""


@contextmanager
def serving(certificate: Path, key: Path) -> Iterator[Arm]:
    """Serve on a free port of the loopback address until the block ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Handler(_Handler):
        """Speaks for this service alone."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        arm = Handler.arm = Arm(f"https://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield arm
        finally:
            server.shutdown()
            thread.join()
