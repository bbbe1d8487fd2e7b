"""What kinds of input are a site, and what loading it gives."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import parse_address
from netcheck.model.rules import Access
from netcheck.model.site import Cloud, DeploymentModel, PublicIp, WindowsFirewall
from netcheck.sources.load import load_site
from tests.unit.sources.shared import shared_folder
from tests.unit.sources.sites import ARTICLE, NETWORK, RULE, load, write, write_tags


def codes(paths: list[str], tags: str | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_site(paths, tags)
    return [found.code for found in caught.value.diagnostics]


def test_article_site_loads(tmp_path: Path) -> None:
    """The article's network is read with every key of the format's own example."""
    write_tags(tmp_path)
    site = load(tmp_path, ARTICLE)
    assert (site.cloud, site.location, site.deployment_model) == (Cloud.PUBLIC, "westus", DeploymentModel.CLASSIC)
    (rule,) = site.network_security_groups[0].rules
    assert (rule.name, rule.priority, rule.access) == ("deny-internet", 4000, Access.DENY)
    assert f"{tmp_path / 'site.yaml'}:14:9" == str(rule.at)
    app, proxy = site.virtual_machines
    assert app.agent_version == "2.6.1198.718"
    assert app.proxy_client is not None
    assert app.proxy_client.winhttp is not None
    assert [f"{p.host}:{p.port}" for p in app.proxy_client.winhttp.values()] == ["10.0.0.5:8080"] * 2
    assert (PublicIp(4, parse_address("203.0.113.10")),) == proxy.primary.public_ips
    assert isinstance(proxy.host_firewall, WindowsFirewall)
    assert [str(port) for port in proxy.host_firewall.rules[0].local_ports] == ["8080"]
    assert proxy.proxy_server is not None
    assert (proxy.proxy_server.port, proxy.proxy_server.default) == (8080, Access.DENY)
    assert (
        site.backup.profile,
        site.backup.vault_name,
        site.backup.vault_location,
    ) == ("article-2015", "vault-1", "westus")
    assert site.tags is not None
    assert (site.tags.cloud, site.tags.change_number) == ("Public", 9)
    assert site.warnings == ()


def test_folder_holds_site_yaml(tmp_path: Path) -> None:
    """A folder is read by its `site.yaml`, and files it names lie beside that file."""
    write_tags(tmp_path)
    write(tmp_path, ARTICLE)
    assert str(tmp_path / "site.yaml") == load_site([str(tmp_path)]).file


def test_folder_without_site_is_refused(tmp_path: Path) -> None:
    """A folder without `site.yaml` is an error, not an empty site."""
    assert codes([str(tmp_path)]) == ["NC100"]


def test_no_file_is_no_site() -> None:
    """A command line without files is refused clearly."""
    assert codes([]) == ["NC109"]


def test_every_file_that_is_missing_is_reported() -> None:
    """Two files that are not there are two faults, in the order of their names."""
    with pytest.raises(InputError) as caught:
        load_site(["b.yaml", "a.yaml"])
    found = [(each.code, each.at.file) for each in caught.value.diagnostics]
    assert found == [("NC100", "a.yaml"), ("NC100", "b.yaml")]


def test_several_files_are_one_site(tmp_path: Path) -> None:
    """A site file and an export beside it; each rule keeps the file that it stands in."""
    export = write(tmp_path, json.dumps({"name": "nsg-b", "etag": "1", "securityRules": [RULE]}), "nsg.json")
    site_file = write(tmp_path, f"netcheck: 1\n{NETWORK}networkSecurityGroups: [{{name: nsg-a, securityRules: []}}]\n")
    for paths in ([site_file, export], [export, site_file]):
        site = load_site(paths)
        assert [nsg.name for nsg in site.network_security_groups] == ["nsg-a", "nsg-b"]
        assert (site.network_security_groups[1].rules[0].at.file, site.is_bare_nsg) == (export, False)


def test_a_file_named_twice_is_one_file(tmp_path: Path) -> None:
    """A shell pattern and a name may stand for the same file."""
    path = write(tmp_path, json.dumps({"name": "nsg", "securityRules": [RULE]}), "nsg.json")
    assert [nsg.name for nsg in load_site([path, path, str(tmp_path)]).network_security_groups] == ["nsg"]


def test_two_site_files_are_refused(tmp_path: Path) -> None:
    """The first one counts, and every other one is reported."""
    paths = [write(tmp_path, f"netcheck: 1\n{NETWORK}", f"{name}.yaml") for name in ("a", "b", "c")]
    with pytest.raises(InputError) as caught:
        load_site(paths)
    assert [(found.code, found.at.file) for found in caught.value.diagnostics] == [
        ("NC109", paths[1]),
        ("NC109", paths[2]),
    ]


def test_a_folder_of_exports_is_one_site(tmp_path: Path) -> None:
    """Without a `site.yaml` every data file of the folder counts, those in folders inside it too, hidden ones not."""
    for folder, name in (
        ("", "a.json"),
        ("inner", "b.json"),
        (".terraform", "c.json"),
        ("", ".hidden.json"),
        ("", "x.md"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        write(tmp_path / folder, json.dumps({"name": f"nsg-{name}", "securityRules": []}), name)
    site = load_site([str(tmp_path)])
    assert [nsg.name for nsg in site.network_security_groups] == ["nsg-a.json", "nsg-b.json"]


def test_a_service_tag_file_beside_an_export_gives_its_tags(tmp_path: Path) -> None:
    """Given as one of the files it is what `--tags` is; alone it describes no network; two of them are one too many."""
    export = write(tmp_path, json.dumps({"name": "nsg", "securityRules": [RULE]}), "nsg.json")
    tags = write_tags(tmp_path)
    table = load_site([export, tags]).tags
    assert table is not None
    assert table.change_number == 9
    assert codes([tags]) == ["NC108"]
    (tmp_path / "more").mkdir()
    assert codes([export, tags, write_tags(tmp_path / "more")]) == ["NC109"]


def test_parameters_without_their_template_are_refused(tmp_path: Path) -> None:
    """Values for nothing say nothing about a network."""
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"
    text = json.dumps({"$schema": schema, "contentVersion": "1.0.0.0", "parameters": {"a": {"value": 1}}})
    assert codes([write(tmp_path, text, "main.parameters.json")]) == ["NC108"]


@pytest.mark.parametrize("bad", ["{", "[1, 2]", "netcheck: 2\n"])
def test_one_bad_file_among_good_ones_stops_the_answer(bad: str, tmp_path: Path) -> None:
    """What the bad file would have said may decide, so there is no site without it."""
    export = write(tmp_path, json.dumps({"name": "nsg", "securityRules": [RULE]}), "nsg.json")
    with pytest.raises(InputError) as caught:
        load_site([export, write(tmp_path, bad, "bad.yaml")])
    assert {found.at.file for found in caught.value.diagnostics} == {str(tmp_path / "bad.yaml")}


def test_site_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is a site on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"netcheck: 1\nlocation: West US\n")))
    site = load_site(["-"])
    assert (site.file, site.location) == ("-", "westus")


def test_tags_option_overrides_the_site(tmp_path: Path) -> None:
    """A service-tag file given beside the site is used instead of the one it names, which need not exist."""
    text = ARTICLE.replace("ServiceTags_Public.json", "no-such-file.json")
    site = load_site([write(tmp_path, text)], tags=write_tags(tmp_path))
    assert site.tags is not None
    assert site.tags.change_number == 9


@pytest.mark.parametrize("cloud", ["China", "AzureGovernment"])
def test_tags_of_another_cloud_are_refused(cloud: str, tmp_path: Path) -> None:
    """Ranges of one cloud say nothing about an NSG of another (corner case 31), however the file was given."""
    tags = write_tags(tmp_path, cloud)
    path = write(tmp_path, ARTICLE)
    assert codes([path]) == ["NC143"]
    assert codes([path], tags) == ["NC143"]
    stated = write(tmp_path, ARTICLE.replace("cloud: Public ", f"cloud: {cloud} "))
    assert Cloud(cloud) == load_site([stated]).cloud


def test_json_site_is_the_same_site(tmp_path: Path) -> None:
    """A site may be written as JSON."""
    text = json.dumps({"netcheck": 1, "virtualNetworks": [{"name": "v", "addressSpace": ["10.0.0.0/8"]}]})
    assert load(tmp_path, text).virtual_networks[0].name == "v"


@pytest.mark.parametrize("wrap", ["bare", "list", "value", "rest"])
def test_bare_nsg_exports(wrap: str, tmp_path: Path) -> None:
    """One NSG, a list of NSGs, REST's `value`, and the form with `properties` are all NSGs without a network."""
    flat = {"id": "/x", "etag": "W/1", "location": "West US", "name": "nsg-app", "securityRules": [RULE], "tags": None}
    rest_rule = {"name": "rule-a", "id": "/x/rule-a", "properties": {k: v for k, v in RULE.items() if k != "name"}}
    rest = {"name": "nsg-app", "location": "westus", "properties": {"securityRules": [rest_rule], "resourceGuid": "0"}}
    export = {"bare": flat, "list": [flat], "value": {"value": [rest]}, "rest": rest}[wrap]
    site = load_site([write(tmp_path, json.dumps(export, indent=1), "nsg.json")])
    assert site.is_bare_nsg
    assert (site.network_security_groups[0].name, site.location) == ("nsg-app", "westus")
    (rule,) = site.network_security_groups[0].rules
    assert (rule.name, rule.priority, str(rule.destination_ports[0])) == ("rule-a", 200, "443")


def test_bare_nsg_as_az_prints_yaml(tmp_path: Path) -> None:
    """`az network nsg show -o yaml` output is a bare NSG too; its own default rules are kept apart."""
    text = """\
defaultSecurityRules:
- access: Deny
  description: Deny all outbound traffic
  destinationAddressPrefix: '*'
  destinationAddressPrefixes: []
  destinationPortRange: '*'
  destinationPortRanges: []
  direction: Outbound
  name: DenyAllOutBound
  priority: 65500
  protocol: '*'
  provisioningState: Succeeded
  sourceAddressPrefix: '*'
  sourceAddressPrefixes: []
  sourcePortRange: '*'
  sourcePortRanges: []
flowLogs: null
name: nsg-app
networkInterfaces: null
securityRules: []
subnets: null
type: Microsoft.Network/networkSecurityGroups
"""
    (nsg,) = load(tmp_path, text).network_security_groups
    assert (nsg.rules, [rule.name for rule in nsg.default_rules]) == ((), ["DenyAllOutBound"])
    assert nsg.default_rules[0].is_default


def test_bare_nsg_takes_the_cloud_of_the_tags(tmp_path: Path) -> None:
    """An export does not name its cloud, so the service-tag file does."""
    path = write(tmp_path, json.dumps({"name": "n", "securityRules": []}), "nsg.json")
    assert load_site([path], tags=write_tags(tmp_path, "China")).cloud == Cloud.CHINA


def test_faults_of_named_files_say_who_named_them(tmp_path: Path) -> None:
    """A file that cannot be read is reported with the place in the site that names it."""
    with pytest.raises(InputError) as caught:
        load(tmp_path, "netcheck: 1\nserviceTags: gone.json\n")
    (found,) = caught.value.diagnostics
    assert str(tmp_path / "gone.json") == found.at.file
    assert [f"{tmp_path / 'site.yaml'}:2:14"] == [str(place) for place, _ in found.related]


def test_recorded_export_loads() -> None:
    """What the az command line printed for a real NSG is read: as many rules as it holds, and the six defaults."""
    export = shared_folder("nsg") / "az_cli_output" / "az_vm_open_port_nsg.json"
    recorded = json.loads(export.read_text(encoding="utf-8"))
    (nsg,) = load_site([str(export)]).network_security_groups
    assert [(r["name"], r["priority"]) for r in recorded["securityRules"]] == [(r.name, r.priority) for r in nsg.rules]
    assert len(nsg.default_rules) == 6
