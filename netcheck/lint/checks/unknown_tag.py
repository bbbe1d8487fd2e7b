"""Service tags that rules and routes name and that cannot be looked up, or that rules may not name.

A tag that is not in the published file is not the empty set, and whether Azure knows it is not said here: what it could
decide is undetermined. The published files of the clouds have the same tag names for other ranges, and regions of
their own ("Virtual network service tags", Microsoft Learn).
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, listed
from netcheck.lint.linted import Linted
from netcheck.model.names import key
from netcheck.model.regions import known_xml_regions, xml_region_to_location
from netcheck.model.site import Cloud
from netcheck.questions.finding import Finding, Related
from netcheck.questions.tags.uses import TagUse, tag_uses

_OTHER_REGIONS = {
    Cloud.GOVERNMENT: ("usgovvirginia", "usgovtexas", "usgovarizona", "usgoviowa", "usdodcentral", "usdodeast"),
    Cloud.CHINA: ("chinaeast", "chinaeast2", "chinaeast3", "chinanorth", "chinanorth2", "chinanorth3"),
    Cloud.GERMANY: ("germanycentral", "germanynortheast"),
}


def _uses(linted: Linted) -> Iterator[TagUse]:
    return (use for use in tag_uses(linted.site) if use.what in ("rule", "route"))


def _other_cloud(linted: Linted, name: str) -> Cloud | None:
    """Return the cloud that has the region in a tag's name, where that is not the site's."""
    region = key(name).partition(".")[2]
    found = next((cloud for cloud, regions in _OTHER_REGIONS.items() if region in regions), None)
    if found is None and region in {xml_region_to_location(one) for one in known_xml_regions()}:
        found = Cloud.PUBLIC
    return found if found is not linted.site.cloud else None


def _find_unknown(linted: Linted) -> Iterator[Finding]:
    table = linted.site.tags
    uses = [use for use in _uses(linted) if table is None or table.get(use.name) is None]
    uses = [use for use in uses if _other_cloud(linted, use.name) is None]
    if uses and (table is None or not table.is_complete):
        names = list(dict.fromkeys(use.name for use in uses))
        why = "no service-tag file was given" if table is None else f"{table.file} lists data-centre ranges only"
        message = f"what {len(names)} service tags cover is not known ({listed(names)}): {why}"
        if len(names) == 1:
            message = f"what service tag `{names[0]}` covers is not known: {why}"
        related = [Related(use.user, use.at, use.name) for use in uses[:3]]
        yield UNKNOWN.about(uses[0].resource, uses[0].at, message, severity=Severity.NOTE, related=related)
        return
    for use in uses:
        yield _finding(UNKNOWN, use, f"names {linted.book.why_unknown(use.name)}")


def _find_other_cloud(linted: Linted) -> Iterator[Finding]:
    for use in _uses(linted):
        cloud = _other_cloud(linted, use.name)
        is_listed = linted.site.tags is not None and linted.site.tags.get(use.name) is not None
        if cloud is not None and not is_listed:
            here = f"names `{use.name}`, and that region is one of {cloud}: the site is in {linted.site.cloud}"
            yield _finding(OTHER_CLOUD, use, here)


def _find_not_for_rules(linted: Linted) -> Iterator[Finding]:
    for use in _uses(linted):
        entry = linted.site.tags.get(use.name) if linted.site.tags else None
        if entry is not None and not entry.is_nsg_capable and use.what == "rule":
            message = (
                f"names `{entry.name}`, which the published file lists without the NSG feature: Azure may refuse it"
            )
            yield _finding(NOT_FOR_RULES, use, message)


def _finding(check: Check, use: TagUse, message: str) -> Finding:
    return Finding(
        code=check.code,
        kind=check.kind,
        severity=check.severity,
        resource=use.resource,
        direction=use.direction,
        rule=use.user,
        at=str(use.at),
        place=use.at,
        message=f"{use.what} `{use.user}` {message}",
    )


UNKNOWN = Check(code="NC222", kind="unknown-tag", severity=Severity.WARNING, find=_find_unknown)
NOT_FOR_RULES = Check(code="NC223", kind="tag-not-for-rules", severity=Severity.WARNING, find=_find_not_for_rules)
OTHER_CLOUD = Check(code="NC224", kind="tag-of-other-cloud", severity=Severity.WARNING, find=_find_other_cloud)
