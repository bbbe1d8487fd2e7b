"""Three network namespaces of the test's own: a client, the host under test, a server behind it.

    client ---- eth0 host eth1 ---- server

The host has the addresses HOST_ADDRESSES, routes SERVER_NETWORKS to the server through eth1 and everything else to the
client through eth0, and forwards. Use::

    why = missing("nft")                     # "" or why the test has to be skipped
    with machines() as host:
        host.load(("nft", "-f", "-"), text)  # runs a program in the host; Refused when it ends with a fault
        text = host.run(("nft", "list", "ruleset")).stdout
        host.forget_connections()            # every packet is again the first of its connection
        delivered = host.send(Hook.INPUT, headers)

`send` takes `netcheck.sets.packets.Header` values, each different from the others, and returns for each whether the
packet came through: `Hook.INPUT` from the client to a program of the host, `Hook.OUTPUT` from a process of root in the
host to the client (or the server), `Hook.FORWARD` from the client through the host to the server. A header becomes a
TCP SYN, a UDP datagram, an ICMP or ICMPv6 echo request, or bare payload of one of PROTOCOLS. Sources of input and
forward may be any unicast address but the host's and loopback; destinations of input and sources of output are
HOST_ADDRESSES; destinations of forward lie in SERVER_NETWORKS.

Nothing waits for a time-out: after the packets a barrier frame goes the same way on the same processor, and netfilter
works in that order. What has not arrived when the barrier arrives was dropped. The namespaces have no name: they end
with the process, and nothing outside them is changed.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from netcheck.model.hosts import Hook
from netcheck.sets.packets import Header
from tests.real_hosts.frames import AH, ESP, GRE, ICMP, ICMPV6, SCTP, TCP, UDP, ethernet, ip_packet, number_of

T = TypeVar("T")
HOST_ADDRESSES = tuple(ip_address(text) for text in ("10.9.0.4", "10.9.0.5", "fd00:9::4", "fd00:9::5"))
SERVER_NETWORKS: Mapping[int, str] = MappingProxyType({4: "10.8.0.0/16", 6: "fd00:8::/32"})
PROTOCOLS = (TCP, UDP, ICMP, ICMPV6, GRE, ESP, AH, SCTP)

_CLONE_NEWNET = 0x40000000
_BARRIER = 0x88B5  # IEEE 802: an EtherType for local experiments
_ETH_P_ALL = 3
_IPV6_HDRINCL = 36
_ETHERTYPES = {4: 0x0800, 6: 0x86DD}
_MOST_AT_ONCE = 200  # a processor's queue of arrived frames holds 1000
_MACS = {name: bytes((2, 0, 0, 0, 0, i)) for i, name in enumerate(("client", "eth0", "eth1", "server"), 1)}
_GATEWAYS = {"eth0": ("10.9.255.1", "fe80::c"), "eth1": ("10.9.255.2", "fe80::5")}
_FAR_END = {"eth0": "client", "eth1": "server"}
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class RefusedError(Exception):
    """A program did not take what it was given; the text is what it says."""


class LostError(Exception):
    """A barrier did not arrive: the namespaces do not work as described, and no outcome is known."""


def missing(*programs: str) -> str:
    """Return why tests with these programs cannot run here, or an empty text."""
    if os.environ.get("NETCHECK_REAL_HOSTS") == "0":
        return "NETCHECK_REAL_HOSTS=0 turns the tests with real firewalls and proxies off"
    absent = [name for name in ("ip", "nsenter", *programs) if shutil.which(name, path=_PATH) is None]
    if absent:
        return f"{', '.join(absent)} not installed: bash tests/real_hosts/install.sh"
    try:
        os.close(_new_namespace())
    except OSError as error:
        return f"no network namespace can be made here (root is needed): {error.strerror}"
    return ""


@dataclass(frozen=True)
class _Sockets:
    """Sockets keep to the namespace they were made in, whoever uses them."""

    client: socket.socket
    server: socket.socket
    eth0: socket.socket
    eth1: socket.socket
    received: tuple[socket.socket, ...]
    raw: Mapping[int, socket.socket]
    netlink: socket.socket


@dataclass
class Machines:
    """The three namespaces; see the module."""

    _host: int
    _sockets: _Sockets
    _sent: int = field(default=0)

    def run(self, command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program in the host's namespace, `text` as its input."""
        return _run_inside(self._host, command, text)

    def load(self, command: Sequence[str], text: str) -> None:
        """Run a program that must succeed; raise RefusedError with what it says otherwise."""
        done = self.run(command, text)
        if done.returncode:
            raise RefusedError(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")

    def forget_connections(self) -> None:
        """Empty the table of connections (ctnetlink: a delete request that names none means all)."""
        request = struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 0x5, 1, 0, 0, 0, 0)
        self._sockets.netlink.send(request)
        answer = self._sockets.netlink.recv(4096)
        failure = struct.unpack_from("=i", answer, 16)[0]
        if failure:
            raise OSError(-failure, os.strerror(-failure))

    def send(self, hook: Hook, headers: Sequence[Header]) -> list[bool]:
        """Send one packet a header and return which came through, in the order of the headers."""
        if len(set(headers)) < len(headers):
            raise ValueError("headers must differ: a second packet is not the first of its connection")
        delivered: list[bool] = []
        with _on_one_processor():
            for start in range(0, len(headers), _MOST_AT_ONCE):
                delivered += self._send_some(hook, headers[start : start + _MOST_AT_ONCE])
        return delivered

    def _send_some(self, hook: Hook, headers: Sequence[Header]) -> list[bool]:
        sockets = self._sockets
        first = self._sent
        self._sent += len(headers)
        refused = {first + i for i, header in enumerate(headers) if not self._send_one(hook, header, first + i)}
        if hook is Hook.INPUT:
            _barrier(sockets.client, sockets.eth0, "client", "eth0")
            seen = _numbers(sockets.received)
        elif hook is Hook.FORWARD:
            _barrier(sockets.client, sockets.eth0, "client", "eth0")
            seen = _barrier(sockets.eth1, sockets.server, "eth1", "server")
        else:
            seen = _barrier(sockets.eth0, sockets.client, "eth0", "client")
            seen |= _barrier(sockets.eth1, sockets.server, "eth1", "server")
        _numbers((*sockets.received, sockets.client, sockets.server, sockets.eth0, sockets.eth1))
        return [first + i in seen - refused for i in range(len(headers))]

    def _send_one(self, hook: Hook, header: Header, number: int) -> bool:
        """Send a packet; False: the sender itself was told that it may not (a drop in the output hook)."""
        packet = ip_packet(header, number)
        if hook is not Hook.OUTPUT:
            frame = ethernet(_MACS["eth0"], _MACS["client"], _ETHERTYPES[header.family], packet)
            self._sockets.client.send(frame)
            return True
        address = str(ip_address(header.destination.to_bytes(4 if header.family == 4 else 16, "big")))
        try:
            self._sockets.raw[header.family].sendto(packet, (address, 0))
        except PermissionError:
            return False
        return True


@contextmanager
def machines() -> Iterator[Machines]:
    """Make the namespaces and what is in them; all of it ends with the block."""
    with ExitStack() as stack:
        client, host, server = (_new_namespace() for _ in range(3))
        for namespace in (client, host, server):
            stack.callback(os.close, namespace)
        for name, far in (("eth0", client), ("eth1", server)):
            _link(host, name, far)
        for address in HOST_ADDRESSES:
            _ip(host, "address", "add", str(address), "dev", "eth0", *(["nodad"] if address.version == 6 else []))
        for family, network in SERVER_NETWORKS.items():
            _route(host, family, network, "eth1")
            _route(host, family, "default", "eth0")
        made = _Sockets(
            client=_inside(client, lambda: _frames("eth0")),
            server=_inside(server, lambda: _frames("eth0")),
            eth0=_inside(host, lambda: _frames("eth0", _BARRIER)),
            eth1=_inside(host, lambda: _frames("eth1", _BARRIER)),
            received=_inside(host, _receivers),
            raw=_inside(host, lambda: {4: _sender(socket.AF_INET), 6: _sender(socket.AF_INET6)}),
            netlink=_inside(host, lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)),
        )
        for one in (made.client, made.server, made.eth0, made.eth1, *made.received, *made.raw.values(), made.netlink):
            stack.callback(one.close)
        yield Machines(host, made)


def _inside(namespace: int, call: Callable[[], T]) -> T:
    """Call something in a thread of its own that has entered a namespace: no other thread ever leaves its own."""
    found: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            _enter(namespace)
            found.append(call())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _new_namespace() -> int:
    """Return a descriptor of a new network namespace, which lasts as long as something refers to it."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY)

    def make() -> int:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    try:
        return _inside(own, make)
    finally:
        os.close(own)


def _run_inside(namespace: int, command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["nsenter", f"--net=/proc/{os.getpid()}/fd/{namespace}", "--", *command],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PATH": _PATH, "LC_ALL": "C.UTF-8"},
    )


def _ip(namespace: int, *words: str) -> None:
    done = _run_inside(namespace, ("ip", *words))
    if done.returncode:
        raise RefusedError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _link(host: int, name: str, far: int) -> None:
    """Join an interface of the host to `eth0` of another namespace, and let nothing but our frames pass over it."""
    far_mac = _MACS[_FAR_END[name]].hex(":")
    far_end = ("eth0", "address", far_mac, "netns", f"/proc/{os.getpid()}/fd/{far}")
    _inside(far, lambda: _set("ipv6/conf/default/disable_ipv6", 1))
    if name == "eth0":
        _inside(host, _settle)
        _ip(host, "link", "set", "lo", "up")
    _ip(host, "link", "add", name, "address", _MACS[name].hex(":"), "type", "veth", "peer", "name", *far_end)
    _ip(far, "link", "set", "eth0", "up")
    _ip(host, "link", "set", name, "up")
    for gateway in _GATEWAYS[name]:
        _ip(host, "neighbour", "add", gateway, "lladdr", far_mac, "nud", "permanent", "dev", name)


def _settle() -> None:
    """Let the host forward, take packets of any source, answer no router, and check no checksum."""
    for one in ("all", "default"):
        _set(f"ipv4/conf/{one}/rp_filter", 0)
        _set(f"ipv4/conf/{one}/forwarding", 1)
        _set(f"ipv6/conf/{one}/forwarding", 1)
        _set(f"ipv6/conf/{one}/accept_dad", 0)
    _set("ipv4/icmp_echo_ignore_all", 1)
    _set("ipv6/icmp/echo_ignore_all", 1)


def _set(name: str, value: int) -> None:
    Path("/proc/sys/net", name).write_text(f"{value}\n", encoding="ascii")


def _route(host: int, family: int, network: str, device: str) -> None:
    gateway = _GATEWAYS[device][0 if family == 4 else 1]
    _ip(host, f"-{family}", "route", "add", network, "via", gateway, "dev", device, "onlink")


def _frames(device: str, kind: int = _ETH_P_ALL) -> socket.socket:
    """Return a socket that sends frames through a device and gets those that arrive on it."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind))
    made.bind((device, kind))
    return _ample(made)


def _receivers() -> tuple[socket.socket, ...]:
    """Return sockets that get each packet the input hook has let through (raw(7): copies after netfilter)."""
    families = (socket.AF_INET, socket.AF_INET6)
    return tuple(_ample(socket.socket(f, socket.SOCK_RAW, protocol)) for f in families for protocol in PROTOCOLS)


def _sender(family: socket.AddressFamily) -> socket.socket:
    made = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, _IPV6_HDRINCL, 1)
    return made


def _ample(made: socket.socket) -> socket.socket:
    """Make room for whatever arrives between two looks at a socket (SO_RCVBUFFORCE)."""
    made.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
    made.setblocking(False)
    return made


@contextmanager
def _on_one_processor() -> Iterator[None]:
    """Keep this thread on one processor: arrived frames wait in a queue for each."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _barrier(sender: socket.socket, receiver: socket.socket, here: str, there: str) -> set[int]:
    """Send a frame that no firewall looks at and wait for it; return the numbers of the packets seen before it."""
    token = os.urandom(32)
    sender.send(ethernet(_MACS[there], _MACS[here], _BARRIER, token))
    seen: set[int] = set()
    while True:
        if not select.select([receiver], [], [], 10)[0]:
            raise LostError(f"no frame passes from {here} to {there}")
        frame = receiver.recv(65536)
        number = number_of(frame)
        if number is not None:
            seen.add(number)
        elif frame.endswith(token):
            return seen


def _numbers(sockets: Sequence[socket.socket]) -> set[int]:
    """Empty sockets and return the numbers of the packets in them."""
    seen: set[int] = set()
    for one in sockets:
        while True:
            try:
                number = number_of(one.recv(65536))
            except BlockingIOError:
                break
            if number is not None:
                seen.add(number)
    return seen
