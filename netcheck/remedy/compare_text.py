"""`compare` as plain text: a line an option, what to know of each, and the one to take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netcheck.path.leg import Verdict
from netcheck.remedy.blockers import sentences
from netcheck.remedy.comparison import Choice, Comparison
from netcheck.remedy.dialects.dialect import own_dialect
from netcheck.remedy.drift import Churn, percent
from netcheck.remedy.options import Option
from netcheck.reports.table import Column, table
from netcheck.reports.text import WIDTH, join, tag_lines

_SHOWN = 5
"""Changes that a text lists; the JSON has all."""
_HEAD = (
    Column("option", 27),
    Column("verdict", 13),
    Column("fits", 5),
    Column("rules/limit", -11),
    Column("opens", -14),
    Column("exposure", -10),
)
_DRIFT_HEAD = (
    Column("", 27),
    Column("misses", -12),
    Column("%", -7),
    Column("stale", -10),
    Column("prefixes", -14),
    Column("of needed", -10),
)
_GROUPS = {
    "every tag": tuple(option for option in Option if option.needs_published_tag),
    "every list of prefixes": tuple(option for option in Option if option.is_by_prefix),
}


def compare_text(comparison: Comparison, asked: str = "SITE", width: int = WIDTH) -> str:
    """Return the report of `compare`: one line an option, what to know of them, then the one to take.

    `asked` is SITE with the options about backup, as one would type them again.
    """
    return join(_comparison(comparison, asked, width), width)


def _comparison(comparison: Comparison, asked: str, width: int) -> Iterator[str]:
    ports = ",".join(str(port) for port in comparison.ports)
    protocols = ",".join(comparison.protocols)
    yield (
        f"required: {comparison.target} {protocols} {ports}, {comparison.addresses_required:,} IPv4 addresses "
        f"(profile {comparison.profile})"
    )
    yield ""
    yield from table(_HEAD, [_row(choice) for choice in comparison.choices], width)
    yield ""
    yield from _drift(comparison, width)
    for options, told in remarks_of(comparison):
        if len(told) == 1:
            yield f"{options}: {told[0]}"
        else:
            yield f"{options}:"
            yield from (f"  - {sentence}" for sentence in told)
    yield ""
    yield from _recommended(comparison, asked)
    yield from tag_lines(comparison.site.tags)


def remarks_of(comparison: Comparison) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what to know of the options: each sentence once, those of the same options together under their names."""
    said: dict[str, list[Option]] = {}
    for choice in comparison.choices:
        for sentence in remarks(choice):
            said.setdefault(sentence, []).append(choice.option)
    groups: dict[tuple[Option, ...], list[str]] = {}
    for sentence, options in said.items():
        groups.setdefault(tuple(options), []).append(sentence)
    yield from ((_names(options), tuple(told)) for options, told in groups.items())


def _row(choice: Choice) -> tuple[str, ...]:
    fits = "yes" if choice.is_feasible else "no"
    rules = f"{choice.rules_needed}/{choice.rules_limit}"
    return choice.option, choice.verdict, fits, rules, f"{choice.addresses_opened:,}", factor_text(choice.over_exposure)


def factor_text(value: float) -> str:
    """Return how many times more than needed is opened, as in `4.86x`."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:,.1f}Mx"
    return f"{value:,.0f}x" if value >= 10 else f"{value:.2f}x".replace(".00x", "x")


def _drift(comparison: Comparison, width: int) -> Iterator[str]:
    """Yield what lists made from the older file miss today, and what they open for nothing."""
    since = comparison.since
    if since is None:
        return
    number = f" (changeNumber {since.change_number})" if since.change_number is not None else ""
    yield f"a list made from {since.file}{number}, today:"
    rows, untold = [], []
    for choice in comparison.choices:
        drift = choice.drift
        if drift is not None and drift.v4 is not None:
            lost = f"{percent(drift.required_missed, drift.required):.2f}%"
            rows.append((choice.option, *_churn(drift.v4), lost))
        elif drift is not None and drift.reason:
            untold.append(f"{choice.option}: {drift.reason}")
    yield from table(_DRIFT_HEAD, rows, width)
    yield from untold
    yield ""


def _churn(churn: Churn) -> tuple[str, ...]:
    share = f"{percent(churn.missed.size, churn.today):.2f}"
    return f"{churn.missed.size:,}", share, f"{churn.stale.size:,}", f"+{churn.added} -{churn.removed}"


def remarks(choice: Choice) -> Iterator[str]:
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


def _recommended(comparison: Comparison, asked: str) -> Iterator[str]:
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
    if comparison.recommended is None:
        yield f"  next: netcheck check {asked} -v"
    else:
        yield f"  next: netcheck fix {asked} --option {comparison.recommended} --as {own_dialect(comparison.site)}"


def _list(label: str, options: Iterable[Option]) -> Iterator[str]:
    names = ", ".join(options)
    if names:
        yield f"{label}: {names}"
