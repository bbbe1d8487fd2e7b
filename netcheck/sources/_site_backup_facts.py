"""What of a VM decides about its backup: from Azure's own exports, and from the keys that a site file has for it.

Azure spells these things in several places (`az vm show -d`, `az vm get-instance-view`, templates); whatever is not
there, or has another shape, is not known, and `ready` says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.backupfacts import AgentSource, AgentState, BackupFacts, DomainController, Image
from netcheck.model.names import key
from netcheck.model.regions import normal_location
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence
from netcheck.sources._plain import field
from netcheck.sources._record import Record

NOT_INSTALLED = "none"
_STATES = {state.value: state for state in AgentState}
_SOURCES = {source.value: source for source in AgentSource}
_CONTROLLERS = {word.value: word for word in DomainController}
_POWER = {"started": "running", "readyrole": "running", "stoppeddeallocated": "deallocated", "stoppedvm": "stopped"}
"""The classic model's words for states that Resource Manager has, too."""
_UNKNOWN_VERSION = "unknown"


def read_backup_facts(record: Record) -> tuple[str, BackupFacts]:
    """Return the version of a VM's agent, "" where it is not known, and the other facts about its backup."""
    view = _mapping(record.get("instanceView"))
    storage = _mapping(record.get("storageProfile"))
    seen = _mapping(_at(view, "vmAgent"))
    version, agent = _agent(record)
    if not version and key(_text(seen, "vmAgentVersion")) != _UNKNOWN_VERSION:
        version = _text(seen, "vmAgentVersion")
    facts = BackupFacts(
        power=_power(record, view),
        location=normal_location(record.text("location")),
        image=_image(_mapping(_at(storage, "imageReference"))),
        os_name=_text(view, "osName"),
        os_version=_text(view, "osVersion"),
        os_disk=_storage_type(_at(storage, "osDisk")),
        data_disks=_data_disks(storage),
        agent_state=agent.agent_state or _agent_state(seen),
        agent_source=agent.agent_source,
        agent_latest=agent.agent_latest,
        provisions_agent=_provisions_agent(_mapping(record.get("osProfile"))),
        domain_controller=record.word("domainController", _CONTROLLERS),
        reserved_ips=_names(record, "reservedIPs"),
        input_endpoints=_names(record, "inputEndpoints"),
    )
    return version, facts


def _agent(record: Record) -> tuple[str, BackupFacts]:
    """Return what `agent:` says: a version, `none`, or a mapping."""
    node = record.get("agent")
    if node is None:
        return "", BackupFacts()
    if not isinstance(node, Mapping):
        text = record.reader.text(node, "agent") or ""
        if key(text) == NOT_INSTALLED:
            return "", BackupFacts(agent_state=AgentState.NOT_INSTALLED)
        return text, BackupFacts()
    inner = Record(record.reader, node, "`agent`")
    version = inner.text("version")
    facts = BackupFacts(
        agent_state=inner.word("state", _STATES),
        agent_source=inner.word("installedFrom", _SOURCES),
        agent_latest=inner.text("latestVersion"),
    )
    inner.finish()
    return version, facts


def _agent_state(seen: Mapping | None) -> AgentState | None:
    """Return what the platform says of the agent: `displayStatus` is Ready or Not Ready."""
    told = [key(_text(one, "displayStatus")).replace(" ", "") for one in _mappings(_at(seen, "statuses"))]
    if "ready" in told:
        return AgentState.READY
    return AgentState.NOT_READY if "notready" in told else None


def _provisions_agent(profile: Mapping | None) -> bool | None:
    """Return whether Azure put the agent into a Windows VM when it made it; of Linux the property says too little."""
    stated = _text(_mapping(_at(profile, "windowsConfiguration")), "provisionVMAgent")
    return {"true": True, "false": False}.get(key(stated))


def _power(record: Record, view: Mapping | None) -> str:
    """Return the power state without what Azure puts before it: `PowerState/running`, `VM running`."""
    stated = record.text("powerState")
    codes = [_text(one, "code") for one in _mappings(_at(view, "statuses"))]
    found = stated or next((code for code in codes if key(code).startswith("powerstate/")), "")
    word = key(found).removeprefix("powerstate/").removeprefix("vm ").strip()
    return _POWER.get(word, word)


def _image(node: Mapping | None) -> Image | None:
    if node is None:
        return None
    image = Image(publisher=_text(node, "publisher"), offer=_text(node, "offer"), sku=_text(node, "sku"))
    return image if str(image) else None


def _data_disks(storage: Mapping | None) -> tuple[str, ...] | None:
    """Return the storage type of each data disk; None where the list is missing, which may be for any reason."""
    if storage is None:
        return None
    stated = next((value for name, value in storage.entries if key(name.text) == "datadisks"), None)
    if not isinstance(stated, Sequence) or not all(isinstance(one, Mapping) for one in stated.items):
        return None
    return tuple(_storage_type(one) for one in stated.items)


def _storage_type(disk: Node | None) -> str:
    return _text(_mapping(_at(_mapping(disk), "managedDisk")), "storageAccountType")


def _names(record: Record, name: str) -> tuple[str, ...] | None:
    """Return a list of names; `[]` says that there are none, and nothing says nothing."""
    stated = record.raw(name)
    if stated is None or (isinstance(stated, Scalar) and stated.is_null):
        return None
    return tuple(node.text for node in record.scalars(name))


def _mapping(node: Node | None) -> Mapping | None:
    return node if isinstance(node, Mapping) else None


def _mappings(node: Node | None) -> Iterator[Mapping]:
    yield from (one for one in node.items if isinstance(one, Mapping)) if isinstance(node, Sequence) else ()


def _at(node: Mapping | None, name: str) -> Node | None:
    return field(node, name) if node is not None else None


def _text(node: Mapping | None, name: str) -> str:
    found = _at(node, name)
    return found.text if isinstance(found, Scalar) and found.text.isprintable() else ""
