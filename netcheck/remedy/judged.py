"""What was judged of backup traffic: the outcome, and the outcomes that the options of a task share."""

from __future__ import annotations

from dataclasses import dataclass, field

from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.profiles import BackupProfile, Need
from netcheck.remedy.blockers import Blocker


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict about backup traffic and that of each VM, who keeps packets back, what is open, the routes taken."""

    verdict: Verdict
    vms: tuple[tuple[str, Verdict], ...] = ()
    blockers: tuple[Blocker, ...] = ()
    reasons: tuple[str, ...] = ()
    routes: tuple[Decision, ...] = ()


_Key = tuple[str, tuple[str, ...], BackupProfile, tuple[Need, ...]]
"""The way, the VMs, the profile, and what of it is needed."""


@dataclass(slots=True)
class Judged:
    """The outcome of the site as it is for each way that packets go: options of one way share it."""

    before: dict[_Key, tuple[Site, Outcome]] = field(default_factory=dict)
