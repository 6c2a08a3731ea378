"""The recording of a visit, as the visit's journal names it: its name when it begins, its hash at the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from penctl.errors import PenError, RecordingError
from penctl.protocol.enums import State
from penctl.treating.visit_recording import hash_of
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step

if TYPE_CHECKING:
    from penctl.recording import Recorder
    from pengui.worker.engine import Engine

AFTER_TREAT: Final = frozenset({Step.DISPOSE, Step.PHOTOS_AFTER, Step.AFTER_CARE, Step.SIGN})
AT_WORK: Final = frozenset({State.READY, State.RUN, State.STOPPING})


@dataclass(frozen=True)
class Whole:
    """A recording that is closed, and of which visit it is."""

    visit_id: str
    name: str
    sha256: str


def check(path: Path, sha256: str) -> None:
    """Refuse a file that is not the one that was noted. Raises RecordingError."""
    try:
        found = hash_of(path)
    except OSError as error:
        raise RecordingError(
            "The recording cannot be read", f"{path}: {error.strerror}", None, "Put the file back there"
        ) from error
    if found != sha256:
        raise RecordingError(
            "The recording is not the one that was noted in the visit",
            f"{path.name}: SHA-256 {found[:12]}…",
            f"{sha256[:12]}…",
            "Put the file back as it was recorded; penctl log show tells what this one holds",
        )


def begun(engine: Engine) -> None:
    """Note the name of the recording that runs, once. Raises PenError."""
    treating, recorder = engine.treating, engine.recorder
    if treating is None or recorder is None or not engine.records_visit or engine.recorded_visit:
        return
    treating.add(ev.RecordingBegun, name=recorder.path.name)
    engine.recorded_visit = treating.visit.begun.visit_id


def ended(engine: Engine, recorder: Recorder) -> None:
    """Note that a recording is whole. When the visit was left, that waits until it is gone on with."""
    visit_id, engine.recorded_visit = engine.recorded_visit, ""
    if recorder.failure is not None or not visit_id:
        return
    try:
        engine.unnoted.append(Whole(visit_id, recorder.path.name, hash_of(recorder.path)))
        ended_before(engine)
    except (OSError, PenError) as error:
        told = RecordingError(
            "The end of the recording could not be noted in its visit",
            f"{recorder.path.name}: {error}",
            None,
            "The file is whole; a replay says that the records hold no hash of it",
        )
        engine.tell_failure(told)


def ended_before(engine: Engine) -> None:
    """Note what was closed of this visit and not noted yet. Raises PenError."""
    treating = engine.treating
    if treating is None or treating.visit.step is Step.CLOSED:
        return
    for whole in [one for one in engine.unnoted if one.visit_id == treating.visit.begun.visit_id]:
        treating.add(ev.RecordingEnded, name=whole.name, sha256=whole.sha256)
        engine.unnoted.remove(whole)


def end_after_treat(engine: Engine) -> None:
    """The pen has done its part, or is lost: the recording ends while the visit can still take its hash."""
    treating, view = engine.treating, engine.snapshot
    if treating is None or not engine.recorded_visit or (view.open and view.state in AT_WORK):
        return
    count = len(treating.visit.events)
    if count == engine.events_seen:
        return
    engine.events_seen = count
    if treating.visit.step in AFTER_TREAT:
        from pengui.worker import acts

        acts.end_recording(engine)
