"""How long an answer takes on this line, and so after what time a frame is sent once more.

As RFC 6298 does for TCP: a smoothed round trip and its mean deviation, in whole µs; a frame that went out
twice gives no sample (Karn), and one that had to be repeated doubles the time until an answer says better.
"""

from __future__ import annotations

FIRST_US = 60_000
"""Before anything was measured. (D)"""
LEAST_US = 15_000
"""Longer than a busy desktop lets a reader wait, and short enough for three tries in 150 ms. (D)"""
MOST_US = 240_000
"""Below the 250 ms after which the pen stops a run by itself (IL-26)."""


class RoundTrip:
    """Round trip, its spread and the time to wait for an answer, µs."""

    def __init__(self) -> None:
        self.mean_us: int | None = None
        """Smoothed round trip; None before the first sample."""
        self.spread_us = 0
        """Smoothed deviation from it."""
        self.wait_us = FIRST_US
        """How long an answer may take before the frame is sent once more."""

    @property
    def again_us(self) -> int:
        """Between two repeats of one frame: twice the estimate, for noise does not get less by waiting."""
        return min(MOST_US, 2 * (self.wait_us if self.mean_us is None else self._estimate_us()))

    def _estimate_us(self) -> int:
        return min(MOST_US, max(LEAST_US, self._longest_us()))

    def _longest_us(self) -> int:
        return (self.mean_us or 0) + 4 * self.spread_us

    def took(self, round_trip_us: int) -> None:
        """A frame that went out once had its answer after so many µs."""
        sample_us = max(0, round_trip_us)
        if self.mean_us is None:
            self.mean_us, self.spread_us = sample_us, sample_us // 2
        else:
            self.spread_us += (abs(self.mean_us - sample_us) - self.spread_us) // 4
            self.mean_us += (sample_us - self.mean_us) // 8
        self.wait_us = self._estimate_us()

    def overdue(self) -> None:
        """No answer came in time: the next frame waits twice as long, until an answer says better."""
        self.wait_us = min(MOST_US, 2 * self.wait_us)

    def took_again(self, since_last_us: int) -> None:
        """A frame that went out more than once had its answer so many µs after the last time.

        That is no sample. But as long after the last as answers take on this line, what was overdue was lost
        and not late, and the estimate holds.
        """
        if self.mean_us is not None and self.mean_us // 2 <= since_last_us <= self._longest_us():
            self.wait_us = self._estimate_us()
