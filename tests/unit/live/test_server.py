"""The local server: who is answered, what is answered, and what nobody else gets."""

from __future__ import annotations

import html
import http.client
import json
import re
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from netcheck.cli.package_data import read_all_data, read_assets
from netcheck.live.live import Live
from netcheck.live.serve.pages import ASSETS, Overview, Pages
from netcheck.live.serve.server import MOST_BYTES, Service
from netcheck.overview.html.typed import Typed
from netcheck.overview.report import report
from netcheck.questions.catalog import parse_catalog
from netcheck.sources.load import load_site
from tests.unit.cli.shared import ROOT, run

FIXTURES = ROOT / "fixtures"
FORM = "application/x-www-form-urlencoded"
CHECKED = {"from": "app-vm", "to": "Storage.WestUS", "port": "80,443", "via": "proxy-vm"}


class Answered(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str


class Client(NamedTuple):
    """A browser of few words."""

    service: Service
    folder: Path

    def ask(
        self, method: str = "GET", path: str = "", body: str | bytes | None = None, whole: str = "", **headers: str
    ) -> Answered:
        """Send a request to a path below the token (`whole`: to exactly this path)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service.server_port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, whole or f"/{self.service.token}/{path}", body, named)
        reply = connection.getresponse()
        text = reply.read().decode("utf-8")
        connection.close()
        return Answered(reply.status, dict(reply.getheaders()), text)

    def post(self, fields: Mapping[str, str], **headers: str) -> Answered:
        """Send the form."""
        return self.ask("POST", "", urlencode(fields), Content_Type=FORM, **headers)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A served copy of the article's site, without a report."""
    yield from _served(tmp_path, monkeypatch, with_report=False)


@pytest.fixture
def reporting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The same with the report, which takes a second."""
    yield from _served(tmp_path, monkeypatch, with_report=True)


def _served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_report: bool) -> Iterator[Client]:
    shutil.copytree(FIXTURES / "article-before", tmp_path / "article-before")
    shutil.copytree(FIXTURES / "tags", tmp_path / "tags")
    monkeypatch.chdir(tmp_path / "article-before")

    def read() -> Overview:
        site = load_site(["site.yaml"])
        return Overview(site, report(site)) if with_report else Overview(site, None, "nobody asked for one")

    pages = Pages(Typed("site.yaml"), parse_catalog(read_all_data("codes-", ".md")), read_assets(*ASSETS))
    service = Service(Live(["site.yaml"], read), pages)
    thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Client(service, tmp_path / "article-before")
    service.shutdown()
    thread.join()
    service.server_close()


def _words(page: str) -> str:
    return re.sub(r"<[^>]*>", "", re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL))


def test_the_report_is_served(reporting: Client) -> None:
    """With the form above it, at the address that is printed."""
    client = reporting
    assert urlsplit(client.service.url).path == f"/{client.service.token}/"
    page = client.ask()
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert 'method="post"' in page.body
    assert "Backup traffic of site.yaml" in page.body
    assert "deny-internet" in page.body
    assert '<option value="proxy-vm">' in page.body


def test_a_head_is_the_same_without_the_body(client: Client) -> None:
    """Length and headers are those of the page."""
    whole, head = client.ask(), client.ask("HEAD")
    assert (head.status, head.body) == (200, "")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


@pytest.mark.parametrize("path", ["/", "/wrong/", "/state", "/favicon.ico", "/wrong/state", "//", "/%2e%2e/"])
def test_without_the_token_there_is_nothing(client: Client, path: str) -> None:
    """Not even a word about what there could be."""
    for method in ("GET", "HEAD", "POST"):
        answered = client.ask(method, whole=path)
        assert (answered.status, answered.body) == (404, "" if method == "HEAD" else "404 there is nothing here\n")


def test_beside_the_page_there_is_nothing(client: Client) -> None:
    """No file is served, the site itself least of all."""
    for path in ("site.yaml", "../site.yaml", "state/", "index.html"):
        assert client.ask(path=path).status == 404
    assert client.ask(whole=f"/{client.service.token}").status == 404
    assert client.ask(whole=f"/{client.service.token}x/").status == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_another_host_is_refused(client: Client, host: str) -> None:
    """A name that somebody makes to mean 127.0.0.1 is not the name of this server (DNS rebinding)."""
    answered = client.ask(Host=host.replace("{port}", str(client.service.server_port)))
    assert answered.status == 421
    assert "app-vm" not in answered.body


def test_localhost_is_this_host(client: Client) -> None:
    """Both names of the loopback address are good."""
    assert client.ask(Host=f"localhost:{client.service.server_port}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
def test_a_form_of_another_origin_is_refused(client: Client, origin: str) -> None:
    """Though it knew the token."""
    told = origin.replace("{port}", str(client.service.server_port))
    assert client.post(CHECKED, Origin=told).status == 403


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_a_request_that_another_site_makes_is_refused(client: Client, site: str, status: int) -> None:
    """Browsers say who makes it."""
    assert client.ask(Sec_Fetch_Site=site).status == status
    assert client.post(CHECKED, Sec_Fetch_Site=site).status == status


def test_the_own_origin_is_answered(client: Client) -> None:
    """As browsers send it with a form of the page."""
    assert client.post(CHECKED, Origin=client.service.url.partition(f"/{client.service.token}")[0]).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "GARBAGE"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    """And the reply says which there are."""
    answered = client.ask(method)
    assert (answered.status, answered.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_every_reply_is_guarded(client: Client) -> None:
    """Nothing is kept, framed, guessed or told to others, of refusals neither; nothing says which program this is."""
    refused = client.ask(whole="/x"), client.ask(Host="evil.example"), client.ask("PUT"), client.post({})
    for answered in (client.ask(), client.ask(path="state"), client.post(CHECKED), *refused):
        assert answered.headers["Cache-Control"] == "no-store"
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        assert answered.headers["X-Frame-Options"] == "DENY"
        assert answered.headers["Referrer-Policy"] == "same-origin"
        assert answered.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        policy = answered.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "Python" not in answered.headers["Server"]
        assert client.service.token not in str(answered.headers)


def test_the_policy_is_that_of_the_page(client: Client) -> None:
    """The header has the hashes of what the page embeds, or nothing of it would run."""
    page = client.ask()
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page.body)
    assert found is not None
    assert page.headers["Content-Security-Policy"] == f"{found[1]}; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "fields",
    [
        CHECKED,
        {"from": "proxy-vm", "to": "20.60.1.1", "port": "443"},
        {"from": "app-vm", "to": "proxy-vm", "port": "8080,9000-9010", "protocol": "tcp"},
        {"from": "app-vm", "to": "proxy-vm", "protocol": "icmp"},
        {"from": "Internet", "to": "proxy-vm", "protocol": "any", "via": ""},
    ],
)
def test_a_question_is_answered_as_by_reach(
    client: Client, fields: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The JSON is that of `netcheck reach`; the page has its verdict, a picture, and the rules at each hop."""
    words = [word for name, value in fields.items() if value for word in (f"--{name}", value)]
    expected = json.loads(run(capsys, ["reach", "site.yaml", *words, "-o", "json", "-q"]).out)
    answered = client.post(fields, Accept="application/json")
    assert (answered.status, json.loads(answered.body)) == (200, {**expected, "faults": []})
    page = client.post(fields)
    assert page.status == 200
    assert f'<span class="verdict {expected["verdict"]}">' in page.body
    assert "<svg" in page.body
    assert "Rules in the order in which they are looked at" in page.body
    assert f"netcheck reach site.yaml {words[0]}" in _words(page.body)


def test_the_legs_through_a_proxy_have_their_own_flows(client: Client) -> None:
    """To the proxy's port before it, to the destination behind it."""
    text = _words(client.post(CHECKED).body)
    before, behind = text.index("10.0.0.4 -&gt; 10.0.0.5:8080/tcp"), text.index("10.0.0.5 -&gt; 13.83.72.16:80/tcp")
    assert before < behind


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"from": "nobody", "to": "app-vm", "port": "1"}, "NC302", "nobody"),
        ({"from": "app-vm", "to": "", "port": "1"}, "NC302", "two ends"),
        ({}, "NC302", "two ends"),
        ({"from": "app-vm", "to": "proxy-vm", "port": "x"}, "NC303", "x"),
        ({"from": "app-vm", "to": "proxy-vm", "port": ""}, "NC30", ""),
    ],
)
def test_a_question_without_meaning_is_refused_with_advice(
    client: Client, fields: dict[str, str], code: str, words: str
) -> None:
    """As an error, never as an answer; the form keeps what was typed."""
    answered = client.post(fields, Accept="application/json")
    assert answered.status == 422
    error = json.loads(answered.body)["error"]
    assert error["code"].startswith(code)
    assert words in error["message"]
    page = client.post(fields)
    assert page.status == 422
    assert error["code"] in page.body
    assert "verdict reachable" not in page.body
    if fields.get("from"):
        assert f'name="from" value="{fields["from"]}"' in page.body


def test_what_is_typed_is_text(client: Client) -> None:
    """A question is hostile, too."""
    hostile = '"><script>alert(1)</script>\u202e'
    page = client.post({"from": hostile, "to": "app-vm", "port": "1"})
    assert page.status == 422
    assert page.body.count("<script>") == client.ask().body.count("<script>")
    [value] = re.findall(r'name="from" value="([^"]*)"', page.body)
    assert html.unescape(value) == hostile.replace("\u202e", "\ufffd")


def test_what_is_no_form_is_refused(client: Client) -> None:
    """Too long, too many fields, not UTF-8, JSON, without a length."""
    token = f"/{client.service.token}/"
    long = urlencode({"from": "x" * MOST_BYTES})
    many = "&".join(f"a{number}=1" for number in range(100))
    for body, kind in ((long, FORM), (many, FORM), (b"\xff\xfe=1", FORM), ("{}", "application/json")):
        assert client.ask("POST", "", body, Content_Type=kind).status == 400
    with socket.create_connection(("127.0.0.1", client.service.server_port), timeout=30) as one:
        head = f"POST {token} HTTP/1.0\r\nHost: 127.0.0.1:{client.service.server_port}\r\nContent-Type: {FORM}\r\n\r\n"
        one.sendall(head.encode())
        assert one.makefile("rb").readline() == b"HTTP/1.0 400 Bad Request\r\n"


def test_two_hosts_are_none(client: Client) -> None:
    """Nobody can say which is meant."""
    host = f"Host: 127.0.0.1:{client.service.server_port}\r\n"
    with socket.create_connection(("127.0.0.1", client.service.server_port), timeout=30) as one:
        one.sendall(f"GET /{client.service.token}/ HTTP/1.0\r\n{host}{host}\r\n".encode())
        assert one.makefile("rb").readline() == b"HTTP/1.0 421 Misdirected Request\r\n"


def test_without_a_report_the_page_says_why(client: Client) -> None:
    """A network has paths to ask about, whether or not it has backup traffic."""
    page = client.ask().body
    assert "There is no report about backup traffic: nobody asked for one." in _words(page)
    assert 'method="post"' in page


def test_a_changed_file_is_picked_up(reporting: Client) -> None:
    """The page is told, and everything that is asked afterwards is about the new files."""
    client = reporting
    site = client.folder / "site.yaml"
    assert json.loads(client.ask(path="state").body) == {"version": 1, "faults": []}
    site.write_text(site.read_text(encoding="utf-8").replace("access: Deny", "access: Allow"), encoding="utf-8")
    answered = json.loads(
        client.post({"from": "proxy-vm", "to": "20.60.1.1", "port": "443"}, Accept="application/json").body
    )
    assert answered["verdict"] == "reachable"
    assert json.loads(client.ask(path="state").body) == {"version": 2, "faults": []}
    assert 'data-version="2"' in client.ask().body
    assert "deny-internet" in client.ask().body


def test_a_broken_file_is_shown_and_what_is_old_is_marked(reporting: Client) -> None:
    """The diagnostics stand above the last good answer, which is called stale wherever it is given."""
    client = reporting
    site = client.folder / "site.yaml"
    whole = site.read_text(encoding="utf-8")
    site.write_text(whole.replace("priority: 4000", "priority: 99"), encoding="utf-8")
    state = json.loads(client.ask(path="state").body)
    assert state["version"] == 2
    assert "error[NC135]: `priority` is 99" in state["faults"][0]
    for page in (client.ask(), client.post(CHECKED)):
        assert page.status == 200
        assert page.body.index("This is stale.") < page.body.index("error[NC135]") < page.body.index("deny-internet")
    answered = json.loads(client.post(CHECKED, Accept="application/json").body)
    assert answered["faults"] == state["faults"]
    site.write_text(whole, encoding="utf-8")
    assert "This is stale." not in client.ask().body


def test_it_listens_on_the_loopback_address_alone(client: Client) -> None:
    """No other machine can reach it."""
    assert client.service.server_address[0] == "127.0.0.1"


def test_each_start_has_a_token_of_its_own(client: Client) -> None:
    """That nobody can guess: 192 bits."""
    other = Service(client.service.live, client.service.pages)
    other.server_close()
    assert other.token != client.service.token
    assert len(other.token) == 32
