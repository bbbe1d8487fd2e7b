"""Sites that reports are made of: the stories of the fixtures."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import netcheck as nc
from netcheck.model.site import Site
from netcheck.overview.report import Report, report
from tests.unit.cli.shared import ROOT

FIXTURES = ROOT / "fixtures"
ARTICLE = FIXTURES / "article-before" / "site.yaml"
OPEN = FIXTURES / "private-subnet" / "site.yaml"
"""A site of which one VM is undetermined, two are blocked and four pass."""


@cache
def report_of(path: Path) -> Report:
    """Return the report of a site file; several tests look at one."""
    return report(nc.load(path))


REFUSED = {
    "article-gov-tags/site.yaml", "intents-ci/site.yaml", "intents-ci/site-before.yaml", "matrix-small/site.yaml",
    "matrix-small/site-new.yaml", "what-a-change-does/site.yaml", "what-a-change-does/site-new.yaml",
    "edges-client/site-netsh-german.yaml",
}  # fmt: skip
"""Sites of which no report can be made: another cloud's tags, no region, a file that is refused."""
MANY = ("edges-client", "corner-load-balancer", "corner-azure-firewall", "edges-egress")
"""Stories whose variants are looked at too: proxies behind load balancers, several ways, both families."""
STORIES = sorted(
    name
    for path in (
        *FIXTURES.glob("*/site.yaml"),
        *(one for story in MANY for one in (FIXTURES / story).glob("site*.yaml")),
    )
    if (name := f"{path.parent.name}/{path.name}") not in REFUSED
)


def story(name: str) -> Report:
    """Return the report of a story."""
    return report_of(FIXTURES / name)


def load(content: dict[str, Any], folder: Path) -> Site:
    """Return the site of a mapping."""
    path = folder / "site.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return nc.load(path)
