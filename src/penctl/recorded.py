"""Reads a recording of `penctl.recording`, finished, cut off in the middle or damaged."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from penctl.errors import RecordingError
from penctl.logs import channels
from penctl.logs.clock import DeviceClock
from penctl.logs.rosmsg import Form
from penctl.logs.scan import Scan, scan

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

SHOWN_TOPICS: Final = (
    channels.TELEMETRY,
    channels.STATUS,
    channels.SNAPSHOTS,
    channels.COMMANDS,
    channels.EVENTS,
    channels.TRIPS,
    channels.LOG,
)


@dataclass(frozen=True)
class Block:
    """A piece of telemetry without a gap; its first sample came at `time_s`, s since the recording began."""

    time_s: float
    state: str
    number: int
    dropped: int
    first_time_us: int
    period_us: int
    columns: Mapping[str, NDArray[Any]]

    @property
    def count(self) -> int:
        """Samples."""
        return len(next(iter(self.columns.values())))


@dataclass
class Run:
    """A recording in memory. Times are s since the recording began, unless their name says otherwise.

    `telemetry` maps each column (units in its name) and `time_s` to an array. Samples stand at the pen's own
    time, brought to that of the recording. `events` holds states, warnings and trips, each a mapping with
    `event`; `statuses`, `snapshots` and `logs` hold the other messages. `began_s` is the time of the computer
    at 0 s, s since 1970, or 0 for virtual time. `complete` is False for a file whose writer never closed it;
    `lost_bytes` counts what is damaged besides.
    """

    path: Path = Path()
    metadata: dict[str, str] = field(default_factory=dict)
    telemetry: dict[str, NDArray[int64 | float64]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    states: list[tuple[float, str]] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    snapshots: list[dict[str, Any]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    clock: DeviceClock = field(default_factory=DeviceClock)
    began_s: float = 0.0
    end_s: float = 0.0
    size: int = 0
    complete: bool = False
    lost_bytes: int = 0
    marked_simulated: bool = False

    @property
    def simulated(self) -> bool:
        """Whether a simulated pen was recorded: by the file's facts or by any message; in doubt, it was."""
        return self.marked_simulated or self.metadata.get("simulated") != "false"

    def at_s(self, entry: Mapping[str, Any]) -> float:
        """When the pen did it: time of the recording of an event, or of a command that was answered."""
        device_us = entry.get("time_us", entry.get("device_time_us"))
        return entry["time_s"] if device_us is None else self.clock.at_s(device_us, entry["time_s"])

    @property
    def trips(self) -> list[dict[str, Any]]:
        """The trips among the events."""
        return [event for event in self.events if event["event"] == "TRIP"]


def read_run(path: Path) -> Run:
    """Read what there is; a file cut off by a crash gives everything up to its last whole chunk.

    Raises:
        RecordingError: the file is missing, is no recording, or is one of another version.
    """
    found = scan(path)
    check_format(found)
    run = Run(
        path=path,
        metadata=dict(found.metadata.get(channels.METADATA_NAME, {})),
        complete=found.complete,
        size=found.size,
        lost_bytes=sum(damage.length for damage in found.damage),
    )
    _Reader(found, run).read()
    return run


def check_format(found: Scan) -> None:
    """Refuse an MCAP file that another program wrote.

    Raises:
        RecordingError: with what it is.
    """
    if not found.channels and not found.chunks:
        return  # cut off before anything was said: an empty recording
    version = found.metadata.get(channels.METADATA_NAME, {}).get("format")
    names = {topic_name(channel.topic) for channel in found.channels.values()}
    if version is None and not names >= {topic.name for topic in channels.topics()}:
        raise RecordingError(
            "This file is an MCAP file, but no recording of penctl",
            str(found.path),
            remedy="Open it with the program that wrote it",
        )
    if version not in (None, channels.FORMAT):
        raise RecordingError(
            "This recording is of another version",
            f"format {version}",
            f"format {channels.FORMAT}",
            "Update penctl",
        )


def topic_name(topic: str) -> str:
    """The topic without its mark of a simulated pen."""
    return topic.removeprefix(channels.SIMULATED)


class _Reader:
    def __init__(self, found: Scan, run: Run) -> None:
        self._found, self._run = found, run

    def read(self) -> None:
        run = self._run
        rows = sorted(self._rows(), key=lambda row: row[0])
        first_ns = rows[0][0] if rows else 0
        virtual = run.metadata.get("started") is None
        zero_ns = 0 if virtual else first_ns
        run.began_s = zero_ns * 1e-9
        for log_time, take, data in rows:
            take((log_time - zero_ns) * 1e-9, data)
            run.end_s = (log_time - zero_ns) * 1e-9
        self._join()

    def _rows(self) -> Iterable[tuple[int, Callable[[float, bytes], None], bytes]]:
        takers = self._takers()
        for message in self._found.messages():
            taker = takers.get(message.channel)
            if taker is not None:
                yield message.log_time, taker, message.data

    def _takers(self) -> dict[int, Callable[[float, bytes], None]]:
        """What takes the messages of each channel; a file that lost its definitions has ours."""
        names = {number: topic_name(channel.topic) for number, channel in self._found.channels.items()}
        for number, topic in enumerate(channels.topics(), start=1):
            names.setdefault(number, topic.name)
        kinds: dict[str, Callable[[float, bytes], None]] = {
            channels.COMMANDS: lambda time_s, data: self._json(self._run.commands, time_s, data),
            channels.EVENTS: lambda time_s, data: self._json(self._run.events, time_s, data),
            channels.TRIPS: lambda time_s, data: self._json(self._run.events, time_s, data),
            channels.LOG: lambda time_s, data: self._json(self._run.logs, time_s, data),
        }
        takers = {number: kinds[name] for number, name in names.items() if name in kinds}
        numbers = {name: number for number, name in names.items()}
        for name in (channels.TELEMETRY, channels.STATUS, channels.SNAPSHOTS):
            takers[numbers[name]] = self._numbers(name, self._form(numbers[name], name))
        return takers

    def _form(self, number: int, name: str) -> Form:
        """The definition in the file, ours when it is lost."""
        channel = self._found.channels.get(number)
        schema = None if channel is None else self._found.schemas.get(channel.schema_id)
        try:
            return channels.form(name) if schema is None else Form(schema.data.decode())
        except (ValueError, IndexError):
            return channels.form(name)

    def _numbers(self, name: str, form: Form) -> Callable[[float, bytes], None]:
        run = self._run

        def take(time_s: float, data: bytes) -> None:
            try:
                values, columns = form.unpack(data)
            except (struct.error, ValueError):
                run.lost_bytes += len(data)
                return
            run.marked_simulated |= bool(values.pop("simulated", 0))
            if name == channels.TELEMETRY:
                values.setdefault("state", 0)
                state = form.constants.get("state", {}).get(values.pop("state"), "?")
                run.blocks.append(Block(time_s, state, columns=columns, **values))
            else:
                rows = run.statuses if name == channels.STATUS else run.snapshots
                rows.append({"time_s": time_s, **values})

        return take

    def _json(self, rows: list[dict[str, Any]], time_s: float, data: bytes) -> None:
        try:
            values = json.loads(data)
        except ValueError:
            self._run.lost_bytes += len(data)
            return
        self._run.marked_simulated |= bool(values.pop("simulated", False))
        rows.append({**values, "time_s": time_s})

    def _join(self) -> None:
        """Put the blocks' columns end to end, and bring the pen's time to that of the recording."""
        import numpy as np

        run = self._run
        pairs = [(block.time_s, block.first_time_us) for block in run.blocks]
        pairs += [(status["time_s"], status["device_time_us"]) for status in run.statuses]
        pairs += [
            (entry["time_s"], entry["device_time_us"]) for entry in run.commands if "device_time_us" in entry
        ]
        run.clock = DeviceClock.of(pairs)
        if not run.blocks:
            return
        names = run.blocks[0].columns.keys()
        run.telemetry = {name: np.concatenate([b.columns[name] for b in run.blocks]) for name in names}
        starts = [run.clock.at_s(block.first_time_us, block.time_s) for block in run.blocks]
        run.telemetry["time_s"] = np.concatenate(
            [
                start + block.period_us * 1e-6 * np.arange(block.count)
                for start, block in zip(starts, run.blocks, strict=True)
            ]
        )
        run.states = [(start, block.state) for start, block in zip(starts, run.blocks, strict=True)]
        run.end_s = max(run.end_s, float(run.telemetry["time_s"][-1]))
