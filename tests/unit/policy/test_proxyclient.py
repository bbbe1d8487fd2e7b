"""Which way a VM's backup client takes: direct, through a proxy, or none."""

from __future__ import annotations

from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.site import ProxyAddress, ProxyClient
from netcheck.policy.proxyclient import Direct, NoPath, ProxyChoice, UnknownChoice, Via, choose_proxy

PROXY = ProxyAddress(host="10.0.0.5", port=8080, at=Source("site.yaml", 9, 5))
PORTLESS = ProxyAddress(host="10.0.0.5", port=None, at=Source("site.yaml", 9, 5))
BOTH = {"http": PROXY, "https": PROXY}


def client(**settings: Any) -> ProxyClient:
    return ProxyClient(at=Source("site.yaml", 8, 3), **settings)


def choose(
    one: ProxyClient | None, port: int = 443, profile: str = "article-2015", os_type: str = "", suffix: str = ""
) -> ProxyChoice:
    return choose_proxy(one, os_type, profile, port, suffix) if suffix else choose_proxy(one, os_type, profile, port)


def kind(choice: ProxyChoice) -> str:
    return type(choice).__name__


def test_no_settings_mean_direct() -> None:
    """A VM without proxy settings connects itself."""
    assert kind(choose(None)) == "Direct"
    assert choose(client()) == Direct(why="no proxy is configured", at=Source("site.yaml", 8, 3))


def test_winhttp_proxy_for_both_schemes() -> None:
    """A bare WinHTTP server serves http and https, and the choice for all ports is one and the same value."""
    choices = {choose(client(winhttp=BOTH), port, os_type="Windows") for port in (80, 443, 8443)}
    assert choices == {Via(proxy=PROXY, why="the proxy in the WinHTTP setting", at=PROXY.at)}


def test_corner_73_current_snapshot_extension_ignores_host_and_port() -> None:
    """With HttpProxy.Host and .Port set, the current Linux snapshot extension goes direct, and older ones did not."""
    both_set = client(agent=PROXY)
    now = choose(both_set, profile="linux-vmsnapshot-current", os_type="Linux")
    assert now == Direct(
        why="the snapshot extension skips the proxy since 2019-06 when HttpProxy.Port is set in waagent.conf",
        at=PROXY.at,
    )
    for profile in ("article-2015", "vm-2018"):
        assert [kind(choose(both_set, port, profile, "Linux")) for port in (80, 443)] == ["Via", "Via"]


def test_corner_74_http_proxy_does_not_cover_https() -> None:
    """`http_proxy` serves http only, `https_proxy` https only; the other scheme goes direct."""
    only_http = client(environment={"http": PROXY})
    assert [kind(choose(only_http, port)) for port in (80, 443, 8443)] == ["Via", "Direct", "Direct"]
    only_https = client(environment={"https": PROXY})
    assert [kind(choose(only_https, port)) for port in (80, 443, 8443)] == ["Direct", "Via", "Via"]


def test_corner_75_host_without_port_goes_direct() -> None:
    """The agent uses the proxy only if both settings are there, and then no longer looks at the environment."""
    assert kind(choose(client(agent=PORTLESS, environment=BOTH))) == "Direct"


def test_host_without_port_is_open_for_the_current_extension() -> None:
    """The current extension tunnels through a host without a port: nobody can say what comes of it."""
    assert kind(choose(client(agent=PORTLESS), profile="linux-vmsnapshot-current")) == "UnknownChoice"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("*.core.windows.net", "Direct"),
        ("*.CORE.Windows.net", "Direct"),
        ("*.blob.core.windows.net", "Direct"),
        ("*.windows.net", "Direct"),
        ("*", "Direct"),
        ("*.blob.*.net", "Direct"),
        ("https://*.windows.net:443", "Direct"),
        ("http://*.windows.net", "Via"),
        ("*.windows.net:80", "Via"),
        ("contoso.blob.core.windows.net", "UnknownChoice"),
        ("contoso*", "UnknownChoice"),
        ("md-*.blob.core.windows.net", "UnknownChoice"),
        ("*.queue.core.windows.net", "Via"),
        ("blob.core.windows.net", "Via"),
        ("*.net.*.windows.net", "UnknownChoice"),
        ("<local>", "Via"),
        ("10.*", "Via"),
        ("168.63.129.16", "Via"),
        ("*.contoso.com", "Via"),
    ],
)
def test_corner_76_winhttp_bypass_list(entry: str, expected: str) -> None:
    """An entry that takes every account's name means direct; one that takes some leaves it open; others do nothing."""
    assert kind(choose(client(winhttp=BOTH, winhttp_bypass=("<local>", entry)))) == expected


def test_corner_76_names_the_entry() -> None:
    """The answer says which entry of the bypass list is the cause."""
    choice = choose(client(winhttp=BOTH, winhttp_bypass=("10.*", "*.core.windows.net")))
    assert isinstance(choice, Direct)
    assert "`*.core.windows.net`" in choice.why


def test_bypass_is_judged_by_the_suffix_of_the_cloud() -> None:
    """In another cloud the public cloud's suffix bypasses nothing."""
    china = ".blob.core.chinacloudapi.cn"
    assert kind(choose(client(winhttp=BOTH, winhttp_bypass=("*.windows.net",)), suffix=china)) == "Via"
    assert kind(choose(client(winhttp=BOTH, winhttp_bypass=("*.chinacloudapi.cn",)), suffix=china)) == "Direct"


def test_corner_77_winhttp_lacks_the_scheme() -> None:
    """A scheme that the WinHTTP setting lacks has no path, unless the bypass list takes the name."""
    only_http = {"http": PROXY}
    assert kind(choose(client(winhttp=only_http), 80)) == "Via"
    assert isinstance(choose(client(winhttp=only_http), 443), NoPath)
    assert kind(choose(client(winhttp=only_http, winhttp_bypass=("*.windows.net",)), 443)) == "Direct"
    assert kind(choose(client(winhttp=only_http, winhttp_bypass=("a.blob.core.windows.net",)))) == "UnknownChoice"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (".core.windows.net", "Direct"),
        ("dows.net", "Direct"),
        ("Blob.Core.Windows.Net", "Direct"),
        ("contoso.blob.core.windows.net", "UnknownChoice"),
        ("*", "UnknownChoice"),
        ("*.windows.net", "UnknownChoice"),
        ("10.0.0.0/8", "Via"),
        ("localhost", "Via"),
        ("windows.net.contoso.com", "Via"),
    ],
)
def test_no_proxy_compares_the_ends_of_names(entry: str, expected: str) -> None:
    """An entry of `no_proxy` takes every name that ends in it, without regard to dots."""
    assert kind(choose(client(environment=BOTH, no_proxy=("localhost", entry)))) == expected


def test_agent_setting_goes_before_the_environment() -> None:
    """`waagent.conf` overrides the environment, its `no_proxy` too."""
    other = ProxyAddress(host="10.0.0.9", port=3128, at=Source("environment", 1, 1))
    environment = {"http": other, "https": other}
    choice = choose(client(agent=PROXY, environment=environment, no_proxy=(".windows.net",)))
    assert isinstance(choice, Via)
    assert choice.proxy == PROXY


def test_agent_setting_is_not_passed_to_workload_extensions() -> None:
    """Workload backup heeds the environment, not the agent's own setting."""
    assert kind(choose(client(agent=PROXY), profile="workload")) == "Direct"
    assert kind(choose(client(agent=PROXY, environment=BOTH), profile="workload")) == "Via"


def test_profiles_that_heed_no_proxy() -> None:
    """Modern VM backup needs none, and the Linux snapshot extension does not read the environment."""
    assert kind(choose(client(winhttp=BOTH), profile="vm-modern")) == "Direct"
    assert kind(choose(client(environment=BOTH), profile="linux-vmsnapshot-current")) == "Direct"


def test_settings_without_os_type_tell_the_system() -> None:
    """Without `osType` the kind of setting decides; both kinds at once leave it open."""
    assert kind(choose(client(winhttp=BOTH))) == "Via"
    assert kind(choose(client(environment=BOTH))) == "Via"
    assert kind(choose(client(winhttp=BOTH, environment=BOTH))) == "UnknownChoice"


def test_os_type_picks_its_own_settings() -> None:
    """Only the settings of the VM's own system count; settings of the other system alone are a contradiction."""
    mixed = client(winhttp={"http": PROXY}, environment={"https": PROXY})
    assert kind(choose(mixed, 443, os_type="windows")) == "NoPath"
    assert kind(choose(mixed, 443, os_type="Linux")) == "Via"
    assert kind(choose(client(environment=BOTH), os_type="Windows")) == "UnknownChoice"
    assert kind(choose(client(winhttp=BOTH), os_type="Linux")) == "UnknownChoice"


def test_windows_settings_say_nothing_about_the_linux_extension() -> None:
    """The Linux snapshot profile cannot be judged by a WinHTTP setting."""
    assert kind(choose(client(winhttp=BOTH), profile="linux-vmsnapshot-current")) == "UnknownChoice"


def test_what_is_not_known_stays_open() -> None:
    """An unread setting, an unknown profile, a port that is not the web's, a proxy without port, `all_proxy` alone."""
    assert choose(client(unknown="`proxy.pac` is not read")) == UnknownChoice(
        reason="`proxy.pac` is not read", at=Source("site.yaml", 8, 3)
    )
    assert kind(choose(client(winhttp=BOTH), profile="vm-2035")) == "UnknownChoice"
    assert kind(choose(client(winhttp=BOTH), 5671)) == "UnknownChoice"
    assert kind(choose(client(winhttp={"http": PORTLESS, "https": PORTLESS}))) == "UnknownChoice"
    assert kind(choose(client(environment={"https": PORTLESS}))) == "UnknownChoice"
    assert kind(choose(client(environment={"all": PROXY}))) == "UnknownChoice"


# Whole answers: where the setting stands that decides, and what people read about it.

HERE, AGENT_PLACE = Source("site.yaml", 8, 3), Source("waagent.conf", 4, 1)
AGENT = ProxyAddress(host="10.0.0.5", port=8080, at=AGENT_PLACE)
AGENT_PORTLESS = ProxyAddress(host="10.0.0.5", port=None, at=AGENT_PLACE)
BLOBS = "`*.blob.core.windows.net`"


def direct(why: str, at: Source = HERE) -> Direct:
    return Direct(why=why, at=at)


def unknown(reason: str, at: Source = HERE) -> UnknownChoice:
    return UnknownChoice(reason=reason, at=at)


@pytest.mark.parametrize(
    ("settings", "profile", "expected"),
    [
        ({"winhttp": BOTH}, "vm-modern", direct("profile `vm-modern` has no request that a proxy could carry")),
        ({"winhttp": BOTH}, "vm-2035", unknown("whether profile `vm-2035` heeds a proxy is not known")),
        (
            {"winhttp": BOTH},
            "linux-vmsnapshot-current",
            unknown("profile `linux-vmsnapshot-current` is about Linux, the proxy setting is WinHTTP's"),
        ),
        (
            {"environment": BOTH},
            "linux-vmsnapshot-current",
            direct("the snapshot extension reads HttpProxy in waagent.conf only, not the environment"),
        ),
        (
            {"agent": AGENT_PORTLESS},
            "linux-vmsnapshot-current",
            unknown(
                "with HttpProxy.Host and no HttpProxy.Port the snapshot extension tunnels through a host without a "
                "port",
                AGENT_PLACE,
            ),
        ),
        (
            {"agent": AGENT_PORTLESS, "environment": BOTH},
            "vm-2018",
            direct("HttpProxy.Host without HttpProxy.Port in waagent.conf is not used", AGENT_PLACE),
        ),
        (
            {"agent": AGENT, "environment": BOTH},
            "article-2015",
            Via(proxy=AGENT, why="HttpProxy.Host and HttpProxy.Port in waagent.conf", at=AGENT_PLACE),
        ),
        (
            {"agent": AGENT, "environment": {"http": PROXY}},
            "workload",
            direct("HttpProxy in waagent.conf is not passed to extensions, and `https_proxy` is not set", AGENT_PLACE),
        ),
        (
            {"environment": {"all": PROXY}},
            "workload",
            unknown("`all_proxy` is set and `https_proxy` is not: programs differ in whether they heed it", PROXY.at),
        ),
        (
            {"environment": {"all": PORTLESS, "https": PROXY}},
            "workload",
            Via(proxy=PROXY, why="the proxy in the environment", at=PROXY.at),
        ),
        (
            {"environment": {"http": PROXY}},
            "workload",
            direct("`https_proxy` is not set, and the other scheme's variable does not serve it"),
        ),
        (
            {"environment": {"https": PORTLESS}},
            "workload",
            unknown(
                "the proxy in the environment names no port, and clients differ in what they then use", PORTLESS.at
            ),
        ),
        (
            {"winhttp": {"https": PORTLESS}},
            "workload",
            unknown(
                "the proxy in the WinHTTP setting names no port, and clients differ in what they then use", PORTLESS.at
            ),
        ),
        (
            {"winhttp": {"http": PROXY}},
            "workload",
            NoPath(why="the WinHTTP setting has a proxy, but none for https, so such requests have no way", at=HERE),
        ),
        (
            {"winhttp": BOTH, "winhttp_bypass": ("a.blob.core.windows.net", "*.net", "*")},
            "workload",
            direct(f"entry `*.net` of the WinHTTP bypass list takes every {BLOBS}"),
        ),
        (
            {"winhttp": BOTH, "winhttp_bypass": ("x.org", "a.blob.core.windows.net", "b.blob.core.windows.net")},
            "workload",
            unknown(
                f"entry `a.blob.core.windows.net` of the WinHTTP bypass list takes some names {BLOBS}, or takes them "
                "in some programs only"
            ),
        ),
        (
            {"environment": BOTH, "no_proxy": ("a.blob.core.windows.net", "windows.net")},
            "workload",
            direct(f"entry `windows.net` of `no_proxy` takes every {BLOBS}"),
        ),
        (
            {"environment": BOTH, "no_proxy": ("*.windows.net",)},
            "workload",
            unknown(
                f"entry `*.windows.net` of `no_proxy` takes some names {BLOBS}, or takes them in some programs only"
            ),
        ),
        (
            {"winhttp": BOTH, "environment": BOTH},
            "workload",
            unknown("the VM has proxy settings of Windows and of Linux, and no `osType` that says which of them count"),
        ),
    ],
)
def test_every_answer_says_why_and_where(settings: dict[str, Any], profile: str, expected: ProxyChoice) -> None:
    """The setting that decides an HTTPS request is named with its place; what is open says what is not known."""
    assert choose(client(**settings), profile=profile) == expected


@pytest.mark.parametrize(("os_type", "settings"), [("Windows", {"agent": AGENT}), ("linux", {"winhttp": BOTH})])
def test_settings_of_the_other_system_are_named_as_such(os_type: str, settings: dict[str, Any]) -> None:
    """What the VM runs and what its settings are for contradict each other: the answer says which system it runs."""
    reason = f"the VM runs {os_type}, and its proxy settings are those of the other operating system"
    assert choose(client(**settings), os_type=os_type) == unknown(reason)


def test_a_machine_without_any_setting_has_no_place() -> None:
    """Where nothing is said about a proxy there is no place to name."""
    assert choose(None) == direct("no proxy is configured", Source("-"))


def test_a_port_that_is_not_the_webs_is_named() -> None:
    """Whether a proxy carries it is not known."""
    reason = "whether requests to port 5671 go through an HTTP proxy is not known"
    assert choose(client(winhttp=BOTH), 5671) == unknown(reason)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("*b*ob*.net", "Direct"),
        ("*blob*core*.windows.net", "Direct"),
        ("*core*blob*.net", "UnknownChoice"),
        ("*e*e*.windows.net", "UnknownChoice"),
        ("*.windows*windows.net", "UnknownChoice"),
        ("*.blob.core.windows.net*", "Direct"),
        ("[fd00::5]", "Via"),
        ("*.windows.net:443", "Direct"),
        ("*.windows.net:8443", "Via"),
        ("https://*.windows.net", "Direct"),
        ("ftp://*", "Via"),
        ("443", "Via"),
    ],
)
def test_stars_of_a_bypass_entry_match_in_order_and_without_overlap(entry: str, expected: str) -> None:
    """An entry takes every account only if the suffix alone has all its parts, one behind the other."""
    assert kind(choose(client(winhttp=BOTH, winhttp_bypass=(entry,)))) == expected


def test_a_star_in_no_proxy_that_fits_no_name_does_nothing() -> None:
    """Programs that heed a star compare the name with it; one for other names is no doubt."""
    assert kind(choose(client(environment=BOTH, no_proxy=("*.contoso.com",)))) == "Via"


@pytest.mark.parametrize("suffix", ["blob.core.windows.net", ".Blob.Core.Windows.NET"])
def test_the_suffix_is_read_with_and_without_its_dot(suffix: str) -> None:
    """Letter case and the leading dot of the cloud's suffix do not matter."""
    assert choose(client(winhttp=BOTH, winhttp_bypass=("*.windows.net",)), suffix=suffix) == direct(
        f"entry `*.windows.net` of the WinHTTP bypass list takes every {BLOBS}"
    )
