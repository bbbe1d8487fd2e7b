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
