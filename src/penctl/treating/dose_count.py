"""From telemetry blocks to the dose of the pass under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penctl.protocol.enums import Flags
from penctl.treatment.dose import Dose, DoseCounter

if TYPE_CHECKING:
    from penctl.protocol.telemetry import TelemetryBlock

PERIOD_US = 2000
"""A sample every 2 ms: three or more in the shortest stroke."""
_CONTACT = int(Flags.CONTACT)


class PassCounter:
    """Counts while a pass is under way. `take` is a function for `Inbox.on_telemetry`."""

    def __init__(self) -> None:
        self._counter = DoseCounter()
        self._counting = False

    @property
    def dose(self) -> Dose:
        """Counted, and not yet taken out."""
        return self._counter.dose

    def begin(self) -> None:
        """A pass begins: count from the next sample on."""
        self._counter.pause()
        self._counting = True

    def end(self) -> None:
        """No pass is under way: what the pen does is nobody's dose."""
        self._counting = False

    def take_out(self) -> Dose:
        """The dose so far, which is then counted no more."""
        dose, self._counter.dose = self._counter.dose, Dose()
        return dose

    def take(self, block: TelemetryBlock) -> None:
        """One block of samples."""
        if not self._counting:
            return
        samples = block.samples
        rows = zip(
            samples["stroke_count"].tolist(),
            samples["flags"].tolist(),
            samples["depth_um"].tolist(),
            strict=True,
        )
        for number, (count, flags, depth_um) in enumerate(rows):
            time_s = (block.first_time_us + number * block.period_us) * 1e-6
            self._counter.take(time_s, count, bool(flags & _CONTACT), depth_um)
