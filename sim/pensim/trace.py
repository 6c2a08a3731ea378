"""What the bench shows of a run: the trace by name, and each stop with its moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from penctl.protocol.enums import State


class Trace:
    """Columns of the simulator's truth and readings over time; units end the names, `time_s` is virtual time.

    `trace.tip_um` and `trace["tip_um"]` are arrays of one length; `trace.between(t0, t1)` cuts a stretch out.
    """

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return ("time_s", *(self.rows.dtype.names or ()))

    @property
    def time_s(self) -> np.ndarray:
        """Virtual time of each row, s."""
        return self.rows["time_us"] * 1e-6

    def __getitem__(self, name: str) -> np.ndarray:
        return self.time_s if name == "time_s" else self.rows[name]

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_") or name not in (self.rows.dtype.names or ()):
            raise AttributeError(f"the trace has no column {name!r}; it has {', '.join(self.names)}")
        return self.rows[name]

    def between(self, start_s: float, end_s: float) -> Trace:
        """The rows from `start_s` to before `end_s`."""
        time_s = self.time_s
        return Trace(self.rows[(time_s >= start_s) & (time_s < end_s)])


@dataclass(frozen=True)
class Onset:
    """Something that may stop the pen: when it began at the pen, and what it was."""

    time_s: float
    what: str


@dataclass(frozen=True)
class Stop:
    """One fall of the drive, virtual times in s.

    `onset_s` is the physical onset of its cause, where the bench knows one. `begun_s` is when the firmware
    left RUN (to the trace's resolution, 1 ms). `further_strokes` counts bottoms of the stroke after that, or
    after the drive fell where the firmware did not begin it. A moment that has not come yet is None.
    """

    cause: str | None
    onset_s: float | None
    begun_s: float | None
    drive_off_s: float
    further_strokes: int
    last_stroke_s: float | None
    needles_clear_s: float | None
    rest_s: float | None

    @property
    def reaction_s(self) -> float | None:
        """From the physical onset to the fall of the drive."""
        return None if self.onset_s is None else self.drive_off_s - self.onset_s


def describe_stops(stops: np.ndarray, trace: Trace, onsets: list[Onset]) -> list[Stop]:
    """Give each row of the plant's stop log its cause and its beginning."""
    described: list[Stop] = []
    previous_s = -1.0
    for row in stops:
        off_s = int(row["off_us"]) * 1e-6
        onset = next((known for known in reversed(onsets) if previous_s < known.time_s <= off_s), None)
        described.append(_describe(row, off_s, onset, trace.between(previous_s, off_s + 1e-9)))
        previous_s = off_s
    return described


def _describe(row: Any, off_s: float, onset: Onset | None, before: Trace) -> Stop:
    begun_s = _left_run(before)
    bottoms_s = _bottoms(before)
    return Stop(
        cause=None if onset is None else onset.what,
        onset_s=None if onset is None else onset.time_s,
        begun_s=begun_s,
        drive_off_s=off_s,
        further_strokes=int(row["strokes_after"])
        + (0 if begun_s is None else int(np.sum(bottoms_s > begun_s))),
        last_stroke_s=_time(row["last_bottom_us"]) or (float(bottoms_s[-1]) if len(bottoms_s) else None),
        needles_clear_s=_time(row["clear_us"]),
        rest_s=_time(row["rest_us"]),
    )


def _left_run(before: Trace) -> float | None:
    """The last moment at which the firmware's state went from RUN to something else."""
    running = before.state == int(State.RUN)
    ends = np.flatnonzero(running[:-1] & ~running[1:]) + 1
    return float(before.time_s[ends[-1]]) if len(ends) else None


def _bottoms(before: Trace) -> np.ndarray:
    """Times at which the crank passed the bottom forwards."""
    theta = before.theta
    passed = (theta[:-1] < np.pi) & (theta[1:] >= np.pi) & (theta[1:] - theta[:-1] < np.pi)
    return before.time_s[1:][passed]


def _time(microseconds: Any) -> float | None:
    return None if int(microseconds) < 0 else int(microseconds) * 1e-6
