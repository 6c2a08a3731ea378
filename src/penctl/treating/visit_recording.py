"""The recording of a visit, as its journal names it: its name when it begins, its hash when it is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from penctl.errors import RecordingError
from penctl.treatment import visit_events as ev


class ClosingRecorder(Protocol):
    """What is needed of `penctl.recording.Recorder`."""

    path: Path
    failure: RecordingError | None

    def close(self) -> None:
        """Finish the file; a second time does nothing."""


def hash_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class VisitRecording:
    """One recording of one visit. Nothing is noted twice, and no end without its beginning.

    Args:
        recorder: the recording that runs.
        add: notes an event; see `Treating.add`.
    """

    def __init__(self, recorder: ClosingRecorder, add: Callable[..., None]) -> None:
        self._recorder, self._add = recorder, add
        self._begun = self._ended = False

    def begin(self) -> None:
        """Note its name. Raises what the journal raises."""
        if not self._begun:
            self._add(ev.RecordingBegun, name=self._recorder.path.name)
            self._begun = True

    def end(self) -> None:
        """Close it and note its hash; one that failed has none.

        Raises:
            RecordingError: the file cannot be read. What the journal raises.
        """
        self._recorder.close()
        if not self._begun or self._ended or self._recorder.failure is not None:
            return
        path = self._recorder.path
        try:
            sha256 = hash_of(path)
        except OSError as error:
            raise RecordingError(
                "The recording cannot be read", f"{path}: {error.strerror}", None, "Look at the disk"
            ) from error
        self._ended = True
        self._add(ev.RecordingEnded, name=path.name, sha256=sha256)
