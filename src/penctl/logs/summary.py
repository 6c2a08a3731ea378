"""What happened in a recording, in few figures and in words: the treatment's parts, trips, the story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penctl.recorded import Run

LONGEST_STROKE_COUNT = 65_536
"""`stroke_count` of telemetry is the low 16 bits."""


@dataclass(frozen=True)
class Part:
    """One time in RUN. Depth and rate are means over its whole strokes; None when there was none."""

    start_s: float
    end_s: float
    depth_set_um: int | None
    depth_um: float | None
    rate_set_hz: float | None
    rate_hz: float | None
    strokes: int
    ended_by: str


@dataclass(frozen=True)
class Line:
    """One sentence of the story, at a time of the recording. `level` as in the log: 2, 3, 4."""

    time_s: float
    level: int
    who: str
    text: str


def facts(run: Run) -> dict[str, Any]:
    """What the recording is, as JSON takes it."""
    metadata = run.metadata
    dropped = run.blocks[-1].dropped - run.blocks[0].dropped if run.blocks else 0
    return {
        "file": str(run.path),
        "simulated": run.simulated,
        "complete": run.complete,
        "repaired": metadata.get("repaired") == "true",
        "piece_of": metadata.get("piece_of"),
        "lost_bytes": run.lost_bytes,
        "bytes": run.size,
        "started": metadata.get("started"),
        "duration_s": round(run.end_s, 3),
        "serial_number": metadata.get("serial_number"),
        "firmware_version": metadata.get("firmware_version"),
        "penctl_version": metadata.get("penctl_version"),
        "limits_hash": metadata.get("limits_hash"),
        "seed": metadata.get("seed"),
        "samples": len(run.telemetry["time_s"]) if run.telemetry else 0,
        "blocks_dropped": dropped,
        "restarts": run.clock.restarts,
    }


def parts(run: Run) -> list[Part]:
    """Every time in RUN, by what the pen told of its state."""
    marks = [(run.at_s(event), event["state"], event) for event in run.events if event["event"] == "STATE"]
    marks += [(status["time_s"], _state_name(status["state"]), status) for status in run.statuses]
    marks.sort(key=lambda mark: mark[0])
    found, begun = [], None
    for time_s, state, entry in marks:
        if state == "RUN" and begun is None:
            begun = time_s
        elif state != "RUN" and begun is not None:
            found.append(_part(run, begun, time_s, _why(entry)))
            begun = None
    if begun is not None:
        found.append(_part(run, begun, run.end_s, "end of the recording"))
    return found


def _state_name(number: int) -> str:
    from penctl.protocol.enums import State

    return State(number).name if number in {int(state) for state in State} else str(number)


def _why(entry: dict[str, Any]) -> str:
    """What ended a RUN: an interlock, or a command."""
    cause = entry.get("cause", entry.get("tripped", 0))
    return (
        f"IL-{cause:02d}" if cause and _is_interlock(cause) and entry.get("state") != "STANDBY" else "stopped"
    )


def _is_interlock(number: int) -> bool:
    from penctl.trip_words import catalogue

    return number in catalogue()


def _part(run: Run, start_s: float, end_s: float, why: str) -> Part:
    import numpy as np

    before = [status for status in run.statuses if status["time_s"] <= end_s]
    inside = [status for status in before if status["time_s"] >= start_s] or before[-1:]
    depth_set = inside[0]["depth_set_um"] if inside else -1
    rate_set = inside[0]["rate_set_mhz"] if inside else -1
    trips = [trip for trip in run.trips if start_s <= run.at_s(trip) <= end_s + 0.5]
    if trips:
        end_s = min(end_s, run.at_s(trips[0]))
    depth_um = rate_hz = None
    strokes = 0
    if run.telemetry:
        time_s = run.telemetry["time_s"]
        first, last = np.searchsorted(time_s, [start_s, end_s])
        counts = run.telemetry["stroke_count"][first:last].astype(int)
        ends = np.flatnonzero(np.diff(counts)) + 1 + first
        if len(counts):
            strokes = int(counts[-1] - counts[0]) % LONGEST_STROKE_COUNT
        if len(ends):
            depth_um = round(float(run.telemetry["depth_um"][ends].mean()), 1)
            steady = ends[len(ends) // 4 :]
            rate_hz = round(float(run.telemetry["rate_mhz"][steady].mean()) / 1000, 2)
    return Part(
        start_s=round(start_s, 3),
        end_s=round(end_s, 3),
        depth_set_um=None if depth_set < 0 else depth_set,
        depth_um=depth_um,
        rate_set_hz=None if rate_set < 0 else rate_set / 1000,
        rate_hz=rate_hz,
        strokes=strokes,
        ended_by=trips[0]["id"] if trips else why,
    )


def story(run: Run) -> list[Line]:
    """The log of host and pen in words, in order of time."""
    return [Line(round(line["time_s"], 3), line["level"], line["name"], line["message"]) for line in run.logs]


def clock_text(run: Run, time_s: float) -> str:
    """The time of day of a time of the recording, UTC; with virtual time only the seconds."""
    if run.metadata.get("started") is None:
        return f"{time_s:.3f} s"
    return datetime.fromtimestamp(run.began_s + time_s, tz=UTC).strftime("%H:%M:%S.%f")[:-3]
