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


At = tuple[str, tuple[str, ...], BackupProfile, tuple[Need, ...]]
"""The way that packets go, the VMs that send them, their profile, and what of it is needed."""


@dataclass(slots=True)
class Judged:
    """The outcomes found so far: options of one way share that of the site as it is, equal plans that of the new one.

    Sites are compared as values: what two plans make of a site is often the same, dialect by dialect.
    """

    found: dict[At, list[tuple[Site, Outcome]]] = field(default_factory=dict)

    def get(self, at: At, site: Site) -> Outcome | None:
        """Return what was found about an equal site."""
        return next((outcome for known, outcome in self.found.get(at, ()) if known is site or known == site), None)

    def put(self, at: At, site: Site, outcome: Outcome) -> None:
        """Keep what was found about a site."""
        self.found.setdefault(at, []).append((site, outcome))
