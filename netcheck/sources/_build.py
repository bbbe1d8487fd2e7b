"""Records of resources to a site: read in an order in which every name is declared before it is referred to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from netcheck.model.names import is_same, key, last_segment
from netcheck.model.site import Backup, Cloud, DeploymentModel, Site
from netcheck.model.tags import TagTable
from netcheck.sources._nodes import Mapping, Node
from netcheck.sources._plain import field as value_of
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope, attach_all, is_printed_by_azure
from netcheck.sources._site_rules import TOLERABLE, read_nsg
from netcheck.sources._stubs import doubtful_nsgs, doubtful_tables, unread_nsgs, unread_tables

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.site import Peering, RouteTable, VirtualNetwork


class Records(NamedTuple):
    """The resources of a site, not read yet; `dns_zones` None: nobody says which there are."""

    nsgs: tuple[Record, ...] = ()
    route_tables: tuple[Record, ...] = ()
    groups: tuple[Node, ...] = ()
    networks: tuple[Record, ...] = ()
    peerings: tuple[Record, ...] = ()
    machines: tuple[Record, ...] = ()
    nat_gateways: tuple[Record, ...] = ()
    private_endpoints: tuple[Record, ...] = ()
    dns_zones: tuple[Record, ...] | None = None
    load_balancers: tuple[Record, ...] = ()
    admin_rules: tuple[Record, ...] = ()
    azure_firewalls: tuple[Record, ...] = ()
    firewall_policies: tuple[Record, ...] = ()
    ip_groups: tuple[Record, ...] = ()
    vaults: tuple[Record, ...] = ()

    @property
    def has_placed(self) -> bool:
        """Whether there is something that stands in networks, or decides between them, beside NSGs and routes."""
        more = (self.private_endpoints, self.load_balancers, self.admin_rules, self.azure_firewalls)
        others = (self.machines, self.firewall_policies, self.ip_groups)
        return any((*more, *others)) or self.dns_zones is not None

    def with_more(self, more: Records) -> Records:
        """Return the records of both."""
        return Records(
            nsgs=self.nsgs + more.nsgs,
            route_tables=self.route_tables + more.route_tables,
            groups=self.groups + more.groups,
            networks=self.networks + more.networks,
            peerings=self.peerings + more.peerings,
            machines=self.machines + more.machines,
            nat_gateways=self.nat_gateways + more.nat_gateways,
            private_endpoints=self.private_endpoints + more.private_endpoints,
            dns_zones=_all_zones(self.dns_zones, more.dns_zones),
            load_balancers=self.load_balancers + more.load_balancers,
            admin_rules=self.admin_rules + more.admin_rules,
            azure_firewalls=self.azure_firewalls + more.azure_firewalls,
            firewall_policies=self.firewall_policies + more.firewall_policies,
            ip_groups=self.ip_groups + more.ip_groups,
            vaults=self.vaults + more.vaults,
        )


def _all_zones(one: tuple[Record, ...] | None, other: tuple[Record, ...] | None) -> tuple[Record, ...] | None:
    return other if one is None else one if other is None else one + other


_NO_BACKUP = Backup()


class Settings(NamedTuple):
    """What is said about a site as a whole."""

    file: str
    cloud: Cloud = Cloud.PUBLIC
    location: str = ""
    deployment_model: DeploymentModel = DeploymentModel.RESOURCE_MANAGER
    states_model: bool = True
    backup: Backup = _NO_BACKUP
    tags: TagTable | None = None
    is_bare_nsg: bool = False


def build_site(scope: Scope, records: Records, settings: Settings) -> Site:
    """Return the site; every fault goes to the collector, and the caller decides whether the site may be used."""
    groups = _application_security_groups(scope, records.groups)
    nsgs = [read_nsg(scope, record) for record in records.nsgs]
    for record in records.nat_gateways:
        _read_nat_gateway(scope, record)
    tables = _route_tables(scope, records.route_tables)
    for record in records.private_endpoints:  # subnets list them
        scope.declare("private endpoint", record.text("name"), record.node)
    networks = _virtual_networks(scope, records)
    site = Site(
        file=settings.file,
        cloud=settings.cloud,
        location=settings.location,
        deployment_model=settings.deployment_model,
        states_model=settings.states_model,
        virtual_networks=networks,
        application_security_groups=groups,
        backup=_backup(settings.backup, records.vaults),
        tags=settings.tags,
        is_bare_nsg=settings.is_bare_nsg,
    )
    if records.has_placed:
        from netcheck.sources._placed import with_placed

        site = with_placed(scope, records, site)
    scope.report_pending()
    nsgs += unread_nsgs(scope)
    tables += unread_tables(scope)
    site = replace(
        site,
        network_security_groups=(*nsgs, *doubtful_nsgs(scope, nsgs)),
        route_tables=(*tables, *doubtful_tables(scope, tables)),
    )
    if not scope.reader.collector.has_errors_beside(TOLERABLE):
        _check_complete(site)
    return replace(site, unmodelled=tuple(scope.reader.unmodelled), warnings=tuple(scope.reader.collector))


def _backup(backup: Backup, records: tuple[Record, ...]) -> Backup:
    """Return what is said of the backup, with what exports say of its vault: the one named, else the only one."""
    if not records:
        return backup
    from netcheck.sources._site_backup import read_vault

    found = [read_vault(record) for record in records]
    own = backup.vault
    if own is None:
        return replace(backup, vault=found[0]) if len(found) == 1 and backup.vaults is None else backup
    same = next((one for one in found if is_same(one.name, own.name)), None)
    if same is None:
        return backup
    stated = {name: value for name in ("location", "state", "redundancy") if (value := getattr(own, name))}
    return replace(backup, vault=replace(same, name=own.name, at=own.at, **stated))


def _check_complete(site: Site) -> None:
    """A name without an NSG or table behind it would count as "nothing there": better no answer than that one."""
    nsgs = {key(one.name) for one in site.network_security_groups}
    tables = {key(one.name) for one in site.route_tables}
    subnets = [subnet for network in site.virtual_networks for subnet in network.subnets]
    nics = [nic for vm in site.virtual_machines for nic in vm.interfaces]
    named = {one.network_security_group for one in subnets} | {one.network_security_group for one in nics}
    lost = [name for name in named if name and key(name) not in nsgs]
    lost += [one.route_table for one in subnets if one.route_table and key(one.route_table) not in tables]
    if lost:
        raise RuntimeError(f"attached and not in the site: {sorted(lost)}")


def _read_nat_gateway(scope: Scope, record: Record) -> None:
    name = record.name()
    if is_printed_by_azure(record):
        scope.lists_all("NAT gateway", name)
    attach_all(scope, record, "NAT gateway", name)


def _route_tables(scope: Scope, records: tuple[Record, ...]) -> list[RouteTable]:
    if not records:
        return []
    from netcheck.sources._site_routes import read_route_table

    return [read_route_table(scope, record) for record in records]


def _application_security_groups(scope: Scope, nodes: tuple[Node, ...]) -> tuple[str, ...]:
    """Return the groups of which it is known who is in them: of an `uncertain` one only the name is."""
    found = []
    for node in nodes:
        name = last_segment(scope.reference_text(node, "applicationSecurityGroups"))
        if name:
            scope.declare("application security group", name, node)
            if not isinstance(node, Mapping) or value_of(node, "uncertain") is None:
                found.append(name)
    return tuple(found)


def _virtual_networks(scope: Scope, records: Records) -> tuple[VirtualNetwork, ...]:
    if not records.networks and not records.peerings:
        return ()
    from netcheck.sources._site_network import read_peering, read_virtual_network

    outside: dict[str, list[Peering]] = {}
    places: dict[str, tuple[str, Node]] = {}
    for inner in records.peerings:
        owner, peering = read_peering(scope, inner)
        outside.setdefault(key(owner), []).append(peering)
        places.setdefault(key(owner), (owner, inner.get("virtualNetwork") or inner.node))
        if not owner:
            inner.missing("virtualNetwork", "name the virtual network the peering belongs to")
    found = [read_virtual_network(scope, inner, outside.get(key(inner.text("name")), [])) for inner in records.networks]
    for owner, node in places.values():
        if owner:
            scope.resolve("virtual network", owner, node)
    return tuple(found)
