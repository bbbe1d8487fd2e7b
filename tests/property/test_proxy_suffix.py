"""What holds for all accounts below a suffix holds for each: a list is judged for the whole set of names at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import pytest

from netcheck.diagnostics import Collector
from netcheck.model.address import parse_address
from netcheck.model.site import ProxyServer
from netcheck.policy.proxyacl import AclVerdict, ProxyRequest, judge_acl
from netcheck.sources.proxy.squid_conf import read_squid_conf
from netcheck.sources.proxy.tinyproxy import read_tinyproxy_conf
from tests.real_hosts import random_squid, random_tinyproxy

SUFFIX = ".blob.example"
ACCOUNTS = ("acct", "other", "evil-9", "a.z12", "x", "blob", "acct.other")
CLIENTS = ("127.0.0.1", "127.0.0.9", "127.200.0.1", "::1")


def _proxies(folder: Path, number: int) -> list[ProxyServer]:
    """Return the proxies of random files that have no fault."""
    squid = random_squid.draw(Random(f"suffix/{number}")).write(folder, "http_port 3128\n")
    tiny = random_tinyproxy.draw(Random(f"suffix/{number}")).write(folder, "Port 8888\n")
    found = []
    for path, read in ((squid, read_squid_conf), (tiny, read_tinyproxy_conf)):
        collector = Collector()
        server = read(str(path), None, collector)
        found += [] if collector.has_errors else [server]
    return found


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_a_verdict_about_all_accounts_is_that_of_each(tmp_path: Path, start: int) -> None:
    """An account never gets another verdict than the one that is sure of all below the suffix; both verdicts occur."""
    told: Counter[AclVerdict] = Counter()
    for number in range(start, start + 30):
        for server, client, port in product(_proxies(tmp_path, number), CLIENTS, (22, 80, 443)):
            one = parse_address(client)
            request = ProxyRequest(family=one.family, client=one.first, host=SUFFIX, port=port, is_connect=port != 80)
            of_all = judge_acl(server, request).verdict
            told[of_all] += 1
            of_each = {judge_acl(server, replace(request, host=name + SUFFIX)).verdict for name in ACCOUNTS}
            assert of_all is AclVerdict.UNKNOWN or of_each == {of_all}, (number, server.file, request)
    assert min(told[verdict] for verdict in AclVerdict) > 0
