"""The reference pen's figures: reads hardware/pen.toml.

One dataclass a table of the file, one field a key. A field states the unit that its range is in; the file
may use any unit of the same dimension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_type_hints

from penctl.hardware.files import Folder, Table, read_table
from penctl.hardware.limits import mark_of
from penctl.hardware.quantity import UNITS, Mark, Quantity, convert

FILE: Final = "pen.toml"


@dataclass(frozen=True)
class Span:
    """What the value of a figure, with its tolerance, may be: low..high of `unit`."""

    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Yoke:
    """Captive Scotch yoke between crank and needle bar."""

    stroke: Annotated[Quantity, Span("mm", 1.0, 5.0)]
    friction_coefficient: Annotated[Quantity, Span("1", 0.0, 0.5)]


@dataclass(frozen=True)
class NeedleBar:
    """Needle bar with its return spring."""

    mass: Annotated[Quantity, Span("g", 0.5, 10.0)]
    needle_mass: Annotated[Quantity, Span("g", 0.01, 5.0)]
    stiffness: Annotated[Quantity, Span("N/m", 1e4, 1e8)]
    spring_preload: Annotated[Quantity, Span("N", 0.0, 5.0)]
    spring_rate: Annotated[Quantity, Span("N/mm", 0.0, 5.0)]


@dataclass(frozen=True)
class HomeStop:
    """Nose stop and overload spring inside a HOME cartridge."""

    overload_preload: Annotated[Quantity, Span("N", 0.0, 50.0)]
    overload_rate: Annotated[Quantity, Span("N/mm", 0.0, 50.0)]


@dataclass(frozen=True)
class Motor:
    """Stroke motor, from its data sheet."""

    type: str
    nominal_voltage: Annotated[Quantity, Span("V", 1.0, 48.0)]
    resistance: Annotated[Quantity, Span("ohm", 0.1, 200.0)]
    inductance: Annotated[Quantity, Span("uH", 1.0, 10_000.0)]
    torque_constant: Annotated[Quantity, Span("mNm/A", 0.5, 100.0)]
    rotor_inertia: Annotated[Quantity, Span("gcm2", 0.01, 100.0)]
    friction_torque: Annotated[Quantity, Span("mNm", 0.0, 10.0)]
    no_load_current: Annotated[Quantity, Span("mA", 0.0, 1000.0)]
    no_load_speed: Annotated[Quantity, Span("1/min", 100.0, 100_000.0)]
    stall_torque: Annotated[Quantity, Span("mNm", 0.1, 1000.0)]
    rated_torque: Annotated[Quantity, Span("mNm", 0.1, 1000.0)]
    mechanical_time_constant: Annotated[Quantity, Span("ms", 0.1, 1000.0)]
    data_temperature: Annotated[Quantity, Span("degC", 0.0, 40.0)]
    winding_temperature_max: Annotated[Quantity, Span("degC", 60.0, 200.0)]
    copper_coefficient: Annotated[Quantity, Span("1/K", 0.003, 0.005)]


@dataclass(frozen=True)
class Bridge:
    """Full bridge that drives the motor, with the path that shorts the winding when the drive is off."""

    resistance: Annotated[Quantity, Span("ohm", 0.0, 5.0)]
    dead_time: Annotated[Quantity, Span("ns", 0.0, 5000.0)]
    pwm_frequency: Annotated[Quantity, Span("kHz", 10.0, 500.0)]
    current_limit: Annotated[Quantity, Span("mA", 10.0, 10_000.0)]
    short_resistance: Annotated[Quantity, Span("ohm", 0.0, 5.0)]
    short_delay: Annotated[Quantity, Span("us", 0.0, 10_000.0)]
    supply_discharge: Annotated[Quantity, Span("ms", 0.1, 1000.0)]
    supply_rise_time: Annotated[Quantity, Span("ms", 0.1, 1000.0)]


@dataclass(frozen=True)
class Battery:
    """Two lithium cells and the voltages that the pen accepts."""

    cells: Annotated[Quantity, Span("1", 1.0, 8.0)]
    full_voltage: Annotated[Quantity, Span("V", 3.0, 40.0)]
    empty_voltage: Annotated[Quantity, Span("V", 2.0, 40.0)]
    internal_resistance: Annotated[Quantity, Span("ohm", 0.0, 5.0)]
    capacity: Annotated[Quantity, Span("mAh", 10.0, 20_000.0)]
    charge_current: Annotated[Quantity, Span("mA", 1.0, 10_000.0)]
    gauge_gain: Annotated[Quantity, Span("1", 0.5, 1.5)]
    gauge_offset: Annotated[Quantity, Span("permille", -200.0, 200.0)]
    supply_min: Annotated[Quantity, Span("V", 1.0, 40.0)]
    supply_max: Annotated[Quantity, Span("V", 1.0, 60.0)]


@dataclass(frozen=True)
class Stage:
    """Depth stage: stepper and lead screw. Positions are the protrusion at the bottom of the stroke."""

    home_position: Annotated[Quantity, Span("mm", -3.0, 0.0)]
    end_min: Annotated[Quantity, Span("mm", -3.0, 0.0)]
    end_max: Annotated[Quantity, Span("mm", 0.0, 3.0)]
    lead: Annotated[Quantity, Span("mm", 0.1, 5.0)]
    full_steps: Annotated[Quantity, Span("1", 4.0, 1000.0)]
    microsteps: Annotated[Quantity, Span("1", 1.0, 256.0)]
    speed: Annotated[Quantity, Span("mm/s", 0.1, 100.0)]
    backlash: Annotated[Quantity, Span("um", 0.0, 500.0)]
    step_delay: Annotated[Quantity, Span("ms", 0.0, 50.0)]

    @property
    def step(self) -> Quantity:
        """One microstep, a decided figure by calculation."""
        steps = self.full_steps.value * self.microsteps.value
        source = "lead / (full steps x microsteps)"
        return Quantity(self.lead.to("um") / steps, "um", 0.0, Mark.DECIDED, source)


@dataclass(frozen=True)
class PositionSensor:
    """A sensor of a length: reading = gain x length + offset, with noise, in whole resolutions."""

    offset: Annotated[Quantity, Span("um", -200.0, 200.0)]
    gain: Annotated[Quantity, Span("1", 0.9, 1.1)]
    noise_rms: Annotated[Quantity, Span("um", 0.0, 100.0)]
    resolution: Annotated[Quantity, Span("um", 0.01, 100.0)]


@dataclass(frozen=True)
class ShaftSensor:
    """Absolute angle sensor on the crank."""

    counts: Annotated[Quantity, Span("1", 16.0, 65_536.0)]
    offset: Annotated[Quantity, Span("deg", -20.0, 20.0)]
    noise_rms: Annotated[Quantity, Span("deg", 0.0, 10.0)]


@dataclass(frozen=True)
class CurrentSensor:
    """Bridge current."""

    offset: Annotated[Quantity, Span("mA", -500.0, 500.0)]
    gain: Annotated[Quantity, Span("1", 0.8, 1.2)]
    noise_rms: Annotated[Quantity, Span("mA", 0.0, 500.0)]
    bandwidth: Annotated[Quantity, Span("kHz", 0.1, 1000.0)]
    range: Annotated[Quantity, Span("A", 0.1, 50.0)]


@dataclass(frozen=True)
class SupplySensor:
    """Voltage at the bridge."""

    gain: Annotated[Quantity, Span("1", 0.8, 1.2)]
    noise_rms: Annotated[Quantity, Span("mV", 0.0, 500.0)]


@dataclass(frozen=True)
class PressSensor:
    """Force of the nose on the skin."""

    offset: Annotated[Quantity, Span("mN", -1000.0, 1000.0)]
    gain: Annotated[Quantity, Span("1", 0.8, 1.2)]
    noise_rms: Annotated[Quantity, Span("mN", 0.0, 1000.0)]
    range: Annotated[Quantity, Span("N", 1.0, 100.0)]


@dataclass(frozen=True)
class TemperatureSensors:
    """Thermistors in nose and handle."""

    offset: Annotated[Quantity, Span("K", -10.0, 10.0)]
    noise_rms: Annotated[Quantity, Span("K", 0.0, 5.0)]
    time_constant: Annotated[Quantity, Span("s", 0.001, 60.0)]


@dataclass(frozen=True)
class Heat:
    """Heat from the winding to the housing, the handle, the nose and the air."""

    ambient: Annotated[Quantity, Span("degC", 0.0, 45.0)]
    winding_to_housing: Annotated[Quantity, Span("K/W", 0.1, 500.0)]
    housing_to_air: Annotated[Quantity, Span("K/W", 0.1, 500.0)]
    winding_time_constant: Annotated[Quantity, Span("s", 0.1, 10_000.0)]
    housing_time_constant: Annotated[Quantity, Span("s", 0.1, 10_000.0)]
    housing_to_handle: Annotated[Quantity, Span("K/W", 0.1, 500.0)]
    handle_to_air: Annotated[Quantity, Span("K/W", 0.1, 500.0)]
    handle_capacity: Annotated[Quantity, Span("J/K", 0.1, 5000.0)]
    handle_to_nose: Annotated[Quantity, Span("K/W", 0.1, 500.0)]
    nose_to_air: Annotated[Quantity, Span("K/W", 0.1, 500.0)]
    nose_capacity: Annotated[Quantity, Span("J/K", 0.1, 5000.0)]


@dataclass(frozen=True)
class StopPaths:
    """What stops the pen without the firmware, and when it must have happened."""

    estop_delay: Annotated[Quantity, Span("ms", 0.0, 10.0)]
    hold_hardware_delay: Annotated[Quantity, Span("ms", 50.0, 1000.0)]
    clear_delay: Annotated[Quantity, Span("ms", 50.0, 1000.0)]


@dataclass(frozen=True)
class Switches:
    """Push buttons and contacts."""

    bounce: Annotated[Quantity, Span("ms", 0.0, 20.0)]
    hold_travel: Annotated[Quantity, Span("ms", 0.0, 50.0)]


@dataclass(frozen=True)
class Clocks:
    """The second oscillator, against which the controller's own is checked."""

    second_rate: Annotated[Quantity, Span("1", 0.9, 1.1)]


@dataclass(frozen=True)
class Watchdog:
    """The external windowed watchdog."""

    timeout: Annotated[Quantity, Span("ms", 1.0, 50.0)]
    window_open: Annotated[Quantity, Span("us", 1.0, 99.0)]


@dataclass(frozen=True)
class Controller:
    """The controller's reset and its own supply."""

    boot_time: Annotated[Quantity, Span("ms", 1.0, 1000.0)]
    brown_out: Annotated[Quantity, Span("V", 1.0, 6.0)]
    brown_out_delay: Annotated[Quantity, Span("ms", 0.0, 100.0)]


@dataclass(frozen=True)
class Firmware:
    """Times and margins of the firmware that belong to no interlock."""

    tick: Annotated[Quantity, Span("us", 10.0, 1000.0)]
    depth_margin: Annotated[Quantity, Span("um", 0.0, 30.0)]
    rate_margin: Annotated[Quantity, Span("permille", 0.0, 100.0)]
    c1_timeout: Annotated[Quantity, Span("ms", 10.0, 1000.0)]
    command_expiry: Annotated[Quantity, Span("ms", 10.0, 1000.0)]


@dataclass(frozen=True)
class Link:
    """The serial line."""

    baud: Annotated[Quantity, Span("1/s", 9600.0, 12_000_000.0)]
    expiry: Annotated[Quantity, Span("s", 60.0, 3600.0)]
    pairing_hold: Annotated[Quantity, Span("s", 1.0, 30.0)]


@dataclass(frozen=True)
class Usb:
    """USB identity of the pen's serial bridge: ids as four hexadecimal digits, and its product text."""

    vendor_id: str
    product_id: str
    product_text: str
    mark: str
    source: str


@dataclass(frozen=True)
class LoadCase:
    """What the motor must carry with an empty battery and a hot winding."""

    insertion_force: Annotated[Quantity, Span("N", 0.0, 20.0)]
    withdrawal_ratio: Annotated[Quantity, Span("1", 0.0, 1.0)]
    winding_temperature: Annotated[Quantity, Span("degC", 0.0, 200.0)]
    shallow_depth: Annotated[Quantity, Span("mm", 0.0, 3.0)]
    shallow_rate: Annotated[Quantity, Span("Hz", 10.0, 300.0)]
    deep_depth: Annotated[Quantity, Span("mm", 0.0, 3.0)]
    deep_rate: Annotated[Quantity, Span("Hz", 10.0, 300.0)]


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
    clocks: Clocks
    watchdog: Watchdog
    controller: Controller
    firmware: Firmware
    link: Link
    usb: Usb
    load_case: LoadCase


def load_pen(folder: Folder = None) -> Pen:
    """Read pen.toml from `folder` (default: the installed file). Raises HardwareFileError."""
    table = read_table(FILE, folder)
    kinds = get_type_hints(Pen)
    table.only(("schema", *kinds))
    name = table.text("name")
    del kinds["name"]
    _check_usb(table.table("usb"))
    pen = Pen(name=name, **{key: _section(table.table(key), kind) for key, kind in kinds.items()})
    _check_order(table, pen)
    return pen


def _check_usb(usb: Table) -> None:
    mark_of(usb)
    for name in ("vendor_id", "product_id"):
        if not re.fullmatch(r"[0-9a-f]{4}", usb.text(name)):
            raise usb.error(name, usb.text(name), "four hexadecimal digits")


def _section(table: Table, kind: type[Any]) -> Any:
    fields = get_type_hints(kind, include_extras=True)
    table.only(fields)
    values: dict[str, object] = {}
    for name, field in fields.items():
        span = getattr(field, "__metadata__", (None,))[0]
        values[name] = _figure(table.table(name), span) if isinstance(span, Span) else table.text(name)
    return kind(**values)


def _figure(row: Table, span: Span) -> Quantity:
    row.only(("value", "unit", "tolerance", "mark", "source"))
    dimension = UNITS[span.unit][0]
    unit = row.choice("unit", [name for name, entry in UNITS.items() if entry[0] == dimension])
    low, high = (convert(end, span.unit, unit) for end in (span.low, span.high))
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
        if lower.si >= upper.si:
            raise table.error(f"{key}.value", lower.value, f"below {upper.to(lower.unit):g} {lower.unit}")
