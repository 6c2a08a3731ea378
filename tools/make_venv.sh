#!/usr/bin/env bash
# Makes the virtual environment FOLDER and puts into it exactly what requirements.lock names.
# usage: make_venv.sh FOLDER [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
wanted=${2:-}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${wanted:-python3 python3.13 python3.12 python3.11}; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "setup: penctl needs Python 3.11 or newer; found none as ${wanted:-python3}. Name one: make setup PYTHON=/path/to/python3.11" >&2
    return 1
}

if ! new_enough "$folder/bin/python"; then
    python=$(find_python)
    echo "setup: virtual environment in $folder, $("$python" --version)"
    "$python" -m venv --clear "$folder"
fi

echo "setup: Python packages of requirements.lock (a minute on the first run)"
# Wheels only: nothing is compiled here, and nothing comes in that the hashes do not name.
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --timeout 60 --retries 3 \
    --require-hashes --only-binary :all: --requirement requirements.lock
