"""A collected folder is the site it was read from; nothing is sent that could change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.shared import azure_site, collect, digest, fill
from tests.real_az.server import Arm

SITES = [
    "article-before/site-rm.yaml",
    "two-nsgs-disagree/site.yaml",
    "corner-admin-rules/site-41-not-applied.yaml",
    "corner-azure-firewall/site-65-parent.yaml",
    "corner-egress/site-51-ways-out.yaml",
    "corner-groups/site-42-asg.yaml",
    "corner-load-balancer/site-33-client.yaml",
    "corner-peering/site-59-hub-appliance.yaml",
    "corner-private-endpoint/site-62-routes.yaml",
    "corner-public-ip/site-sku.yaml",
    "corner-routes/site-45-service-endpoint.yaml",
    "corner-routes/site-55-appliances.yaml",
    "plans-on-the-way/site-private-endpoint.yaml",
]
"""Between them every type that is collected."""


@pytest.mark.parametrize("name", SITES)
def test_the_folder_has_the_digest_of_the_site(
    name: str, arm: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A site that Azure holds, read with pages of two resources, is the site; and only reads were sent."""
    file, held = azure_site(name, tmp_path, capsys)
    fill(arm, held)
    arm.reading.page = 2
    outcome = collect(capsys, arm, tmp_path / "out")
    assert (outcome.status, outcome.err) == (0, "")
    assert digest(capsys, tmp_path / "out") == digest(capsys, file)
    assert {request.method for request in arm.requests if not request.path.endswith("/token")} == {"GET"}


def test_every_type_that_is_collected_is_in_some_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside those that the model has no place for."""
    found = {path.split("/")[-2] for name in SITES for path in azure_site(name, tmp_path, capsys)[1]}
    assert found >= {
        "virtualMachines", "networkInterfaces", "networkSecurityGroups", "applicationSecurityGroups", "routeTables",
        "virtualNetworks", "publicIPAddresses", "natGateways", "privateEndpoints", "privateDnsZones",
        "virtualNetworkLinks", "loadBalancers", "azureFirewalls", "firewallPolicies", "ruleCollectionGroups",
        "networkManagers", "networkGroups", "staticMembers", "securityAdminConfigurations", "ruleCollections", "rules",
    }  # fmt: skip
