"""What a host sends by the clock: heartbeats, and STOP again and again until it is seen."""

from __future__ import annotations

from penctl.protocol.enums import State
from penctl.protocol.frame import encode_frame
from penctl.protocol.messages import STOP
from penctl.protocol.states import STOP_SEEN

HEARTBEAT_PERIOD_US = 50_000
HEARTBEAT_HOLD_US = 150_000
"""A heartbeat waits for a command on the wire until this long after the last; the pen stops after 250 ms."""
HEARTBEAT_UNHEARD_US = 500_000
"""With a heartbeat unanswered for so long, one goes out in so long: too few for an armed pen, enough to find
an end of the trouble. So no queue on the way holds more of them than of so long (a decision, no source)."""
UNANSWERED_KEPT = 16
STOP_PERIOD_US = 1_000
STOP_FRAME = b"\0" + encode_frame(STOP.number, 0)
"""The 0x00 in front ends whatever frame was half there."""
_HALF = 1 << 15


class Heartbeats:
    """When the next heartbeat is due."""

    def __init__(self) -> None:
        self._next_us: int | None = None
        self._last_us: int | None = None
        self._unanswered: dict[int, int] = {}

    def off(self) -> None:
        """No heartbeat is due until the next call of `due`."""
        self._next_us = self._last_us = None
        self.session_changed()

    def session_changed(self) -> None:
        """Nobody will answer the heartbeats of the former link session."""
        self._unanswered.clear()

    def sent(self, sequence: int, now_us: int) -> None:
        """A heartbeat went out with this sequence."""
        self._unanswered[sequence] = now_us
        if len(self._unanswered) > UNANSWERED_KEPT:
            del self._unanswered[next(iter(self._unanswered))]

    def answered(self, sequence: int) -> None:
        """An answer came; it stands for the heartbeats before it, too."""
        while sequence in self._unanswered:
            del self._unanswered[next(iter(self._unanswered))]

    def deadline_us(self, held: bool) -> int:
        """Time of the next heartbeat; `held` while a sealed command waits for its answer."""
        next_us = self._next_us or 0
        if self._last_us is None:
            return next_us
        oldest_us = next(iter(self._unanswered.values()), next_us)
        if next_us - oldest_us >= HEARTBEAT_UNHEARD_US:
            return max(next_us, self._last_us + HEARTBEAT_UNHEARD_US)
        return max(next_us, self._last_us + HEARTBEAT_HOLD_US) if held else next_us

    def due(self, now_us: int, held: bool) -> bool:
        """Whether a heartbeat is due; it then counts as sent."""
        if now_us < self.deadline_us(held):
            return False
        following = (self._next_us if self._next_us is not None else now_us) + HEARTBEAT_PERIOD_US
        self._next_us = following if following > now_us else now_us + HEARTBEAT_PERIOD_US
        self._last_us = now_us
        return True


class Stopping:
    """STOP, repeated each millisecond until the device is seen stopping or stopped."""

    def __init__(self) -> None:
        self.next_us: int | None = None
        self._after = 0

    @property
    def active(self) -> bool:
        """Whether STOP is still being repeated."""
        return self.next_us is not None

    def start(self, now_us: int, sequence: int) -> bytes:
        """STOP now; answers to commands after `sequence` can show that it was seen."""
        if not self.active:
            self._after = sequence
        self.next_us = now_us + STOP_PERIOD_US
        return STOP_FRAME

    def poll(self, now_us: int) -> bytes:
        """STOP again when a millisecond has passed."""
        if self.next_us is None or now_us < self.next_us:
            return b""
        self.next_us = now_us + STOP_PERIOD_US
        return STOP_FRAME

    def fresh(self, sequence: int) -> bool:
        """Whether a STATUS with this sequence was asked for after STOP went out, or answers STOP (0)."""
        return sequence == 0 or 0 < (sequence - self._after) % (1 << 16) < _HALF

    def seen(self, state: State) -> bool:
        """Note a state of the device; True when it ends the repeating."""
        if self.next_us is None or not STOP_SEEN[state]:
            return False
        self.next_us = None
        return True
