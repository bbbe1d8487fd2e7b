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
    """A proxy as a client setting names it."""

    host: str
    port: int | None
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyClient:
    """The proxy settings of a VM, one field per place where a client can hold them.

    `winhttp` maps a scheme (`http`, `https`) to its proxy; None means no such setting. A WinHTTP setting that lacks a
    scheme leaves that scheme without any path (documented for proxycfg). `environment` maps `http` and `https`.
    """

    winhttp: Mapping[str, ProxyAddress] | None = None
    winhttp_bypass: tuple[str, ...] = ()
    environment: Mapping[str, ProxyAddress] = field(default_factory=dict)
    no_proxy: tuple[str, ...] = ()
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
