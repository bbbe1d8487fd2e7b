"""All intents of a file, judged on one site: what is asked about it is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import assert_never

from netcheck.diagnostics import Diagnostic
from netcheck.errors import InputError, QuestionError
from netcheck.model.intents import BackingUp, Exactly, Intent, IntentsFile, Reaching, UnchangedFrom
from netcheck.model.names import nearest
from netcheck.model.site import Site
from netcheck.questions.asking import Asking
from netcheck.questions.intents import backup, changes, exact, pairs
from netcheck.questions.intents.naming import collected, fault_of, name_faults, same_name
from netcheck.questions.intents.result import Breach, IntentsReport, Judged

OldSites = Mapping[tuple[str, ...], Site]


def chosen(file: IntentsFile, only: Sequence[str] = ()) -> tuple[Intent, ...]:
    """Return the intents of some names, all where none is given; raise QuestionError for one that is not there."""
    for wanted in only:
        if not any(same_name(intent, wanted) for intent in file.intents):
            titles = [intent.title for intent in file.intents]
            near = nearest(wanted, titles)
            listed = ", ".join(f"`{title}`" for title in titles[:8])
            advice = f"did you mean `{near}`?" if near else f"the file has {listed}"
            raise QuestionError("NC333", f"no intent `{wanted}` in {file.file}", advice)
    return tuple(i for i in file.intents if not only or any(same_name(i, wanted) for wanted in only))


def judge_intents(site: Site, file: IntentsFile, old: OldSites, only: Sequence[str] = ()) -> IntentsReport:
    """Judge intents on a site; `old` are the sites that `unchangedFrom` names, by their files.

    Raise InputError with every name that is not in the site and every question that has no meaning, each with its
    place: what cannot be asked never counts as holding. Raise QuestionError for `only` that names no intent.
    """
    intents = chosen(file, only)
    judging = _Judging(site, old)
    needs_network = any(not isinstance(one.demand, UnchangedFrom) for one in file.intents) or file.groups
    if needs_network:
        _stop_on(name_faults(file, judging.asking.book))
    results = tuple(judging.judge(intent) for intent in intents)
    _stop_on(judging.faults)
    return IntentsReport(site=site, file=file.file, results=results)


def _stop_on(faults: Iterable[Diagnostic]) -> None:
    collector = collected(faults)
    if collector.has_errors:
        raise InputError(collector)


class _Judging:
    """One site being asked; questions that cannot be asked are collected, so that all of them are told."""

    def __init__(self, site: Site, old: OldSites) -> None:
        self._site, self._old = site, old
        self.faults: list[Diagnostic] = []

    @cached_property
    def asking(self) -> Asking:
        """The site ready to be asked; an NSG alone has no paths, and needs none to be compared."""
        return Asking(self._site)

    def judge(self, intent: Intent) -> Judged:
        match intent.demand:
            case Reaching() as demand:
                return self._reaching(intent, demand)
            case Exactly() as demand:
                asks = [partial(exact.judge, self.asking, intent.title, demand, end.text) for end in demand.ends]
                return self._each("exactly", intent, asks)
            case BackingUp() as demand:
                asks = [partial(backup.judge, self.asking, intent.title, demand, vm.text) for vm in demand.vms]
                return self._each("mustBackUp", intent, asks)
            case UnchangedFrom() as demand:
                return self._unchanged(intent, demand)
            case _ as never:
                assert_never(never)

    def _reaching(self, intent: Intent, demand: Reaching) -> Judged:
        kind = "mustReach" if demand.is_wanted else "mustNotReach"
        try:
            asked, notes = pairs.questions(self.asking, demand)
        except QuestionError as error:
            return self._fault(kind, intent, error)
        asks = [partial(pairs.judge, self.asking, intent.title, demand, one) for one in asked]
        return self._each(kind, intent, asks, tuple(notes))

    def _unchanged(self, intent: Intent, demand: UnchangedFrom) -> Judged:
        try:
            found, notes = changes.judge(self._old[demand.files], self._site, intent.title, demand)
        except QuestionError as error:
            return self._fault("unchangedFrom", intent, error)
        return Judged(intent=intent, kind="unchangedFrom", asked=1, breaches=tuple(found), notes=notes)

    def _each(
        self, kind: str, intent: Intent, asks: Sequence[Callable[[], Iterable[Breach]]], notes: tuple[str, ...] = ()
    ) -> Judged:
        found: list[Breach] = []
        for ask in asks:
            try:
                found += ask()
            except QuestionError as error:
                self.faults.append(fault_of(intent.at, error))
        return Judged(intent=intent, kind=kind, asked=len(asks), breaches=tuple(found), notes=notes)

    def _fault(self, kind: str, intent: Intent, error: QuestionError) -> Judged:
        self.faults.append(fault_of(intent.at, error))
        return Judged(intent=intent, kind=kind, asked=0)
