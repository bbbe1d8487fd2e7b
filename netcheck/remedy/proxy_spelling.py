"""What the proxy VM needs: its host firewall opened for the clients, and a list that lets storage names pass.

Semantics: squid's documentation of `acl` and `http_access`. How host firewalls are opened is in `firewall_spelling`.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange
from netcheck.model.profiles import Heeds
from netcheck.model.proxies import ProxyProgram
from netcheck.model.site import Site, VirtualMachine
from netcheck.questions.profiles import WIRE_SERVER, Need, profile_for, shown_name
from netcheck.questions.suffixes import storage_suffixes
from netcheck.remedy.firewall_spelling import firewall_snippets, wizard_snippets
from netcheck.remedy.snippet import ProxyEndpoint, Snippet

_BACKUP_SERVICES = (".blob.", ".queue.", ".table.")


def proxy_snippets(
    site: Site,
    vm: VirtualMachine | None,
    proxy: ProxyEndpoint,
    clients: Sequence[AddressRange],
    into: Sequence[str] = (),
) -> list[Snippet]:
    """Return what to set on the proxy so that these clients get through it to Storage.

    `into` is as `firewall_snippets` has it.
    """
    firewalls = [*firewall_snippets(vm, proxy.port, clients, into), *wizard_snippets(vm, proxy.port, clients)]
    match vm.proxy_server.program if vm and vm.proxy_server else ProxyProgram.NO_FILE:
        case ProxyProgram.SQUID:
            return [*firewalls, _inserted(site, clients)]
        case ProxyProgram.TINYPROXY:
            return [*firewalls, _tinyproxy(site, clients)]
        case _:
            return [*firewalls, _squid(site, proxy, clients)]


def _squid(site: Site, proxy: ProxyEndpoint, clients: Sequence[AddressRange]) -> Snippet:
    """The first matching `http_access` line decides, so what is refused for its port stands first."""
    needs = carried_needs(site)
    ports = sorted({port for need in needs for port in need.ports})
    tls = [str(port) for port in ports if port != 80] or ["443"]
    names = backup_names(site, needs)
    return Snippet(
        kind="squid",
        place="put into squid.conf before its own http_access lines; then squid -k parse and squid -k reconfigure",
        lines=(
            f"http_port {proxy.port}",
            f"acl netcheck_vms src {' '.join(str(a) for a in clients)}",
            f"acl netcheck_names dstdomain {' '.join(names)}",
            f"acl SSL_ports port {' '.join(tls)}",
            f"acl Safe_ports port {' '.join(str(port) for port in ports)}",
            "acl CONNECT method CONNECT",
            "http_access deny !Safe_ports",
            "http_access deny CONNECT !SSL_ports",
            "http_access allow netcheck_vms netcheck_names",
            "http_access deny all",
        ),
        notes=(
            "another proxy needs the same: these names and everything below them, for these clients and ports, "
            "without asking for a password",
            "the proxy resolves the names, so the proxy VM needs DNS and its own way to Storage",
        ),
    )


def _inserted(site: Site, clients: Sequence[AddressRange]) -> Snippet:
    """A squid.conf that is there keeps its own lines: one line before them lets these requests pass and no other."""
    needs = carried_needs(site)
    ports = sorted({port for need in needs for port in need.ports})
    return Snippet(
        kind="squid",
        place="put into squid.conf before its first http_access line; then squid -k parse and squid -k reconfigure",
        lines=(
            f"acl netcheck_vms src {' '.join(str(a) for a in clients)}",
            f"acl netcheck_names dstdomain {' '.join(backup_names(site, needs))}",
            f"acl netcheck_ports port {' '.join(str(port) for port in ports)}",
            "http_access allow netcheck_vms netcheck_names netcheck_ports",
        ),
        notes=("the proxy resolves the names, so the proxy VM needs DNS and its own way to Storage",),
    )


def _tinyproxy(site: Site, clients: Sequence[AddressRange]) -> Snippet:
    """What is to be added depends on lines that are there: the first `Allow` or `ConnectPort` shuts out all others."""
    needs = carried_needs(site)
    ports = sorted({port for need in needs for port in need.ports if port != 80})
    lines = " and ".join(f"`ConnectPort {port}`" for port in ports)
    return Snippet(
        kind="tinyproxy",
        place="no lines are printed for tinyproxy.conf; with the file as it is",
        lines=(),
        notes=(
            f"it needs, where it has any `Allow` or `Deny`: an `Allow` before them for {', '.join(map(str, clients))}; "
            f"where it has any `ConnectPort`: {lines}; where it has a `Filter`: that it lets "
            f"{', '.join(shown_name(name) for name in backup_names(site, needs))} pass",
            "the proxy resolves the names, so the proxy VM needs DNS and its own way to Storage",
        ),
    )


def carried_needs(site: Site) -> list[Need]:
    """Return the needs of the site's profile that a proxy can carry; where there are none, those of the article."""
    try:
        needs = profile_for(site).needs
    except QuestionError:  # the region is not known: names and ports do not depend on it
        needs = ()
    carried = [
        need
        for need in needs
        if need.target != WIRE_SERVER and need.protocol == "tcp" and need.heeds is not Heeds.IGNORED
    ]
    return carried or [Need(target="Storage", ports=(80, 443))]


def backup_names(site: Site, needs: Sequence[Need] = ()) -> list[str]:
    """Return the names that are asked for: of backup the suffixes of blob, queue and table, and what the needs add.

    Another service asks for its own names only.
    """
    if any(need.heeds is not Heeds.BY_PROFILE for need in needs):
        return list(dict.fromkeys(host for need in needs for host in need.hosts))
    storage = [s for s in storage_suffixes(site.cloud) if s.startswith(_BACKUP_SERVICES)]
    return list(dict.fromkeys([*storage, *(host for need in needs for host in need.hosts)]))
