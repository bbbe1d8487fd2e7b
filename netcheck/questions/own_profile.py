"""A profile that a file states, for one site: tags and names of its region, and names without addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netcheck.errors import QuestionError
from netcheck.model.names import key
from netcheck.model.profiles import ServiceNeed, ServiceProfile
from netcheck.model.regions import azurecloud_tag_for, normal_location, storage_tag_for
from netcheck.model.site import Site
from netcheck.questions.profiles import BackupProfile, Need

ANYWHERE = "Internet"
"""Where a name without a tag may be: the answer holds for each of its addresses, or it is open."""

_REGION = "{region}"


def own_profile(site: Site, stated: ServiceProfile, target: str = "", ports: Sequence[int] = ()) -> BackupProfile:
    """Return the profile for a site, with target and ports overridden where given.

    Raise QuestionError where it is about the site's region and the site has no `location`.
    """
    needs = tuple(_need(site, stated, one) for one in stated.needs)
    target, ports = target or site.backup.target, tuple(ports) or site.backup.ports
    if target:
        first = needs[0]
        needs = (replace(first, target=target, hosts=(), is_by_name=False, is_essential=True),)
    if ports:
        needs = tuple(replace(need, ports=ports) for need in needs)
    said = f"`{target}` as asked" if target else stated.source
    return BackupProfile(name=stated.name, needs=needs, source=said, undocumented=stated.undocumented)


def _need(site: Site, stated: ServiceProfile, one: ServiceNeed) -> Need:
    region = ""
    if any(_REGION in text for text in (one.tag, *one.names)):
        region = normal_location(site.location or site.backup.vault_location)
        if not region:
            message = f"the site has no `location`, and profile `{stated.name}` is about its region"
            raise QuestionError("NC309", message, "add `location: westus` to the site, or give --location")
    target = _tag(site, one.tag, region) if one.tag else ",".join(one.addresses)
    return Need(
        target=target or ANYWHERE,
        ports=one.ports,
        hosts=tuple(name.replace(_REGION, region) for name in one.names),
        is_essential=one.is_essential,
        why=one.why,
        protocol=one.protocol,
        component=one.component,
        heeds=one.heeds,
        is_by_name=not target,
    )


def _tag(site: Site, text: str, region: str) -> str:
    """Return a tag with the region in it, as the tag file spells it."""
    service, _, rest = text.partition(".")
    if rest != _REGION:
        return text
    if key(service) == "storage":
        return storage_tag_for(region, site.tags)
    if key(service) == "azurecloud":
        return azurecloud_tag_for(region, site.tags)
    entry = site.tags.get(f"{service}.{region}") if site.tags else None
    return entry.name if entry is not None else f"{service}.{region}"
