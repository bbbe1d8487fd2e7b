"""What to run on a machine so that netcheck knows its firewall and its proxy settings: commands that only read.

Semantics: Microsoft Learn, `Get-NetFirewallRule`: rules hold no ports and addresses, their filters do, which have the
rule's InstanceID; the ActiveStore is what is in force, Group Policy included.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOWS_FIREWALL = (
    "$p = [ordered]@{ Address = 'LocalAddress', 'RemoteAddress'; Application = 'Program', 'Package';"
    " Interface = @('InterfaceAlias'); InterfaceType = @('InterfaceType');"
    " Port = 'Protocol', 'LocalPort', 'RemotePort', 'IcmpType', 'DynamicTarget';"
    " Security = 'Authentication', 'Encryption', 'OverrideBlockRules', 'LocalUser', 'RemoteUser', 'RemoteMachine';"
    " Service = @('Service') }; $f = @{}; foreach ($k in $p.Keys) {"
    ' foreach ($x in (& "Get-NetFirewall${k}Filter" -PolicyStore ActiveStore)) { $f["$k $($x.InstanceID)"] = $x } }',
    "$r = foreach ($x in (Get-NetFirewallRule -PolicyStore ActiveStore)) { $o = [ordered]@{};"
    " foreach ($n in 'InstanceID', 'Name', 'DisplayName', 'Enabled', 'Direction', 'Action', 'Profile', 'Platform',"
    " 'Owner', 'PolicyStoreSourceType', 'RemoteDynamicKeywordAddresses') {"
    ' $o[$n] = @($x.$n | ForEach-Object { "$_" }) }; foreach ($k in $p.Keys) { foreach ($n in $p[$k]) {'
    ' $o[$n] = @($f["$k $($x.InstanceID)"].$n | ForEach-Object { "$_" }) } }; $o }',
    "[ordered]@{ netcheckWindowsFirewall = 1; rules = @($r);"
    " profiles = @(foreach ($x in (Get-NetFirewallProfile -PolicyStore ActiveStore)) { $o = [ordered]@{};"
    " foreach ($n in 'Name', 'Enabled', 'DefaultInboundAction', 'DefaultOutboundAction', 'AllowInboundRules',"
    " 'AllowLocalFirewallRules', 'DisabledInterfaceAliases') { $o[$n] = \"$($x.$n)\" }; $o });"
    ' connections = @(foreach ($x in (Get-NetConnectionProfile)) { [ordered]@{ InterfaceAlias = "$($x.InterfaceAlias)";'
    ' NetworkCategory = "$($x.NetworkCategory)" } }) } | ConvertTo-Json -Depth 5 |'
    " Set-Content -Encoding UTF8 windows-firewall.json",
)
"""Three lines of PowerShell: the filters by the ID of their rule, the rules with them, all of it as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to run, or which file to copy, and the line of the site file that names the result."""

    what: str
    where: str
    lines: tuple[str, ...]
    site_key: str

    def to_dict(self) -> dict[str, object]:
        """Return the recipe as JSON."""
        return {"what": self.what, "where": self.where, "lines": list(self.lines), "siteKey": self.site_key}


_ROOT = "Linux, as root"
RECIPES = (
    Recipe(
        what="Windows firewall",
        where="Windows, in a PowerShell that was started as administrator",
        lines=WINDOWS_FIREWALL,
        site_key="hostFirewall: {kind: windows, export: windows-firewall.json}",
    ),
    Recipe(
        what="proxies of WinHTTP and of LocalSystem",
        where="Windows, in cmd or PowerShell as administrator",
        lines=(
            "netsh winhttp show proxy > winhttp.txt",
            r'reg export "HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings" wininet.reg /y',
        ),
        site_key="proxyClient: {winhttpShow: winhttp.txt, wininet: wininet.reg}",
    ),
    Recipe(
        what="iptables",
        where=_ROOT,
        lines=(
            "iptables-save > iptables.save",
            "ip6tables-save > ip6tables.save",
            "ipset save > ipset.save  # where rules name sets",
        ),
        site_key="hostFirewall: {kind: iptables, save: [iptables.save, ip6tables.save], ipset: ipset.save}",
    ),
    Recipe(
        what="nftables",
        where=_ROOT,
        lines=("nft list ruleset > nftables.ruleset",),
        site_key="hostFirewall: {kind: nftables, ruleset: nftables.ruleset}",
    ),
    Recipe(
        what="ufw",
        where=_ROOT,
        lines=("LC_ALL=C ufw status verbose > ufw.status",),
        site_key="hostFirewall: {kind: ufw, status: ufw.status}",
    ),
    Recipe(
        what="firewalld",
        where=_ROOT,
        lines=("firewall-cmd --list-all-zones > firewalld.zones",),
        site_key="hostFirewall: {kind: firewalld, zones: firewalld.zones}",
    ),
    Recipe(
        what="proxy of the login sessions",
        where="Linux",
        lines=("cp /etc/environment environment",),
        site_key="proxyClient: {etcEnvironment: environment}",
    ),
    Recipe(
        what="proxy of the agent and its unit",
        where=_ROOT,
        lines=("cp /etc/waagent.conf .", "cp /etc/systemd/system/walinuxagent.service.d/*.conf .  # where it is"),
        site_key="proxyClient: {waagentConf: waagent.conf, agentUnit: [proxy.conf]}",
    ),
    Recipe(
        what="squid",
        where=f"{_ROOT}, on the proxy",
        lines=("cp -r /etc/squid squid",),
        site_key="proxyServer: {squidConf: squid/squid.conf}",
    ),
    Recipe(
        what="tinyproxy",
        where=f"{_ROOT}, on the proxy",
        lines=("cp -r /etc/tinyproxy tinyproxy",),
        site_key="proxyServer: {tinyproxyConf: tinyproxy/tinyproxy.conf}",
    ),
)
"""What netcheck reads from machines, in the order it is printed."""
