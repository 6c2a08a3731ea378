"""The words of every refusal: what happened, and what to do next, by the name of its reason.

Keyed by the reason's name, so that this module imports nothing of the protocol.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from penctl.dates import MONTHS
from penctl.self_test_words import SELF_TEST_CHECKS


@dataclass(frozen=True)
class Refusal:
    """Plain words of one reason. `unit` says how value and limit are shown, see `show`."""

    what: str
    remedy: str
    unit: str = ""


UNKNOWN: Final = Refusal(
    "Refused for a reason that this program does not know ({reason}, value {value}, limit {limit})",
    "Update penctl; until then read the status and do not repeat the command",
)
AHEAD: Final = Refusal(
    "The command quotes a time of the pen that has not come yet, by {value}",
    "Ask for the status, then give the command again",
    "ms",
)

# Units: um is shown in mm, mHz in Hz, day as a date, permille in %, mdegC in °C, mV in V; Role, State, Mode
# and CartridgeKind are the protocol's enums.
REFUSALS: Final[Mapping[str, Refusal]] = MappingProxyType(
    {
        "MALFORMED": Refusal(
            "The command's content does not fit its form", "Send it as the protocol's definition describes"
        ),
        "UNKNOWN_COMMAND": Refusal(
            "The pen does not know this command", "Update the pen's firmware and penctl to the same release"
        ),
        "VERSION": Refusal(
            "Protocol version {value} is not spoken here, only {limit}",
            "Update the older of the pen's firmware and penctl",
        ),
        "NO_SESSION": Refusal("This needs a link session", "Open a link session first"),
        "BAD_MAC": Refusal(
            "The command's signature is wrong",
            "Open a new link session; if it happens again, pair the pen again",
        ),
        "STALE_COUNTER": Refusal("The command is old or was sent before", "Open a new link session"),
        "SESSION_IN_USE": Refusal(
            "Another program holds the pen's link session",
            "Close the other program, wait a second and try again",
        ),
        "EXPIRED": Refusal(
            "The command came too late: {value} after it was asked for, {limit} is allowed",
            "Check the link, then give the command again",
            "ms",
        ),
        "ROLE": Refusal(
            "The role {value} may not do this; it needs {limit}", "Log in with the role {limit}", "Role"
        ),
        "WRONG_STATE": Refusal(
            "Not possible in the state {value}; it needs {limit}",
            "Bring the pen to the state {limit} first",
            "State",
        ),
        "LATCHED": Refusal(
            "The trip {value} is latched",
            "Remove its cause, then reset {value} by its documented act",
            "interlock",
        ),
        "DEPTH_ABOVE_LIMIT": Refusal(
            "Depth {value} is above the limit of {limit}", "Set a depth of at most {limit}", "um"
        ),
        "DEPTH_BELOW_LIMIT": Refusal(
            "Depth {value} is below the limit of {limit}", "Set a depth of at least {limit}", "um"
        ),
        "RATE_ABOVE_LIMIT": Refusal(
            "Stroke rate {value} is above the limit of {limit}", "Set a stroke rate of at most {limit}", "mHz"
        ),
        "RATE_BELOW_LIMIT": Refusal(
            "Stroke rate {value} is below the limit of {limit}",
            "Set a stroke rate of at least {limit}",
            "mHz",
        ),
        "MODE_INVALID": Refusal(
            "There is no mode {value} that can be set", "Set the mode HOME or CLINICAL", "Mode"
        ),
        "DEPTH_NOT_SET": Refusal("No depth is set", "Set the depth first; a change of mode clears it"),
        "RATE_NOT_SET": Refusal(
            "No stroke rate is set", "Set the stroke rate first; a change of mode clears it"
        ),
        "NOT_REFERENCED": Refusal(
            "The depth stage does not know its zero", "Reference the depth stage in STANDBY"
        ),
        "SELF_TEST_NOT_PASSED": Refusal(
            "The self-test has not passed", "Run the self-test and remove what it names"
        ),
        "NO_CARTRIDGE": Refusal("No cartridge is seen", "Seat a cartridge until it locks"),
        "CARTRIDGE_WRONG_FOR_MODE": Refusal(
            "The cartridge is {value}, this mode needs {limit}",
            "Use a {limit} cartridge or another mode",
            "CartridgeKind",
        ),
        "HOLD_NOT_PRESSED": Refusal("The hold-to-run switch is not pressed", "Press and hold it, then start"),
        "HOLD_PRESSED": Refusal("The hold-to-run switch is already pressed", "Release it, then try again"),
        "STAGE_MOVING": Refusal(
            "The depth stage is at {value} and still on its way to {limit}",
            "Wait until it is in position",
            "um",
        ),
        "INCREASE_WHILE_RUNNING": Refusal(
            "While running a setpoint can only be lowered (asked {value}, now {limit})",
            "Stop, set the higher value, then arm and start again",
        ),
        "CAUSE_PRESENT": Refusal(
            "The cause of the trip is still present (value {value}, limit {limit})",
            "Remove the cause, then reset",
        ),
        "WRONG_INTERLOCK": Refusal(
            "Reset asked for {value}, but {limit} is latched",
            "Reset {limit} after removing its cause",
            "interlock",
        ),
        "ESTOP_OPEN": Refusal("The emergency stop is pressed", "Release the emergency stop"),
        "NEW_SESSION_NEEDED": Refusal(
            "After a loss of communication a new link session is needed",
            "Open a new link session, then reset",
        ),
        "ALREADY_ARMED": Refusal("The pen is already armed", "Start it, or stop it first"),
        "BUSY": Refusal("The pen is busy with the last command", "Wait for its answer, then try again"),
        "GUARD_REFUSED": Refusal(
            "The guard refused (value {value}, limit {limit})",
            "Stop, read the status, and set values inside the limits again",
        ),
        "SELF_TEST_FAILED": Refusal(
            "The self-test failed at check {value}",
            "Release all switches, check battery and cartridge, then run the self-test again",
        ),
        "REFERENCE_FAILED": Refusal(
            "The depth stage did not find its zero: sensors {value} apart, {limit} is allowed",
            "Lift the handpiece and reference again; if it fails again, have the pen serviced",
            "um",
        ),
        "TELEMETRY_PERIOD": Refusal(
            "A telemetry period of {value} is not possible, the limit is {limit}",
            "Ask for 0 (off) or a period inside the limits",
            "us",
        ),
        "NOT_LATCHED": Refusal("Nothing is latched, there is nothing to reset", "Read the status and go on"),
        "BUTTON_NOT_PRESSED": Refusal(
            "The button at the pen was not pressed",
            "Press the button at the pen, then give the command again within 5 s",
        ),
        "HOME_ONLY": Refusal(
            "This pen is made for HOME only", "Use the mode HOME, or another pen; no program can change it"
        ),
        "TEST_BUILD": Refusal(
            "The pen's firmware is a test build and treats nobody in CLINICAL",
            "Install a released firmware, or use the mode HOME on the bench",
        ),
        "NO_VISIT": Refusal("No visit is open", "Begin the visit first"),
        "SELF_TEST_NEEDED": Refusal(
            "The pen has not proved its way to switch the drive off since it was last used",
            "Run the self-test",
        ),
        "CARTRIDGE_NOT_LOCKED": Refusal(
            "The cartridge is not locked",
            "Turn the cartridge until it locks; if it does not, use another one",
        ),
        "CARTRIDGE_UNKNOWN": Refusal(
            "The cartridge's tag is not genuine, is older than this pen left it, or cannot be read",
            "Seat the cartridge again; if it stays so, use another cartridge",
        ),
        "CARTRIDGE_EXPIRED": Refusal(
            "The cartridge was sterile until {limit}, and today is {value}",
            "Throw the cartridge away and use another one",
            "day",
        ),
        "CARTRIDGE_OTHER_PERSON": Refusal(
            "The cartridge was used on another person", "Throw the cartridge away and use a new one"
        ),
        "CARTRIDGE_USED": Refusal(
            "The cartridge was used in {value} visits, {limit} is allowed",
            "Throw the cartridge away and use a new one",
        ),
        "CARTRIDGE_WORN": Refusal(
            "The cartridge is worn: {value} of {limit}", "Throw the cartridge away and use a new one"
        ),
        "CARTRIDGE_TOO_DEEP": Refusal(
            "The cartridge lets the needles out to {value}, this mode allows {limit}",
            "Use a cartridge for this mode, or another mode",
            "um",
        ),
        "CALIBRATION_OVERDUE": Refusal(
            "The pen's last calibration is {value} days or strokes ago, {limit} are allowed",
            "Have the pen calibrated; HOME may be used until then",
        ),
        "CONFIGURATION_DAMAGED": Refusal(
            "The pen's settings are damaged", "Have the pen serviced: its settings must be stored again"
        ),
        "MEMORY_FAILED": Refusal(
            "The pen's memory could not be read or written",
            "Switch the pen off and on; if it happens again, have the pen serviced",
        ),
        "CHARGING": Refusal("The charger is plugged in", "Unplug the charger"),
        "BATTERY_CRITICAL": Refusal(
            "The battery is at {value}, {limit} is the least", "Charge the battery", "permille"
        ),
        "TOO_WARM": Refusal(
            "The pen is too warm: {value}, it must be below {limit}",
            "Let the pen cool down, then try again",
            "mdegC",
        ),
        "LIFT_FIRST": Refusal(
            "The pen was pressed too hard and is still on the skin", "Lift the pen off the skin, then go on"
        ),
        "NOT_PAIRED": Refusal(
            "This computer is not paired with the pen", "Pair it, with penctl pair and the pen's button held"
        ),
        "WRONG_CODE": Refusal(
            "The code is wrong; tries that are left: {value}",
            "Read the code of this role in the pen's papers, then try again",
        ),
        "LOCKED_OUT": Refusal(
            "The pen takes no more codes: {value} wrong ones, {limit} are allowed",
            "Send the pen to its maker: only the factory can release it. Pairings that there are stay valid",
        ),
        "POWER_CYCLE_NEEDED": Refusal(
            "No command ends this trip", "Switch the pen off and on, and let it pass its self-test"
        ),
        "CALIBRATION_NEEDED": Refusal(
            "The depth sensors must be calibrated before this reset",
            "Have the pen calibrated by service, then reset",
        ),
        "FIRMWARE_NOT_GENUINE": Refusal(
            "The pen's firmware is not genuine", "Do not use the pen; have its firmware installed again"
        ),
        "HOST_MISMATCH": Refusal(
            "This program and the pen do not belong together: their messages or hard limits differ",
            "Update the pen's firmware and penctl to the same release",
        ),
        "DATE_INVALID": Refusal(
            "The date {value} lies before {limit}, the latest that the pen has seen",
            "Set this computer's clock right, then begin the visit again",
            "day",
        ),
        "NO_SUCH_ENTRY": Refusal(
            "There is no entry {value}; there are {limit}", "Ask for a lower number, 0 is the newest"
        ),
        "VISIT_OPEN": Refusal("A visit is open", "End the visit first"),
        "OUT_OF_RANGE": Refusal(
            "{value} is outside what is allowed, {limit}", "Give a value inside the limit"
        ),
        "SUPPLY_LOW": Refusal(
            "The supply is at {value}, {limit} is the least", "Charge or change the battery", "mV"
        ),
        "CARTRIDGE_BINDING_FAILED": Refusal(
            "The cartridge's tag could not be written, so the needles did not start",
            "Seat the cartridge again and start; if it fails again, use another cartridge",
        ),
        "STOPPED": Refusal(
            "A STOP came in after this command, so it was not carried out",
            "Give the command again when it is safe",
        ),
        "NOT_A_NUMBER": Refusal("This is not a number that can be set: {value}", "Give a finite number"),
        "RECORDING": Refusal(
            "This is a recording: what it shows is over, and nothing in it can be commanded",
            "Open the pen itself to command it",
        ),
    }
)

HOST_ONLY_REASONS: Final = frozenset({"NOT_A_NUMBER", "RECORDING", "SELF_TEST_FAILED", "REFERENCE_FAILED"})
"""Reasons that only the host gives: no frame can hold it, there is no pen, or a warning told it."""

_SCALED: Final[Mapping[str, tuple[float, str, str]]] = MappingProxyType(
    {"permille": (0.1, "g", " %"), "mdegC": (1e-3, ".1f", " °C"), "mV": (1e-3, ".2f", " V")}
)


DAY_MAX: Final = 0xFFFF
"""The last day that travels: 2199-06-06."""


def day_text(day: int) -> str:
    """A day of the wire, counted from 2020-01-01, as 31 Mar 2026."""
    days, year = day, 2020
    while days >= _days_of(year):
        days, year = days - _days_of(year), year + 1
    lengths = (31, _days_of(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    month = 0
    while days >= lengths[month]:
        days, month = days - lengths[month], month + 1
    return f"{days + 1} {MONTHS[month]} {year}"


def _days_of(year: int) -> int:
    """Days of a year from 2020 on; the years that divide by 100 lie beyond what 16 bits can count."""
    return 366 if year % 4 == 0 and year != 2100 else 365


def show(value: object, unit: str) -> str:
    """Value of the wire as a person reads it."""
    if value is None:
        return "unknown"
    if isinstance(value, enum.Enum):
        return value.name.lower().replace("_", " ")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return repr(value)
    try:
        return _show_number(value, unit) if math.isfinite(value) else str(value)
    except (OverflowError, ValueError):  # an integer beyond any float, or too long to be written out
        return "a number far out of range"


def _show_number(value: float, unit: str) -> str:
    if unit in ("um", "mHz"):
        return _show_thousandth(value, unit)
    if unit in _SCALED:
        factor, form, name = _SCALED[unit]
        return f"{value * factor:{form}}{name}"
    if unit == "day":
        return day_text(int(value)) if 0 <= value <= DAY_MAX else f"day {value:g}"
    if unit == "interlock":
        return f"IL-{int(value):02d}"
    if unit in ("ms", "us", "days"):
        return f"{value:g} {'µs' if unit == 'us' else unit}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _show_thousandth(value: float, unit: str) -> str:
    name = "mm" if unit == "um" else "Hz"
    if not float(value).is_integer():
        # Every digit: rounded, 2.5004 mm would be refused as "2.500 mm is above the limit of 2.500 mm".
        return f"{value / 1000!r} {name}"
    text = f"{value / 1000:.3f}"
    return f"{text if unit == 'um' else text.rstrip('0').rstrip('.')} {name}"


def words_of(reason: str, value: object) -> Refusal:
    """The words of a reason; where the value changes what happened, the words of that value."""
    refusal = REFUSALS.get(reason, UNKNOWN)
    if isinstance(value, bool) or not isinstance(value, int):
        return refusal
    if reason == "EXPIRED" and value < 0:
        return replace(AHEAD, what=AHEAD.what.format(value=show(-value, "ms")))
    check = SELF_TEST_CHECKS.get(value)
    if reason == "SELF_TEST_FAILED" and check is not None:
        return Refusal(f"The self-test failed at check {value}, {check.looks_at}", check.remedy)
    if reason == "SELF_TEST_NOT_PASSED" and check is not None:
        return Refusal(f"The self-test has not passed: check {value}, {check.looks_at}", check.remedy)
    return refusal
