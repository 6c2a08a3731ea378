"""Whether a visit can be recorded: asked before it begins (IL-41). A record that fails later stops nobody."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from penctl.errors import RecordingError

LEAST_FREE_BYTES: Final = 200_000_000
"""Room for several hours: half an hour at 1 kHz takes below 30 MB."""
OLDEST_DATE: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""A clock before this was never set."""
BACK_S: Final = 3600.0
"""A recording that lies there already and is younger than now by more than this: the clock went back."""


def check_ready(
    folder: Path, *, wall_s: Callable[[], float] = time.time, least_free_bytes: int = LEAST_FREE_BYTES
) -> None:
    """Refuse a visit that could not be recorded whole.

    Args:
        folder: where the recording is to be written; it need not be there yet.
        wall_s: the computer's clock, s since 1970.
        least_free_bytes: room that the disk must have.

    Raises:
        RecordingError: not writable, too little room, or a clock that cannot be right, and what to do.
    """
    _check_folder(folder)
    _check_room(folder, least_free_bytes)
    check_clock(folder, wall_s())


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(
            "The folder for recordings cannot be made",
            f"{folder}: {error.strerror}",
            remedy="Name a folder that you may write to",
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise RecordingError(
            "The folder for recordings is read-only",
            str(folder),
            remedy=f'Name another folder, or make it writable: chmod u+w "{folder}"',
        )


def _check_room(folder: Path, least: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < least:
        raise RecordingError(
            "There is too little room for a recording",
            f"{free / 1e6:.0f} MB free in {folder}",
            f"at least {least / 1e6:.0f} MB",
            "Make room on this disk, or name a folder on another one",
        )


def check_clock(folder: Path, now_s: float) -> None:
    """Refuse a clock that was never set, or that runs before the recordings that lie in `folder`.

    Raises:
        RecordingError: with what to do.
    """
    check_clock_set(now_s)
    now = datetime.fromtimestamp(now_s, tz=UTC)
    newest_s = max((path.stat().st_mtime for path in folder.glob("*.mcap*")), default=0.0)
    if newest_s > now_s + BACK_S:
        newest = datetime.fromtimestamp(newest_s, tz=UTC)
        raise RecordingError(
            "The clock of this computer has gone back",
            f"{now:%Y-%m-%d %H:%M} UTC",
            f"the newest recording in {folder} is of {newest:%Y-%m-%d %H:%M} UTC",
            "Set date and time",
        )


def check_clock_set(now_s: float) -> None:
    """Refuse a clock that was never set. Raises RecordingError."""
    now = datetime.fromtimestamp(now_s, tz=UTC)
    if now < OLDEST_DATE:
        raise RecordingError(
            "The clock of this computer is not set", f"{now:%Y-%m-%d %H:%M} UTC", remedy="Set date and time"
        )
