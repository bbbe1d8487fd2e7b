#!/usr/bin/env bash
# Brings the real firewall and proxy programs of Debian, with which netcheck's verdicts are compared. Where they cannot
# be had this says so and ends with 0: each test that needs one is then skipped and prints which is missing.
set -euo pipefail

packages=(iptables nftables ipset iproute2 squid tinyproxy ufw firewalld)
programs=(iptables-restore nft ipset ip nsenter squid tinyproxy ufw firewall-cmd)

missing() {
  local name
  for name in "${programs[@]}"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$name" >/dev/null || echo "$name"
  done
}

give_up() {
  echo "not all of the firewall and proxy programs are installed, tests of the others are skipped: $1" >&2
  exit 0
}

[ -n "$(missing)" ] || exit 0
command -v apt-get >/dev/null || give_up "there is no apt-get"
[ "$(id -u)" = 0 ] || give_up "apt-get needs root"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# No service may start with the installation: neither a proxy nor a firewall of this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$log" "$policy"' EXIT
fi
apt-get update >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
apt-get install --yes --no-install-recommends "${packages[@]}" >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
[ -z "$(missing)" ] || give_up "apt-get did not bring $(missing | tr '\n' ' ')"
