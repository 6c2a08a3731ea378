"""What the window may ask of the worker in a visit; the driver of `penctl.treating` does it.

Each raises PenError, as the acts of `pengui.worker.acts` do, beside which these stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from penctl.errors import LinkLost, Refused
from penctl.protocol.enums import State
from pengui.worker import kept
from pengui.worker.acts import TELEMETRY_PERIOD_US, end_with_visit, pen_of, record_visit
from pengui.worker.follow import BUTTON_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from penctl.treating.driver import Treating
    from penctl.treating.ports import VisitJournal
    from pengui.worker.engine import Engine

    class AttendedVisit(VisitJournal, Protocol):
        """A visit, the time, and who works."""

        now: Callable[[], datetime]
        by: str


def attend(engine: Engine, desk: AttendedVisit) -> None:
    """From now on the pen works in this visit; what it does is noted there."""
    from penctl.treating.driver import Treating
    from penctl.treatment.visit_steps import Step

    if engine.treating is not None and engine.treating.visit is desk.visit:
        return
    if engine.treating is not None:
        engine.treating.leave()
    engine.treating = Treating(
        pen_of(engine),
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
        pen_of(engine).telemetry(TELEMETRY_PERIOD_US)
        end_with_visit(engine)


def make_ready(engine: Engine) -> None:
    """Self-test, reference, mode, and the visit at the pen; a visit that was cut off is taken up."""
    from penctl.treating.cut_off import take_up

    treating, pen = _treating(engine), pen_of(engine)
    record_visit(engine, pen)
    kept.begun(engine)
    treating.make_ready(button_timeout_s=BUTTON_S)
    if engine.takes_up:  # the visit was cut off: what the pen did meanwhile is not lost
        take_up(treating.journal, pen, treating.add)
        engine.takes_up = False
    engine.follower.look_at_cartridge(pen_of(engine))


def read_cartridge(engine: Engine, lot: str) -> None:
    """Read the cartridge and note it with the lot that stands on its pack."""
    _treating(engine).read_cartridge(lot)
    engine.follower.look_at_cartridge(pen_of(engine))


def begin_pass(engine: Engine, zone: str, direction: str, depth_um: int, rate_mhz: int) -> None:
    """Arm for a pass. Depth and rate that are lower than the plan's stay lower; never is one raised."""
    treating, pen = _treating(engine), pen_of(engine)
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
    """The switch at the pen is held: the needles move. A pen that a STOP has disarmed meanwhile stays so."""
    treating = _treating(engine)
    treating.begin_pass(zone, direction, armed=True)
    treating.start()
    pen_of(engine).status()


def end_pass(engine: Engine, done: bool) -> None:
    """End the pass under way."""
    treating, pen = _treating(engine), pen_of(engine)
    treating.end_pass(done=done)
    if pen.status().state is State.READY:
        pen.stop()  # nothing stays armed that nobody asked for, least of all with another zone's depth
    engine.progress = treating.poll()


def leave_zone(engine: Engine, zone: str, reason: str) -> None:
    """Leave a zone out, or break it off."""
    treating, pen = _treating(engine), pen_of(engine)
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
