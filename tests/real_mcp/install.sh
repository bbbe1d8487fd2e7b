#!/usr/bin/env bash
# Brings the official Python client of the Model Context Protocol (PyPI package mcp, MIT) into a virtual environment of its
# own: it comes with some twenty-five packages, a web server and cryptography among them, that netcheck has no use for.
# NETCHECK_MCP_VENV names it (default: .venv-mcp in the project). Where it cannot be had this says so and ends with 1; the
# tests that need it are then skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv="${NETCHECK_MCP_VENV:-.venv-mcp}"
[ -f "$venv/ready" ] && exit 0

give_up() {
  echo "the MCP client is not installed, its tests are skipped: $1" >&2
  rm -rf "$venv"
  exit 1
}

echo "installing the MCP client into $venv (NETCHECK_REAL_MCP=0 leaves it out)"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
python3 -m venv --clear "$venv" >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 30 'mcp>=2.3,<3' \
  >"$log" 2>&1 || give_up "$(grep -v '^WARNING' "$log" | tail -n 1)"
"$venv/bin/python" -c 'import mcp.client.client, mcp.client.stdio' >"$log" 2>&1 || give_up "$(tail -n 1 "$log")"
touch "$venv/ready"
