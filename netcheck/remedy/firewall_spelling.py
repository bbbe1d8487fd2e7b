"""How a proxy's host firewall is opened for its clients, in the words of each firewall.

Semantics: "Prepare your environment to back up Azure virtual machines" (2015-11), step B; Microsoft Learn,
"New-NetFirewallRule"; manual pages of iptables, nft, ufw, firewall-cmd and firewalld.richlanguage.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.model.site import (
    ChainFirewall,
    HostFirewallKind,
    NoHostFirewall,
    VirtualMachine,
    WindowsFirewall,
)
from netcheck.remedy.snippet import Snippet

_LINUX = (
    HostFirewallKind.IPTABLES,
    HostFirewallKind.NFTABLES,
    HostFirewallKind.UFW,
    HostFirewallKind.FIREWALLD,
)


def firewall_snippets(
    vm: VirtualMachine | None, port: int, sources: Sequence[AddressRange], into: Sequence[str] = ()
) -> list[Snippet]:
    """Return how a proxy's host firewall lets in TCP to a port: from some addresses, from any where none is given.

    `into` names the base chains of nftables or the zone of firewalld that the rules have to go into, or the addresses
    that they have to name in ufw.
    """
    return [_firewall(kind, port, sources, into) for kind in _kinds(vm)]


def wizard_snippets(vm: VirtualMachine | None, port: int, sources: Sequence[AddressRange]) -> list[Snippet]:
    """Return the same for those who click, as the article has it: the pages of the wizard for a new inbound rule."""
    return [_wizard(port, sources)] if HostFirewallKind.WINDOWS in _kinds(vm) else []


def _kinds(vm: VirtualMachine | None) -> tuple[HostFirewallKind, ...]:
    """Return the host firewalls that may stand on the proxy: the one the site names, else those of its system."""
    match vm.host_firewall if vm else None:
        case NoHostFirewall():
            return ()
        case WindowsFirewall():
            return (HostFirewallKind.WINDOWS,)
        case ChainFirewall(kind=kind):
            return (kind,)
        case _:
            by_system = {"windows": (HostFirewallKind.WINDOWS,), "linux": _LINUX}
            return by_system.get(key(vm.os_type) if vm else "", (HostFirewallKind.WINDOWS, *_LINUX))


def _firewall(kind: HostFirewallKind, port: int, clients: Sequence[AddressRange], into: Sequence[str]) -> Snippet:
    match kind:
        case HostFirewallKind.WINDOWS:
            return _windows(port, clients)
        case HostFirewallKind.IPTABLES:
            return _iptables(port, clients)
        case HostFirewallKind.NFTABLES:
            return _nftables(port, clients, into)
        case HostFirewallKind.FIREWALLD:
            return _firewalld(port, clients, "".join(into))
        case _:
            return _ufw(port, clients, into)


def _windows(port: int, clients: Sequence[AddressRange]) -> Snippet:
    name = f'"HTTP proxy (TCP {port})"'
    remote = ",".join(host_text(address) for address in clients) or "Any"
    return Snippet(
        kind="windowsFirewall",
        place="type as administrator, in PowerShell (Windows Defender Firewall)",
        lines=(
            f"New-NetFirewallRule -DisplayName {name} -Direction Inbound -Action Allow -Protocol TCP "
            f"-LocalPort {port} -RemoteAddress {remote} -Profile Any",
        ),
        undo=(f"Remove-NetFirewallRule -DisplayName {name}",),
        notes=("a block rule that matches the same packets wins over it, whatever the order",),
    )


def _wizard(port: int, clients: Sequence[AddressRange]) -> Snippet:
    remote = ", ".join(host_text(address) for address in clients) or "Any IP address"
    return Snippet(
        kind="windowsWizard",
        place="or click, as the article has it: wf.msc, Inbound Rules, New Rule",
        lines=(
            "Rule Type: Custom",
            "Program: All programs",
            "Protocol type: TCP",
            f"Local port: {port}",
            "Remote port: All Ports",
            "Local IP address: Any IP address",
            f"Remote IP address: {remote}",
            "Action: Allow the connection",
            "Profile: Domain, Private, Public",
            f"Name: HTTP proxy (TCP {port})",
        ),
        notes=("the article leaves the remote address at any; this admits the clients only",),
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


def _nftables(port: int, clients: Sequence[AddressRange], chains: Sequence[str]) -> Snippet:
    froms = [f"{'ip6' if a.family == 6 else 'ip'} saddr {host_text(a)} " for a in clients] or [""]
    named = list(chains) or ["inet filter input"]
    lines = [f"nft insert rule {chain} {source}tcp dport {port} accept" for chain in named for source in froms]
    chain = named[0]
    usual = "`inet filter input` is the usual base chain; `nft list ruleset` shows yours, and every base chain of the "
    return Snippet(
        kind="nftables",
        place="type as root, where nftables is the firewall",
        lines=tuple(lines),
        notes=(
            *(() if chains else (f"{usual}input hook must accept",)),
            f"to take it back: `nft -a list chain {chain}`, then `nft delete rule {chain} handle N`",
            "gone after a restart, unless the file that the system loads (/etc/nftables.conf) has it as well",
        ),
    )


def _ufw(port: int, clients: Sequence[AddressRange], own: Sequence[str]) -> Snippet:
    """`own` are the proxy's addresses, where a rule for any of them is there already: ufw would not move that one."""
    rules = []
    for one in clients:
        to = next((address for address in own if (":" in address) == (one.family == 6)), "any")
        rules.append(f"allow proto tcp from {host_text(one)} to {to} port {port}")
    rules = rules or [f"allow proto tcp from any to any port {port}"]
    return Snippet(
        kind="ufw",
        place="type as root, where ufw is the firewall",
        lines=tuple(f"ufw prepend {rule}" for rule in rules),
        undo=tuple(f"ufw delete {rule}" for rule in rules),
    )


def _firewalld(port: int, clients: Sequence[AddressRange], zone: str) -> Snippet:
    """A rich rule is looked at before the zone's target; without `--zone` it goes into the default zone.

    Each rule is added to what runs and to what is kept: `--reload` would drop whatever was only set for the run.
    """
    into = f"--zone={zone} " if zone else ""
    admitted = [
        f'rich-rule=\'rule family="ipv{a.family}" source address="{host_text(a)}" '
        f'port port="{port}" protocol="tcp" accept\''
        for a in clients
    ] or [f"port={port}/tcp"]
    return Snippet(
        kind="firewalld",
        place="type as root, where firewalld is the firewall",
        lines=tuple(f"firewall-cmd {keep}{into}--add-{one}" for one in admitted for keep in ("", "--permanent ")),
        undo=tuple(f"firewall-cmd {keep}{into}--remove-{one}" for one in admitted for keep in ("", "--permanent ")),
        notes=()
        if zone
        else (
            "this is the default zone; where the clients' packets come into another one (`firewall-cmd "
            "--get-active-zones`), add `--zone=NAME` to each line",
        ),
    )


def host_text(address: AddressRange) -> str:
    """Return an address without the length of a whole one, as most programs want it."""
    return str(address).removesuffix("/32" if address.family == 4 else "/128")
