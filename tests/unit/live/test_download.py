"""Downloads of service-tag files: from a page, a file, the Discovery API, and from servers that misbehave."""

from __future__ import annotations

import json
import threading

import pytest

from netcheck.errors import InputError, QuestionError
from netcheck.live.download import connection, discovery
from netcheck.live.download.connection import Allowed, Patience, get
from netcheck.live.download.current import Download, Wanted, download
from netcheck.live.download.discovery import discovery_url
from netcheck.live.download.microsoft import PAGES, link_on
from tests.unit.live.download_server import (
    FOLDER,
    GOVERNMENT,
    OLDER,
    PAGE_PATH,
    PUBLIC,
    Send,
    Served,
    chunked,
    moving,
    page,
    sending,
    serving,
    silent,
)

NAME = "ServiceTags_Public_20251027.json"
TOKEN = "a-token.that.is-secret"
API_PATH = "/subscriptions/s/providers/Microsoft.Network/locations/westus/serviceTags?api-version=2024-05-01"
API = {"name": "Public", "id": "/x", "type": "Microsoft.Network/serviceTags", "cloud": "Public", "changeNumber": "63"}


def with_page(server: Served, data: bytes = PUBLIC, name: str = NAME) -> str:
    """Serve a page and the file it links to; return the address of the page."""
    server.routes[PAGE_PATH] = sending(page({name: f"{server.base}{FOLDER}/{name}"}), "text/html; charset=utf-8")
    server.routes[f"{FOLDER}/{name}"] = sending(data)
    return server.base + PAGE_PATH


def fetched(source: str, cloud: str = "Public", **more: object) -> Download:
    """Download from an address."""
    return download(Wanted(cloud=cloud, source=source, **more))  # type: ignore[arg-type]  # fields by name


def refused(source: str, cloud: str = "Public", **more: object) -> str:
    """Return the code and the message of the refusal."""
    with pytest.raises(QuestionError) as caught:
        fetched(source, cloud, **more)
    assert TOKEN not in str(caught.value)
    return f"{caught.value.code} {caught.value.message}"


def test_the_file_is_found_through_the_page(server: Served) -> None:
    """Two requests: the page, and the file that it links to; the bytes are those that were sent."""
    found = fetched(with_page(server))
    assert server.paths == [PAGE_PATH, f"{FOLDER}/{NAME}"]
    assert (found.data, found.name, found.source) == (PUBLIC, NAME, f"{server.base}{FOLDER}/{NAME}")
    assert (found.table.cloud, found.table.change_number, found.table.published) == ("Public", 1, "2025-10-27")
    assert server.asked[0][1]["User-Agent"].startswith("Mozilla/5.0 (compatible; netcheck/")


def test_the_name_is_that_of_the_link(server: Served) -> None:
    """Where the link leads on to a store with names of its own, the date is not lost."""
    source = with_page(server)
    server.routes[f"{FOLDER}/{NAME}"] = moving("/store/7f3a.json")
    server.routes["/store/7f3a.json"] = sending(PUBLIC)
    found = fetched(source)
    assert (found.name, found.source) == (NAME, f"{server.base}/store/7f3a.json")


def test_an_address_may_be_that_of_the_file_itself(server: Served) -> None:
    """What comes shows which of the two it is."""
    server.routes["/mine/tags.json?sas=secret"] = sending(PUBLIC)
    found = fetched(f"{server.base}/mine/tags.json?sas=secret")
    assert (found.name, found.source) == ("tags.json", f"{server.base}/mine/tags.json")


def test_the_older_xml_is_a_file_and_no_page(server: Served) -> None:
    """Both begin with `<`."""
    text = (
        b'<?xml version="1.0"?><AzurePublicIpAddresses><Region Name="uswest"><IpRange Subnet="13.64.0.0/16"/></Region>'
    )
    server.routes["/PublicIPs_20200824.xml"] = sending(text + b"</AzurePublicIpAddresses>")
    assert fetched(f"{server.base}/PublicIPs_20200824.xml").table.is_complete is False


def test_chunks_are_put_together(server: Served) -> None:
    """A server need not tell the length beforehand."""
    server.routes["/tags.json"] = chunked(PUBLIC, is_whole=True)
    assert fetched(f"{server.base}/tags.json").data == PUBLIC


@pytest.mark.parametrize(
    ("send", "said"),
    [
        (sending(b"<html>gone</html>", "text/html", 404), "NC351 {url} answers 404 Not Found"),
        (sending(b"", "text/html", 503), "NC351 {url} answers 503 Service Unavailable"),
        (sending(b"", status=204), "NC351 {url} answers 204 No Content"),
        (sending(PUBLIC[:500], length=len(PUBLIC)), "NC350 {url} cannot be read: the answer is cut off or no HTTP"),
        (chunked(PUBLIC[:500], is_whole=False), "NC350 {url} cannot be read: the answer is cut off or no HTTP"),
        (sending(b"<!DOCTYPE html><html>Sorry, an error</html>", "text/html"), "NC352 {url} is a web page, and no "),
        (sending(GOVERNMENT), "NC352 {url} is the file of cloud `AzureGovernment`, and `Public` was asked for"),
    ],
)
def test_a_file_that_does_not_come_is_said(server: Served, send: Send, said: str) -> None:
    """An error page, a file cut off, one of another cloud: each is told, and nothing is taken for the file."""
    source = with_page(server)
    server.routes[f"{FOLDER}/{NAME}"] = send
    assert refused(source).startswith(said.format(url=f"{server.base}{FOLDER}/{NAME}"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PUBLIC[:500], "NC160"),
        (b"", "NC101"),
        (b"\x1f\x8b\x08\x00\x00", "NC102"),
        (b'{"error": {"code": "NotFound"}}', "NC161"),
        (b'{"changeNumber": 1, "cloud": "Public", "values": []}', "NC161"),
        (PUBLIC.replace(b"13.64.151.161/32", b"13.64.151.161/33"), "NC163"),
        (PUBLIC.replace(b'"addressPrefixes"', b'"prefixes"', 1), "NC162"),
    ],
)
def test_what_is_no_whole_tag_file_is_refused_with_its_faults(server: Served, data: bytes, code: str) -> None:
    """One bad prefix among all is enough: the file is read to the last of them before anybody keeps it."""
    with pytest.raises(InputError) as caught:
        fetched(with_page(server, data))
    first, *rest = caught.value.diagnostics
    assert first.code == "NC352"
    assert "was not kept" in first.message
    assert [one.code for one in rest] == [code]


def test_a_page_without_the_link_is_said(server: Served) -> None:
    """The page of another cloud, or one that Microsoft has changed."""
    source = with_page(server)
    assert refused(source, "China") == (
        f"NC352 {server.base}/en-us/download/details.aspx has no link to a file `ServiceTags_China_….json`"
    )


def test_an_encoding_that_was_not_asked_for_is_refused(server: Served) -> None:
    """Compressed bytes are not taken for the file."""

    def send(handler: object) -> None:
        handler.send_response(200)  # type: ignore[attr-defined]
        handler.send_header("Content-Encoding", "gzip")  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]

    server.routes["/tags.json"] = send
    assert "sends an encoding that was not asked for" in refused(f"{server.base}/tags.json")
    assert server.asked[0][1]["Accept-Encoding"] == "identity"


def test_more_than_the_limit_is_not_read(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server cannot fill the memory."""
    monkeypatch.setattr(connection, "SIZE_LIMIT", 1024)
    server.routes["/tags.json"] = sending(PUBLIC)
    assert refused(f"{server.base}/tags.json").startswith(f"NC352 {server.base}/tags.json sends more than")


def test_a_silent_server_is_given_up(server: Served) -> None:
    """After the seconds that it may be silent."""
    over = threading.Event()
    server.routes["/tags.json"] = silent(over)
    said = refused(f"{server.base}/tags.json", patience=Patience(silence=0.2))
    over.set()
    assert said == f"NC350 {server.base}/tags.json cannot be read: no answer in time"


def test_a_slow_server_is_given_up(server: Served) -> None:
    """One that always sends a little more than nothing, after the seconds that all of it may take."""
    server.routes["/tags.json"] = sending(PUBLIC)
    said = refused(f"{server.base}/tags.json", patience=Patience(whole=-1.0))
    assert said == f"NC350 {server.base}/tags.json cannot be read: no answer in time"


def test_nobody_there_is_said(server: Served) -> None:
    """The reason is the system's own."""
    with serving() as gone:
        base = gone.base
    assert refused(f"{base}/tags.json") == f"NC350 {base}/tags.json cannot be read: connection refused"
    assert server.asked == []


def test_a_redirect_on_the_server_that_was_named_is_followed(server: Served) -> None:
    """The user named it; its other addresses are as good."""
    with_page(server)
    server.routes["/latest"] = moving(PAGE_PATH)
    assert fetched(f"{server.base}/latest").data == PUBLIC


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:9/tags.json",
        "http://download.microsoft.com/tags.json",
        "https://download.microsoft.com.example/tags.json",
        "https://notmicrosoft.com/tags.json",
        "https://user:pw@download.microsoft.com/tags.json",
        "https://download.microsoft.com:8443/tags.json",
        "https://download.microsoft.com@example.com/tags.json",
        "ftp://download.microsoft.com/tags.json",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(server: Served, to: str) -> None:
    """Neither to another server, nor to plain http, nor to a host that looks like Microsoft's; no password is said."""
    server.routes["/latest"] = moving(to)
    said = refused(f"{server.base}/latest")
    assert said.startswith(f"NC353 {server.base}/latest leads to ")
    assert "pw" not in said
    assert server.paths == ["/latest"]


def test_redirects_in_a_circle_end(server: Served) -> None:
    """The library counts them."""
    server.routes["/latest"] = moving("/latest")
    assert refused(f"{server.base}/latest").startswith(f"NC351 {server.base}/latest answers 302")


def test_a_link_elsewhere_is_not_followed(server: Served) -> None:
    """A page may only lead to Microsoft's hosts, or to its own."""
    server.routes[PAGE_PATH] = sending(page({NAME: f"https://evil.example/{NAME}"}), "text/html")
    assert refused(server.base + PAGE_PATH) == f"NC353 https://evil.example/{NAME} is no address that netcheck asks"


@pytest.mark.parametrize(
    "source",
    ["ftp://a/tags.json", "file:///etc/passwd", "tags.json", "http://", "https://u:p@x/t", "http://a:b/", "x y"],
)
def test_what_is_no_web_address_is_not_asked(source: str) -> None:
    """No file of this machine is read by way of an address."""
    assert refused(source).startswith("NC353")


def test_the_pages_of_the_clouds_are_microsofts() -> None:
    """By https, and the first request is allowed."""
    assert all(Allowed(("microsoft.com",)).has(url) for url in PAGES.values())
    assert len(PAGES) == 4


def test_the_newest_link_is_taken_and_either_place_is_enough() -> None:
    """The button is missing where the page wants a script to draw it; an ampersand is written as HTML writes it."""
    links = {
        f"ServiceTags_Public_{day}.json": f"/d/ServiceTags_Public_{day}.json?a=1&b=2" for day in (20251020, 20251027)
    }
    for with_button in (True, False):
        text = page(links, with_button=with_button).decode().replace("&b", "&amp;b")
        assert link_on(text, "public", "https://x/y") == f"https://x/d/{NAME}?a=1&b=2"
    assert link_on('<a href="https://x/ServiceTags_China_20251027.json">', "Public", "https://x/") == ""


def test_the_discovery_api_is_asked_with_the_token(server: Served) -> None:
    """The token is in the header of that request, and in nothing that is printed."""
    server.routes[API_PATH] = sending(json.dumps({**API, "values": json.loads(PUBLIC)["values"]}).encode())
    found = fetched(server.base + API_PATH, token=TOKEN)
    assert server.asked[0][1]["Authorization"] == f"Bearer {TOKEN}"
    assert (found.name, found.table.change_number) == ("ServiceTags_Public_api.json", 63)
    assert TOKEN not in repr(found)
    assert TOKEN not in repr(Wanted(token=TOKEN))


def test_all_pages_of_the_discovery_api_are_one_file(server: Served) -> None:
    """A first page alone would lack tags."""
    values = json.loads(PUBLIC)["values"]
    following = f"{server.base}{API_PATH}&$skiptoken=2"
    server.routes[API_PATH] = sending(json.dumps({**API, "values": values[:3], "nextLink": following}).encode())
    server.routes[f"{API_PATH}&$skiptoken=2"] = sending(json.dumps({"values": values[3:]}).encode())
    found = fetched(server.base + API_PATH, token=TOKEN)
    assert [entry.name for entry in found.table.entries.values()] == [value["name"] for value in values]
    assert "nextLink" not in json.loads(found.data)


@pytest.mark.parametrize(
    ("send", "said"),
    [
        (sending(b"{}", status=401), "NC351 {url} answers 401 Unauthorized"),
        (sending(b"<html>"), "NC352 {url} does not send the list of service tags"),
        (sending(b'{"error": {}}'), "NC352 {url} does not send the list of service tags"),
        (moving("/elsewhere"), "NC353 {url} leads to {base}/elsewhere, where netcheck does not go"),
    ],
)
def test_a_discovery_api_that_refuses_is_said(server: Served, send: Send, said: str) -> None:
    """A redirect is not followed there: the token would go along."""
    server.routes[API_PATH] = send
    url = f"{server.base}{API_PATH}".partition("?")[0]
    assert refused(server.base + API_PATH, token=TOKEN) == said.format(url=url, base=server.base)
    assert server.paths == [API_PATH]


def test_pages_that_have_no_end_are_given_up(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that links to itself."""
    monkeypatch.setattr(discovery, "MOST_PAGES", 3)
    link = f"{server.base}{API_PATH}"
    server.routes[API_PATH] = sending(json.dumps({**API, "values": [], "nextLink": link}).encode())
    assert "has no end: 3 pages were read" in refused(link, token=TOKEN)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "é"])
def test_without_a_token_nothing_is_asked(server: Served, token: str) -> None:
    """Nor with what cannot be one, which is not printed either."""
    said = refused(server.base + API_PATH, token=token)
    assert said.startswith("NC354")
    assert server.asked == []
    assert not token or token not in said


def test_a_token_goes_to_azure_alone() -> None:
    """A file of options in a folder that somebody else made must not send it elsewhere."""
    for host in ("https://evil.example", "http://management.azure.com", "https://management.azure.com.evil.example"):
        assert refused(host + API_PATH, token=TOKEN).startswith("NC353 a token is not sent to")


@pytest.mark.parametrize(
    ("cloud", "location", "start"),
    [
        ("Public", "West Europe", "https://management.azure.com/subscriptions/a%2Fb/providers/Microsoft.Network/loc"),
        ("China", "", "https://management.chinacloudapi.cn/subscriptions/a%2Fb/"),
        ("AzureGovernment", "", "https://management.usgovcloudapi.net/subscriptions/a%2Fb/"),
    ],
)
def test_the_address_of_the_discovery_api(cloud: str, location: str, start: str) -> None:
    """Azure Resource Manager of the cloud; the location only says which cloud is meant."""
    url = discovery_url(cloud, "a/b", location)
    assert url.startswith(start)
    assert f"/locations/{'westeurope' if location else ''}" in url


def test_the_discovery_api_needs_a_subscription_and_a_cloud_that_is_there() -> None:
    """The German cloud was closed."""
    assert refused("api", token=TOKEN) == "NC354 the Discovery API needs a subscription"
    assert refused("api", "AzureGermany", subscription="s", token=TOKEN).startswith("NC354 cloud `AzureGermany` has no")


def test_a_proxy_of_the_environment_is_used(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the platform's settings say: the request goes to the proxy with the whole address; NO_PROXY takes it back."""
    with serving() as proxy:
        address = f"{server.base}/tags.json"
        proxy.routes[address] = sending(OLDER)
        server.routes["/tags.json"] = sending(PUBLIC)
        monkeypatch.setenv("http_proxy", proxy.base)
        assert fetched(address).data == OLDER
        assert (proxy.paths, server.paths) == ([address], [])
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert fetched(address).data == PUBLIC


def test_a_token_never_goes_through_a_proxy_in_plain_text(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """By plain http it goes straight to this machine."""
    server.routes[API_PATH] = sending(json.dumps({**API, "values": json.loads(PUBLIC)["values"]}).encode())
    with serving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.base)
        for base in (server.base, server.base.replace("http:", "HTTP:")):
            fetched(base + API_PATH, token=TOKEN)
        assert (proxy.asked, len(server.asked)) == ([], 2)


@pytest.mark.parametrize("host", ["a" * 70, "xn--\u00e9", "..", "[::1"])
def test_a_host_name_that_is_none_is_no_fault_of_ours(host: str) -> None:
    """Whatever the system makes of it."""
    with pytest.raises(QuestionError, match="NC35"):
        get(f"http://{host}/x", Allowed((), f"http://{host}/"))
