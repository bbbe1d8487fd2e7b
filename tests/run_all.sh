#!/usr/bin/env bash
# Everything that has to pass before a change is taken: installs what it needs into a virtual environment, checks the
# form of the code, runs the tests. Needs Python 3.11 or later with pip and venv, and nothing else.
# NETCHECK_VENV names the environment (default: .venv in the project), PYTHON the interpreter to make it with.
# The Azure CLI comes into an environment of its own where it can be had; NETCHECK_REAL_AZ=0 leaves it and its tests out.
# Debian's firewalls and proxies are installed where root can do that; NETCHECK_REAL_HOSTS=0 leaves them and their tests out.
# So does the SARIF Multitool, from npm; NETCHECK_REAL_SARIF=0 leaves it out.
# zsh, fish and mandoc are installed where root can; NETCHECK_REAL_SHELLS=0 leaves them out. NETCHECK_REAL_INSTALLS=0 leaves
# out the tests that install the wheel into fresh environments.
# The official MCP client comes into an environment of its own; NETCHECK_REAL_MCP=0 leaves it out.
# So do Chromium and what drives it and looks at its pages; NETCHECK_REAL_BROWSER=0 leaves them out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

is_usable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3 python}; do
    if is_usable "$name"; then
      echo "$name"
      return
    fi
  done
  echo "no Python 3.11 or later with venv and ensurepip (tried ${PYTHON:-python3.11 to python3.14, python3, python})" >&2
  return 1
}

venv="${NETCHECK_VENV:-.venv}"
is_usable "$venv/bin/python" || "$(find_python)" -m venv --clear "$venv"
PATH="$(cd "$venv/bin" && pwd):$PATH"
python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
[ "${NETCHECK_REAL_AZ:-1}" = 0 ] || bash tests/real_az/install.sh || true
[ "${NETCHECK_REAL_HOSTS:-1}" = 0 ] || bash tests/real_hosts/install.sh || true
[ "${NETCHECK_REAL_SARIF:-1}" = 0 ] || bash tests/real_sarif/install.sh || true
[ "${NETCHECK_REAL_SHELLS:-1}" = 0 ] || bash tests/real_shells/install.sh || true
[ "${NETCHECK_REAL_MCP:-1}" = 0 ] || bash tests/real_mcp/install.sh || true
[ "${NETCHECK_REAL_BROWSER:-1}" = 0 ] || bash tests/real_browser/install.sh || true

status=0
step() {
  echo "== $*"
  "$@" || status=1
}

step python --version
step ruff format --check .
step ruff check .
step mypy
step lint-imports
step python -m pytest "$@"
exit "$status"
