"""A figure with its unit, tolerance, mark and source, and the units that hardware files may use."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Mark(enum.Enum):
    """How far a figure can be trusted."""

    READ = "R"
    MEMORY = "M"
    DECIDED = "D"
    ASSUMPTION = "A"


# unit -> (dimension, factor to SI). Temperatures in °C and differences in K are two dimensions.
UNITS: Final[dict[str, tuple[str, float]]] = {
    "1": ("number", 1.0),
    "permille": ("number", 1e-3),
    "m": ("length", 1.0),
    "mm": ("length", 1e-3),
    "um": ("length", 1e-6),
    "nm": ("length", 1e-9),
    "mm/s": ("speed", 1e-3),
    "um/s": ("speed", 1e-6),
    "s": ("time", 1.0),
    "ms": ("time", 1e-3),
    "us": ("time", 1e-6),
    "ns": ("time", 1e-9),
    "Hz": ("frequency", 1.0),
    "mHz": ("frequency", 1e-3),
    "kHz": ("frequency", 1e3),
    "1/s": ("frequency", 1.0),
    "1/min": ("frequency", 1.0 / 60.0),
    "deg": ("angle", 0.017453292519943295),
    "rad": ("angle", 1.0),
    "kg": ("mass", 1.0),
    "g": ("mass", 1e-3),
    "N": ("force", 1.0),
    "mN": ("force", 1e-3),
    "N/m": ("stiffness", 1.0),
    "N/mm": ("stiffness", 1e3),
    "V": ("voltage", 1.0),
    "mV": ("voltage", 1e-3),
    "A": ("current", 1.0),
    "mA": ("current", 1e-3),
    "mAh": ("charge", 3.6),
    "ohm": ("resistance", 1.0),
    "mohm": ("resistance", 1e-3),
    "H": ("inductance", 1.0),
    "uH": ("inductance", 1e-6),
    "Nm": ("torque", 1.0),
    "mNm": ("torque", 1e-3),
    "Nm/A": ("torque constant", 1.0),
    "mNm/A": ("torque constant", 1e-3),
    "uNm/A": ("torque constant", 1e-6),
    "kgm2": ("inertia", 1.0),
    "gcm2": ("inertia", 1e-7),
    "1e-12kgm2": ("inertia", 1e-12),
    "degC": ("temperature", 1.0),
    "mdegC": ("temperature", 1e-3),
    "K": ("temperature difference", 1.0),
    "1/K": ("temperature coefficient", 1.0),
    "K/W": ("thermal resistance", 1.0),
    "J/K": ("heat capacity", 1.0),
}


def convert(value: float, unit: str, to: str) -> float:
    """Return `value` of `unit` in the unit `to`. Raises ValueError when the dimensions differ."""
    (dimension, factor), (wanted, divisor) = UNITS[unit], UNITS[to]
    if dimension != wanted:
        raise ValueError(f"{unit} is a {dimension}, {to} a {wanted}")
    return value if unit == to else _decimal(value * factor / divisor)


def _decimal(value: float) -> float:
    """Drop the last bits, so that 0.5 mm are 500 um and not 500.00000000000006."""
    return float(f"{value:.14g}")


@dataclass(frozen=True)
class Quantity:
    """One figure of a hardware file. `tolerance` is plus or minus, in the same unit; 0 means not drawn."""

    value: float
    unit: str
    tolerance: float
    mark: Mark
    source: str

    @property
    def si(self) -> float:
        """The value in SI units (temperatures in °C)."""
        return _decimal(self.value * UNITS[self.unit][1])

    @property
    def tolerance_si(self) -> float:
        """The tolerance in SI units."""
        return _decimal(self.tolerance * UNITS[self.unit][1])

    def to(self, unit: str) -> float:
        """The value in another unit of the same dimension."""
        return convert(self.value, self.unit, unit)

    def whole(self, unit: str) -> int:
        """The value as the nearest integer in `unit`, as the firmware's headers carry it."""
        return round(self.to(unit))
