"""Writes a file whole or not at all: a full disk, a crash or an error leaves nothing half-written behind."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from penctl.exchange.errors import ExchangeError

UNFINISHED: Final = ".unfinished"
_BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows
ONLY_OURS: Final = 0o600
"""Patients' data: nobody else on this computer reads it."""


@contextlib.contextmanager
def whole_file(path: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """A stream into a new file that gets its name only when all is written and on disk.

    Args:
        replace: whether a file of that name may be replaced.

    Raises:
        ExchangeError: a file of that name exists, or it cannot be written (no room, no right, no folder).
    """
    refuse_existing(path, replace=replace)
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        unfinished.unlink(missing_ok=True)  # what a crash has left
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, ONLY_OURS)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        refuse_existing(path, replace=replace)
        named(unfinished, path)
    except OSError as error:
        _drop(unfinished)
        raise ExchangeError(
            "The file cannot be written",
            f"{path} ({error.strerror or error})",
            None,
            "Make room, or name another file; nothing was left behind",
        ) from error
    except BaseException:
        _drop(unfinished)
        raise


def write_whole(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write bytes into a new file. Raises ExchangeError."""
    with whole_file(path, replace=replace) as stream:
        stream.write(content)


def refuse_existing(path: Path, *, replace: bool = False) -> None:
    """Raise ExchangeError when there is something of that name that may not be replaced."""
    if path.exists() and not (replace and path.is_file()):
        raise ExchangeError(
            "There is a file of that name already", path, None, "Name another file with --out"
        )


def named(unfinished: Path, path: Path) -> None:
    """Give a file its name, so that a power cut does not take the name away again. Raises OSError."""
    unfinished.replace(path)
    with contextlib.suppress(OSError):  # Windows opens no folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _drop(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
