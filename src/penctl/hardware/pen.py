"""The reference pen's figures: reads hardware/pen.toml.

One dataclass a table of the file, one field a key. A field states the unit that its range is in; the file may use
any unit of the same dimension.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Final, cast

from penctl.hardware.files import Folder, Table, read_table
from penctl.hardware.limits import mark_of
from penctl.hardware.quantity import UNITS, Mark, Quantity, convert

FILE: Final = "pen.toml"


def _quantity(unit: str, low: float, high: float) -> Any:
    """A field whose value, with its tolerance, lies in low..high of `unit`."""
    return dataclasses.field(metadata={"unit": unit, "low": low, "high": high})


@dataclass(frozen=True)
class Yoke:
    """Captive Scotch yoke between crank and needle bar."""

    stroke: Quantity = _quantity("mm", 1.0, 5.0)
    friction_coefficient: Quantity = _quantity("1", 0.0, 0.5)


@dataclass(frozen=True)
class NeedleBar:
    """Needle bar with its return spring."""

    mass: Quantity = _quantity("g", 0.5, 10.0)
    needle_mass: Quantity = _quantity("g", 0.01, 5.0)
    stiffness: Quantity = _quantity("N/m", 1e4, 1e8)
    spring_preload: Quantity = _quantity("N", 0.0, 5.0)
    spring_rate: Quantity = _quantity("N/mm", 0.0, 5.0)


@dataclass(frozen=True)
class HomeStop:
    """Nose stop and overload spring inside a HOME cartridge."""

    overload_preload: Quantity = _quantity("N", 0.0, 50.0)
    overload_rate: Quantity = _quantity("N/mm", 0.0, 50.0)


@dataclass(frozen=True)
class Motor:
    """Stroke motor, from its data sheet."""

    type: str
    nominal_voltage: Quantity = _quantity("V", 1.0, 48.0)
    resistance: Quantity = _quantity("ohm", 0.1, 200.0)
    inductance: Quantity = _quantity("uH", 1.0, 10_000.0)
    torque_constant: Quantity = _quantity("mNm/A", 0.5, 100.0)
    rotor_inertia: Quantity = _quantity("gcm2", 0.01, 100.0)
    friction_torque: Quantity = _quantity("mNm", 0.0, 10.0)
    no_load_current: Quantity = _quantity("mA", 0.0, 1000.0)
    no_load_speed: Quantity = _quantity("1/min", 100.0, 100_000.0)
    stall_torque: Quantity = _quantity("mNm", 0.1, 1000.0)
    rated_torque: Quantity = _quantity("mNm", 0.1, 1000.0)
    mechanical_time_constant: Quantity = _quantity("ms", 0.1, 1000.0)
    data_temperature: Quantity = _quantity("degC", 0.0, 40.0)
    winding_temperature_max: Quantity = _quantity("degC", 60.0, 200.0)
    copper_coefficient: Quantity = _quantity("1/K", 0.003, 0.005)


@dataclass(frozen=True)
class Bridge:
    """Full bridge that drives the motor, with the path that shorts the winding when the drive is off."""

    resistance: Quantity = _quantity("ohm", 0.0, 5.0)
    dead_time: Quantity = _quantity("ns", 0.0, 5000.0)
    pwm_frequency: Quantity = _quantity("kHz", 10.0, 500.0)
    current_limit: Quantity = _quantity("mA", 10.0, 10_000.0)
    short_resistance: Quantity = _quantity("ohm", 0.0, 5.0)
    short_delay: Quantity = _quantity("us", 0.0, 10_000.0)


@dataclass(frozen=True)
class Battery:
    """Two lithium cells and the voltages that the pen accepts."""

    cells: Quantity = _quantity("1", 1.0, 8.0)
    full_voltage: Quantity = _quantity("V", 3.0, 40.0)
    empty_voltage: Quantity = _quantity("V", 2.0, 40.0)
    internal_resistance: Quantity = _quantity("ohm", 0.0, 5.0)
    capacity: Quantity = _quantity("mAh", 10.0, 20_000.0)
    supply_min: Quantity = _quantity("V", 1.0, 40.0)
    supply_max: Quantity = _quantity("V", 1.0, 60.0)


@dataclass(frozen=True)
class Stage:
    """Depth stage: stepper and lead screw. Positions are the protrusion at the bottom of the stroke."""

    home_position: Quantity = _quantity("mm", -3.0, 0.0)
    end_min: Quantity = _quantity("mm", -3.0, 0.0)
    end_max: Quantity = _quantity("mm", 0.0, 3.0)
    lead: Quantity = _quantity("mm", 0.1, 5.0)
    full_steps: Quantity = _quantity("1", 4.0, 1000.0)
    microsteps: Quantity = _quantity("1", 1.0, 256.0)
    speed: Quantity = _quantity("mm/s", 0.1, 100.0)
    backlash: Quantity = _quantity("um", 0.0, 500.0)
    step_delay: Quantity = _quantity("ms", 0.0, 50.0)

    @property
    def step(self) -> Quantity:
        """One microstep, a decided figure by calculation."""
        steps = self.full_steps.value * self.microsteps.value
        source = "lead / (full steps x microsteps)"
        return Quantity(self.lead.to("um") / steps, "um", 0.0, Mark.DECIDED, source)


@dataclass(frozen=True)
class PositionSensor:
    """A sensor of a length: reading = gain x length + offset, with noise, in whole resolutions."""

    offset: Quantity = _quantity("um", -200.0, 200.0)
    gain: Quantity = _quantity("1", 0.9, 1.1)
    noise_rms: Quantity = _quantity("um", 0.0, 100.0)
    resolution: Quantity = _quantity("um", 0.01, 100.0)


@dataclass(frozen=True)
class ShaftSensor:
    """Absolute angle sensor on the crank."""

    counts: Quantity = _quantity("1", 16.0, 65_536.0)
    offset: Quantity = _quantity("deg", -20.0, 20.0)
    noise_rms: Quantity = _quantity("deg", 0.0, 10.0)


@dataclass(frozen=True)
class CurrentSensor:
    """Bridge current."""

    offset: Quantity = _quantity("mA", -500.0, 500.0)
    gain: Quantity = _quantity("1", 0.8, 1.2)
    noise_rms: Quantity = _quantity("mA", 0.0, 500.0)
    bandwidth: Quantity = _quantity("kHz", 0.1, 1000.0)
    range: Quantity = _quantity("A", 0.1, 50.0)


@dataclass(frozen=True)
class SupplySensor:
    """Voltage at the bridge."""

    gain: Quantity = _quantity("1", 0.8, 1.2)
    noise_rms: Quantity = _quantity("mV", 0.0, 500.0)


@dataclass(frozen=True)
class PressSensor:
    """Force of the nose on the skin."""

    offset: Quantity = _quantity("mN", -1000.0, 1000.0)
    gain: Quantity = _quantity("1", 0.8, 1.2)
    noise_rms: Quantity = _quantity("mN", 0.0, 1000.0)
    range: Quantity = _quantity("N", 1.0, 100.0)


@dataclass(frozen=True)
class TemperatureSensors:
    """Thermistors in nose and handle."""

    offset: Quantity = _quantity("K", -10.0, 10.0)
    noise_rms: Quantity = _quantity("K", 0.0, 5.0)
    time_constant: Quantity = _quantity("s", 0.001, 60.0)


@dataclass(frozen=True)
class Heat:
    """Heat from the winding to the housing, the handle, the nose and the air."""

    ambient: Quantity = _quantity("degC", 0.0, 45.0)
    winding_to_housing: Quantity = _quantity("K/W", 0.1, 500.0)
    housing_to_air: Quantity = _quantity("K/W", 0.1, 500.0)
    winding_time_constant: Quantity = _quantity("s", 0.1, 10_000.0)
    housing_time_constant: Quantity = _quantity("s", 0.1, 10_000.0)
    housing_to_handle: Quantity = _quantity("K/W", 0.1, 500.0)
    handle_to_air: Quantity = _quantity("K/W", 0.1, 500.0)
    handle_capacity: Quantity = _quantity("J/K", 0.1, 5000.0)
    handle_to_nose: Quantity = _quantity("K/W", 0.1, 500.0)
    nose_to_air: Quantity = _quantity("K/W", 0.1, 500.0)
    nose_capacity: Quantity = _quantity("J/K", 0.1, 5000.0)


@dataclass(frozen=True)
class StopPaths:
    """What stops the pen without the firmware, and when it must have happened."""

    estop_delay: Quantity = _quantity("ms", 0.0, 10.0)
    hold_hardware_delay: Quantity = _quantity("ms", 50.0, 1000.0)
    clear_delay: Quantity = _quantity("ms", 50.0, 1000.0)


@dataclass(frozen=True)
class Switches:
    """Push buttons and contacts."""

    bounce: Quantity = _quantity("ms", 0.0, 20.0)


@dataclass(frozen=True)
class Firmware:
    """Times and margins of the firmware that belong to no interlock."""

    tick: Quantity = _quantity("us", 10.0, 1000.0)
    depth_margin: Quantity = _quantity("um", 0.0, 30.0)
    rate_margin: Quantity = _quantity("permille", 0.0, 100.0)
    c1_timeout: Quantity = _quantity("ms", 10.0, 1000.0)
    command_expiry: Quantity = _quantity("ms", 10.0, 1000.0)


@dataclass(frozen=True)
class Link:
    """The serial line."""

    baud: Quantity = _quantity("1/s", 9600.0, 12_000_000.0)


@dataclass(frozen=True)
class LoadCase:
    """What the motor must carry with an empty battery and a hot winding."""

    insertion_force: Quantity = _quantity("N", 0.0, 20.0)
    withdrawal_ratio: Quantity = _quantity("1", 0.0, 1.0)
    winding_temperature: Quantity = _quantity("degC", 0.0, 200.0)
    shallow_depth: Quantity = _quantity("mm", 0.0, 3.0)
    shallow_rate: Quantity = _quantity("Hz", 10.0, 300.0)
    deep_depth: Quantity = _quantity("mm", 0.0, 3.0)
    deep_rate: Quantity = _quantity("Hz", 10.0, 300.0)


@dataclass(frozen=True)
class Pen:
    """All figures of the pen, one attribute a table of pen.toml."""

    name: str
    yoke: Yoke
    needle_bar: NeedleBar
    home_stop: HomeStop
    motor: Motor
    bridge: Bridge
    battery: Battery
    stage: Stage
    sensor_a: PositionSensor
    sensor_b: PositionSensor
    shaft_sensor: ShaftSensor
    current_sensor: CurrentSensor
    supply_sensor: SupplySensor
    press_sensor: PressSensor
    temperature_sensors: TemperatureSensors
    heat: Heat
    stop_paths: StopPaths
    switches: Switches
    firmware: Firmware
    link: Link
    load_case: LoadCase


SECTIONS: Final[dict[str, type[Any]]] = {
    "yoke": Yoke,
    "needle_bar": NeedleBar,
    "home_stop": HomeStop,
    "motor": Motor,
    "bridge": Bridge,
    "battery": Battery,
    "stage": Stage,
    "sensor_a": PositionSensor,
    "sensor_b": PositionSensor,
    "shaft_sensor": ShaftSensor,
    "current_sensor": CurrentSensor,
    "supply_sensor": SupplySensor,
    "press_sensor": PressSensor,
    "temperature_sensors": TemperatureSensors,
    "heat": Heat,
    "stop_paths": StopPaths,
    "switches": Switches,
    "firmware": Firmware,
    "link": Link,
    "load_case": LoadCase,
}


def load_pen(folder: Folder = None) -> Pen:
    """Read pen.toml from `folder` (default: the installed file). Raises HardwareFileError."""
    table = read_table(FILE, folder)
    table.only(("schema", "name", *SECTIONS))
    sections = {name: _section(table.table(name), kind) for name, kind in SECTIONS.items()}
    pen = Pen(name=table.text("name"), **sections)
    _check_order(table, pen)
    return pen


def _section(table: Table, kind: type[Any]) -> Any:
    fields = dataclasses.fields(kind)
    table.only(field.name for field in fields)
    values: dict[str, object] = {}
    for field in fields:
        values[field.name] = _figure(table, field) if field.metadata else table.text(field.name)
    return kind(**values)


def _figure(table: Table, field: dataclasses.Field[Any]) -> Quantity:
    row = table.table(field.name)
    row.only(("value", "unit", "tolerance", "mark", "source"))
    wanted = cast(str, field.metadata["unit"])
    dimension = UNITS[wanted][0]
    unit = row.choice("unit", [name for name, entry in UNITS.items() if entry[0] == dimension])
    low, high = (convert(field.metadata[end], wanted, unit) for end in ("low", "high"))
    value = row.number("value", low, high, f" {unit}")
    room = min(value - low, high - value)
    return Quantity(
        value=value,
        unit=unit,
        tolerance=row.number("tolerance", 0.0, max(room, 0.0), f" {unit}"),
        mark=mark_of(row),
        source=row.text("source"),
    )


def _check_order(table: Table, pen: Pen) -> None:
    """Figures that only make sense in one order."""
    pairs = (
        ("stage.end_min", pen.stage.end_min, pen.stage.home_position),
        ("battery.supply_min", pen.battery.supply_min, pen.battery.empty_voltage),
        ("battery.empty_voltage", pen.battery.empty_voltage, pen.battery.full_voltage),
        ("battery.full_voltage", pen.battery.full_voltage, pen.battery.supply_max),
        ("needle_bar.needle_mass", pen.needle_bar.needle_mass, pen.needle_bar.mass),
    )
    for key, lower, upper in pairs:
        if not (lower.si < upper.si and math.isfinite(lower.si)):
            raise table.error(f"{key}.value", lower.value, f"below {upper.to(lower.unit):g} {lower.unit}")
