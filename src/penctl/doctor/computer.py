"""This computer: program, tables, clock, disk, recordings, pairings, screen."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from penctl import __version__, platforms
from penctl.doctor.finding import Finding, good, note, wrong
from penctl.errors import PenError
from penctl.folders import RUNS
from penctl.host_folder import SALT_FILE, data_folder, read_private
from penctl.key_store import FILE, KeyStore, system_ring
from penctl.logs.ready import LEAST_FREE_BYTES, check_clock
from penctl.platforms import Mend
from penctl.protocol.enums import Role

AREA = "computer"
CHILD_S = 20.0
QT_TOO_NEW = (6, 12)
_SHOW = "from PySide6.QtGui import QGuiApplication as A; print(A([]).platformName())"


def computer(now_s: float) -> Iterator[Finding]:
    """All checks of this computer; `now_s` is its clock, s since 1970."""
    yield _program()
    yield from _tables()
    yield from _clock(now_s)
    yield _disk()
    yield from _recordings()
    yield from _pairings()
    yield _screen()


def _program() -> Finding:
    name = platforms.system()
    python = f"Python {platform.python_version()}"
    found = f"{__version__}, {python}, {platforms.system_text(name)}"
    tested = name in platforms.TESTED
    return good(AREA, "penctl", found) if tested else note(AREA, "penctl", found)


def _tables() -> Iterator[Finding]:
    """The table of hard limits and the messages: what a pen must have too."""
    from penctl.hardware import limits_hash, load_interlocks, load_limits
    from penctl.protocol.messages import MESSAGES_HASH, PROTOCOL_VERSION

    try:
        digest = limits_hash(load_limits()).hex()[:16]
        load_interlocks()
    except PenError as error:
        remedy = Mend("Install penctl again", "pip install --force-reinstall penctl")
        yield wrong(AREA, "limits", str(error), remedy)
    else:
        yield good(AREA, "limits", f"table of hard limits {digest}")
    yield good(AREA, "messages", f"protocol {PROTOCOL_VERSION}, messages {MESSAGES_HASH:08x}")


def _clock(now_s: float) -> Iterator[Finding]:
    name = platforms.system()
    try:
        check_clock(Path(RUNS), now_s)
    except PenError as error:
        yield wrong(AREA, "clock", str(error), platforms.mend_clock(name))
        return
    command = platforms.clock_command(name)
    synchronised = _ask(command) if command is not None else None
    if synchronised == "no":
        yield note(AREA, "clock", "set, but not kept right from the network", platforms.mend_clock(name))
    else:
        yield good(
            AREA, "clock", "set" + (" and kept right from the network" if synchronised == "yes" else "")
        )


def _ask(command: list[str]) -> str | None:
    """What a program of the system prints; None when there is none or it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command of the system
            command, capture_output=True, text=True, timeout=CHILD_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _disk() -> Finding:
    folder = Path.cwd()
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return wrong(AREA, "disk", f"{folder}: {error.strerror}", Mend("Work in a folder that is there"))
    found = f"{free / 1e9:.1f} GB free for recordings in {folder}"
    if free < LEAST_FREE_BYTES:
        need = f"; a visit needs {LEAST_FREE_BYTES / 1e9:.1f} GB"
        return wrong(
            AREA, "disk", found + need, Mend("Make room; what fills the disk is told by", "du -xsh ~/*")
        )
    if not os.access(folder, os.W_OK):
        return wrong(AREA, "disk", f"{folder} is read-only", Mend("Work in another folder", "cd ~"))
    return good(AREA, "disk", found)


def _recordings() -> Iterator[Finding]:
    """Recordings that did not end properly."""
    parts = sorted(Path(RUNS).glob("**/*.mcap.part"))
    if parts:
        found = (
            f"{len(parts)} recordings in {RUNS} were cut off" if len(parts) > 1 else f"{parts[0]} was cut off"
        )
        yield note(
            AREA, "recordings", found, Mend("Make a whole file of each", f'penctl log repair "{parts[0]}"')
        )
    else:
        yield good(AREA, "recordings", f"none in {RUNS} was cut off")


def _pairings() -> Iterator[Finding]:
    """The key store can be read by this user and by nobody else."""
    ring = system_ring()
    place = str(data_folder() / FILE) if ring is None else "the system's key ring"
    try:
        KeyStore().find("no pen", Role.OPERATOR)
        salt = read_private(SALT_FILE)
    except PenError as error:
        yield wrong(
            AREA, "pairings", error.what + f": {error.value}", Mend(error.remedy or "", _chmod(error))
        )
        return
    kept = "" if salt is None else "; the clinic's salt is there: keep a copy of it"
    yield good(AREA, "pairings", f"kept in {place}{kept}")


def _chmod(error: PenError) -> str:
    remedy = error.remedy or ""
    return remedy.removeprefix("Run: ") if remedy.startswith("Run: ") else ""


def _screen() -> Finding:
    """Whether Qt can show a window, asked in a process of its own: where it cannot, it aborts."""
    install = Mend("Only the window needs it", 'pip install "penctl[gui]"')
    if importlib.util.find_spec("PySide6") is None:
        return note(AREA, "window", "Qt is not installed", install)
    version = metadata.version("PySide6-Essentials")
    if tuple(int(part) for part in version.split(".")[:2]) >= QT_TOO_NEW:
        wanted = Mend("Install the one that penctl asks for", 'pip install "penctl[gui]"')
        return wrong(AREA, "window", f"Qt {version} aborts with this penctl", wanted)
    try:
        done = subprocess.run(  # noqa: S603 - our own Python
            [sys.executable, "-c", _SHOW], capture_output=True, text=True, timeout=CHILD_S, check=False
        )
    except subprocess.TimeoutExpired:
        return wrong(AREA, "window", f"Qt {version} hangs", Mend("Log in to a desktop"))
    if done.returncode == 0:
        shown = done.stdout.strip()
        unseen = ", which nobody sees" if shown in ("offscreen", "minimal") else ""
        return good(AREA, "window", f"Qt {version} shows windows by {shown}{unseen}")
    said = done.stderr.strip()
    last = said.splitlines()[-1][:120] if said else f"exit code {done.returncode}"
    return _no_screen(version, said, last)


def _no_screen(version: str, said: str, last: str) -> Finding:
    """No display at all is nothing wrong on a server; a desktop without its libraries is."""
    name = platforms.system()
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if name == platforms.LINUX and not has_display and "shared object" not in said:
        found = f"Qt {version}; there is no display here, so no window"
        return note(AREA, "window", found, Mend("Log in to a desktop, or forward a display: ssh -X"))
    return wrong(
        AREA, "window", f"Qt {version} cannot show a window: {last}", platforms.mend_screen(name, said)
    )
