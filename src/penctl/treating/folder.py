"""Visits without a database: each in a folder of its own, and what the folders beside it know of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from penctl.clinic import Clinic
from penctl.errors import PenError
from penctl.treating.history import former_of, punctured_of
from penctl.treating.visit_file import NAME, read_events
from penctl.treatment.course import Course, Punctured
from penctl.treatment.plan import FormerDepth
from penctl.treatment.visit import Knowledge, Visit
from penctl.treatment.visit_events import VisitBegun
from penctl.treatment.visit_steps import Step
from penctl.treatment_tables import load_questions, load_scalp

NO_DEPTH: Final = FormerDepth({})


class VisitFolder:
    """The visits below one folder, with their clinic and what was done elsewhere."""

    def __init__(
        self,
        folder: Path,
        clinic: Clinic,
        elsewhere: Callable[[VisitBegun], Iterable[Punctured]] = lambda begun: (),
    ) -> None:
        self.folder, self.clinic, self._elsewhere = folder, clinic, elsewhere
        self._scalp, self._questions = load_scalp(), load_questions()
        self.damaged: list[PenError] = []

    def knowledge(self, begun: VisitBegun) -> Knowledge:
        """What a visit is held against: the clinic's rules, and every other visit of the same person."""
        earlier = [visit for _, visit in self.visits(begun.person, simulated=begun.simulated)]
        earlier = [visit for visit in earlier if visit.begun.visit_id != begun.visit_id]
        done = [one for visit in earlier for one in punctured_of(visit)]
        known = self._knowledge(begun.mode, [*done, *self._elsewhere(begun)], former_of(earlier))
        answers = [visit.answers for visit in earlier if visit.answers]
        return replace(known, last_answers=answers[-1] if answers else {})

    def bare(self, begun: VisitBegun) -> Knowledge:
        """Enough to read a visit back, which asks nothing of the calendar."""
        return self._knowledge(begun.mode, (), NO_DEPTH)

    def _knowledge(self, mode: str, punctured: Iterable[Punctured], former: FormerDepth) -> Knowledge:
        rules, zone = self.clinic.rules, self.clinic.zone
        course = Course(punctured, rules, self._scalp, zone, mode)
        return Knowledge(rules, self._questions, self._scalp, course, former)

    def visits(self, person: str | None = None, *, simulated: bool | None = None) -> list[tuple[Path, Visit]]:
        """Visits that are kept here, oldest first; what cannot be read is in `damaged`."""
        found = []
        self.damaged = []
        for path in self.folder.glob(f"*/{NAME}"):
            try:
                events, _ = read_events(path)
                begun = events[0]
                if person in (None, begun.person) and simulated in (None, begun.simulated):
                    found.append((path, Visit.of(events, self.bare(begun))))
            except PenError as error:
                self.damaged.append(error)
        return sorted(found, key=lambda one: one[1].begun.at)

    def cut_off(self, person: str | None = None) -> list[tuple[Path, Visit]]:
        """Visits that were neither signed nor closed."""
        return [(path, visit) for path, visit in self.visits(person) if visit.step is not Step.CLOSED]
