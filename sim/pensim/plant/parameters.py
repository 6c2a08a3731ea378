"""The pen's figures for the compiled loop: from hardware/pen.toml, drawn from tolerances, in SI units."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np

from penctl.hardware import Pen, Quantity, load_pen
from pensim.plant.draws import drawn, unit_draw
from pensim.plant.records import TICK_S

FROM_PEN: Final = {
    "stroke": "yoke.stroke",
    "yoke_friction": "yoke.friction_coefficient",
    "bar_mass": "needle_bar.mass",
    "needle_mass": "needle_bar.needle_mass",
    "holder_stiffness": "needle_bar.stiffness",
    "spring_preload": "needle_bar.spring_preload",
    "spring_rate": "needle_bar.spring_rate",
    "overload_preload": "home_stop.overload_preload",
    "overload_rate": "home_stop.overload_rate",
    "resistance": "motor.resistance",
    "inductance": "motor.inductance",
    "torque_constant": "motor.torque_constant",
    "inertia": "motor.rotor_inertia",
    "friction_torque": "motor.friction_torque",
    "data_temperature": "motor.data_temperature",
    "copper_coefficient": "motor.copper_coefficient",
    "bridge_resistance": "bridge.resistance",
    "short_resistance": "bridge.short_resistance",
    "short_delay": "bridge.short_delay",
    "supply_discharge": "bridge.supply_discharge",
    "supply_rise_time": "bridge.supply_rise_time",
    "charge_current": "battery.charge_current",
    "gauge_gain": "battery.gauge_gain",
    "gauge_offset": "battery.gauge_offset",
    "battery_v": "battery.full_voltage",
    "battery_resistance": "battery.internal_resistance",
    "battery_capacity": "battery.capacity",
    "home_position": "stage.home_position",
    "end_min": "stage.end_min",
    "end_max": "stage.end_max",
    "backlash": "stage.backlash",
    "step_delay": "stage.step_delay",
    "home_offset": "sensor_a.offset",
    "stage_gain": "sensor_a.gain",
    "stage_noise": "sensor_a.noise_rms",
    "bar_offset": "sensor_b.offset",
    "bar_gain": "sensor_b.gain",
    "bar_noise": "sensor_b.noise_rms",
    "shaft_counts": "shaft_sensor.counts",
    "shaft_offset": "shaft_sensor.offset",
    "shaft_noise": "shaft_sensor.noise_rms",
    "current_offset": "current_sensor.offset",
    "current_gain": "current_sensor.gain",
    "current_noise": "current_sensor.noise_rms",
    "current_bandwidth": "current_sensor.bandwidth",
    "current_range": "current_sensor.range",
    "supply_gain": "supply_sensor.gain",
    "supply_noise": "supply_sensor.noise_rms",
    "press_offset": "press_sensor.offset",
    "press_gain": "press_sensor.gain",
    "press_noise": "press_sensor.noise_rms",
    "press_range": "press_sensor.range",
    "temperature_noise": "temperature_sensors.noise_rms",
    "thermistor_time": "temperature_sensors.time_constant",
    "ambient": "heat.ambient",
    "winding_to_housing": "heat.winding_to_housing",
    "housing_to_air": "heat.housing_to_air",
    "winding_time": "heat.winding_time_constant",
    "housing_time": "heat.housing_time_constant",
    "housing_to_handle": "heat.housing_to_handle",
    "handle_to_air": "heat.handle_to_air",
    "handle_capacity": "heat.handle_capacity",
    "handle_to_nose": "heat.handle_to_nose",
    "nose_to_air": "heat.nose_to_air",
    "nose_capacity": "heat.nose_capacity",
    "estop_delay": "stop_paths.estop_delay",
    "hold_hardware_delay": "stop_paths.hold_hardware_delay",
    "bounce": "switches.bounce",
    "hold_travel": "switches.hold_travel",
    "clock2_rate": "clocks.second_rate",
    "watchdog_timeout": "watchdog.timeout",
    "watchdog_window": "watchdog.window_open",
    "boot_time": "controller.boot_time",
    "brown_out": "controller.brown_out",
    "brown_out_delay": "controller.brown_out_delay",
    "baud": "link.baud",
}
"""Field of the record -> key of pen.toml."""

_START: Final = ("start_depth", "start_angle", "start_charge")
SETTABLE: Final = (*FROM_PEN, *_START)
"""What `overrides` may name."""
"""Unknown at power-on: where the stage stands (m) and the crank (rad); and the battery's charge, 0 to 1."""
START_DEPTH_M: Final = (-0.4e-3, 1.0e-3)
_DERIVED: Final = (
    "stroke_nominal",
    "stage_step",
    "nose_offset",
    "handle_offset",
    "shaft_counts_per_rad",
    "compliance",
    "stage_following",
    "current_filter",
    "winding_warmth",
    "housing_warmth",
    "battery_swing",
    "charge_rate",
    "supply_keeps",
    "supply_rise",
    "bytes_per_tick",
)

PARAMS_DTYPE = np.dtype([(name, "f8") for name in (*FROM_PEN, *_START, *_DERIVED)], align=True)

_SENSED_UM: Final = ("stage_gain", "bar_gain")
_SENSED_MILLI: Final = ("current_gain", "supply_gain", "press_gain")
_READ_UM: Final = ("stage_noise", "bar_offset", "bar_noise")
_READ_MILLI: Final = (
    "current_offset",
    "current_noise",
    "current_range",
    "supply_noise",
    "press_offset",
    "press_noise",
    "press_range",
    "temperature_noise",
)


@lru_cache(maxsize=1)
def reference_pen() -> Pen:
    """The installed pen.toml, read once."""
    return load_pen()


def quantity(pen: Pen, key: str) -> Quantity:
    """The figure of pen.toml at `table.key`."""
    table, name = key.split(".")
    found = getattr(getattr(pen, table), name)
    if not isinstance(found, Quantity):
        raise TypeError(f"{key}: {found!r} is no figure")
    return found


def draw_parameters(
    seed: int | None, steps: int, overrides: Mapping[str, float] | None = None, pen: Pen | None = None
) -> np.ndarray:
    """Parameters of the pen of this `seed` (None: every figure at its value, stage and crank at zero).

    `steps` of the plant in a tick; `overrides` replace fields after the draw, in SI units and °C, before
    others derive from them. Raises KeyError for an override that is no field.
    """
    pen = pen or reference_pen()
    record = np.zeros(1, PARAMS_DTYPE)
    record["start_charge"] = 1.0
    for name, key in FROM_PEN.items():
        figure = quantity(pen, key)
        record[name] = drawn(figure.si, figure.tolerance_si, seed, key)
    if seed is not None:
        low, high = START_DEPTH_M
        record["start_depth"] = low + (high - low) * unit_draw(seed, "start_depth")
        record["start_angle"] = 0.2 * (unit_draw(seed, "start_angle") - 0.5) % (2.0 * np.pi)
    for name, value in (overrides or {}).items():
        if name not in SETTABLE:
            raise KeyError(f"{name}: not a parameter that can be set; one of {', '.join(SETTABLE)}")
        record[name] = value
    _derive(record, pen, seed)
    _derive_rates(record[0], steps)
    return record


def _derive(record: np.ndarray, pen: Pen, seed: int | None) -> None:
    """Fields that need the pen's figures, and readings in the units of the inputs."""
    record["stroke_nominal"] = pen.yoke.stroke.si
    record["stage_step"] = pen.stage.step.si
    battery = pen.battery
    record["battery_swing"] = battery.full_voltage.si - battery.empty_voltage.si
    record["supply_rise"] = battery.full_voltage.si * TICK_S / record["supply_rise_time"]
    offset = pen.temperature_sensors.offset
    for name in ("nose_offset", "handle_offset"):
        record[name] = 1e3 * drawn(offset.si, offset.tolerance_si, seed, name)
    counts_per_rad = record["shaft_counts"] / (2.0 * np.pi)
    record["shaft_counts_per_rad"] = counts_per_rad
    record["shaft_offset"] *= counts_per_rad
    record["shaft_noise"] *= counts_per_rad
    for name in (*_SENSED_UM, *_READ_UM):
        record[name] *= 1e6
    for name in (*_SENSED_MILLI, *_READ_MILLI):
        record[name] *= 1e3


def _derive_rates(params: np.void, steps: int) -> None:
    """Fields that follow from the others alone."""
    step = TICK_S / steps
    params["compliance"] = 1.0 / params["holder_stiffness"]
    params["stage_following"] = 1.0 - np.exp(-TICK_S / max(params["step_delay"], 1e-9))
    params["current_filter"] = 1.0 - np.exp(-step * 2.0 * np.pi * params["current_bandwidth"])
    params["charge_rate"] = TICK_S / params["battery_capacity"]
    params["supply_keeps"] = np.exp(-TICK_S / params["supply_discharge"])
    params["winding_warmth"] = params["winding_to_housing"] / params["winding_time"]
    params["housing_warmth"] = params["housing_to_air"] / params["housing_time"]
    params["bytes_per_tick"] = params["baud"] / 10.0 * TICK_S
