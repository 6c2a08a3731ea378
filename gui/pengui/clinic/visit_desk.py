"""The visit as the screens hold it: they note events here, and ask it where the visit stands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from penctl.treating.cut_off import end_pass, unseen_strokes
from penctl.treatment import visit_events as ev
from penctl.treatment.dose import Dose
from penctl.treatment.visit import Visit
from penctl.treatment.visit_steps import Step


class Journal(Protocol):
    """Where a visit is kept: an event is on the disk before it counts."""

    @property
    def visit(self) -> Visit:
        """The visit as its journal has it."""

    def add(self, event: ev.VisitEvent) -> object:
        """Take the next event. Raises PenError; the visit is then as before."""


class VisitDesk:
    """One open visit. Both the window and the thread that drives the pen note events: one at a time.

    Args:
        journal: the visit and where it is kept.
        now: the time, with its zone.
        by: who works, as the journal names the person.
        may_sign: whether this user's role signs reasons.
        person: whom it is about, as the time-out says it aloud; the pseudonym when nothing is given.
    """

    def __init__(
        self,
        journal: Journal,
        now: Callable[[], datetime],
        by: str,
        *,
        may_sign: bool = True,
        person: str = "",
    ) -> None:
        self._journal, self._lock = journal, threading.RLock()
        self.now, self.by, self.may_sign = now, by, may_sign
        self.person = person or journal.visit.begun.person

    @property
    def visit(self) -> Visit:
        """The visit."""
        return self._journal.visit

    def add(self, event: ev.VisitEvent) -> None:
        """Take the next event. Raises PenError."""
        with self._lock:
            self._journal.add(event)

    def note(self, kind: type[ev.VisitEvent], /, **fields: Any) -> None:
        """What happens now. Raises PenError: a rule, the order of the steps, or the disk refuses it."""
        with self._lock:
            self._journal.add(self.event(kind, **fields))

    def event(self, kind: type[ev.VisitEvent], /, **fields: Any) -> ev.VisitEvent:
        """An event of now, not noted."""
        at = max(self.now(), self.visit.events[-1].at)
        return kind(at=at, by=self.by, **fields)

    def check(self, kind: type[ev.VisitEvent], /, **fields: Any) -> None:
        """Refuse what `note` would refuse, and note nothing. Raises PenError."""
        with self._lock:
            self.visit.check(self.event(kind, **fields))

    def end_without_pen(self, reason: str, *, unwell: bool) -> None:
        """End the treatment while no pen answers: the most that it can have done since counts.

        Raises PenError: no reason, or it is too late.
        """
        kind = ev.Unwell if unwell else ev.EndedEarly
        with self._lock:
            self.visit.check(self.event(kind, reason=reason))
            begun = self.visit.open_pass
            if begun is not None:
                end_pass(self.note, begun.zone, Dose(strokes_unseen=unseen_strokes(self.visit)))
            if self.visit.step is Step.TREAT:
                self.note(ev.Disarmed, reason="no pen answers")
            self.note(kind, reason=reason)

    def noted(self, kind: type[ev.VisitEvent]) -> list[Any]:
        """Every event of a kind, in order."""
        return [event for event in self.visit.events if isinstance(event, kind)]
