"""The line of a bench in virtual time, and the fault that makes it as bad as a real one can be.

A good line is the kernel's own, byte by byte at its rate. With the fault `line impaired` bytes pass
`pensim.impairments` on their way, the same that a served pen has, moved once in a millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from pensim.errors import FaultUnsupported
from pensim.faults import Fault
from pensim.impairments import MOST, ImpairedLine, Impairments

if TYPE_CHECKING:
    from pensim.kernel import Kernel

TARGET: Final = "line"
KIND: Final = "impaired"
SLICE_TICKS: Final = 10
"""The host looks for an answer every millisecond of virtual time."""
GOOD: Final = Impairments()


class LineFault(Fault):
    """A bad line: it takes effect with the first byte or frame that it changes or makes late."""

    def __init__(self, line: BenchLine, impairments: Impairments, onset_s: float, end_s: float) -> None:
        self._line = line
        self._active = True
        self._seen_s: float | None = None
        self.target, self.kind = TARGET, KIND
        self.impairments = impairments
        self.onset_s, self.end_s = onset_s, end_s

    @property
    def took_effect_s(self) -> float | None:
        """Virtual time at which it first changed something; None while it has not."""
        return self._seen_s if self._seen_s is not None else self._line.changed_s(self)

    def remember(self) -> None:
        """Keep when it took effect, before the line is good again."""
        self._seen_s = self.took_effect_s

    def clear(self) -> None:
        """Make the line good again; bytes under way arrive as they were sent."""
        if self._active:
            self.remember()
            self._active = False
            self._line.mend(self)


class BenchLine:
    """What the host's port reads from and writes to. `now_s` is the bench's time."""

    def __init__(self, kernel: Kernel, seed: int, now_s: Callable[[], float]) -> None:
        self._kernel, self._seed, self._now_s = kernel, seed, now_s
        self._impaired: ImpairedLine | None = None
        self._fault: LineFault | None = None
        self._arrived = bytearray()
        self.served = False
        """Whether a server carries the bytes, which has a bad line of its own."""

    def inject(
        self, kind: str, parameters: Mapping[str, float], after_s: float, for_s: float | None
    ) -> Fault:
        """Make the line bad. Raises FaultUnsupported, BenchError."""
        if kind != KIND:
            raise FaultUnsupported(f"{TARGET} cannot fail in this way", kind, KIND, "Name one of these")
        if self.served:
            raise FaultUnsupported(
                "A served pen's line is not the bench's", TARGET, remedy="Use penctl sim hand line"
            )
        for name, seconds in (("after_s", after_s), ("for_s", for_s)):
            if seconds is not None and not (math.isfinite(seconds) and seconds >= 0.0):
                raise FaultUnsupported("This is no time", f"{name} = {seconds}", "0 s or more", "Correct it")
        impairments = Impairments.of(parameters)
        if impairments == GOOD:
            raise FaultUnsupported(
                f"{TARGET} {KIND} would change nothing", str(dict(parameters)), ", ".join(MOST), "Give one"
            )
        if self._fault is not None:
            raise FaultUnsupported(f"{TARGET} has a fault already", KIND, None, "Clear it first")
        onset_s = self._now_s() + after_s
        self._fault = LineFault(self, impairments, onset_s, math.inf if for_s is None else onset_s + for_s)
        if self._impaired is None:
            self._impaired = ImpairedLine(GOOD, self._seed)
        self._keep_time()
        return self._fault

    def mend(self, fault: LineFault) -> None:
        """The fault is over."""
        if self._fault is fault:
            self._fault = None
            self._keep_time()

    def changed_s(self, fault: LineFault) -> float | None:
        """When this fault first changed something."""
        ways = () if self._impaired is None else (self._impaired.to_pen, self._impaired.to_host)
        seen = [way.changed_s for way in ways if way.changed_s is not None and way.changed_s >= fault.onset_s]
        return min(seen, default=None)

    def _keep_time(self) -> None:
        """A fault begins and ends by itself; a line that is good and empty is the kernel's again."""
        line, fault = self._impaired, self._fault
        if line is None:
            return
        bad = fault is not None and fault.onset_s <= self._now_s() < fault.end_s
        if fault is not None and not bad:
            fault.remember()
        line.change(fault.impairments if fault is not None and bad else GOOD)
        if fault is None and not (len(line.to_pen) or len(line.to_host)):
            self._impaired = None

    # --- the host's end ---

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived for the host."""
        return len(self._arrived) + (self._kernel.host_in_waiting if self._impaired is None else 0)

    def read(self, size: int | None = None) -> bytes:
        """Up to `size` bytes that have arrived."""
        size = self.in_waiting if size is None else size
        data = bytes(self._arrived[:size])
        del self._arrived[: len(data)]
        if self._impaired is None and len(data) < size and self._kernel.host_in_waiting:
            data += self._kernel.host_read(size - len(data))
        return data

    def write(self, data: bytes) -> int:
        """Bytes leave the host; returns how many the line takes."""
        if self._impaired is None:
            return self._kernel.host_write(data)
        self._impaired.to_pen.put(data, self._now_s())
        return len(data)

    # --- time ---

    def advance(self, ticks: int) -> None:
        """Let ticks pass."""
        while ticks > 0 and self._impaired is not None:
            ticks -= self._slice(min(ticks, SLICE_TICKS))
        if ticks > 0:
            self._kernel.advance(ticks)

    def advance_to_data(self, ticks: int) -> None:
        """Let at most `ticks` pass, less when bytes come for the host."""
        while ticks > 0 and self._impaired is not None and not self.in_waiting:
            ticks -= self._slice(min(ticks, SLICE_TICKS))
        if ticks > 0 and not self.in_waiting:
            self._kernel.advance_to_data(ticks, SLICE_TICKS)

    def _slice(self, ticks: int) -> int:
        self._keep_time()
        line = self._impaired
        if line is None:
            return 0
        self._kernel.host_write(line.to_pen.take(self._now_s()))
        self._kernel.advance(ticks)
        now_s = self._now_s()
        if self._kernel.host_in_waiting:
            line.to_host.put(self._kernel.host_read(), now_s)
        self._arrived += line.to_host.take(now_s)
        return ticks
