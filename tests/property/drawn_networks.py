"""Random small networks that Azure would accept: subnets with NSGs and route tables, NICs, VMs, groups, a peering."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.property.drawn_nsgs import ASGS, DrawnNsg, nsgs


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSubnet:
    """A subnet and what is attached to it ("" where nothing is)."""

    vnet: str
    name: str
    prefix: str
    nsg: str
    table: str
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnNic:
    """A NIC; without an address Azure chooses one."""

    name: str
    vm: str
    subnet: DrawnSubnet
    address: str
    nsg: str
    groups: tuple[str, ...]
    public: str
    forwards: bool
    is_primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRoute:
    """A route; only an appliance has an address."""

    name: str
    prefix: str
    hop: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnNetwork:
    """One or two virtual networks; `access` says what their peering allows, None: they have none.

    `forwarded`: it takes packets that the other network only forwards.
    """

    subnets: tuple[DrawnSubnet, ...]
    nsgs: tuple[DrawnNsg, ...]
    tables: tuple[tuple[str, tuple[DrawnRoute, ...]], ...]
    nics: tuple[DrawnNic, ...]
    systems: dict[str, str]
    access: bool | None
    forwarded: bool

    @property
    def vnets(self) -> list[str]:
        """The virtual networks; the space of the n-th is 10.n.0.0/16."""
        return sorted({one.vnet for one in self.subnets})


def space(vnet: str) -> list[str]:
    """Return the address space of a virtual network."""
    return [f"10.{vnet[-1]}.0.0/16"]


_ROUTES = (
    DrawnRoute(name="out", prefix="0.0.0.0/0", hop="None", address=""),
    DrawnRoute(name="to-nva", prefix="0.0.0.0/0", hop="VirtualAppliance", address="10.1.0.4"),
    DrawnRoute(name="storage", prefix="Storage.WestUS", hop="Internet", address=""),
    DrawnRoute(name="part", prefix="10.2.0.0/17", hop="None", address=""),
    DrawnRoute(name="local", prefix="10.1.0.0/16", hop="VnetLocal", address=""),
)


@st.composite
def networks(draw: st.DrawFn) -> DrawnNetwork:
    """Draw a network that Azure would accept."""
    groups = tuple(replace(draw(nsgs(4)), name=name) for name in ("nsg-a", "nsg.b"))
    tables = tuple(
        (name, tuple(draw(st.lists(st.sampled_from(_ROUTES), max_size=3, unique_by=lambda one: one.prefix))))
        for name in draw(st.sampled_from(((), ("rt-a",), ("rt-a", "rt.b"))))
    )
    attached = st.sampled_from(("", *(group.name for group in groups)))
    routed = st.sampled_from(("", *(name for name, _ in tables)))
    subnets = tuple(
        DrawnSubnet(
            vnet=vnet,
            name=f"s{index}",
            prefix=f"10.{vnet[-1]}.{index}.0/24",
            nsg=draw(attached),
            table=draw(routed),
            endpoints=draw(st.sampled_from(((), ("Microsoft.Storage",)))),
        )
        for vnet in draw(st.sampled_from((("vnet1",), ("vnet1", "vnet2"))))
        for index in range(draw(st.integers(1, 2)))
    )
    nics: list[DrawnNic] = []
    for index, vm in enumerate(draw(st.sampled_from((("vm-a",), ("vm-a", "vm-b"), ("vm-a", "vm-a", "vm.b"))))):
        subnet = draw(st.sampled_from(subnets))
        nics.append(
            DrawnNic(
                name=f"nic-{index}",
                vm=vm,
                subnet=subnet,
                address=draw(st.sampled_from((f"{subnet.prefix[:-4]}{index + 4}",) * 5 + ("",))),
                nsg=draw(attached),
                groups=tuple(draw(st.lists(st.sampled_from(ASGS), max_size=2, unique=True))),
                public=draw(st.sampled_from(("", f"203.0.113.{index}"))),
                forwards=draw(st.booleans()),
                is_primary=vm not in [one.vm for one in nics],
            )
        )
    is_paired = len({one.vnet for one in subnets}) == 2
    return DrawnNetwork(
        subnets=subnets,
        nsgs=groups,
        tables=tables,
        nics=tuple(nics),
        systems={nic.vm: draw(st.sampled_from(("Linux", "Windows"))) for nic in nics},
        access=draw(st.sampled_from((None, True, True, False))) if is_paired else None,
        forwarded=draw(st.booleans()),
    )
