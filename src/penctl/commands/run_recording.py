"""The recording of `penctl run`: what its file is called, what it is told, and how the visit names it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from penctl.errors import PenError
from penctl.recording import Level, Recorder
from penctl.treating.driver import Treating
from penctl.treating.visit_recording import VisitRecording


@contextlib.contextmanager
def named_in_journal(*, names: bool) -> Iterator[Callable[[Recorder, Treating], VisitRecording | None]]:
    """Gives what makes a recording the visit's, None unless the journal `names` its recordings.

    Of a run that breaks off the recording is closed and its end noted all the same.
    """
    made: list[VisitRecording] = []

    def name(recorder: Recorder, treating: Treating) -> VisitRecording | None:
        if names:
            made.append(VisitRecording(recorder, treating.add))
        return made[0] if made else None

    try:
        yield name
    except BaseException:
        for recording in made:
            with contextlib.suppress(PenError):  # what broke the run off is the error to tell
                recording.end()
        raise


def recording_path(folder: Path, stem: str) -> Path:
    """A new name for each time that the visit is taken up."""
    number, path = 1, folder / f"{stem}.mcap"
    while path.exists() or path.with_name(path.name + ".part").exists():
        number += 1
        path = folder / f"{stem}_{number}.mcap"
    return path


def teller(recorder: Recorder) -> Callable[[str], None]:
    """What happens in the visit stands in its recording too."""
    return lambda text: recorder.log(Level.INFO, text)
