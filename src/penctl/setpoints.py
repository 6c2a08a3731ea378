"""What the host checks before a setpoint is sent. The firmware checks again, whatever happens here."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from penctl.errors import Refused
from penctl.protocol.enums import Reason
from penctl.status import ModeRange


def depth_um(value: Any, limits: ModeRange) -> int:
    """The depth as whole µm. Raises Refused when it is no finite number or outside the device's limits."""
    number = _number(value)
    if number > limits.depth_max_um:
        raise Refused(Reason.DEPTH_ABOVE_LIMIT, number, limits.depth_max_um, layer="host")
    if number < limits.depth_min_um:
        raise Refused(Reason.DEPTH_BELOW_LIMIT, number, limits.depth_min_um, layer="host")
    return round(number)


def rate_mhz(value_hz: Any, limits: ModeRange) -> int:
    """The stroke rate, given in Hz, as whole mHz. Raises Refused as `depth_um` does."""
    number = _number(value_hz) * 1000
    if number > limits.rate_max_mhz:
        raise Refused(Reason.RATE_ABOVE_LIMIT, number, limits.rate_max_mhz, layer="host")
    if number < limits.rate_min_mhz:
        raise Refused(Reason.RATE_BELOW_LIMIT, number, limits.rate_min_mhz, layer="host")
    return round(number)


def _number(value: Any) -> float:
    """A finite real number; a bool, a text or NaN is none."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise Refused("NOT_A_NUMBER", value, layer="host")
    number = float(value)
    if math.isnan(number):
        raise Refused("NOT_A_NUMBER", number, layer="host")
    return number
