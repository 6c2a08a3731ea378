"""Which events have been heard: none is taken twice, and what is missing is asked for once more.

The pen numbers its events from 1 and keeps the last of them. A gap shows in the number of a later event, or
in a STATUS that tells a higher next number although no event came.
"""

from __future__ import annotations

from typing import Final

SETTLE_US: Final = 100_000
"""So long an event may be on its way after the STATUS that counts it."""
ASK_AGAIN_US: Final = 500_000
TRIES: Final = 12
"""So often the pen may answer without the event's arriving; a question without an answer does not count."""
MOST_AT_ONCE: Final = 16
KEPT_BY_PEN: Final = 64
KEPT_HERE: Final = 512
RESTART_US: Final = 1_000_000
"""A device time that is so much earlier than the last one is that of a pen that has restarted."""


class EventLedger:
    """Numbers of the events of one pen. Times are µs of the caller's clock."""

    def __init__(self) -> None:
        self._boot: int | None = None
        self._device_us = 0
        self._next: int | None = None
        self._heard: set[int] = set()
        self._missing: dict[int, int] = {}
        self._asked: tuple[int, int] | None = None
        self._asked_us: int | None = None
        self._told: tuple[int, int] | None = None
        self.restarts = 0
        """How often the pen has begun to count from 1 again."""
        self.lost = 0
        """Events that the pen raised and that it could not tell any more."""

    @property
    def newest(self) -> int:
        """Number of the newest event heard of, 0 for none."""
        return 0 if self._next is None else self._next - 1

    def complete(self, events_next: int) -> bool:
        """Whether every event before this number was heard, or is known to be lost."""
        return self._next is not None and self._next >= events_next and not self._missing

    def take(self, number: int) -> bool:
        """Note an event; False when it was heard already. Whatever is missing before it is remembered."""
        if number in self._heard or number <= self.newest - KEPT_HERE:
            return False
        self._heard.add(number)
        self._missing.pop(number, None)
        if self._next is None or number >= self._next:
            if self._next is not None:
                self._miss(self._next, number)
            self._next = number + 1
            self._heard = {heard for heard in self._heard if heard > number - KEPT_HERE}
        return True

    def told(self, boot: int, device_us: int, events_next: int, now_us: int) -> None:
        """A STATUS said which number the next event will have; events before it may still be on their way."""
        self._see_restart(boot, device_us)
        if self._next is None:
            self._next = events_next
        elif events_next <= self._next:
            self._told = None
        elif self._told is None or self._told[0] <= self._next:
            self._told = (events_next, now_us)
        elif now_us - self._told[1] >= SETTLE_US:
            self._miss(self._next, self._told[0])
            self._next, self._told = self._told[0], None

    def _see_restart(self, boot: int, device_us: int) -> None:
        """A pen that has restarted counts its events from 1 again."""
        if self._boot is not None and (boot != self._boot or device_us < self._device_us - RESTART_US):
            self.restarts += 1
            self._next, self._told, self._asked, self._asked_us = 1, None, None, None
            self._heard.clear()
            self._missing.clear()
        self._boot, self._device_us = boot, device_us

    def _miss(self, first: int, end: int) -> None:
        kept = max(first, end - KEPT_BY_PEN)
        self.lost += kept - first
        self._missing.update(dict.fromkeys(range(kept, end), 0))

    def wanted(self, now_us: int) -> tuple[int, int] | None:
        """First number and count of events to ask for now; None when none is missing or an answer is due."""
        if not self._missing:
            return None
        pause_us = SETTLE_US if self._asked is None else ASK_AGAIN_US
        if self._asked_us is not None and now_us - self._asked_us < pause_us:
            return None
        for number in [number for number, tries in self._missing.items() if tries >= TRIES]:
            self._lose(number)
        if not self._missing:
            return None
        first, count = min(self._missing), 1
        while count < MOST_AT_ONCE and first + count in self._missing:
            count += 1
        self._asked, self._asked_us = (first, count), now_us
        return first, count

    def answered(self, *, taken: bool | None) -> None:
        """What was asked for was taken up, or refused: those events are lost; None: no answer came."""
        asked, self._asked = self._asked, None
        if asked is None or taken is None:
            return
        for number in range(asked[0], sum(asked)):
            if not taken:
                self._lose(number)
            elif number in self._missing:
                self._missing[number] += 1

    def _lose(self, number: int) -> None:
        if self._missing.pop(number, None) is not None:
            self.lost += 1
