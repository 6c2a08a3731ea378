"""Virtual time paced to the wall clock: absolute deadlines, and how well they were met. No clock in here.

A step that is late is run at once, the next ones without a pause, until the deadlines are met again. When
more than `CATCH_UP_S` is missing (a machine that slept, a process that was stopped), that time is lost: the
pen stands still meanwhile and goes on where it was. No step is ever longer than the others.
"""

from __future__ import annotations

from typing import Final

import numpy as np

STEP_S: Final = 1e-3
"""Virtual time between two looks at the programs: ten ticks of the firmware."""
CATCH_UP_S: Final = 0.1
"""Far below the heartbeat's timeout of 0.25 s, so that catching up trips no pen whose host is well."""
BIN_S: Final = 10e-6
BINS: Final = 20_000


class Lateness:
    """Counts of how late each step ended, in bins of 10 µs up to 0.2 s; the last bin holds all above."""

    def __init__(self) -> None:
        self._bins = np.zeros(BINS, np.int64)
        self.count = 0
        self.max_s = 0.0

    def add(self, late_s: float) -> None:
        """Count one step; one that ended early counts as 0."""
        self._bins[min(int(max(0.0, late_s) / BIN_S), BINS - 1)] += 1
        self.count += 1
        self.max_s = max(self.max_s, late_s)

    def percentile_s(self, percent: float) -> float:
        """At most so late were `percent` % of the steps, to the bin's upper edge; 0 when none was counted."""
        if self.count == 0:
            return 0.0
        place = int(np.searchsorted(np.cumsum(self._bins), self.count * percent / 100.0))
        return float(min((place + 1) * BIN_S, self.max_s))


class Pacer:
    """Deadlines of steps of `STEP_S`. Every time is given in s of one monotonic clock."""

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._origin_s = start_s
        self.steps = 0
        self.lost_s = 0.0
        self.falls = 0
        """How often more than CATCH_UP_S was missing."""
        self.lateness = Lateness()

    def wait_s(self, now_s: float) -> float:
        """Time until the next step is due; 0 when it is."""
        return max(0.0, self._origin_s + (self.steps + 1) * STEP_S - now_s)

    def finish(self, now_s: float) -> float:
        """Count a step that has just ended. Returns the time lost by it, 0 as long as the pace is held."""
        self.steps += 1
        late_s = now_s - (self._origin_s + self.steps * STEP_S)
        self.lateness.add(late_s)
        if late_s <= CATCH_UP_S:
            return 0.0
        self._origin_s += late_s
        self.lost_s += late_s
        self.falls += 1
        return late_s

    def factor(self, now_s: float) -> float:
        """Virtual time that passed in a second of wall time, since the start."""
        passed_s = now_s - self._start_s
        return self.steps * STEP_S / passed_s if passed_s > 0.0 else 1.0
