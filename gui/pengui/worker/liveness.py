"""Whether the window still runs: it counts up, the worker looks."""

from __future__ import annotations

from typing import Final

STALE_S: Final = 0.15
"""No heartbeat goes out for a window that stood still this long; the pen then waits 0.25 s for one."""


class Liveness:
    """A counter that the window's own timer counts up, read by the worker on the port's clock."""

    def __init__(self) -> None:
        self.count = 0
        self._seen_count = -1
        self._seen_s = 0.0

    def beat(self) -> None:
        """The window runs; called by its event loop only."""
        self.count += 1

    def screen(self, now_s: float) -> int | None:
        """The counter, or None when it has not moved for 150 ms of the port's time."""
        count = self.count
        if count != self._seen_count:
            self._seen_count, self._seen_s = count, now_s
        return count if now_s - self._seen_s <= STALE_S else None
