"""Settings of a profile as the registry and Group Policy name them.

Semantics: [MS-GPFAS] 2.2.3 (per-profile policy configuration options), [MS-FASP] 2.2.38; in the registry 1 is Block for
the default actions. What else these keys hold (logging, notifications, stealth mode) lets no packet in and keeps none
out.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.diagnostics import Source
from netcheck.model.rules import Access, Profile
from netcheck.sources.windows.part import DISABLED, Faults, Setting, shorten

_FIELDS: dict[str, tuple[str, tuple[bool, bool] | tuple[Access, Access]]] = {
    "enablefirewall": ("is_enabled", (False, True)),
    "defaultinboundaction": ("default_inbound", (Access.ALLOW, Access.DENY)),
    "defaultoutboundaction": ("default_outbound", (Access.ALLOW, Access.DENY)),
    "donotallowexceptions": ("allows_inbound_rules", (True, False)),
    "allowlocalpolicymerge": ("allows_local_rules", (False, True)),
}
_NUMBERS = {"0": 0, "1": 1, "false": 0, "true": 1}
PROFILE_KEYS = {
    "domainprofile": (Profile.DOMAIN,),
    "privateprofile": (Profile.PRIVATE,),
    "publicprofile": (Profile.PUBLIC,),
}


def read_value(
    name: str, text: str, profiles: Sequence[Profile], at: Source, faults: Faults, *, is_group_policy: bool
) -> list[Setting]:
    """Return a value of a profile's key as settings; nothing for one that decides nothing about packets."""
    folded = name.casefold()
    if folded == "disabledinterfaces":
        # The firewall is off on these interfaces; whether the VM's is one of them, the identifiers do not tell.
        return [Setting(profile, DISABLED, None, at, is_group_policy) for profile in profiles if text.strip(" {}")]
    if folded not in _FIELDS:
        return []
    field, values = _FIELDS[folded]
    number = _NUMBERS.get(text.strip().casefold())
    if number is None:
        faults.open(f"`{shorten(name)}` is `{shorten(text)}`, neither 0 nor 1", at, "what it decides is undetermined")
    value = None if number is None else values[number]
    return [Setting(profile, field, value, at, is_group_policy) for profile in profiles]
