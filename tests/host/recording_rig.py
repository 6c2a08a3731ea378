"""A clock that a test turns, and blocks of telemetry to be recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from penctl.protocol.enums import State
from penctl.protocol.telemetry import SAMPLE_DTYPE, TelemetryBlock

FACTS = {"simulated": "true", "seed": "7"}


class Clock:
    """Both clocks of a computer; `jump` moves the one that can jump."""

    def __init__(self) -> None:
        self.s = 0.0
        self.ahead_s = 1.8e9

    def now_s(self) -> float:
        return self.s

    def wall_s(self) -> float:
        return self.s + self.ahead_s


def block(number: int, state: State = State.RUN, **other: Any) -> TelemetryBlock:
    """The block of that number, from 0, of a pen that sends 20 samples at 1 kHz."""
    samples = np.zeros(20, SAMPLE_DTYPE)
    samples["bar_um"] = number
    samples["rate_mhz"] = 100_000 + np.arange(20)
    samples["stroke_count"] = number % 65_536
    values: dict[str, Any] = {"number": number + 1, "dropped": 0, "first_time_us": number * 20_000}
    return TelemetryBlock(**{**values, "period_us": 1000, "state": state, "samples": samples, **other})
