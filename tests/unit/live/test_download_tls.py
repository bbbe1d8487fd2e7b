"""Microsoft's own addresses, by https, through a proxy that plays Microsoft: nothing of the program is replaced.

HTTPS_PROXY leads the requests to the loopback address, and SSL_CERT_FILE says which certificate is trusted there: both
are the platform's settings. The certificate is made by openssl for the run, and the tests are skipped without it.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from netcheck.errors import QuestionError
from netcheck.live.download.current import Wanted, download
from netcheck.live.download.discovery import discovery_url
from tests.unit.live.download_server import FOLDER, PAGE_PATH, PUBLIC, Send, moving, page, sending

HOSTS = ("www.microsoft.com", "download.microsoft.com", "management.azure.com", "evil.example")
NAME = "ServiceTags_Public_20251027.json"
FILE = f"https://download.microsoft.com{FOLDER}/{NAME}"


class Play:
    """A proxy that answers for hosts itself, by `https://host/path`; `asked` are the addresses that it was asked."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self.routes: dict[str, Send] = {}
        self.asked: list[str] = []
        self.tunnels: list[str] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Return what handles one connection: CONNECT, then TLS, then one request."""
        play = self

        class Inner(BaseHTTPRequestHandler):
            host = ""

            def do_GET(self) -> None:
                url = f"https://{self.host}{self.path}"
                play.asked.append(url)
                play.routes.get(url, sending(b"", "text/html", 404))(self)

            def log_message(self, *_: object) -> None:
                pass

        class Outer(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                play.tunnels.append(self.path)
                self.send_response(200, "Connection established")
                self.end_headers()
                try:
                    with play._context.wrap_socket(self.connection, server_side=True) as inner:
                        host = self.path.partition(":")[0]
                        type("One", (Inner,), {"host": host})(inner, self.client_address, self.server)
                except (ssl.SSLError, OSError):  # the client does not trust the certificate, or has seen enough
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Outer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the hosts, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes a certificate for the run, is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "cert.pem", folder / "key.pem"
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=netcheck test"]
    words += ["-addext", f"subjectAltName={names}", "-keyout", str(key), "-out", str(made)]
    subprocess.run(words, check=True, capture_output=True)
    return made, key


@pytest.fixture
def microsoft(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """The proxy, with the settings of the platform that lead to it."""
    play = Play(*certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), play.handler())
    server.daemon_threads = True
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield play
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_current_file_comes_from_microsofts_page(microsoft: Play) -> None:
    """Without any option: the page of the public cloud, and the file on Microsoft's download host."""
    microsoft.routes[f"https://www.microsoft.com{PAGE_PATH}"] = sending(page({NAME: FILE}), "text/html")
    microsoft.routes[FILE] = sending(PUBLIC)
    found = download(Wanted())
    assert (found.data, found.name, found.source) == (PUBLIC, NAME, FILE)
    assert microsoft.asked == [f"https://www.microsoft.com{PAGE_PATH}", FILE]
    assert microsoft.tunnels == ["www.microsoft.com:443", "download.microsoft.com:443"]


@pytest.mark.parametrize("to", ["https://evil.example/x.json", "http://download.microsoft.com/x.json"])
def test_microsoft_cannot_lead_elsewhere(microsoft: Play, to: str) -> None:
    """Another host is not asked, even where its certificate is trusted; nor is Microsoft's without TLS."""
    microsoft.routes[f"https://www.microsoft.com{PAGE_PATH}"] = sending(page({NAME: FILE}), "text/html")
    microsoft.routes[FILE] = moving(to)
    with pytest.raises(QuestionError, match=f"NC353.*{FILE} leads to {to}"):
        download(Wanted())
    assert "evil.example:443" not in microsoft.tunnels


def test_a_redirect_between_microsofts_hosts_is_followed(microsoft: Play) -> None:
    """As the page of an old address does."""
    microsoft.routes[f"https://www.microsoft.com{PAGE_PATH}"] = moving(
        f"https://download.microsoft.com{PAGE_PATH}", 301
    )
    microsoft.routes[f"https://download.microsoft.com{PAGE_PATH}"] = sending(page({NAME: FILE}), "text/html")
    microsoft.routes[FILE] = sending(PUBLIC)
    assert download(Wanted()).data == PUBLIC


def test_a_certificate_that_is_not_trusted_ends_it(microsoft: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the certificates of the platform alone, nobody can play Microsoft."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(QuestionError, match=r"NC350.*its certificate is not trusted"):
        download(Wanted())
    assert microsoft.asked == []


def test_a_proxy_that_wants_a_password_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy's answer is told, and its address with name and password is not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://me:secret@127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(QuestionError, match=r"NC350.*407 proxy authentication required") as caught:
            download(Wanted())
        thread.join()
    assert "secret" not in str(caught.value)


def test_the_discovery_api_is_asked_over_tls(microsoft: Play) -> None:
    """Azure Resource Manager of the public cloud."""
    url = discovery_url("Public", "s")
    microsoft.routes[url] = sending(PUBLIC)
    found = download(Wanted(source="api", subscription="s", token="t"))
    assert (found.data, found.name) == (PUBLIC, "ServiceTags_Public_api.json")
    assert microsoft.tunnels == ["management.azure.com:443"]
