"""A site as a site file: resources spelled as Azure spells them, whatever files the site was read from."""

from __future__ import annotations

import json
import os
from pathlib import Path

from netcheck.model.address import ApplicationSecurityGroup, Unresolved
from netcheck.model.expressions import NOT_KNOWN, inside_expression
from netcheck.model.names import key, last_segment
from netcheck.model.site import Site
from netcheck.questions.digest import merged_networks, rule_endpoints
from netcheck.reports._site_file_backup import backup_entry
from netcheck.reports._site_file_machines import machine_entry
from netcheck.reports._site_file_network import network_entry, outside_peerings
from netcheck.reports._site_file_rules import nsg_entry, table_entry
from netcheck.reports._site_file_values import Entry, Relative, Value, named_file, set_only
from netcheck.reports._site_file_values import unwritable as unwritable
from netcheck.reports._site_file_yaml import to_yaml

FORMAT = 1
_FIRST_LINE = "# yaml-language-server: $schema=site.schema.json\n"
_SPELLED_BY_ITSELF = tuple(f"`{name}` is `{NOT_KNOWN}`" for name in ("addressSpace", "addressPrefix"))


def site_yaml(site: Site, relative: Relative) -> str:
    """Return the site file as YAML; `relative` makes the paths of the files it names."""
    return _FIRST_LINE + to_yaml(site_document(site, relative))


def site_json(site: Site, relative: Relative) -> str:
    """Return the site file as JSON."""
    return json.dumps(site_document(site, relative), indent=2) + "\n"


def relative_to(file: str) -> Relative:
    """Return what makes paths relative to the folder of a file; one on another drive stays absolute.

    A folder may be a link: the system takes `..` from where it leads to, so links are followed before.
    """
    folder = Path(file).parent.resolve()

    def relative(path: str) -> str:
        whole = Path(path).parent.resolve() / Path(path).name
        try:
            return Path(os.path.relpath(whole, folder)).as_posix()
        except ValueError:
            return whole.as_posix()

    return relative


def site_document(site: Site, relative: Relative) -> Entry:
    """Return the site as values, in the order of the format.

    Raise QuestionError where the site holds something that the format has no word for.
    """
    _check_unknowns(site)
    tags: Entry = {}
    if site.tags is not None:
        tags["serviceTags"] = named_file(site.tags.path, "the service-tag table", relative)
    return {
        "netcheck": FORMAT,
        "cloud": str(site.cloud),
        **set_only(location=site.location),
        **({"deploymentModel": str(site.deployment_model)} if site.states_model else {}),
        **tags,
        **set_only(
            virtualNetworks=[network_entry(networks, site) for networks in merged_networks(site)],
            virtualNetworkPeerings=[
                peering for networks in merged_networks(site) for peering in outside_peerings(networks, site)
            ],
            networkSecurityGroups=[nsg_entry(nsg, site.deployment_model) for nsg in site.network_security_groups],
            routeTables=[table_entry(table) for table in site.route_tables],
            applicationSecurityGroups=_groups(site),
            virtualMachines=[machine_entry(vm, site, relative) for vm in site.virtual_machines],
        ),
        **_placed(site),
        **set_only(
            backup=backup_entry(site.backup, relative),
            unmodelled=_unmodelled(site),
        ),
    }


def _placed(site: Site) -> Entry:
    """Return what few sites have: endpoints, zones, load balancers, admin rules, firewalls."""
    zones = site.private_dns_zones
    if not (site.private_endpoints or site.load_balancers or site.admin_rules or site.azure_firewalls or zones):
        return {} if zones is None else {"privateDnsZones": []}
    from netcheck.reports import _site_file_placed as placed
    from netcheck.reports._site_file_azfirewall import firewall_entry, policy_entries

    return {
        **set_only(privateEndpoints=[placed.endpoint_entry(one) for one in site.private_endpoints]),
        **({} if zones is None else {"privateDnsZones": [placed.zone_entry(one) for one in zones]}),
        **set_only(
            loadBalancers=[placed.balancer_entry(one) for one in site.load_balancers],
            securityAdminRules=[placed.admin_rule_entry(one) for one in site.admin_rules],
            azureFirewalls=[firewall_entry(one) for one in site.azure_firewalls],
            firewallPolicies=[entry for one in site.azure_firewalls for entry in policy_entries(one)],
        ),
    }


def _groups(site: Site) -> list[Value]:
    """Return the application security groups, where the site declares any: then each that is named has to be there.

    One that only rules name may have any members: it is declared as uncertain.
    """
    if not site.application_security_groups:
        return []
    in_use = (name for vm in site.virtual_machines for nic in vm.interfaces for name in nic.application_security_groups)
    known = {key(last_segment(name)): last_segment(name) for name in (*site.application_security_groups, *in_use)}
    in_rules = (one.name for one in rule_endpoints(site) if isinstance(one, ApplicationSecurityGroup))
    named = {key(last_segment(name)): last_segment(name) for name in in_rules}
    open_ones = [name for folded, name in named.items() if folded not in known]
    return [*known.values(), *({"name": name, "uncertain": "no file describes it"} for name in open_ones)]


def _check_unknowns(site: Site) -> None:
    """Two unknown values must not become one: rules that name one unknown hold together."""
    spelled: dict[str, str] = {}
    for one in rule_endpoints(site):
        if isinstance(one, Unresolved) and spelled.setdefault(inside_expression(one.text), one.text) != one.text:
            raise unwritable(f"it has two unknown values that would both be written `[{inside_expression(one.text)}]`")


def _unmodelled(site: Site) -> list[Value]:
    """Return what verdicts depend on and the model has no place for; a missing prefix says so where it stands."""
    found = {(one.name, one.unknown) for one in site.unmodelled if not one.unknown.startswith(_SPELLED_BY_ITSELF)}
    return [{"name": name, **set_only(reason=reason)} for name, reason in sorted(found)]
