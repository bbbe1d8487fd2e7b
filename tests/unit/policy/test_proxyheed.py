"""What a component that is none of Azure Backup does with a machine's proxy settings, as its profile has it."""

from __future__ import annotations

import pytest

from netcheck.diagnostics import NOWHERE
from netcheck.model.profiles import Heeds
from netcheck.model.site import ProxyAddress, ProxyClient
from netcheck.policy.proxychoice import Direct, NoPath, ProxyChoice, UnknownChoice, Via
from netcheck.policy.proxyheed import Component, choose_for_component

PROXY = ProxyAddress(host="10.0.0.5", port=8080, at=NOWHERE)
LOGIN = ProxyAddress(host="10.0.0.5", port=8080, at=NOWHERE, has_credentials=True)
WINDOWS = ProxyClient(at=NOWHERE, winhttp={"http": PROXY, "https": PROXY})


def choose(
    client: ProxyClient | None,
    heeds: Heeds,
    os_type: str = "Windows",
    port: int = 443,
    name: str = "mcr.microsoft.com",
) -> ProxyChoice:
    """Return the way of requests for a name."""
    return choose_for_component(client, os_type, heeds, Component("it", port, name))


@pytest.mark.parametrize("heeds", [Heeds.HONOURED, Heeds.IGNORED, Heeds.UNDOCUMENTED])
def test_without_settings_everything_goes_direct(heeds: Heeds) -> None:
    """Where no proxy is set it does not matter whether it would be heeded."""
    assert isinstance(choose(None, heeds), Direct)
    assert isinstance(choose(ProxyClient(at=NOWHERE), heeds), Direct)


def test_the_three_words() -> None:
    """Through it, past it, or one of both."""
    assert isinstance(choose(WINDOWS, Heeds.HONOURED), Via)
    assert isinstance(choose(WINDOWS, Heeds.IGNORED), Direct)
    open_choice = choose(WINDOWS, Heeds.UNDOCUMENTED)
    assert isinstance(open_choice, UnknownChoice)
    assert {type(one) for one in open_choice.between} == {Direct, Via}


def test_a_scheme_without_proxy_has_no_path() -> None:
    """WinHTTP's setting for https alone leaves http without a way, whoever asks."""
    client = ProxyClient(at=NOWHERE, winhttp={"https": PROXY})
    assert isinstance(choose(client, Heeds.HONOURED, port=80), NoPath)
    found = choose(client, Heeds.UNDOCUMENTED, port=80)
    assert isinstance(found, UnknownChoice)
    assert {type(one) for one in found.between} == {Direct, NoPath}


def test_another_port_is_open() -> None:
    """Whether requests to a port that is neither http's nor https's go through a proxy is not known."""
    assert isinstance(choose(WINDOWS, Heeds.HONOURED, port=9000), UnknownChoice)
    assert isinstance(choose(WINDOWS, Heeds.IGNORED, port=9000), Direct)


def test_a_proxy_that_asks_for_a_name_is_open() -> None:
    """Azure Backup has no login; of other programs the profile does not say."""
    client = ProxyClient(at=NOWHERE, winhttp={"https": LOGIN})
    assert isinstance(choose(client, Heeds.HONOURED), UnknownChoice)


@pytest.mark.parametrize(
    ("entry", "name", "expected"),
    [
        ("mcr.microsoft.com", "mcr.microsoft.com", Direct),
        ("MCR.Microsoft.com", "mcr.microsoft.com", Direct),
        ("*.microsoft.com", "mcr.microsoft.com", Direct),
        ("*", "mcr.microsoft.com", Direct),
        ("<local>", "mcr.microsoft.com", Via),
        ("www.microsoft.com", "mcr.microsoft.com", Via),
        ("cr.microsoft.com", "mcr.microsoft.com", Via),
        ("mcr.*", "mcr.microsoft.com", UnknownChoice),
        ("windowsupdate.com", ".windowsupdate.com", Via),
        ("*.windowsupdate.com", ".windowsupdate.com", Direct),
        ("www.windowsupdate.com", ".windowsupdate.com", UnknownChoice),
    ],
)
def test_the_bypass_list_of_winhttp(entry: str, name: str, expected: type[ProxyChoice]) -> None:
    """An entry takes a full name exactly, or by a star; of a suffix it takes all names or some."""
    client = ProxyClient(at=NOWHERE, winhttp={"https": PROXY}, winhttp_bypass=(entry,))
    assert isinstance(choose(client, Heeds.HONOURED, name=name), expected)


def test_the_agents_own_setting_is_not_for_others() -> None:
    """`HttpProxy` in waagent.conf is not passed on to anybody."""
    assert isinstance(choose(ProxyClient(at=NOWHERE, agent=PROXY), Heeds.HONOURED, "Linux"), Direct)


def test_the_environment_may_not_reach_a_service() -> None:
    """`/etc/environment` is read by login sessions: a daemon may have it or not."""
    client = ProxyClient(at=NOWHERE, environment={"https": PROXY})
    found = choose(client, Heeds.HONOURED, "Linux")
    assert isinstance(found, UnknownChoice)
    assert {type(one) for one in found.between} == {Direct, Via}
    assert isinstance(choose(client, Heeds.HONOURED, "Windows"), UnknownChoice)
