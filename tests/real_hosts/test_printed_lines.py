"""What `client` prints for a host firewall, typed into the real program: it opens the port, and the undo restores."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest

from netcheck.model.hosts import Hook
from netcheck.remedy.client import plan_clients
from netcheck.remedy.snippet import Snippet
from netcheck.sets.packets import Header
from netcheck.sources.load import load_site
from tests.real_hosts.firewalld_server import START_FIREWALLD
from tests.real_hosts.frames import TCP
from tests.real_hosts.namespaces import HOST_ADDRESSES, Machines, missing

pytestmark = pytest.mark.real_hosts
FOUR, SIX = ("10.9.1.4", "fd00:9:1::4")
PROXY = {4: "10.9.0.4", 6: "fd00:9::4"}
SITE = """
netcheck: 1
location: westus
virtualNetworks:
  - name: vnet
    addressSpace: [10.9.0.0/16, "fd00:9::/32"]
    subnets:
      - {{name: proxies, addressPrefixes: [10.9.0.0/24, "fd00:9::/64"]}}
      - {{name: clients, addressPrefixes: [10.9.1.0/24, "fd00:9:1::/64"]}}
virtualMachines:
  - name: app-vm
    osType: Linux
    hostFirewall: none
    networkInterfaces: [{{name: app-nic, subnet: vnet/clients, privateIPAddresses: [10.9.1.4, "fd00:9:1::4"]}}]
  - name: proxy-vm
    osType: Linux
    networkInterfaces: [{{name: proxy-nic, subnet: vnet/proxies, privateIPAddresses: [10.9.0.4, "fd00:9::4"]}}]
    proxyServer: {{port: 3128}}
    hostFirewall: {firewall}
"""
IPTABLES = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:OWN - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m multiport --dports 3128,8080 -j OWN
-A OWN -m comment --comment "no clients yet" -j REJECT
COMMIT
"""
NFT = """table inet filter {
  chain input {
    type filter hook input priority filter; policy drop
    ct state established,related accept
    iif lo accept
    tcp dport 22 accept
  }
}
table ip local {
  set blocked { type ipv4_addr; flags interval; elements = { 10.9.1.0/24 } }
  chain first { type filter hook input priority -150; policy accept; }
  chain late { type filter hook input priority 20; policy accept; }
}
add rule ip local late ip saddr @blocked tcp dport 3128 reject
"""


def snippet(folder: Path, firewall: str, family: int) -> Snippet:
    """Return what is printed for the proxy's firewall, for clients that ask an address of a family."""
    path = folder / "site.yaml"
    path.write_text(SITE.format(firewall=firewall), encoding="utf-8")
    host = {4: PROXY[4], 6: f"[{PROXY[6]}]"}[family]
    plan = plan_clients(load_site([str(path)]), ["app-vm"], proxy_address=f"{host}:3128")
    [found] = [one for one in plan.proxies[0].snippets if one.kind in ("iptables", "nftables", "ufw", "firewalld")]
    assert found.read_back is not None
    assert str(found.read_back.verdict) == "reachable", found.read_back
    return found


def delivered(host: Machines) -> dict[str, bool]:
    """Return which first packets get in: those of the client and of others, on the proxy's port and the next one."""
    asked = {
        f"{source} {port}": Header(
            family=ip_address(source).version,
            protocol=TCP,
            destination_port=port,
            source_port=40000,
            source=int(ip_address(source)),
            destination=int(ip_address(PROXY[ip_address(source).version])),
        )
        for source in (FOUR, "10.9.1.5", SIX, "fd00:9:1::5")
        for port in (3128, 3129)
    }
    host.forget_connections()
    return dict(zip(asked, host.send(Hook.INPUT, list(asked.values())), strict=True))


def opened(family: int) -> dict[str, bool]:
    """Return what has to get in afterwards: the client on the proxy's port, and nothing else."""
    client = {4: FOUR, 6: SIX}[family]
    every = (f"{source} {port}" for source in (FOUR, "10.9.1.5", SIX, "fd00:9:1::5") for port in (3128, 3129))
    return {name: name == f"{client} 3128" for name in every}


def type_in(host: Machines, lines: tuple[str, ...]) -> None:
    """Type lines as root."""
    assert lines
    host.load(("bash", "-e"), "\n".join(lines))


def nft_undo(host: Machines, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the note says: `nft delete rule CHAIN handle N`, for what stands first in each chain."""
    found = []
    for line in lines:
        chain = " ".join(line.split()[3:6])
        listed = host.run(("nft", "-a", "list", "chain", *chain.split())).stdout
        [handle] = re.findall(r"tcp dport 3128 accept # handle (\d+)", listed)
        found.append(f"nft delete rule {chain} handle {handle}")
    return tuple(found)


def _iptables(host: Machines, folder: Path) -> tuple[str, Callable[[], str]]:
    host.load(("nft", "-f", "-"), "flush ruleset\n")
    for program, name in (("iptables", "4"), ("ip6tables", "6")):
        host.load((f"{program}-restore",), IPTABLES)
        (folder / name).write_text(host.run((f"{program}-save",)).stdout, encoding="utf-8")

    def dump() -> str:
        texts = (host.run((f"{program}-save",)).stdout for program in ("iptables", "ip6tables"))
        return re.sub(r"(?m)^#.*\n|\[\d+:\d+\]", "", "".join(texts))

    return "{kind: iptables, save: ['4', '6']}", dump


def _nftables(host: Machines, folder: Path) -> tuple[str, Callable[[], str]]:
    host.load(("nft", "-f", "-"), f"flush ruleset\n{NFT}")
    (folder / "rules").write_text(host.run(("nft", "list", "ruleset")).stdout, encoding="utf-8")
    return "{kind: nftables, ruleset: rules}", lambda: host.run(("nft", "list", "ruleset")).stdout


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("program", ["iptables", "nftables"])
def test_the_lines_open_the_port_and_are_taken_back(host: Machines, tmp_path: Path, program: str, family: int) -> None:
    """Before nothing gets in; then the client alone, on this port alone; then the rules are what they were."""
    why = missing("iptables-save", "nft")
    if why:
        pytest.skip(why)
    assert [str(a) for a in HOST_ADDRESSES][::2] == list(PROXY.values())
    firewall, dump = {"iptables": _iptables, "nftables": _nftables}[program](host, tmp_path)
    before = dump()
    assert not any(delivered(host).values())
    found = snippet(tmp_path, firewall, family)
    type_in(host, found.lines)
    assert delivered(host) == opened(family)
    type_in(host, found.undo if program == "iptables" else nft_undo(host, found.lines))
    assert dump() == before
    assert not any(delivered(host).values())
    host.load(("nft", "-f", "-"), "flush ruleset\n")


UFW = """
set -e
exec 2>&1
mount --bind {folder}/ufw /etc/ufw
mount --bind {folder}/ufw-defaults /etc/default/ufw
{commands}
ufw status verbose > {folder}/verbose
"""


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("has_rule", [False, True])
def test_the_lines_for_ufw(host: Machines, tmp_path: Path, has_rule: bool, family: int) -> None:
    """A rule that is there already, behind one that refuses, is not moved by ufw: the line is another one then."""
    why = missing("ufw", "iptables-save", "unshare")
    if why:
        pytest.skip(why)

    def ufw(*commands: str) -> None:
        script = UFW.format(folder=tmp_path, commands="\n".join(commands))
        done = host.run(("unshare", "-m", "bash", "-c", script))
        assert done.returncode == 0, done.stdout

    def status() -> str:
        return (tmp_path / "verbose").read_text(encoding="utf-8")

    host.load(("nft", "-f", "-"), "flush ruleset\n")
    host.load(("bash", "-c", f"cp -a /etc/ufw {tmp_path}/ufw; cp /etc/default/ufw {tmp_path}/ufw-defaults"), "")
    there = [f"ufw allow proto tcp from {client} to any port 3128" for client in (FOUR, SIX)]
    refused = [f"ufw deny from {place} to any port 3128" for place in ("10.9.1.0/24", "fd00:9:1::/64")]
    ufw("ufw --force enable", "ufw allow 22/tcp", *refused, *(there if has_rule else ()))
    before = status()
    assert not any(delivered(host).values())
    found = snippet(tmp_path, "{kind: ufw, status: verbose}", family)
    ufw(*found.lines)
    assert delivered(host) == opened(family)
    ufw(*found.undo)
    assert status() == before
    assert not any(delivered(host).values())
    ufw("ufw --force disable")
    host.load(("nft", "-f", "-"), "flush ruleset\n")


DAEMON = (
    START_FIREWALLD
    + """\
firewall-cmd -q --zone=work --add-source=10.9.1.0/24 --add-source=fd00:9:1::/64
firewall-cmd -q --zone=work --add-port=9999/tcp
keep() {{ iptables-save > {folder}/four-$1; ip6tables-save > {folder}/six-$1; }}
"""
)


@pytest.mark.parametrize("family", [4, 6])
def test_the_lines_for_firewalld(host: Machines, tmp_path: Path, family: int) -> None:
    """The clients come into a zone that was only set for the run: it is still there afterwards."""
    why = missing("firewalld", "firewall-cmd", "dbus-daemon", "iptables-save", "unshare")
    if why:
        pytest.skip(why)
    flush = "for p in iptables ip6tables; do for t in filter nat mangle raw; do $p -t $t -F; $p -t $t -X; done; done\n"
    listed = f"firewall-cmd --list-all-zones > {tmp_path}/zones; keep before\n"
    start = DAEMON.format(folder=tmp_path)

    def daemon(script: str) -> None:
        done = host.run(("unshare", "-m", "-p", "-f", "--mount-proc", "bash", "-c", script))
        assert done.returncode == 0, done.stdout

    daemon(start + listed + flush)
    found = snippet(tmp_path, "{kind: firewalld, zones: zones}", family)
    daemon("\n".join((f"rm -r {tmp_path}/etc", start, *found.lines, "keep open", *found.undo, "keep after", flush)))
    outcomes = []
    for stage in ("before", "open", "after"):
        for program, name in (("iptables", "four"), ("ip6tables", "six")):
            host.load((f"{program}-restore",), (tmp_path / f"{name}-{stage}").read_text(encoding="utf-8"))
        outcomes.append(delivered(host))
    host.load(("nft", "-f", "-"), "flush ruleset\n")
    closed = dict.fromkeys(outcomes[0], False)
    assert outcomes == [closed, opened(family), closed]
