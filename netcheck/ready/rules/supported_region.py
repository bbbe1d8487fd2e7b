"""Whether Azure Backup is there in the region of the VMs."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.regions import azurecloud_tag_for
from netcheck.model.site import Cloud
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Finding, Findings, failed, passed, unknown


def judge(case: Case, given: Given) -> Findings:
    """Yield one finding for each region; `regions` lists them, or is `published`: those of the service-tag file."""
    listed = given["regions"]
    for region, vms in case.regions():
        if not region:
            yield unknown(f"the region of {len(vms)} VMs is not known: `{vms[0].name}`")
        elif isinstance(listed, Sequence) and not isinstance(listed, str):
            yield _by_list(case, region, [str(one) for one in listed])
        else:
            yield _by_tags(case, region)


def _by_list(case: Case, region: str, listed: list[str]) -> Finding:
    if case.site.cloud is not Cloud.PUBLIC:
        return unknown(f"the list is of the public regions; {region} is in cloud {case.site.cloud}")
    if region in listed:
        return passed(f"{region} was a public region then")
    return failed(f"{region} was no public region then")


def _by_tags(case: Case, region: str) -> Finding:
    tags = case.site.tags
    if tags is None:
        return unknown(f"without a service-tag file it is not known whether {region} is a public region")
    if tags.get(azurecloud_tag_for(region, tags)) is not None:
        return passed(f"{region} is a region of {tags.file}")
    return failed(f"{region} is no region of {tags.file}")
