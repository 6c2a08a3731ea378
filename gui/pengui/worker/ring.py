"""The last minute of telemetry: written by the worker a block at a time, read by the window."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
import numpy.typing as npt

from penctl.protocol.telemetry import TelemetryBlock

CHANNELS: Final = (
    ("bar_um", 1e-3, "mm"),
    ("depth_um", 1e-3, "mm"),
    ("stage_um", 1e-3, "mm"),
    ("shaft_counts", 1.0, "1/4096 rev"),
    ("rate_mhz", 1e-3, "Hz"),
    ("motor_ma", 1.0, "mA"),
    ("supply_mv", 1e-3, "V"),
    ("press_mn", 1e-3, "N"),
    ("nose_cc", 1e-2, "°C"),
    ("handle_cc", 1e-2, "°C"),
    ("duty_q15", 100.0 / 32767.0, "%"),
    ("stroke_count", 1.0, ""),
    ("flags", 1.0, ""),
)
"""Field of the telemetry sample, factor to the unit that is shown, unit."""
ROW: Final = {name: row for row, (name, _, _) in enumerate(CHANNELS)}
ROWS_KEPT: Final = 1 << 16

Floats = npt.NDArray[np.float32]


class SampleRing:
    """Samples by number, oldest overwritten. Samples that are missing are there, and are not a number."""

    def __init__(self, size: int = ROWS_KEPT) -> None:
        self._values: Floats = np.full((len(CHANNELS), size), np.nan, np.float32)
        self._size = size
        self._lock = threading.Lock()
        self._next_us: int | None = None
        self.count = 0
        """Samples that came in since the last `clear`."""
        self.cleared = 0
        """How often everything was forgotten: numbers of samples before and after it do not compare."""
        self.period_us = 1000
        self.heard_s = 0.0
        """The port's time when the newest sample came."""

    def clear(self) -> None:
        """Forget everything: another pen."""
        with self._lock:
            self._values[:] = np.nan
            self.count = 0
            self.cleared += 1
            self._next_us = None

    def add(self, block: TelemetryBlock, now_s: float) -> None:
        """Take a block that came at `now_s` of the port's clock; only the worker calls this."""
        samples = block.samples
        if not len(samples):
            return
        columns = np.empty((len(CHANNELS), len(samples)), np.float32)
        for row, (name, factor, _) in enumerate(CHANNELS):
            np.multiply(samples[name], factor, out=columns[row], casting="unsafe")
        with self._lock:
            self._write(np.full((len(CHANNELS), self._missing(block)), np.nan, np.float32))
            self._write(columns)
            self._next_us = block.first_time_us + len(samples) * block.period_us
            self.period_us = block.period_us
            self.heard_s = now_s

    def _missing(self, block: TelemetryBlock) -> int:
        """Samples that are missing before this block; one when the pen's clock went back: another run."""
        if self._next_us is None or abs(late_us := block.first_time_us - self._next_us) <= block.period_us:
            return 0
        return min(max(1, round(late_us / block.period_us)), self._size)

    def _write(self, columns: Floats) -> None:
        start = self.count % self._size
        first = min(columns.shape[1], self._size - start)
        self._values[:, start : start + first] = columns[:, :first]
        self._values[:, : columns.shape[1] - first] = columns[:, first:]
        self.count += columns.shape[1]

    def latest(self, samples: int, rows: tuple[int, ...]) -> tuple[int, Floats]:
        """The number of the first sample returned, and a copy of at most `samples` columns of `rows`."""
        with self._lock:
            return self._copy(max(0, self.count - samples), rows)

    def since(self, number: int, rows: tuple[int, ...]) -> tuple[int, Floats]:
        """As `latest`, from the sample of that number on; a later one where it is overwritten already."""
        with self._lock:
            return self._copy(max(0, min(number, self.count)), rows)

    def _copy(self, first: int, rows: tuple[int, ...]) -> tuple[int, Floats]:
        first = max(first, self.count - self._size)
        made = np.empty((len(rows), self.count - first), np.float32)
        start = first % self._size
        whole = min(made.shape[1], self._size - start)
        for place, row in enumerate(rows):
            made[place, :whole] = self._values[row, start : start + whole]
            made[place, whole:] = self._values[row, : made.shape[1] - whole]
        return first, made
