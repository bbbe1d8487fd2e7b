#!/usr/bin/env bash
# Brings the Azure CLI and the models of azure-mgmt-network into a virtual environment of their own: their many pinned
# packages stay out of the project's. NETCHECK_AZ_VENV names it (default: .venv-az in the project). Where they cannot be
# had this says so and ends with 1; the tests that need them are then skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv="${NETCHECK_AZ_VENV:-.venv-az}"
packages=('azure-cli>=2.91' 'azure-mgmt-network>=33.1')
[ -f "$venv/ready" ] && exit 0

give_up() {
  echo "the Azure CLI is not installed, its tests are skipped: $1" >&2
  rm -rf "$venv"
  exit 1
}

started=$SECONDS
echo "installing the Azure CLI into $venv (NETCHECK_REAL_AZ=0 leaves it out)"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
python3 -m venv --clear "$venv" >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 30 "${packages[@]}" \
  >"$log" 2>&1 || give_up "$(grep -v '^WARNING' "$log" | tail -n 1)"
"$venv/bin/az" version --output json >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
touch "$venv/ready"
echo "installed in $((SECONDS - started)) s"
