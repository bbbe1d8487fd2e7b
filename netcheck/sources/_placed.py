"""What stands in the networks of a site, read when the networks are: VMs, load balancers, endpoints, firewalls.

Each kind has a reader of its own, which is imported where a site has such resources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netcheck.model.site import Site
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope
from netcheck.sources._stubs import with_stub_subnets
from netcheck.sources._subnets import Subnets

if TYPE_CHECKING:
    from netcheck.model.site import (
        AdminRule,
        AzureFirewall,
        LoadBalancer,
        PrivateDnsZone,
        PrivateEndpoint,
        VirtualMachine,
        VirtualNetwork,
    )
    from netcheck.sources._build import Records
    from netcheck.sources._site_pools import Pools


def with_placed(scope: Scope, records: Records, site: Site) -> Site:
    """Return a site with what its networks hold; pools are declared before the NICs that name them."""
    subnets = Subnets(scope, site.virtual_networks)
    pools, balancers = _balancers(scope, records.load_balancers, subnets)
    machines = _machines(scope, records.machines, site.virtual_networks, subnets, pools)
    if pools is not None:
        machines, balancers = pools.filled(machines, balancers)
    endpoints, zones = _services(scope, records, subnets)
    firewalls = _firewalls(scope, records, subnets)
    return replace(
        site,
        virtual_networks=with_stub_subnets(site.virtual_networks, subnets.stubs),
        virtual_machines=machines,
        load_balancers=balancers,
        private_endpoints=endpoints,
        private_dns_zones=zones,
        azure_firewalls=firewalls,
        admin_rules=_admin_rules(scope, records.admin_rules),
    )


def _machines(
    scope: Scope,
    records: Sequence[Record],
    networks: tuple[VirtualNetwork, ...],
    subnets: Subnets,
    pools: Pools | None,
) -> tuple[VirtualMachine, ...]:
    if not records:
        return ()
    from netcheck.sources._open_addresses import with_open_addresses
    from netcheck.sources._site_machines import Machines  # 4 ms: host firewalls and proxies come with it

    machines = Machines(scope, subnets, pools)
    return with_open_addresses([one for inner in records if (one := machines.read(inner)) is not None], networks)


def _balancers(
    scope: Scope, records: Sequence[Record], subnets: Subnets
) -> tuple[Pools | None, tuple[LoadBalancer, ...]]:
    if not records:
        return None, ()
    from netcheck.sources._site_balancers import read_balancer
    from netcheck.sources._site_pools import Pools

    pools = Pools(scope)
    return pools, tuple(read_balancer(scope, record, subnets, pools) for record in records)


def _services(
    scope: Scope, records: Records, subnets: Subnets
) -> tuple[tuple[PrivateEndpoint, ...], tuple[PrivateDnsZone, ...] | None]:
    if not records.private_endpoints and not records.dns_zones:
        return (), records.dns_zones if records.dns_zones is None else ()
    from netcheck.sources._site_services import read_endpoints, read_zones

    return read_endpoints(scope, records.private_endpoints, subnets), read_zones(scope, records.dns_zones)


def _firewalls(scope: Scope, records: Records, subnets: Subnets) -> tuple[AzureFirewall, ...]:
    if not records.azure_firewalls and not records.firewall_policies and not records.ip_groups:
        return ()
    from netcheck.sources._site_azfirewall import read_firewalls

    return read_firewalls(scope, records.azure_firewalls, records.firewall_policies, records.ip_groups, subnets)


def _admin_rules(scope: Scope, records: Sequence[Record]) -> tuple[AdminRule, ...]:
    if not records:
        return ()
    from netcheck.sources._site_adminrules import read_admin_rules

    return read_admin_rules(scope, records)
