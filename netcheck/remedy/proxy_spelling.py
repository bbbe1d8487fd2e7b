"""What the proxy VM needs: its host firewall opened for the clients, and a list that lets storage names pass.

Semantics: "Prepare your environment to back up Azure virtual machines" (2015-11), step B; Microsoft Learn,
"New-NetFirewallRule"; manual pages of iptables, nft and ufw; squid's documentation of `acl` and `http_access`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.model.site import (
    ChainFirewall,
    HostFirewallKind,
    NoHostFirewall,
    Site,
    UnreadHostFirewall,
    VirtualMachine,
    WindowsFirewall,
)
from netcheck.questions.profiles import WIRE_SERVER, Need, profile_for
from netcheck.questions.suffixes import storage_suffixes
from netcheck.remedy.snippet import ProxyEndpoint, Snippet

_BACKUP_SERVICES = (".blob.", ".queue.", ".table.")
_LINUX = (HostFirewallKind.IPTABLES, HostFirewallKind.NFTABLES, HostFirewallKind.UFW)


def proxy_snippets(
    site: Site, vm: VirtualMachine | None, proxy: ProxyEndpoint, clients: Sequence[VirtualMachine]
) -> list[Snippet]:
    """Return what to set on the proxy so that these clients get through it to Storage."""
    addresses = list(dict.fromkeys(address for client in clients for address in client.primary.addresses))
    return [*firewall_snippets(vm, proxy.port, addresses), _squid(site, proxy, addresses)]


def firewall_snippets(vm: VirtualMachine | None, port: int, sources: Sequence[AddressRange]) -> list[Snippet]:
    """Return how a proxy's host firewall lets in TCP to a port: from some addresses, from any where none is given."""
    return [_firewall(kind, port, sources) for kind in _kinds(vm)]


def _kinds(vm: VirtualMachine | None) -> tuple[HostFirewallKind, ...]:
    """Return the host firewalls that may stand on the proxy: the one the site names, else those of its system."""
    match vm.host_firewall if vm else None:
        case NoHostFirewall():
            return ()
        case WindowsFirewall():
            return (HostFirewallKind.WINDOWS,)
        case ChainFirewall(kind=kind) | UnreadHostFirewall(kind=kind):
            return (kind,)
        case _:
            by_system = {"windows": (HostFirewallKind.WINDOWS,), "linux": _LINUX}
            return by_system.get(key(vm.os_type) if vm else "", (HostFirewallKind.WINDOWS, *_LINUX))


def _firewall(kind: HostFirewallKind, port: int, clients: Sequence[AddressRange]) -> Snippet:
    match kind:
        case HostFirewallKind.WINDOWS:
            return _windows(port, clients)
        case HostFirewallKind.IPTABLES:
            return _iptables(port, clients)
        case HostFirewallKind.NFTABLES:
            return _nftables(port, clients)
        case _:
            return _ufw(port, clients)


def _windows(port: int, clients: Sequence[AddressRange]) -> Snippet:
    name = f'"HTTP proxy (TCP {port})"'
    remote = ",".join(_host(address) for address in clients) or "Any"
    return Snippet(
        kind="windowsFirewall",
        place="type as administrator, in PowerShell (Windows Defender Firewall)",
        lines=(
            f"New-NetFirewallRule -DisplayName {name} -Direction Inbound -Action Allow -Protocol TCP "
            f"-LocalPort {port} -RemoteAddress {remote} -Profile Any",
        ),
        undo=(f"Remove-NetFirewallRule -DisplayName {name}",),
        notes=(
            "the article's wizard: new inbound rule, custom, all programs, protocol TCP, specific local port "
            f"{port}, all remote ports, any address, allow the connection, all profiles; the command above admits "
            "the clients' addresses only",
            "a block rule that matches the same packets wins over it, whatever the order",
        ),
    )


def _iptables(port: int, clients: Sequence[AddressRange]) -> Snippet:
    rules = [("ip6tables" if a.family == 6 else "iptables", f"-p tcp -s {a} --dport {port} -j ACCEPT") for a in clients]
    rules = rules or [(program, f"-p tcp --dport {port} -j ACCEPT") for program in ("iptables", "ip6tables")]
    return Snippet(
        kind="iptables",
        place="type as root, where iptables is the firewall",
        lines=tuple(f"{program} -I INPUT {rule}" for program, rule in rules),
        undo=tuple(f"{program} -D INPUT {rule}" for program, rule in rules),
        notes=("gone after a restart, unless what keeps the rules of this system saves them",),
    )


def _nftables(port: int, clients: Sequence[AddressRange]) -> Snippet:
    froms = [f"{'ip6' if a.family == 6 else 'ip'} saddr {_host(a)} " for a in clients] or [""]
    lines = (f"nft insert rule inet filter input {source}tcp dport {port} accept" for source in froms)
    return Snippet(
        kind="nftables",
        place="type as root, where nftables is the firewall",
        lines=tuple(lines),
        notes=(
            "`inet filter input` is the usual base chain; `nft list ruleset` shows yours, and every base chain of the "
            "input hook must accept",
            "to take it back: `nft -a list chain inet filter input`, then `nft delete rule inet filter input handle N`",
        ),
    )


def _ufw(port: int, clients: Sequence[AddressRange]) -> Snippet:
    rules = [f"allow proto tcp from {source} to any port {port}" for source in map(_host, clients)]
    rules = rules or [f"allow proto tcp from any to any port {port}"]
    return Snippet(
        kind="ufw",
        place="type as root, where ufw is the firewall",
        lines=tuple(f"ufw prepend {rule}" for rule in rules),
        undo=tuple(f"ufw delete {rule}" for rule in rules),
    )


def _host(address: AddressRange) -> str:
    return str(address).removesuffix("/32" if address.family == 4 else "/128")


def _squid(site: Site, proxy: ProxyEndpoint, clients: Sequence[AddressRange]) -> Snippet:
    """The first matching `http_access` line decides, so what is refused for its port stands first."""
    needs = _needs(site)
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


def _needs(site: Site) -> list[Need]:
    """Return the needs of the site's profile that a proxy can carry; where there are none, those of the article."""
    try:
        needs = profile_for(site).needs
    except QuestionError:  # the region is not known: names and ports do not depend on it
        needs = ()
    carried = [need for need in needs if need.target != WIRE_SERVER]
    return carried or [Need(target="Storage", ports=(80, 443))]


def backup_names(site: Site, needs: Iterator[Need] | Sequence[Need] = ()) -> list[str]:
    """Return the host suffixes that backup traffic asks for: blob, queue and table, and what the needs add."""
    storage = [s for s in storage_suffixes(site.cloud) if s.startswith(_BACKUP_SERVICES)]
    return list(dict.fromkeys([*storage, *(host for need in needs for host in need.hosts)]))
