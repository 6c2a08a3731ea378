"""What the window may ask of the worker, one function an act; the worker runs them one after the other.

Each raises PenError. What is asked in a visit stands in `visit_acts`. STOP is no act: it never waits in a
queue (`Engine.stop`).
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from penctl.errors import LinkLost, PenError, Refused
from penctl.protocol.enums import Flags, Mode, Reason
from pengui.worker import kept
from pengui.worker.snapshot import Phase

if TYPE_CHECKING:
    from penctl.pen import Pen
    from pengui.worker.engine import Engine

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
        engine.hear_anew()
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
    pen_of(engine).self_test()


def reference(engine: Engine) -> None:
    """Let the depth stage find its zero."""
    pen_of(engine).reference()


def retract(engine: Engine) -> None:
    """After a trip: let the depth stage pull in needles that stayed out; the trip stays latched."""
    pen_of(engine).retract()


def set_mode(engine: Engine, mode: Mode) -> None:
    """Change the mode, which clears both setpoints. CLINICAL waits for the button, and holds nothing up."""
    pen = pen_of(engine)
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
    pen = pen_of(engine)
    pen.set_depth_um(depth_um)
    pen.status()


def set_rate_hz(engine: Engine, rate_hz: float) -> None:
    """Set the stroke rate."""
    pen = pen_of(engine)
    pen.set_rate_hz(rate_hz)
    pen.status()


def arm(engine: Engine) -> None:
    """STANDBY to READY, with the depth stage in position; a visit that this opens is recorded."""
    pen = pen_of(engine)
    if Flags.VISIT_OPEN not in pen.status().flags:
        record_visit(engine, pen)
    pen.arm()


def start(engine: Engine) -> None:
    """READY to RUN."""
    pen = pen_of(engine)
    pen.start()
    pen.status()


def reset(engine: Engine, interlock: int) -> None:
    """Release a latched trip; the device says whether that needs a new link session."""
    pen = pen_of(engine)
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
    engine.follower.look_at_cartridge(pen_of(engine))


def cancel_mode(engine: Engine) -> None:
    """No longer wait for the button."""
    engine.follower.asked = None


def begin_visit(engine: Engine, person: str) -> None:
    """Open a visit, and record it; an empty pseudonym is nobody in particular."""
    pen = pen_of(engine)
    record_visit(engine, pen)
    pen.begin_visit(person.strip() or None)
    engine.follower.look_at_cartridge(pen)
    pen.status()


def end_visit(engine: Engine) -> None:
    """Close the visit."""
    pen = pen_of(engine)
    pen.end_visit()
    engine.follower.look_at_cartridge(pen)
    pen.status()
    end_with_visit(engine)


def end_with_visit(engine: Engine) -> None:
    """A recording that began with the visit ends with it."""
    if engine.records_visit:
        end_recording(engine)


def record_visit(engine: Engine, pen: Pen) -> None:
    """Every visit is recorded, where the window names a place. Raises VisitInhibited, RecordingError."""
    if engine.recorder is None and engine.new_recording is not None:
        pen.check_recordable()  # the recording before this one may forbid it (IL-41)
        begin_recording(engine, engine.new_recording())
        engine.records_visit = True


def begin_recording(engine: Engine, path: str) -> None:
    """Record everything from now on; a recording of a simulated pen says so in its metadata."""
    from penctl.recording import record

    pen = pen_of(engine)
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


def pen_of(engine: Engine) -> Pen:
    """The pen that answers. Raises LinkLost."""
    if engine.pen is None or engine.phase is not Phase.OPEN:
        raise LinkLost
    return engine.pen
