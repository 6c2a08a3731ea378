"""A foreign device: the device's end of the link on a port with a clock of its own, to test the host.

It treats nobody and holds no interlock. What the pen really does is tested on the bench, with the firmware.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penctl.hardware import limits_hash, load_limits
from penctl.keys import PROVISIONING_KEY
from penctl.protocol.enums import (
    CartridgeBinding,
    CartridgeKind,
    Flags,
    Input,
    Mode,
    Reason,
    State,
    StopKind,
)
from penctl.protocol.link import Command, DeviceLink
from penctl.protocol.messages import (
    MESSAGES_HASH,
    PROTOCOL_VERSION,
    SNAPSHOT_ROWS,
    TRIP_SAMPLE,
    Message,
    message_named,
)
from penctl.protocol.states import QUESTIONS
from penctl.transport import Transport

sys.path.insert(0, str(Path(__file__).resolve().parent))

from recording_rig import Clock

DELAY_S = 0.002


class ForeignDevice:
    """Answers as a pen in STANDBY would; `identity` and `limits` may be changed before it is asked."""

    def __init__(self) -> None:
        self.now_us = 0
        self.commands: list[Message] = []
        self.stops = 0
        self.refuse: dict[str, tuple[Reason, int, int]] = {}
        self.silent: set[str] = set()
        self.status: dict[str, Any] = {
            "state": State.STANDBY,
            "mode": Mode.HOME,
            "flags": int(Flags.SESSION_ALIVE),
            "trip_input": Input.NONE,
            "trip_stop": StopKind.NONE,
            "last_reason": Reason.NONE,
            "events_next": 1,
        }
        self.identity: dict[str, Any] = {
            "protocol_version": PROTOCOL_VERSION,
            "firmware_major": 0,
            "firmware_minor": 1,
            "firmware_patch": 0,
            "test_build": 1,
            "serial_number": b"FOREIGN-0001".ljust(16, b"\0"),
            "limits_hash": limits_hash(load_limits()),
            "messages_hash": MESSAGES_HASH,
            "uptime_us": 5,
            "home_only": 0,
            "restart_cause": 0,
            "boot": 1,
        }
        self.limits: list[tuple[Mode, int, int, int, int]] = [
            (Mode.HOME, 0, 250, 50_000, 100_000),
            (Mode.CLINICAL, 0, 2_500, 50_000, 150_000),
        ]
        self.cartridge: dict[str, Any] = {
            "cartridge_id": 77,
            "kind": CartridgeKind.CLINICAL,
            "needles": 12,
            "stop_um": 2500,
            "length_um": 3000,
            "sterile_until_day": 3000,
            "uses": 0,
            "strokes": 0,
            "binding": CartridgeBinding.NONE,
            "verdict": Reason.NONE,
        }
        self.trips: list[dict[str, Any]] = []
        self.snapshots: dict[int, list[dict[str, Any]]] = {}
        self._nonces = 0
        self.link = DeviceLink(PROVISIONING_KEY, self._nonce, self._answer, self._stop)

    def _nonce(self, size: int) -> bytes:
        self._nonces += 1
        return hashlib.sha256(b"device %d" % self._nonces).digest()[:size]

    def status_message(self) -> Message:
        fields = dict.fromkeys((field.name for field in message_named("STATUS").record), 0)
        return message_named("STATUS").message(**{**fields, "device_time_us": self.now_us, **self.status})

    def _stop(self) -> Message:
        self.stops += 1
        self.status["state"] = State.STANDBY
        return self.status_message()

    def _answer(self, command: Command) -> Message | None:
        self.commands.append(command.message)
        if command.sealed and command.name not in QUESTIONS and command.name != "HEARTBEAT":
            self.status["last_command_sequence"] = command.sequence
        if command.name in self.silent:
            return None
        if command.name in self.refuse:
            reason, value, limit = self.refuse[command.name]
            return command.response(reason, value=value, limit=limit, device_time_us=self.now_us)
        if command.name == "IDENTIFY":
            return message_named("IDENTITY").message(**self.identity)
        if command.name == "GET_LIMITS":
            return self._limits_message()
        if command.name in ("GET_STATUS", "HEARTBEAT"):
            return self.status_message()
        if command.name in self._further:
            return self._further[command.name](command.message)
        if command.name == "SET_MODE":
            self.status["mode"] = command.message["mode"]
        return command.response(device_time_us=self.now_us)

    @property
    def _further(self) -> dict[str, Callable[[Message], Message]]:
        return {
            "GET_CARTRIDGE": lambda asked: message_named("CARTRIDGE").message(**self.cartridge),
            "PAIR": lambda asked: message_named("PAIRED").message(
                slot=3, role=asked["role"], key=bytes(range(32))
            ),
            "GET_TRIP": self._trip,
            "GET_SNAPSHOT": self._snapshot,
        }

    def _trip(self, asked: Message) -> Message:
        names = [field.name for field in message_named("TRIP").record]
        row: dict[str, Any] = {**dict.fromkeys(names, 0), "input": Input.NONE, "stop": StopKind.NONE}
        if asked["index"] < len(self.trips):
            row |= self.trips[asked["index"]]
        return message_named("TRIP").message(**{**row, "index": asked["index"], "count": len(self.trips)})

    def _snapshot(self, asked: Message) -> Message:
        rows = self.snapshots[asked["index"]]
        empty = dict.fromkeys((field.name for field in TRIP_SAMPLE), 0)
        shown = rows[SNAPSHOT_ROWS * asked["part"] : SNAPSHOT_ROWS * (asked["part"] + 1)]
        return message_named("SNAPSHOT").message(
            index=asked["index"],
            part=asked["part"],
            parts=-(-len(rows) // SNAPSHOT_ROWS),
            count=len(shown),
            rows=[{**empty, **row} for row in shown] + [empty] * (SNAPSHOT_ROWS - len(shown)),
        )

    def _limits_message(self) -> Message:
        names = ("mode", "depth_min_um", "depth_max_um", "rate_min_mhz", "rate_max_mhz")
        modes = [dict(zip(names, row, strict=True)) for row in self.limits]
        return message_named("LIMITS").message(limits_hash=self.identity["limits_hash"], modes=modes)


class ForeignPort:
    """A port in front of `answer(data, now_us) -> bytes`; only `read` lets its clock move."""

    def __init__(self, answer: Callable[[bytes, int], bytes]) -> None:
        self._answer = answer
        self._due: list[tuple[float, bytes]] = []
        self.timeout: float | None = 0.0
        self.virtual_time_s = 0.0
        self.closed = False
        self.broken: OSError | None = None
        self.written = b""

    def entropy(self, size: int) -> bytes:
        return hashlib.sha256(b"host %f" % self.virtual_time_s).digest()[:size]

    def _arrived(self) -> bytes:
        return b"".join(data for due_s, data in self._due if due_s <= self.virtual_time_s)

    @property
    def in_waiting(self) -> int:
        return len(self._arrived())

    def write(self, data: bytes) -> int:
        self._check()
        self.written += data
        self.come(self._answer(data, round(self.virtual_time_s * 1e6)))
        return len(data)

    def come(self, data: bytes) -> None:
        """Let `data` arrive a little later."""
        if data:
            self._due.append((self.virtual_time_s + DELAY_S, data))

    def read(self, size: int = 1) -> bytes:
        self._check()
        if not self.in_waiting:
            self._pass_time(self.timeout or 0.0)
        data = self._arrived()
        self._due = [(due_s, later) for due_s, later in self._due if due_s > self.virtual_time_s]
        if data[size:]:
            self._due.insert(0, (self.virtual_time_s, data[size:]))
        return data[:size]

    def _pass_time(self, seconds: float) -> None:
        end_s = self.virtual_time_s + seconds
        self.virtual_time_s = min([end_s, *(due_s for due_s, _ in self._due)])

    def close(self) -> None:
        self.closed = True

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken


class Foreign:
    """A foreign device with its port, ready for `penctl.Pen`."""

    def __init__(self) -> None:
        self.device = ForeignDevice()
        self.port = ForeignPort(self._receive)
        self.transport = Transport(self.port, "foreign://")

    def _receive(self, data: bytes, now_us: int) -> bytes:
        self.device.now_us = now_us
        return self.device.link.receive(data, now_us)

    def keep(self, name: str, **fields: Any) -> None:
        """Let the device raise an event that gets lost on the way; it keeps it for those who ask again."""
        self.device.link._kept.append(message_named(name).message(**fields))

    def send(self, name: str, **fields: Any) -> None:
        """Let the device send an event."""
        now_us = round(self.port.virtual_time_s * 1e6)
        self.port.come(self.device.link.send(message_named(name).message(**fields), now_us))


@pytest.fixture
def foreign() -> Foreign:
    """A device that answers, in virtual time."""
    return Foreign()


@pytest.fixture
def port_to() -> Callable[[Callable[[bytes, int], bytes]], Transport]:
    """A transport whose other end is the function given: bytes and µs in, bytes out."""
    return lambda answer: Transport(ForeignPort(answer), "foreign://")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def treatment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a demo: four parts, one lost link, one trip."""
    from penctl.demo import Demo
    from penctl.pen import Pen
    from penctl.recording import record

    path = tmp_path_factory.mktemp("treatment") / "run.mcap"
    with Pen("pensim://?seed=1") as pen, record(pen, path, seed="1"):
        Demo(pen, lambda text, fraction: None).run()
    return path


@pytest.fixture
def copy(treatment: Path, tmp_path: Path) -> Callable[[], Path]:
    """A copy of that recording, to be spoilt."""

    def made() -> Path:
        path = tmp_path / "copy.mcap"
        path.write_bytes(treatment.read_bytes())
        return path

    return made
