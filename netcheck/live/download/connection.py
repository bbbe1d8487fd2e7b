"""One GET request: proxies and certificates as the platform has them, allowed addresses only, limits of time and size.

Proxies are those of `urllib.request.getproxies` (HTTPS_PROXY, NO_PROXY, the settings of Windows and macOS),
certificates those of `ssl.create_default_context` (SSL_CERT_FILE, SSL_CERT_DIR, the store of Windows).
"""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import IO
from urllib.parse import SplitResult, urlsplit

from netcheck._version import __version__
from netcheck.errors import QuestionError

SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes. The biggest published file has 5 MB."""
_CHUNK = 256 * 1024
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Programs that name no browser were refused by the download pages (rennf93/fastapi-guard, pull request 19); this is
# the usual way to say who asks and to be taken for one.
_AGENT = f"Mozilla/5.0 (compatible; netcheck/{__version__})"
BY_HAND = "download it in a browser from Microsoft's page `Azure IP Ranges and Service Tags`, and name it with --tags"


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a server may be silent, and how many all of an answer may take."""

    silence: float = 30.0
    whole: float = 300.0


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where requests may go: by https to some hosts and those below them, and to the server the user named."""

    hosts: tuple[str, ...]
    named: str = ""

    def has(self, url: str) -> bool:
        """Return whether a URL may be asked; one with a user name in it never."""
        parts = _split(url)
        if parts is None or "@" in parts.netloc or parts.scheme not in ("http", "https"):
            return False
        host = (parts.hostname or "").casefold()
        if self.named and _origin(parts) == _origin(urlsplit(self.named)):
            return True
        is_theirs = any(host == one or host.endswith(f".{one}") for one in self.hosts)
        return is_theirs and parts.scheme == "https" and parts.port in (None, 443)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent, and from which address after all redirects."""

    url: str
    data: bytes


def shown(url: str) -> str:
    """Return a URL as it may be printed: without user name, password and query, which can hold secrets."""
    parts = _split(url)
    if parts is None:
        return "an address that is none"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def is_loopback(url: str) -> bool:
    """Return whether a URL is of this machine."""
    parts = _split(url)
    return parts is not None and parts.hostname in _LOOPBACK


def get(url: str, allowed: Allowed, token: str = "", patience: Patience = PATIENCE) -> Reply:
    """Return what is at a URL. With a token no redirect is followed, and plain http goes past every proxy.

    Raise QuestionError: NC350 where no whole answer comes, NC351 where the server refuses, NC352 where it sends
    something too large or encoded, NC353 for an address that may not be asked.
    """
    if not allowed.has(url):
        raise _not_allowed(url, "")
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT, "Accept": "*/*"})  # noqa: S310 - see `Allowed`
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    until = time.monotonic() + patience.whole
    is_plain = urlsplit(url).scheme == "http"
    opener = _opener(_Redirects(allowed, follows=not token), uses_proxy=not (token and is_plain))
    try:
        with opener.open(request, timeout=patience.silence) as response:
            return Reply(response.url, _body(response, until, url))
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(url, error.code, error.reason) from None
    except (urllib.error.URLError, http.client.HTTPException, OSError, UnicodeError) as error:
        raise _unreachable(url, error) from None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to allowed addresses."""

    def __init__(self, allowed: Allowed, *, follows: bool) -> None:
        self._allowed, self._follows = allowed, follows

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage | Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not self._follows or not self._allowed.has(newurl):
            fp.close()
            raise _not_allowed(newurl, req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]  # as it came


def _opener(redirects: _Redirects, *, uses_proxy: bool) -> urllib.request.OpenerDirector:
    """Return what opens http and https and nothing else: no file, no ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(None if uses_proxy else {}),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        redirects,
    ):
        opener.add_handler(handler)
    return opener


def _body(response: http.client.HTTPResponse, until: float, url: str) -> bytes:
    """Return all of an answer, of which not a byte may be missing."""
    if response.status != 200:
        raise _refused(url, response.status, response.reason)
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise QuestionError("NC352", f"{shown(url)} sends an encoding that was not asked for", BY_HAND)
    told = response.headers.get("Content-Length", "")
    chunks, size = [], 0
    while chunk := response.read1(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > SIZE_LIMIT:
            limit = SIZE_LIMIT // 2**20
            raise QuestionError("NC352", f"{shown(url)} sends more than {limit} MiB, and no tag file does", BY_HAND)
        if time.monotonic() > until:
            raise TimeoutError
    # `read1` takes a connection that ends early for the end; with chunks the end is marked, and http.client misses it.
    if told.isdigit() and size != int(told):
        raise http.client.IncompleteRead(b"", int(told) - size)
    return b"".join(chunks)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is none is found out only now
    except ValueError:
        return None
    return parts if parts.hostname and url.isprintable() and " " not in url else None


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").casefold(), parts.port or (443 if parts.scheme == "https" else 80)


def _not_allowed(url: str, before: str) -> QuestionError:
    if before:
        message = f"{shown(before)} leads to {shown(url)}, where netcheck does not go"
        advice = "only https and Microsoft's own hosts are followed; name an address with --from to go there"
    else:
        message = f"{shown(url)} is no address that netcheck asks"
        advice = "give an http or https address without user name and password"
    return QuestionError("NC353", message, advice)


def _refused(url: str, status: int, reason: str) -> QuestionError:
    return QuestionError("NC351", f"{shown(url)} answers {status} {reason}".rstrip(), _advice_on(status))


def _advice_on(status: int) -> str:
    if status in (401, 403):
        return f"the token may be old, or a proxy refuses; or {BY_HAND}"
    return "a proxy asks for a name and password" if status == 407 else BY_HAND


def _unreachable(url: str, error: Exception) -> QuestionError:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    match cause:
        case ssl.SSLCertVerificationError():
            said, advice = "its certificate is not trusted", "SSL_CERT_FILE names a file of certificates to trust"
        case ssl.SSLError():
            said, advice = "no TLS connection comes about", "a proxy may stand between: HTTPS_PROXY names it"
        case TimeoutError():
            said, advice = "no answer in time", "try again; the platform's proxy settings are used (HTTPS_PROXY)"
        case http.client.HTTPException():
            said, advice = "the answer is cut off or no HTTP", "try again"
        case OSError():
            said = (cause.strerror or str(cause)).lower()
            advice = "the platform's proxy settings are used (HTTPS_PROXY, NO_PROXY)"
        case UnicodeError():
            said, advice = "its name is no host name", "check its spelling"
        case _:
            said, advice = str(cause), BY_HAND
    return QuestionError("NC350", f"{shown(url)} cannot be read: {said}", advice)
