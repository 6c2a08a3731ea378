"""What the pen is, as data: the one reader of hardware/*.toml.

Limits, device figures, the interlock catalogue, the other alarm conditions and cartridges as frozen typed
objects. A file that is missing, broken, incomplete or out of range raises HardwareFileError with file, key,
value and what is allowed.
`reserve` shows by calculation that the motor can carry what the pen promises.
"""

from penctl.errors import HardwareFileError
from penctl.hardware.alarms import AlarmKind, load_alarms
from penctl.hardware.cartridges import Cartridge, load_cartridges
from penctl.hardware.constants import device_constants
from penctl.hardware.hazards import Feature, Hazard, RiskFile, load_hazards
from penctl.hardware.interlocks import Interlock, Parameter, load_interlocks
from penctl.hardware.limits import Limits, ModeLimits, limits_hash, load_limits
from penctl.hardware.pen import Pen, load_pen
from penctl.hardware.quantity import Mark, Quantity

__all__ = [
    "AlarmKind",
    "Cartridge",
    "Feature",
    "HardwareFileError",
    "Hazard",
    "Interlock",
    "Limits",
    "Mark",
    "ModeLimits",
    "Parameter",
    "Pen",
    "Quantity",
    "RiskFile",
    "device_constants",
    "limits_hash",
    "load_alarms",
    "load_cartridges",
    "load_hazards",
    "load_interlocks",
    "load_limits",
    "load_pen",
]
