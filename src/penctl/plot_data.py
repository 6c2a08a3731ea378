"""Prepares a recorded run for drawing: gaps, setpoints and limits over time, bands of a fast signal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from penctl.errors import RecordingError

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

    from penctl.recorded import Run

GAP_S = 0.05
"""Telemetry that pauses for longer is a gap: a block of 20 samples lasts 20 ms at 1 kHz."""
BIN_SAMPLES = 20
BINS_MAX = 1500
"""About as many as the picture has pixels across."""
POINTS_MAX = 10 * BINS_MAX
"""A curve of more points is drawn by the least and the largest value of each bin: no swing is lost."""

Line = tuple[list[float], list[float]]


@dataclass(frozen=True)
class Curve:
    """Points of a curve in SI and mm; NaN where it is interrupted."""

    time_s: NDArray[float64]
    values: NDArray[float64]

    @property
    def last(self) -> float:
        """The last value; NaN when there is none."""
        return float(self.values[-1]) if len(self.values) else float("nan")


@dataclass(frozen=True)
class Band:
    """Least, mean and largest value over time; NaN where it is interrupted."""

    time_s: NDArray[float64]
    low: NDArray[float64]
    mean: NDArray[float64]
    high: NDArray[float64]


@dataclass(frozen=True)
class Series:
    """What is drawn of a stretch of a recording: curves, and the depth of each stroke.

    `press_band_n` is drawn instead of `press_n` where there are more samples than points to draw.
    """

    start_s: float
    end_s: float
    rate_hz: Curve
    press_n: Curve
    press_band_n: Band | None
    motor_a: Band
    stroke_s: NDArray[float64]
    depth_mm: NDArray[float64]
    gaps: list[tuple[float, float]]


def series(run: Run, stretch: tuple[float, float] | None = None) -> Series:
    """The curves of a stretch, s, or of the whole; a gap is longer than GAP_S and than three periods.

    Raises:
        RecordingError: there is no telemetry in it.
    """
    time_s: NDArray[float64] = run.telemetry["time_s"].astype(np.float64, copy=False)
    first, last = (0, len(time_s)) if stretch is None else np.searchsorted(time_s, stretch).tolist()
    if last - first < 2:
        raise RecordingError("There is no telemetry in this stretch of the recording", stretch)
    columns: dict[str, NDArray[Any]] = {name: column[first:last] for name, column in run.telemetry.items()}
    time_s = time_s[first:last]
    steps = np.diff(time_s)
    breaks = np.flatnonzero(steps > max(GAP_S, 3 * float(np.median(steps)))) + 1
    strokes = np.flatnonzero(np.diff(columns["stroke_count"])) + 1
    return Series(
        start_s=float(time_s[0]),
        end_s=float(time_s[-1]),
        rate_hz=_curve(time_s, columns["rate_mhz"], breaks),
        press_n=_curve(time_s, columns["press_mn"], breaks),
        press_band_n=_band(time_s, columns["press_mn"], breaks) if last - first > POINTS_MAX else None,
        motor_a=_band(time_s, columns["motor_ma"], breaks),
        stroke_s=time_s[strokes],
        depth_mm=columns["depth_um"][strokes].astype(np.float64) * 1e-3,
        gaps=[(float(time_s[index - 1]), float(time_s[index])) for index in breaks],
    )


def _starts(time_s: NDArray[float64], breaks: NDArray[int64], bins: int) -> NDArray[int64]:
    """Where each bin begins: equal stretches of time, none across a gap, none empty."""
    edges = np.searchsorted(time_s, np.linspace(time_s[0], time_s[-1], bins, endpoint=False))
    starts = np.unique(np.concatenate([[0], edges, breaks]))
    return starts[starts < len(time_s)]


def _curve(time_s: NDArray[float64], column: NDArray[Any], breaks: NDArray[int64]) -> Curve:
    """The curve of a column in thousandths."""
    times, values = time_s, column
    if len(time_s) > POINTS_MAX:
        starts = _starts(time_s, breaks, BINS_MAX)
        values = np.column_stack(
            [np.minimum.reduceat(column, starts), np.maximum.reduceat(column, starts)]
        ).ravel()
        times, breaks = np.repeat(time_s[starts], 2), 2 * np.searchsorted(starts, breaks)
    return Curve(np.insert(times, breaks, times[breaks]), np.insert(values * 1e-3, breaks, np.nan))


def _band(time_s: NDArray[float64], column: NDArray[Any], breaks: NDArray[int64]) -> Band:
    """The band of a column in thousandths, in bins of at least BIN_SAMPLES."""
    starts = _starts(time_s, breaks, max(1, min(BINS_MAX, len(time_s) // BIN_SAMPLES)))
    sizes = np.diff(np.append(starts, len(time_s)))
    sums = np.add.reduceat(column.astype(np.int64), starts)
    rows = (np.minimum.reduceat(column, starts), sums / sizes, np.maximum.reduceat(column, starts))
    breaks = np.searchsorted(starts, breaks)
    times = time_s[starts]
    low, mean, high = (np.insert(row * 1e-3, breaks, np.nan) for row in rows)
    return Band(np.insert(times, breaks, times[breaks]), low, mean, high)


def thinned(time_s: NDArray[float64], values: NDArray[float64]) -> Curve:
    """Dots, of which so many that they would lie on each other are left out, but never an extreme one."""
    if len(time_s) <= POINTS_MAX:
        return Curve(time_s, values)
    starts = _starts(time_s, np.zeros(0, np.int64), BINS_MAX)
    ends = np.column_stack([np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)])
    return Curve(np.repeat(time_s[starts], 2), ends.ravel())


def setpoint(run: Run, data: Series, command: str, field: str, scale: float) -> Line:
    """Times (s) and values of a setpoint: NaN until it is set and after a change of mode, which clears it.

    Commands tell it to the moment; the status tells it where a recording begins in the middle.
    """
    told = {"depth_um": "depth_set_um", "rate_mhz": "rate_set_mhz"}[field]
    changes = [(0.0, float("nan"))]
    for status in run.statuses:
        value = status[told]
        changes.append((status["time_s"], np.nan if value < 0 else value * scale))
    for time_s, entry in _taken(run, command, "SET_MODE"):
        changes.append((time_s, entry["fields"][field] * scale if entry["command"] == command else np.nan))
    return _line(_only_changes(changes), data)


def _only_changes(changes: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """In order of time, without those that change nothing."""
    found: list[tuple[float, float]] = []
    for time_s, value in sorted(changes, key=lambda change: change[0]):
        last = found[-1][1] if found else None
        if last is None or not (value == last or (np.isnan(value) and np.isnan(last))):
            found.append((time_s, value))
    return found


def limit(run: Run, data: Series, key: str, scale: float) -> Line:
    """Times (s) and values of a limit of the mode that holds; a pen comes up in HOME."""
    from penctl.protocol.enums import Mode

    limits: dict[str, dict[str, int]] = json.loads(run.metadata.get("limits", "{}"))
    names = {int(mode): mode.name for mode in Mode}
    modes = [(0.0, "HOME")]
    modes += [(status["time_s"], names.get(status["mode"], "HOME")) for status in run.statuses]
    modes += [(time_s, entry["fields"]["mode"]) for time_s, entry in _taken(run, "SET_MODE")]
    changes = [(time_s, limits[mode][key] * scale if mode in limits else np.nan) for time_s, mode in modes]
    return _line(_only_changes(changes), data)


def _taken(run: Run, *commands: str) -> list[tuple[float, dict[str, Any]]]:
    """Commands that the pen took, with the device time in s."""
    taken = (entry for entry in run.commands if entry["command"] in commands and entry["reason"] == "NONE")
    return [(run.at_s(entry), entry) for entry in taken]


def _line(changes: list[tuple[float, float]], data: Series) -> Line:
    """Changes as a stepped line over the time that is drawn."""
    before = [value for time_s, value in changes if time_s <= data.start_s] or [float("nan")]
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
    marks = sorted((mark for mark in marks if mark[0] < data.end_s), key=lambda mark: mark[0])
    marks = [(max(time_s, data.start_s), state) for time_s, state in marks]
    found: list[tuple[float, float, str]] = []
    for (start, state), (end, _) in zip(marks, [*marks[1:], (data.end_s, "")], strict=True):
        if found and found[-1][2] == state:
            found[-1] = (found[-1][0], end, state)
        else:
            found.append((start, end, state))
    return [stretch for stretch in found if stretch[2] and stretch[1] > stretch[0]]
