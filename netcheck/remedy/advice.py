"""What to do when backup traffic does not pass: the option to take and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netcheck.errors import PlanError, QuestionError
from netcheck.model.site import Site
from netcheck.remedy.blockers import Blocker, sentences
from netcheck.remedy.comparison import Choice
from netcheck.remedy.dialects.dialect import own_dialect
from netcheck.remedy.options import Option
from netcheck.remedy.recommend import recommend
from netcheck.remedy.task import make_task
from netcheck.reports.text import WIDTH, join


@dataclass(frozen=True, slots=True)
class Advice:
    """The option to take, if one works, and why; else who blocks those that were tried, and which facts are open."""

    choice: Choice | None
    why: str
    dialect: str
    blockers: tuple[Blocker, ...] = ()
    reasons: tuple[str, ...] = ()
    is_comparable: bool = False
    """Whether there are options to compare."""

    def to_dict(self) -> dict[str, object]:
        """Return the advice as JSON."""
        return {
            "recommended": str(self.choice.option) if self.choice else None,
            "why": self.why,
            "changes": self.choice.changes_dict() if self.choice else [],
            "blockers": [blocker.to_dict() for blocker in self.blockers],
        }

    def to_text(self, asked: str = "SITE", width: int = WIDTH) -> str:
        """Return the advice as lines of text; `asked` is SITE with the options about backup, as one would type them."""
        if self.choice is None:
            left = [f"  {sentence}" for sentence in sentences(self.blockers, self.reasons)]
            following = [f"  next: netcheck compare {asked}"] if self.is_comparable else []
            return join([self.why, *left, *following], width)
        lines = [f"take {self.choice.option}: {self.why}"]
        lines += [f"  change: {change['what']}" for change in self.choice.changes_dict()]
        spelled = f" --as {self.dialect}"
        return join([*lines, f"  next: netcheck fix {asked} --option {self.choice.option}{spelled}"], width)


def advise(
    site: Site, vms: Sequence[str] = (), profile: str = "", target: str = "", ports: Sequence[int] = ()
) -> Advice:
    """Return the first option that is proven to work for the VMs, in order of preference."""
    dialect = own_dialect(site)
    try:
        task = make_task(site, Option.HTTP_PROXY, vms, profile, target, ports)
        if not task.needs:
            return Advice(None, "the profile needs nothing that an NSG could open", dialect)
        tried = recommend(task)
    except (PlanError, QuestionError) as error:
        return Advice(None, error.message, dialect)
    if tried.choice is not None:
        return Advice(tried.choice, tried.why, dialect)
    blockers = {blocker.decision: blocker for one in tried.others for blocker in one.blockers}
    reasons = dict.fromkeys(reason for one in tried.others for reason in one.reasons)
    return Advice(None, tried.why, dialect, tuple(blockers.values()), tuple(reasons), is_comparable=True)
