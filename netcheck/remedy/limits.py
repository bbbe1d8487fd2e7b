"""How many rules and prefixes an NSG takes.

Microsoft Learn, "Azure subscription and service limits" (networking, 2022): classic 200 rules an NSG, on request up to
1,000; Resource Manager 1,000 rules, and 4,000 addresses or ranges for source and for destination.
"""

from __future__ import annotations

from netcheck.model.site import DeploymentModel

CLASSIC_RULES, CLASSIC_RULES_ON_REQUEST = 200, 1000
RULES, PREFIXES = 1000, 4000


def rules_limit(model: DeploymentModel) -> int:
    """Return the number of rules an NSG may hold without a support request."""
    return CLASSIC_RULES if model is DeploymentModel.CLASSIC else RULES


def over_limit(model: DeploymentModel, needed: int, prefixes: int, own: int = 0) -> str:
    """Return why so many rules and prefixes do not fit beside the rules that the NSG has, or ""."""
    rules = needed + own
    told = f"{needed} rules and {own} of the NSG's own" if own else f"{needed} rules"
    if model is DeploymentModel.CLASSIC:
        if rules > CLASSIC_RULES_ON_REQUEST:
            return f"{told} are over the classic maximum of {CLASSIC_RULES_ON_REQUEST}"
        if rules > CLASSIC_RULES:
            on_request = f"{CLASSIC_RULES_ON_REQUEST} on request"
            return f"{told} are over the default limit of {CLASSIC_RULES} ({on_request})"
        return ""
    if rules > RULES:
        return f"{told} are over the limit of {RULES}"
    if prefixes > PREFIXES:
        return f"{prefixes} prefixes are over the limit of {PREFIXES}"
    return ""
