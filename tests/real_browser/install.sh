#!/usr/bin/env bash
# Brings what shows pages in a real browser: Debian's chromium where root can install it, and from npm playwright-core
# (Apache-2.0), which drives it, and axe-core (MPL-2.0), which finds what people with a screen reader or a keyboard cannot use.
# NETCHECK_BROWSER_FOLDER names the folder of the npm packages (default: .real-browser in the project). Where something cannot
# be had this says so and ends with 1; the tests that need it are then skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder="${NETCHECK_BROWSER_FOLDER:-.real-browser}"
[ -f "$folder/ready" ] && exit 0

give_up() {
  echo "no browser can be driven, its tests are skipped: $1" >&2
  rm -rf "$folder"
  exit 1
}

find_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" && return
  done
  return 1
}

command -v npm >/dev/null || give_up "there is no npm"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! find_browser >/dev/null; then
  command -v apt-get >/dev/null || give_up "there is no chromium and no apt-get"
  [ "$(id -u)" = 0 ] || give_up "there is no chromium, and apt-get needs root"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
  apt-get install --yes --no-install-recommends chromium fonts-dejavu-core >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
fi
echo "installing playwright-core and axe-core into $folder (NETCHECK_REAL_BROWSER=0 leaves them out)"
mkdir -p "$folder"
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --fetch-retries 1 --fetch-timeout 60000 \
  'playwright-core@>=1.50' 'axe-core@>=4.10' >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
browser="$(find_browser)" || give_up "apt-get brought no chromium"
echo "$browser" >"$folder/ready"
