"""Sites to draw: stories of the fixtures, and an estate with everything that has a place in a picture."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from netcheck.model.site import Site
from netcheck.questions.reach import reach
from netcheck.reports.picture.building import draw_scene
from netcheck.reports.picture.scene import DrawnPath, Scene
from netcheck.sources.load import load_site
from tests.bench.estate import Size, estate
from tests.unit.cli.shared import ROOT

FIXTURES = ROOT / "fixtures"
STORIES = {
    "article": "article-before/site.yaml",
    "appliances": "linux-appliances/site-forward.yaml",
    "balanced": "corner-load-balancer/site-33-frontend.yaml",
    "endpoint": "corner-private-endpoint/site-60-rules.yaml",
    "firewall": "corner-azure-firewall/site-64-network-and-application.yaml",
    "peering": "corner-peering/site-59-hub-appliance.yaml",
    "findings": "lint-findings/site.yaml",
}
PATHS = {
    "article": ("app-vm", "Storage.WestUS", "443"),
    "appliances": ("open-client", "Storage.WestUS", "25,443"),
    "balanced": ("app-vm", "lb-proxy", "8080"),
    "firewall": ("app-vm", "Storage.WestUS", "443"),
    "findings": ("spoke-vm", "Internet", "443"),
}


@cache
def story(name: str) -> Site:
    """Return the site of a story."""
    return load_site([str(FIXTURES / STORIES[name])])


@cache
def path_of(name: str) -> DrawnPath:
    """Return the path that is drawn of a story."""
    source, target, ports = PATHS[name]
    answer = reach(story(name), source, target, ports.split(","))
    return DrawnPath(whole=answer, legs=((answer,),))


@cache
def hub_and_spokes(spokes: int, vms: int) -> Site:
    """Return a hub with a firewall, a load balancer and two proxies, and spokes of three subnets of VMs alike."""
    return _loaded(_hub_and_spokes(spokes, vms))


@cache
def bench_estate(vms: int) -> Site:
    """Return an estate of 500 subnets, most of them empty or with one VM."""
    return _loaded(estate(Size(vms, rules=4, named=20, has_appliance=True)))


SCENES = (
    *STORIES, *(f"path of {name}" for name in PATHS), "3 VMs", "30 VMs", "300 VMs", "300 VMs in 12 networks",
    "500 subnets", "500 subnets, 3 VMs",
)  # fmt: skip
_GENERATED = {
    "3 VMs": partial(hub_and_spokes, 1, 1),
    "30 VMs": partial(hub_and_spokes, 3, 3),
    "300 VMs": partial(hub_and_spokes, 5, 20),
    "300 VMs in 12 networks": partial(hub_and_spokes, 11, 9),
    "500 subnets": partial(bench_estate, 300),
    "500 subnets, 3 VMs": partial(bench_estate, 3),
}


def scene_of(name: str) -> Scene:
    """Return the scene of a story, of the path of one, or of a generated site."""
    told = name.removeprefix("path of ")
    if told != name:
        return draw_scene(story(told), path_of(told))
    return draw_scene(story(name) if name in STORIES else _GENERATED[name]())


def _loaded(content: dict[str, Any]) -> Site:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "site.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        return load_site([str(file)])


def _hub_and_spokes(spokes: int, vms: int) -> dict[str, Any]:
    numbers = range(1, spokes + 1)
    hub = {
        "name": "hub",
        "addressSpace": ["10.0.0.0/16"],
        "subnets": [
            {"name": "AzureFirewallSubnet", "addressPrefix": "10.0.0.0/26"},
            {"name": "proxies", "addressPrefix": "10.0.1.0/24", "networkSecurityGroup": "nsg-proxies"},
            {"name": "spare", "addressPrefix": "10.0.2.0/24"},
        ],
        "virtualNetworkPeerings": [
            {"name": f"to-{one}", "remoteVirtualNetwork": f"spoke-{one}", "allowForwardedTraffic": True}
            for one in numbers
        ],
    }  # fmt: skip
    route = {
        "name": "all", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4",
    }  # fmt: skip
    return {
        "netcheck": 1,
        "virtualNetworks": [hub, *(_spoke(one) for one in numbers)],
        "networkSecurityGroups": [{"name": f"nsg-{one}"} for one in ("proxies", "web", "app", "db", "nowhere")],
        "routeTables": [{"name": "to-firewall", "routes": [route]}],
        "virtualMachines": [*_proxies(), *(vm for one in numbers for vm in _machines(one, vms))],
        "loadBalancers": [
            {
                "name": "lb",
                "frontendIPConfigurations": [
                    {"name": "fe", "privateIPAddress": "10.0.1.100", "subnet": "hub/proxies"}
                ],
                "backendAddressPools": [{"name": "proxies"}],
                "loadBalancingRules": [
                    {
                        "name": "proxy", "frontendIPConfiguration": "fe", "backendAddressPool": "proxies",
                        "protocol": "Tcp", "frontendPort": 3128, "backendPort": 3128,
                    }
                ],
            }
        ],
        "azureFirewalls": [{"name": "fw", "subnet": "hub/AzureFirewallSubnet", "privateIPAddress": "10.0.0.4"}],
    }  # fmt: skip


def _spoke(number: int) -> dict[str, Any]:
    return {
        "name": f"spoke-{number}",
        "addressSpace": [f"10.{number}.0.0/16"],
        "subnets": [
            {
                "name": name, "addressPrefix": f"10.{number}.{at}.0/24", "networkSecurityGroup": f"nsg-{name}",
                "routeTable": "to-firewall",
            }
            for at, name in enumerate(("web", "app", "db"))
        ],
        "virtualNetworkPeerings": [{"name": "to-hub", "remoteVirtualNetwork": "hub", "allowForwardedTraffic": True}],
    }  # fmt: skip


def _proxies() -> list[dict[str, Any]]:
    return [
        {
            "name": f"proxy-{one}",
            "osType": "Linux",
            "networkInterfaces": [
                {
                    "name": f"proxy-nic-{one}", "subnet": "hub/proxies", "privateIPAddress": f"10.0.1.{3 + one}",
                    "loadBalancerBackendAddressPools": ["lb/proxies"],
                }
            ],
            "proxyServer": {"port": 3128},
        }
        for one in (1, 2)
    ]  # fmt: skip


def _machines(spoke: int, vms: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{name}-{spoke}-{one}",
            "osType": "Windows",
            "networkInterfaces": [
                {
                    "name": f"{name}-{spoke}-{one}-nic", "subnet": f"spoke-{spoke}/{name}",
                    "privateIPAddress": f"10.{spoke}.{at}.{3 + one}",
                }
            ],
            **({"proxyClient": {"winhttp": "http://10.0.1.100:3128"}} if name == "app" else {}),
        }
        for at, name in enumerate(("web", "app", "db"))
        for one in range(1, vms + 1)
    ]  # fmt: skip
