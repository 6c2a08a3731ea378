"""The black box of a run: an MCAP file that grows while the pen works and can be read after a crash.

What is in it is said in `penctl.logs.channels`. Every 0.8 s, and at each command, event and trip, what was
gathered goes to the system as whole chunks: after a kill at any moment all but the last second is there.

While it is written the file is called `<name>.part`; it gets its name when it is closed. A `.part` that lies
about is a run that did not end properly: `penctl log repair` makes a whole file of it.

A recording that fails in the middle stops nobody: the treatment may be finished, the next visit is refused
before it begins (IL-41, `Recorder.check_next`). The failure is told to `on_failure`, or raised by `close`.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from penctl.errors import RecordingError
from penctl.logs import channels
from penctl.logs.ready import LEAST_FREE_BYTES, check_ready
from penctl.status import Status

if TYPE_CHECKING:
    from penctl.aio import AsyncPen
    from penctl.logs.mcap_file import McapFile
    from penctl.pen import Pen
    from penctl.protocol.telemetry import TelemetryBlock

FLUSH_PERIOD_S: Final = 0.8
STATUS_PERIOD_S: Final = 0.5
"""A STATUS in which only readings changed is kept so often."""
JUMP_S: Final = 2.0
"""The computer's clock has jumped when it moved so much more or less than the clock that never jumps."""
PART_SUFFIX: Final = ".part"
READINGS: Final = (
    "device_time_us",
    "depth_measured_um",
    "rate_measured_mhz",
    "stroke_count",
    "supply_mv",
    "charge_permille",
    "last_command_sequence",
)
"""Fields of STATUS that telemetry has too, or that change all the time."""


class Level(IntEnum):
    """How much a line of the log matters; the numbers are those of `foxglove.Log`."""

    INFO = 2
    WARNING = 3
    ERROR = 4


class Recorder:
    """Writes one run. A context manager; leaving it closes the file and gives it its name.

    Args:
        path: name of the finished file, usually `….mcap`.
        metadata: facts of the run as text; `simulated` is "true" or "false".
        now_s: a clock that never jumps, s: the pen's port has it.
        wall_s: the computer's clock, s since 1970. None for virtual time: times in the file begin at 0.
        on_failure: told once when the recording cannot go on. Without it `close` raises the failure.
        least_free_bytes: room that the disk must have.

    Raises:
        RecordingError: this run cannot be recorded: folder, room on the disk, clock.
    """

    def __init__(
        self,
        path: Path,
        metadata: Mapping[str, str],
        *,
        now_s: Callable[[], float] = time.monotonic,
        wall_s: Callable[[], float] | None = time.time,
        on_failure: Callable[[RecordingError], None] | None = None,
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        from penctl.logs.gather import Gatherer
        from penctl.logs.mcap_file import Entry

        self.path = path
        self.part_path = path.with_name(path.name + PART_SUFFIX)
        self.failure: RecordingError | None = None
        self.simulated = metadata.get("simulated") != "false"
        self._entry = Entry
        self._now_s, self._wall_s, self._on_failure = now_s, wall_s, on_failure
        self._least_free_bytes = least_free_bytes
        self._check_ready()
        self._file: BinaryIO = self._create()
        self._start_s = self._flushed_s = now_s()
        self._base_ns = 0 if wall_s is None else round(wall_s() * 1e9)
        self._drift_s = 0.0
        self._entries: list[Any] = []
        self._gatherer = Gatherer(
            channels.channel_number(channels.TELEMETRY),
            channels.channel_number(channels.OVERVIEW),
            simulated=self.simulated,
        )
        self._status: tuple[float, dict[str, Any]] = (float("-inf"), {})
        self._behind_ns: int | None = None
        self._snapshot: tuple[int, int, int | None] = (0, 0, None)
        self._closed = False
        self.leave: Callable[[], None] | None = None
        """Ends that a pen tells what it hears."""
        self._start(metadata)

    def _check_ready(self) -> None:
        check_ready(
            self.path.parent, wall_s=self._wall_s or time.time, least_free_bytes=self._least_free_bytes
        )

    def check_next(self) -> None:
        """Whether the next visit can be recorded (IL-41); `Pen.begin_visit` asks, also once this is closed.

        Raises:
            RecordingError: this recording has failed; the computer's clock has jumped since it began; or what
                `check_ready` raises.
        """
        if self.failure is not None:
            raise self.failure
        jump_s = self._drift_from_start_s()
        if abs(jump_s) > JUMP_S:
            raise RecordingError(
                "The clock of this computer has jumped since the recording began, or the computer slept",
                f"{jump_s:+.0f} s",
                f"at most {JUMP_S:g} s",
                "Set date and time, then begin a new recording",
            )
        self._check_ready()

    def _drift_from_start_s(self) -> float:
        """How much more the computer's clock has moved than the clock that never jumps, s."""
        return 0.0 if self._wall_s is None else self._wall_s() - self._base_ns * 1e-9 - self.time_s

    def _create(self) -> BinaryIO:
        try:
            if self.path.exists():
                raise FileExistsError(17, "a recording of that name exists already", str(self.path))
            return self.part_path.open("xb")
        except OSError as error:
            raise RecordingError(
                "The recording cannot be created",
                value=f"{self.part_path}: {error.strerror}",
                remedy="Name a folder that you may write to, for example with --out DIR",
            ) from error

    def _start(self, metadata: Mapping[str, str]) -> None:
        from penctl.logs.mcap_file import McapFile
        from penctl.logs.topics import records

        facts = {**metadata, "format": channels.FORMAT}
        if self._wall_s is not None:
            facts["started"] = datetime.fromtimestamp(self._wall_s(), tz=UTC).isoformat(timespec="seconds")
        self._mcap: McapFile = McapFile(self._file)
        try:
            self._mcap.start(*records(simulated=self.simulated), {channels.METADATA_NAME: facts})
        except OSError as error:
            self._fail(error)
            assert self.failure is not None  # noqa: S101 - just set
            raise self.failure from error

    # --- what is recorded ---

    @property
    def time_s(self) -> float:
        """Time of the recording, s since it began."""
        return self._now_s() - self._start_s

    def telemetry(self, block: TelemetryBlock) -> None:
        """Keep a block of samples; it is on the disk within 0.8 s."""
        if not self._closed:
            self._gatherer.take(block, self._time_ns())
            self.poll()

    def status(self, status: Status) -> None:
        """Keep a STATUS when something changed in it, and twice a second anyhow."""
        values = dict(vars(status))
        self._behind_ns = self._time_ns() - status.device_time_us * 1000
        now_s, (last_s, last) = self._now_s(), self._status
        steady = {name: value for name, value in values.items() if name not in READINGS}
        if not self._closed and (steady != last or now_s - last_s >= STATUS_PERIOD_S):
            self._status = (now_s, steady)
            self._numbers(channels.STATUS, values)
        self.poll()

    def snapshot(self, interlock: int, trip_time_us: int, rows: list[Mapping[str, Any]]) -> None:
        """Keep what the pen kept of a trip; a row of this run stands at its own time.

        The rows come in several answers; all of one trip are placed by what was known with the first.
        """
        now_ns = self._time_ns()
        if self._snapshot[:2] != (interlock, trip_time_us):
            self._snapshot = (interlock, trip_time_us, self._behind_ns)
        behind_ns = self._snapshot[2]
        for row in rows:
            values = {**row, "interlock": interlock, "trip_time_us": trip_time_us}
            time_ns = now_ns
            if behind_ns is not None:
                time_ns = behind_ns + (trip_time_us + row["time_us"]) * 1000
            inside = self._base_ns <= time_ns <= now_ns
            self._numbers(channels.SNAPSHOTS, values, time_ns if inside else now_ns)
        self.flush()

    def write(self, topic: str, message: Mapping[str, Any]) -> None:
        """Keep a command, an event or a trip, and all that came before it, on the disk at once."""
        self._add(
            topic,
            channels.json_bytes({"simulated": self.simulated, "time_s": round(self.time_s, 6), **message}),
        )
        self.flush()

    def log(self, level: Level, message: str, *, by_pen: bool = False) -> None:
        """Keep a sentence: of this computer, or of the pen in words."""
        sec, nsec = divmod(self._time_ns(), 1_000_000_000)
        pen = "simulated pen" if self.simulated else "pen"
        entry = {
            "timestamp": {"sec": sec, "nsec": nsec},
            "level": int(level),
            "message": message,
            "name": pen if by_pen else "host",
            "file": "",
            "line": 0,
            "simulated": self.simulated,
        }
        self._add(channels.LOG, channels.json_bytes(entry))

    # --- the file ---

    def poll(self) -> None:
        """Write what was gathered when its time is over; called again and again while the pen works."""
        if not self._closed and self._now_s() - self._flushed_s >= FLUSH_PERIOD_S:
            self._watch_clock()
            self.flush()

    def flush(self) -> None:
        """Hand everything to the system now."""
        if self._closed:
            return
        self._flushed_s = self._now_s()
        telemetry, overview = self._gatherer.flush()
        entries, self._entries = self._entries + overview, []
        try:
            self._mcap.chunk(entries)
            self._mcap.chunk(telemetry)
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            RecordingError: the recording failed before, and nobody was told; or its end could not be written.
        """
        if not self._closed:
            self.flush()
        if not self._closed:
            self._closed = True
            self._finish()
        leave, self.leave = self.leave, None
        if leave is not None:
            leave()
        if self.failure is not None and self._on_failure is None:
            raise self.failure

    def _finish(self) -> None:
        try:
            self._mcap.finish()
            os.fsync(self._file.fileno())
            self._file.close()
            self.part_path.replace(self.path)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        """Stop recording for good, say where the readable remainder is, and let the treatment go on."""
        self._closed = True
        with contextlib.suppress(OSError):  # the same full disk again: its bytes are lost already
            self._file.close()
        self.failure = RecordingError(
            "The recording stopped",
            value=f"{self.part_path}: {error.strerror}",
            remedy="This visit may be finished; make room or name another folder before the next. What was "
            f'written stays readable: penctl log repair "{self.part_path}"',
        )
        self.failure.__cause__ = error
        if self._on_failure is not None:
            self._on_failure(self.failure)

    def _watch_clock(self) -> None:
        """Times in the file come from the clock that never jumps; a jump of the other one is told."""
        drift_s = self._drift_from_start_s()
        if abs(drift_s - self._drift_s) > JUMP_S:
            self.log(
                Level.WARNING,
                f"the clock of this computer jumped by {drift_s - self._drift_s:+.0f} s; the times of this "
                "recording did not. Set the clock before the next visit",
            )
            self._drift_s = drift_s

    def _numbers(self, topic: str, values: Mapping[str, Any], time_ns: int | None = None) -> None:
        self._add(topic, channels.form(topic).pack({"simulated": self.simulated, **values}), time_ns)

    def _add(self, topic: str, data: bytes, time_ns: int | None = None) -> None:
        if not self._closed:
            when_ns = self._time_ns() if time_ns is None else time_ns
            self._entries.append(self._entry(channels.channel_number(topic), when_ns, data))

    def _time_ns(self) -> int:
        return self._base_ns + max(0, round(self.time_s * 1e9))

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        with contextlib.suppress(RecordingError):  # the first error is the one to tell
            self.close()


def record(
    pen: Pen | AsyncPen,
    path: Path,
    *,
    on_failure: Callable[[RecordingError], None] | None = None,
    **facts: str,
) -> Recorder:
    """Record everything that `pen` says and is told from now on; `facts` are added to the metadata.

    From now on `pen.begin_visit` refuses a visit that could not be recorded here (IL-41).

    Raises:
        RecordingError: as `Recorder`. A later failure goes to `on_failure`, or out of `Recorder.close`.
    """
    from penctl.logs.listener import facts_of, listen

    recorder = Recorder(
        path,
        {**facts_of(pen), **facts},
        now_s=pen.now_s,
        wall_s=None if pen.transport.has_own_clock else time.time,
        on_failure=on_failure,
    )
    recorder.leave = listen(pen, recorder)
    pen.visit_check = recorder.check_next
    return recorder
