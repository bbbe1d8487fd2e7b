"""Which address a host name has for a client in a virtual network."""

from __future__ import annotations

from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import parse_prefix
from netcheck.model.services import PrivateDnsZone, PrivateEndpoint
from netcheck.model.site import Site
from netcheck.policy.names import Either, NameAnswer, Private, Public, resolve_private

HERE = Source("site.yaml", 7, 3)
HOST = "acct.blob.core.windows.net"
ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/Acct"


def endpoint(name: str = "pe", **more: Any) -> PrivateEndpoint:
    """Return an endpoint for the blobs of the account."""
    fields: dict[str, Any] = {"service": ACCOUNT, "groups": ("blob",), "is_approved": True, **more}
    address = parse_prefix("10.0.1.4/32")[0]
    return PrivateEndpoint(name=name, subnet="hub/pe", addresses=(address,), at=HERE, **fields)


def zone(name: str = "privatelink.blob.core.windows.net", *networks: str) -> PrivateDnsZone:
    """Return a zone that is linked to some networks."""
    return PrivateDnsZone(name=name, virtual_networks=networks, at=HERE)


LINKED = (zone("privatelink.blob.core.windows.net", "HUB"),)


def resolve(
    *endpoints: PrivateEndpoint, zones: tuple[PrivateDnsZone, ...] | None = LINKED, host: str = HOST
) -> NameAnswer:
    """Return the answer for a client in `hub`."""
    site = Site(file="site.yaml", private_endpoints=endpoints, private_dns_zones=zones)
    [found] = resolve_private(site, "hub", (host,))
    return found


def test_a_linked_zone_gives_the_endpoints_address() -> None:
    """Names and networks are compared letter case aside; the service may be a name or an ID."""
    assert resolve(endpoint()) == Private(HOST, (endpoint(),))
    by_name = endpoint(service="acct")
    assert resolve(by_name, host="ACCT.Blob.core.windows.net") == Private("ACCT.Blob.core.windows.net", (by_name,))


def test_without_a_link_the_name_is_public() -> None:
    """A zone that another network uses, or one for another service, does nothing; the note says what is missing."""
    note = "no private DNS zone `privatelink.blob.core.windows.net` is linked to `hub`"
    for zones in (
        (),
        (zone("privatelink.blob.core.windows.net", "spoke"),),
        (zone("privatelink.queue.core.x", "hub"),),
    ):
        assert resolve(endpoint(), zones=zones) == Public(HOST, note)


def test_zones_that_are_not_stated_leave_it_open() -> None:
    """Where no file says which zones there are, the name may be either."""
    reason = "the files do not say which private DNS zones there are"
    assert resolve(endpoint(), zones=None) == Either(HOST, (endpoint(),), reason)
    assert resolve(zones=None) == Public(HOST)


@pytest.mark.parametrize(
    "other",
    [
        endpoint(service="other"),
        endpoint(groups=("queue",)),
        endpoint(groups=("blob_secondary",)),
        endpoint(service="other", hosts=("other.blob.core.windows.net",)),
    ],
)
def test_endpoints_of_other_services_do_not_count(other: PrivateEndpoint) -> None:
    """The account and its part must both be the name's."""
    assert resolve(other) == Public(HOST)


def test_an_endpoint_may_state_its_names() -> None:
    """The DNS configuration of the endpoint says what it stands for, with or without `privatelink`."""
    for name in (HOST, "acct.privatelink.blob.core.windows.net"):
        one = endpoint(service="", hosts=(name,))
        assert resolve(one) == Private(HOST, (one,))
    vault = endpoint(service="vault", groups=("AzureBackup",), hosts=("v-pod01.we.backup.windowsazure.com",))
    zones = (zone("privatelink.we.backup.windowsazure.com", "hub"),)
    host = "v-pod01.we.backup.windowsazure.com"
    assert resolve(vault, zones=zones, host=host) == Private(host, (vault,))


def test_the_secondary_endpoint_and_zone_names() -> None:
    """`acct-secondary` is the secondary part of the account; a zone label stands between account and part."""
    second, host = endpoint(groups=("blob_secondary",)), "acct-secondary.blob.core.windows.net"
    assert resolve(second, host=host) == Private(host, (second,))
    assert resolve(endpoint(), host=host) == Public(host)
    host = "acct.z12.blob.storage.azure.net"
    for name in ("privatelink.z12.blob.storage.azure.net", "privatelink.blob.storage.azure.net"):
        assert resolve(endpoint(), zones=(zone(name, "hub"),), host=host) == Private(host, (endpoint(),))


def test_what_an_endpoint_stands_for_may_not_be_known() -> None:
    """Neither its service nor its part: then it may be the name's, where a zone is linked."""
    nameless = endpoint(service="")
    reason = "which service private endpoint `pe` stands for is not known"
    assert resolve(nameless) == Either(HOST, (nameless,), reason)
    assert isinstance(resolve(nameless, zones=()), Public)
    partless = endpoint(groups=())
    assert resolve(partless) == Either(
        HOST, (partless,), "which part of `Acct` private endpoint `pe` stands for is not known"
    )


def test_of_several_endpoints_any_may_be_in_the_zone() -> None:
    """A zone that two networks share holds the address of one endpoint or the other."""
    two = (endpoint("one"), endpoint("two"))
    assert resolve(*two) == Private(HOST, two)


def test_an_endpoint_that_is_not_approved_leaves_it_open() -> None:
    """Approved or not said: the zone gives its address; refused or pending: that is not documented."""
    assert isinstance(resolve(endpoint(is_approved=None)), Private)
    pending = resolve(endpoint(is_approved=False))
    assert isinstance(pending, Either)
    assert "not approved" in pending.reason


def test_a_private_zone_for_the_name_itself_may_give_any_address() -> None:
    """Its records are not in the model."""
    own = (zone("blob.core.windows.net", "hub"),)
    found = resolve(zones=own)
    assert isinstance(found, Either)
    assert (found.endpoints, "`blob.core.windows.net` is linked" in found.reason) == ((), True)
    assert isinstance(resolve(zones=own, host=".blob.core.windows.net"), Either)
    assert resolve(zones=(zone("b.core.windows.net", "hub"),)) == Public(HOST)
    alias = "acct.privatelink.blob.core.windows.net"
    assert resolve(endpoint(), host=alias) == Private(alias, (endpoint(),))


def test_a_suffix_stands_for_any_account() -> None:
    """Most accounts have no private endpoint: public, with a note where some have."""
    note = "names of services with a private endpoint may have its address"
    suffix = ".blob.core.windows.net"
    assert resolve(endpoint(), host=suffix) == Public(suffix, note)
    assert resolve(endpoint(), zones=None, host=suffix) == Public(suffix, note)
    assert resolve(endpoint(), zones=(), host=suffix) == Public(suffix)
    assert resolve(endpoint(groups=("queue",)), host=suffix) == Public(suffix)


def test_each_name_has_an_answer() -> None:
    """In the order asked."""
    site = Site(file="site.yaml", private_endpoints=(endpoint(),), private_dns_zones=LINKED)
    hosts = ("other.blob.core.windows.net", HOST)
    assert resolve_private(site, "hub", hosts) == (Public(hosts[0]), Private(HOST, (endpoint(),)))
