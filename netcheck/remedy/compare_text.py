"""`compare` as plain text: a line an option, what to know of each, and the one to take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from netcheck.path.leg import Verdict
from netcheck.remedy.blockers import sentences
from netcheck.remedy.comparison import Choice, Comparison
from netcheck.remedy.dialects.dialect import own_dialect
from netcheck.remedy.drift import Churn, percent
from netcheck.remedy.options import Option
from netcheck.reports.text import join, tag_lines

_SHOWN = 5
"""Changes that a text lists; the JSON has all."""
_GROUPS = {
    "every tag": tuple(option for option in Option if option.needs_published_tag),
    "every list of prefixes": tuple(option for option in Option if option.is_by_prefix),
}


def compare_text(comparison: Comparison, site_name: str = "SITE") -> str:
    """Return the report of `compare`: one line an option, what to know of them, then the one to take."""
    return join(_comparison(comparison, site_name))


def _comparison(comparison: Comparison, site_name: str) -> Iterator[str]:
    ports = ",".join(str(port) for port in comparison.ports)
    protocols = ",".join(comparison.protocols)
    yield (
        f"required: {comparison.target} {protocols} {ports}, {comparison.addresses_required:,} IPv4 addresses "
        f"(profile {comparison.profile})"
    )
    yield ""
    yield f"{'option':<27}{'verdict':<13}{'fits':<5}{'rules/limit':>11}{'opens':>14}{'exposure':>10}"
    yield from (_row(choice) for choice in comparison.choices)
    yield ""
    yield from _drift(comparison)
    said: dict[str, list[Option]] = {}
    for choice in comparison.choices:
        for sentence in _remarks(choice):
            said.setdefault(sentence, []).append(choice.option)
    yield from _grouped(said)
    yield ""
    yield from _recommended(comparison, site_name)
    yield from tag_lines(comparison.site.tags)


def _grouped(said: Mapping[str, Sequence[Option]]) -> Iterator[str]:
    """Yield each sentence once, those of the same options under one heading."""
    groups: dict[tuple[Option, ...], list[str]] = {}
    for sentence, options in said.items():
        groups.setdefault(tuple(options), []).append(sentence)
    for options, sentences_of in groups.items():
        if len(sentences_of) == 1:
            yield f"{_names(options)}: {sentences_of[0]}"
        else:
            yield f"{_names(options)}:"
            yield from (f"  - {sentence}" for sentence in sentences_of)


def _row(choice: Choice) -> str:
    fits = "yes" if choice.is_feasible else "no"
    rules = f"{choice.rules_needed}/{choice.rules_limit}"
    return (
        f"{choice.option:<27}{choice.verdict:<13}{fits:<5}{rules:>11}"
        f"{choice.addresses_opened:>14,}{_factor(choice.over_exposure):>10}"
    )


def _factor(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1_000_000:,.1f}Mx"
    return f"{value:,.0f}x" if value >= 10 else f"{value:.2f}x".replace(".00x", "x")


def _drift(comparison: Comparison) -> Iterator[str]:
    """Yield what lists made from the older file miss today, and what they open for nothing."""
    since = comparison.since
    if since is None:
        return
    number = f" (changeNumber {since.change_number})" if since.change_number is not None else ""
    yield f"a list made from {since.file}{number}, today:"
    yield f"{'':<27}{'misses':>12}{'%':>7}{'stale':>10}{'prefixes':>14}{'of needed':>10}"
    for choice in comparison.choices:
        drift = choice.drift
        if drift is not None and drift.v4 is not None:
            lost = f"{percent(drift.required_missed, drift.required):.2f}%"
            yield f"{choice.option:<27}{_churn(drift.v4)}{lost:>10}"
        elif drift is not None and drift.reason:
            yield f"{choice.option}: {drift.reason}"
    yield ""


def _churn(churn: Churn) -> str:
    share = f"{percent(churn.missed.size, churn.today):.2f}"
    return f"{churn.missed.size:>12,}{share:>7}{churn.stale.size:>10,}{f'+{churn.added} -{churn.removed}':>14}"


def _remarks(choice: Choice) -> Iterator[str]:
    """Yield why an option does not do, who blocks it and what would change that, and what to know about it."""
    if choice.why_not:
        yield choice.why_not
        if choice.changes and not choice.fits:
            yield f"it takes: {'; '.join(change.what for change in choice.changes)}"
    elif choice.verdict is not Verdict.REACHABLE:
        yield from _by_vm(choice.vms)
        yield from sentences(choice.blockers, choice.reasons)
    yield from choice.notes
    if choice.is_feasible or choice.may_fit:
        yield from (f"cost: {one}" for one in choice.cost if not one.startswith("no extra"))
        yield from (f"depends on {one}" for one in choice.single_points)
        yield from (one for one in choice.cannot if one not in choice.notes)


def _by_vm(vms: Sequence[tuple[str, Verdict]]) -> Iterator[str]:
    """Yield which VMs an option helps and which it does not, where they differ."""
    found = {verdict: [name for name, own in vms if own is verdict] for verdict in Verdict}
    if sum(1 for names in found.values() if names) < 2:
        return
    told = [
        f"{verdict} for {_some([f'`{name}`' for name in names])}"
        for verdict, names in found.items()
        if names and verdict is not Verdict.REACHABLE
    ]
    yield f"reachable for {len(found[Verdict.REACHABLE])} of {len(vms)} VMs; {'; '.join(told)}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _names(options: Sequence[Option]) -> str:
    """Return the names of options, whole groups of them by one word."""
    left = list(options)
    words: list[str] = []
    for word, group in _GROUPS.items():
        if set(group) <= set(left):
            words.append(word)
            left = [option for option in left if option not in group]
    return ", ".join([*words, *left])


def _recommended(comparison: Comparison, site_name: str) -> Iterator[str]:
    if comparison.recommended is None:
        yield comparison.why
    else:
        yield f"take {comparison.recommended}: {comparison.why}"
        yield from (f"  - {reason}" for reason in comparison.reasons)
        changes = [change.what for change in comparison[comparison.recommended].changes]
        yield from (f"  change: {what}" for what in changes[:_SHOWN])
        if changes[_SHOWN:]:
            yield f"  change: {len(changes) - _SHOWN} more, which `-o json` lists"
    others = [comparison[option] for option in comparison.order if option != comparison.recommended]
    yield from _list("  then", (one.option for one in others if one.works))
    yield from _list("  with a raised limit", (one.option for one in others if one.may_fit))
    yield from _list("  not as the site is", (one.option for one in others if not (one.works or one.may_fit)))
    if comparison.recommended is not None:
        yield f"  next: netcheck fix {site_name} --option {comparison.recommended} --as {own_dialect(comparison.site)}"


def _list(label: str, options: Iterable[Option]) -> Iterator[str]:
    names = ", ".join(options)
    if names:
        yield f"{label}: {names}"
