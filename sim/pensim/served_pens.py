"""Which served pens run on this machine: one small file each, in a folder that only its user can read.

The file tells where a pen's side channel listens and the token that it asks for. A server that was killed
leaves its file; it is found out by asking, and removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pensim.errors import BenchError

FOLDER_VARIABLE: Final = "PENSIM_RUN_DIR"
DEFAULT_NAME: Final = "pen"
NAME_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True)
class ServedPen:
    """What a server tells about itself. `pty` and `tcp` are None where it has none."""

    name: str
    pid: int
    side_port: int
    token: str
    pty: str | None
    tcp: str | None
    seed: int
    skin: str
    rfc2217: str | None = None


def folder() -> Path:
    """The user's own folder for such files, made when it is missing.

    Raises:
        BenchError: it cannot be made, or belongs to somebody else.
    """
    path = _place()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
            raise PermissionError("it belongs to another user")
        if os.name == "posix":
            path.chmod(0o700)
    except OSError as error:
        raise BenchError(
            "The folder for the side channel cannot be used",
            f"{path} ({error.strerror or error})",
            remedy=f"Name another folder in the environment variable {FOLDER_VARIABLE}",
        ) from error
    return path


def _place() -> Path:
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir())) / "penctl" / "run"
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "penctl"
    return Path(tempfile.gettempdir()) / f"penctl-{os.getuid()}"


def check_name(name: str) -> str:
    """The name itself. Raises BenchError when it cannot be a pen's name."""
    if not NAME_PATTERN.fullmatch(name):
        raise BenchError(
            "This is no name for a served pen", name, "letters, digits, - and _, at most 32", "Correct it"
        )
    return name


def announce(pen: ServedPen) -> None:
    """Write the pen's file, readable by its user alone; all of it or nothing."""
    path = folder() / f"{pen.name}.json"
    draft = path.with_suffix(f".{pen.pid}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(pen), file)
    draft.replace(path)


def withdraw(pen: ServedPen) -> None:
    """Remove the pen's file, if it is still this pen's."""
    with contextlib.suppress(OSError, BenchError):
        path = folder() / f"{pen.name}.json"
        if _read(path) == pen:
            path.unlink()


def announced() -> list[ServedPen]:
    """Every pen that has a file, by name; whether it still runs is not known."""
    found = (_read(path) for path in sorted(folder().glob("*.json")))
    return [pen for pen in found if pen is not None]


def _read(path: Path) -> ServedPen | None:
    """None for a file that is gone, or is no such file."""
    try:
        return ServedPen(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
