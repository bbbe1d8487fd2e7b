"""What of a VM decides about its backup, and about no packet: power, disks, operating system, agent.

Part of the site, named in `netcheck.model.site`. Empty texts and None mean that no file says it: a fact that is missing
is never taken for one that suits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AgentState(StrEnum):
    """What the platform says about a VM's agent, in the words of a site file."""

    READY = "ready"
    NOT_READY = "notReady"
    NOT_INSTALLED = "notInstalled"


class AgentSource(StrEnum):
    """Where a Linux agent was installed from."""

    DISTRIBUTION = "distribution"
    GITHUB = "github"


class DomainController(StrEnum):
    """Whether a VM is a domain controller, and whether it is the only one of its domain."""

    NO = "none"
    SINGLE = "single"
    ONE_OF_SEVERAL = "multiple"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The marketplace image a VM was made from (`storageProfile.imageReference`)."""

    publisher: str = ""
    offer: str = ""
    sku: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.publisher, self.offer, self.sku) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFacts:
    """The facts of one VM.

    `power` is the state after `PowerState/`: running, deallocated, stopped. `os_disk` and `data_disks` are storage
    types such as `Premium_LRS`, "" for a disk of which it is not known. `reserved_ips` and `input_endpoints` are those
    of classic VMs; () says that there are none. `provisions_agent`: Azure
    installed the agent on Windows when it made the VM, or was told not to.
    """

    power: str = ""
    location: str = ""
    image: Image | None = None
    os_name: str = ""
    os_version: str = ""
    os_disk: str = ""
    data_disks: tuple[str, ...] | None = None
    agent_state: AgentState | None = None
    agent_source: AgentSource | None = None
    agent_latest: str = ""
    provisions_agent: bool | None = None
    domain_controller: DomainController | None = None
    reserved_ips: tuple[str, ...] | None = None
    input_endpoints: tuple[str, ...] | None = None


NO_FACTS = BackupFacts()
