"""What this computer keeps for penctl: the folder, and secrets that only its user may read."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from penctl import platforms
from penctl.errors import PenError

ENVIRONMENT: Final = "PENCTL_DATA"
"""Names another folder."""
PRIVATE: Final = 0o600
SALT_FILE: Final = "clinic.salt"
SALT_SIZE: Final = 32


class HostFolderError(PenError):
    """Something that this computer keeps for penctl cannot be read or written."""

    WHAT = "What this computer keeps for penctl cannot be used"
    REMEDY = f"Make the folder usable, or name another one in the environment variable {ENVIRONMENT}"


def data_folder() -> Path:
    """The folder; it need not exist yet."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    return platforms.data_folder(platforms.system(), Path.home(), os.environ)


def clinic_salt() -> bytes:
    """The salt of this clinic, 32 bytes, drawn when it is first needed. Lost, no cartridge is known again.

    Raises:
        HostFolderError: it cannot be read or kept, or others may read it.
    """
    salt = read_private(SALT_FILE)
    if salt is None:
        salt = secrets.token_bytes(SALT_SIZE)
        write_private(SALT_FILE, salt)
    if len(salt) != SALT_SIZE:
        raise HostFolderError(
            "The clinic's salt is damaged",
            f"{data_folder() / SALT_FILE}, {len(salt)} bytes",
            f"{SALT_SIZE} bytes",
            "Put it back from a copy; without it cartridges that were used before count as another person's",
        )
    return salt


def read_private(name: str) -> bytes | None:
    """The file of that name in the folder, None when there is none.

    Raises:
        HostFolderError: it cannot be read, or others may read it too.
    """
    path = data_folder() / name
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise HostFolderError(
                "This file holds secrets and others may read it", str(path), remedy=f"Run: chmod 600 {path}"
            )
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HostFolderError("This file cannot be read", f"{path} ({error.strerror})") from error


def write_private(name: str, content: bytes) -> Path:
    """Write the file whole or not at all, readable by its user only.

    Raises:
        HostFolderError: it cannot be written; what was there before is untouched.
    """
    path = data_folder() / name
    part = path.with_name(f"{name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise HostFolderError("This file cannot be written", f"{path} ({error.strerror})") from error
    return path
