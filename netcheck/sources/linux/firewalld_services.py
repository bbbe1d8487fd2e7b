"""The ports of services that firewalld itself brings, of those that zones of servers usually name.

Data of firewalld 1.3 (`/usr/lib/firewalld/services`). A service that is not here, and whose file is not given, may open
any port.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netcheck.sources.linux.firewalld_zones import Service

_BROUGHT = {
    "amqp": "5672/tcp",
    "amqps": "5671/tcp",
    "bacula": "9101/tcp, 9102/tcp, 9103/tcp",
    "bacula-client": "9102/tcp",
    "ceph": "6800-7300/tcp",
    "ceph-mon": "3300/tcp, 6789/tcp",
    "cockpit": "9090/tcp",
    "dhcp": "67/udp",
    "dhcpv6": "547/udp",
    "dhcpv6-client": "546/udp, to fe80::/64",
    "dns": "53/tcp, 53/udp",
    "dns-over-tls": "853/tcp",
    "docker-registry": "5000/tcp",
    "docker-swarm": "2377/tcp, 7946/tcp, 7946/udp, 4789/udp, esp",
    "elasticsearch": "9300/tcp, 9200/tcp",
    "etcd-client": "2379/tcp",
    "etcd-server": "2380/tcp",
    "ftp": "21/tcp",
    "git": "9418/tcp",
    "grafana": "3000/tcp",
    "high-availability": "2224/tcp, 3121/tcp, 5403/tcp, 5404/udp, 5405-5412/udp, 9929/tcp, 9929/udp, 21064/tcp",
    "http": "80/tcp",
    "http3": "443/udp",
    "https": "443/tcp",
    "imap": "143/tcp",
    "imaps": "993/tcp",
    "ipp": "631/tcp, 631/udp",
    "ipp-client": "631/udp",
    "ipsec": "ah, esp, 500/udp, 4500/udp, 4500/tcp",
    "iscsi-target": "3260/tcp, 3260/udp",
    "kerberos": "88/tcp, 88/udp",
    "kpasswd": "464/tcp, 464/udp",
    "kube-apiserver": "6443/tcp",
    "kubelet": "10250/tcp",
    "ldap": "389/tcp",
    "ldaps": "636/tcp",
    "libvirt": "16509/tcp",
    "libvirt-tls": "16514/tcp",
    "mdns": "5353/udp, to 224.0.0.251, to ff02::fb",
    "mongodb": "27017/tcp",
    "mountd": "20048/tcp, 20048/udp",
    "mqtt": "1883/tcp",
    "mqtt-tls": "8883/tcp",
    "mssql": "1433/tcp",
    "mysql": "3306/tcp",
    "netbios-ns": "137/udp",
    "nfs": "2049/tcp",
    "nfs3": "2049/tcp, 2049/udp",
    "nrpe": "5666/tcp",
    "ntp": "123/udp",
    "openvpn": "1194/udp",
    "pop3": "110/tcp",
    "pop3s": "995/tcp",
    "postgresql": "5432/tcp",
    "privoxy": "8118/tcp",
    "prometheus": "9090/tcp",
    "puppetmaster": "8140/tcp",
    "rdp": "3389/tcp",
    "redis": "6379/tcp",
    "rpc-bind": "111/tcp, 111/udp",
    "rsyncd": "873/tcp, 873/udp",
    "salt-master": "4505/tcp, 4506/tcp",
    "samba": "+samba-client, 139/tcp, 445/tcp",
    "samba-client": "+netbios-ns, 138/udp",
    "smtp": "25/tcp",
    "smtp-submission": "587/tcp",
    "smtps": "465/tcp",
    "snmp": "161/tcp, 161/udp",
    "snmptrap": "162/tcp, 162/udp",
    "squid": "3128/tcp",
    "ssh": "22/tcp",
    "syslog": "514/udp",
    "syslog-tls": "6514/tcp, 6514/udp",
    "telnet": "23/tcp",
    "tftp": "69/udp",
    "tor-socks": "9050/tcp",
    "vnc-server": "5900-5903/tcp",
    "wbem-https": "5989/tcp",
    "wireguard": "51820/udp",
    "zabbix-agent": "10050/tcp",
    "zabbix-server": "10051/tcp",
}
"""Ports, protocols, `to` an address, `+` another service; by name."""


def brought_services() -> Mapping[str, Service]:
    """Return the services by name."""
    return {name: _service([one.strip() for one in text.split(",")]) for name, text in _BROUGHT.items()}


def _service(parts: list[str]) -> Service:
    destinations = {6 if ":" in one else 4: one.removeprefix("to ") for one in parts if one.startswith("to ")}
    return Service(
        ports=tuple(one for one in parts if "/" in one and not one.startswith("to ")),
        protocols=tuple(one for one in parts if "/" not in one and not one.startswith(("to ", "+"))),
        destinations=MappingProxyType(destinations),
        includes=tuple(one.removeprefix("+") for one in parts if one.startswith("+")),
    )
