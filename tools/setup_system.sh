#!/usr/bin/env bash
# Sees that the machine has what penctl needs from outside Python. What is missing is installed where that is
# allowed (Debian or Ubuntu, as root) and otherwise named in one sentence. Nothing is done when nothing is missing.
set -euo pipefail

works() { "$@" >/dev/null 2>&1; }

c_compiles() {
    local compiler=${CC:-cc}
    printf '#include <stdint.h>\n#include <string.h>\nint main(void) { return (int)strlen(""); }\n' |
        works "$compiler" -std=c11 -x c -fsyntax-only -
}

has_venv() { works "${PYTHON:-python3}" -c "import ensurepip, venv"; }

# One entry for each need: what it is | the command that shows that it is there | its Debian packages.
needs=(
    "a C11 compiler with its headers|c_compiles|gcc libc6-dev"
    "Python's venv module|has_venv|python3-venv"
)

missing_packages=()
missing_words=()
for need in "${needs[@]}"; do
    IFS='|' read -r what probe packages <<<"$need"
    if ! "$probe"; then
        missing_words+=("$what")
        read -ra names <<<"$packages"
        missing_packages+=("${names[@]}")
    fi
done

if [ ${#missing_packages[@]} -eq 0 ]; then
    exit 0
fi

if [ "$(id -u)" = 0 ] && works command -v apt-get; then
    echo "setup: installing ${missing_packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # Bounded: a package server that does not answer ends this in minutes, with a message.
    network=(-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o Acquire::Retries=2)
    timeout 300 apt-get "${network[@]}" -qq update
    timeout 600 apt-get "${network[@]}" -qq install -y --no-install-recommends "${missing_packages[@]}"
    exit 0
fi

printf -v words '%s, ' "${missing_words[@]}"
echo "setup: this machine lacks ${words%, }; install it first, on Debian or Ubuntu with: apt-get install ${missing_packages[*]}" >&2
exit 1
