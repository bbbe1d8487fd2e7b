"""All checks, in the order in which they are run."""

from __future__ import annotations

from netcheck.lint.check import Check
from netcheck.lint.checks import (
    clash,
    computed,
    dead,
    default_route,
    egress,
    exposure,
    groups,
    limits,
    names,
    not_checked,
    over_wide,
    own_address,
    partly_dead,
    peerings,
    port_range,
    public_space,
    redundant,
    stale,
    unattached,
    unknown_tag,
)

CHECKS: tuple[Check, ...] = (
    dead.BY_ONE,
    dead.BY_SEVERAL,
    dead.MATCHES_NOTHING,
    partly_dead.CHECK,
    redundant.CHECK,
    clash.CHECK,
    names.CHECK,
    limits.CHECK,
    port_range.CHECK,
    over_wide.CHECK,
    default_route.CHECK,
    public_space.CHECK,
    unknown_tag.UNKNOWN,
    unknown_tag.NOT_FOR_RULES,
    unknown_tag.OTHER_CLOUD,
    stale.CHECK,
    groups.CHECK,
    computed.CHECK,
    unattached.CHECK,
    own_address.CHECK,
    peerings.HALF,
    peerings.FORWARDED,
    egress.CHECK,
    exposure.CHECK,
    not_checked.CHECK,  # last: it tells what the others gave up
)
