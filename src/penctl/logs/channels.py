"""What is in a recording: its topics, what each message holds, and the schemas that general tools read.

Numbers that come often are ROS 2 messages (`penctl.logs.rosmsg`), what happens now and then is JSON. The log
has the schema `foxglove.Log`, so that Foxglove shows it as a log. In a recording of a simulated pen each
topic begins with `/simulated`: so every curve that another program draws carries it in its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from penctl.logs.rosmsg import Form, definition
from penctl.protocol.enums import State
from penctl.protocol.messages import SAMPLE, TRIP_SAMPLE, message_named
from penctl.protocol.schema import Field, Scalar, enum_u8, i16, i32, u8, u16, u32, u64

FORMAT: Final = "2"
"""Version of what is written here; it stands in the file's metadata as `format`."""
METADATA_NAME: Final = "penctl"
SIMULATED: Final = "/simulated"
TELEMETRY, OVERVIEW, STATUS, SNAPSHOTS = "/telemetry", "/overview", "/status", "/snapshots"
COMMANDS, EVENTS, TRIPS, LOG = "/commands", "/events", "/trips", "/log"
OVERVIEW_US: Final = 200_000
"""One message of the overview stands for so much of the device's time."""
OVERVIEW_LEFT_OUT: Final = ("shaft_counts", "flags", "stroke_count")
"""Columns of which a mean says nothing."""

MARK: Final = u8("simulated", "", "1: from a simulated pen")
_NUMBERS: Final = {"h": i16, "i": i32, "B": u8, "H": u16, "I": u32, "Q": u64}
_TEXT: Final = {"type": "string"}
_INTEGER: Final = {"type": "integer"}
_FLAG: Final = {"type": "boolean", "description": "true: from a simulated pen"}
_TIME: Final = {"type": "number", "description": "time of the recording in s"}
_DEVICE_TIME: Final = {"type": "integer", "description": "device time in µs since power-on"}


@dataclass(frozen=True)
class Topic:
    """A topic of the file with its encodings and its schema."""

    name: str
    schema_name: str
    schema_encoding: str
    message_encoding: str
    schema: bytes


TELEMETRY_HEAD: Final = [
    MARK,
    enum_u8("state", State, "state at the first sample"),
    u32("number", "", "number of the first block"),
    u32("dropped", "1", "blocks not sent since power-on"),
    u64("first_time_us", "µs", "device time of the first sample"),
    u32("period_us", "µs", "time between samples"),
]


def _overview_fields() -> list[Field]:
    fields = [MARK, enum_u8("state", State, "state"), u64("device_time_us", "µs", "device time")]
    for field in SAMPLE:
        if field.name not in OVERVIEW_LEFT_OUT:
            number = _NUMBERS[field.kind.code] if isinstance(field.kind, Scalar) else u16
            fields += [
                number(f"{field.name}_{part}", field.unit, f"{part} of: {field.doc}")
                for part in ("min", "mean", "max")
            ]
    return fields


_SNAPSHOT_HEAD: Final = [
    MARK,
    u8("interlock", "", "number of the interlock"),
    u64("trip_time_us", "µs", "device time of the trip"),
]


@lru_cache(maxsize=1)
def definitions() -> dict[str, str]:
    """The ROS 2 messages by topic.

    `/telemetry` is at most 0.8 s of samples, a column each; `/overview` the least, mean and largest of each
    column over 200 ms; `/status` the STATUS as the pen sent it; `/snapshots` a row of what it kept of a trip.
    """
    return {
        TELEMETRY: definition(TELEMETRY_HEAD, SAMPLE),
        OVERVIEW: definition(_overview_fields()),
        STATUS: definition([MARK, *message_named("STATUS").record]),
        SNAPSHOTS: definition([*_SNAPSHOT_HEAD, *TRIP_SAMPLE]),
    }


@lru_cache(maxsize=8)
def form(topic: str) -> Form:
    """Packs the messages of one of these topics."""
    return Form(definitions()[topic])


def json_bytes(message: Mapping[str, Any]) -> bytes:
    """A message as compact JSON."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def _json(topic: str, title: str, /, **properties: Mapping[str, Any]) -> Topic:
    schema = {
        "type": "object",
        "title": title,
        "properties": {"simulated": _FLAG, "time_s": _TIME, **properties},
    }
    return Topic(topic, f"penctl.{title}", "jsonschema", "json", json_bytes(schema))


def _ros(name: str, title: str) -> Topic:
    return Topic(name, f"penctl_msgs/msg/{title}", "ros2msg", "cdr", definitions()[name].encode())


_LOG_SCHEMA: Final = {
    "type": "object",
    "title": "foxglove.Log",
    "properties": {
        "timestamp": {"type": "object", "title": "time", "properties": {"sec": _INTEGER, "nsec": _INTEGER}},
        "level": {"type": "integer", "description": "1 debug, 2 info, 3 warning, 4 error, 5 fatal"},
        "message": _TEXT,
        "name": _TEXT,
        "file": _TEXT,
        "line": _INTEGER,
    },
}


@lru_cache(maxsize=1)
def topics() -> tuple[Topic, ...]:
    """All topics; the number of a channel and of its schema is the place in this list, from 1."""
    quantity = {"type": ["string", "null"], "description": "with its unit; null where it is no quantity"}
    return (
        _ros(TELEMETRY, "Telemetry"),
        _ros(OVERVIEW, "Overview"),
        _ros(STATUS, "Status"),
        _ros(SNAPSHOTS, "Snapshot"),
        _json(
            COMMANDS,
            "Command",
            command=_TEXT,
            fields={"type": "object"},
            reason=_TEXT,
            value=_INTEGER,
            limit=_INTEGER,
            device_time_us=_DEVICE_TIME,
        ),
        _json(EVENTS, "Event", event=_TEXT, time_us=_DEVICE_TIME),
        _json(
            TRIPS,
            "Trip",
            id=_TEXT,
            name=_TEXT,
            time_us=_DEVICE_TIME,
            interlock=_INTEGER,
            input=_TEXT,
            stop=_TEXT,
            value=_INTEGER,
            limit=_INTEGER,
            latched={"type": "boolean"},
            value_text=quantity,
            limit_text=quantity,
            cause=_TEXT,
            remedy=_TEXT,
            reset=_TEXT,
        ),
        Topic(LOG, "foxglove.Log", "jsonschema", "json", json_bytes(_LOG_SCHEMA)),
    )


def channel_number(name: str) -> int:
    """The number of the channel of that topic, without its `/simulated`."""
    return _numbers()[name]


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    return {topic.name: number for number, topic in enumerate(topics(), start=1)}
