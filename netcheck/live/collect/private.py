"""What of a resource is nobody's business: no question needs it, and a folder of files is passed on."""

from __future__ import annotations

from typing import Any

# Of VMs: who may sign in and with what, scripts given at the start, settings of extensions. Tags may hold anything.
_PRIVATE = frozenset(
    (
        "adminpassword", "adminusername", "autologon", "customdata", "password", "protectedsettings", "secrets",
        "settings", "sharedkey", "ssh", "tags", "unattendcontent", "additionalunattendcontent", "userdata",
        "diagnosticsprofile",
    )
)  # fmt: skip


def without_private(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a resource without what it may say about people and secrets, at any depth."""
    return {name: _kept(value) for name, value in resource.items() if name.casefold() not in _PRIVATE}


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return without_private(value)
    return [_kept(one) for one in value] if isinstance(value, list) else value
