"""The values of `compare`: one option with its figures, and all options side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.display import Displayed
from netcheck.model.site import Site
from netcheck.model.tags import TagTable
from netcheck.path.leg import Verdict
from netcheck.questions.answer import FORMAT, tags_dict
from netcheck.remedy.blockers import Blocker
from netcheck.remedy.changes import Change
from netcheck.remedy.fitting import Fit
from netcheck.remedy.options import Option

if TYPE_CHECKING:
    from netcheck.remedy.drift import Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option: does it work, does it fit, what does it open, what has to change, what does it leave undone.

    `rules_needed` are the rules of the option itself, one source counted; `fits` are the NSGs with the rules of the
    plan in them. `may_fit` says that only the default limit is in the way, which Azure raises on request. Addresses are
    those of IPv4. `cost`, `single_points` and `cannot` are sentences, and `drift` is given by `compare` alone.
    """

    option: Option
    verdict: Verdict
    is_feasible: bool
    why_not: str = ""
    may_fit: bool = False
    rules_needed: int = 0
    rules_limit: int = 0
    prefixes: int = 0
    addresses_opened: int = 0
    addresses_required: int = 0
    vms: tuple[tuple[str, Verdict], ...] = ()
    changes: tuple[Change, ...] = ()
    fits: tuple[Fit, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    single_points: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    drift: Drift | None = None

    @property
    def works(self) -> bool:
        """Whether the option is proven to let all packets through, and its rules fit."""
        return self.is_feasible and self.verdict is Verdict.REACHABLE

    @property
    def over_exposure(self) -> float:
        """How many addresses are opened for each one that is required."""
        return round(self.addresses_opened / self.addresses_required, 2) if self.addresses_required else 0.0

    def changes_dict(self) -> list[dict[str, object]]:
        """Return everything that has to change, NSG rules first."""
        return [change.to_dict() for change in self.changes]

    def to_dict(self) -> dict[str, object]:
        """Return the option as JSON."""
        return {
            "option": str(self.option),
            "verdict": str(self.verdict),
            "vms": [{"vm": name, "verdict": str(verdict)} for name, verdict in self.vms],
            "feasible": self.is_feasible,
            "whyNot": self.why_not or None,
            "feasibleOnRequest": self.may_fit,
            "rulesNeeded": self.rules_needed,
            "rulesLimit": self.rules_limit,
            "prefixes": self.prefixes,
            "nsgs": [fit.to_dict() for fit in self.fits],
            "addressesOpened": self.addresses_opened,
            "addressesRequired": self.addresses_required,
            "overExposure": self.over_exposure,
            "changes": self.changes_dict(),
            "cost": list(self.cost),
            "singlePointsOfFailure": list(self.single_points),
            "cannot": list(self.cannot),
            "blockers": [blocker.to_dict() for blocker in self.blockers],
            "notes": list(self.notes),
            "drift": self.drift.to_dict() if self.drift is not None else {},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Displayed):
    """All options side by side, the one to take, and the order in which the others follow."""

    site: Site
    profile: str
    target: str
    protocols: tuple[str, ...]
    ports: tuple[int, ...]
    addresses_required: int
    choices: tuple[Choice, ...]
    order: tuple[Option, ...]
    recommended: Option | None
    why: str
    reasons: tuple[str, ...]
    since: TagTable | None = None

    def __getitem__(self, name: str) -> Choice:
        return next(choice for choice in self.choices if choice.option == name)

    def to_dict(self) -> dict[str, object]:
        """Return the comparison as JSON."""
        return {
            "format": FORMAT,
            "required": {
                "profile": self.profile,
                "target": self.target,
                "protocols": list(self.protocols),
                "ports": [str(port) for port in self.ports],
                "addresses": self.addresses_required,
            },
            "options": [choice.to_dict() for choice in self.choices],
            "recommended": str(self.recommended) if self.recommended else None,
            "why": self.why,
            "reasons": list(self.reasons),
            "order": [str(option) for option in self.order],
            "tags": tags_dict(self.site.tags),
            **({"since": tags_dict(self.since)} if self.since is not None else {}),
        }
