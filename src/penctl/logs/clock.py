"""Brings the pen's time to that of the recording, also when the pen restarted in the middle."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

BACK_US = 100_000
"""The pen's time has gone back by more than what messages that cross can make: it restarted."""


@dataclass
class DeviceClock:
    """One offset for each stretch between two restarts; `starts_s` is when it was first heard in it."""

    starts_s: list[float] = field(default_factory=list)
    offsets_s: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, int]]) -> DeviceClock:
        """From pairs of time of the recording (s) and of the pen (µs): the quickest message tells best."""
        clock, last_us = cls(), 0
        for time_s, device_us in sorted(pairs, key=itemgetter(0)):
            offset_s = time_s - device_us * 1e-6
            if not clock.starts_s or device_us < last_us - BACK_US:
                clock.starts_s.append(time_s)
                clock.offsets_s.append(offset_s)
                last_us = device_us
            else:
                clock.offsets_s[-1] = min(clock.offsets_s[-1], offset_s)
                last_us = max(last_us, device_us)
        return clock

    @property
    def restarts(self) -> int:
        """How often the pen restarted."""
        return max(0, len(self.starts_s) - 1)

    def at_s(self, device_us: int, near_s: float) -> float:
        """Time of the recording of a time of the pen that was told at `near_s`."""
        if not self.starts_s:
            return near_s
        place = max(0, bisect_right(self.starts_s, near_s) - 1)
        return device_us * 1e-6 + self.offsets_s[place]
