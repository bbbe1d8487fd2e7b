"""VMs and NICs as a site file spells them."""

from __future__ import annotations

from netcheck.model.address import address_text
from netcheck.model.names import last_segment
from netcheck.model.site import NetworkInterface, PublicIp, Site, VirtualMachine
from netcheck.reports._site_file_backup import facts_entry
from netcheck.reports._site_file_hosts import client_entry, firewall_entry, server_entry
from netcheck.reports._site_file_values import Entry, Relative, Value, one_or_many, set_only


def machine_entry(vm: VirtualMachine, site: Site, relative: Relative) -> Entry:
    """Return a VM with its NICs and what stands on it."""
    entry: Entry = {
        "name": vm.name,
        **set_only(osType=vm.os_type, resourceGroup=vm.resource_group),
        "networkInterfaces": [_nic_entry(nic) for nic in vm.interfaces],
    }
    if vm.host_firewall is not None:
        entry["hostFirewall"] = firewall_entry(vm.host_firewall, vm.name, relative)
    if vm.proxy_client is not None:
        entry["proxyClient"] = client_entry(vm.proxy_client, vm.name)
    if vm.proxy_server is not None:
        entry["proxyServer"] = server_entry(vm.proxy_server, vm.name, relative)
    return {**entry, **facts_entry(vm, site)}


def _nic_entry(nic: NetworkInterface) -> Entry:
    """Return a NIC; an address that Azure chooses is one more IP configuration where others are known."""
    known: list[Value] = list(dict.fromkeys(address_text(one) for one in nic.certain_addresses))
    entry: Entry = {
        "name": nic.name,
        "subnet": nic.subnet,
        **one_or_many("privateIPAddress", "privateIPAddresses", known),
    }
    if nic.open_families == (4,) and not known:
        entry["privateIPAllocationMethod"] = "Dynamic"
    elif nic.open_families:
        entry["ipConfigurations"] = [
            {"privateIPAllocationMethod": "Dynamic", **set_only(privateIPAddressVersion="IPv6" if family == 6 else "")}
            for family in nic.open_families
        ]
    public = [_public_ip(one) for one in dict.fromkeys(nic.public_ips)]
    if nic.has_default_outbound is not None:
        entry["defaultOutboundConnectivityEnabled"] = nic.has_default_outbound
    return {
        **entry,
        **one_or_many("publicIPAddress", "publicIPAddress", public),
        **set_only(
            networkSecurityGroup=nic.network_security_group,
            applicationSecurityGroups=[last_segment(name) for name in nic.application_security_groups],
            primary=nic.is_primary,
            enableIPForwarding=nic.has_ip_forwarding,
            loadBalancerBackendAddressPools=list(nic.backend_pools),
        ),
        **_computed(nic),
    }


def _computed(nic: NetworkInterface) -> Entry:
    if nic.effective_nsgs is None and nic.effective_routes is None:
        return {}
    from netcheck.reports._site_file_effective import effective_entries

    return effective_entries(nic)


def _public_ip(public: PublicIp) -> Value:
    sku = {} if public.sku is None else {"sku": str(public.sku)}
    if public.address is None:
        return {"name": "not-known", "publicIPAddressVersion": f"IPv{public.family}", **sku}
    return {"ipAddress": address_text(public.address), **sku} if sku else address_text(public.address)
