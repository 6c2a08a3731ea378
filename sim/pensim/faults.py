"""Faults by the field's words: off, stuck, garbage, wrong, slow, delayed, intermittent; and two of our own.

A fault that the plant does not know for a target is refused, and so is a parameter that it would not use: a
fault that is accepted and does nothing would let a test pass that tested nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from pensim.errors import FaultUnsupported
from pensim.plant.fault_points import DELAY_TICKS, NEVER_US, SUPPORTED, Kind, Target

TARGETS: Final[dict[str, Target]] = {
    "shaft_sensor": Target.SHAFT,
    "bar_sensor": Target.BAR,
    "stage_sensor": Target.STAGE_SENSOR,
    "current_sensor": Target.CURRENT,
    "supply_sensor": Target.SUPPLY_SENSOR,
    "press_sensor": Target.PRESS,
    "nose_temperature": Target.NOSE_TEMPERATURE,
    "handle_temperature": Target.HANDLE_TEMPERATURE,
    "home_switch": Target.HOME_SWITCH,
    "hold_switch": Target.HOLD_SWITCH,
    "estop_a": Target.ESTOP_A,
    "estop_b": Target.ESTOP_B,
    "drive_feedback": Target.DRIVE_FEEDBACK,
    "cartridge_tag": Target.CARTRIDGE_TAG,
    "motor": Target.MOTOR,
    "bridge": Target.BRIDGE,
    "sto": Target.STO,
    "winding_short": Target.WINDING_SHORT,
    "stage": Target.STAGE,
    "spring": Target.SPRING,
    "battery": Target.BATTERY,
    "line_to_pen": Target.LINE_TO_PEN,
    "line_to_host": Target.LINE_TO_HOST,
    "hold_released_contact": Target.HOLD_RELEASED,
    "button": Target.BUTTON,
    "lock_switch": Target.LOCK_SWITCH,
    "charger_sense": Target.CHARGER_SENSE,
    "short_feedback": Target.SHORT_FEEDBACK,
    "sounder": Target.SOUNDER,
    "battery_gauge": Target.GAUGE,
    "clock": Target.CLOCK,
    "second_clock": Target.CLOCK_2,
    "controller": Target.CONTROLLER,
    "supply_switch": Target.SUPPLY_SWITCH,
    "watchdog": Target.WATCHDOG,
}
NAMES: Final = {target: name for name, target in TARGETS.items()}
_NEUTRAL: Final = {"value": 0.0, "gain": 1.0, "time_s": 0.0, "severity": 1.0}
_OPTIONAL: Final = frozenset({("stuck", "value"), ("wrong", "value"), ("wrong", "gain")})
DELAY_MAX_S: Final = (DELAY_TICKS - 1) * 100e-6


class Fault:
    """One injected fault. `onset_s` is when it begins; `took_effect_s` when it first changed anything."""

    def __init__(
        self, rows: Any, target: Target, kind: Kind, onset_us: int, now_us: Callable[[], int]
    ) -> None:
        self._row = rows[int(target)]
        self._now_us = now_us
        self._effect_us = -1
        self._active = True
        self.target = NAMES[target]
        self.kind = kind.name.lower()
        self.onset_s = onset_us * 1e-6

    def __repr__(self) -> str:
        return f"Fault({self.target} {self.kind}, onset {self.onset_s:.4f} s, effect {self.took_effect_s} s)"

    @property
    def active(self) -> bool:
        """Whether it was not cleared yet."""
        return self._active

    @property
    def took_effect_s(self) -> float | None:
        """Virtual time at which it first changed something; None while it has not."""
        effect_us = int(self._row["effect_us"]) if self._active else self._effect_us
        return None if effect_us < 0 else effect_us * 1e-6

    def clear(self) -> None:
        """Make the target healthy again; a second call does nothing."""
        if self._active:
            self._effect_us = int(self._row["effect_us"])
            self._row["kind"] = Kind.NONE
            self._active = False


def inject(
    rows: Any,
    target: str,
    kind: str,
    now_us: Callable[[], int],
    *,
    after_s: float,
    for_s: float | None,
    parameters: dict[str, float],
) -> Fault:
    """Write a fault into the plant's fault rows. Raises FaultUnsupported; nothing is written then."""
    point, way = _supported(target, kind)
    values = _checked(target, kind, SUPPORTED[point][way], parameters)
    for name, seconds in (("after_s", after_s), ("for_s", for_s)):
        if seconds is not None and not (math.isfinite(seconds) and seconds >= 0.0):
            raise FaultUnsupported("This is no time", f"{name} = {seconds}", "0 s or more", "Correct it")
    row = rows[int(point)]
    if row["kind"] != Kind.NONE:
        raise FaultUnsupported(
            f"{target} has a fault already", Kind(row["kind"]).name.lower(), None, "Clear it first"
        )
    onset_us = now_us() + round(after_s * 1e6)
    for name, value in values.items():
        row[name] = value
    row["onset_us"] = onset_us
    row["end_us"] = NEVER_US if for_s is None else onset_us + round(for_s * 1e6)
    row["effect_us"], row["took_effect"], row["held"], row["memory"] = -1, 0, 0, 0.0
    row["kind"] = way
    return Fault(rows, point, way, onset_us, now_us)


_BETWEEN: Final = {
    ("controller", "runaway"): (2.0, 10.0),
    ("battery", "weak"): (0.001, 100.0),
    ("battery_gauge", "stuck"): (0.0, 1000.0),
}
"""What `value` may be where the plant would cut it off, or do nothing."""


def _supported(target: str, kind: str) -> tuple[Target, Kind]:
    if target not in TARGETS:
        raise FaultUnsupported(
            "The plant has no such target", target, ", ".join(TARGETS), "Name one of these"
        )
    known = {way.name.lower(): way for way in SUPPORTED[TARGETS[target]]}
    if kind not in known:
        raise FaultUnsupported(
            f"{target} cannot fail in this way", kind, ", ".join(known), "Name one of these"
        )
    return TARGETS[target], known[kind]


def _checked(target: str, kind: str, meaning: str, given: dict[str, float]) -> dict[str, float]:
    """All parameters of the fault; the plant's text says in `…` which it uses."""
    used = [name for name in re.findall(r"`(\w+)`", meaning) if name in _NEUTRAL]
    where = f"{target} {kind} ({meaning})"
    for name in given:
        if name not in used:
            raise FaultUnsupported(
                f"{where} has no such parameter", name, ", ".join(used) or "none", "Leave it out"
            )
    for name in used:
        if name not in given and (kind, name) not in _OPTIONAL:
            raise FaultUnsupported(f"{where} needs a parameter", name, None, f"Give {name}")
    values = {**_NEUTRAL, **{name: float(value) for name, value in given.items()}}
    _check_ranges(where, kind, used, given, values)
    low, high = _BETWEEN.get((target, kind), (-math.inf, math.inf))
    if "value" in given and not low <= values["value"] <= high:
        raise FaultUnsupported(f"{where}: value", values["value"], f"{low:g} to {high:g}", "Correct it")
    if kind == "stuck" and "value" in used and "value" not in given:
        if TARGETS[target] >= Target.HOME_SWITCH:
            raise FaultUnsupported(f"{where} needs a parameter", "value", None, "Give value")
        values["value"] = math.nan
    return values


def _check_ranges(
    where: str, kind: str, used: list[str], given: dict[str, float], values: dict[str, float]
) -> None:
    if any(not math.isfinite(values[name]) for name in given):
        raise FaultUnsupported(f"{where}: not a finite number", str(given), None, "Give finite numbers")
    if "severity" in used and not 0.0 < values["severity"] <= 1.0:
        raise FaultUnsupported(f"{where}: severity", values["severity"], "above 0, at most 1", "Correct it")
    if "time_s" in used and not 0.0 < values["time_s"] <= (DELAY_MAX_S if kind == "delayed" else 1e6):
        raise FaultUnsupported(
            f"{where}: time_s", values["time_s"], f"above 0, delays at most {DELAY_MAX_S} s", "Correct it"
        )
    if kind == "wrong" and values["value"] == 0.0 and values["gain"] == 1.0:
        raise FaultUnsupported(f"{where} would change nothing", "value 0, gain 1", None, "Give value or gain")
