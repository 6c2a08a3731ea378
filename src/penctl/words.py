"""How values are shown to a person: units always, a leading zero, no trailing zeros in a setpoint."""

from __future__ import annotations


def depth_text(depth_um: float, *, measured: bool = False) -> str:
    """A depth in mm: a setpoint without trailing zeros (0.5 mm), a measured value to the µm (0.497 mm)."""
    text = f"{depth_um / 1000:.3f}"
    return (text if measured else text.rstrip("0").rstrip(".")) + " mm"


def hertz_text(rate_hz: float, *, measured: bool = False) -> str:
    """A stroke rate in Hz: a setpoint without trailing zeros (110 Hz), a measured value to 0.1 Hz."""
    text = f"{rate_hz:.1f}" if measured else f"{rate_hz:.3f}".rstrip("0").rstrip(".")
    return f"{text} Hz"


def rate_text(rate_hz: float) -> str:
    """A stroke rate in Hz and strokes/min: 110 Hz (6600/min)."""
    return f"{hertz_text(rate_hz)} ({rate_hz * 60:.0f}/min)"


STATE_SENTENCES = {
    "OFF": "The pen is off.",
    "SELF_TEST": "The pen checks itself.",
    "STANDBY": "The needles are at rest. The pen is not armed.",
    "READY": "Armed. It starts when the switch at the pen is held.",
    "RUN": "The needles move.",
    "STOPPING": "The needles are being retracted.",
    "SAFE": "Stopped by an interlock. Nothing moves until it is reset.",
    "SERVICE": "The pen is in service mode.",
}
"""What each state means to a person, by the state's name."""

_UNITS = {
    "um": (1e-3, "mm"),
    "mHz": (1e-3, "Hz"),
    "us": (1e-3, "ms"),
    "ms": (1.0, "ms"),
    "mA": (1.0, "mA"),
    "mV": (1e-3, "V"),
    "mN": (1e-3, "N"),
    "mdegC": (1e-3, "°C"),
    "permille": (0.1, "%"),
    "counts": (360 / 4096, "°"),
}


def quantity_text(value: int, unit: str) -> str:
    """A value of the wire with its catalogue unit, as a person reads it: 250100 us is 250.1 ms."""
    factor, shown = _UNITS.get(unit, (1.0, ""))
    return f"{value * factor:.4g} {shown}".rstrip()
