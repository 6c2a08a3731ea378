"""The black box of a run: an MCAP file that grows while the pen works and can be read after a crash.

Topics: `/telemetry` (a block of samples as columns), `/commands` (each command with its answer) and `/events`
(state, trip, warning). Messages are JSON with a JSON schema, so any MCAP tool reads them; samples travel in
columns, a block a message. Chunks are 64 KiB, compressed with zstd; what was written is flushed every second
and at each event, so that a crash right after a trip does not lose the trip.

While it is written the file is called `<name>.part`; it gets its name when it is closed. A `.part` that lies
about is a run that did not end properly: it is readable up to its last second (`penctl.recorded.read_run`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

from penctl.errors import RecordingError
from penctl.protocol.messages import Message
from penctl.protocol.states import QUESTIONS
from penctl.protocol.telemetry import TelemetryBlock
from penctl.status import Trip, plain

if TYPE_CHECKING:
    from penctl.pen import Pen

CHUNK_BYTES = 64 * 1024
FLUSH_PERIOD_S = 1.0
PART_SUFFIX = ".part"
METADATA_NAME = "penctl"

_INTEGER = {"type": "integer"}
_TEXT = {"type": "string"}
_TIME = {"type": "number", "description": "host time of the run in s"}
_DEVICE_TIME = {"type": "integer", "description": "device time in µs since power-on"}


def _schema(title: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "title": title, "properties": properties}


TOPICS: dict[str, dict[str, Any]] = {
    "/telemetry": _schema(
        "Telemetry block",
        time_s=_TIME,
        number=_INTEGER,
        dropped={**_INTEGER, "description": "blocks not sent since power-on"},
        first_time_us=_DEVICE_TIME,
        period_us={**_INTEGER, "description": "time between two samples in µs"},
        state=_TEXT,
        samples={"type": "object", "description": "one array a column; the unit ends the column's name"},
    ),
    "/commands": _schema(
        "Command and its answer",
        time_s=_TIME,
        command=_TEXT,
        fields={"type": "object"},
        reason=_TEXT,
        value=_INTEGER,
        limit=_INTEGER,
        device_time_us=_DEVICE_TIME,
    ),
    "/events": _schema("Event: STATE, TRIP or WARNING", time_s=_TIME, event=_TEXT, time_us=_DEVICE_TIME),
}


class Recorder:
    """Writes one run. A context manager; leaving it closes the file and gives it its name.

    Args:
        path: name of the finished file, usually `….mcap`.
        metadata: facts of the run as text (simulated, seed, versions, limits hash …).

    Raises:
        RecordingError: the folder cannot be written to, or the disk is full.
    """

    def __init__(self, path: Path, metadata: Mapping[str, str]) -> None:
        self.path = path
        self.part_path = path.with_name(path.name + PART_SUFFIX)
        self._closed = False
        self._flushed_s = float("-inf")
        self._sequences = dict.fromkeys(TOPICS, 0)
        self._file: BinaryIO = self._create()
        self._start(metadata)

    def _create(self) -> BinaryIO:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists():
                raise FileExistsError(17, "a recording of that name exists already", str(self.path))
            return self.part_path.open("xb")
        except OSError as error:
            raise RecordingError(
                "the recording cannot be created",
                value=f"{self.part_path}: {error.strerror}",
                remedy="name a folder that you may write to, for example with --out DIR",
            ) from error

    def _start(self, metadata: Mapping[str, str]) -> None:
        from mcap.writer import CompressionType, Writer

        self._writer = Writer(self._file, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD)
        self._channels: dict[str, int] = {}
        try:
            self._writer.start(profile="", library="penctl")
            for topic, schema in TOPICS.items():
                schema_id = self._writer.register_schema(schema["title"], "jsonschema", _json(schema))
                self._channels[topic] = self._writer.register_channel(topic, "json", schema_id)
            self._writer.add_metadata(METADATA_NAME, dict(metadata))
            self._writer.flush()
        except OSError as error:
            self._fail(error)

    def write(self, topic: str, time_s: float, message: Mapping[str, Any]) -> None:
        """Add one message; flush after each event, and when a second has passed since the last flush.

        Raises:
            RecordingError: the disk is full or gone; what was written before stays readable.
        """
        if self._closed:
            return
        time_ns = max(0, round(time_s * 1e9))
        self._sequences[topic] += 1
        try:
            self._writer.add_message(
                self._channels[topic],
                log_time=time_ns,
                publish_time=time_ns,
                data=_json({"time_s": round(time_s, 6), **message}),
                sequence=self._sequences[topic],
            )
            if topic == "/events" or time_s - self._flushed_s >= FLUSH_PERIOD_S:
                self._flushed_s = time_s
                self._writer.flush()
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            RecordingError: the end could not be written; the `.part` stays.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._writer.finish()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self.part_path.replace(self.path)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        """Stop recording for good and say where the readable remainder is."""
        self._closed = True
        with contextlib.suppress(OSError):  # the same full disk again: its bytes are lost already
            self._file.close()
        raise RecordingError(
            "the recording stopped",
            value=f"{self.part_path}: {error.strerror}",
            remedy="make room, or name another folder with --out DIR; what was written stays readable",
        ) from error

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def record(pen: Pen, path: Path, **facts: str) -> Recorder:
    """Record everything that `pen` says and is told from now on; `facts` are added to the metadata.

    Raises:
        RecordingError: as `Recorder`. Later failures come out of the pen's waits, as RecordingError too.
    """
    recorder = Recorder(path, {**_facts_of(pen), **facts})
    inbox = pen.inbox
    inbox.on_telemetry.append(lambda block: recorder.write("/telemetry", pen.now_s(), _block(block)))
    inbox.on_command.append(lambda command, answer: _record_command(recorder, pen.now_s(), command, answer))
    inbox.on_trip.append(lambda trip: recorder.write("/events", pen.now_s(), _trip(trip)))
    inbox.on_event.append(lambda message: _record_event(recorder, pen.now_s(), message))
    return recorder


def _facts_of(pen: Pen) -> dict[str, str]:
    from penctl import __version__

    limits = {mode.name: plain(dataclasses.asdict(limit)) for mode, limit in pen.limits().items()}
    return {
        "simulated": str(pen.simulated).lower(),
        "port": pen.transport.url,
        "penctl_version": __version__,
        "firmware_version": pen.identity.firmware_version,
        "serial_number": pen.identity.serial_number,
        "limits_hash": pen.identity.limits_hash,
        "limits": json.dumps(limits),
    }


def _block(block: TelemetryBlock) -> dict[str, Any]:
    return {
        "number": block.number,
        "dropped": block.dropped,
        "first_time_us": block.first_time_us,
        "period_us": block.period_us,
        "state": block.state.name,
        "samples": {name: block.samples[name].tolist() for name in block.samples.dtype.names or ()},
    }


def _record_command(recorder: Recorder, time_s: float, command: Message, answer: Message | None) -> None:
    """Questions change nothing and would fill the record: only acts are kept."""
    if command.name in QUESTIONS and command.name != "OPEN_SESSION":
        return
    entry: dict[str, Any] = {"command": command.name, "fields": plain(command.values), "reason": "UNCERTAIN"}
    if answer is not None and answer.name == "RESPONSE":
        entry |= {key: plain(answer.values)[key] for key in ("reason", "value", "limit", "device_time_us")}
    elif command.name == "STOP":
        entry["reason"] = "NONE"
    recorder.write("/commands", time_s, entry)


def _trip(trip: Trip) -> dict[str, Any]:
    return {"event": "TRIP", "id": trip.id, **plain(dataclasses.asdict(trip))}


def _record_event(recorder: Recorder, time_s: float, message: Message) -> None:
    if message.name != "EVENT_TRIP":  # a trip is recorded once, also when only a STATUS told it
        kind = message.name.removeprefix("EVENT_")
        recorder.write("/events", time_s, {"event": kind, **plain(message.values)})


def _json(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()
