"""A trip in words: the catalogue's, and what its input adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from penctl.hardware import Interlock, load_interlocks
from penctl.protocol.enums import Input, RestartCause, SelfCheckPart
from penctl.status import Trip
from penctl.words import quantity_text

INPUT_WORDS: Final[Mapping[Input, str]] = MappingProxyType(
    {
        Input.NONE: "no single input",
        Input.ESTOP_A: "emergency stop, channel A",
        Input.ESTOP_B: "emergency stop, channel B",
        Input.HOLD: "hold-to-run switch",
        Input.HEARTBEAT: "missing heartbeats",
        Input.BAR_DEPTH: "depth sensor of the needle bar",
        Input.STAGE_DEPTH: "depth sensor of the stage",
        Input.SHAFT_RATE: "rate of the shaft sensor",
        Input.SHAFT_SENSOR: "shaft sensor without a valid reading",
        Input.BAR_SENSOR: "needle bar's sensor without a valid reading",
        Input.STAGE_SENSOR: "stage's sensor without a valid reading",
        Input.SUPPLY: "supply voltage",
        Input.PRESS: "press sensor of the nose",
        Input.MOTOR_CURRENT: "current of the motor",
        Input.HEAT_SUM: "heat sum of the motor's winding",
        Input.NOSE_TEMPERATURE: "temperature of the nose",
        Input.HANDLE_TEMPERATURE: "temperature of the handle",
        Input.CHARGE: "charge of the battery",
        Input.CARTRIDGE_LOCK: "lock of the cartridge",
        Input.CARTRIDGE_TAG: "tag of the cartridge",
        Input.DRIVE_FEEDBACK: "feedback of the path that removes drive power",
        Input.WINDING_SHORT: "feedback of the short of the winding",
        Input.HOLD_CONTACTS: "contacts of the hold-to-run switch, which contradict each other",
        Input.ESTOP_CONTACTS: "contacts of the emergency stop, which contradict each other",
        Input.CLOCK: "clock against the second clock",
        Input.TICK: "time between two ticks of the controller",
        Input.SELF_CHECK: "self check of the controller",
        Input.CONFIGURATION: "stored settings",
        Input.REPEATS: "the same alarm again and again",
        Input.DEPTH_DIFFERENCE: "difference of the two depth sensors",
        Input.CONTACT: "contact with the skin",
        Input.RATE_DIFFERENCE: "difference of the two rate sensors",
        Input.SHAFT_MOTION: "motion of the shaft",
        Input.RESTART: "restart of the controller",
    }
)
"""What a trip looked at."""

SENSOR_LOST: Final[Mapping[Input, str]] = MappingProxyType(
    {
        Input.BAR_SENSOR: "The needle bar's sensor gave no valid reading.",
        Input.STAGE_SENSOR: "The depth stage's sensor gave no valid reading.",
        Input.SHAFT_SENSOR: "The shaft sensor gave no valid reading.",
    }
)
"""Causes of a trip by a sensor that was lost; its value and limit are times in µs."""
LOST: Final = frozenset({7, 11})
"""Interlocks that trip on a lost sensor besides what they watch; IL-09 judges the readings themselves."""

INPUT_UNITS: Final[Mapping[Input, str]] = MappingProxyType(
    {
        Input.MOTOR_CURRENT: "mA",
        Input.SHAFT_MOTION: "counts",
        Input.DRIVE_FEEDBACK: "1",
        Input.WINDING_SHORT: "1",
        Input.HOLD_CONTACTS: "1",
        Input.ESTOP_CONTACTS: "1",
        Input.SELF_CHECK: "none",
        Input.CONFIGURATION: "none",
        Input.RESTART: "none",
    }
)
"""Units of inputs that differ from the unit of some interlock that looks at them."""

RESTART_WORDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        RestartCause.WATCHDOG: "The pen's controller was restarted by its watchdog.",
        RestartCause.BROWN_OUT: "The pen's controller restarted because its supply broke down.",
        RestartCause.SOFTWARE: "The pen's controller restarted by itself.",
    }
)
PART_WORDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        SelfCheckPart.CPU: "the processor",
        SelfCheckPart.RAM: "the working memory",
        SelfCheckPart.ROM: "the program memory",
        SelfCheckPart.STACK: "the stack",
        SelfCheckPart.CONTROL_FLOW: "the course of the program",
    }
)
"""Parts of the controller that its self check looks at."""


@lru_cache(maxsize=1)
def catalogue() -> dict[int, Interlock]:
    """The interlock catalogue, read once."""
    return load_interlocks()


def told_trip(trip: Trip) -> dict[str, Any]:
    """A trip with the catalogue's words; value and limit with their unit, None where they are no quantity."""
    entry = catalogue().get(trip.interlock)
    unit = trip_unit(trip)
    value, limit = (None, None)
    if unit not in ("none", "1"):
        value, limit = quantity_text(trip.value, unit), quantity_text(trip.limit, unit)
    return {
        "id": trip.id,
        "name": "" if entry is None else entry.name,
        "input": trip.input.name,
        "stop": trip.stop.name,
        "value": value,
        "limit": limit,
        "cause": trip_cause(trip),
        "remedy": "" if entry is None else entry.remedy,
        "reset": "" if entry is None else entry.reset,
    }


def trip_unit(trip: Trip) -> str:
    """The unit of value and limit on the wire: the input's where it has one, else the interlock's."""
    if trip.input in SENSOR_LOST and trip.interlock in LOST:
        return "us"
    if trip.input in INPUT_UNITS:
        return INPUT_UNITS[trip.input]
    entry = catalogue().get(trip.interlock)
    return "none" if entry is None else entry.value_unit


def trip_cause(trip: Trip) -> str:
    """The cause: of a lost sensor the sensor, else the catalogue's sentence."""
    entry = catalogue().get(trip.interlock)
    cause = "" if entry is None else entry.cause
    if trip.interlock in LOST:
        return SENSOR_LOST.get(trip.input, cause)
    if trip.input is Input.RESTART:
        return RESTART_WORDS.get(trip.value, cause)
    if trip.input is Input.SELF_CHECK and trip.value in PART_WORDS:
        return f"{cause} It was {PART_WORDS[trip.value]}."
    return cause


def trip_sentence(trip: Trip) -> str:
    """The cause, and value and limit where they are a quantity."""
    told = told_trip(trip)
    quantity = "" if told["value"] is None else f"Value {told['value']}, limit {told['limit']}."
    return f"{told['cause']} {quantity}".strip()
