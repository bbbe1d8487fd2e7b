"""What `netsh advfirewall show allprofiles` prints on an English system: the settings of each profile.

Semantics: Microsoft Learn, "netsh advfirewall set allprofiles": `BlockInboundAlways` ignores the rules that allow.
"""

from __future__ import annotations

import re

from netcheck.diagnostics import Source
from netcheck.model.rules import Access, Profile
from netcheck.sources.windows.part import COLLECT, Faults, Part, Scope, Setting, shorten

_HEADER = re.compile(r"(Domain|Private|Public) Profile Settings:\s*\Z")
_LINE = re.compile(r"(\S+(?: \S+)*?)\s{2,}(\S.*?)\s*\Z")
_STATES = {"on": True, "off": False}
_INBOUND = {
    "blockinbound": (Access.DENY, True),
    "blockinboundalways": (Access.DENY, False),
    "allowinbound": (Access.ALLOW, True),
}
_OUTBOUND = {"allowoutbound": Access.ALLOW, "blockoutbound": Access.DENY}
_MERGE = {"enable": True, "disable": False}


def is_profile_header(line: str) -> bool:
    """Return whether a line begins the settings of a profile."""
    return _HEADER.match(line) is not None


def read_profiles(lines: list[tuple[int, str]], part: Part, faults: Faults) -> None:
    """Read the settings of the profiles a listing shows; one without its last line is cut off."""
    profile: Profile | None = None
    last = faults.at(1)
    for number, line in lines:
        header, setting = _HEADER.match(line), _LINE.match(line)
        if header is not None:
            profile, last = Profile(header[1]), faults.at(number)
            part.scopes |= {Scope.LOCAL_SETTINGS}
        elif line.strip() == "Ok.":
            profile = None
        elif profile is not None and setting is not None:
            _setting(setting[1], setting[2], profile, faults.at(number), part, faults)
    if profile is not None:
        message = f"the settings of profile {profile} do not end with `Ok.`: the listing is cut off"
        faults.unreadable(message, last, COLLECT)


def _setting(name: str, text: str, profile: Profile, at: Source, part: Part, faults: Faults) -> None:
    found: list[tuple[str, bool | Access | None]] = []
    folded = text.casefold()
    if name == "State":
        found.append(("is_enabled", _STATES.get(folded)))
    elif name == "Firewall Policy":
        inbound, _, outbound = folded.replace(" ", "").partition(",")
        default, counts = _INBOUND.get(inbound, (None, None))
        found += [("default_inbound", default), ("allows_inbound_rules", counts)]
        found.append(("default_outbound", _OUTBOUND.get(outbound)))
    elif name == "LocalFirewallRules" and not folded.startswith("n/a"):
        found.append(("allows_local_rules", _MERGE.get(folded)))
    if any(value is None for _, value in found):
        faults.open(f"`{name}` is `{shorten(text)}`, which is not known", at, "what it decides is undetermined")
    part.settings += [Setting(profile, field, value, at) for field, value in found]
