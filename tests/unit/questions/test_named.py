"""Host names as clients see them: a private DNS zone may give a name a private endpoint's address in one network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from netcheck.model.services import PrivateDnsZone
from netcheck.model.site import Site
from netcheck.policy.resolve import to_set
from netcheck.questions.named import NamedTarget, as_seen
from netcheck.questions.places import Addresses, Origin, Target
from tests.unit.networks import HERE, network, nic, private_endpoint, ranges, site, subnet, vm

HOST, SUFFIX = "acct.blob.core.windows.net", ".blob.core.windows.net"
ZONE = "privatelink.blob.core.windows.net"
PUBLIC = "20.60.0.0/24"
NIC, FAR_NIC = nic("app-nic", "hub/a", "10.0.0.4"), nic("far-nic", "far/a", "10.9.0.4")
APP, FAR = vm("app", NIC), vm("far", FAR_NIC)
HUB = network("hub", "10.0.0.0/16", subnet("hub/a", "10.0.0.0/24"), subnet("hub/pe", "10.0.1.0/24"))
OTHER = network("far", "10.9.0.0/16", subnet("far/a", "10.9.0.0/24"))
FROM_APP, FROM_FAR = Origin(NIC.addresses, APP, NIC), Origin(FAR_NIC.addresses, FAR, FAR_NIC)
FROM_OUTSIDE = Origin(ranges("8.8.8.8"))


def endpoint(name: str = "pe", address: str = "10.0.1.4", **more: Any) -> Any:
    """Return a private endpoint for the blobs of the account."""
    return private_endpoint(name, "hub/pe", address, **{"service": "acct", "groups": ("blob",), **more})


def around(*endpoints: Any, zones: Mapping[str, tuple[str, ...]] | None) -> Site:
    """Return two networks with endpoints in the first; `zones` are linked to networks, None: not stated."""
    found = None
    if zones is not None:
        found = tuple(PrivateDnsZone(name=name, virtual_networks=linked, at=HERE) for name, linked in zones.items())
    return site(HUB, OTHER, APP, FAR, *endpoints, private_dns_zones=found)


def addresses(*texts: str) -> Addresses:
    """Return addresses by family."""
    return {4: to_set(ranges(*texts), 4), 6: to_set(ranges(*texts), 6)}


def target(*hosts: str, label: str = HOST) -> Target:
    """Return a target by names, whose public addresses are those of Storage."""
    return Target(label, addresses(PUBLIC), True, hosts)


NAMED = target(HOST)
LINKED = {ZONE: ("HUB",)}


def seen(one: Site, *origins: Origin, what: Target = NAMED) -> tuple[NamedTarget, ...]:
    """Return the target as the origins see it."""
    return as_seen(one, origins, what)


def test_in_a_linked_network_the_name_has_the_address_of_its_endpoint() -> None:
    """The private address alone, which is certain; the answer's notes say which endpoint it is."""
    note = f"`{HOST}` has the address of private endpoint `pe` in `hub`"
    expected = Target(HOST, addresses("10.0.1.4"), False, (HOST,))
    assert seen(around(endpoint(), zones=LINKED), FROM_APP) == (NamedTarget((FROM_APP,), expected, (note,)),)


def test_elsewhere_the_name_is_public() -> None:
    """A network without the zone sees the public addresses, and is told which zone it lacks."""
    note = f"`{HOST}` has its public addresses: no private DNS zone `{ZONE}` is linked to `far`"
    assert seen(around(endpoint(), zones=LINKED), FROM_FAR) == (NamedTarget((FROM_FAR,), NAMED, (note,)),)


def test_clients_of_several_networks_see_the_name_each_in_its_own_way() -> None:
    """Those of one network stand together, whatever their order in the question."""
    second = Origin(ranges("10.0.0.9"), subnet=HUB.subnets[0])
    found = seen(around(endpoint(), zones=LINKED), FROM_APP, FROM_FAR, second)
    assert [(one.origins, one.target.addresses) for one in found] == [
        ((FROM_APP, second), addresses("10.0.1.4")),
        ((FROM_FAR,), addresses(PUBLIC)),
    ]


def test_outside_of_the_site_a_name_is_what_it_is() -> None:
    """A client in no network of the site has public DNS, and nothing is said about it."""
    assert seen(around(endpoint(), zones=LINKED), FROM_OUTSIDE) == (NamedTarget((FROM_OUTSIDE,), NAMED),)


def test_zones_that_are_not_stated_leave_both_possible() -> None:
    """The name has a public address or the endpoint's: one of them, and it is not known which."""
    [found] = seen(around(endpoint(), zones=None), FROM_APP)
    assert found.target == Target(HOST, addresses(PUBLIC, "10.0.1.4"), True, (HOST,))
    why = "the files do not say which private DNS zones there are"
    assert found.notes == (f"`{HOST}` has a public address or that of private endpoint `pe`: {why}",)


def test_a_zone_for_the_name_itself_may_give_any_address() -> None:
    """Without an endpoint for the name no private address is known: the public ones stay, with a note."""
    one = around(endpoint(service="other"), zones={"blob.core.windows.net": ("hub",)})
    [found] = seen(one, FROM_APP)
    assert found.target == NAMED
    [note] = found.notes
    assert note.startswith(f"`{HOST}` has a public address: private zone `blob.core.windows.net` is linked to `hub`")


def test_of_several_endpoints_the_name_has_one_address() -> None:
    """A zone holds one of them and it is not known which; one endpoint alone with one address is certain."""
    [found] = seen(around(endpoint(), endpoint("second", "10.0.1.5"), zones=LINKED), FROM_APP)
    assert (found.target.addresses, found.target.is_one_of) == (addresses("10.0.1.4", "10.0.1.5"), True)
    assert found.notes == (f"`{HOST}` has the address of private endpoint `pe` or private endpoint `second` in `hub`",)


def test_an_endpoint_without_known_address_leaves_the_public_ones() -> None:
    """No address is put in the place of the one that no file states."""
    one = around(private_endpoint("pe", "hub/pe", "", service="acct", groups=("blob",)), zones=LINKED)
    [found] = seen(one, FROM_APP)
    assert found.target == NAMED


@pytest.mark.parametrize("has_endpoint", [True, False])
def test_a_suffix_alone_has_its_public_addresses(has_endpoint: bool) -> None:
    """`.blob…` stands for any account: no endpoint is meant, and no view of a network is taken."""
    what = target(SUFFIX, label=SUFFIX)
    one = around(*([endpoint()] if has_endpoint else []), zones=LINKED)
    assert seen(one, FROM_APP, FROM_FAR, what=what) == (NamedTarget((FROM_APP, FROM_FAR), what),)


def test_a_name_beside_a_suffix_has_the_addresses_of_both() -> None:
    """The name is private and the suffix is public: packets go to one of all these."""
    what = target(HOST, SUFFIX, label="both")
    [found] = seen(around(endpoint(), zones=LINKED), FROM_APP, what=what)
    assert (found.target.addresses, found.target.is_one_of) == (addresses(PUBLIC, "10.0.1.4"), True)
    assert found.notes == (
        f"`{HOST}` has the address of private endpoint `pe` in `hub`",
        f"`{SUFFIX}` has its public addresses: names of services with a private endpoint may have its address",
    )


def test_a_site_without_endpoints_and_a_target_without_name_are_left_alone() -> None:
    """All origins stand together: nothing can differ."""
    assert seen(around(zones=LINKED), FROM_APP, FROM_FAR) == (NamedTarget((FROM_APP, FROM_FAR), NAMED),)
    plain = Target("10.0.1.4", addresses("10.0.1.4"))
    assert seen(around(endpoint(), zones=LINKED), FROM_APP, what=plain) == (NamedTarget((FROM_APP,), plain),)
