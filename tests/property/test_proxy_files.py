"""A proxy's configuration that is cut, spoilt or mixed up is a proxy, or faults with their places: never a crash."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from netcheck.diagnostics import Collector, Severity
from netcheck.errors import InputError
from netcheck.model.address import parse_address
from netcheck.policy.proxyacl import ProxyRequest, judge_acl
from netcheck.sources.proxy.squid_conf import read_squid_conf
from netcheck.sources.proxy.tinyproxy import read_tinyproxy_conf

SQUID = r"""http_port 10.0.0.5:3128
acl localnet src 10.0.0.0/8 fc00::/7 # ours
acl SSL_ports port 443 \
  8443
acl storage dstdomain -n .blob.core.windows.net "list.txt"
acl odd dstdom_regex -i ^[a-z0-9]+\.(blob|queue)\.core\.windows\.net$
acl both all-of localnet !storage
acl url url_regex ^https?://.*\.blob\.
auth_param basic program /usr/lib/squid/basic_ncsa_auth /etc/squid/users
acl user proxy_auth REQUIRED
if 1 = 1
http_access deny CONNECT !SSL_ports
endif
include more.conf
http_access allow localnet storage
http_access deny user both url odd
cache_peer parent.example parent 3128 0
"""
TINYPROXY = r"""Port 8888
Listen 10.0.0.5
Allow 10.0.0.0/24
Deny fd00::/8
ConnectPort 443
Filter "list.txt"
FilterDefaultDeny Yes
FilterType ere
Upstream http 10.1.0.1:3128 ".example"
"""
LIST = r"""# names
.blob.core.windows.net
^acct\.(blob|queue) # ours
"""
MORE = "acl late src 10.0.0.4\nhttp_access allow late\n"
REQUEST = ProxyRequest(
    family=4, client=parse_address("10.0.0.4").first, host=".blob.core.windows.net", port=443, is_connect=True
)


@st.composite
def spoilt(draw: st.DrawFn, text: str) -> str:
    """Cut the text, repeat or swap pieces of it, and put in characters that mean something."""
    for _ in range(draw(st.integers(1, 4))):
        first, second = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2)))
        piece = draw(
            st.sampled_from(
                ["", text[first:second] * 2, "\\", "\n", '"', "!", "#", "-", "/", "\r", "${x}", "\0", "é", " "]
            )
        )
        keep = draw(st.booleans())
        text = text[:first] + piece + (text[first:] if keep else text[second:])
    return text


def _read_both(squid: str, tinyproxy: str, listed: str, more: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("squid.conf", squid), ("tiny.conf", tinyproxy), ("list.txt", listed), ("more.conf", more)):
            (folder / file).write_text(text, encoding="utf-8", newline="")
        for file, read in (("squid.conf", read_squid_conf), ("tiny.conf", read_tinyproxy_conf)):
            collector = Collector()
            try:
                server = read(str(folder / file), None, collector)
            except InputError:
                continue
            if not any(found.severity is Severity.ERROR for found in collector):
                assert judge_acl(server, REQUEST).verdict


@given(spoilt(SQUID), spoilt(TINYPROXY), st.just(LIST), st.just(MORE))
def test_spoilt_configurations(squid: str, tinyproxy: str, listed: str, more: str) -> None:
    """Whatever is left of a file is read to the end, and a request is judged by what it says."""
    _read_both(squid, tinyproxy, listed, more)


@given(st.just(SQUID), st.just(TINYPROXY), spoilt(LIST), spoilt(MORE))
def test_spoilt_lists(squid: str, tinyproxy: str, listed: str, more: str) -> None:
    """So are lists and included files."""
    _read_both(squid, tinyproxy, listed, more)


def test_the_whole_files_are_read() -> None:
    """The files that are spoilt above are good ones to begin with, so that what they say is reached."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "list.txt").write_text(LIST)
        (folder / "more.conf").write_text(MORE)
        for text, read in ((SQUID, read_squid_conf), (TINYPROXY, read_tinyproxy_conf)):
            (folder / "conf").write_text(text)
            collector = Collector()
            read(str(folder / "conf"), None, collector)
            assert [found for found in collector if found.severity is Severity.ERROR] == []
