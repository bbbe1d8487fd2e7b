"""The words of nft: fields of each header, and names that stand for numbers.

Semantics: manual page nft(8), nftables 1.0; `nft describe`; IANA's lists of protocols and ports.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_PORTS = "sport dport"
FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        protocol: frozenset(fields.split())
        for protocol, fields in {
            "ether": "saddr daddr type",
            "vlan": "id dei cfi pcp type",
            "arp": "htype ptype hlen plen operation saddr daddr",
            "ip": "version hdrlength dscp ecn length id frag-off ttl protocol checksum saddr daddr",
            "ip6": "version dscp ecn flowlabel length nexthdr hoplimit saddr daddr",
            "tcp": f"{_PORTS} sequence ackseq doff reserved flags window checksum urgptr",
            "udp": f"{_PORTS} length checksum",
            "udplite": f"{_PORTS} checksum csumcov",
            "sctp": f"{_PORTS} vtag checksum",
            "dccp": f"{_PORTS} type",
            "th": _PORTS,
            "icmp": "type code checksum id sequence gateway mtu",
            "icmpv6": "type code checksum parameter-problem packet-too-big id sequence max-delay taddr daddr",
            "igmp": "type checksum mrt group",
            "esp": "spi sequence",
            "ah": "nexthdr hdrlength reserved spi sequence",
            "comp": "nexthdr flags cpi",
            "gre": "flags version protocol",
            "hbh": "nexthdr hdrlength",
            "dst": "nexthdr hdrlength",
            "mh": "nexthdr hdrlength type reserved checksum",
            "frag": "nexthdr reserved frag-off more-fragments id",
            "srh": "flags tag last-entry",
        }.items()
    }
)

META_WORDS = frozenset(
    (
        "iif", "iifname", "iifgroup", "iiftype", "oif", "oifname", "oifgroup", "oiftype", "mark", "skuid", "skgid",
        "nftrace", "pkttype", "rtclassid", "cpu", "cgroup", "ibrname", "obrname",
    )
)  # fmt: skip
"""Fields of `meta` that may stand without that word."""
META = META_WORDS | frozenset(
    (
        "length", "nfproto", "l4proto", "protocol", "priority", "random", "secpath", "ibrpvid", "ibrvproto", "iifkind",
        "oifkind", "sdif", "sdifname", "time", "day", "hour", "secmark", "broute",
    )
)  # fmt: skip

PROTOCOLS: Mapping[str, int] = MappingProxyType(
    {
        "hopopt": 0, "ip": 0, "icmp": 1, "igmp": 2, "ggp": 3, "ipencap": 4, "ipip": 4, "tcp": 6, "egp": 8, "igp": 9,
        "udp": 17, "dccp": 33, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "rsvp": 46, "gre": 47, "esp": 50,
        "ah": 51, "ipv6-icmp": 58, "icmpv6": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "eigrp": 88, "ospf": 89, "pim": 103,
        "comp": 108, "ipcomp": 108, "vrrp": 112, "l2tp": 115, "sctp": 132, "mobility-header": 135, "udplite": 136,
    }
)  # fmt: skip

SERVICES: Mapping[str, int] = MappingProxyType(
    {
        "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "time": 37, "domain": 53, "bootps": 67,
        "bootpc": 68, "tftp": 69, "gopher": 70, "http": 80, "www": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111,
        "auth": 113, "nntp": 119, "ntp": 123, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap2": 143,
        "imap": 143, "snmp": 161, "snmp-trap": 162, "bgp": 179, "ldap": 389, "https": 443, "microsoft-ds": 445,
        "isakmp": 500, "syslog": 514, "submission": 587, "ldaps": 636, "imaps": 993, "pop3s": 995, "nfs": 2049,
        "mysql": 3306, "ms-wbt-server": 3389, "postgresql": 5432, "mdns": 5353, "http-alt": 8080,
    }
)  # fmt: skip
"""Names of ports that people write; nft prints numbers."""

CT_STATES = MappingProxyType({"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64})
TCP_FLAGS = MappingProxyType({"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128})
PACKET_TYPES = MappingProxyType({"host": 0, "unicast": 0, "broadcast": 1, "multicast": 2, "other": 3})
ADDRESS_TYPES = MappingProxyType(
    {
        "unspec": 0, "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6,
        "unreachable": 7, "prohibit": 8,
    }
)  # fmt: skip
DIRECTIONS = MappingProxyType({"original": 0, "reply": 1})
FAMILIES = MappingProxyType({"ipv4": 2, "ipv6": 10})
ETHER_TYPES = MappingProxyType(
    {"ip": 0x0800, "arp": 0x0806, "vlan": 0x8100, "8021q": 0x8100, "ip6": 0x86DD, "8021ad": 0x88A8}
)
PRIORITIES = MappingProxyType(
    {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100, "out": 100}
)
"""Names of priorities of base chains (those of the families ip, ip6 and inet)."""
