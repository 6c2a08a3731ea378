"""What a pen says about itself, as typed values instead of messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, Flag
from typing import Any

from penctl.protocol.enums import (
    CartridgeBinding,
    CartridgeKind,
    Flags,
    Input,
    Mode,
    Reason,
    RestartCause,
    State,
    StopKind,
)
from penctl.protocol.messages import Message


@dataclass(frozen=True)
class Identity:
    """Who the pen is. Hashes are hexadecimal text."""

    protocol_version: int
    firmware_version: str
    test_build: bool
    serial_number: str
    limits_hash: str
    messages_hash: int
    uptime_us: int
    home_only: bool
    restart_cause: RestartCause
    boot: int

    @classmethod
    def of(cls, message: Message) -> Identity:
        """From IDENTITY."""
        parts = (message["firmware_major"], message["firmware_minor"], message["firmware_patch"])
        return cls(
            protocol_version=message["protocol_version"],
            firmware_version=".".join(str(part) for part in parts),
            test_build=bool(message["test_build"]),
            serial_number=_serial_text(message["serial_number"]),
            limits_hash=message["limits_hash"].hex(),
            messages_hash=message["messages_hash"],
            uptime_us=message["uptime_us"],
            home_only=bool(message["home_only"]),
            restart_cause=RestartCause(message["restart_cause"]),
            boot=message["boot"],
        )


def _serial_text(raw: bytes) -> str:
    """Printable ASCII as it stands, anything else as hexadecimal."""
    text = raw.rstrip(b"\0")
    return text.decode("ascii") if text.isascii() and text.decode("ascii").isprintable() else raw.hex()


@dataclass(frozen=True)
class ModeRange:
    """The limits of one mode that the device holds, both ends allowed."""

    mode: Mode
    depth_min_um: int
    depth_max_um: int
    rate_min_mhz: int
    rate_max_mhz: int


def mode_ranges(message: Message) -> dict[Mode, ModeRange]:
    """From LIMITS."""
    return {Mode(row["mode"]): ModeRange(**row) for row in message["modes"]}


@dataclass(frozen=True)
class Status:
    """State, setpoints, measured values and the latched trip. A setpoint of -1 is not set."""

    device_time_us: int
    state: State
    mode: Mode
    flags: Flags
    depth_set_um: int
    rate_set_mhz: int
    depth_measured_um: int
    rate_measured_mhz: int
    stroke_count: int
    tripped: int
    trip_input: Input
    trip_stop: StopKind
    trip_value: int
    trip_limit: int
    trip_time_us: int
    last_command_sequence: int
    last_reason: Reason
    events_next: int
    frames_bad: int
    supply_mv: int
    trip_count: int
    self_test_check: int
    charge_permille: int
    frames_lost: int
    boot: int

    @classmethod
    def of(cls, message: Message) -> Status:
        """From STATUS, whose fields these are; the constructor of a frozen class is twenty times as slow."""
        status = object.__new__(cls)
        status.__dict__.update(message.values)
        return status

    @property
    def trip(self) -> Trip | None:
        """The latched trip, or None."""
        if not self.tripped:
            return None
        return Trip(
            self.tripped, self.trip_input, self.trip_stop, self.trip_value, self.trip_limit, self.trip_time_us
        )


@dataclass(frozen=True)
class Trip:
    """A trip: the interlock, what it looked at, value and limit in the input's unit, device time in µs."""

    interlock: int
    input: Input
    stop: StopKind
    value: int
    limit: int
    time_us: int
    latched: bool = True

    @property
    def id(self) -> str:
        """As in the interlock catalogue, for example IL-26."""
        return f"IL-{self.interlock:02d}"

    @classmethod
    def of(cls, message: Message) -> Trip:
        """From EVENT_TRIP."""
        return cls(
            message["interlock"],
            message["input"],
            message["stop"],
            message["value"],
            message["limit"],
            message["time_us"],
            bool(message["latched"]),
        )


@dataclass(frozen=True)
class Cartridge:
    """What the tag of the cartridge says; `stop_um` is its mechanical limit of the depth."""

    cartridge_id: int
    kind: CartridgeKind
    needles: int
    stop_um: int
    length_um: int
    sterile_until_day: int
    uses: int
    strokes: int
    binding: CartridgeBinding
    verdict: Reason

    @classmethod
    def of(cls, message: Message) -> Cartridge:
        """From CARTRIDGE."""
        return cls(**message.values)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON takes them: names of enum members, hexadecimal bytes."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Flag):
        return [member.name for member in type(value) if member in value]
    if isinstance(value, Enum):
        return value.name
    return value.hex() if isinstance(value, bytes) else value
