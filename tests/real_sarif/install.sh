#!/usr/bin/env bash
# Brings Microsoft's SARIF Multitool (npm package @microsoft/sarif-multitool, MIT) into a folder of its own.
# NETCHECK_SARIF_FOLDER names it (default: .sarif-multitool in the project). Where npm or the package cannot be had this says
# so and ends with 1; the tests that need it are then skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder="${NETCHECK_SARIF_FOLDER:-.sarif-multitool}"
[ -f "$folder/ready" ] && exit 0

give_up() {
  echo "the SARIF Multitool is not installed, its tests are skipped: $1" >&2
  rm -rf "$folder"
  exit 1
}

command -v npm >/dev/null || give_up "there is no npm"
echo "installing the SARIF Multitool into $folder (NETCHECK_REAL_SARIF=0 leaves it out)"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
mkdir -p "$folder"
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --fetch-retries 1 --fetch-timeout 60000 \
  '@microsoft/sarif-multitool@>=4.5' >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
tool="$(find "$folder/node_modules" -type f -name 'Sarif.Multitool' | head -n 1)"
[ -n "$tool" ] || give_up "the package has no program for this machine"
chmod u+x "$tool" # what the package's own script does
DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$tool" --version >"$log" 2>&1 || grep -qi multitool "$log" || give_up "$(tail -n 1 "$log")"
echo "$tool" >"$folder/ready"
