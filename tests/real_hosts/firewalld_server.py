"""A firewalld of the test's own: a message bus and a daemon, in namespaces that end with the script."""

from __future__ import annotations

START_FIREWALLD = """
set -e
exec 2>&1
mount -t tmpfs none /run
mkdir /run/dbus
cp -a /etc/firewalld {folder}/etc
sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' {folder}/etc/firewalld.conf
sed -i 's/^IPv6_rpfilter=.*/IPv6_rpfilter=no/' {folder}/etc/firewalld.conf
mount --bind {folder}/etc /etc/firewalld
dbus-daemon --system --fork
firewalld --nofork --nopid > {folder}/log 2>&1 &
for i in $(seq 100); do firewall-cmd --state > /dev/null 2>&1 && break; sleep 0.1; done
"""
"""The lines of a script that start it, with `{folder}` for its files; the rules go into iptables."""
