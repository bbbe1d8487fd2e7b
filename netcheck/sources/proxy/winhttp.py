"""WinHTTP's proxy setting: as typed, as `netsh winhttp show proxy` prints it, and as `show advproxy` does.

Semantics: Microsoft Learn, "Netsh commands for WinHTTP" and "WINHTTP_PROXY_INFO". The advanced settings of Windows 11
and Windows Server 2022 are JSON with `Proxy`, `ProxyBypass`, `AutoconfigUrl`, `AutoDetect` and switches for them; they
are kept apart from the setting that `show proxy` shows. What netsh prints on a
system in another language has other labels: it is refused, for it must not be read as direct access.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from netcheck.diagnostics import Collector, Source
from netcheck.model.proxies import ProxyAddress
from netcheck.sources.proxy.address import fault, parse_bypass, parse_proxies

_LABEL = re.compile(r"^\s*(Proxy Server\(s\)|Bypass List)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^\s*Current WinHTTP (?:advanced )?proxy settings:\s*$", re.MULTILINE)
_DIRECT = re.compile(r"^\s*Direct access \(no proxy server\)\.?\s*$", re.MULTILINE)
_JSON_TEXTS = ("proxy", "proxybypass", "autoconfigurl")
_JSON_SWITCHES = {
    "proxyisenabled": True,
    "autoconfigisenabled": True,
    "autodetect": False,
    "peruserproxysettings": False,
}
_NO_ENGLISH = "this is not what `netsh winhttp show proxy` prints in English"
_ENGLISH = "paste what `netsh winhttp show proxy` prints on an English system, or the setting alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class WinHttp:
    """A WinHTTP setting: proxies by scheme, names that go direct, and what else finds a proxy. All empty: direct.

    `is_advanced`: it stands in the advanced settings, which `netsh winhttp show proxy` does not show.
    """

    proxies: dict[str, ProxyAddress] = field(default_factory=dict)
    bypass: tuple[str, ...] = ()
    script: str = ""
    detects: bool = False
    is_advanced: bool = False


def read_winhttp_file(path: str, collector: Collector) -> WinHttp:
    """Read a file with what `netsh winhttp show proxy` or `show advproxy` printed."""
    from netcheck.sources._text import read_text

    text, at = read_text(path), Source(path)
    if not _is_printed(text) and "{" not in text:
        collector.add(fault("NC174", _NO_ENGLISH, at, _ENGLISH))
        return WinHttp()
    return parse_winhttp(text, at, collector)


def parse_winhttp(text: str, at: Source, collector: Collector) -> WinHttp:
    """Read a bare setting (`http=host:port;https=host:port`), or what netsh prints.

    A server without a scheme serves both `http` and `https`. A text with no meaning is a fault that is collected.
    """
    if "{" in text:
        return _advanced(text, at, collector)
    if not _is_printed(text):
        return WinHttp(proxies=parse_proxies(text, at, collector))
    text = "\n".join(text.splitlines())
    strange = _LABEL.sub("", _DIRECT.sub("", _HEADING.sub("", text))).split("\n")
    labels = dict(_LABEL.findall(text))
    is_direct = bool(_DIRECT.search(text))
    # A proxy is followed by its bypass list, `(none)` where that is empty: without it the text is cut.
    is_proxy = bool(labels.get("Proxy Server(s)") and labels.get("Bypass List"))
    if any(line.strip() for line in strange) or is_direct == bool(labels) or is_proxy == is_direct:
        collector.add(fault("NC174", _NO_ENGLISH, at, _ENGLISH))
        return WinHttp()
    listed = labels.get("Bypass List", "(none)")
    bypass = () if listed.lower() == "(none)" else parse_bypass(listed)
    return WinHttp(proxies=parse_proxies(labels.get("Proxy Server(s)", ""), at, collector), bypass=bypass)


def _is_printed(text: str) -> bool:
    return "\n" in text.strip() or "WinHTTP" in text or bool(_DIRECT.search(text) or _LABEL.search(text))


def _advanced(text: str, at: Source, collector: Collector) -> WinHttp:
    """Read the JSON of `show advproxy`; what stands before it is a heading in any language."""
    first, last = text.index("{"), text.rfind("}")
    try:
        found = json.loads(text[first : last + 1])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or text[last + 1 :].strip():
        message = "the advanced WinHTTP settings are no JSON object"
        collector.add(fault("NC174", message, at, "give what `netsh winhttp show advproxy` prints"))
        return WinHttp()
    values = {name.casefold(): value for name, value in found.items()}
    strange = [name for name in found if name.casefold() not in (*_JSON_TEXTS, *_JSON_SWITCHES)]
    texts = {name: values.get(name) or "" for name in _JSON_TEXTS}
    switches = {name: values.get(name, usual) for name, usual in _JSON_SWITCHES.items()}
    is_typed = all(isinstance(one, str) for one in texts.values()) and all(
        type(one) is bool for one in switches.values()
    )
    if strange or not is_typed:
        named = f"`{strange[0][:60]}` is not known" if strange else "a value has the wrong type"
        message = f"the advanced WinHTTP settings cannot be read: {named}"
        collector.add(fault("NC174", message, at, "known are Proxy, ProxyBypass, AutoconfigUrl and AutoDetect"))
        return WinHttp()
    is_on = switches["proxyisenabled"]
    return WinHttp(
        proxies=parse_proxies(texts["proxy"], at, collector) if is_on else {},
        bypass=parse_bypass(texts["proxybypass"]) if is_on else (),
        script=texts["autoconfigurl"].strip() if switches["autoconfigisenabled"] else "",
        detects=switches["autodetect"],
        is_advanced=True,
    )
