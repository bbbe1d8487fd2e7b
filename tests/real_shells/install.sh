#!/usr/bin/env bash
# Brings Debian's zsh and fish, in which the completion is tried, and mandoc, which reads the man page, where root can
# install them. Where one cannot be had this says so and ends with 1; the tests that need it are then skipped.
set -euo pipefail

give_up() {
  echo "zsh, fish or mandoc cannot be had, their tests are skipped: $1" >&2
  exit 1
}

missing=()
for name in zsh fish mandoc; do
  command -v "$name" >/dev/null || missing+=("$name")
done
[ "${#missing[@]}" = 0 ] && exit 0
command -v apt-get >/dev/null || give_up "there is no apt-get"
[ "$(id -u)" = 0 ] || give_up "apt-get needs root"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
echo "installing ${missing[*]} (NETCHECK_REAL_SHELLS=0 leaves them out)"
apt-get update >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
apt-get install --yes --no-install-recommends "${missing[@]}" >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
