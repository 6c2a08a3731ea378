"""Where the plant can fail and how, in the field's words: off, stuck, wrong, slow, delayed and others.

One row of the fault array belongs to each target. Python writes a row between two advances; the compiled loop
applies it from `onset_us` to before `end_us` and notes in `took_effect` and `effect_us` when it first changed
anything. A kind that is not in `SUPPORTED` for a target does nothing and must be refused by whoever injects
it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from pensim.plant.records import DELAY_TICKS, MEASURED

__all__ = [
    "DELAY_TICKS",
    "FAULTS_DTYPE",
    "FAULT_DTYPE",
    "MEASURED",
    "NEVER_US",
    "SUPPORTED",
    "Kind",
    "Target",
]


class Target(IntEnum):
    """What can fail."""

    SHAFT = 0
    BAR = 1
    STAGE_SENSOR = 2
    CURRENT = 3
    SUPPLY_SENSOR = 4
    PRESS = 5
    NOSE_TEMPERATURE = 6
    HANDLE_TEMPERATURE = 7
    HOME_SWITCH = 8
    HOLD_SWITCH = 9
    ESTOP_A = 10
    ESTOP_B = 11
    DRIVE_FEEDBACK = 12
    CARTRIDGE_TAG = 13
    MOTOR = 14
    BRIDGE = 15
    STO = 16
    WINDING_SHORT = 17
    STAGE = 18
    SPRING = 19
    BATTERY = 20
    LINE_TO_PEN = 21
    LINE_TO_HOST = 22
    HOLD_RELEASED = 23
    BUTTON = 24
    LOCK_SWITCH = 25
    CHARGER_SENSE = 26
    SHORT_FEEDBACK = 27
    SOUNDER = 28
    GAUGE = 29
    CLOCK = 30
    CLOCK_2 = 31
    CONTROLLER = 32
    SUPPLY_SWITCH = 33
    WATCHDOG = 34


class Kind(IntEnum):
    """How it fails."""

    NONE = 0
    OFF = 1
    STUCK = 2
    WRONG = 3
    SLOW = 4
    DELAYED = 5
    INTERMITTENT = 6
    GARBAGE = 7
    WEAK = 8
    RUNAWAY = 9


NEVER_US: Final = (1 << 63) - 1

FAULT_DTYPE = np.dtype(
    [
        ("kind", "i4"),
        ("value", "f8"),
        ("gain", "f8"),
        ("time_s", "f8"),
        ("severity", "f8"),
        ("onset_us", "i8"),
        ("end_us", "i8"),
        ("effect_us", "i8"),
        ("memory", "f8"),
        ("held", "u1"),
        ("took_effect", "u1"),
    ],
    align=True,
)

FAULTS_DTYPE = np.dtype([("of", FAULT_DTYPE, (len(Target),))], align=True)
"""All faults as one record, for the compiled loop; Python uses its field `of`."""

_MEASURED_KINDS: Final = {
    Kind.OFF: "no valid reading",
    Kind.STUCK: "stays at `value`, or at its last reading when `value` is not a number",
    Kind.WRONG: "reading x `gain` + `value`",
    Kind.SLOW: "first-order lag of `time_s`",
    Kind.DELAYED: "`time_s` late, at most 0.102 s",
    Kind.INTERMITTENT: "no valid reading in the part `severity` of the ticks, at random",
    Kind.GARBAGE: "any number within the range of `value` around zero, at random",
}
_CONTACT: Final = {Kind.STUCK: "contact stays at `value`, 0 or 1"}

SUPPORTED: Final[dict[Target, dict[Kind, str]]] = {
    **{Target(number): _MEASURED_KINDS for number in range(MEASURED)},
    Target.SHAFT: {
        **_MEASURED_KINDS,
        Kind.RUNAWAY: "slips: from its onset it turns `gain` times as far as the crank",
    },
    Target.HOME_SWITCH: _CONTACT,
    Target.HOLD_SWITCH: {Kind.STUCK: "the contact that closes stays at `value`, 1 = pressed"},
    Target.HOLD_RELEASED: {Kind.STUCK: "the second contact, that opens, stays at `value`, 1 = released"},
    Target.BUTTON: {Kind.STUCK: "contact stays at `value`, 1 = pressed"},
    Target.LOCK_SWITCH: {Kind.STUCK: "contact stays at `value`, 1 = locked"},
    Target.CHARGER_SENSE: {Kind.STUCK: "stays at `value`, 1 = plugged in"},
    Target.SHORT_FEEDBACK: {Kind.STUCK: "stays at `value`, 1 = the winding is shorted"},
    Target.SOUNDER: {Kind.OFF: "plays nothing and draws no current", Kind.STUCK: "draws its current always"},
    Target.GAUGE: {
        Kind.STUCK: "charge stays at `value` permille",
        Kind.WRONG: "charge x `gain` + `value` permille",
    },
    Target.CLOCK: {
        Kind.WRONG: "from its onset the controller's time goes `gain` times as fast, and `value` us off",
        Kind.STUCK: "the controller's time stands still",
    },
    Target.CLOCK_2: {
        Kind.WRONG: "from its onset the second oscillator goes `gain` times as fast",
        Kind.STUCK: "the second oscillator stands still",
    },
    Target.CONTROLLER: {
        Kind.OFF: "hangs: executes nothing, its outputs stay as they are",
        Kind.SLOW: "its tick comes once in `time_s` only",
        Kind.RUNAWAY: "its tick comes `value` times in 100 us, 2 to 10",
    },
    Target.SUPPLY_SWITCH: {
        Kind.STUCK: "the second switch-off path stays as `value` says, 1 = closed",
    },
    Target.WATCHDOG: {Kind.OFF: "the watchdog never acts"},
    Target.ESTOP_A: {Kind.STUCK: "chain stays at `value`, 1 = closed"},
    Target.ESTOP_B: {Kind.STUCK: "chain stays at `value`, 1 = closed"},
    Target.DRIVE_FEEDBACK: _CONTACT,
    Target.CARTRIDGE_TAG: {
        Kind.OFF: "the tag is not read",
        Kind.INTERMITTENT: "the tag is lost in the part `severity` of the ticks, at random",
    },
    Target.MOTOR: {
        Kind.OFF: "winding broken: no current",
        Kind.STUCK: "rotor jammed",
        Kind.WEAK: "loses the part `severity` of its torque constant",
    },
    Target.BRIDGE: {
        Kind.STUCK: "drives with the duty `value`, -1 to 1, whatever is asked, while its gate supply is there"
    },
    Target.STO: {
        Kind.STUCK: "gate supply, once there, stays: only emergency chain and watchdog still cut it",
        Kind.OFF: "the gate supply never comes",
    },
    Target.WINDING_SHORT: {
        Kind.OFF: "the normally-on path does not close: the winding is open when the drive is off",
        Kind.STUCK: "the normally-on path does not open: the bridge cannot drive",
    },
    Target.STAGE: {
        Kind.STUCK: "does not move",
        Kind.WRONG: "moves `gain` times the steps",
        Kind.INTERMITTENT: "slips: each step is lost with the probability `severity`, at random",
        Kind.RUNAWAY: "goes deeper by `value` mm/s by itself while its driver is free",
    },
    Target.SPRING: {Kind.OFF: "return spring broken", Kind.WEAK: "loses the part `severity` of its force"},
    Target.BATTERY: {
        Kind.WRONG: "open-circuit voltage x `gain` + `value` V",
        Kind.WEAK: "its internal resistance rises by `value` ohm: the supply sags under load",
    },
    Target.LINE_TO_PEN: {
        Kind.OFF: "bytes are lost",
        Kind.GARBAGE: "each byte is changed at random with the probability `severity`",
    },
    Target.LINE_TO_HOST: {
        Kind.OFF: "bytes are lost",
        Kind.GARBAGE: "each byte is changed at random with the probability `severity`",
    },
}
"""What can be injected, and what the fields of the fault mean there."""


def no_faults() -> np.ndarray:
    """The record in which everything is healthy."""
    record = np.zeros(1, FAULTS_DTYPE)
    rows = record["of"]
    rows["gain"] = 1.0
    rows["severity"] = 1.0
    rows["end_us"] = NEVER_US
    rows["effect_us"] = -1
    return record
