"""IL-41: a visit that could not be recorded, or not at the right time, is inhibited; an open one goes on."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recording_rig import FACTS, Clock

from penctl.errors import RecordingError, VisitInhibited
from penctl.pen import Pen
from penctl.protocol.enums import Flags, State
from penctl.recording import JUMP_S, Recorder, record
from pensim import Bench

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(seed=1, cartridge="HOME") as made:
        yield made
        assert not made.kernel.outputs.drive_enable


@pytest.fixture
def pen(bench: Bench) -> Pen:
    opened = bench.pen()
    opened.open_session()
    opened.wait_ready()
    return opened


@pytest.fixture
def recorder(pen: Pen, clock: Clock, tmp_path: Path) -> Iterator[Recorder]:
    """A recording whose clocks the test turns."""
    made = Recorder(
        tmp_path / "run.mcap",
        FACTS,
        now_s=clock.now_s,
        wall_s=clock.wall_s,
        on_failure=lambda error: None,
        least_free_bytes=1,
    )
    pen.visit_check = made.check_next
    yield made
    made.close()


def _inhibited(pen: Pen, words: str) -> None:
    """No visit begins, by either way, and the drive stays off; IL-41 is named, and what to do."""
    for begin in (pen.begin_visit, _armed(pen)):
        with pytest.raises(VisitInhibited, match=rf"IL-41.*{words}") as inhibited:
            begin()
        assert inhibited.value.remedy
    status = pen.status()
    assert Flags.VISIT_OPEN not in status.flags
    assert status.state is State.STANDBY


def _armed(pen: Pen) -> Any:
    """Arming opens a visit for nobody in particular."""

    def arm() -> None:
        pen.set_depth_um(200)
        pen.set_rate_hz(60.0)
        pen.arm()

    return arm


def _fail(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(entries: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recorder._mcap, "chunk", full)
    recorder.write("/events", {"event": "STATE"})


def test_a_recording_that_failed_lets_this_visit_be_finished_and_inhibits_the_next(
    pen: Pen, recorder: Recorder, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IL-41: it inhibits; this visit may be finished; a new recording that can be written releases it."""
    visit = pen.begin_visit("Patient 1")
    _fail(recorder, monkeypatch)
    _armed(pen)()
    assert pen.status().state is State.READY
    pen.stop()
    pen.begin_visit("Patient 1", visit_id=visit.visit_id)  # the same visit goes on
    pen.end_visit()
    _inhibited(pen, "No space left on device")
    with record(pen, tmp_path / "next.mcap"):
        pen.begin_visit("Patient 2")
        assert Flags.VISIT_OPEN in pen.status().flags
        pen.end_visit()


def test_a_clock_that_jumps_inhibits_the_next_visit_and_one_that_came_back_does_not(
    pen: Pen, recorder: Recorder, clock: Clock
) -> None:
    """IL-41: time invalid; not just below the limit; with the value, forward and back."""
    clock.ahead_s += JUMP_S - 0.1
    pen.begin_visit()
    pen.end_visit()
    clock.ahead_s += 3600.0
    _inhibited(pen, r"jumped.*\+3602 s")
    clock.ahead_s -= 7200.0
    _inhibited(pen, r"jumped.*-3598 s")
    clock.ahead_s += 3600.0
    pen.begin_visit()


def test_a_folder_that_became_read_only_or_full_inhibits_the_next_visit(
    pen: Pen, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IL-41: storage; it releases by itself once there is room again."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: False)
        _inhibited(pen, "read-only")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: Usage(10, 10, 0))
        _inhibited(pen, "too little room")
    recorder.close()
    pen.begin_visit()


def test_without_a_recording_only_a_clock_that_was_never_set_inhibits_a_visit(
    pen: Pen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IL-41 on a real port: the visit's day comes from that clock. In virtual time there is none to ask."""
    pen.check_recordable()
    monkeypatch.setattr(pen.transport, "wall_s", lambda: 0.0)
    _inhibited(pen, "clock of this computer is not set")
    monkeypatch.setattr(pen.transport, "wall_s", lambda: 1.8e9)
    pen.begin_visit()


def test_a_closed_recording_still_watches_its_folder(pen: Pen, recorder: Recorder, tmp_path: Path) -> None:
    """IL-41: the next visit goes into the same folder."""
    recorder.close()
    pen.begin_visit()
    pen.end_visit()
    shutil.rmtree(tmp_path)
    tmp_path.write_text("a file is in the way")
    with pytest.raises(RecordingError, match="cannot be made"):
        pen.begin_visit()
    tmp_path.unlink()
