"""The alarm log goes into the record of the visit: what alarmed, when, and when somebody answered it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from penctl.errors import PenError
from penctl.treatment import visit_events as ev
from pengui.clinic.alarms import LogLine
from pengui.clinic.visit_desk import VisitDesk
from pengui.widgets.look import Priority

KEPT: Final = 200
"""So many lines wait for records that take nothing at the moment."""
AGAIN_S: Final = 5.0
LOW_AGAIN_S: Final = 60.0
"""A condition of low priority that comes and goes is noted once a minute."""


class AlarmJournal:
    """Notes lines of the alarm log in the visit that is open.

    Args:
        desk: the visit that is open, None for none.
    """

    def __init__(self, desk: Callable[[], VisitDesk | None]) -> None:
        self._desk = desk
        self._waiting: deque[LogLine] = deque(maxlen=KEPT)
        self._low: dict[str, float] = {}
        self._next_s = 0.0

    def take(self, lines: Iterable[LogLine], now_s: float) -> None:
        """Note new lines, and what waited. Never raises: that records take nothing is an alarm of its own."""
        self._waiting.extend(line for line in lines if self._wanted(line))
        desk = self._desk()
        if desk is None:
            self._waiting.clear()  # alarms outside a visit are nobody's treatment
            return
        while self._waiting and now_s >= self._next_s:
            line = self._waiting[0]
            try:
                desk.note(
                    ev.AlarmNoted,
                    code=line.key,
                    priority=line.priority.name,
                    what=line.what,
                    text=line.title,
                )
            except PenError:
                self._next_s = now_s + AGAIN_S
                return
            self._waiting.popleft()

    def _wanted(self, line: LogLine) -> bool:
        if line.priority in (Priority.HIGH, Priority.MEDIUM):
            return True
        if line.what != "began" or line.at_s - self._low.get(line.key, -LOW_AGAIN_S) < LOW_AGAIN_S:
            return False
        self._low[line.key] = line.at_s
        return line.priority is Priority.LOW
