"""Why to take the option that is recommended: short sentences with numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from netcheck.remedy.comparison import Choice
from netcheck.remedy.drift import percent
from netcheck.remedy.options import Option

_KINDS = {
    "hostFirewallRule": ("rule of a host firewall", "rules of host firewalls"),
    "proxyClient": ("client's proxy setting", "clients' proxy settings"),
    "proxyServer": ("change of the proxy", "changes of the proxy"),
    "route": ("service endpoint", "service endpoints"),
}
"""What stands for the kinds of changes that a plan which works may have beside rules of NSGs."""


def reasons_for(choice: Choice, order: Sequence[Choice]) -> Iterator[str]:
    """Yield the reasons to take an option that works; `order` is all options, the first to take first."""
    whom = f"all {len(choice.vms)} VMs" if len(choice.vms) > 1 else "the VM"
    yield f"works for {whom}, proven for every packet that is needed"
    yield from _room(choice)
    yield from _exposure(choice, order)
    yield from _upkeep(choice, order)
    yield from _work(choice)


def _room(choice: Choice) -> Iterator[str]:
    """Yield how many rules NSGs get, and how full the fullest of them is then."""
    if not choice.fits:
        yield "no NSG needs another rule"
        return
    fullest = max(choice.fits, key=lambda fit: fit.has + fit.adds)
    added = many(sum(fit.adds for fit in choice.fits), "rule", "rules")
    whom = f"`{fullest.nsg}` gets" if len(choice.fits) == 1 else f"{len(choice.fits)} NSGs get"
    which = "it" if len(choice.fits) == 1 else f"`{fullest.nsg}`, the fullest,"
    yield f"{whom} {added}: {which} then holds {fullest.has + fullest.adds:,} of {choice.rules_limit:,}"


def _exposure(choice: Choice, order: Sequence[Choice]) -> Iterator[str]:
    """Yield how much is opened, and how many times as much the next wider option opens that works."""
    if not choice.addresses_opened:
        return
    alone = " to the proxy alone" if choice.option is Option.HTTP_PROXY else ""
    yield f"opens {choice.addresses_opened:,} addresses{alone}, {choice.over_exposure:,.2f} for each required"
    wider = [one for one in order if one.works and one.addresses_opened > choice.addresses_opened]
    if wider:
        following = min(wider, key=lambda one: one.addresses_opened)
        yield f"{following.option} opens {times(following.addresses_opened / choice.addresses_opened)} times as many"


def _upkeep(choice: Choice, order: Sequence[Choice]) -> Iterator[str]:
    """Yield whether there is a list to keep current, and what an old one would miss where that is known."""
    if choice.option.is_by_prefix:
        yield f"{many(choice.prefixes, 'prefix', 'prefixes')} to keep current with the published ranges"
    else:
        yield "no list of ranges to keep current"
    for one in order:
        drift = one.drift
        if one.option is Option.STORAGE_REGION_PREFIXES and drift is not None and drift.v4 is not None and drift.since:
            lost = f"{drift.v4.missed.size:,} addresses ({percent(drift.v4.missed.size, drift.v4.today):.2f} %)"
            yield f"a list made from {drift.since.file} would miss {lost} of {one.option} today"


def _work(choice: Choice) -> Iterator[str]:
    """Yield what has to change beside rules of NSGs, counted by kind."""
    kinds = Counter(change.kind for change in choice.changes if change.kind != "nsgRule")
    told = [many(count, *_KINDS.get(kind, (kind, kind))) for kind, count in kinds.items()]
    if told:
        yield f"takes {' and '.join(told)} beside rules of NSGs"
    else:
        yield "nothing but NSG rules has to change" if choice.fits else "nothing has to change"


def times(factor: float) -> str:
    """Return a factor with two digits behind the point where it is small."""
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.2f}"


def many(count: int, one: str, several: str) -> str:
    """Return a number with its word."""
    return f"{count:,} {one if count == 1 else several}"
