"""Which way a VM's backup client takes: direct, through a proxy, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.site import ProxyAddress, ProxyClient, ServiceEnvironment, WinInet
from netcheck.policy.proxyclient import (
    Direct,
    NoPath,
    ProxyChoice,
    UnknownChoice,
    Via,
    choose_proxy,
    component,
    named_proxies,
)

PROXY = ProxyAddress(host="10.0.0.5", port=8080, at=Source("site.yaml", 9, 5))
PORTLESS = ProxyAddress(host="10.0.0.5", port=None, at=Source("site.yaml", 9, 5))
BOTH = {"http": PROXY, "https": PROXY}


def client(**settings: Any) -> ProxyClient:
    return ProxyClient(at=Source("site.yaml", 8, 3), **settings)


def unit(no_proxy: tuple[str, ...] = (), **proxies: ProxyAddress) -> ServiceEnvironment:
    return ServiceEnvironment(environment=proxies, no_proxy=no_proxy, at=Source("site.yaml", 8, 3))


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
    only_http = client(unit=unit(http=PROXY))
    assert [kind(choose(only_http, port)) for port in (80, 443, 8443)] == ["Via", "Direct", "Direct"]
    only_https = client(unit=unit(https=PROXY))
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
    assert kind(choose(client(unit=unit(("localhost", entry), **BOTH)))) == expected


def test_agent_setting_goes_before_the_environment() -> None:
    """`waagent.conf` overrides the environment, its `no_proxy` too."""
    other = ProxyAddress(host="10.0.0.9", port=3128, at=Source("environment", 1, 1))
    environment = {"http": other, "https": other}
    choice = choose(client(agent=PROXY, environment=environment, no_proxy=(".windows.net",)))
    assert isinstance(choice, Via)
    assert choice.proxy == PROXY


def test_agent_setting_is_not_passed_to_workload_extensions() -> None:
    """The agent's own setting is the agent's alone, and the workload extension of Linux has a file of its own."""
    assert kind(choose(client(agent=PROXY), profile="workload")) == "Direct"
    choice = choose(client(agent=PROXY, unit=unit((), **BOTH)), profile="workload")
    assert isinstance(choice, UnknownChoice)
    assert [kind(one) for one in choice.between] == ["Direct", "Via"]


def test_profiles_that_heed_no_proxy() -> None:
    """Modern VM backup needs none, and the Linux snapshot extension does not read the environment."""
    assert kind(choose(client(winhttp=BOTH), profile="vm-modern")) == "Direct"
    assert kind(choose(client(environment=BOTH), profile="linux-vmsnapshot-current")) == "Direct"


def test_settings_without_os_type_tell_the_system() -> None:
    """Without `osType` the kind of setting decides; both kinds at once leave it open."""
    assert kind(choose(client(winhttp=BOTH))) == "Via"
    assert kind(choose(client(unit=unit((), **BOTH)))) == "Via"
    assert kind(choose(client(winhttp=BOTH, environment=BOTH))) == "UnknownChoice"


def test_os_type_picks_its_own_settings() -> None:
    """Only the settings of the VM's own system count; settings of the other system alone are a contradiction."""
    mixed = client(winhttp={"http": PROXY}, unit=unit(https=PROXY))
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
    assert kind(choose(client(unit=unit(https=PORTLESS)))) == "UnknownChoice"
    assert kind(choose(client(unit=unit(all=PROXY)))) == "UnknownChoice"


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
            {"agent": AGENT_PORTLESS, "unit": ServiceEnvironment(environment=BOTH, at=HERE)},
            "vm-2018",
            direct("HttpProxy.Host without HttpProxy.Port in waagent.conf is not used", AGENT_PLACE),
        ),
        (
            {"agent": AGENT, "unit": ServiceEnvironment(environment=BOTH, at=HERE)},
            "article-2015",
            Via(proxy=AGENT, why="HttpProxy.Host and HttpProxy.Port in waagent.conf", at=AGENT_PLACE),
        ),
        (
            {"agent": AGENT, "unit": ServiceEnvironment(environment={"http": PROXY}, at=HERE)},
            "workload",
            direct("HttpProxy in waagent.conf is not passed to extensions, and `https_proxy` is not set", AGENT_PLACE),
        ),
        (
            {"unit": ServiceEnvironment(environment={"all": PROXY}, at=HERE)},
            "vm-2018",
            unknown("`all_proxy` is set and `https_proxy` is not: programs differ in whether they heed it", PROXY.at),
        ),
        (
            {"unit": ServiceEnvironment(environment={"all": PORTLESS, "https": PROXY}, at=HERE)},
            "vm-2018",
            Via(proxy=PROXY, why="the proxy in the environment", at=PROXY.at),
        ),
        (
            {"unit": ServiceEnvironment(environment={"http": PROXY}, at=HERE)},
            "vm-2018",
            direct("`https_proxy` is not set, and the other scheme's variable does not serve it"),
        ),
        (
            {"unit": ServiceEnvironment(environment={"https": PORTLESS}, at=HERE)},
            "vm-2018",
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
            {
                "unit": ServiceEnvironment(
                    environment=BOTH, no_proxy=("a.blob.core.windows.net", "windows.net"), at=HERE
                )
            },
            "vm-2018",
            direct(f"entry `windows.net` of `no_proxy` takes every {BLOBS}"),
        ),
        (
            {"unit": ServiceEnvironment(environment=BOTH, no_proxy=("*.windows.net",), at=HERE)},
            "vm-2018",
            unknown(
                f"entry `*.windows.net` of `no_proxy` takes some names {BLOBS}, or takes them in some programs only"
            ),
        ),
        (
            {"winhttp": BOTH, "unit": ServiceEnvironment(environment=BOTH, at=HERE)},
            "workload",
            unknown("the VM has proxy settings of Windows and of Linux, and no `osType` that says which of them count"),
        ),
    ],
)
def test_every_answer_says_why_and_where(settings: dict[str, Any], profile: str, expected: ProxyChoice) -> None:
    """The setting that decides an HTTPS request is named with its place; what is open says what is not known."""
    choice = choose(client(**settings), profile=profile)
    assert (replace(choice, between=()) if isinstance(choice, UnknownChoice) else choice) == expected


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
    assert kind(choose(client(unit=unit(("*.contoso.com",), **BOTH)))) == "Via"


@pytest.mark.parametrize("suffix", ["blob.core.windows.net", ".Blob.Core.Windows.NET"])
def test_the_suffix_is_read_with_and_without_its_dot(suffix: str) -> None:
    """Letter case and the leading dot of the cloud's suffix do not matter."""
    assert choose(client(winhttp=BOTH, winhttp_bypass=("*.windows.net",)), suffix=suffix) == direct(
        f"entry `*.windows.net` of the WinHTTP bypass list takes every {BLOBS}"
    )


# The environment of a service, credentials, and WinINET beside WinHTTP.


@pytest.mark.parametrize("profile", ["article-2015", "vm-2018"])
def test_a_service_does_not_read_etc_environment_by_itself(profile: str) -> None:
    """Without the unit's drop-in the agent has the variables or has them not: the two ways are named."""
    choice = choose(client(environment=BOTH), profile=profile, os_type="Linux")
    assert isinstance(choice, UnknownChoice)
    assert "/etc/environment is read by login sessions, not by a systemd service" in choice.reason
    assert choice.at == PROXY.at
    assert choice.between == (
        Direct(why="the agent's service does not have the variables of /etc/environment", at=PROXY.at),
        Via(proxy=PROXY, why="the proxy in the environment", at=PROXY.at),
    )


def test_what_goes_direct_with_the_variables_goes_direct_without_them() -> None:
    """A scheme without a variable, or one whose names are all in `no_proxy`, goes direct either way."""
    assert kind(choose(client(environment={"http": PROXY}))) == "Direct"
    assert kind(choose(client(environment=BOTH, no_proxy=("windows.net",)))) == "Direct"


def test_a_unit_without_variables_hands_over_none() -> None:
    """Where the drop-ins are given, /etc/environment no longer counts by itself."""
    choice = choose(client(environment=BOTH, unit=unit()))
    assert choice == direct("`https_proxy` is not set, and the other scheme's variable does not serve it")
    assert choose(client(unit=ServiceEnvironment(unknown="`x` is not read", at=HERE))) == unknown("`x` is not read")


LOGIN = ProxyAddress(host="10.0.0.5", port=8080, at=Source("site.yaml", 9, 5), has_credentials=True)
NO_LOGIN = "holds a user name: authenticated proxies are not supported by Azure Backup"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"winhttp": {"https": LOGIN}},
            NoPath(why=f"the proxy in the WinHTTP setting {NO_LOGIN}", at=LOGIN.at),
        ),
        ({"unit": unit(https=LOGIN)}, NoPath(why=f"the proxy in the environment {NO_LOGIN}", at=LOGIN.at)),
        (
            {"winhttp": {"https": LOGIN}, "winhttp_bypass": ("*.windows.net",)},
            direct(f"entry `*.windows.net` of the WinHTTP bypass list takes every {BLOBS}"),
        ),
    ],
)
def test_corner_78_a_proxy_with_a_login_is_no_way(settings: dict[str, Any], expected: ProxyChoice) -> None:
    """Azure Backup does not log in: a setting with a user name is never a way; names that go direct are not hit."""
    assert choose(client(**settings)) == expected


def wininet(**settings: Any) -> WinInet:
    return WinInet(at=Source("system.reg", 4, 1), **settings)


OTHER = ProxyAddress(host="10.0.0.9", port=8080, at=Source("system.reg", 4, 1))
SAME = ProxyAddress(host="10.0.0.5", port=8080, at=Source("system.reg", 4, 1))
BY_INET = "the proxy in LocalSystem's WinINET settings"


@pytest.mark.parametrize(
    ("profile", "winhttp", "inet", "expected"),
    [
        ("article-2015", True, {"proxies": {"http": SAME, "https": SAME}}, "Via 10.0.0.5"),
        ("vm-2018", True, {"proxies": {"http": SAME, "https": SAME}}, "Via 10.0.0.5"),
        ("article-2015", True, {"proxies": {"http": OTHER, "https": OTHER}}, "UnknownChoice Via Via"),
        ("vm-2018", True, {"proxies": {"http": OTHER, "https": OTHER}}, "UnknownChoice Via Via"),
        ("article-2015", True, {}, "Via 10.0.0.5"),
        ("vm-2018", True, {}, "UnknownChoice Via Direct"),
        ("article-2015", False, {"proxies": {"https": OTHER}}, "UnknownChoice Direct Via"),
        ("workload", False, {"proxies": {"https": OTHER}}, "UnknownChoice Direct Via"),
        ("vm-2018", False, {"proxies": {"https": OTHER}}, "Via 10.0.0.9"),
        ("vm-2018", False, {"proxies": {"http": OTHER}}, "UnknownChoice"),
        ("vm-2018", False, {"proxies": {"https": OTHER}, "bypass": ("*.windows.net",)}, "Direct"),
        ("article-2015", False, {"proxies": {"https": OTHER}, "bypass": ("*.windows.net",)}, "Direct"),
        ("vm-2018", False, {"script": "http://wpad/wpad.dat"}, "UnknownChoice"),
        ("vm-2018", False, {"detects": True}, "UnknownChoice"),
        ("vm-2018", False, {"unknown": "flags"}, "UnknownChoice"),
        ("article-2015", True, {"script": "http://wpad/wpad.dat"}, "UnknownChoice"),
        ("vm-2018", False, {}, "Direct"),
        ("vm-modern", False, {"proxies": {"https": OTHER}}, "Direct"),
        ("linux-vmsnapshot-current", False, {"proxies": {"https": OTHER}}, "UnknownChoice"),
    ],
)
def test_wininet_beside_winhttp(profile: str, winhttp: bool, inet: dict[str, Any], expected: str) -> None:
    """Both alike: that way. Both and not alike: open. One alone: the way, where the profile's article sets that one."""
    settings = {"winhttp": BOTH} if winhttp else {}
    choice = choose(client(**settings, wininet=wininet(**inet)), profile=profile, os_type="Windows")
    told = [kind(choice)]
    told += [choice.proxy.host] if isinstance(choice, Via) else []
    told += [kind(one) for one in choice.between] if isinstance(choice, UnknownChoice) else []
    assert " ".join(told) == expected


def test_both_settings_are_named_where_they_differ() -> None:
    """The reader learns what each says and where."""
    choice = choose(client(winhttp=BOTH, wininet=wininet(proxies={"https": OTHER})), os_type="Windows")
    assert isinstance(choice, UnknownChoice)
    for part in ("proxy 10.0.0.5:8080 (site.yaml:9:5)", "proxy 10.0.0.9:8080 (system.reg:4:1)"):
        assert part in choice.reason


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"winhttp_script": "http://10.0.0.5/proxy.pac"}, "the script http://10.0.0.5/proxy.pac"),
        ({"winhttp_detects": True}, "WPAD"),
        ({"winhttp": BOTH, "winhttp_detects": True}, "WPAD"),
    ],
)
def test_a_proxy_that_winhttp_finds_by_itself_is_not_known(settings: dict[str, Any], word: str) -> None:
    """A script or the network names the proxy, and neither is in the site: never direct, never a proxy."""
    choice = choose(client(**settings), os_type="Windows")
    assert isinstance(choice, UnknownChoice)
    assert word in choice.reason


def test_the_advanced_settings_are_another_store() -> None:
    """`netsh winhttp show proxy` does not show them, and no article of Azure Backup names them."""
    choice = choose(client(winhttp=BOTH, winhttp_is_advanced=True), os_type="Windows")
    assert isinstance(choice, UnknownChoice)
    assert ("advanced settings" in choice.reason, [kind(one) for one in choice.between]) == (True, ["Direct", "Via"])
    past = client(winhttp=BOTH, winhttp_bypass=("*.windows.net",), winhttp_is_advanced=True)
    assert kind(choose(past, os_type="Windows")) == "Direct"


def test_the_program_that_a_profile_is_about() -> None:
    """Answers name the component whose requests go one way or the other."""
    names = {profile: component(profile) for profile in ("article-2015", "linux-vmsnapshot-current", "workload")}
    assert names == {
        "article-2015": "the backup extension",
        "linux-vmsnapshot-current": "the VM snapshot extension",
        "workload": "the workload backup extension or agent",
    }


def test_every_proxy_that_a_setting_names() -> None:
    """All places are asked, in the order of the answer; a proxy that several name stands once, at its first place."""
    named = client(
        winhttp={"http": PROXY},
        wininet=wininet(proxies={"http": SAME, "https": OTHER}),
        unit=unit(https=PORTLESS),
        environment={"https": ProxyAddress(host="env", port=1, at=HERE)},
        agent=ProxyAddress(host="agent", port=2, at=HERE),
    )
    assert [(one.host, one.port, one.at) for one in named_proxies(named)] == [
        ("10.0.0.5", 8080, PROXY.at),
        ("10.0.0.9", 8080, OTHER.at),
        ("10.0.0.5", None, PORTLESS.at),
        ("env", 1, HERE),
        ("agent", 2, HERE),
    ]
    assert named_proxies(client()) == ()


def test_variables_of_a_workload_on_linux() -> None:
    """The extension's own file is documented for Entra ID only: requests to Storage heed the environment or do not."""
    reason = (
        "the workload extension of Linux has its own proxy file (ExtensionSettingsOverrides.json), documented for "
        "Entra ID only: whether requests to Storage heed the environment is not known"
    )
    assert choose(client(unit=unit((), **BOTH)), profile="workload") == UnknownChoice(
        reason=reason,
        at=PROXY.at,
        between=(
            Direct(why="the workload extension does not heed the environment", at=PROXY.at),
            Via(proxy=PROXY, why="the proxy in the environment", at=PROXY.at),
        ),
    )


def test_an_open_choice_among_variables_that_may_not_be_there() -> None:
    """Both reasons are told: what is open about the variables, and that the service may not have them."""
    choice = choose(client(environment={"https": PORTLESS}))
    assert isinstance(choice, UnknownChoice)
    assert choice.reason.startswith("the proxy in the environment names no port, and clients differ in what they then")
    assert "; besides, /etc/environment is read by login sessions" in choice.reason
    assert choice.between == ()
    some = choose(client(environment=BOTH, no_proxy=("a.blob.core.windows.net",)))
    assert isinstance(some, UnknownChoice)
    assert (some.at, [kind(one) for one in some.between]) == (HERE, ["Direct", "Direct", "Via"])
    seen = choose(client(environment=BOTH))
    assert isinstance(seen, UnknownChoice)
    assert seen.reason.startswith("/etc/environment is read")
