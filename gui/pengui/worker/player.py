"""Plays a recording in the window: its time follows the wall clock, faster or slower, and can be moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from penctl.replay import ReplayPen
from pengui.worker.pace import SLICE_S, Pace
from pengui.worker.snapshot import ReplayView

SPAN_S: Final = 10.0
"""So much before the moment that was sought is told again, for the curves."""


class Player:
    """Lets the time of a recording pass. `restart` is told before its time is moved, `again` afterwards."""

    def __init__(
        self, pen: ReplayPen, pace: Pace, restart: Callable[[], None], again: Callable[[], None]
    ) -> None:
        self._pen, self._pace = pen, pace
        self._restart, self._again = restart, again
        self._paced_s = 0.0
        self._playing = True
        self._speed = 1.0

    def step(self) -> None:
        """A slice of the wall clock's time."""
        passed_s = self._pace.allow(self._paced_s, SLICE_S)
        self._paced_s += passed_s
        if self._playing:
            left_s = max(0.0, self._pen.end_s - self._pen.now_s())
            self._pen.wait(min(passed_s * self._speed, left_s), through_trips=True)
            self._playing = left_s > 0.0

    def play(self, playing: bool) -> None:
        """Go on, from the beginning when it was at its end; or stand still."""
        if playing and self._pen.now_s() >= self._pen.end_s:
            self.seek(0.0)
        self._playing = playing

    def at_speed(self, speed: float) -> None:
        """So many seconds of the recording in one of the wall clock."""
        self._speed = speed

    def seek(self, time_s: float) -> None:
        """Go to a time of the recording, s, with what came shortly before it on the curves."""
        to_s = min(max(0.0, time_s), self._pen.end_s)
        from_s = max(0.0, to_s - SPAN_S)
        self._restart()
        self._pen.seek(from_s)
        self._pen.wait(to_s - from_s, through_trips=True)
        self._again()

    @property
    def view(self) -> ReplayView:
        """For the window."""
        return ReplayView(self._pen.now_s(), self._pen.end_s, self._playing, self._speed)
