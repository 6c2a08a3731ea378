"""Where a run's files go: a new folder for each run, named by its time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from penctl.errors import RecordingError

RUNS = "penctl-runs"


def run_folder(parent: Path, suffix: str = "") -> Path:
    """A new folder for this run, named by the time and the suffix.

    Raises:
        RecordingError: it cannot be made.
    """
    name = datetime.now(tz=UTC).astimezone().strftime("%Y-%m-%d_%H%M%S") + suffix
    for folder in [parent / name, *(parent / f"{name}_{number}" for number in range(2, 100))]:
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if parent.is_dir():
                continue
            raise _no_folder(parent, "it is a file") from None
        except OSError as error:
            raise _no_folder(parent, error.strerror or str(error)) from error
        return folder
    raise _no_folder(parent, "too many runs in one second")


def _no_folder(parent: Path, why: str) -> RecordingError:
    return RecordingError(
        "The folder for the run's files cannot be made",
        f"{parent} ({why})",
        remedy="Name a folder that you may write to with --out DIR",
    )
