"""HTTP proxies: the machine that is one, and the settings of those that use it. Named in `netcheck.model.site`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from netcheck.diagnostics import NOWHERE, Source
from netcheck.model.address import AddressRange
from netcheck.model.proxyacl import AclRule
from netcheck.model.rules import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAddress:
    """A proxy as a client setting names it. `has_credentials`: with a user name, which is not kept."""

    host: str
    port: int | None
    at: Source
    has_credentials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WinInet:
    """The WinINET settings of LocalSystem, the account that backup services run as; all empty: direct access.

    `script` is the address of an automatic configuration script, `detects` whether a proxy is looked for by itself.
    `unknown` says what leaves the settings open.
    """

    proxies: Mapping[str, ProxyAddress] = field(default_factory=dict)
    bypass: tuple[str, ...] = ()
    script: str = ""
    detects: bool = False
    unknown: str = ""
    at: Source = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEnvironment:
    """The proxy variables that the Linux agent's systemd unit hands to its service, and so to its extensions.

    `unknown` says what else hands over variables that the site does not tell.
    """

    environment: Mapping[str, ProxyAddress] = field(default_factory=dict)
    no_proxy: tuple[str, ...] = ()
    unknown: str = ""
    at: Source = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyClient:
    """The proxy settings of a VM, one field per place where a client can hold them.

    `winhttp` maps a scheme (`http`, `https`) to its proxy; None or empty means no such setting. A WinHTTP setting that
    lacks a scheme leaves that scheme without any path (documented for proxycfg). `winhttp_script` and `winhttp_detects`
    are what else finds a proxy; `winhttp_is_advanced` says that all of it stands in the advanced settings of newer
    systems. `environment` is `/etc/environment`, which maps `http`, `https` and
    `all`; `unit` is what the agent's service has, None where no file tells.
    """

    winhttp: Mapping[str, ProxyAddress] | None = None
    winhttp_bypass: tuple[str, ...] = ()
    winhttp_script: str = ""
    winhttp_detects: bool = False
    winhttp_is_advanced: bool = False
    wininet: WinInet | None = None
    environment: Mapping[str, ProxyAddress] = field(default_factory=dict)
    no_proxy: tuple[str, ...] = ()
    unit: ServiceEnvironment | None = None
    agent: ProxyAddress | None = None
    unknown: str = ""
    at: Source = NOWHERE


class ProxyProgram(StrEnum):
    """The program whose file describes a proxy; no file for a list in the site."""

    NO_FILE = ""
    SQUID = "squid"
    TINYPROXY = "tinyproxy"


PROXY_FILE_KEYS: Mapping[ProxyProgram, str] = MappingProxyType(
    {ProxyProgram.SQUID: "squidConf", ProxyProgram.TINYPROXY: "tinyproxyConf"}
)
"""The key of a site file that names the file of a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyServer:
    """An HTTP proxy on a VM. `acl` in order; what no line matches gets `default`.

    `requires_authentication`: no request passes without credentials. `unknown` names what else decides about
    requests and is not in the access list: then an allowed request may still fail. `listen` is the one address the port
    is bound to; None means all of the machine's. `file` is the file of `program` that it was read from, "" where there
    is none.
    """

    port: int
    at: Source
    acl: tuple[AclRule, ...] = ()
    default: Access = Access.ALLOW
    requires_authentication: bool = False
    unknown: str = ""
    listen: AddressRange | None = None
    file: str = field(default="", compare=False)
    program: ProxyProgram = field(default=ProxyProgram.NO_FILE, compare=False)
