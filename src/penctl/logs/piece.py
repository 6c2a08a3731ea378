"""Cuts a piece out of a recording, by time or around a trip, to the sample."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path

from penctl.errors import RecordingError
from penctl.logs import channels
from penctl.logs.mcap_file import Entry
from penctl.logs.rewrite import write_anew
from penctl.logs.rosmsg import Form
from penctl.logs.scan import Message, Scan, messages_of, scan
from penctl.recorded import Run, read_run, topic_name

AROUND_S = 5.0
HALF_S = 5e-7
"""Half a microsecond: the times of samples are whole ones."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of a recording, s since it began; both ends belong to it."""

    start_s: float
    end_s: float


def stretch_of(run: Run, start_s: float | None, end_s: float | None) -> Stretch:
    """The stretch from `start_s` to `end_s`; None is the recording's own beginning or end.

    Raises:
        RecordingError: it is empty, or lies outside of the recording.
    """
    begin = 0.0 if start_s is None else start_s
    end = run.end_s if end_s is None else end_s
    if not (begin < end and begin <= run.end_s and end >= 0.0):
        raise RecordingError(
            "This stretch holds nothing",
            f"{begin:g} to {end:g} s",
            f"the recording is 0 to {run.end_s:.3f} s long",
            "Name times in that order, inside the recording",
        )
    return Stretch(begin, end)


def around_trip(run: Run, which: str, around_s: float = AROUND_S) -> Stretch:
    """The stretch around a trip: its number in the recording from 1, or its interlock.

    Raises:
        RecordingError: there is no such trip.
    """
    trips = run.trips
    found = [trip for trip in trips if trip["id"] == which.upper()]
    if which.isdecimal() and 1 <= int(which) <= len(trips):
        found = [trips[int(which) - 1]]
    if not found:
        there = ", ".join(f"{number}: {trip['id']}" for number, trip in enumerate(trips, start=1))
        raise RecordingError(
            "There is no such trip in this recording",
            which,
            f"trips: {there or 'none'}",
            "Name one by its number or by its interlock",
        )
    time_s = run.at_s(found[0])
    return Stretch(max(0.0, time_s - around_s), time_s + around_s)


def cut(path: Path, out: Path, stretch: Stretch) -> int:
    """Write the messages of `stretch` into `out` and return how many; times stay those of the recording.

    The last STATUS before it is kept at its beginning, so that setpoints and state are known from there.

    Raises:
        RecordingError: the recording cannot be read, or `out` exists or cannot be written.
    """
    found, run = scan(path), read_run(path)
    cutter = _Cutter(found, run, stretch)
    chunks = [entries for body in found.chunks if (entries := cutter.entries(body))]
    if cutter.status is not None:
        chunks.insert(0, [cutter.status])
    facts = {"piece_of": path.name, "piece_s": f"{stretch.start_s:.3f} to {stretch.end_s:.3f}"}
    write_anew(found, out, chunks, facts, simulated=run.simulated)
    return sum(len(entries) for entries in chunks)


class _Cutter:
    def __init__(self, found: Scan, run: Run, stretch: Stretch) -> None:
        self._run, self._stretch = run, stretch
        self._zero_ns = round(run.began_s * 1e9)
        self._start, self._end = (
            self._zero_ns + round(time_s * 1e9) for time_s in (stretch.start_s, stretch.end_s)
        )
        names = {number: topic_name(channel.topic) for number, channel in found.channels.items()}
        numbers = {name: number for number, name in names.items()}
        self._telemetry = numbers.get(channels.TELEMETRY, channels.channel_number(channels.TELEMETRY))
        self._status = numbers.get(channels.STATUS, channels.channel_number(channels.STATUS))
        channel = found.channels.get(self._telemetry)
        schema = None if channel is None else found.schemas.get(channel.schema_id)
        self._form = channels.form(channels.TELEMETRY) if schema is None else Form(schema.data.decode())
        self._before: tuple[int, Entry] | None = None

    @property
    def status(self) -> Entry | None:
        """The last STATUS before the stretch, at its beginning."""
        return None if self._before is None else self._before[1]

    def entries(self, body: bytes) -> list[Entry]:
        return [entry for message in messages_of(body) if (entry := self._entry(message)) is not None]

    def _entry(self, message: Message) -> Entry | None:
        if message.channel == self._telemetry:
            return self._samples(message)
        if message.channel == self._status and message.log_time < self._start:
            if self._before is None or message.log_time > self._before[0]:
                self._before = (message.log_time, Entry(message.channel, self._start, message.data))
            return None
        if self._start <= message.log_time <= self._end:
            return Entry(*message)
        return None

    def _samples(self, message: Message) -> Entry | None:
        """The samples of a message of telemetry that were taken in the stretch."""
        values, columns = self._form.unpack(message.data)
        count, period_s = len(next(iter(columns.values()))), values["period_us"] * 1e-6
        came_s = (message.log_time - self._zero_ns) * 1e-9
        begin_s = self._run.clock.at_s(values["first_time_us"], came_s)
        times_s = [begin_s + number * period_s for number in range(count)]
        first = bisect_left(times_s, self._stretch.start_s - HALF_S)
        last = bisect_right(times_s, self._stretch.end_s + HALF_S)
        if first >= last:
            return None
        values["first_time_us"] += first * values["period_us"]
        piece = {name: column[first:last] for name, column in columns.items()}
        moved_ns = first * values["period_us"] * 1000
        return Entry(message.channel, message.log_time + moved_ns, self._form.pack(values, piece))
