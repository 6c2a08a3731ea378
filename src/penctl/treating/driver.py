"""Drives a pen through the treatment of a visit, one act at a time.

A command line calls the acts one after the other; a screen calls them when somebody clicks, and `poll`
again and again while a pass is under way. The order is always the same: what the treatment rules allow is
written to the journal first, then the pen is told. Only a stop goes to the pen first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from penctl.cartridge_words import verdict_words
from penctl.errors import PenError, Refused
from penctl.protocol.enums import Flags, State
from penctl.treating.cut_off import NOTE_PERIOD_S, pen_visit_id
from penctl.treating.dose_count import PERIOD_US, PassCounter
from penctl.treating.progress import PassState, Progress, density_of, has_enough, progress_of
from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.visit_steps import Step
from penctl.trip_words import trip_sentence
from penctl.visit import FIRST_DAY

if TYPE_CHECKING:
    from penctl.status import Cartridge, Status
    from penctl.treating.ports import VisitJournal, VisitPen
    from penctl.treatment.visit import Visit

LAST_SAMPLES_S: Final = 0.06
"""Two blocks of telemetry: what the last strokes of a stop still send."""
HOLD_POLL_S: Final = 0.02
BOUNCE_S: Final = 0.1
"""A switch bounces: the pen waits until it is still."""
TOLD: Final = "visit: "
"""Lines of a recording that tell an event of the visit begin so."""
STAYED_OUT = "The needles are not seen inside the nose: lift the handpiece straight off the skin"


class Treating:
    """Drives one pen through one visit.

    Args:
        pen: an open pen; see `penctl.Pen`.
        journal: the visit and where it is kept.
        now: the time, with its zone; see `clock.VisitClock`.
        by: who works with the pen, as the journal names the person.
        tell: is told each thing that happens, as a sentence without anything personal.
        period_us: telemetry is asked for so often, µs.
    """

    def __init__(
        self,
        pen: VisitPen,
        journal: VisitJournal,
        *,
        now: Callable[[], datetime],
        by: str,
        tell: Callable[[str], None] = lambda text: None,
        period_us: int = PERIOD_US,
    ) -> None:
        self.pen, self.journal = pen, journal
        self._now, self._by, self._tell, self._period_us = now, by, tell, period_us
        self._counter = PassCounter()
        self._trips_told = len(pen.trips)
        self._noted_at: datetime | None = None
        self._started = False
        pen.inbox.on_telemetry.append(self._counter.take)

    @property
    def visit(self) -> Visit:
        """The visit."""
        return self.journal.visit

    def add(self, kind: type[ev.VisitEvent], /, **fields: object) -> None:
        """Write the next event; a pen that may be at work is stopped when that fails."""
        event = kind(at=self._now(), by=self._by, **fields)
        try:
            self.journal.add(event)
        except BaseException:
            if self._started:
                self._started = False
                with contextlib.suppress(PenError):  # the error of the journal is the one to tell
                    self.pen.stop_now()
            raise
        self._tell(told(event))

    # --- before the treatment ---

    def latched(self) -> str:
        """The trip that keeps the pen from anything, in a sentence; "" for none. It needs a link session."""
        if not self.pen.session_open:
            self.pen.open_session()
        trip = self.pen.status().trip
        return "" if trip is None else f"{trip.id}: {trip_sentence(trip)}"

    def release(self) -> None:
        """Note the trip that is latched, and reset it. Raises Refused: its cause is still there."""
        trip = self.pen.status().trip
        if trip is not None:
            if not any(isinstance(one, ev.TripNoted) for one in self.visit.events[-2:]):
                self.add(ev.TripNoted, interlock=trip.id, text=trip_sentence(trip))
            self.pen.reset()

    def make_ready(self, *, button_timeout_s: float = 0.0) -> Status:
        """Link session, self-test, reference, mode, and the visit at the pen; after this it can be armed.

        CLINICAL needs the button at the pen, for which this waits `button_timeout_s`.

        Raises:
            Refused, SelfTestFailed, ReferenceFailed, LinkLost: what the pen's own acts raise.
        """
        pen, visit = self.pen, self.visit
        if pen.simulated != visit.begun.simulated:
            raise TreatmentRefused(
                "A simulated visit and a real pen do not go together",
                "a simulated pen" if pen.simulated else "a real pen",
                "a simulated visit" if visit.begun.simulated else "a real visit",
                "Begin a visit for this pen",
            )
        if not pen.session_open:
            pen.open_session()
        status = pen.status()
        if Flags.SELF_TEST_PASSED not in status.flags:
            pen.self_test()
        if Flags.REFERENCED not in pen.status().flags:
            pen.reference()
        if pen.status().mode.name != visit.mode:
            pen.set_mode(visit.mode, button_timeout_s=button_timeout_s)
        day = visit.knowledge.course.day_of(self._now())
        pen.begin_visit(visit.begun.person, pen_visit_id(visit.begun.visit_id), day)
        pen.telemetry(self._period_us)
        return pen.status()

    def read_cartridge(self, lot: str = "") -> Cartridge:
        """Read the cartridge and note it; `lot` stands on its pack.

        Raises:
            TreatmentRefused: the pen or a rule refuses it: used, expired, another person's, of another mode.
        """
        read = self.pen.cartridge()
        verdict = verdict_words(read)
        if verdict is not None:
            raise TreatmentRefused(
                verdict.what.rstrip("."), f"cartridge {read.cartridge_id}", remedy=verdict.remedy
            )
        before = self.visit.cartridge
        same = before is not None and before.cartridge_id == read.cartridge_id
        self.add(
            ev.CartridgeRead,
            cartridge_id=read.cartridge_id,
            kind=read.kind.name,
            needles=read.needles,
            lot=lot,
            sterile_until=_day(read.sterile_until_day),
            uses=before.uses if same and before else read.uses,
            strokes=read.strokes,
        )
        return read

    # --- one pass ---

    def begin_pass(self, zone: str, direction: str, *, armed: bool = False) -> None:
        """Set depth and rate of the zone, arm, and note the pass: it then waits for the hand.

        `armed`: the pen stands READY for it, as after a rest in READY; one that no longer does is not armed.

        Raises:
            TreatmentRefused: it is not its turn, or a rule holds it back. Refused: the pen does not arm.
        """
        plan = self.visit.plan
        if plan is None or self.visit.step not in (Step.READY, Step.TREAT):
            missing = "; ".join(self.visit.missing())
            raise TreatmentRefused(
                "It is not yet time to treat", self.visit.step.value.lower(), "ready", f"First: {missing}"
            )
        planned = plan.zone(zone)
        self._check_pass(zone, direction)
        now = self.pen.status()
        if now.state is State.READY and (
            now.depth_set_um > planned.depth_um or now.rate_set_mhz > planned.rate_mhz
        ):
            self.pen.stop()  # armed for another zone: its depth is not this one's
        if self.pen.status().state is not State.READY:
            if armed:
                raise TreatmentRefused(
                    "The pen is no longer READY", self.pen.status().state.name, "READY", "Make it ready again"
                )
            self.pen.set_depth_um(planned.depth_um)
            self.pen.set_rate_hz(planned.rate_mhz / 1000)
            self.pen.arm()
        try:
            if self.visit.step is Step.READY:
                self.add(ev.Armed)
            if self.visit.open_pass is None:
                self.add(ev.PassBegun, zone=zone, direction=direction)
        except BaseException:
            with contextlib.suppress(PenError):
                self.pen.stop_now()
            if self.visit.step is Step.TREAT:
                with contextlib.suppress(PenError, OSError):  # the first error is the one to tell
                    self.add(ev.Disarmed, reason="the pass was refused")
            raise

    def _check_pass(self, zone: str, direction: str) -> None:
        """Before the pen is armed: what would refuse the pass must not leave it armed."""
        seen, noted = self.pen.cartridge().cartridge_id, self.visit.cartridge
        if noted is not None and seen not in (0, noted.cartridge_id):  # 0: none is in, and the pen refuses
            raise TreatmentRefused(
                "Another cartridge is in the pen than the one that was read for this visit",
                f"number {seen}",
                f"number {noted.cartridge_id}",
                "Read it, with the lot on its pack",
            )
        begun = self.visit.open_pass
        if begun is not None and (begun.zone, begun.direction) != (zone, direction):
            raise TreatmentRefused(
                "Another pass is under way", f"{begun.zone}, {begun.direction}", None, "End it first"
            )
        if begun is None:
            self.visit.check_rules(ev.PassBegun(self._now(), self._by, zone, direction))

    def wait_for_release(self, timeout_s: float) -> bool:
        """Before arming: wait until the hold-to-run switch is let go of; False when it is still held."""
        waited_s = 0.0
        while Flags.HOLD_PRESSED in self.pen.status().flags:
            if waited_s >= timeout_s:
                return False
            self.pen.wait(HOLD_POLL_S)
            waited_s += HOLD_POLL_S
        return True

    def wait_for_hold(self, timeout_s: float) -> bool:
        """Wait until the hold-to-run switch at the pen is held; False when nobody did or READY ended."""
        waited_s = 0.0
        while waited_s < timeout_s:
            status = self.pen.status()
            if status.state is not State.READY:
                return False
            if Flags.HOLD_PRESSED in status.flags:
                self.pen.wait(BOUNCE_S)
                return True
            self.pen.wait(HOLD_POLL_S)
            waited_s += HOLD_POLL_S
        return False

    def start(self) -> None:
        """READY to RUN. Raises Refused HOLD_NOT_PRESSED unless the switch at the pen is held."""
        if self.visit.open_pass is None:
            raise TreatmentRefused("No pass is under way", "none", None, "Begin one first")
        self._counter.begin()
        self._started, self._noted_at = True, self._now()
        try:
            self.pen.start()
        except Refused:
            self._counter.end()
            self._started = False
            raise

    def poll(self) -> Progress:
        """Look at the pen; note dose and trips; stop and end the pass when its density is reached.

        Called every 50 ms or so while a pass is under way, by the thread that holds the pen.
        """
        begun = self.visit.open_pass
        if begun is None:
            return Progress(PassState.NONE)
        if not self._started:
            return self._progress(begun, PassState.WAITING)
        running = self.pen.status().state is State.RUN
        if running and has_enough(self.visit, begun.zone, self.running):
            return self._stop_at_enough(begun)
        if running:
            self._note_dose_in_time(begun.zone)
            return self._progress(begun, PassState.RUNNING)
        tripped = len(self.pen.trips) > self._trips_told
        self._rest("a trip" if tripped else "the switch at the pen was released")
        return self._progress(begun, PassState.TRIPPED if tripped else PassState.PAUSED)

    def _stop_at_enough(self, begun: ev.PassBegun) -> Progress:
        self.pause("the planned density is reached")
        progress = self._progress(begun, PassState.FULL)
        if progress.density >= progress.target:
            progress = self._progress(begun, PassState.REACHED)
        self._end_pass(begun.zone, done=progress.state is PassState.REACHED)
        return progress

    def pause(self, reason: str) -> None:
        """Stop the pen, at rest with its needles in; the pass stays open and may go on after arming."""
        self.pen.stop()
        self._rest(reason)

    def end_pass(self, *, done: bool) -> None:
        """End the pass under way, after a pause."""
        begun = self.visit.open_pass
        if begun is not None:
            if self._started:
                self.pause("the pass ends")
            else:
                self._note_dose(begun.zone)  # what a journal that failed has not taken
            self._end_pass(begun.zone, done=done)

    def leave_zone(self, zone: str, reason: str) -> None:
        """Leave a zone out, or break it off."""
        if self.visit.open_pass is not None and self.visit.open_pass.zone == zone:
            self.end_pass(done=False)
        self.add(ev.ZoneEnded, zone=zone, done=False, reason=reason)

    # --- the end ---

    def end_early(self, reason: str) -> None:
        """Stop the pen, keep what was done, and end the treatment here."""
        self._end(ev.EndedEarly, reason)

    def unwell(self, reason: str) -> None:
        """The patient is unwell: stop the pen first, then everything else."""
        self._end(ev.Unwell, reason)

    def leave(self) -> None:
        """The pen is no longer listened to; one that stays connected would else keep every visit of a day."""
        with contextlib.suppress(ValueError):
            self.pen.inbox.on_telemetry.remove(self._counter.take)

    def put_away(self) -> str:
        """Stop, see the needles inside the nose, close the visit at the pen; a sentence when not seen."""
        with contextlib.suppress(PenError):
            self.pen.telemetry(0)
        self.pen.stop()
        status = self.pen.status()
        if Flags.NEEDLES_CLEAR not in status.flags:
            with contextlib.suppress(PenError):
                status = self.pen.retract()
        with contextlib.suppress(Refused):  # no visit is open at the pen, or it is latched
            self.pen.end_visit()
        return "" if Flags.NEEDLES_CLEAR in status.flags else STAYED_OUT

    # --- parts ---

    def _end(self, kind: type[ev.EndedEarly] | type[ev.Unwell], reason: str) -> None:
        if self._started:
            self.pen.stop_now()
        self.visit.check(kind(at=self._now(), by=self._by, reason=reason))
        self.end_pass(done=False)
        self.add(kind, reason=reason)

    def _rest(self, reason: str) -> None:
        """The pen has left RUN: count its last strokes, note them, and that it is no longer armed."""
        self.pen.wait(LAST_SAMPLES_S, through_trips=True)
        begun = self.visit.open_pass
        self._started = False
        self._counter.end()
        if begun is not None:
            self._note_dose(begun.zone)
        self._note_trips()
        self.add(ev.Disarmed, reason=reason)

    def _end_pass(self, zone: str, *, done: bool) -> None:
        self.add(ev.PassEnded, zone=zone, done=done)
        plan = self.visit.plan
        if done and plan is not None and len(self.visit.passes_done(zone)) >= len(plan.zone(zone).passes):
            self.add(ev.ZoneEnded, zone=zone, done=True)

    def _note_dose_in_time(self, zone: str) -> None:
        now = self._now()
        if self._noted_at is None or now - self._noted_at >= timedelta(seconds=NOTE_PERIOD_S):
            self._noted_at = now
            self._note_dose(zone)

    def _note_dose(self, zone: str) -> None:
        """What is counted leaves the counter when the journal has it, and not before."""
        dose = self._counter.dose
        if dose != Dose():
            self.add(ev.DoseCounted, zone=zone, dose=dose)
            self._counter.take_out()

    def _note_trips(self) -> None:
        for trip in self.pen.trips[self._trips_told :]:
            self._trips_told += 1
            self.add(ev.TripNoted, interlock=trip.id, text=trip_sentence(trip))

    @property
    def running(self) -> Dose:
        """Dose of the pass under way that is not in the journal yet."""
        return self._counter.dose

    def density(self, zone: str) -> float:
        """Punctures/cm² of a zone so far, the pass under way included; a mean over the zone."""
        return density_of(self.visit, zone, self.running)

    def _progress(self, begun: ev.PassBegun, state: PassState) -> Progress:
        return progress_of(self.visit, begun, state, self.running)


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def told(event: ev.VisitEvent) -> str:
    """What a recording is told of an event: only what says nothing of the person."""
    values = [getattr(event, key, "") for key in ("zone", "direction", "interlock", "item", "when")]
    about = ", ".join(str(value) for value in values if value)
    return f"{TOLD}{event.words}{f' ({about})' if about else ''}"
