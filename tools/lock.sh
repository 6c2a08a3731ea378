#!/usr/bin/env bash
# Writes requirements.lock from pyproject.toml: one set of versions for every Python and platform that we support,
# with the hashes of all their files and without any address.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
uv_version=0.13.8

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "uv==$uv_version"

# fewest: the newest version that suits all our Pythons, so that two machines run the same code.
"$work/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
    --no-python-downloads --generate-hashes --no-header --no-annotate --upgrade \
    --group pyproject.toml:dev --all-extras pyproject.toml --output-file "$work/lock"
if grep -nE '://|--(extra-)?index-url|--find-links' "$work/lock"; then
    echo "lock.sh: the lines above carry an address; requirements.lock is left as it was" >&2
    exit 1
fi
{
    echo "# Written by \`make lock\` from pyproject.toml. For Python 3.11 and newer on every platform."
    cat "$work/lock"
} > requirements.lock
