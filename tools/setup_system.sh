#!/usr/bin/env bash
# Sees that the machine has what penctl needs from outside Python. What is missing is installed where that is
# allowed (Debian or Ubuntu, as root) and otherwise named in one sentence. Nothing is done when nothing is missing.
# Without a compiler set-up ends here; without the libraries of Qt only the screen and its tests do not run.
set -euo pipefail

works() { "$@" >/dev/null 2>&1; }

c_compiles() {
    printf '#include <stdint.h>\n#include <string.h>\nint main(void) { return (int)strlen(""); }\n' |
        works "${CC:-cc}" -std=c11 -x c -fsyntax-only -
}

has_venv() { works "${PYTHON:-python3}" -c "import ensurepip, venv"; }

# Where there is no ldconfig (macOS) Qt's wheels bring what they need.
has_libraries() {
    local known name
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null) || return 0
    for name in "$@"; do
        [[ $known == *"$name"* ]] || return 1
    done
}

qt_draws() {
    has_libraries libEGL.so.1 libGL.so.1 libOpenGL.so.0 libxkbcommon.so.0 libdbus-1.so.3 libfontconfig.so.1 \
        libglib-2.0.so.0
}

qt_opens_windows() {
    has_libraries libxkbcommon-x11.so.0 libxcb-cursor.so.0 libxcb-icccm.so.4 libxcb-image.so.0 libxcb-keysyms.so.1 \
        libxcb-randr.so.0 libxcb-render-util.so.0 libxcb-shape.so.0 libxcb-shm.so.0 libxcb-sync.so.1 \
        libxcb-xfixes.so.0 libxcb-xkb.so.1
}

has_fonts() { [ "$(uname)" != Linux ] || compgen -G '/usr/share/fonts/*/*' >/dev/null; }

# One entry for each need: what it is | must or screen | what shows that it is there | its Debian packages.
needs=(
    "a C11 compiler with its headers|must|c_compiles|gcc libc6-dev"
    "Python's venv module|must|has_venv|python3-venv"
    "the libraries with which Qt draws|screen|qt_draws|libegl1 libgl1 libopengl0 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
    "the libraries with which Qt opens a window|screen|qt_opens_windows|libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1"
    "a font|screen|has_fonts|fonts-dejavu-core"
)

# Fills missing_words, missing_packages and must_missing.
look() {
    local need what level probe packages names
    missing_words=""
    missing_packages=()
    must_missing=""
    for need in "${needs[@]}"; do
        IFS='|' read -r what level probe packages <<<"$need"
        if ! "$probe"; then
            missing_words+="${missing_words:+, }$what"
            [ "$level" = must ] && must_missing=yes
            read -ra names <<<"$packages"
            missing_packages+=("${names[@]}")
        fi
    done
}

install() {
    echo "setup: installing system packages: ${missing_packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # Bounded: a package server that does not answer ends this in minutes, with a message.
    local network=(-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o Acquire::Retries=2)
    timeout 300 apt-get "${network[@]}" -qq update &&
        timeout 600 apt-get "${network[@]}" -qq install -y --no-install-recommends "${missing_packages[@]}" >/dev/null
}

look
if [ -n "$missing_words" ] && [ "$EUID" = 0 ] && works command -v apt-get; then
    install || echo "setup: apt-get did not install them" >&2
    look
fi
if [ -n "$missing_words" ]; then
    echo "setup: this machine lacks $missing_words; on Debian or Ubuntu: apt-get install ${missing_packages[*]}" >&2
    [ -z "$must_missing" ] || exit 1
fi
