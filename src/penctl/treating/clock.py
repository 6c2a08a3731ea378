"""The time of a visit: read once from the computer's clock, then counted by one that never jumps.

A clock that somebody sets, or the network, in the middle of a treatment must not make the rules refuse the
dose of a pass that has been given. What a visit stands against (its last event, the calendar) is checked by
the treatment rules.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from penctl.treatment.findings import TreatmentRefused


class VisitClock:
    """`now()` is `begin` plus what `elapsed_s` has counted since; `begin` has its time zone."""

    def __init__(self, begin: datetime, elapsed_s: Callable[[], float]) -> None:
        if begin.tzinfo is None:
            raise TreatmentRefused("A time without its zone", begin, "a time with its zone", "Add the zone")
        self._begin, self._elapsed_s, self._start_s = begin, elapsed_s, elapsed_s()

    def now(self) -> datetime:
        """The time in the zone of `begin`."""
        return self._begin + timedelta(seconds=self._elapsed_s() - self._start_s)
