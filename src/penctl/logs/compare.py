"""Compares two recordings: what they are, what was done and happened, and each sample; what differs first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penctl.recorded import Run

FACTS = (
    "simulated",
    "serial_number",
    "firmware_version",
    "penctl_version",
    "limits_hash",
    "messages_hash",
    "limits",
    "seed",
    "skin",
)
LEFT_OUT = ("time_s", "time_us", "device_time_us", "number", "visit_id")
"""Of an entry of the story: when, but not what."""


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `time_s` is the time in the first recording, None for a fact."""

    kind: str
    time_s: float | None
    first: str
    second: str


@dataclass(frozen=True)
class ColumnDifference:
    """How far a column of telemetry differs: samples that do, and by how much at most, in its unit."""

    name: str
    samples: int
    largest: int
    first_s: float


@dataclass(frozen=True)
class Comparison:
    """Everything that differs between two recordings."""

    facts: list[Difference]
    story: Difference | None
    columns: list[ColumnDifference]
    samples: tuple[int, int]
    compared: int

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return (
            not self.facts and self.story is None and not self.columns and self.samples[0] == self.samples[1]
        )

    @property
    def first_s(self) -> float | None:
        """The earliest time at which story or telemetry differ."""
        times = [column.first_s for column in self.columns]
        times += [self.story.time_s] if self.story is not None and self.story.time_s is not None else []
        return min(times, default=None)


def compare(first: Run, second: Run) -> Comparison:
    """Compare two recordings. Samples are compared by the pen's own time since the first sample."""
    columns, compared = _columns(first, second)
    return Comparison(
        facts=list(_facts(first, second)),
        story=_story(first, second),
        columns=columns,
        samples=(_samples(first), _samples(second)),
        compared=compared,
    )


def _samples(run: Run) -> int:
    return len(run.telemetry["time_s"]) if run.telemetry else 0


def _facts(first: Run, second: Run) -> Iterator[Difference]:
    for name in FACTS:
        values = [str(run.metadata.get(name, "not said")) for run in (first, second)]
        if values[0] != values[1]:
            yield Difference(name.replace("_", " "), None, *values)


def _story(first: Run, second: Run) -> Difference | None:
    """The first command or event that one has and the other has not, or has otherwise."""
    for ours, theirs in zip_longest(_acts(first), _acts(second)):
        if ours is None or theirs is None or _what(ours) != _what(theirs):
            told = [_told(entry) for entry in (ours, theirs)]
            times = [entry["time_s"] for entry in (ours, theirs) if entry is not None]
            return Difference("story", round(times[0], 3), *told)
    return None


def _acts(run: Run) -> list[dict[str, Any]]:
    return sorted([*run.commands, *run.events], key=lambda entry: entry["time_s"])


def _what(entry: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in entry.get("fields", {}).items() if name not in LEFT_OUT}
    return {**{name: value for name, value in entry.items() if name not in LEFT_OUT}, "fields": fields}


def _told(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return "nothing more"
    if "command" in entry:
        fields = " ".join(f"{name} {value}" for name, value in entry["fields"].items())
        answer = "taken" if entry["reason"] == "NONE" else entry["reason"]
        return f"{entry['command']} {fields}".rstrip() + f", {answer}"
    if entry["event"] == "TRIP":
        return f"trip {entry['id']} {entry.get('name', '')}, value {entry['value']}".strip()
    if entry["event"] == "STATE":
        return f"state {entry['state']}"
    return f"warning {entry.get('warning', '')}, value {entry.get('value', '')}"


def _columns(first: Run, second: Run) -> tuple[list[ColumnDifference], int]:
    import numpy as np

    if not first.telemetry or not second.telemetry:
        return [], 0
    keys = [
        np.rint((run.telemetry["time_s"] - run.telemetry["time_s"][0]) * 1e6).astype(np.int64)
        for run in (first, second)
    ]
    _, ours, theirs = np.intersect1d(*keys, return_indices=True)
    found = []
    for name in first.telemetry:
        if name == "time_s" or name not in second.telemetry:
            continue
        gap = first.telemetry[name][ours].astype(np.int64) - second.telemetry[name][theirs]
        where = np.flatnonzero(gap)
        if len(where):
            at_s = float(first.telemetry["time_s"][ours[where[0]]])
            found.append(ColumnDifference(name, len(where), int(np.abs(gap).max()), round(at_s, 6)))
    return sorted(found, key=lambda column: column.first_s), len(ours)
