"""One visit of the invented clinic that a simulated pen has really done, so that it can be replayed.

Firmware, tissue and the hand are those of the simulator, in virtual time. In its second pass the hand presses
too hard once: the pen trips, as a pen does. It needs no records, so it is done while they are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from penctl.pen import Pen
from penctl.recording import Level, record
from penctl.transport import open_url
from penctl.treating.clock import VisitClock
from penctl.treating.driver import Treating
from penctl.treating.form import simulated_form
from penctl.treating.hands import BenchHand
from penctl.treating.run_visit import VisitRun
from penctl.treating.visit_recording import hash_of
from penctl.treatment import visit_events as ev
from penctl.treatment.course import Course
from penctl.treatment.plan import FormerDepth, Plan
from penctl.treatment.visit import Knowledge, Visit
from penctl.treatment_tables import load_questions, load_rules, load_scalp

if TYPE_CHECKING:
    from penctl.records import OpenVisit

FOLDER: Final = "recordings"
"""Recordings of the invented clinic lie beside its records, and go with them."""
NAME: Final = "demonstration_SIMULATED.mcap"
SEED: Final = 1
TOO_HARD_N: Final = 12.0
HARD_STRETCH: Final = 2


class HeavyHand(BenchHand):
    """Presses too hard the second time that the needles move."""

    def __init__(self, bench: Any) -> None:
        super().__init__(bench)
        self._stretches = 0

    def glide(self, treating: Treating) -> None:
        """As any hand, and too hard in its second stretch."""
        super().glide(treating)
        self._stretches += 1
        if self._stretches == HARD_STRETCH:
            treating.pen.wait(1.0, through_trips=True)
            self.bench.hand.press(TOO_HARD_N)


class _InMemory:
    """A journal that is written down later."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    def add(self, event: ev.VisitEvent) -> None:
        self.visit.add(event)


class RecordedVisit:
    """The first visit of a person. It begins to be done at once, in a thread; `write` waits for it.

    Args:
        folder: where the recording goes.
        plan: what is done.
        by: who did it.
        answers: those of the screening.
    """

    def __init__(self, folder: Path, plan: Plan, by: str, answers: Mapping[str, Any]) -> None:
        self._path, self._plan, self._by, self._answers = folder / NAME, plan, by, answers
        folder.mkdir(parents=True, exist_ok=True)
        pool = ThreadPoolExecutor(1, "demo visit")
        self._done: Future[tuple[ev.VisitEvent, ...]] = pool.submit(self._do)
        pool.shutdown(wait=False)

    def _do(self) -> tuple[ev.VisitEvent, ...]:
        begun = ev.VisitBegun(datetime.now(UTC), self._by, "demo", self._plan.person, self._plan.mode, True)
        rules, scalp, questions = load_rules(), load_scalp(), load_questions()
        course = Course((), rules, scalp, UTC, self._plan.mode)
        journal = _InMemory(Visit(begun, Knowledge(rules, questions, scalp, course, FormerDepth({}))))
        with Pen(open_url(f"pensim://?seed={SEED}")) as pen:
            clock, recorder = VisitClock(begun.at, pen.now_s), record(pen, self._path)
            treating = Treating(
                *(pen, journal), now=clock.now, by=self._by, tell=lambda text: recorder.log(Level.INFO, text)
            )
            form = simulated_form(begun.person, begun.mode, questions)
            form = replace(form, by=self._by, answers=self._answers, lot="DEMO")
            hand = HeavyHand(pen.transport.bench)
            whole = VisitRun(treating, self._plan, form, hand, after=lambda question: True)
            with recorder:
                whole.papers()
                treating.add(ev.RecordingBegun, name=NAME)
                whole.pen_ready()
                whole.treat()
                treating.put_away()
            treating.add(ev.RecordingEnded, name=NAME, sha256=hash_of(self._path))
            whole.close()
        return journal.visit.events

    def write(self, journal: OpenVisit) -> None:
        """Note all of it in a visit that was begun, in its time. Raises what the pen or the records raise."""
        begun, *events = self._done.result()
        later = journal.visit.begun.at - begun.at
        for event in events:
            journal.add(replace(event, at=event.at + later))
