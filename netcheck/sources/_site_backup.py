"""The section `backup` of a site file: profile, vaults, what a restore is meant to do, and what must be reached."""

from __future__ import annotations

from netcheck.model.names import last_segment
from netcheck.model.profiles import PROFILE_NAMES, SHIPPED, ServiceProfile
from netcheck.model.regions import normal_location
from netcheck.model.site import Backup, Restore, Vault
from netcheck.sources._nodes import Mapping, Node, Scalar
from netcheck.sources._plain import field
from netcheck.sources._record import Record
from netcheck.sources._rule_fields import read_port
from netcheck.sources._scope import EXPORT_KEYS, Scope
from netcheck.sources.profiles import is_file_name, read_profile, shipped_profile

REDUNDANCIES = ("LocallyRedundant", "GeoRedundant", "ZoneRedundant")
RECOVERY_TYPES = ("OriginalLocation", "AlternateLocation", "RestoreDisks")
_WORDS = {word: word for word in REDUNDANCIES}
_VAULT_EXPORT_KEYS = (
    "backupStorageVersion", "bcdrSecurityLevel", "encryption", "monitoringSettings", "moveDetails", "moveState",
    "privateEndpointConnections", "privateEndpointStateForBackup", "privateEndpointStateForSiteRecovery",
    "publicNetworkAccess", "resourceGuardOperationRequests", "restoreSettings", "secureScore", "securitySettings",
    "upgradeDetails",
)  # fmt: skip


def read_backup(scope: Scope, node: Node) -> Backup:
    """Return what the section says; every fault goes to the collector."""
    record = scope.reader.record(node, "`backup`")
    if record is None:
        return Backup()
    vault = record.get("vault")
    listed = record.raw("vaults")
    restore = record.get("restore")
    name, own = _profile(scope, record)
    backup = Backup(
        profile=name,
        own=own,
        vault=_vault(scope, vault) if vault is not None else None,
        vaults=_vaults(record) if listed is not None and not (isinstance(listed, Scalar) and listed.is_null) else None,
        storage_redundancy=record.word("storageRedundancy", _WORDS) or "",
        restore=_restore(scope, restore) if restore is not None else None,
        target=record.text("target"),
        ports=_ports(scope, record),
        at=scope.reader.source(node),
    )
    record.finish()
    return backup


def _profile(scope: Scope, record: Record) -> tuple[str, ServiceProfile | None]:
    """Return the profile by name; one of a file, or one that comes with netcheck as a file, is read."""
    node = record.get("profile")
    text = node.text if isinstance(node, Scalar) else ""
    if node is None or not is_file_name(text):
        names = {name: name for name in (*PROFILE_NAMES, *SHIPPED)}
        name = record.word("profile", names) or ""
        if name not in SHIPPED:
            return name, None
        return name, shipped_profile(name)
    own = scope.reader.absorb(lambda: read_profile(scope.path(text)), node)
    return (own.name, own) if own is not None else ("", None)


def _vault(scope: Scope, node: Node) -> Vault:
    if isinstance(node, Mapping):
        return read_vault(Record(scope.reader, node, "`vault`"))
    return Vault(name=last_segment(scope.reader.text(node, "vault") or ""), at=scope.reader.source(node))


def _vaults(record: Record) -> tuple[Vault, ...]:
    return tuple(read_vault(inner) for inner in record.records("vaults", "a vault"))


def read_vault(record: Record) -> Vault:
    """Return a vault as a site file, or `az backup vault show`, has it."""
    settings = record.get("redundancySettings")
    inner = settings if isinstance(settings, Mapping) else None
    if settings is not None and inner is None:
        record.reader.record(settings, "`redundancySettings`")
    vault = Vault(
        name=record.text("name"),
        location=normal_location(record.text("location")),
        state=record.text("provisioningState") or record.text("state"),
        redundancy=_text(inner, "standardTierStorageRedundancy"),
        cross_region_restore=_text(inner, "crossRegionRestore"),
        at=record.reader.source(record.node),
    )
    record.raw("state")
    record.ignore(*EXPORT_KEYS, *_VAULT_EXPORT_KEYS)
    record.finish()
    return vault


def _text(node: Mapping | None, name: str) -> str:
    found = field(node, name) if node is not None else None
    return found.text if isinstance(found, Scalar) and found.text.isprintable() else ""


def _restore(scope: Scope, node: Node) -> Restore:
    record = scope.reader.record(node, "`restore`")
    if record is None:
        return Restore()
    words = {word: word for word in RECOVERY_TYPES}
    restore = Restore(
        recovery_type=record.word("recoveryType", words) or "",
        region=normal_location(record.text("region")),
    )
    record.finish()
    return restore


def _ports(scope: Scope, record: Record) -> tuple[int, ...]:
    found = []
    for name in ("ports", "port"):
        for node in record.scalars(name):
            port = read_port(scope, node, "ports")
            if port is not None and port.first != port.last:
                scope.reader.error(node, "NC134", f"`{name}` takes single ports, not `{node.text}`", "list the ports")
            elif port is not None:
                found.append(port.first)
    return tuple(dict.fromkeys(found))
