"""What was heard of the pen last, in whatever order it came: state, flags, warmth, how good the link is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from penctl.protocol.enums import Flags, State
from pengui.worker.ring import SampleRing

if TYPE_CHECKING:
    from penctl.pen import Pen
    from penctl.protocol.link import LinkQuality
    from penctl.protocol.messages import Message
    from penctl.protocol.telemetry import TelemetryBlock
    from penctl.status import Status

LINK_S: Final = 0.1
STATUS_OLD_US: Final = 150_000


class Heard:
    """Keeps the newest of each; `ring` the samples of the curves."""

    def __init__(self) -> None:
        self.ring = SampleRing()
        self.cause = 0
        """Interlock or command that caused the state."""
        self._state = (0, State.OFF)
        self._newest_us = 0
        self._block: TelemetryBlock | None = None
        self._link: tuple[float, LinkQuality] | None = None

    def begin_anew(self) -> None:
        """The pen may have been switched off meanwhile: its clock then began anew."""
        self._state, self._newest_us, self._block = (0, State.OFF), 0, None

    @property
    def state(self) -> State:
        """The newest state."""
        return self._state[1]

    @property
    def blocks_dropped(self) -> int:
        """Blocks of telemetry that the pen could not send."""
        return self._block.dropped if self._block is not None else 0

    def take_block(self, block: TelemetryBlock, now_s: float) -> None:
        """A block of telemetry."""
        self.ring.add(block, now_s)
        self._block = block
        if len(block.samples):
            self._newest_us = _end_us(block)
            self.see_state(self._newest_us, block.state)

    def take_state(self, event: Message) -> None:
        """The event that tells a new state."""
        self.cause = event["cause"]
        self.see_state(event["time_us"], event["state"])

    def see_state(self, time_us: int, state: State) -> None:
        """A state at a time of the pen; an older one counts for nothing."""
        if time_us >= self._state[0]:
            self._state = (time_us, State(state))

    def is_old(self, status: Status | None) -> bool:
        """Whether no heartbeat has brought this status anew."""
        return status is None or self._newest_us - status.device_time_us > STATUS_OLD_US

    def flags(self, status: Status | None) -> Flags:
        """The newest flags: telemetry tells them every 20 ms, a status every 50 ms."""
        block = self._block
        if (
            block is not None
            and len(block.samples)
            and (status is None or _end_us(block) > status.device_time_us)
        ):
            return Flags(int(block.samples["flags"][-1]))
        return status.flags if status is not None else Flags(0)

    def warmth(self) -> tuple[float | None, float | None]:
        """Nose and handle in °C, by the newest sample."""
        if self._block is None or not len(self._block.samples):
            return None, None
        last = self._block.samples[-1]
        return float(last["nose_cc"]) / 100, float(last["handle_cc"]) / 100

    def link_quality(self, pen: Pen) -> LinkQuality:
        """Looked at ten times a second."""
        if self._link is None or not 0.0 <= pen.now_s() - self._link[0] < LINK_S:
            self._link = (pen.now_s(), pen.link_quality)
        return self._link[1]


def _end_us(block: TelemetryBlock) -> int:
    """The pen's time of the last sample, µs."""
    return int(block.first_time_us + (len(block.samples) - 1) * block.period_us)
