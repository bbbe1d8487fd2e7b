"""Numbers of addresses for people: those of IPv6 have up to 39 digits."""

from __future__ import annotations


def amount(family: int, number: int) -> str:
    """Return a number of addresses; of IPv6 the number of /64 networks where it is made up of whole ones.

    >>> amount(4, 56896), amount(6, 3 << 64), amount(6, 2)
    ('56,896', '3 /64', '2')
    """
    return f"{number >> 64:,} /64" if family == 6 and number and not number % (1 << 64) else f"{number:,}"


def addresses_text(family: int, number: int) -> str:
    """Return a number of addresses with its noun.

    >>> addresses_text(4, 1), addresses_text(4, 20), addresses_text(6, 3 << 64)
    ('1 address', '20 addresses', '3 networks /64')
    """
    told = amount(family, number)
    if told.endswith(" /64"):
        return f"{told.removesuffix(' /64')} network{'s' if number >> 64 != 1 else ''} /64"
    return f"{told} address{'es' if number != 1 else ''}"
