"""A visit of the past, at any moment of it: what the journal had noted by then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NoReturn

from PySide6.QtCore import QCoreApplication

from penctl.errors import Refused
from penctl.treating.played import AFTER, BEFORE, Kept, places
from penctl.treatment import visit_events as ev
from penctl.treatment.course import Course
from penctl.treatment.visit import Knowledge, Visit
from pengui.clinic.pen_alarms import priority_of
from pengui.widgets.marked_slider import Kind, TimeMark

AROUND_S: Final = 2.0
"""So long before arming begins what is played of the events alone, and so long afterwards it ends."""


def tr(text: str) -> str:
    """A text of this module, translated."""
    return QCoreApplication.translate("past_visit", text)


def knowledge_then(known: Knowledge, begun: ev.VisitBegun) -> Knowledge:
    """What was known when the visit began: what came later is not looked at."""
    course = known.course
    before = [one for one in course.punctured if one.at < begun.at]
    then = Course(before, known.rules, known.scalp, course.clinic_zone, begun.mode)
    return replace(known, course=then)


class PastVisit:
    """The journal of a visit that is over, for `VisitDesk`. `go_to` moves it; nothing can be added."""

    def __init__(self, events: Sequence[ev.VisitEvent], known: Knowledge) -> None:
        self.events = tuple(events)
        begun = self.events[0]
        assert isinstance(begun, ev.VisitBegun)  # noqa: S101 - a journal begins so
        self._known = knowledge_then(known, begun)
        self._times: tuple[float, ...] = tuple(BEFORE for _ in self.events)
        self._count, self._time_s = 1, 0.0
        self.end_s = 0.0
        self.visit = Visit.of(self.events[:1], self._known)

    def add(self, event: ev.VisitEvent) -> NoReturn:
        """Refused: what is shown is over."""
        raise Refused("RECORDING", layer="host")

    # --- time ---

    def play_recording(self, kept: Kept, lines: Iterable[tuple[float, str]], end_s: float) -> None:
        """The time is that of a recording, which tells `lines`."""
        self._times, self.end_s = places(self.events, kept, lines), end_s
        self._begin()

    def play_events(self) -> bool:
        """The time is that of the clinic's clock, from the first arming on; False when nothing was armed."""
        worked = [event for event in self.events if isinstance(event, (ev.Armed, ev.PassBegun, ev.ZoneEnded))]
        if not worked:
            return False
        start = worked[0].at - timedelta(seconds=AROUND_S)
        self._times = tuple((event.at - start).total_seconds() for event in self.events)
        ended = (ev.ZoneEnded, ev.PassEnded, ev.Disarmed, ev.TripNoted)
        last = [
            at_s for event, at_s in zip(self.events, self._times, strict=True) if isinstance(event, ended)
        ]
        self.end_s = max((at_s for at_s in last), default=0.0) + AROUND_S
        self._begin()
        return True

    def _begin(self) -> None:
        self._count, self.visit = 1, Visit.of(self.events[:1], self._known)
        self.go_to(0.0)

    def go_to(self, time_s: float) -> bool:
        """The visit as it was then; True when that is another one than before."""
        self._time_s = time_s
        count = max(1, bisect_right(self._times, time_s))
        if count == self._count:
            return False
        if count < self._count:
            self.visit = Visit.of(self.events[:count], self._known)
        else:
            for event in self.events[self._count : count]:
                self.visit.take(event)
        self._count = count
        return True

    def now(self) -> datetime:
        """The clinic's time of the moment that is shown."""
        event, at_s = self.events[self._count - 1], self._times[self._count - 1]
        passed_s = self._time_s - at_s if at_s not in (BEFORE, AFTER) else 0.0
        return event.at + timedelta(seconds=max(0.0, passed_s))

    # --- what stands out ---

    def marks(self) -> tuple[TimeMark, ...]:
        """Passes, trips and stops that are played, in order."""
        found: list[TimeMark] = []
        zones = self._known.scalp.zones
        for number, (event, at_s) in enumerate(zip(self.events, self._times, strict=True)):
            if at_s in (BEFORE, AFTER) or not 0.0 <= at_s <= self.end_s:
                continue
            if isinstance(event, ev.PassBegun):
                direction = event.direction.lower().replace("_", " ")
                words = f"{zones[event.zone].name}, {direction}"
                found.append(TimeMark(Kind.PASS, at_s, self._pass_end_s(number), words))
            elif isinstance(event, ev.TripNoted):
                words = f"{event.interlock}: {event.text}"
                found.append(TimeMark(Kind.TRIP, at_s, at_s, words, priority_of(event.interlock)))
            elif isinstance(event, ev.Disarmed):
                found.append(TimeMark(Kind.STOP, at_s, at_s, tr("Stopped: {0}").format(event.reason)))
        return tuple(found)

    def _pass_end_s(self, number: int) -> float:
        for event, at_s in zip(self.events[number + 1 :], self._times[number + 1 :], strict=True):
            if isinstance(event, (ev.PassEnded, ev.EndedEarly, ev.Unwell)):
                return min(at_s, self.end_s)
        return self.end_s

    def told_then(self) -> ev.TripNoted | None:
        """The trip that was noted last, until the pen was armed again: for a time without a recording."""
        for event in reversed(self.visit.events):
            if isinstance(event, ev.TripNoted):
                return event
            if isinstance(event, ev.Armed):
                return None
        return None
