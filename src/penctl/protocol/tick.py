"""Inputs and outputs of one tick, said once; C structs, dtypes and the lockstep record derive from here.

The order keeps every field at its natural C alignment: the packed record and the C struct are the same bytes.
"""

from __future__ import annotations

from enum import IntEnum

from penctl.protocol.dtypes import aligned_dtype
from penctl.protocol.enums import (
    Mode,
    RestartCause,
    SelfCheckPart,
    SelfTestCheck,
    Sounder,
    State,
)
from penctl.protocol.schema import Record, enum_u8, i16, i32, raw, u8, u16, u32, u64

ABI = 3
"""Number of this layout; raised with every change, exported by the core as `pen_abi`."""
INVALID_UM = -(1 << 31)
"""A position sensor that gives no valid value."""
NO_ANGLE = -1
"""A shaft sensor that gives no valid angle."""
IO_ENUMS: tuple[type[IntEnum], ...] = (Sounder, SelfTestCheck, SelfCheckPart, RestartCause)

INPUTS = Record(
    "inputs",
    "What the port gives the core before a tick.",
    [
        u64("time_us", "µs", "monotonic time since power-on, +100 a tick"),
        i32(
            "shaft_counts",
            "1/4096 rev",
            "crank angle 0 to 4095, 0 is the top of the stroke; -1 no valid angle",
        ),
        i32("bar_um", "µm", "sensor B: protrusion of the needle bar; INT32_MIN no valid value"),
        i32("stage_um", "µm", "sensor A: depth stage relative to power-on; INT32_MIN no valid value"),
        i32("motor_ma", "mA", "bridge current, signed"),
        i32("supply_mv", "mV", "supply at the bridge"),
        i32("press_mn", "mN", "nose press force"),
        i32("nose_mc", "m°C", "temperature of the nose"),
        i32("handle_mc", "m°C", "temperature of the handle"),
        u8("estop_a_closed", "", "normally closed chain A: 1 closed, healthy"),
        u8("estop_b_closed", "", "normally closed chain B: 1 closed, healthy"),
        u8("hold_pressed", "", "hold-to-run switch at the pen"),
        u8("stage_home", "", "home switch: 1 stage at or above home"),
        u8("drive_feedback", "", "1 gate supply of the bridge present"),
        u8("hold_released", "", "second contact of the hold-to-run switch, normally closed: 1 released"),
        u8("button_pressed", "", "button at the pen, for pairing and for the clinical mode"),
        u8("cartridge_locked", "", "lock switch of the cartridge: 1 locked"),
        u8("tag_present", "", "1 a cartridge's tag is in the reader's field"),
        u8("charger_present", "", "1 the charger is plugged in"),
        u8("short_feedback", "", "1 the normally-on path shorts the winding"),
        u8("sounder_feedback", "", "1 the sounder draws its current"),
        u16("charge_permille", "permille", "charge of the battery, by its gauge"),
        u16("reserved16", "", "zero"),
        u32("clock2_us", "µs", "time by the second oscillator, wraps"),
        raw("reserved", 4, "zero"),
    ],
)

OUTPUTS = Record(
    "outputs",
    "What the core asks of the port after a tick.",
    [
        i32(
            "stage_steps",
            "1",
            "microsteps since power-on, + is deeper; one step is taken in each tick in which they change",
        ),
        i16("bridge_duty_q15", "1/32767", "bridge voltage as a part of the supply"),
        u8("drive_enable", "", "owned by guard; 0 bridge off and winding shorted"),
        u8("stage_enable", "", "owned by guard; 0 off, 1 retract only, 2 free"),
        enum_u8("state", State, "state"),
        enum_u8("mode", Mode, "mode"),
        u8("tripped", "", "number of the latched interlock, 0 none"),
        enum_u8("sounder", Sounder, "what the sounder plays"),
        u8(
            "supply_enable",
            "",
            "owned by guard; 0 opens the second switch-off path, the supply of the bridge",
        ),
        u8("watchdog", "", "owned by guard; changes at every tick in which guard has done all its checks"),
        raw("reserved", 2, "zero"),
    ],
)

INPUTS_DTYPE = aligned_dtype(INPUTS)
OUTPUTS_DTYPE = aligned_dtype(OUTPUTS)
