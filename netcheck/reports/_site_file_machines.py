"""VMs and NICs as a site file spells them."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.address import AddressRange
from netcheck.model.names import is_same, last_segment
from netcheck.model.site import NetworkInterface, PublicIp, Site, VirtualMachine
from netcheck.reports._site_file_hosts import client_entry, firewall_entry, server_entry
from netcheck.reports._site_file_values import Entry, Relative, Value, address_text, one_or_many, set_only
from netcheck.sets.intervals import IntervalSet

_OWN_FIRST, _OWN_LAST = 4, 1
"""How many addresses at either end of a subnet are Azure's own (Microsoft Learn, "Azure Virtual Network FAQ")."""


def machine_entry(vm: VirtualMachine, site: Site, relative: Relative) -> Entry:
    """Return a VM with its NICs and what stands on it."""
    entry: Entry = {
        "name": vm.name,
        **set_only(osType=vm.os_type, resourceGroup=vm.resource_group),
        "networkInterfaces": [_nic_entry(nic, site) for nic in vm.interfaces],
    }
    if vm.host_firewall is not None:
        entry["hostFirewall"] = firewall_entry(vm.host_firewall, vm.name, relative)
    if vm.proxy_client is not None:
        entry["proxyClient"] = client_entry(vm.proxy_client, vm.name)
    if vm.proxy_server is not None:
        entry["proxyServer"] = server_entry(vm.proxy_server, vm.name, relative)
    return {**entry, **({"agent": {"version": vm.agent_version}} if vm.agent_version else {})}


def _nic_entry(nic: NetworkInterface, site: Site) -> Entry:
    """Return a NIC; an address that Azure chooses is one more IP configuration where others are known."""
    known: list[Value] = list(dict.fromkeys(address_text(one) for one in _known_addresses(nic, site)))
    entry: Entry = {
        "name": nic.name,
        "subnet": nic.subnet,
        **one_or_many("privateIPAddress", "privateIPAddresses", known),
    }
    if nic.has_unknown_address and not known:
        entry["privateIPAllocationMethod"] = "Dynamic"
    elif nic.has_unknown_address:
        entry["ipConfigurations"] = [{"privateIPAllocationMethod": "Dynamic"}]
    public = [_public_ip(one) for one in dict.fromkeys(nic.public_ips)]
    return {
        **entry,
        **one_or_many("publicIPAddress", "publicIPAddress", public),
        **set_only(
            networkSecurityGroup=nic.network_security_group,
            applicationSecurityGroups=[last_segment(name) for name in nic.application_security_groups],
            primary=nic.is_primary,
            enableIPForwarding=nic.has_ip_forwarding,
        ),
    }


def _public_ip(public: PublicIp) -> Value:
    if public.address is not None:
        return address_text(public.address)
    return {"name": "not-known", "publicIPAddressVersion": f"IPv{public.family}"}


def _known_addresses(nic: NetworkInterface, site: Site) -> Sequence[AddressRange]:
    """Return the addresses that a NIC certainly has: not those from which Azure chooses another one.

    The model holds both together. What Azure chooses from is all that is free in the subnet, in one family: IPv4 where
    the subnet has it.
    """
    if not nic.has_unknown_address:
        return nic.addresses
    subnet = site.subnet(nic.subnet)
    prefixes = subnet.prefixes if subnet else ()
    family = 6 if prefixes and all(prefix.family == 6 for prefix in prefixes) else 4
    mine = [one for one in nic.addresses if one.family == family]
    others = [one for one in nic.addresses if one.family != family]
    is_choice = any(one.first != one.last for one in mine)
    is_choice = is_choice or _span_set(mine) == _free(site, nic.subnet, [p for p in prefixes if p.family == family])
    return others if is_choice else nic.addresses


def _free(site: Site, subnet: str, prefixes: Sequence[AddressRange]) -> IntervalSet:
    usable = [
        (prefix.first + _OWN_FIRST, prefix.last - _OWN_LAST)
        for prefix in prefixes
        if prefix.first + _OWN_FIRST <= prefix.last - _OWN_LAST
    ]
    nics = [nic for vm in site.virtual_machines for nic in vm.interfaces if is_same(nic.subnet, subnet)]
    taken = [one for nic in nics if not nic.has_unknown_address for one in nic.addresses]
    family = prefixes[0].family if prefixes else 4
    return IntervalSet.of(usable) - _span_set([one for one in taken if one.family == family])


def _span_set(ranges: Sequence[AddressRange]) -> IntervalSet:
    return IntervalSet.of((one.first, one.last) for one in ranges)
