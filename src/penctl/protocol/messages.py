"""Every message of the link, said once; C, PROTOCOL.md and the dtype of telemetry are derived from here.

Units on the wire are integers: µm, mHz, mA, mV, mN, m°C, µs. All numbers are little endian.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any

from penctl.protocol.enums import (
    CartridgeBinding,
    CartridgeKind,
    Flags,
    Input,
    Mode,
    Reason,
    Role,
    State,
    StopKind,
    Warning,  # noqa: A004 - see there
)
from penctl.protocol.schema import (
    ArrayKind,
    EnumKind,
    Field,
    FlagsKind,
    Record,
    Scalar,
    ValueRefused,
    array,
    enum_u8,
    flags_u16,
    i16,
    i32,
    raw,
    u8,
    u16,
    u32,
    u64,
)

PROTOCOL_VERSION = 2
SEALED = 0x80
"""Bit of the type byte: counter and MAC are present."""
TELEMETRY_BLOCK = 20
"""Samples in one telemetry frame: a noisy line loses long frames first."""
ENUMS: tuple[type[IntEnum] | type[IntFlag], ...] = (
    State,
    Mode,
    Role,
    CartridgeKind,
    CartridgeBinding,
    StopKind,
    Input,
    Warning,
    Flags,
    Reason,
)


@dataclass(frozen=True)
class MessageType:
    """A message: its number on the wire, who sends it, whether it may travel without a seal."""

    name: str
    number: int
    record: Record
    to_device: bool
    open: bool

    @property
    def size(self) -> int:
        return self.record.size

    def message(self, **fields: object) -> Message:
        """A checked message of this type; raise ValueRefused when a field does not fit."""
        return Message(self, self.record.native_from(fields))

    def decode(self, payload: bytes) -> Message:
        """Decode a payload; raise ValueRefused when it is malformed."""
        return Message(self, self.record.decode(payload))


@dataclass(frozen=True)
class Message:
    """A message with its values; `message["depth_um"]` reads one."""

    type: MessageType
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.type.name

    def __getitem__(self, field: str) -> Any:
        return self.values[field]

    def encode(self) -> bytes:
        """Payload bytes."""
        return self.type.record.encode(self.values)


MODE_LIMITS = Record(
    "mode_limits",
    "Limits of one mode.",
    [
        enum_u8("mode", Mode, "mode that these limits hold in"),
        i32("depth_min_um", "µm", "smallest depth"),
        i32("depth_max_um", "µm", "largest depth"),
        i32("rate_min_mhz", "mHz", "smallest stroke rate"),
        i32("rate_max_mhz", "mHz", "largest stroke rate"),
    ],
)

SAMPLE = Record(
    "sample",
    "One telemetry sample.",
    [
        i16("bar_um", "µm", "protrusion of the needle bar, sensor B"),
        i16("depth_um", "µm", "depth of the last whole stroke, sensor B"),
        i16("stage_um", "µm", "depth stage, sensor A, referenced"),
        i16("shaft_counts", "1/4096 rev", "crank angle; 0 is the top of the stroke, -1 no valid angle"),
        i32("rate_mhz", "mHz", "stroke rate, mean over whole strokes"),
        i16("motor_ma", "mA", "bridge current"),
        i16("supply_mv", "mV", "supply at the bridge"),
        i16("press_mn", "mN", "nose press force"),
        i16("nose_cc", "0.01 °C", "temperature of the nose"),
        i16("handle_cc", "0.01 °C", "temperature of the handle"),
        i16("duty_q15", "1/32767", "bridge duty"),
        flags_u16("flags", Flags, "conditions"),
        u16("stroke_count", "1", "strokes since power-on, low 16 bits"),
        i16("difference_um", "µm", "sensor A less sensor B at the bottom of the last whole stroke"),
        u16("heat_permille", "permille", "heat sum of the winding, of its limit"),
        u16("charge_permille", "permille", "charge of the battery"),
    ],
)

TRIP_SAMPLE = Record(
    "trip_sample",
    "One row of the snapshot around a trip.",
    [
        i32("time_us", "µs", "after the trip; negative: before it"),
        i16("bar_um", "µm", "protrusion of the needle bar, sensor B"),
        i16("stage_um", "µm", "depth stage, sensor A, referenced"),
        i16("shaft_counts", "1/4096 rev", "crank angle; -1 no valid angle"),
        i16("motor_ma", "mA", "bridge current"),
        i16("supply_mv", "mV", "supply at the bridge"),
        i16("press_mn", "mN", "nose press force"),
        i16("duty_q15", "1/32767", "bridge duty"),
        u16(
            "contacts",
            "",
            "bits: 0 estop A, 1 estop B, 2 hold, 3 hold released, 4 home, 5 drive feedback, "
            "6 short, 7 lock, 8 tag, 9 charger, 10 button, 11 drive enable, 12 supply enable",
        ),
        enum_u8("state", State, "state of the pen"),
        u8("reserved", "", "zero"),
    ],
)

_STATUS = [
    u64("device_time_us", "µs", "device time"),
    enum_u8("state", State, "state"),
    enum_u8("mode", Mode, "mode"),
    flags_u16("flags", Flags, "conditions"),
    i32("depth_set_um", "µm", "depth setpoint"),
    i32("rate_set_mhz", "mHz", "stroke rate setpoint"),
    i32("depth_measured_um", "µm", "depth of the last whole stroke, sensor B"),
    i32("rate_measured_mhz", "mHz", "stroke rate, mean over whole strokes"),
    u32("stroke_count", "1", "strokes since power-on"),
    u8("tripped", "", "number of the latched interlock, 0 none"),
    enum_u8("trip_input", Input, "what the trip looked at"),
    enum_u8("trip_stop", StopKind, "what the trip did"),
    i32("trip_value", "", "value at the trip, in the input's unit"),
    i32("trip_limit", "", "its limit"),
    u64("trip_time_us", "µs", "device time of the trip"),
    u16("last_command_sequence", "", "sequence of the last command executed"),
    enum_u8("last_reason", Reason, "its reason"),
    u32("events_next", "", "number that the next event will have"),
    u32("frames_bad", "1", "frames dropped by CRC, COBS or length"),
    i32("supply_mv", "mV", "supply at the bridge"),
    u8("trip_count", "1", "interlocks that are latched"),
    u8("self_test_check", "", "number of the check of the self-test that failed last, 0 none"),
    u16("charge_permille", "permille", "charge of the battery"),
    u32("frames_lost", "1", "good frames for which there was no room"),
    u32("boot", "1", "number of this power-on or restart"),
]
_EVENT = [u32("number", "", "events count from 1"), u64("time_us", "µs", "device time")]
MESSAGES: dict[str, MessageType] = {}


def _define(number: int, name: str, doc: str, fields: list[Field], open_: bool = False) -> MessageType:
    message = MessageType(name, number, Record(name.lower(), doc, fields), number < 0x40, open_)
    MESSAGES[name] = message
    return message


IDENTIFY = _define(0x01, "IDENTIFY", "Ask who the pen is; answered by IDENTITY.", [], open_=True)
GET_LIMITS = _define(0x02, "GET_LIMITS", "Ask for the effective limits; answered by LIMITS.", [], open_=True)
GET_STATUS = _define(
    0x03, "GET_STATUS", "Ask for the status; answered by STATUS, sealed like the request.", [], open_=True
)
OPEN_SESSION = _define(
    0x04,
    "OPEN_SESSION",
    "Open a link session; answered by SESSION.",
    [
        raw("host_nonce", 16, "fresh random bytes"),
        enum_u8("role", Role, "role asked for, at most that of the pairing"),
        u8("slot", "", "number of the pairing, from 0"),
        u32("messages_hash", "", "hash of these definitions in the host"),
        raw("limits_hash", 8, "first bytes of the host's SHA-256 of the table of hard limits"),
    ],
    open_=True,
)
HEARTBEAT = _define(
    0x05,
    "HEARTBEAT",
    "The operator's screen is alive; answered by STATUS.",
    [u32("liveness", "", "counter of the operator's screen")],
)
SET_MODE = _define(
    0x06, "SET_MODE", "Change the mode in STANDBY; zeroes the setpoints.", [enum_u8("mode", Mode, "mode")]
)
SET_DEPTH = _define(
    0x07,
    "SET_DEPTH",
    "Set the depth; refused outside the limits, never clamped.",
    [i32("depth_um", "µm", "depth")],
)
SET_RATE = _define(
    0x08,
    "SET_RATE",
    "Set the stroke rate; refused outside the limits, never clamped.",
    [i32("rate_mhz", "mHz", "stroke rate")],
)
ARM = _define(
    0x09,
    "ARM",
    "STANDBY to READY; expires 200 ms after the quoted device time.",
    [u64("device_time_us", "µs", "device time as the host knows it")],
)
START = _define(
    0x0A,
    "START",
    "READY to RUN; expires 200 ms after the quoted device time.",
    [u64("device_time_us", "µs", "device time as the host knows it")],
)
STOP = _define(
    0x0B,
    "STOP",
    "Stop; taken from anyone, in any state, without a link session or a sequence check.",
    [],
    open_=True,
)
RESET = _define(
    0x0C,
    "RESET",
    "Release a latched trip whose cause is gone.",
    [u8("interlock", "", "number of the interlock")],
)
SET_TELEMETRY = _define(
    0x0D,
    "SET_TELEMETRY",
    "Start or stop telemetry.",
    [u32("period_us", "µs", "time between samples, 1000 to 1000000; 0 is off")],
)
SELF_TEST = _define(0x0E, "SELF_TEST", "Run the self-test again; the end shows in STATUS.", [])
REFERENCE = _define(0x0F, "REFERENCE", "Reference the depth stage; the end shows in STATUS.", [])
GET_CARTRIDGE = _define(0x10, "GET_CARTRIDGE", "Ask for the cartridge; answered by CARTRIDGE.", [])
PAIR = _define(
    0x11,
    "PAIR",
    "Pair over the pairing cable, in STANDBY, with the button held for 3 s; answered by PAIRED.",
    [
        enum_u8("role", Role, "role asked for"),
        raw("code", 16, "code of the role from the pen's papers, zeros for OPERATOR"),
        raw("host_name", 16, "name of the host, for the list of pairings"),
    ],
    open_=True,
)
UNPAIR = _define(
    0x12,
    "UNPAIR",
    "Forget a pairing; needs SERVICE, or the pairing's own role.",
    [u8("slot", "", "its number")],
)
BEGIN_VISIT = _define(
    0x13,
    "BEGIN_VISIT",
    "Open a visit, or take up the same one again; ARM needs it. Another one clears the setpoints.",
    [
        raw("visit_id", 8, "random number of the visit; the same one again resumes it"),
        raw("person", 16, "salted hash of who is treated; kept on the cartridge only"),
        u16("day", "days", "date today, days since 2020-01-01"),
    ],
)
END_VISIT = _define(0x14, "END_VISIT", "Close the visit; in STANDBY or SAFE.", [])
GET_TRIP = _define(
    0x15,
    "GET_TRIP",
    "Ask for one of the last trips, 0 the newest; answered by TRIP.",
    [u8("index", "", "0 the newest")],
)
GET_SNAPSHOT = _define(
    0x16,
    "GET_SNAPSHOT",
    "Ask for a part of a trip's snapshot; answered by SNAPSHOT.",
    [u8("index", "", "of the trip, 0 the newest"), u8("part", "", "from 0")],
)
GET_EVENTS = _define(
    0x17,
    "GET_EVENTS",
    "Ask for events once more; they come with their own numbers, as far as they are still kept.",
    [u32("first", "", "number of the first event wanted"), u8("count", "1", "how many")],
)
CALIBRATE = _define(
    0x18,
    "CALIBRATE",
    "Store the calibration of the depth sensors; SERVICE only, with the button pressed.",
    [
        i16("bar_offset_um", "µm", "added to every reading of sensor B"),
        u16("day", "days", "date today, days since 2020-01-01"),
    ],
)
CONFIGURE = _define(
    0x19,
    "CONFIGURE",
    "Store narrower limits of a mode; SERVICE only, with the button pressed. Replaces damaged settings.",
    [
        enum_u8("mode", Mode, "HOME or CLINICAL"),
        i32("depth_max_um", "µm", "largest depth, at most the hard limit"),
        i32("rate_max_mhz", "mHz", "largest stroke rate, at most the hard limit"),
        u8("home_only", "", "1: never clinical again; 0: as it is"),
    ],
)

IDENTITY = _define(
    0x41,
    "IDENTITY",
    "Who the pen is.",
    [
        u8("protocol_version", "", "version of this protocol"),
        u8("firmware_major", "", ""),
        u8("firmware_minor", "", ""),
        u8("firmware_patch", "", ""),
        u8("test_build", "", "1: not for use on people"),
        raw("serial_number", 16, ""),
        raw("limits_hash", 32, "SHA-256 of the table of hard limits"),
        u32("messages_hash", "", "hash of these definitions, to compare both sides"),
        u64("uptime_us", "µs", "time since power-on"),
        u8("home_only", "", "1: provisioned for HOME only, for good"),
        u8(
            "restart_cause", "", "why the controller started: 0 power-on, 1 watchdog, 2 brown-out, 3 software"
        ),
        u32("boot", "1", "number of this power-on or restart"),
    ],
)
LIMITS = _define(
    0x42,
    "LIMITS",
    "Effective limits; never wider than the hard limits.",
    [
        raw("limits_hash", 32, "SHA-256 of the table of hard limits"),
        array("modes", 2, MODE_LIMITS, "one for each mode"),
    ],
)
STATUS = _define(0x43, "STATUS", "State, setpoints, measured values and the latched trip.", _STATUS)
SESSION = _define(
    0x44,
    "SESSION",
    "The device's half of a new link session.",
    [
        raw("device_nonce", 16, "fresh random bytes"),
        u32("session_id", "", "number of the link session"),
        enum_u8("role", Role, "role granted"),
        u64("device_time_us", "µs", "device time"),
        raw("proof", 16, "shows that the device holds the pairing key"),
    ],
)
RESPONSE = _define(
    0x45,
    "RESPONSE",
    "Result of a command, with the reason when it was refused.",
    [
        u8("command", "", "type of the command"),
        u16("command_sequence", "", "its sequence"),
        enum_u8("reason", Reason, "NONE when taken"),
        i32("value", "", "see the reasons"),
        i32("limit", "", "see the reasons"),
        u64("device_time_us", "µs", "device time of the execution"),
    ],
)
CARTRIDGE = _define(
    0x46,
    "CARTRIDGE",
    "What the tag of the cartridge says.",
    [
        u32("cartridge_id", "", "number of the tag, 0 none"),
        enum_u8("kind", CartridgeKind, "kind"),
        u8("needles", "1", "needles"),
        u16("stop_um", "µm", "depth at which the cartridge stops the needles mechanically"),
        u16("length_um", "µm", "length of the needles"),
        u16("sterile_until_day", "days", "last day of sterility, days since 2020-01-01"),
        u16("uses", "1", "visits in which it was used"),
        u32("strokes", "1", "strokes with it, as last written to its tag"),
        enum_u8("binding", CartridgeBinding, "whose it is"),
        enum_u8("verdict", Reason, "why it cannot be used now, NONE when it can"),
    ],
)
PAIRED = _define(
    0x47,
    "PAIRED",
    "A new pairing; its key travels in clear, over the pairing cable only.",
    [
        u8("slot", "", "number of the pairing"),
        enum_u8("role", Role, "its role"),
        raw("key", 32, "pairing key"),
    ],
)
TRIP = _define(
    0x48,
    "TRIP",
    "One of the last trips, as the pen keeps it through power-off.",
    [
        u8("index", "", "0 the newest"),
        u8("count", "1", "trips kept"),
        u8("interlock", "", "number of the interlock, 0 when there is none"),
        u8("latched", "", "1 it still is"),
        enum_u8("input", Input, "what it looked at"),
        enum_u8("stop", StopKind, "what it did"),
        i32("value", "", "value, in the input's unit"),
        i32("limit", "", "its limit"),
        u64("time_us", "µs", "device time"),
        u32("boot", "1", "power-on in which it happened"),
        u8("snapshot_parts", "1", "parts of its snapshot, 0 none is kept"),
    ],
)
SNAPSHOT_ROWS = 8
"""Rows of a snapshot in one message."""
SNAPSHOT = _define(
    0x49,
    "SNAPSHOT",
    "A part of the snapshot around a trip.",
    [
        u8("index", "", "of the trip, 0 the newest"),
        u8("part", "", "from 0"),
        u8("parts", "1", "parts in all"),
        u8("count", "1", "rows that are filled; the rest are zero"),
        array("rows", SNAPSHOT_ROWS, TRIP_SAMPLE, "in order of time"),
    ],
)
EVENT_STATE = _define(
    0x50,
    "EVENT_STATE",
    "The state or the mode changed.",
    [
        *_EVENT,
        enum_u8("state", State, "state now"),
        enum_u8("previous", State, "state before"),
        enum_u8("mode", Mode, "mode"),
        u8("cause", "", "interlock or command that caused it, 0 none"),
    ],
)
EVENT_TRIP = _define(
    0x51,
    "EVENT_TRIP",
    "An interlock tripped.",
    [
        *_EVENT,
        u8("interlock", "", "number of the interlock"),
        enum_u8("input", Input, "what it looked at"),
        enum_u8("stop", StopKind, "what it did"),
        i32("value", "", "value, in the input's unit"),
        i32("limit", "", "its limit"),
        u8("latched", "", "1 it stays until its reset, 0 it released by itself"),
    ],
)
EVENT_WARNING = _define(
    0x52,
    "EVENT_WARNING",
    "A warning; nothing stops because of it.",
    [*_EVENT, enum_u8("warning", Warning, "what it tells"), i32("value", "", ""), i32("limit", "", "")],
)
TELEMETRY = _define(
    0x60,
    "TELEMETRY",
    "A block of samples.",
    [
        u32("number", "", "number of the block, from 1"),
        u32("dropped", "1", "blocks not sent since power-on"),
        u64("first_time_us", "µs", "device time of the first sample"),
        u32("period_us", "µs", "time between samples"),
        u8("count", "1", "samples that are filled; the rest are zero"),
        enum_u8("state", State, "state at the first sample"),
        array("samples", TELEMETRY_BLOCK, SAMPLE, "samples in order of time"),
    ],
)

BY_NUMBER: dict[int, MessageType] = {message.number: message for message in MESSAGES.values()}
RECORDS: tuple[Record, ...] = (MODE_LIMITS, SAMPLE, TRIP_SAMPLE)
"""Records that travel inside messages."""


def _kind_text(field: Field) -> str:
    kind = field.kind
    if isinstance(kind, Scalar):
        return str(kind)
    if isinstance(kind, (EnumKind, FlagsKind)):
        return f"{kind.members.__name__}:{kind.scalar}"
    if isinstance(kind, ArrayKind):
        return f"{kind.element.name}[{kind.count}]"
    return f"bytes[{kind.length}]"


def canonical_text() -> str:
    """All definitions that both sides must share, one line each; words that only explain are left out."""
    lines = [f"version {PROTOCOL_VERSION}"]
    for members in ENUMS:
        lines += [f"enum {members.__name__} {member.name} {int(member)}" for member in members]
    for record in RECORDS:
        lines += [
            f"record {record.name} {field.name} {_kind_text(field)} {field.unit}".rstrip() for field in record
        ]
    for message in MESSAGES.values():
        lines.append(f"message {message.name} {message.number:#04x} {'open' if message.open else 'sealed'}")
        lines += [f"field {field.name} {_kind_text(field)} {field.unit}".rstrip() for field in message.record]
    return "\n".join(lines) + "\n"


MESSAGES_HASH = int.from_bytes(hashlib.sha256(canonical_text().encode()).digest()[:4], "big")
"""First 4 bytes of the SHA-256 of `canonical_text()`, read as a big-endian number."""


def message_named(name: str) -> MessageType:
    """Look a message up by its name; raise ValueRefused when there is none."""
    try:
        return MESSAGES[name]
    except KeyError:
        raise ValueRefused(f"no message is named {name!r}") from None
