#!/bin/sh
# Makes .venv and static/nhsuk/; does nothing when both are current.
#
# What was installed is remembered as a copy of the files that name it, written last: whatever is interrupted
# half-way is done again. PYTHON=... chooses the Python.
set -eu
cd "$(dirname "$0")/.."

PACKAGES_STAMP=.venv/.installed
ASSETS_STAMP=static/nhsuk/.staged

say() { printf '%s\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# is_current STAMP FILE...: is STAMP a copy of the FILEs, one after the other?
is_current() {
    stamp=$1
    shift
    [ -f "$stamp" ] && cat "$@" | cmp -s - "$stamp"
}

find_python() {
    found=""
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        found="$candidate ($("$candidate" --version 2>&1 || true))"
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            say "$candidate"
            return
        fi
    done
    [ -n "$found" ] || fail "Python was not found. Install Python 3.11 or later, then run the command again."
    fail "Cascade needs Python 3.11 or later; only $found was found.
Install a later one, then run the command again. PYTHON=/path/to/python3 make setup chooses one by hand."
}

make_environment() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "$python cannot make virtual environments: its venv module is not complete.
On Debian and Ubuntu: apt install python3-venv. Then run the command again."
    say "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv
}

install_packages() {
    # An environment that is whole takes the changes; one that is not (or whose Python is gone) is made anew.
    .venv/bin/python -c 'import pip' 2>/dev/null || make_environment
    rm -f "$PACKAGES_STAMP"
    say "Installing the packages of requirements-dev.txt (the first time takes a minute or two) ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --require-hashes --requirement requirements-dev.txt ||
        fail "The packages could not be installed: the reason stands above. Nothing else was changed; once it is put right, run the command again."
    cat requirements-dev.txt scripts/setup.sh >"$PACKAGES_STAMP.new"
    mv "$PACKAGES_STAMP.new" "$PACKAGES_STAMP"
}

has_node() {
    command -v npm >/dev/null 2>&1 &&
        node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null
}

install_assets() {
    rm -f "$ASSETS_STAMP"
    if has_node; then npm=npm; else npm=.venv/bin/npm; fi
    say "Fetching the NHS styles, scripts and pictures with $npm ..."
    "$npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null ||
        fail "The NHS assets could not be fetched: the reason stands above. The packages are kept; once it is put right, run the command again."
    .venv/bin/python scripts/stage_assets.py
    cat package-lock.json scripts/stage_assets.py >"$ASSETS_STAMP.new"
    mv "$ASSETS_STAMP.new" "$ASSETS_STAMP"
}

is_current "$PACKAGES_STAMP" requirements-dev.txt scripts/setup.sh && .venv/bin/python -c '' 2>/dev/null || install_packages
is_current "$ASSETS_STAMP" package-lock.json scripts/stage_assets.py || install_assets
