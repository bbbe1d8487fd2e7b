"""Whole answers about WinHTTP and WinINET: what people read, where the setting stands, and which ways are left."""

from __future__ import annotations

from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.site import ProxyAddress, ProxyClient, WinInet
from netcheck.policy.proxyclient import Direct, NoPath, ProxyChoice, UnknownChoice, Via, choose_proxy

SITE, HTTP, INET, REG = (
    Source("site.yaml", 8, 3),
    Source("site.yaml", 9, 5),
    Source("site.yaml", 10, 5),
    Source("a.reg", 4, 1),
)
BLOBS = "`*.blob.core.windows.net`"


def proxy(host: str, at: Source, port: int | None = 8080, has_credentials: bool = False) -> ProxyAddress:
    return ProxyAddress(host=host, port=port, at=at, has_credentials=has_credentials)


ONE, SAME, OTHER = proxy("p", HTTP), proxy("P", REG), proxy("q", REG)
LOGIN_HTTP, LOGIN_INET = proxy("p", HTTP, has_credentials=True), proxy("q", REG, has_credentials=True)
BY_HTTP = Via(proxy=ONE, why="the proxy in the WinHTTP setting", at=HTTP)
BY_INET = Via(proxy=OTHER, why="the proxy in LocalSystem's WinINET settings", at=REG)
NO_LOGIN = "holds a user name: authenticated proxies are not supported by Azure Backup"
NO_HTTP = NoPath(why=f"the proxy in the WinHTTP setting {NO_LOGIN}", at=HTTP)
NO_INET = NoPath(why=f"the proxy in LocalSystem's WinINET settings {NO_LOGIN}", at=REG)


def choose(profile: str = "vm-2018", inet: dict[str, Any] | None = None, **settings: Any) -> ProxyChoice:
    wininet = WinInet(at=INET, **inet) if inet is not None else None
    return choose_proxy(ProxyClient(at=SITE, wininet=wininet, **settings), "Windows", profile, 443)


def both_say(one: str, other: str) -> str:
    return (
        f"WinHTTP's setting says {one}, LocalSystem's WinINET says {other}: which of them the backup extension heeds "
        "is not documented"
    )


@pytest.mark.parametrize(
    ("inet", "expected"),
    [
        ({"proxies": {"https": OTHER}}, BY_INET),
        ({"proxies": {"https": LOGIN_INET}}, NO_INET),
        (
            {"proxies": {"https": OTHER}, "bypass": ("x.org", "*.windows.net")},
            Direct(why=f"entry `*.windows.net` of the WinINET bypass list takes every {BLOBS}", at=INET),
        ),
        (
            {"proxies": {"https": OTHER}, "bypass": ("a.blob.core.windows.net",)},
            UnknownChoice(
                reason=f"entry `a.blob.core.windows.net` of the WinINET bypass list takes some names {BLOBS}, or takes "
                "them in some programs only",
                at=INET,
                between=(Direct(why="entry `a.blob.core.windows.net` of the WinINET bypass list", at=INET), BY_INET),
            ),
        ),
        (
            {"proxies": {"http": OTHER}},
            UnknownChoice(
                reason="LocalSystem's WinINET settings have a proxy, but none for https: what comes of such requests "
                "is not documented",
                at=INET,
            ),
        ),
        (
            {"script": "http://p/x.pac", "detects": True},
            UnknownChoice(
                reason="LocalSystem's WinINET takes its proxy from the script http://p/x.pac, which is not read",
                at=INET,
            ),
        ),
        (
            {"detects": True},
            UnknownChoice(
                reason="LocalSystem's WinINET looks for a proxy in the network by itself (WPAD), which the site does "
                "not tell",
                at=INET,
            ),
        ),
        ({"unknown": "flags 0x20"}, UnknownChoice(reason="flags 0x20", at=INET)),
        ({}, Direct(why="no proxy is configured", at=SITE)),
    ],
)
def test_wininet_alone_in_2018(inet: dict[str, Any], expected: ProxyChoice) -> None:
    """The articles of 2016 to 2019 set LocalSystem's WinINET, so what it says counts."""
    assert choose(inet=inet) == expected


@pytest.mark.parametrize(
    ("inet", "told", "at", "between"),
    [
        ({"proxies": {"https": OTHER}}, "proxy q:8080", REG, (BY_INET,)),
        ({"proxies": {"https": LOGIN_INET}}, "no way", REG, (NO_INET,)),
        ({"unknown": "flags"}, "what is open (flags)", INET, ()),
    ],
)
@pytest.mark.parametrize("profile", ["article-2015", "workload"])
def test_wininet_alone_where_no_article_sets_it(
    profile: str, inet: dict[str, Any], told: str, at: Source, between: tuple[Via | NoPath, ...]
) -> None:
    """It is heeded or it is not, and without it requests go direct."""
    around = (Direct(why="WinHTTP has no proxy", at=at),) if between else ()
    assert choose(profile, inet) == UnknownChoice(
        reason=f"LocalSystem's WinINET says {told} and WinHTTP has no proxy: whether the clients of profile "
        f"`{profile}` heed WinINET is not documented",
        at=at,
        between=(*around, *between),
    )


NO_SCHEME = NoPath(why="the WinHTTP setting has a proxy, but none for https, so such requests have no way", at=SITE)


@pytest.mark.parametrize(
    ("settings", "inet", "expected"),
    [
        ({"winhttp": {"https": ONE}}, {"proxies": {"https": SAME}}, BY_HTTP),
        ({"winhttp": {"https": LOGIN_HTTP}}, {"proxies": {"https": LOGIN_INET}}, NO_HTTP),
        (
            {"winhttp": {"https": ONE}, "winhttp_bypass": ("*",)},
            {"proxies": {"https": OTHER}, "bypass": ("*",)},
            Direct(why=f"entry `*` of the WinHTTP bypass list takes every {BLOBS}", at=SITE),
        ),
        (
            {"winhttp": {"https": ONE}},
            {"proxies": {"https": OTHER}},
            UnknownChoice(
                reason=both_say("proxy p:8080 (site.yaml:9:5)", "proxy q:8080 (a.reg:4:1)"),
                at=HTTP,
                between=(BY_HTTP, BY_INET),
            ),
        ),
        (
            {"winhttp": {"https": ONE}},
            {},
            UnknownChoice(
                reason=both_say("proxy p:8080 (site.yaml:9:5)", "direct (site.yaml:10:5)"),
                at=HTTP,
                between=(BY_HTTP, Direct(why="LocalSystem's WinINET settings have no proxy", at=INET)),
            ),
        ),
        (
            {"winhttp": {"http": ONE}},
            {"proxies": {"https": OTHER}},
            UnknownChoice(
                reason=both_say("no way (site.yaml:8:3)", "proxy q:8080 (a.reg:4:1)"),
                at=SITE,
                between=(NO_SCHEME, BY_INET),
            ),
        ),
        (
            {"winhttp": {"https": ONE}},
            {"detects": True},
            UnknownChoice(
                reason=both_say(
                    "proxy p:8080 (site.yaml:9:5)",
                    "what is open (LocalSystem's WinINET looks for a proxy in the network by itself (WPAD), which the "
                    "site does not tell) (site.yaml:10:5)",
                ),
                at=HTTP,
            ),
        ),
    ],
)
def test_both_settings(settings: dict[str, Any], inet: dict[str, Any], expected: ProxyChoice) -> None:
    """Alike, they are one answer; else both are named with their places, and both ways are left."""
    assert choose(inet=inet, **settings) == expected


def test_two_searches_are_not_the_same_way() -> None:
    """What two searches find is not known, and so not that it is the same."""
    choice = choose(inet={"detects": True}, winhttp_detects=True)
    assert isinstance(choice, UnknownChoice)
    assert choice.reason.startswith("WinHTTP's setting says what is open (WinHTTP looks for a proxy")
    assert choice.between == ()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"winhttp_script": "http://p/x.pac"},
            "WinHTTP takes its proxy from the script http://p/x.pac, which is not read",
        ),
        (
            {"winhttp_detects": True},
            "WinHTTP looks for a proxy in the network by itself (WPAD), which the site does not tell",
        ),
    ],
)
def test_what_winhttp_finds_by_itself(settings: dict[str, Any], reason: str) -> None:
    """A script and a search are named, with the place of the settings."""
    assert choose(**settings) == UnknownChoice(reason=reason, at=SITE)


def test_a_long_script_is_named_in_part() -> None:
    """An address of any length is told by its first 120 characters."""
    choice = choose(winhttp_script="x" * 121)
    assert isinstance(choice, UnknownChoice)
    assert f"the script {'x' * 120}, which" in choice.reason


def test_the_advanced_settings() -> None:
    """They are heeded or not: direct or the proxy, at the proxy's place."""
    assert choose(winhttp={"https": ONE}, winhttp_is_advanced=True) == UnknownChoice(
        reason="the proxy stands in WinHTTP's advanced settings, which the setting that Azure Backup documents is not "
        "part of: whether its clients heed them is not known",
        at=HTTP,
        between=(Direct(why="WinHTTP's advanced settings are not heeded", at=HTTP), BY_HTTP),
    )


def test_an_open_bypass_around_an_open_proxy_leaves_no_known_ways() -> None:
    """Where one of the ways is not known itself, the answer does not say that it is one of those that are."""
    portless = proxy("p", HTTP, None)
    choice = choose(winhttp={"https": portless}, winhttp_bypass=("a.blob.core.windows.net",))
    assert isinstance(choice, UnknownChoice)
    assert choice.between == ()


def test_an_open_bypass_list_beside_another_setting_leaves_three_ways() -> None:
    """The ways of an open choice are ways of the whole."""
    choice = choose(
        inet={"proxies": {"https": OTHER}}, winhttp={"https": ONE}, winhttp_bypass=("a.blob.core.windows.net",)
    )
    assert isinstance(choice, UnknownChoice)
    past = Direct(why="entry `a.blob.core.windows.net` of the WinHTTP bypass list", at=SITE)
    assert choice.between == (past, BY_HTTP, BY_INET)
