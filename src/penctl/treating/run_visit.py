"""A whole visit, from screening to signature, with a form, a driver and a hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from penctl.errors import Refused
from penctl.treating.cut_off import Add, take_up
from penctl.treating.driver import Treating
from penctl.treating.progress import PassState
from penctl.treatment import visit_events as ev
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.visit_checks import passes_left
from penctl.treatment.visit_steps import TIME_OUT, Step, preparation

if TYPE_CHECKING:
    from penctl.treating.form import Form
    from penctl.treating.hands import Hand
    from penctl.treating.ports import VisitJournal
    from penctl.treating.visit_recording import VisitRecording
    from penctl.treatment.plan import Plan

POLL_S: Final = 0.05
TRIES: Final = 3
"""A pass that trips so often is given up."""


class VisitRun:
    """Runs what is missing of a visit, in its order; a visit that was taken up goes on where it stands.

    Args:
        after: answers what is asked after the treatment, by its text; None leaves the visit open there.
        watch: is called while a pass runs.
        recording: is named in the journal before the pen is made ready, and closed when it is put away.
    """

    def __init__(
        self,
        treating: Treating,
        plan: Plan,
        form: Form,
        hand: Hand,
        *,
        after: Callable[[str], bool] | None,
        watch: Callable[[], None] = lambda: None,
        recording: VisitRecording | None = None,
    ) -> None:
        self.treating, self._plan, self._form, self._hand = treating, plan, form, hand
        self._after, self._watch, self._recording = after, watch, recording
        self.warning = ""

    def run(self) -> None:
        """The visit. Raises TreatmentRefused, and what the pen raises; the journal has all until then."""
        self.papers()
        if self.treating.visit.step in (Step.PREPARE, Step.TIME_OUT, Step.READY, Step.TREAT):
            if self._recording is not None:
                self._recording.begin()
            self.pen_ready()
            self.treat()
            self.warning = self.treating.put_away()
            if self._recording is not None:
                self._recording.end()
        self.close()

    # --- before ---

    def papers(self) -> None:
        """Screening, consent, photos, plan: nothing of the pen is needed."""
        add, form = self.treating.add, self._form
        acts: dict[Step, Callable[[], None]] = {
            Step.SCREENING: lambda: add(ev.Screened, answers=form.answers, signatures=form.signatures),
            Step.CONSENT: lambda: add(ev.Consented, form=form.consent),
            Step.PHOTOS_BEFORE: lambda: _photo(add, "BEFORE", form.photo_before, form.no_photo_before),
            Step.PLAN: lambda: add(ev.Planned, plan=self._plan, signatures=form.signatures),
        }
        if self.treating.visit.step is Step.SCREENING:
            for note in form.therapies:
                add(ev.TherapyNoted, note=note)
        while self.treating.visit.step in acts:
            acts[self.treating.visit.step]()

    def pen_ready(self) -> None:
        """Preparation confirmed, pen made ready, cartridge read, time-out said."""
        treating, hand = self.treating, self._hand
        if treating.visit.step is Step.PREPARE:
            self._prepare()
        hand.fit_cartridge(treating)
        trouble = treating.latched()
        if trouble:
            if not hand.acknowledges(trouble):
                raise TreatmentRefused("A trip of the pen is latched", trouble, None, "Reset it, then go on")
            treating.release()
        hand.press_button(True)
        try:
            treating.make_ready(button_timeout_s=hand.button_timeout_s)
        finally:
            hand.press_button(False)
        take_up(treating.journal, treating.pen, treating.add)
        if treating.visit.step in (Step.PREPARE, Step.TIME_OUT, Step.READY):
            treating.read_cartridge(self._form.lot)
        self._confirm(ev.TimeOutSaid, TIME_OUT, self._form.time_out, Step.TIME_OUT)

    def _prepare(self) -> None:
        add, form = self.treating.add, self._form
        self._confirm(ev.ItemPrepared, preparation(self.treating.visit.mode), form.prepared, Step.PREPARE)
        if form.anaesthetic is None:
            add(ev.AnaestheticNone)
            return
        given = form.anaesthetic
        add(ev.AnaestheticApplied, agent=given.agent, dose=given.dose, applied_at=given.applied_at)
        if given.removed:
            add(ev.AnaestheticRemoved)

    def _confirm(
        self, kind: type[ev.VisitEvent], items: Mapping[str, str], confirmed: frozenset[str], step: Step
    ) -> None:
        for item, text in items.items():
            if self.treating.visit.step is not step:
                return
            if item not in confirmed:
                raise TreatmentRefused("Not confirmed", text, "yes", f"Confirm {item} in the form")
            self.treating.add(kind, item=item)

    # --- treatment ---

    def treat(self) -> None:
        """Zone by zone, pass by pass; a zone that cannot be finished is left with its reason."""
        for planned in self._plan.zones:
            for direction in planned.passes:
                visit = self.treating.visit
                if visit.zone_ended(planned.zone) or not passes_left(visit, planned.zone, direction.value):
                    continue
                trouble = self._pass(planned.zone, direction.value)
                if trouble:
                    self.treating.leave_zone(planned.zone, trouble)

    def _pass(self, zone: str, direction: str) -> str:
        """One pass to its end; why it was given up, or ""."""
        trips = 0
        while True:
            state = self._stretch(zone, direction)
            if state is PassState.REACHED:
                return ""
            if state is PassState.FULL:
                return PassState.FULL.value
            if state is PassState.WAITING:
                return "nobody held the switch at the pen"
            trips += state is PassState.TRIPPED
            if trips >= TRIES or (state is PassState.TRIPPED and not self._reset()):
                return f"the pen tripped: {self.treating.pen.trips[-1].id}"

    def _stretch(self, zone: str, direction: str) -> PassState:
        """From arming to rest: a pass, or the part of it until somebody or something stops the pen."""
        treating, hand = self.treating, self._hand
        treating.wait_for_release(hand.hold_timeout_s)  # arming refuses a switch that is held, and says so
        treating.begin_pass(zone, direction)
        hand.take(treating, f"{zone.lower().replace('_', ' ')}, {direction.lower().replace('_', ' ')}")
        if not treating.wait_for_hold(hand.hold_timeout_s):
            treating.pause("nobody held the switch at the pen")
            return PassState.WAITING
        treating.start()
        hand.glide(treating)
        progress = treating.poll()
        while progress.state is PassState.RUNNING:
            treating.pen.wait(POLL_S)
            self._watch()
            progress = treating.poll()
        hand.lift(treating)
        return progress.state

    def _reset(self) -> bool:
        """Release the latched trip, when whoever holds the pen has seen it."""
        trouble = self.treating.latched()
        if trouble and not self._hand.acknowledges(trouble):
            return False
        try:
            self.treating.release()
        except Refused:
            return False
        return True

    def close(self) -> None:
        """Needles, sharps, photos, after-care, signature: what `after` says yes to."""
        if self._after is not None:
            close_visit(self.treating.journal, self.treating.add, self._form, self._after)


def close_visit(journal: VisitJournal, add: Add, form: Form, after: Callable[[str], bool]) -> None:
    """What comes after a treatment, step by step; the visit stays open where `after` says no."""
    acts: dict[Step, tuple[str, Callable[[], None]]] = {
        Step.DISPOSE: (
            "Are the needles intact, and did the cartridge go to the sharps?",
            lambda: _dispose(journal, add),
        ),
        Step.PHOTOS_AFTER: (
            "Are the photos after the treatment taken or declined?",
            lambda: _photo(add, "AFTER", form.photo_after, form.no_photo_after),
        ),
        Step.AFTER_CARE: (
            "Was the after-care sheet handed out and explained?",
            lambda: add(ev.AfterCareGiven),
        ),
        Step.SIGN: ("Do you sign this visit?", lambda: add(ev.Signed)),
    }
    while (step := journal.visit.step) in acts:
        question, act = acts[step]
        if not after(question):
            return
        act()


def _photo(add: Add, when: str, reference: str, why_none: str) -> None:
    if reference:
        add(ev.PhotoTaken, when=when, reference=reference)
    else:
        add(ev.PhotosDeclined, when=when, reason=why_none)


def _dispose(journal: VisitJournal, add: Add) -> None:
    add(ev.NeedlesChecked, intact=True)
    if journal.visit.mode != "HOME":
        add(ev.CartridgeDisposed)
