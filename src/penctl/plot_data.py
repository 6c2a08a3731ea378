"""Prepares a recorded run for drawing: gaps, setpoints and limits over time, bands of a fast signal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy import bool_, float64
    from numpy.typing import NDArray

    from penctl.recorded import Run

GAP_S = 0.05
"""Telemetry that pauses for longer is a gap: a block of 20 samples lasts 20 ms at 1 kHz."""
BIN_SAMPLES = 20
BINS_MAX = 1500

Line = tuple[list[float], list[float]]


@dataclass(frozen=True)
class Series:
    """Telemetry in SI and mm over device time, with a NaN in every gap."""

    time_s: NDArray[float64]
    depth_mm: NDArray[float64]
    rate_hz: NDArray[float64]
    press_n: NDArray[float64]
    motor_a: NDArray[float64]
    stroke_ends: NDArray[bool_]
    gaps: list[tuple[float, float]]

    @property
    def start_s(self) -> float:
        """First sample."""
        return float(self.time_s[0])

    @property
    def end_s(self) -> float:
        """Last sample."""
        return float(self.time_s[-1])


def series(run: Run) -> Series:
    """The columns that are drawn; a gap is longer than GAP_S and than three periods."""
    time_s = run.telemetry["time_s"].astype(float)
    steps = np.diff(time_s)
    usual = float(np.median(steps)) if len(steps) else 0.0
    after = np.flatnonzero(steps > max(GAP_S, 3 * usual)) + 1
    count = run.telemetry["stroke_count"]
    ends = np.concatenate([[False], np.diff(count) != 0])

    def column(name: str, scale: float) -> NDArray[float64]:
        return np.insert(run.telemetry[name] * scale, after, np.nan)

    return Series(
        time_s=np.insert(time_s, after, time_s[after]),
        depth_mm=column("depth_um", 1e-3),
        rate_hz=column("rate_mhz", 1e-3),
        press_n=column("press_mn", 1e-3),
        motor_a=column("motor_ma", 1e-3),
        stroke_ends=np.insert(ends, after, False).astype(bool),
        gaps=[(float(time_s[index - 1]), float(time_s[index])) for index in after],
    )


def binned(data: Series) -> tuple[Any, Any, Any, Any]:
    """Times, lowest, mean and highest motor current (A) in bins of about 20 samples; NaN in gaps."""
    width = max(BIN_SAMPLES, len(data.motor_a) // BINS_MAX)
    count = len(data.motor_a) // width
    if count == 0:
        return data.time_s, data.motor_a, data.motor_a, data.motor_a
    rows = data.motor_a[: count * width].reshape(count, width)
    time_s = data.time_s[: count * width].reshape(count, width).mean(axis=1)
    return time_s, rows.min(axis=1), rows.mean(axis=1), rows.max(axis=1)


def setpoint(run: Run, data: Series, command: str, field: str, scale: float) -> Line:
    """Times (s) and values of a setpoint: NaN until it is set and after a change of mode, which clears it."""
    changes = [(0.0, float("nan"))]
    for time_s, entry in _taken(run, command, "SET_MODE"):
        changes.append((time_s, entry["fields"][field] * scale if entry["command"] == command else np.nan))
    return _line(changes, data)


def limit(run: Run, data: Series, key: str, scale: float) -> Line:
    """Times (s) and values of a limit of the mode that holds; a pen comes up in HOME."""
    limits: dict[str, dict[str, int]] = json.loads(run.metadata["limits"])
    changes = [(0.0, limits["HOME"][key] * scale)]
    changes += [(time_s, limits[e["fields"]["mode"]][key] * scale) for time_s, e in _taken(run, "SET_MODE")]
    return _line(changes, data)


def _taken(run: Run, *commands: str) -> list[tuple[float, dict[str, Any]]]:
    """Commands that the pen took, with the device time in s."""
    taken = (entry for entry in run.commands if entry["command"] in commands and entry["reason"] == "NONE")
    return [(run.at_s(entry), entry) for entry in taken]


def _line(changes: list[tuple[float, float]], data: Series) -> Line:
    """Changes as a stepped line over the time that is drawn."""
    before = [value for time_s, value in changes if time_s <= data.start_s]
    inside = [(time_s, value) for time_s, value in changes if data.start_s < time_s < data.end_s]
    times = [data.start_s, *(time_s for time_s, _ in inside), data.end_s]
    values = [before[-1], *(value for _, value in inside)]
    return times, [*values, values[-1]]


def value_at(line: Line, time_s: NDArray[float64]) -> NDArray[float64]:
    """Value of a stepped line at each time."""
    index = np.searchsorted(np.asarray(line[0]), time_s, side="right") - 1
    return np.asarray(line[1])[np.clip(index, 0, len(line[1]) - 1)]


def states(run: Run, data: Series) -> list[tuple[float, float, str]]:
    """Stretches (start, end, state) from state events and telemetry; a gap ends a stretch."""
    marks = [(time_s, state) for time_s, state in run.states]
    marks += [(run.at_s(e), e["state"]) for e in run.events if e["event"] == "STATE"]
    marks += [(start, "") for start, _ in data.gaps]
    marks = sorted((max(time_s, data.start_s), state) for time_s, state in marks)
    found: list[tuple[float, float, str]] = []
    for (start, state), (end, _) in zip(marks, [*marks[1:], (data.end_s, "")], strict=True):
        if found and found[-1][2] == state:
            found[-1] = (found[-1][0], end, state)
        else:
            found.append((start, end, state))
    return [stretch for stretch in found if stretch[2] and stretch[1] > stretch[0]]
