"""A recording as a pen: the same interface, the same callbacks, its own clock, and nothing can be commanded.

pen = ReplayPen("run.mcap")
pen.inbox.on_telemetry.append(draw)
pen.wait(1.0)                  # a second of the recording passes, and what came in it is told
pen.status()                   # as it was told last
pen.seek(12.5)                 # anywhere, back too
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum, IntFlag
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn

from penctl.connection import Connection
from penctl.errors import LinkLost, RecordingError, Refused
from penctl.event_ledger import EventLedger
from penctl.inbox import Inbox
from penctl.pen import Pen, WaitEnd
from penctl.protocol.enums import Mode, RestartCause, Role, State
from penctl.protocol.link import LinkEvent, StateChanged, StatusSeen, Tripped, Warned
from penctl.protocol.messages import TELEMETRY_BLOCK, Message, message_named
from penctl.protocol.schema import BytesKind, EnumKind, Field, FlagsKind
from penctl.protocol.telemetry import SAMPLE_DTYPE, TelemetryBlock
from penctl.recorded import Block, Run, read_run
from penctl.status import Identity, ModeRange, Status

SILENT_S: Final = 1.5
"""A STATUS was recorded at least twice a second: after so long the pen was not heard."""
_EVENTS: Final[dict[str, type[StateChanged] | type[Tripped] | type[Warned]]] = {
    "STATE": StateChanged,
    "TRIP": Tripped,
    "WARNING": Warned,
}


@dataclass(frozen=True)
class _Item:
    """Something that came at a time of the recording; `tell` gives it to an inbox, which may keep it."""

    time_s: float
    tell: Callable[[Inbox], None]
    is_heard: bool = True
    is_kept: bool = True


class _NoTransport:
    """The port of a recording: there is none."""

    has_own_clock = True
    bench = None
    entropy = None

    def __init__(self, pen: ReplayPen) -> None:
        self._pen = pen
        self.url = f"recording {pen.run.path}"
        self.is_open = True

    def now_s(self) -> float:
        return self._pen.now_s()

    def today(self) -> date:
        return datetime.fromtimestamp(self._pen.run.began_s, tz=UTC).date()

    def close(self) -> None:
        self.is_open = False


class _NoConnection(Connection):
    """Whatever is sent to a recording is refused."""

    def __init__(self) -> None:
        """There is nothing to open."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise Refused("RECORDING", layer="host")


class ReplayPen(Pen):
    """A recording that a screen can hold like a pen.

    `wait` lets its time pass and tells what came; `status`, `events`, `trips` and the callbacks of `inbox`
    are those of a pen. Whatever would command the pen raises Refused RECORDING.

    Args:
        recording: the file, or a run that was read already.

    Raises:
        RecordingError: it cannot be read, or it does not say what pen it was.
    """

    recorded = True

    def __init__(self, recording: str | Path | Run) -> None:
        self.run = recording if isinstance(recording, Run) else read_run(Path(recording))
        self.end_s = self.run.end_s
        self.identity = _identity(self.run)
        self._ranges = _ranges(self.run)
        self.role = Role.OPERATOR
        self.on_wait: list[Callable[[], None]] = []
        self.inbox = Inbox(EventLedger())
        self._items = sorted(_items(self.run), key=lambda item: item.time_s)
        self._times = [item.time_s for item in self._items]
        self._place = 0
        self._now_s = self._times[0] if self._items else 0.0
        self._heard_s = self._now_s
        self.transport: Any = _NoTransport(self)
        self._connection = _NoConnection()
        self.wait(0.0)

    # --- what the pen said ---

    @property
    def simulated(self) -> bool:
        """Whether the pen that was recorded is a simulated one."""
        return self.run.simulated

    @property
    def ended(self) -> bool:
        """Whether everything was told."""
        return self._place == len(self._items)

    @property
    def session_open(self) -> bool:
        """Never: a recording takes no commands."""
        return False

    @property
    def frames_bad(self) -> int:
        """Not known of a recording; what the pen counted is in its status."""
        return 0

    @property
    def stopping(self) -> bool:
        """Never."""
        return False

    def silent_s(self) -> float:
        """Seconds since the pen was last heard, then."""
        return self._now_s - self._heard_s

    def identify(self) -> Identity:
        return self.identity

    def limits(self) -> dict[Mode, ModeRange]:
        return dict(self._ranges)

    def status(self) -> Status:
        """The status as it was told last.

        Raises:
            LinkLost: the pen was silent then.
        """
        if self.inbox.status is None or self.silent_s() > SILENT_S:
            raise LinkLost("The pen was not heard then", f"{self._now_s:.3f} s of the recording")
        return self.inbox.status

    def wait_ready(self, timeout_s: float = 0.0) -> Status:
        """The status: a recording waits for no self-test."""
        return self.status()

    def watch_screen(self, screen: Callable[[], int | None]) -> None:
        """A screen that shows the past keeps no pen alive."""

    # --- time ---

    def now_s(self) -> float:
        """Time of the recording, s since it began."""
        return self._now_s

    def wait(
        self, seconds: float, until: Callable[[], bool] | None = None, *, through_trips: bool = False
    ) -> WaitEnd:
        """Let time of the recording pass and tell what came; as `Pen.wait`. At its end time goes on empty.

        Raises:
            PenError: `seconds` is no time.
        """
        end_s = self._now_s + Connection.checked_time(seconds)
        trips = len(self.inbox.trips)
        for on_wait in self.on_wait:
            on_wait()
        while not self.ended and self._items[self._place].time_s <= end_s:
            self._tell_next()
            if not through_trips and len(self.inbox.trips) > trips:
                return WaitEnd.TRIPPED
            if until is not None and until():
                return WaitEnd.UNTIL
        self._now_s = end_s
        return WaitEnd.UNTIL if until is not None and until() else WaitEnd.ELAPSED

    def _tell_next(self) -> None:
        item = self._items[self._place]
        self._place += 1
        self._now_s = max(self._now_s, item.time_s)
        if item.is_heard:
            self._heard_s = item.time_s
        item.tell(self.inbox)

    def seek(self, time_s: float) -> Status | None:
        """Go to any time of the recording; nobody is told what lies between. Returns the status then.

        Raises:
            PenError: `time_s` is no time.
        """
        time_s = Connection.checked_time(time_s)
        place = bisect_right(self._times, time_s)
        silent = Inbox(EventLedger())
        for item in self._items[:place]:
            if item.is_kept:
                item.tell(silent)
        self.inbox.become(silent)
        self._place, self._now_s = place, time_s
        heard = [item.time_s for item in self._items[max(0, place - 200) : place] if item.is_heard]
        self._heard_s = heard[-1] if heard else time_s
        return self.inbox.status

    def close(self) -> None:
        self.transport.close()

    def __enter__(self) -> ReplayPen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


REFUSED: Final = (
    *("arm", "begin_visit", "calibrate", "cartridge", "check_recordable", "command", "configure"),
    *("end_visit", "listen"),
    *("open_session", "pair", "reconnect", "reference", "reset", "retract", "self_test", "send_raw"),
    *("send_stop", "set_depth_um", "set_mode", "set_rate_hz", "snapshot", "start", "stop", "stop_now"),
    *("telemetry", "trip_log", "unpair"),
)
"""What a pen can be told or asked, and a recording cannot."""


def _refused(self: ReplayPen, *arguments: object, **fields: object) -> NoReturn:
    """Refused: what a recording shows is over."""
    raise Refused("RECORDING", layer="host")


for _name in REFUSED:
    setattr(ReplayPen, _name, _refused)


def _identity(run: Run) -> Identity:
    try:
        told = json.loads(run.metadata["identity"])
        told["restart_cause"] = RestartCause[told["restart_cause"]]
        return Identity(**told)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(
            "This recording does not say what pen it is of",
            str(run.path),
            remedy="Look at it with penctl log show; its head is damaged",
        ) from error


def _ranges(run: Run) -> dict[Mode, ModeRange]:
    told = json.loads(run.metadata.get("limits", "{}"))
    return {Mode[name]: ModeRange(**{**limit, "mode": Mode[name]}) for name, limit in told.items()}


def _items(run: Run) -> Iterator[_Item]:
    for status in run.statuses:
        message = _message("STATUS", status)
        yield _Item(status["time_s"], _teller(StatusSeen(message, sealed=True)))
    for event in run.events:
        message = _message(f"EVENT_{event['event']}", event)
        yield _Item(event["time_s"], _teller(_EVENTS[event["event"]](message, sealed=True)))
    for block in run.blocks:
        yield from _pieces(block)
    for entry in run.commands:
        yield _Item(entry["time_s"], _command_teller(entry), is_heard=False)


def told_events(run: Run) -> tuple[tuple[float, Message], ...]:
    """States, warnings and trips of a recording as the pen's messages, each with its time in s."""
    return tuple((event["time_s"], _message(f"EVENT_{event['event']}", event)) for event in run.events)


def _teller(event: LinkEvent) -> Callable[[Inbox], None]:
    return lambda inbox: inbox.take(event)


def _command_teller(entry: dict[str, Any]) -> Callable[[Inbox], None]:
    command = _message(entry["command"], entry["fields"])
    answer = _message("RESPONSE", entry) if "device_time_us" in entry else None
    return lambda inbox: inbox.tell_command(command, answer)


def _pieces(block: Block) -> Iterator[_Item]:
    """A recorded block as the blocks of 20 samples that the pen sent, each at its own time."""
    for number, start in enumerate(range(0, block.count, TELEMETRY_BLOCK)):
        yield _Item(
            block.time_s + start * block.period_us * 1e-6, _block_teller(block, number, start), is_kept=False
        )


def _block_teller(block: Block, number: int, start: int) -> Callable[[Inbox], None]:
    return lambda inbox: inbox.take(_piece(block, number, start))


def _piece(block: Block, number: int, start: int) -> TelemetryBlock:
    import numpy as np

    stop = min(start + TELEMETRY_BLOCK, block.count)
    samples = np.zeros(stop - start, SAMPLE_DTYPE)
    for name in SAMPLE_DTYPE.names or ():
        if name in block.columns:
            samples[name] = block.columns[name][start:stop]
    return TelemetryBlock(
        number=block.number + number,
        dropped=block.dropped,
        first_time_us=block.first_time_us + start * block.period_us,
        period_us=block.period_us,
        state=State[block.state] if block.state in State.__members__ else State.OFF,
        samples=samples,
    )


def _message(name: str, values: dict[str, Any]) -> Message:
    """A message from what was recorded of it; what an older recording lacks is zero."""
    kind = message_named(name)
    return Message(kind, {field.name: _value(field, values.get(field.name)) for field in kind.record})


def _value(field: Field, told: Any) -> Any:
    kind = field.kind
    if isinstance(kind, EnumKind):
        return _member(kind.members, told)
    if isinstance(kind, FlagsKind):
        bits = kind.members(0)
        for name in told if isinstance(told, list) else ():
            bits |= kind.members.__members__.get(name, kind.members(0))
        return kind.members(told & sum(kind.members)) if isinstance(told, int) else bits
    if isinstance(kind, BytesKind):
        return bytes(kind.length)
    return told if isinstance(told, int) else 0


def _member(members: type[IntEnum] | type[IntFlag], told: Any) -> Any:
    """A member by its name or its number; what this program does not know is its first one."""
    if isinstance(told, str) and told in members.__members__:
        return members[told]
    known = {int(member): member for member in members}
    return known.get(told, next(iter(members)))
