"""Reads a recording of `penctl.recording`, finished or cut off in the middle."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penctl.errors import RecordingError

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray


MAGIC = b"\x89MCAP0\r\n"


@dataclass
class Run:
    """A recording in memory.

    `telemetry` maps each column (units in its name) and `time_s` (device time in s) to an array.
    `complete` is False for a file whose writer never closed it.
    """

    metadata: dict[str, str] = field(default_factory=dict)
    telemetry: dict[str, NDArray[int64 | float64]] = field(default_factory=dict)
    states: list[tuple[float, str]] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    complete: bool = False


def read_run(path: Path) -> Run:
    """Read what there is; a file cut off by a crash gives everything up to its last whole chunk.

    Raises:
        RecordingError: the file is missing or is no recording.
    """
    run, blocks = Run(), []
    try:
        with path.open("rb") as stream:
            if stream.read(len(MAGIC)) != MAGIC:
                raise RecordingError(
                    "This file is no recording", str(path), "an MCAP file", "Check the file's name"
                )
            stream.seek(0)
            blocks = _read_records(stream, run)
    except OSError as error:
        raise RecordingError(
            "The recording cannot be read", value=f"{path}: {error.strerror}", remedy="Check the file's name"
        ) from error
    _join(run, blocks)
    return run


def _read_records(stream: Any, run: Run) -> list[dict[str, Any]]:
    from mcap.exceptions import EndOfFile
    from mcap.records import Channel, Footer, Message, Metadata
    from mcap.stream_reader import StreamReader

    topics: dict[int, str] = {}
    blocks: list[dict[str, Any]] = []
    sinks = {"/telemetry": blocks, "/commands": run.commands, "/events": run.events}
    try:
        for record in StreamReader(stream, record_size_limit=1 << 26).records:
            if isinstance(record, Channel):
                topics[record.id] = record.topic
            elif isinstance(record, Message):
                sinks[topics[record.channel_id]].append(json.loads(record.data))
            elif isinstance(record, Metadata):
                run.metadata.update(record.metadata)
            elif isinstance(record, Footer):
                run.complete = True
    except (EndOfFile, struct.error):
        run.complete = False
    return blocks


def _join(run: Run, blocks: list[dict[str, Any]]) -> None:
    """Put the blocks' columns end to end and give each sample its device time."""
    import numpy as np

    if not blocks:
        return
    names = blocks[0]["samples"].keys()
    run.telemetry = {name: np.concatenate([np.asarray(b["samples"][name]) for b in blocks]) for name in names}
    run.telemetry["time_s"] = np.concatenate([_times_s(block) for block in blocks])
    run.states = [(block["first_time_us"] * 1e-6, block["state"]) for block in blocks]


def _times_s(block: dict[str, Any]) -> NDArray[float64]:
    import numpy as np

    count = len(next(iter(block["samples"].values())))
    times_s: NDArray[float64] = (block["first_time_us"] + block["period_us"] * np.arange(count)) * 1e-6
    return times_s
