"""What the window may ask of the worker, one function an act; the worker runs them one after the other.

Each raises PenError. STOP is no act: it never waits in a queue (`Engine.stop`).
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from penctl.errors import LinkLost, PenError, Refused
from penctl.protocol.enums import Flags, Mode, Reason, State
from pengui.worker import kept
from pengui.worker.follow import BUTTON_S
from pengui.worker.snapshot import Phase

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from penctl.pen import Pen
    from penctl.treating.driver import Treating
    from penctl.treating.ports import VisitJournal
    from pengui.worker.engine import Engine

    class AttendedVisit(VisitJournal, Protocol):
        """A visit, the time, and who works."""

        now: Callable[[], datetime]
        by: str


TELEMETRY_PERIOD_US: Final = 1000
RECONNECT_S: Final = 1.0
"""So long one try to reconnect waits for the pen; a person may try again at once."""


def connect(engine: Engine, url: str) -> None:
    """Open the port, check that pen and program belong together, open a link session, start the telemetry."""
    if engine.pen is not None:
        disconnect(engine)
    engine.phase = Phase.OPENING
    try:
        pen = engine.open(url)
        _take_up(engine, pen)
    except BaseException:
        disconnect(engine)
        raise


def _take_up(engine: Engine, pen: Pen) -> None:
    """A new link session, and what the window shows all the time."""
    pen.open_session()
    _show_all(engine, pen)


def _show_all(engine: Engine, pen: Pen) -> None:
    engine.ranges = pen.limits()
    engine.follower.look_at_cartridge(pen)
    pen.telemetry(TELEMETRY_PERIOD_US)
    engine.phase = Phase.OPEN


def reconnect(engine: Engine) -> None:
    """Take up a lost link again, which arms nothing: the same pen, its visit, the events that were missed."""
    pen = engine.pen
    if pen is None:
        _open_again(engine)
        return
    engine.phase = Phase.OPENING  # while it is lost the window vouches for nothing
    try:
        pen.reconnect(RECONNECT_S)
        _show_all(engine, pen)
    except PenError:
        engine.phase = Phase.LOST  # it can be tried again
        raise


def _open_again(engine: Engine) -> None:
    try:
        connect(engine, engine.url)
    except PenError:
        engine.phase = Phase.LOST  # it can be tried again
        raise


def replay(engine: Engine, path: str, sha256: str = "") -> None:
    """Show a recording as if it were a pen; it takes no commands. `sha256` is what its file must have."""
    if engine.pen is not None:
        disconnect(engine)
    try:
        if sha256:
            kept.check(Path(path), sha256)
        engine.open_recording(Path(path))
    except BaseException:
        disconnect(engine)
        raise


def play(engine: Engine, playing: bool) -> None:
    """Let the recording go on, or stand still."""
    if engine.player is not None:
        engine.player.play(playing)


def seek(engine: Engine, time_s: float) -> None:
    """Go to a time of the recording, s."""
    if engine.player is not None:
        engine.player.seek(time_s)


def at_speed(engine: Engine, speed: float) -> None:
    """Play the recording so many times as fast as it happened."""
    if engine.player is not None:
        engine.player.at_speed(speed)


def disconnect(engine: Engine) -> None:
    """Stop the pen and close its port, however that ends: the pen has its own deadman."""
    end_recording(engine)
    try:
        if engine.pen is not None:
            with contextlib.suppress(PenError):
                engine.pen.close()
    finally:
        engine.forget()


def self_test(engine: Engine) -> None:
    """Run the self-test."""
    _pen(engine).self_test()


def reference(engine: Engine) -> None:
    """Let the depth stage find its zero."""
    _pen(engine).reference()


def retract(engine: Engine) -> None:
    """After a trip: let the depth stage pull in needles that stayed out; the trip stays latched."""
    _pen(engine).retract()


def set_mode(engine: Engine, mode: Mode) -> None:
    """Change the mode, which clears both setpoints. CLINICAL waits for the button, and holds nothing up."""
    pen = _pen(engine)
    engine.follower.asked = None
    try:
        pen.set_mode(mode)
    except Refused as refused:
        if refused.reason != Reason.BUTTON_NOT_PRESSED.name:
            raise
        engine.follower.ask_button(mode, engine.now_s(), refused)
        return
    engine.follower.look_at_cartridge(pen)
    pen.status()


def set_depth_um(engine: Engine, depth_um: float) -> None:
    """Set the depth."""
    pen = _pen(engine)
    pen.set_depth_um(depth_um)
    pen.status()


def set_rate_hz(engine: Engine, rate_hz: float) -> None:
    """Set the stroke rate."""
    pen = _pen(engine)
    pen.set_rate_hz(rate_hz)
    pen.status()


def arm(engine: Engine) -> None:
    """STANDBY to READY, with the depth stage in position; a visit that this opens is recorded."""
    pen = _pen(engine)
    if Flags.VISIT_OPEN not in pen.status().flags:
        _record_visit(engine, pen)
    pen.arm()


def start(engine: Engine) -> None:
    """READY to RUN."""
    pen = _pen(engine)
    pen.start()
    pen.status()


def reset(engine: Engine, interlock: int) -> None:
    """Release a latched trip; the device says whether that needs a new link session."""
    pen = _pen(engine)
    try:
        pen.reset(interlock)
    except Refused as refused:
        if refused.reason != Reason.NEW_SESSION_NEEDED.name:
            raise
        _take_up(engine, pen)
        pen.reset(interlock)
    pen.status()


def look_at_cartridge(engine: Engine) -> None:
    """Read the cartridge's tag again."""
    engine.follower.look_at_cartridge(_pen(engine))


def cancel_mode(engine: Engine) -> None:
    """No longer wait for the button."""
    engine.follower.asked = None


def begin_visit(engine: Engine, person: str) -> None:
    """Open a visit, and record it; an empty pseudonym is nobody in particular."""
    pen = _pen(engine)
    _record_visit(engine, pen)
    pen.begin_visit(person.strip() or None)
    engine.follower.look_at_cartridge(pen)
    pen.status()


def end_visit(engine: Engine) -> None:
    """Close the visit."""
    pen = _pen(engine)
    pen.end_visit()
    engine.follower.look_at_cartridge(pen)
    pen.status()
    _end_with_visit(engine)


def _end_with_visit(engine: Engine) -> None:
    """A recording that began with the visit ends with it."""
    if engine.records_visit:
        end_recording(engine)


def _record_visit(engine: Engine, pen: Pen) -> None:
    """Every visit is recorded, where the window names a place. Raises VisitInhibited, RecordingError."""
    if engine.recorder is None and engine.new_recording is not None:
        pen.check_recordable()  # the recording before this one may forbid it (IL-41)
        begin_recording(engine, engine.new_recording())
        engine.records_visit = True


def begin_recording(engine: Engine, path: str) -> None:
    """Record everything from now on; a recording of a simulated pen says so in its metadata."""
    from penctl.recording import record

    pen = _pen(engine)
    end_recording(engine)
    bench = pen.transport.bench
    facts = {"seed": str(bench.seed), "skin": str(bench.skin)} if bench is not None else {}
    engine.recorder = record(pen, Path(path), on_failure=engine.recording_failed, **facts)
    engine.follower.ask_again()


def end_recording(engine: Engine) -> None:
    """Close the recording, if there is one."""
    recorder, engine.recorder, engine.records_visit = engine.recorder, None, False
    if recorder is not None:
        recorder.close()
        kept.ended(engine, recorder)


# --- a visit: the driver of `penctl.treating` does it ---


def attend(engine: Engine, desk: AttendedVisit) -> None:
    """From now on the pen works in this visit; what it does is noted there."""
    from penctl.treating.driver import Treating
    from penctl.treatment.visit_steps import Step

    if engine.treating is not None and engine.treating.visit is desk.visit:
        return
    if engine.treating is not None:
        engine.treating.leave()
    engine.treating = Treating(
        _pen(engine),
        desk,
        now=desk.now,
        by=desk.by,
        tell=engine.tell_recording,
        period_us=TELEMETRY_PERIOD_US,
    )
    engine.progress = None
    kept.ended_before(engine)
    engine.takes_up = desk.visit.open_pass is not None or desk.visit.step is Step.TREAT


def leave_visit(engine: Engine) -> None:
    """The visit is over, or put aside: the pen is stopped, its visit closed."""
    treating, engine.treating, engine.progress = engine.treating, None, None
    if treating is not None:
        treating.leave()
        treating.put_away()
        _pen(engine).telemetry(TELEMETRY_PERIOD_US)
        _end_with_visit(engine)


def make_ready(engine: Engine) -> None:
    """Self-test, reference, mode, and the visit at the pen; a visit that was cut off is taken up."""
    from penctl.treating.cut_off import take_up

    treating, pen = _treating(engine), _pen(engine)
    _record_visit(engine, pen)
    kept.begun(engine)
    treating.make_ready(button_timeout_s=BUTTON_S)
    if engine.takes_up:  # the visit was cut off: what the pen did meanwhile is not lost
        take_up(treating.journal, pen, treating.add)
        engine.takes_up = False
    engine.follower.look_at_cartridge(_pen(engine))


def read_cartridge(engine: Engine, lot: str) -> None:
    """Read the cartridge and note it with the lot that stands on its pack."""
    _treating(engine).read_cartridge(lot)
    engine.follower.look_at_cartridge(_pen(engine))


def begin_pass(engine: Engine, zone: str, direction: str, depth_um: int, rate_mhz: int) -> None:
    """Arm for a pass. Depth and rate that are lower than the plan's stay lower; never is one raised."""
    treating, pen = _treating(engine), _pen(engine)
    treating.begin_pass(zone, direction)
    now = pen.status()
    try:
        if depth_um < now.depth_set_um:
            pen.set_depth_um(depth_um)
        if rate_mhz < now.rate_set_mhz:
            pen.set_rate_hz(rate_mhz / 1000)
    except Refused:
        pen.stop()  # nothing stays armed with more than was asked for
        raise
    engine.progress = treating.poll()
    pen.status()


def start_pass(engine: Engine, zone: str, direction: str) -> None:
    """The switch at the pen is held: the needles move."""
    treating = _treating(engine)
    treating.begin_pass(zone, direction)
    treating.start()
    _pen(engine).status()


def end_pass(engine: Engine, done: bool) -> None:
    """End the pass under way."""
    treating, pen = _treating(engine), _pen(engine)
    treating.end_pass(done=done)
    if pen.status().state is State.READY:
        pen.stop()  # nothing stays armed that nobody asked for, least of all with another zone's depth
    engine.progress = treating.poll()


def leave_zone(engine: Engine, zone: str, reason: str) -> None:
    """Leave a zone out, or break it off."""
    treating, pen = _treating(engine), _pen(engine)
    if pen.status().state is State.READY:
        pen.stop()
    treating.leave_zone(zone, reason)
    engine.progress = treating.poll()


def end_visit_early(engine: Engine, reason: str, unwell: bool) -> None:
    """End the treatment here; for a patient who is unwell the pen is stopped before anything else."""
    treating = _treating(engine)
    (treating.unwell if unwell else treating.end_early)(reason)
    engine.progress = treating.poll()


def _treating(engine: Engine) -> Treating:
    if engine.treating is None:
        raise LinkLost
    return engine.treating


def _pen(engine: Engine) -> Pen:
    if engine.pen is None or engine.phase is not Phase.OPEN:
        raise LinkLost
    return engine.pen
