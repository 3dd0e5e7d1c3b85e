#!/bin/sh
# Compiles requirements*.txt from pyproject.toml, and package-lock.json from package.json, with hashes and
# without the address of any index. UPGRADE=1 takes the newest versions that pyproject.toml allows.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

"${PYTHON:-python3}" -m venv "$work/uv"
"$work/uv/bin/python" -m pip install --quiet --disable-pip-version-check uv

compile() {
    "$work/uv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-config \
        --custom-compile-command "make lock" ${UPGRADE:+--upgrade} "$@"
}
compile pyproject.toml --output-file requirements.txt
compile pyproject.toml --extra monitoring --constraints requirements.txt --output-file requirements-monitoring.txt
compile pyproject.toml --extra dev --extra monitoring --constraints requirements.txt --output-file requirements-dev.txt

if command -v npm >/dev/null 2>&1; then npm=npm; else npm=.venv/bin/npm; fi
"$npm" install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error
echo 'Locked. Try it with: make check test'
